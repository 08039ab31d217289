"""Maloja: its own export, and what its API answers to a request for scrobbles.

Maloja sorts the artists of a track, so that their order means nothing, and keeps names like `Main • Guest` as they
came in; both are for later. Its times are unique: two plays in one second stand a second apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

import orjson

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import places
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, milliseconds, objects, skipped
from scannerd.formats.values import WrongValue, moment, optional_text, text, texts
from scannerd.model.listen import ArtistForm, Listen, Row, SkipReason, Written

_KEPT = 20_000
_NO_CLIENT = ("", "default", "unknown", "legacy")


def score_export(head: Head) -> int:
    """How surely this is an export."""
    keys = places(head.text)
    if "maloja" in keys and ("scrobbles" in keys or not head.complete):
        return 95
    return 85 if "scrobbles.item.track.artists" in keys else 0


def score_api(head: Head) -> int:
    """How surely this is an answer of the API."""
    return 85 if "list.item.track.artists" in places(head.text) else 0


def read(file: BinaryIO, options: ReadOptions, *, prefix: str) -> Iterator[Row]:
    """The scrobbles of the list at `prefix`."""
    return objects(json_rows.items(file, options.size, prefix), partial(_row, _remembering(_written)))


def _row(written: Callable[[Fields], Written], row_no: int, row: Fields) -> Row:
    track = row.get("track")
    if not isinstance(track, dict):
        raise WrongValue("track", track, "an object with artists and title")
    told = written(track)
    if not told.artists:
        return skipped(row_no, SkipReason.NO_ARTIST, row)
    if not told.title:
        return skipped(row_no, SkipReason.NO_TITLE, row)
    time = row.get("time")
    if time is None or time == "" or (at := moment(time, "time")) < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    return Listen(
        row_no,
        at,
        told,
        played_for_ms=milliseconds(row.get("duration"), per=1000),
        client=_client(row.get("origin")),
    )


def _remembering(build: Callable[[Fields], Written]) -> Callable[[Fields], Written]:
    """Build each distinct track once: most rows repeat one, and building costs more than looking up."""
    known: dict[bytes, Written] = {}

    def remembered(track: Fields) -> Written:
        try:
            key = orjson.dumps(track)
        except TypeError:  # a lone surrogate, or a number that is none
            return build(track)
        found = known.get(key)
        if found is None:
            if len(known) >= _KEPT:
                known.clear()
            found = known[key] = build(track)
        return found

    return remembered


def _written(track: Fields) -> Written:
    album = track.get("album")
    if album is not None and not isinstance(album, dict):
        raise WrongValue("album", album, "an object with albumtitle and artists")
    album = album or {}
    title = optional_text(album.get("albumtitle"), "albumtitle")
    artists = album.get("artists")
    return Written(
        title=text(track.get("title"), "title"),
        artists=texts(track.get("artists"), "artists"),
        form=ArtistForm.UNORDERED,
        album=title,
        album_artists=texts(artists, "album artists") if title else (),
        # An album that is known to have no artist of its own is one by various artists.
        is_compilation=title is not None and artists == [],
        duration_ms=milliseconds(track.get("length"), per=1000),
    )


def _client(origin: object) -> str | None:
    word = text(origin, "origin").rpartition(":")[2]
    return None if word in _NO_CLIENT else word


MALOJA = Format(
    name="maloja",
    source="maloja",
    title="Maloja export: Maloja's own pages, 'Export', or /apis/mlj_1/export",
    score=score_export,
    read=partial(read, prefix="scrobbles.item"),
)
MALOJA_API = Format(
    name="maloja-api",
    source="maloja",
    title="Maloja list of scrobbles, as /apis/mlj_1/scrobbles answers it",
    score=score_api,
    read=partial(read, prefix="list.item"),
)
