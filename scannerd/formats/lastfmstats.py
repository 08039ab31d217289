"""Last.fm as lastfmstats.com writes it: JSON or CSV, times in milliseconds, no ids but its own.

The CSV has a byte order mark, semicolons, and the user's name in its header (`Date#somebody`); older files have no
column `AlbumId`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import places
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, header, objects, records, skipped
from scannerd.formats.values import moment, optional_text, text, whole
from scannerd.model.listen import Listen, Row, SkipReason, Written

_CSV_COLUMNS = frozenset({"artist", "album", "track", "date"})


def _scrobble(row_no: int, row: Fields) -> Row:
    date = row.get("date")
    if date is None or date == "":
        return skipped(row_no, SkipReason.NOW_PLAYING, row)
    at = moment(whole(date, "date") // 1000, "date")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    written = Written(
        title=text(row.get("track"), "track"),
        artists=(text(row.get("artist"), "artist"),),
        album=optional_text(row.get("album"), "album"),
    )
    return Listen(row_no, at, written)


def _json_score(head: Head) -> int:
    keys = places(head.text)
    if {"scrobbles.item.date", "scrobbles.item.artist", "scrobbles.item.track"} <= keys:
        return 90
    return 50 if keys == {"username", "scrobbles"} and head.complete else 0


def _csv_score(head: Head) -> int:
    return (
        90 if ";" in head.text[:200] and "date#" in head.text[:4096].lower() and header(head.text, _CSV_COLUMNS) else 0
    )


def _read_json(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return objects(json_rows.items(file, options.size, "scrobbles.item"), _scrobble)


def _read_csv(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return records(file, _CSV_COLUMNS, _scrobble)


LASTFMSTATS_JSON = Format(
    name="lastfmstats-json",
    source="lastfm",
    title="Last.fm as lastfmstats.com saves it, JSON: file lastfmstats-*.json",
    score=_json_score,
    read=_read_json,
)
LASTFMSTATS_CSV = Format(
    name="lastfmstats-csv",
    source="lastfm",
    title="Last.fm as lastfmstats.com saves it, CSV: file lastfmstats-*.csv",
    score=_csv_score,
    read=_read_csv,
    by_line=True,
)
