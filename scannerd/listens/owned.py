"""Where listens and files meet: one set of rules for who is named, and listens that find the tracks a listener owns."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from scannerd.db.copying import copy_rows
from scannerd.db.queries import run
from scannerd.listens.resolve import NAME_TYPES, resolve_pending, resolve_verified
from scannerd.model.artist_names import SplitRules

AT_ONCE = 10_000
"""Tracks whose listens are looked for in one go."""


def find_or_create_persons(
    conn: Connection[Any], catalogue_id: int, names: Sequence[tuple[str, UUID | None, str]]
) -> list[tuple[str, UUID | None, int]]:
    """Who these (match key, verified MBID, name) are: the same match keys and MBIDs with their persons.

    The caller owns the transaction and holds the catalogue's lock.
    """
    run(conn, "create_resolving")
    rows = ((0, False, place, name, key, mbid, False) for place, (key, mbid, name) in enumerate(names))
    copy_rows(conn, "copy_resolving_names", NAME_TYPES, rows)
    run(conn, "analyze_resolving")
    resolve_verified(conn, catalogue_id)
    run(conn, "find_persons_by_name", catalogue_id=catalogue_id)
    run(conn, "point_names")
    run(conn, "insert_persons", catalogue_id=catalogue_id)
    found = run(conn, "list_wanted_persons").fetchall()
    run(conn, "drop_resolving")
    return found


def adopt_owned(
    conn: Connection[Any],
    track_ids: Sequence[int],
    *,
    catalogue_id: int,
    rules: SplitRules,
    stop: threading.Event,
) -> int:
    """Resolve again the lookups that tracks which files now hold may answer; how many there were."""
    adopted = 0
    for start in range(0, len(track_ids), AT_ONCE):
        if stop.is_set():
            break
        with conn.transaction():
            some = list(track_ids[start : start + AT_ONCE])
            adopted += run(conn, "create_pending_owned", track_ids=some).rowcount
        resolve_pending(conn, catalogue_id=catalogue_id, rules=rules, stop=stop)
    return adopted
