"""The numbers that a batch of books needs: of the books themselves, and of everybody and everything they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.books.book import Book, Person
from scannerd.library.books.documents import BookIds
from scannerd.library.books.plan import Held, Place, UnitPlan, Weight
from scannerd.library.names import Label, Names, PersonName


def list_held(conn: Connection[Any], catalogue_id: int, book_ids: Collection[int]) -> Held:
    """Where the files of these books lie; those that are no more, or of another catalogue, are left out."""
    held: dict[int, dict[Place, Weight]] = {}
    if book_ids:
        rows = run(conn, "count_book_files", ids=sorted(book_ids), catalogue_id=catalogue_id)
        for book_id, root_id, unit, mains, files in rows:
            held.setdefault(book_id, {})[root_id, unit] = mains, files
    return held


def give_numbers(conn: Connection[Any], units: Sequence[UnitPlan]) -> list[UnitPlan]:
    """The same units, each new book with its number."""
    new = sum(one.is_new for unit in units for one in unit.books)
    numbers = iter([book_id for (book_id,) in run(conn, "take_book_ids", count=new)] if new else [])
    return [
        replace(unit, books=tuple(replace(one, book_id=next(numbers)) if one.is_new else one for one in unit.books))
        for unit in units
    ]


def find_names(conn: Connection[Any], names: Names, books: Sequence[Book]) -> BookIds:
    """Everybody and everything that these books name, found or created and committed."""
    people = list(dict.fromkeys(_person(one) for book in books for one in _everybody(book)))
    persons = names.persons(conn, people)
    names.sort(conn, people, persons)
    return BookIds(
        persons,
        genres=names.genres(conn, (Label(one.match_key, one.name) for book in books for one in book.genres)),
        tags=names.tags(conn, (Label(one.match_key, one.name) for book in books for one in book.tags)),
        series=names.series(conn, (Label(one.match_key, one.place.name) for book in books for one in book.series)),
    )


def _everybody(book: Book) -> Iterator[Person]:
    yield from book.persons
    for placed in book.files:
        yield from placed.own_narrators


def _person(one: Person) -> PersonName:
    return PersonName(one.match_key, None, one.name, one.sort_name, one.sort_name_is_stated)
