"""Koito: its export, version 1, which carries every name that Koito knows for an artist, an album and a track."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import orjson

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import places
from scannerd.formats.reading import Fields, milliseconds, objects, skipped
from scannerd.formats.values import WrongValue, instant, mbid, optional_text, text
from scannerd.model.listen import Alias, AliasOf, ArtistForm, Listen, Row, SkipReason, Written

VERSION = "1"
_KEPT = 5_000
_version = re.compile(r'"version"\s*:\s*"?([^",}\s]{1,20})')


def version(head: Head) -> str | None:
    """The version that a Koito export says it has; None for what is no Koito export."""
    keys = places(head.text)
    if not {"version", "listens"} <= keys or not ("exported_at" in keys or "listens.item.track.aliases" in keys):
        return None
    said = _version.search(head.text)
    return said[1] if said else None


def score(head: Head) -> int:
    """How surely this is an export of the version that is known here."""
    return 95 if version(head) == VERSION else 0


def read(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    """The listens, in the order of the file, which is none."""
    known: dict[bytes, Written] = {}
    return objects(json_rows.items(file, options.size, "listens.item"), partial(_row, known))


def _row(known: dict[bytes, Written], row_no: int, row: Fields) -> Row:
    written = _remembered(row, known)
    if not written.artists:
        return skipped(row_no, SkipReason.NO_ARTIST, row)
    if not written.title:
        return skipped(row_no, SkipReason.NO_TITLE, row)
    if not row.get("listened_at"):
        return skipped(row_no, SkipReason.NO_TIME, row)
    at = instant(row["listened_at"], "listened_at")
    return Listen(row_no, at, written, client=optional_text(row.get("client"), "client"))


def _remembered(row: Fields, known: dict[bytes, Written]) -> Written:
    parts = (row.get("track"), row.get("album"), row.get("artists"))
    try:
        key = orjson.dumps(parts)
    except TypeError:  # a lone surrogate, or a number that is none
        return _written(*parts)
    if key not in known:
        if len(known) >= _KEPT:
            known.clear()
        known[key] = _written(*parts)
    return known[key]


def _written(track: object, album: object, artists: object) -> Written:
    track, album = _object(track, "track"), _object(album, "album")
    title, more_titles = _names(track, "track")
    release, more_releases = _names(album, "album")
    people = _people(artists)
    aliases = [Alias(AliasOf.TRACK, name, source) for name, source in more_titles]
    aliases += [Alias(AliasOf.RELEASE, name, source) for name, source in more_releases]
    for position, (_, _, more_names) in enumerate(people):
        aliases += [Alias(AliasOf.ARTIST, name, source, position) for name, source in more_names]
    ids = tuple([person_mbid for _, person_mbid, _ in people])
    return Written(
        title=title,
        artists=tuple([name for name, _, _ in people]),
        form=ArtistForm.LIST,
        artist_mbids=ids if any(ids) else (),
        album=release or None,
        is_compilation=album.get("various_artists") is True,
        recording_mbid=mbid(track.get("mbid")),
        release_mbid=mbid(album.get("mbid")),
        duration_ms=milliseconds(track.get("duration"), per=1000),
        aliases=tuple(aliases),
    )


def _people(artists: object) -> list[tuple[str, str | None, list[tuple[str, str]]]]:
    """Name, MBID and further names of each artist, the primary one first; those without a name are nobody."""
    if artists is None:
        return []
    if not isinstance(artists, list):
        raise WrongValue("artists", artists, "a list of artists")
    objects = [_object(artist, "artist") for artist in artists]
    objects.sort(key=lambda artist: artist.get("is_primary") is not True)
    people = []
    for artist in objects:
        name, more = _names(artist, "artist")
        if name:
            people.append((name, mbid(artist.get("mbid")), more))
    return people


def _names(thing: Fields, field: str) -> tuple[str, list[tuple[str, str]]]:
    """The primary name, and the other names with who says so."""
    aliases = thing.get("aliases")
    if aliases is None:
        return "", []
    if not isinstance(aliases, list):
        raise WrongValue(f"{field} aliases", aliases, "a list of names")
    named = []
    for alias in aliases:
        alias = _object(alias, f"{field} alias")
        name, source = text(alias.get("alias"), f"{field} alias"), text(alias.get("source"), "source").lower()
        if name:
            named.append((alias.get("is_primary") is not True, name, source))
    named.sort(key=lambda entry: entry[0])
    primary = named[0][1] if named else ""
    return primary, [(name, source) for _, name, source in named[1:] if name != primary]


def _object(value: object, field: str) -> Fields:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongValue(field, value, "an object")
    return value


KOITO = Format(
    name="koito",
    source="koito",
    title="Koito export, version 1: Koito's settings, 'Export'",
    score=score,
    read=read,
)
