"""Last.fm as benjaminbenben.com/lastfm-to-csv writes it: no header, artist, album, track and a minute in UTC.

An older build left out the album. The track that was playing has no date.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from scannerd.formats import csv_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_rows import raw
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, counted, judged, skipped
from scannerd.formats.values import WrongValue, optional_text, text
from scannerd.model.listen import Failed, Listen, Row, SkipReason, TimeKind, Written

_COLUMNS = {4: ("artist", "album", "track", "date"), 3: ("artist", "track", "date")}
# Not strptime, whose names of months follow the locale.
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_date = re.compile(r"\s*([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}),? ([0-9]{1,2}):([0-9]{2})\s*")
_LOOKED_AT = 8 * 1024


def _row(row_no: int, row: Fields) -> Row:
    if not str(row["date"]).strip():
        return skipped(row_no, SkipReason.NOW_PLAYING, row)
    at = _minute(str(row["date"]))
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    written = Written(title=text(row["track"]), artists=(text(row["artist"]),), album=optional_text(row.get("album")))
    return Listen(row_no, at, written, TimeKind.MINUTE)


def _minute(date: str) -> datetime:
    found = _date.fullmatch(date)
    if found is None or found[2].lower() not in _MONTHS:
        raise WrongValue("date", date, "a date like 13 Jun 2025 00:55")
    day, month, year, hour, minute = found.groups()
    try:
        return datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), tzinfo=UTC)
    except ValueError as exc:
        raise WrongValue("date", date, "a day of the calendar") from exc


def _score(head: Head) -> int:
    dated = 0
    for fields in _first_records(head):
        if len(fields) not in _COLUMNS:
            return 0
        if _date.fullmatch(fields[-1]):
            dated += 1
        elif fields[-1].strip():
            return 0
    return 80 if dated else 0


def _first_records(head: Head) -> list[list[str]]:
    """Some whole records; the last may be cut off and is not looked at."""
    begin = head.text[:_LOOKED_AT].replace("\0", "")
    lines = begin.split("\n")
    try:
        found = [record for record in csv.reader(line + "\n" for line in lines) if record]
    except csv.Error:
        return []
    return found if head.complete and len(begin) == len(head.text) else found[:-1]


def _read(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    for row_no, fields in csv_rows.records(file, delimiter=","):
        columns = _COLUMNS.get(len(fields))
        if columns is None:
            yield Failed(row_no, f"the row has {counted(len(fields), 'field')}, where 4 belong", raw(fields))
        else:
            yield judged(row_no, dict(zip(columns, fields, strict=True)), _row)


BENJAMINBENBEN_CSV = Format(
    name="benjaminbenben-csv",
    source="lastfm",
    title="Last.fm as CSV without header: benjaminbenben.com/lastfm-to-csv (minutes only)",
    score=_score,
    read=_read,
    by_line=True,
)
