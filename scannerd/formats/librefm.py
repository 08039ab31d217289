"""Libre.fm's CSV: some comment lines, a header with its columns in any order and spelling, Unix seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, header, milliseconds, records, skipped
from scannerd.formats.values import mbid, moment, optional_text, text
from scannerd.model.listen import Listen, Row, SkipReason, Written

_COLUMNS = frozenset({"time", "artist", "track"})


def _row(row_no: int, row: Fields) -> Row:
    at = moment(row["time"], "time")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    album_artist = optional_text(row.get("albumartist"))
    written = Written(
        title=text(row["track"]),
        artists=(text(row["artist"]),),
        album=optional_text(row.get("album")),
        album_artists=(album_artist,) if album_artist else (),
        track_mbid=mbid(row.get("trackmbid") or row.get("mbid")),  # the protocol's `m`, the MusicBrainz track id
        duration_ms=milliseconds(row.get("length") or row.get("duration"), per=1000),
    )
    return Listen(row_no, at, written, client=optional_text(row.get("client")))


def _score(head: Head) -> int:
    return 70 if header(head.text, _COLUMNS) else 0


def _read(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return records(file, _COLUMNS, _row)


LIBREFM_CSV = Format(
    name="librefm-csv",
    source="librefm",
    title="Libre.fm or another GNU FM server: the CSV of the user's own data export",
    score=_score,
    read=_read,
    by_line=True,
)
