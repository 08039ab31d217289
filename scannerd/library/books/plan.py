"""Which book of the database each derived book is. Pure.

A book is the one that most of its files held so far, if nowhere more files of that one lie; of several the lowest
number. Where none of its files held one, it takes the place of files that are missing: of those whose name it has but
for the suffix, or of the only book that was there before, if it is the only one there now. Else it is new. Titles say
nothing: two editions of one title are two books, and a title that is corrected is the same one.

Main files count before others: a cover that is left behind does not keep its book from moving.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scannerd.library.books.book import Book, BookFile, FileRole
from scannerd.library.books.shapes import shape_of

Place = tuple[int, bytes]
"""A unit: its root and what lies together there."""
Weight = tuple[int, int]
"""Files of a book that are not missing: main ones, and all."""
Held = Mapping[int, Mapping[Place, Weight]]
"""Where the files of each known book lie."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A derived book, and which one it is."""

    book: Book
    book_id: int | None  # None: it is new, and has no number yet
    left: tuple[BookFile, ...] = ()  # missing files that held it and are noted with it
    is_new: bool = False
    is_same: bool = False  # nothing happened to it: it is not written


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What is to be done with a unit."""

    root_id: int
    unit: bytes
    books: tuple[Planned, ...]
    others: tuple[BookFile, ...] = ()  # to be written without a book, or with the one they keep


def held_ids(files: Iterable[BookFile]) -> set[int]:
    """The books that these files held so far."""
    return {file.book_id for file in files if file.book_id is not None}


def plan_unit(place: Place, files: Sequence[BookFile], books: Sequence[Book], held: Held, taken: set[int]) -> UnitPlan:
    """Find each book of a unit; `taken` are those given away already, and become more."""
    chosen = _by_files(place, books, held, taken)
    taken.update(chosen.values())
    chosen |= _by_place(files, books, chosen, held, taken)
    taken.update(chosen.values())
    unplaced = _unplaced(files, books)
    planned = []
    noted: set[int | None] = set()
    for at, book in enumerate(books):
        one = _planned(files, book, chosen.get(at), unplaced, are_several=len(books) > 1)
        noted |= {file.file_id for file in one.left}
        planned.append(one)
    homes = {
        book_id
        for book_id in held_ids(unplaced)
        if book_id not in chosen.values() and _is_home(place, held.get(book_id, {}))
    }
    others = [file for file in _others(unplaced, homes) if file.file_id is None or file.file_id not in noted]
    return UnitPlan(*place, tuple(planned), tuple(others))


def _by_files(place: Place, books: Sequence[Book], held: Held, taken: set[int]) -> dict[int, int]:
    """Each book by what its files held; those that lie elsewhere with more files are left to that place."""
    claims = []
    for at, book in enumerate(books):
        for book_id, (mains, files) in _claims(book).items():
            if book_id not in taken and _is_home(place, held.get(book_id, {})):
                claims.append((-mains, -files, book_id, at))
    chosen: dict[int, int] = {}
    for _, _, book_id, at in sorted(claims):
        if at not in chosen and book_id not in chosen.values():
            chosen[at] = book_id
    return chosen


def _claims(book: Book) -> dict[int, Weight]:
    mains, files = Counter[int](), Counter[int]()
    for placed in book.files:
        book_id = placed.file.book_id
        if book_id is not None and placed.file.state != "missing":
            files[book_id] += 1
            mains[book_id] += placed.file.role == "main"
    return {book_id: (mains[book_id], number) for book_id, number in files.items()}


def _is_home(place: Place, places: Mapping[Place, Weight]) -> bool:
    """Whether most files of a book lie here; of several such places the first one is, and of none any."""
    if not any(files for _, files in places.values()):
        return bool(places)
    return place == min(places, key=lambda one: (-places[one][0], -places[one][1], one))


def _by_place(
    files: Sequence[BookFile], books: Sequence[Book], chosen: Mapping[int, int], held: Held, taken: set[int]
) -> dict[int, int]:
    """Books whose files are new, in the place of books whose files are all missing."""
    gone: dict[int, set[bytes]] = defaultdict(set)
    for file in files:
        if file.state == "missing" and file.book_id is not None and file.role == "main":
            gone[file.book_id].add(_stem(file.name))
    free = {
        book_id: stems
        for book_id, stems in sorted(gone.items())
        if book_id not in taken and not any(number for _, number in held.get(book_id, {(0, b""): (0, 1)}).values())
    }
    if len(books) == 1 and not chosen and len(free) == 1 and held_ids(files) == set(free):
        return {0: next(iter(free))}
    found: dict[int, int] = {}
    for at, book in enumerate(books):
        if at in chosen:
            continue
        stems = {_stem(placed.file.name) for placed in book.files if placed.role == "main"}
        shared = {book_id: len(stems & free[book_id]) for book_id in free if book_id not in found.values()}
        best = max(shared, key=lambda book_id: (shared[book_id], -book_id), default=None)
        if best is not None and shared[best]:
            found[at] = best
    return found


def _stem(name: bytes) -> bytes:
    return (name.rpartition(b".")[0] or name).lower()


def _unplaced(files: Sequence[BookFile], books: Sequence[Book]) -> list[BookFile]:
    placed = {one.file.place for book in books for one in book.files}
    return [file for file in files if file.place not in placed]


def _planned(
    files: Sequence[BookFile], book: Book, book_id: int | None, unplaced: Sequence[BookFile], *, are_several: bool
) -> Planned:
    if book_id is None:
        return Planned(book, None, is_new=True)
    left = tuple(
        file for file in unplaced if file.book_id == book_id and file.state == "missing" and not file.is_derived
    )
    mine = {placed.file.place for placed in book.files}
    is_same = (
        are_several
        and _were_several(files)
        and not left
        and all(_is_as_it_was(one.file, book_id, one.role, one.part) for one in book.files)
        and all(file.place in mine for file in files if file.book_id == book_id and file.state != "missing")
        and not any(shape_of(file).is_beside and _happened(file) for file in files)  # it may speak of any of them
    )
    return Planned(book, book_id, left, is_same=is_same)


def _is_as_it_was(file: BookFile, book_id: int, role: str, part: int | None) -> bool:
    return not _happened(file) and (file.book_id, file.role, file.part) == (book_id, role, part)


def _happened(file: BookFile) -> bool:
    """Whether it is new, was read, came, went or moved."""
    return file.read is not None or not file.is_derived


def _were_several(files: Sequence[BookFile]) -> bool:
    """Whether there were several books before: the name of a folder means another thing where there is but one.

    What was not derived may have come here with a book of its own.
    """
    before = {file.book_id for file in files if file.role == "main" and file.state != "missing" and file.is_derived}
    return len(before - {None}) > 1


def _others(unplaced: Sequence[BookFile], homes: set[int]) -> list[BookFile]:
    """Files without a place in any book, with the book they are to keep; only those that are to be written.

    What is missing keeps its book. So does what is broken, and what lies beside either, as long as that book is at home
    here and no other files make it; else it lies there for none.
    """
    kept = held_ids(file for file in unplaced if file.role == "main" and file.state != "present") & homes
    others = []
    for file in unplaced:
        other = file
        if file.state != "missing":
            other = replace(file, role=_role_of(file))
            if file.book_id not in kept:
                other = replace(other, book_id=None, part=None)
        if _happened(file) or other != file:
            others.append(other)
    return others


def _role_of(file: BookFile) -> FileRole:
    """What it is without a book: nothing comes with one that is not there."""
    return "sidecar" if shape_of(file).is_beside else "main"
