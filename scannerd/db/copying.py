"""Rows into a table by binary COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from scannerd.db.queries import load


def copy_rows(conn: Connection[Any], name: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Send rows through the named COPY statement; `types` are those the table declares: binary converts nothing."""
    with conn.cursor() as cursor, cursor.copy(load()[name].sql) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
