"""What the audio stream is, from mutagen's stream information. Numbers that cannot be are not there."""

from __future__ import annotations

import math

from mutagen import StreamInfo

from scannerd.model.media import Properties

_INT = 2**31 - 1  # what a column of the database holds
_SMALLINT = 2**15 - 1


def properties(info: StreamInfo, codec: str | None) -> Properties:
    """The properties of a stream of that codec."""
    return Properties(
        codec=codec,
        duration_ms=_whole(info, "length", 1000, _INT),
        bitrate=_whole(info, "bitrate", 1, _INT),
        sample_rate=_whole(info, "sample_rate", 1, _INT),
        channels=_whole(info, "channels", 1, _SMALLINT),
        bit_depth=_whole(info, "bits_per_sample", 1, _SMALLINT),
    )


def _whole(info: StreamInfo, name: str, per: int, most: int) -> int | None:
    value = getattr(info, name, None)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    number = round(value * per)
    return number if 0 < number <= most else None
