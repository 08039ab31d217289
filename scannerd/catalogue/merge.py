"""Two become one, and stay one: whatever is imported later under the loser's names or ids is the winner's.

The winner keeps all it knows; the loser fills its gaps. What becomes equal by a merge is merged too: the same album of
two artists who become one, the same tracks of two albums who become one.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from scannerd.catalogue.leaving import Gone, Kind, Remark, leave, locked
from scannerd.db.queries import run
from scannerd.errors import UsageError


def merge_persons(conn: Connection[Any], *, into: int, loser: int, remark: Remark) -> Gone:
    """All that one person did was done by another: contributions, releases, names, MBIDs."""
    return _merge(conn, "person", into=into, loser=loser, remark=remark)


def merge_releases(conn: Connection[Any], *, into: int, loser: int, remark: Remark) -> Gone:
    """One release is another: its tracks move there, its artists stand behind the winner's."""
    return _merge(conn, "release", into=into, loser=loser, remark=remark)


def merge_tracks(conn: Connection[Any], *, into: int, loser: int, remark: Remark) -> Gone:
    """One track is another, its release and artists with it: the loser's own are dropped."""
    return _merge(conn, "track", into=into, loser=loser, remark=remark)


def _merge(conn: Connection[Any], kind: Kind, *, into: int, loser: int, remark: Remark) -> Gone:
    if into == loser:
        raise UsageError(f"{kind} {into} cannot be merged into itself")
    with locked(conn, kind, into, loser) as catalogue_id:
        run(conn, f"insert_leaving_{kind}", id=loser, into_id=into)
        return leave(conn, catalogue_id=catalogue_id, remark=remark)
