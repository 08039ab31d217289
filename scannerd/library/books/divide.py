"""The books in one unit, told apart by the names of their files and, of M4Bs, by their albums. Pure.

1. What lies together is one book: all its formats, its audio files from all its discs, supplements and sidecars.
2. But where one format (EPUB, Kindle, comic, PDF) is there under several names, each name is a book of its own; other
   formats of that name join it.
3. So is each of several M4Bs, unless they are parts: their albums agree but for the number of a part, or their names
   do and no album contradicts. Parts are one book.
4. Other audio files are parts of one audiobook: in a folder of several books those of a book's name join it, all the
   rest are one audiobook together.
5. A PDF is a supplement beside audio, or by its whole name (`booklet`, `errata`, ...) beside any other book; but not
   where an e-book or a comic has its name, for then it is another format of that. It belongs to the book whose name its
   own begins with, else to the first audiobook, else to the first book.
6. A sidecar belongs to the book of its name. Any other speaks of the only book there is; of several it speaks of the
   one whose title or name it states, else of none and belongs to none, for it cannot be the title of all.

A name is compared without its suffix, case and format marks (`stems`). Files that are missing have no place; files that
cannot be read have theirs by their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from scannerd.library.books.book import BookFile
from scannerd.library.books.natural_order import NaturalKey, natural_key
from scannerd.library.books.shapes import Shape, shape_of
from scannerd.library.books.stems import folded, stem, stem_key, without_part
from scannerd.model.names import match_key

SUPPLEMENTS = frozenset(
    (
        *("supplement", "supplements", "supplemental", "supplementary", "bonus", "bonus content", "extra", "extras"),
        *("booklet", "digital booklet", "liner notes", "map", "maps", "guide", "companion", "errata", "appendix"),
        *("appendices", "glossary", "handout", "handouts", "worksheets", "reference", "illustrations", "beiheft"),
    )
)
"""Names of PDFs that come with a book."""


@dataclass(frozen=True, slots=True)
class Group:
    """The files of one book, in natural order."""

    main: tuple[BookFile, ...]
    supplements: tuple[BookFile, ...]
    sidecars: tuple[BookFile, ...]
    is_alone: bool
    """No other book lies there: its folder is named after it, and not after its author or series."""


@dataclass(slots=True)
class _Growing:
    """A group that files still join, and the names by which they find it."""

    main: list[BookFile] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    supplements: list[BookFile] = field(default_factory=list)
    sidecars: list[BookFile] = field(default_factory=list)

    @property
    def has_audio(self) -> bool:
        return any(shape_of(one).is_audio for one in self.main)


def natural_place(file: BookFile) -> tuple[NaturalKey, NaturalKey]:
    return natural_key(file.folder), natural_key(file.name)


def divide(files: Iterable[BookFile]) -> list[Group]:
    """The books of one unit, in natural order; the order of the files does not matter."""
    here = sorted((one for one in files if one.state != "missing"), key=natural_place)
    books = [one for one in here if not shape_of(one).is_beside]
    supplements = _supplements(books)
    apart = {one.place for one in supplements}
    groups = _groups([one for one in books if one.place not in apart])
    if groups:
        index = _index(groups)
        for one in supplements:
            _owner(one, groups, index).supplements.append(one)
        for one in here:
            if shape_of(one).is_beside and (speaks_of := _spoken_of(one, groups, index)):
                speaks_of.sidecars.append(one)
    return sorted((_grown(one, groups) for one in groups), key=lambda group: natural_place(group.main[0]))


def _grown(group: _Growing, groups: Sequence[_Growing]) -> Group:
    main = tuple(sorted(group.main, key=natural_place))
    return Group(main, tuple(group.supplements), tuple(group.sidecars), is_alone=len(groups) == 1)


def _supplements(books: Sequence[BookFile]) -> list[BookFile]:
    pdfs = [one for one in books if shape_of(one) is Shape.PDF]
    others = [one for one in books if shape_of(one) is not Shape.PDF]
    texts = {stem_key(one.name) for one in others if not shape_of(one).is_audio}
    pdfs = [one for one in pdfs if stem_key(one.name) not in texts]
    if any(shape_of(one).is_audio for one in others):
        return pdfs
    named = [one for one in pdfs if stem_key(one.name) in SUPPLEMENTS]
    return named if len(named) < len(books) else []


def _groups(books: Sequence[BookFile]) -> list[_Growing]:
    texts = [one for one in books if not shape_of(one).is_audio]
    whole = [one for one in books if shape_of(one) is Shape.M4B]
    several_texts = _are_several(texts)
    clusters = _clusters(whole, {stem_key(one.name) for one in texts} if several_texts else set())
    if not several_texts and len(clusters) <= 1:
        return _together(books)
    groups = _by_name(texts)
    index = _index(groups)
    for cluster in clusters:
        _join_or_found(cluster, groups, index)
    return groups + _together(_parts_left(books, _index(groups)))


def _are_several(texts: Sequence[BookFile]) -> bool:
    """Whether one format is there under several names."""
    names: dict[Shape, set[str]] = {}
    for one in texts:
        names.setdefault(shape_of(one), set()).add(stem_key(one.name))
    return any(len(those) > 1 for those in names.values())


def _together(files: Sequence[BookFile]) -> list[_Growing]:
    return [_Growing(list(files), [stem_key(one.name) for one in files])] if files else []


def _by_name(texts: Sequence[BookFile]) -> list[_Growing]:
    groups: dict[str, _Growing] = {}
    for one in texts:
        name = stem_key(one.name)
        groups.setdefault(name, _Growing(names=[name])).main.append(one)
    return list(groups.values())


def _clusters(whole: Sequence[BookFile], texts: AbstractSet[str]) -> list[list[BookFile]]:
    """M4Bs that are parts of one book each. One with the name of an e-book is that book, whatever its album says."""
    albums = {_base(one): album for one in reversed(whole) if (album := _album(one))}
    clusters: dict[tuple[str, str], list[BookFile]] = {}
    for one in whole:
        base = _base(one)
        key = ("base", base)
        if (name := stem_key(one.name)) in texts:
            key = ("name", name)
        elif album := _album(one) or albums.get(base):
            key = ("album", album)
        clusters.setdefault(key, []).append(one)
    return list(clusters.values())


def _album(file: BookFile) -> str | None:
    """The album, without the number of a part."""
    album = file.said.told.title if file.said else None
    return folded(without_part(album)) or None if album else None


def _base(file: BookFile) -> str:
    return folded(without_part(stem(file.name)))


def _names_of(files: Sequence[BookFile]) -> list[str]:
    """What files are called, the whole names first, and then those without the number of a part."""
    return [*(stem_key(one.name) for one in files), *filter(None, map(_base, files))]


def _join_or_found(cluster: Sequence[BookFile], groups: list[_Growing], texts: Mapping[str, _Growing]) -> None:
    names = _names_of(cluster)
    group = next((texts[name] for name in names if name in texts), None)
    if group is None or group.has_audio:
        groups.append(group := _Growing())
    group.main.extend(cluster)
    group.names.extend(names)


def _parts_left(books: Sequence[BookFile], index: Mapping[str, _Growing]) -> list[BookFile]:
    """The audio files that are no M4B and found no book of their name."""
    left: list[BookFile] = []
    for one in books:
        if shape_of(one) is Shape.PART:
            group = next((index[name] for name in _names_of([one]) if name in index), None)
            (group.main if group else left).append(one)
    return left


def _index(groups: Sequence[_Growing]) -> dict[str, _Growing]:
    """Groups by their names; of two with one name the first."""
    return {name: group for group in reversed(groups) for name in group.names}


def _owner(supplement: BookFile, groups: Sequence[_Growing], index: Mapping[str, _Growing]) -> _Growing:
    name = stem_key(supplement.name)
    # As a word: `Dune map` begins with `Dune`, and `Dunes` does not.
    ends = (n for n in range(len(name), 0, -1) if not name[n : n + 1].isalnum())
    named = next((index[name[:end]] for end in ends if name[:end] in index), None)
    return named or next((one for one in groups if one.has_audio), groups[0])


def _spoken_of(sidecar: BookFile, groups: Sequence[_Growing], index: Mapping[str, _Growing]) -> _Growing | None:
    if len(groups) == 1:
        return groups[0]
    return index.get(stem_key(sidecar.name)) or _of_title(sidecar, groups)


def _of_title(sidecar: BookFile, groups: Sequence[_Growing]) -> _Growing | None:
    """The only book of the title that the sidecar states, by its files' own titles or their names."""
    title = sidecar.said.told.title if sidecar.said else None
    named = [group for group in groups if match_key(title) in _titles(group)] if title else []
    return named[0] if len(named) == 1 else None


def _titles(group: _Growing) -> set[str]:
    said = [one.said for one in group.main if one.said]
    told = {title for one in said for title in (one.told.title, one.own_title) if title}
    return {match_key(title) for title in (*told, *group.names)}
