"""What a parsed file says -> what it wants of the catalogue: people, release, labels, and its place. Pure.

What a file leaves open has a defined answer: no title is the file's name without its number, no artist is "[Unknown
Artist]", no album is no release; an album without album artist is by the artist of its tracks, or by various artists
where they differ within one folder.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from scannerd.library.names import Label, PersonName
from scannerd.model.artist_names import NamedArtist, SplitRules, artists_of, credit_text
from scannerd.model.listen import ArtistForm
from scannerd.model.media import Named, Parsed, Role
from scannerd.model.names import clean, is_various, match_key, title_key

UNKNOWN_ARTIST = "[Unknown Artist]"
# "01 Title", "1. Title", "1-02 Title", "03 - Title"; "99 Problems" and "7 Seconds" are titles.
_NUMBER = re.compile(r"^(?:\d{1,2}[-.]\d{2}(?:\s*[-._)]\s*|\s+)|\d{1,3}\s*[-._)]\s*|0\d{1,2}\s+)(?=\S)")


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a track."""

    person: PersonName
    role: Role
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Album:
    """The release a file names, before its artist has a number."""

    title: str
    match_key: str
    owners: tuple[PersonName, ...]  # empty: various artists
    owner_is_guessed: bool
    mbid: UUID | None = None
    group_mbid: UUID | None = None
    date: str | None = None
    edition: str | None = None  # decided for the whole folder


@dataclass(frozen=True, slots=True)
class Wanted:
    """One track, as its file has it."""

    title: str
    title_key: str
    credit: str
    parts: tuple[Part, ...]  # artists first, the primary artist before all; each person and role once
    album: Album | None
    genres: tuple[Label, ...] = ()
    tags: tuple[Label, ...] = ()
    year: int | None = None
    parsed: Parsed = field(repr=False, kw_only=True)

    @property
    def artists(self) -> Iterable[PersonName]:
        """Artists and guests."""
        return (part.person for part in self.parts if part.role in (Role.ARTIST, Role.FEATURED))

    @property
    def persons(self) -> Iterable[PersonName]:
        """Everybody it names."""
        yield from (part.person for part in self.parts)
        if self.album is not None:
            yield from self.album.owners


def take(parsed: Parsed, *, file_name: str, rules: SplitRules) -> Wanted:
    """What one file wants."""
    title = parsed.title or title_from(file_name)
    named = _named(parsed.artists, parsed.artist, title, rules) or (NamedArtist(UNKNOWN_ARTIST, None, False, None),)
    sorts = {artist.name: artist.sort_name for artist in parsed.artists}
    return Wanted(
        title=title,
        title_key=title_key(title),
        credit=parsed.artist or credit_text(named),
        parts=_parts(named, parsed, sorts),
        album=_album(parsed, named, rules),
        genres=_labels(parsed.genres),
        tags=_labels(parsed.tags),
        year=_year(parsed.original_date) or _year(parsed.date),
        parsed=parsed,
    )


def agree(wanted: Sequence[Wanted]) -> list[Wanted]:
    """The files of one folder, of one mind about their albums: who they are by, and which edition they are."""
    albums: dict[tuple[str, UUID | None], list[Album]] = defaultdict(list)
    for one in wanted:
        if one.album is not None:
            albums[one.album.match_key, one.album.mbid].append(one.album)
    agreed = {key: _Agreement.of(those) for key, those in albums.items()}
    return [
        replace(one, album=agreed[one.album.match_key, one.album.mbid].applied(one.album)) if one.album else one
        for one in wanted
    ]


def title_from(file_name: str) -> str:
    """The title a file name tells: without suffix and leading number; never empty."""
    stem = clean(file_name.rpartition(".")[0] or file_name) or "[untitled]"
    return _NUMBER.sub("", stem) or stem


@dataclass(frozen=True, slots=True)
class _Agreement:
    """What holds for one album in one folder."""

    is_various: bool  # where no album artist is named
    edition: str | None

    @classmethod
    def of(cls, albums: Sequence[Album]) -> _Agreement:
        leads = {one.owners[0].key for one in albums if one.owner_is_guessed and one.owners}
        dates = {one.date for one in albums}
        return cls(len(leads) > 1, dates.pop() if len(dates) == 1 else None)

    def applied(self, album: Album) -> Album:
        owners = () if album.owner_is_guessed and self.is_various else album.owners
        return replace(album, owners=owners, edition=self.edition)


def _named(listed: Sequence[Named], printed: str | None, title: str, rules: SplitRules) -> tuple[NamedArtist, ...]:
    """Who is named: one by one where the file lists them, else as printed, taken apart by the rules for listens."""
    if not listed and printed:
        listed = (Named(printed),)
    mbids = [one.mbid for one in listed]
    form = ArtistForm.CREDIT if listed and all(mbids) else ArtistForm.LIST if len(listed) > 1 else ArtistForm.JOINED
    return artists_of([one.name for one in listed], form=form, title=title, artist_mbids=mbids, rules=rules)


def _parts(named: Sequence[NamedArtist], parsed: Parsed, sorts: dict[str, str | None]) -> tuple[Part, ...]:
    parts: dict[tuple[object, Role], Part] = {}
    for place, artist in enumerate(named):
        role = Role.FEATURED if artist.featured and place else Role.ARTIST
        person = _person(Named(artist.name, artist.mbid, sorts.get(artist.name)))
        parts.setdefault((person.key, role), Part(person, role))
    for one in parsed.contributors:
        person = _person(one.named)
        known = parts.get((person.key, one.role))
        details = [detail for detail in (known.detail if known else None, one.detail) if detail]
        parts[person.key, one.role] = Part(person, one.role, ", ".join(dict.fromkeys(details)) or None)
    return tuple(parts.values())


def _album(parsed: Parsed, named: Sequence[NamedArtist], rules: SplitRules) -> Album | None:
    if not parsed.album:
        return None
    owners = _named(parsed.album_artists, parsed.album_artist, "", rules)
    various = parsed.is_compilation if not owners else any(is_various(one.name) for one in owners)
    sorts = {one.name: one.sort_name for one in (*parsed.artists, *parsed.album_artists)}
    return Album(
        title=parsed.album,
        match_key=match_key(parsed.album),
        owners=()
        if various
        else tuple(_person(Named(one.name, one.mbid, sorts.get(one.name))) for one in owners or named[:1]),
        owner_is_guessed=not owners,
        mbid=UUID(parsed.release_mbid) if parsed.release_mbid else None,
        group_mbid=UUID(parsed.release_group_mbid) if parsed.release_group_mbid else None,
        date=parsed.date,
    )


def _person(named: Named) -> PersonName:
    return PersonName(match_key(named.name), named.mbid, named.name, named.sort_name)


def _labels(names: Iterable[str]) -> tuple[Label, ...]:
    return tuple({(key := match_key(name)): Label(key, name) for name in names}.values())


def _year(date: str | None) -> int | None:
    return int(date[:4]) if date else None
