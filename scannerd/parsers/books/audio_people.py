"""Who wrote an audiobook and who reads it, from tags that were made for music. Pure.

author      its own field; else the artist, else the album artist. "Author, Narrator" is what Audible's helpers write
            into the artist: where the album artist begins it, that is the author, and the rest reads; but where
            others are said to read, whoever is not among them wrote it too. An artist who is the stated narrator is
            not the author, if the album artist is somebody else.
narrator    its own field, a performer "(narrator)", an artist who is called one; else the composer, who is not the
            author; else that rest; else the performers without an instrument.
composer    only of a book that names its narrator otherwise: a radio play has music.
others      their own fields, and whom the artist or the composer is said to be: "Louise Maude - translator".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scannerd.model.book import BookContributor, BookRole
from scannerd.model.book_names import credited_names, split_names
from scannerd.model.names import is_various, match_key
from scannerd.parsers import values

Found = dict[str, list[str]]
_Names = tuple[str, ...]
_Credits = list[tuple[str, BookRole | None]]

_READS = re.compile(
    r"narrat\w*|read(?:er|by| by)|spoken\b.*|voice|sprecher(?:in)?|erzähler(?:in)?|vorleser(?:in)?|lecteur|lectrice"
    r"|narrador\w*|narratore|voce|verteller|voorlezer|uppläsare|inläsare|oplæser|lukija|lektor\w*",
    re.IGNORECASE,
)
_REST = re.compile(r"\s*[,;/&]\s*(.+)", re.DOTALL)
_OTHERS = (
    ("translator", BookRole.TRANSLATOR),
    ("editor", BookRole.EDITOR),
    ("illustrator", BookRole.ILLUSTRATOR),
)
_WRITES = (None, BookRole.AUTHOR, BookRole.WRITER)
_READERS = (None, BookRole.NARRATOR)
_ARTISTS = ("artist", "album_artist")


def contributors_of(found: Found) -> tuple[BookContributor, ...]:
    """Everybody named, each once in a role."""
    credited = {field: _credits(found, field) for field in ("narrator", "composer", "author", *_ARTISTS)}
    stated = _each(name for name, _ in credited["narrator"]) or _performers(found, who_read=True)
    stated = stated or _each(name for field in _ARTISTS for name, role in credited[field] if role is BookRole.NARRATOR)
    composers = _each(name for name, role in credited["composer"] if role in _READERS)
    authors, rest = _authors(found, credited, stated, composers)
    wrote = [one.name for one in authors]
    narrators = stated
    if not narrators and not _same(composers, wrote):
        narrators, composers = composers, ()
    narrators = narrators or rest or _without(_performers(found, who_read=False), wrote)
    named = [*authors, *(BookContributor(BookRole.NARRATOR, name) for name in narrators), *_others(found, credited)]
    known = [one.name for one in named]
    return _once([*named, *(BookContributor(BookRole.COMPOSER, name) for name in _without(composers, known))])


def _authors(
    found: Found, credited: dict[str, _Credits], narrators: Sequence[str], composers: Sequence[str]
) -> tuple[list[BookContributor], _Names]:
    """The authors, with the names they are sorted by where the field has its own; and who else the artist names."""
    named, artist, album_artist = (
        _each(name for name, role in credited[field] if role in _WRITES) for field in ("author", *_ARTISTS)
    )
    if named:
        return _sorted_by(found, named, ""), ()
    if rest := _behind(found, artist, album_artist):
        readers = narrators or _without(composers, album_artist)
        wrote_too = _without(rest, readers) if readers else ()
        first = _sorted_by(found, album_artist, "album_artist_sort")
        return first + [BookContributor(BookRole.AUTHOR, name) for name in wrote_too], rest
    reads_it = bool(narrators) and not _without(artist, narrators) and bool(_without(album_artist, narrators))
    if album_artist and (reads_it or not artist):
        return _sorted_by(found, album_artist, "album_artist_sort"), ()
    return _sorted_by(found, artist, "artist_sort"), ()


def _others(found: Found, credited: dict[str, _Credits]) -> list[BookContributor]:
    """Those with a field of their own, and those with a word behind their name."""
    own = [BookContributor(role, name) for field, role in _OTHERS for name, _ in _credits(found, field)]
    fields = ("author", *_ARTISTS, "composer")
    said = [(name, role) for field in fields for name, role in credited[field]]
    return own + [BookContributor(role, name) for name, role in said if role and role not in _WRITES + _READERS]


def _behind(found: Found, artist: _Names, album_artist: _Names) -> _Names:
    """Whom the artist names behind the album artist."""
    count = len(album_artist)
    if not artist or not count:
        return ()
    if len(artist) > count and _same(artist[:count], album_artist):
        return artist[count:]
    whole, begin = (values.text("; ".join(values.texts(found[field]))) for field in ("artist", "album_artist"))
    # "King, Martin Luther" by the artist "King" is one person: a lone word may be a surname.
    if " " not in begin or not whole.lower().startswith(begin.lower()):
        return ()
    rest = _REST.fullmatch(whole[len(begin) :])
    return _each(name for name, role in credited_names(rest[1]) if role in _READERS) if rest else ()


def _sorted_by(found: Found, names: _Names, field: str) -> list[BookContributor]:
    sorts = values.split_into(found[field], len(names)) if field in found else None
    if sorts is None:
        return [BookContributor(BookRole.AUTHOR, name) for name in names]
    return [BookContributor(BookRole.AUTHOR, name, sort) for name, sort in zip(names, sorts, strict=True)]


def _credits(found: Found, field: str) -> _Credits:
    """The persons in a field, with what it says they did; "Various Artists" are nobody."""
    named = (one for raw in values.texts(found.get(field, ())) for one in credited_names(raw))
    return [(name, role) for name, role in named if not is_various(name)]


def _performers(found: Found, *, who_read: bool) -> _Names:
    """Those who read by what is in brackets behind their names; or those of whom nothing is said."""
    performers = [values.performer(raw) for raw in values.texts(found.get("performer", ()))]
    wanted = (name for name, detail in performers if (_READS.fullmatch(detail or "") if who_read else detail is None))
    return _each(one for name in wanted for one in split_names(name))


def _once(named: Iterable[BookContributor]) -> tuple[BookContributor, ...]:
    kept: dict[tuple[BookRole, str], BookContributor] = {}
    for one in named:
        kept.setdefault((one.role, match_key(one.name)), one)
    return tuple(kept.values())


def _each(names: Iterable[str]) -> _Names:
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(match_key(name), name)
    return tuple(kept.values())[: values.MOST_VALUES]


def _same(some: Sequence[str], others: Sequence[str]) -> bool:
    return set(map(match_key, some)) == set(map(match_key, others))


def _without(names: Sequence[str], others: Sequence[str]) -> _Names:
    keys = set(map(match_key, others))
    return tuple(name for name in names if match_key(name) not in keys)
