"""One book, its files and all that belongs to it, in one transaction; many such transactions in one pipeline.

A book that nobody knew, of files that nobody knew, is one statement, and so a transaction by itself; any other has its
own BEGIN and COMMIT (`scannerd.db.pipeline`). Killed between any two statements, a book is there with all that belongs
to it or as it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.pipeline import Statement, run_each
from scannerd.library.books.book import BookFile, JustRead, PlacedFile
from scannerd.library.books.documents import (
    BookIds,
    Row,
    book_row,
    chapter_rows,
    document,
    file_row,
    person_rows,
    place_row,
    relation_rows,
)
from scannerd.library.books.plan import Planned, UnitPlan
from scannerd.library.scan_cache import Kind
from scannerd.model.book import BookFileSaid
from scannerd.model.media import Unreadable
from scannerd.parsers.books import VERSION


@dataclass(frozen=True, slots=True)
class Writing:
    """Everything that one transaction writes."""

    unit: UnitPlan
    statements: tuple[Statement, ...]
    files: tuple[BookFile, ...]  # with all that is noted with them
    planned: Planned | None = None  # None: files without a book
    names: dict[Kind, list[int]] = field(default_factory=dict)  # that the cache gave for it

    @property
    def owed(self) -> tuple[int, ...]:
        """A file by which the next scan finds this again, where none would lead it there by itself."""
        known = [file.file_id for file in self.files if file.file_id is not None]
        if any(file.read is not None or not file.is_derived for file in self.files):
            return ()
        return tuple(known[:1])


def unit_writings(unit: UnitPlan, ids: BookIds, catalogue_id: int) -> Iterator[Writing]:
    """The transactions of a unit: of each book that is not as it was, and of what is left. Pure."""
    for planned in unit.books:
        if not planned.is_same:
            yield book_writing(unit, planned, ids, catalogue_id)
    if unit.others:
        yield _others_writing(unit)


def book_writing(unit: UnitPlan, planned: Planned, ids: BookIds, catalogue_id: int) -> Writing:
    """The transaction of one book, which has its number. Pure."""
    relations = relation_rows(planned.book, ids)
    book = {"book_id": planned.book_id, "book": document(book_row(planned.book))}
    placed = planned.book.files
    if planned.is_new and all(one.file.file_id is None for one in placed):
        whole = book | _new_files(unit, placed, ids) | {name: document(rows) for name, rows in relations.items()}
        statements: tuple[Statement, ...] = (("insert_book", whole | {"catalogue_id": catalogue_id}),)
    else:
        first = ("make_book", book | {"catalogue_id": catalogue_id}) if planned.is_new else ("update_book", book)
        statements = (
            first,
            *_file_statements(unit, placed, planned.book_id, planned.left),
            *_told_by_files(unit, placed, ids),
            *(
                (f"write_book_{name}", {"book_id": planned.book_id, name: document(rows)})
                for name, rows in relations.items()
            ),
        )
    files = (*(one.file for one in placed), *planned.left)
    return Writing(unit, statements, files, planned, _names(relations, placed, ids))


def write(conn: Connection[Any], writings: Sequence[Writing]) -> list[tuple[Writing, psycopg.Error]]:
    """Write each in a transaction of its own, many on their way at once; return those that failed, with the reason.

    `conn` must be outside a transaction, in autocommit mode. Raises psycopg.Error when the connection is lost.
    """
    outcomes = run_each(conn, [writing.statements for writing in writings])
    return [(writing, exc) for writing, exc in zip(writings, outcomes, strict=True) if exc is not None]


def _others_writing(unit: UnitPlan) -> Writing:
    """Files without a book of theirs; each keeps the one it is noted with."""
    read = [PlacedFile(file, file.role or "main", file.part) for file in unit.others if file.read is not None]
    known = [file for file in unit.others if file.read is None]
    statements = [*_read_files(unit, read, {one.file.place: one.file.book_id for one in read}), *_place_files(known)]
    chapters = _chapters(read)
    if chapters:
        statements.append(("write_chapters", {"root_id": unit.root_id, "chapters": document(chapters)}))
    return Writing(unit, tuple(statements), unit.others)


def _new_files(unit: UnitPlan, placed: Sequence[PlacedFile], ids: BookIds) -> dict[str, Any]:
    rows = []
    for one in placed:
        row = file_row(one, _just_read(one), None)
        narrators = person_rows(one.own_narrators, ids.persons)
        rows.append(row | {"chapters": _chapters_of(one), "narrators": narrators})
    return {"root_id": unit.root_id, "unit": unit.unit, "parsed_by": VERSION, "files": document(rows)}


def _file_statements(
    unit: UnitPlan, placed: Sequence[PlacedFile], book_id: int | None, left: Sequence[BookFile]
) -> Iterator[Statement]:
    read = [one for one in placed if one.file.read is not None]
    yield from _read_files(unit, read, {one.file.place: book_id for one in read})
    rows = [_placed(one.file, book_id, one.role, one.part) for one in placed if one.file.read is None]
    rows += [_placed(file, file.book_id, file.role, file.part) for file in left]
    if rows:
        yield "place_book_files", {"placed": document(rows)}


def _read_files(
    unit: UnitPlan, read: Sequence[PlacedFile], books: dict[tuple[bytes, bytes], int | None]
) -> Iterator[Statement]:
    common = {"root_id": unit.root_id, "unit": unit.unit, "parsed_by": VERSION}
    rows: dict[str, list[Row]] = {"write_book_files": [], "write_unreadable_book_files": []}
    for one in read:
        outcome = _just_read(one)
        is_broken = isinstance(outcome.outcome, Unreadable)
        name = "write_unreadable_book_files" if is_broken else "write_book_files"
        rows[name].append(file_row(one, outcome, books[one.file.place]))
    for name, files in rows.items():
        if files:
            yield name, common | {"files": document(files)}


def _place_files(files: Iterable[BookFile]) -> Iterator[Statement]:
    rows = [_placed(file, file.book_id, file.role, file.part) for file in files]
    if rows:
        yield "place_book_files", {"placed": document(rows)}


def _placed(file: BookFile, book_id: int | None, role: str | None, part: int | None) -> Row:
    return {"id": file.file_id, "book_id": book_id, "role": role, "part": part}


def _told_by_files(unit: UnitPlan, placed: Sequence[PlacedFile], ids: BookIds) -> Iterator[Statement]:
    """Chapters of the files that were read, narrators of all: those depend on what the other files say."""
    chapters = _chapters([one for one in placed if one.file.read is not None])
    if chapters:
        yield "write_chapters", {"root_id": unit.root_id, "chapters": document(chapters)}
    narrators = [
        place_row(one.file) | {"narrators": person_rows(one.own_narrators, ids.persons)}
        for one in placed
        if one.own_narrators or one.file.file_id is not None
    ]
    if narrators:
        yield "write_file_narrators", {"root_id": unit.root_id, "narrators": document(narrators)}


def _chapters(read: Iterable[PlacedFile]) -> list[Row]:
    """Of a file that is new only if it has any; what a broken file said is still known."""
    return [
        place_row(one.file) | {"chapters": chapters}
        for one in read
        if isinstance(_just_read(one).outcome, BookFileSaid)
        and ((chapters := _chapters_of(one)) or one.file.file_id is not None)
    ]


def _chapters_of(placed: PlacedFile) -> list[Row]:
    outcome = _just_read(placed).outcome
    return chapter_rows(outcome.chapters) if isinstance(outcome, BookFileSaid) else []


def _just_read(placed: PlacedFile) -> JustRead:
    if placed.file.read is None:
        raise ValueError(f"{placed.file.name!r} is written, but was not read")
    return placed.file.read


def _names(relations: dict[str, list[Row]], placed: Sequence[PlacedFile], ids: BookIds) -> dict[Kind, list[int]]:
    readers = [ids.persons[person.match_key] for one in placed for person in one.own_narrators]
    return {
        Kind.PERSON: [row["person_id"] for row in relations["contributions"]] + readers,
        Kind.GENRE: [row["genre_id"] for row in relations["genres"]],
        Kind.TAG: [row["tag_id"] for row in relations["tags"]],
        Kind.SERIES: [row["series_id"] for row in relations["series"]],
    }
