"""Take back exactly what one export brought.

After it, the database is as if the export had never come: a listen that another live export also told is handed to
the oldest of those, one that the live path told too is as if it alone had, everything else of it goes, with the
lookups and catalogue rows that nothing else needs; what its lookups had filled in (ids, lengths) is derived anew from
those that are left; duplicates are marked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from scannerd.db.locks import lock_catalogue, lock_listener, lock_lookups
from scannerd.db.queries import run
from scannerd.errors import NotFound, UsageError
from scannerd.listens.duplicates import mark_touched
from scannerd.listens.listener import listener_of
from scannerd.listens.resolve import delete_unneeded

_MAY_BE_UNDONE = ("stored", "resolved", "shelved")


@dataclass(frozen=True, slots=True)
class Undone:
    """What went, and what stayed because another export, or the live path, told it too."""

    listens_deleted: int
    listens_handed_over: int
    artists: int
    releases: int
    tracks: int


def undo(conn: Connection[Any], export_id: int) -> Undone:
    """Undo one export in one transaction. NotFound, or UsageError where there is nothing to undo."""
    with conn.transaction():
        listener = listener_of(conn, _listener_id(conn, export_id))
        # Before the export itself: another undo that has this lock hands listens, and with them counts, to our export.
        lock_lookups(conn, listener.catalogue_id)
        _lock(conn, export_id)
        lock_catalogue(conn, listener.catalogue_id)
        # Before another export's counts are touched: who marks its duplicates has this lock, and wants that row next.
        lock_listener(conn, listener.id)
        run(conn, "create_undone_lookups", export_id=export_id)
        run(conn, "create_undone")
        run(conn, "add_announced_persons", export_id=export_id)
        run(conn, "create_heirs", export_id=export_id)
        run(conn, "analyze_heirs")
        handed_over = sum(rows for (rows,) in run(conn, "hand_over_listens"))
        deleted = run(conn, "delete_listens_of_export", export_id=export_id).rowcount
        handed_over += run(conn, "keep_live_listens", export_id=export_id).rowcount
        run(conn, "delete_book_listens_of_export", export_id=export_id)
        run(conn, "delete_rows_of_export", export_id=export_id)
        run(conn, "delete_unneeded_lookups")
        gone = delete_unneeded(conn)
        for refill in ("refill_tracks", "refill_releases", "refill_persons"):
            run(conn, refill)
        mark_touched(conn, listener_id=listener.id)
        run(conn, "mark_undone", export_id=export_id)
    return Undone(deleted, handed_over, gone.artists, gone.releases, gone.tracks)


def _listener_id(conn: Connection[Any], export_id: int) -> int:
    row = run(conn, "find_listener_of_export", export_id=export_id).fetchone()
    if row is None:
        raise NotFound(f"there is no export {export_id}", hint='"scannerd exports" lists them')
    return int(row[0])


def _lock(conn: Connection[Any], export_id: int) -> None:
    row = run(conn, "lock_export", export_id=export_id).fetchone()
    state = row[0] if row else "gone"
    if state not in _MAY_BE_UNDONE:
        raise UsageError(f"export {export_id} is {state}: there is nothing of it to undo")
