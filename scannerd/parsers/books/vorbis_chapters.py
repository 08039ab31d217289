"""Chapters in Vorbis comments: `CHAPTER001=00:12:34.567` and `CHAPTER001NAME=...`, in Ogg, Opus and FLAC alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scannerd.parsers.books.chapter_marks import Mark

_START = re.compile(r"chapter(\d{1,5})")
_TIME = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,6}):(\d{1,2})(?:[.,](\d{1,9}))?\s*", re.ASCII)


def vorbis_marks(found: Mapping[str, list[str]]) -> list[Mark]:
    """One for each number that has a time."""
    marks = []
    for name, raws in found.items():
        if _START.fullmatch(name) and (start := clock_ms(raws[0])) is not None:
            marks.append(Mark(start, found.get(f"{name}name", [""])[0]))
    return marks


def clock_ms(written: str) -> int | None:
    """ "1:02:03.5", "62:03.500": the milliseconds; None for what is no time."""
    time = _TIME.fullmatch(written[:32])
    if time is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in time.groups()[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(f"{time[4] or 0:0<3}"[:3])
