"""The `.scrobbler.log` that Rockbox and other players without a network keep: Audioscrobbler 1.0 and 1.1.

Tab-separated: artist, album, title, position, seconds, rating, start, MusicBrainz track id. `#TZ/UNKNOWN`, and no
word about the zone, mean that the start is what the player's clock showed, written as if it were UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from scannerd.formats import csv_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_rows import raw
from scannerd.formats.reading import Fields, counted, judged, milliseconds, skipped
from scannerd.formats.values import WrongValue, mbid, moment, optional_text, text
from scannerd.model.listen import Failed, Listen, Row, SkipReason, Written

_COLUMNS = ("artist", "album", "track", "position", "length", "rating", "time", "mbid")
_CLOCK_SET = datetime(2001, 1, 1, tzinfo=UTC)
"""A player whose clock was never set begins in 1970, 1980 or 2000; none of those years had such a log."""
_revision = re.compile(r"\s*\$Revision[^$]*\$")


class _Log:
    """What the comment lines said last; logs that were joined say it again in the middle."""

    def __init__(self, listeners_zone: ZoneInfo) -> None:
        self._listeners_zone = listeners_zone
        self._zone = listeners_zone
        self._client: str | None = None

    def heed(self, comment: str) -> None:
        """Take in a comment line."""
        word, _, value = comment.partition("/")
        if word.upper() == "#TZ":
            self._zone = ZoneInfo("UTC") if value.strip().upper() == "UTC" else self._listeners_zone
        elif word.upper() == "#CLIENT":
            self._client = optional_text(_revision.sub("", value))

    def row(self, row_no: int, row: Fields) -> Row:
        """What one line says."""
        rating = str(row["rating"]).strip().upper()
        if rating == "S":
            return skipped(row_no, SkipReason.NOT_HEARD, row)
        if rating != "L":
            raise WrongValue("rating", row["rating"], "L or S")
        at = moment(row["time"], "time")
        if at < _CLOCK_SET:
            return skipped(row_no, SkipReason.NO_TIME, row)
        written = Written(
            title=_tagged(row["track"]),
            artists=(_tagged(row["artist"]),),
            album=_tagged(row["album"]) or None,
            track_mbid=mbid(row.get("mbid")),
            duration_ms=milliseconds(row["length"], per=1000),
        )
        return Listen(row_no, self._utc(at), written, client=self._client)

    def _utc(self, shown: datetime) -> datetime:
        try:
            return shown.replace(tzinfo=self._zone).astimezone(UTC)
        except OverflowError as exc:
            raise WrongValue("time", shown.isoformat(), "a time in Unix seconds") from exc


def _tagged(value: object) -> str:
    name = text(value)
    return "" if name.lower() == "<untagged>" else name


def _is_comment(fields: list[str]) -> bool:
    # An artist may begin with `#`, too ("#1 Dads"): a comment has one field, or is the names of the columns.
    return fields[0].startswith("#") and (len(fields) == 1 or all(field.startswith("#") for field in fields))


def _score(head: Head) -> int:
    return 100 if head.text.lstrip()[:16].upper() == "#AUDIOSCROBBLER/" else 0


def _read(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    log = _Log(options.time_zone)
    for row_no, fields in csv_rows.records(file, delimiter="\t", quotes=False):
        if _is_comment(fields):
            log.heed(fields[0])
        elif len(fields) in (7, 8):
            yield judged(row_no, dict(zip(_COLUMNS, fields, strict=False)), log.row)
        else:
            yield Failed(row_no, f"the row has {counted(len(fields), 'field')}, where 8 belong", raw(fields))


AUDIOSCROBBLER_LOG = Format(
    name="audioscrobbler-log",
    source="audioscrobbler",
    title="Rockbox and other players: the .scrobbler.log on the device, Audioscrobbler 1.0 or 1.1",
    score=_score,
    read=_read,
    by_line=True,
)
