"""What follows once the books of a scan are written: what nothing needs any more goes, and listens find their books."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from scannerd.db.locks import lock_catalogue
from scannerd.db.queries import run


def tidy(conn: Connection[Any], *, catalogue_id: int) -> int:
    """Take away books that no file holds any more, then persons, labels and series; how many books that were.

    A file that is only missing keeps its book, and a book that somebody said something of by hand stays.
    """
    with conn.transaction():
        lock_catalogue(conn, catalogue_id)
        books = run(conn, "delete_left_books", catalogue_id=catalogue_id).rowcount
        for what in ("persons", "genres", "tags", "series"):
            run(conn, f"delete_left_{what}", catalogue_id=catalogue_id)
    return books
