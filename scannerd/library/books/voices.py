"""Who speaks of a book, the best first: sidecars, then its files, then its path. Pure.

Sidecars: `metadata.json`, where Audiobookshelf keeps what was edited in it, then OPF, then `desc.txt` and `reader.txt`;
of two alike the one that bears the book's name. Files: EPUB, audio, Kindle, comic, PDF (`shapes.Shape`): in that order
their fields mean what they say. Supplements do not speak.

The parts of one reading speak with one voice:

- The title is the album that most state, without the number of a disc where they differ in nothing else; of a file that
  is alone it is its own title, unless that names a chapter or the file a later part; then the album too.
- A field is what most parts state; of two as often stated, what the earlier part states.
- Narrators, genres and tags are all that are stated, in the order of the parts; so are the others of a role, unless
  more than half of the parts that name any agree.
- Of identifiers of one type those of the first part that has any.

A title that is but the name of the file is read like one. A comic's title is put in the form of `comic_titles`. Only
audio files, sidecars and paths of audiobooks name narrators.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from scannerd.library.books.book import BookFile, Source
from scannerd.library.books.comic_titles import with_comic_title
from scannerd.library.books.divide import Group, natural_place
from scannerd.library.books.name_patterns import read_name
from scannerd.library.books.shapes import Shape, shape_of, suffix_of
from scannerd.library.books.stems import folded, stem, stem_key, without_part
from scannerd.model.book import BookContributor, BookFileSaid, BookRole, Identifier, Told
from scannerd.model.names import match_key

T = TypeVar("T", bound=Hashable)

_GENERAL = frozenset(("metadata", "desc", "reader", "cover", "folder"))
_SIDECARS = {b"json": 0, b"opf": 1}
_CHAPTER_WORD = (
    r"chapter|chap|track|audio ?track|part|section|file|cd|dis[ck]|kapitel|teil|titel|chapitre|partie|piste|capítulo"
    r"|capitolo|hoofdstuk|deel"
)
_COUNT = r"[0-9]{1,3}(?:\s*(?:of|von|de|/)\s*[0-9]{1,3})?"
_CHAPTER = re.compile(
    rf"(?:[0-9]{{1,3}}\s*[-.:_]?\s*)?(?:(?:{_CHAPTER_WORD})\s*[#.:_-]?\s*{_COUNT})?"
    r"|(?:prologue|epilogue|intro(?:duction)?|opening credits|end credits|prolog|epilog)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Voice:
    """One source and what it says."""

    source: Source
    told: Told


def sidecar_voices(group: Group) -> list[Voice]:
    said = [(one, one.said) for one in sorted(group.sidecars, key=_sidecar_key)]
    return [Voice("sidecar", one.told) for _, one in said if one is not None]


def _sidecar_key(file: BookFile) -> tuple[object, ...]:
    return _SIDECARS.get(suffix_of(file.name), 2), stem_key(file.name) in _GENERAL, natural_place(file)


def file_voices(group: Group, readings: Sequence[Sequence[BookFile]]) -> list[Voice]:
    """The files of a book, a reading as one."""
    audible = [reading for reading in readings if any(one.said for one in reading)]
    voices: list[tuple[Shape, Told]] = [(shape_of(reading[0]), reading_told(reading)) for reading in audible]
    for one in group.main:
        shape = shape_of(one)
        if one.said is not None and not shape.is_audio:
            voices.append((shape, _text_told(one, one.said.told, is_comic=shape is Shape.COMIC)))
    return [Voice("file", told) for _, told in sorted(voices, key=lambda voice: voice[0])]


def _text_told(file: BookFile, told: Told, *, is_comic: bool) -> Told:
    told = _without_narrators(told)
    return with_comic_title(told) if is_comic else _with_read_title(file, told)


def _without_narrators(told: Told) -> Told:
    if not any(one.role is BookRole.NARRATOR for one in told.contributors):
        return told
    return replace(told, contributors=tuple(one for one in told.contributors if one.role is not BookRole.NARRATOR))


def _with_read_title(file: BookFile, told: Told) -> Told:
    if told.title and match_key(told.title) == match_key(stem(file.name)):
        return _with_title(told, read_name(told.title).title or told.title)
    return told


def _with_title(told: Told, title: str | None) -> Told:
    return told if title == told.title else replace(told, title=title)


def reading_told(reading: Sequence[BookFile]) -> Told:
    """What the parts of a reading say together; those that cannot be read say nothing."""
    said = [(one, one.said) for one in reading if one.said is not None]
    if len(reading) == 1:
        file, one = said[0]
        return _with_read_title(file, _with_title(one.told, single_title(one)))
    tolds = [one.told for _, one in said]
    return Told(
        title=_album(tolds),
        subtitle=_most(one.subtitle for one in tolds),
        sort_title=_most(one.sort_title for one in tolds),
        description=_most(one.description for one in tolds),
        language=_most(one.language for one in tolds),
        published=_most(one.published for one in tolds),
        publisher=_most(one.publisher for one in tolds),
        is_abridged=_most(one.is_abridged for one in tolds),
        contributors=_contributors(tolds),
        series=_most(one.series or None for one in tolds) or (),
        genres=_all(one.genres for one in tolds),
        tags=_all(one.tags for one in tolds),
        identifiers=_identifiers(tolds),
    )


def single_title(said: BookFileSaid) -> str | None:
    """The title of an audio file that is the only one of its book, or the only one that is there yet."""
    # An M4B may be the second of a series that is its album.
    is_later_part = said.format != "m4b" and ((said.position or 1) > 1 or (said.disc or 1) > 1)
    if said.own_title and not is_later_part and not _CHAPTER.fullmatch(said.own_title.strip()):
        return said.own_title
    return said.told.title


def _album(tolds: Sequence[Told]) -> str | None:
    albums = [one.title for one in tolds if one.title]
    bases = {folded(without_part(album)) for album in albums}
    if len({match_key(album) for album in albums}) > 1 and len(bases) == 1:
        return without_part(albums[0]) or albums[0]
    return _most(albums)


def _most(values: Iterable[T | None]) -> T | None:
    """The value most often there; of several the first."""
    counted = Counter(value for value in values if value is not None)
    return max(counted, key=lambda value: counted[value], default=None)


def _contributors(tolds: Sequence[Told]) -> tuple[BookContributor, ...]:
    found: list[BookContributor] = []
    for role in BookRole:
        lists = [those for one in tolds if (those := tuple(who for who in one.contributors if who.role is role))]
        most = _most(lists)
        is_agreed = role is not BookRole.NARRATOR and most is not None and 2 * lists.count(most) > len(lists)
        found += most if most is not None and is_agreed else _all(lists)
    return tuple(found)


def _all(values: Iterable[Iterable[T]]) -> tuple[T, ...]:
    """Each value once, in order."""
    return tuple(dict.fromkeys(value for those in values for value in those))


def _identifiers(tolds: Sequence[Told]) -> tuple[Identifier, ...]:
    found: dict[str, tuple[Identifier, ...]] = {}
    for told in tolds:
        types = dict.fromkeys(one.type for one in told.identifiers)
        for type_ in types:
            found.setdefault(type_, tuple(one for one in told.identifiers if one.type == type_))
    return _all(found.values())
