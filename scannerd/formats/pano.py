"""Pano Scrobbler's file scrobbler: JSONL, or CSV with the same names, times in milliseconds.

It also writes when a track was loved or no longer loved; such a row carries the time of the click, not of a listen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import line_places
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, header, milliseconds, objects, records, skipped
from scannerd.formats.values import moment, optional_text, text, whole
from scannerd.model.listen import Listen, Row, SkipReason, Written

_SPELLED = {
    name.lower(): name
    for name in ("timeHuman", "timeMs", "albumArtist", "durationMs", "mediaPlayerPackage", "mediaPlayerName")
}
_CSV_COLUMNS = frozenset({"timems", "artist", "track"})
_JSON_PLACES = frozenset({"timeMs", "artist", "track"})


def _entry(row_no: int, row: Fields) -> Row:
    if row.get("event") in ("love", "unlove"):
        return skipped(row_no, SkipReason.NOT_HEARD, row)
    at = moment(whole(row.get("timeMs"), "timeMs") // 1000, "timeMs")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    album_artist = optional_text(row.get("albumArtist"), "albumArtist")
    written = Written(
        title=text(row.get("track"), "track"),
        artists=(text(row.get("artist"), "artist"),),
        album=optional_text(row.get("album"), "album"),
        album_artists=(album_artist,) if album_artist else (),
        duration_ms=milliseconds(row.get("durationMs")),
    )
    client = text(row.get("mediaPlayerName"), "mediaPlayerName") or text(row.get("mediaPlayerPackage"))
    return Listen(row_no, at, written, client=client or None)


def _csv_entry(row_no: int, row: Fields) -> Row:
    return _entry(row_no, {_SPELLED.get(name, name): value for name, value in row.items()})


def _json_score(head: Head) -> int:
    return 90 if any(keys >= _JSON_PLACES for keys in line_places(head.text)) else 0


def _csv_score(head: Head) -> int:
    return 90 if header(head.text, _CSV_COLUMNS) else 0


def _read_json(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return objects(json_rows.lines(file), _entry)


def _read_csv(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return records(file, _CSV_COLUMNS, _csv_entry)


PANO_JSONL = Format(
    name="pano-jsonl",
    source="panoscrobbler",
    title="Pano Scrobbler: the .jsonl file of its file scrobbler",
    score=_json_score,
    read=_read_json,
    by_line=True,
)
PANO_CSV = Format(
    name="pano-csv",
    source="panoscrobbler",
    title="Pano Scrobbler: the .csv file of its file scrobbler",
    score=_csv_score,
    read=_read_csv,
    by_line=True,
)
