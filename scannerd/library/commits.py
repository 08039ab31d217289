"""How a scan commits: what it read can be read again, so nobody waits for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run


@contextmanager
def without_waiting(conn: Connection[Any]) -> Iterator[None]:
    """Commits need not be on the disk one by one: what a crash of the server takes back is read again next time."""
    run(conn, "commit_without_waiting")
    try:
        yield
    finally:
        if not conn.closed:
            run(conn, "commit_as_before")
