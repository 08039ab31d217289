"""The marks of `same_play` in the database, recomputed for the titles something touched.

Duplicates are a function of all live listens of a listener: marks are never patched, always derived anew for every
title that an import, an undo or a re-resolve touched. Only marks that change are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from psycopg import Connection

from scannerd.db.copying import copy_rows
from scannerd.db.locks import lock_listener
from scannerd.db.queries import load, run
from scannerd.listens.same_play import SHORT, Telling, same_plays

_CHUNK = 20_000


def mark_export(conn: Connection[Any], export_id: int, *, listener_id: int) -> int:
    """Mark what the listens of one export repeat, or are repeated by; returns how many marks changed."""
    run(conn, "create_touched_by_export", export_id=export_id, short_ms=SHORT * 1000)
    return mark_touched(conn, listener_id=listener_id)


def mark_lookups(conn: Connection[Any], lookup_ids: Sequence[int], *, listener_id: int) -> int:
    """The same for the titles of some lookups, after they changed or lost listens."""
    run(conn, "create_touched_by_lookups", lookup_ids=list(lookup_ids))
    run(conn, "unmark_unresolved_lookups", lookup_ids=list(lookup_ids), listener_id=listener_id)
    return mark_touched(conn, listener_id=listener_id)


def mark_all(conn: Connection[Any], *, listener_id: int) -> int:
    """The same for everything a listener played."""
    run(conn, "create_touched_all", listener_id=listener_id)
    run(conn, "unmark_unresolved", listener_id=listener_id)
    return mark_touched(conn, listener_id=listener_id)


def mark_touched(conn: Connection[Any], *, listener_id: int) -> int:
    """Derive the marks of the titles in the temp table `touched`, and drop it; in the caller's transaction."""
    lock_listener(conn, listener_id)
    run(conn, "analyze_touched")
    run(conn, "create_marked")
    with conn.cursor(name="tellings") as tellings:
        tellings.itersize = _CHUNK
        tellings.execute(load()["list_tellings"].sql, {"listener_id": listener_id})
        changed: list[tuple[int, int | None]] = []
        for _, rows in groupby(tellings, key=lambda row: (row[0], row[1])):
            changed.extend(_changes(list(rows)))
            if len(changed) >= _CHUNK:
                copy_rows(conn, "copy_marked", ("int8", "int8"), changed)
                changed.clear()
    copy_rows(conn, "copy_marked", ("int8", "int8"), changed)
    marked = run(conn, "mark_duplicates").rowcount
    conn.execute("drop table touched, marked")
    return marked


def _changes(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[int, int | None]]:
    duplicates = same_plays(Telling(*row[2:-1]) for row in rows)
    for row in rows:
        listen_id, marked = row[2], row[-1]
        if duplicates.get(listen_id) != marked:
            yield listen_id, duplicates.get(listen_id)
