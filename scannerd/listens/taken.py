"""One lookup taken apart: who is named, under which keys. Pure; the rows go by COPY into the resolver's temp tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from scannerd.model.artist_names import NamedArtist, SplitRules, artists_of, credit_text
from scannerd.model.listen import ArtistForm
from scannerd.model.names import is_various, match_key, play_key, title_key


@dataclass(frozen=True, slots=True)
class Taken:
    """One lookup taken apart: rows for the temp tables of a batch."""

    title: tuple[object, ...]
    names: list[tuple[object, ...]]
    aliases: list[tuple[object, ...]]


def take_apart(row: Sequence[Any], rules: SplitRules) -> Taken:
    """Names, keys and credit of one lookup; `row` as `list_pending_lookups` returns it. Pure."""
    (lookup_id, plays, form, artists, mbids, joiners, title, album, album_artists, is_compilation, *ids, aliases) = row
    recording_mbid, release_mbid, release_group_mbid, isrc, duration_ms, *guesses = ids
    form = ArtistForm(form)
    named = artists_of(artists, form=form, title=title, artist_mbids=[mbid or None for mbid in mbids], rules=rules)
    various = is_compilation or any(map(is_various, album_artists))
    owners = () if various or not album else _album_artists(album_artists, form, rules)
    # A guess is about one artist: where several are named, nobody knows which.
    guessed_artist = guesses[0] if len(named) == 1 else None
    return Taken(
        title=(
            lookup_id,
            plays,
            title,
            title_key(title),
            play_key(title),
            _credit(artists, joiners, named, form),
            album,
            match_key(album) if album else None,
            various,
            form is ArtistForm.UNORDERED,
            release_mbid,
            release_group_mbid,
            recording_mbid,
            isrc,
            duration_ms,
            guessed_artist,
            *guesses[1:],
        ),
        names=[*_name_rows(lookup_id, named, of_album=False), *_name_rows(lookup_id, owners, of_album=True)],
        aliases=_alias_rows(lookup_id, aliases or [], named),
    )


def take_pairs(rows: Iterable[Sequence[Any]], rules: SplitRules) -> list[tuple[object, ...]]:
    """The verified pairs among (form, name, MBID) as `list_pending_pairs` returns them, each once. Pure."""
    pairs: dict[tuple[object, object], tuple[object, ...]] = {}
    for form, name, mbid in rows:
        named = artists_of((name,), form=ArtistForm(form), title="", artist_mbids=(mbid,), rules=rules)
        for row in _name_rows(0, [artist for artist in named if artist.mbid], of_album=False):
            pairs.setdefault((row[4], row[5]), row)
    return list(pairs.values())


def _album_artists(names: Sequence[str], form: ArtistForm, rules: SplitRules) -> tuple[NamedArtist, ...]:
    if not names:
        return ()
    form = ArtistForm.LIST if form is ArtistForm.CREDIT else form
    return artists_of(names, form=form, title="", rules=rules)


def _name_rows(lookup_id: int, named: Iterable[NamedArtist], *, of_album: bool) -> Iterator[tuple[object, ...]]:
    for position, artist in enumerate(named):
        mbid = UUID(artist.mbid) if artist.mbid else None
        yield (lookup_id, of_album, position, artist.name, match_key(artist.name), mbid, artist.featured)


def _alias_rows(
    lookup_id: int, aliases: Iterable[Sequence[Any]], named: Sequence[NamedArtist]
) -> list[tuple[object, ...]]:
    places = {artist.position_in_source: place for place, artist in enumerate(named)}
    rows: list[tuple[object, ...]] = []
    for of, position, alias, source in aliases:
        place = places.get(position) if of == "artist" else 0
        if place is not None:
            key = title_key(alias) if of == "track" else match_key(alias)
            rows.append((lookup_id, of, place, alias, key, source))
    return rows


def _credit(
    artists: Sequence[str], joiners: Sequence[str], named: Sequence[NamedArtist], form: ArtistForm
) -> str | None:
    """The artists as printed; None where their order is only known once the album's artist is (UNORDERED)."""
    if form is ArtistForm.UNORDERED:
        return None
    if form is ArtistForm.JOINED:
        return artists[0]
    if len(joiners) == len(artists):
        return "".join(name + joiner for name, joiner in zip(artists, joiners, strict=True)).strip()
    return credit_text(named)
