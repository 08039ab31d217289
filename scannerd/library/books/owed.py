"""The units that a scan has to derive, with all their files: those with files to read, and those that changed else.

They come in order, a page of files at a time, however many there are. A page is asked of the database in one query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from psycopg import Connection

from scannerd.db.queries import load, run
from scannerd.library.books.book import BookFile
from scannerd.model.book_json import from_json

PAGE = 4096
"""Files of one page, or up to the end of a unit."""


@dataclass(slots=True)
class Unit:
    """What lies together, on its way through the pool."""

    root_id: int
    unit: bytes
    files: list[BookFile]
    to_read: Sequence[int] = ()  # which of the files
    gone: set[int] = field(default_factory=set)  # those never seen before that were gone when they were to be read
    unread: int = field(init=False)

    def __post_init__(self) -> None:
        self.unread = len(self.to_read)

    @property
    def place(self) -> tuple[int, bytes]:
        """What tells it from other units."""
        return self.root_id, self.unit


def find_owed(conn: Connection[Any], library_id: int) -> None:
    """Note which units there are to derive, and on which page each is."""
    shared = 1
    while shared:
        run(conn, "drop_scan_units")
        run(conn, "create_scan_units", library_id=library_id, page=PAGE)
        shared = run(conn, "owe_shared_units").rowcount
    run(conn, "index_scan_units")


def forget_owed(conn: Connection[Any]) -> None:
    """Nothing of it is needed any more."""
    if not conn.closed:
        run(conn, "drop_scan_units")


def list_pages(conn: Connection[Any], *, is_read: bool) -> list[int]:
    """The pages of units of which something is to be read, or of the others."""
    return [page for (page,) in run(conn, "list_unit_pages", is_read=is_read)]


def list_units(conn: Connection[Any], catalogue_id: int, page: int, *, is_read: bool) -> Iterator[Unit]:
    """The units of one page, in order."""
    params = {"catalogue_id": catalogue_id, "page": page, "is_read": is_read}
    rows = conn.execute(load()["list_unit_files"].sql, params, binary=True).fetchall()
    for (root_id, unit), files in groupby(rows, key=itemgetter(0, 1)):
        mine = list(files)
        to_read = [at for at, row in enumerate(mine) if row[-1]]
        yield Unit(root_id, unit, [_book_file(row) for row in mine], to_read)


def _book_file(row: Sequence[Any]) -> BookFile:
    root_id, _, folder, name, file_id, state, book_id, said, role, part, is_derived, _ = row
    return BookFile(
        root_id=root_id,
        folder=folder,
        name=name,
        file_id=file_id,
        state=state,
        book_id=book_id,
        said=from_json(orjson.loads(said)) if said is not None and state == "present" else None,
        role=role,
        part=part,
        is_derived=is_derived,
    )
