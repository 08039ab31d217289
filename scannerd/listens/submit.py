"""Listens that come without a file, live or in small batches: the same lookups, the same listens, two statements.

A listen whose words are known costs one SELECT and one INSERT. What is new is stored raw and then resolved, by the same
code as an import; what has a neighbour that could be the same playing gets its duplicates marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.queries import run
from scannerd.listens.duplicates import mark_lookups
from scannerd.listens.listener import Listener
from scannerd.listens.resolve import resolve_some
from scannerd.listens.store import add_lookups
from scannerd.model.artist_names import SplitRules
from scannerd.model.batch import Batch, Window, pack
from scannerd.model.listen import Listen

_SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of the listens; `refused` holds (place in the batch, reason)."""

    stored: int
    duplicate: int
    refused: Sequence[tuple[int, str]]


def submit(
    conn: Connection[Any],
    listens: Sequence[Listen],
    *,
    listener: Listener,
    source: str,
    rules: SplitRules,
    now: datetime | None = None,
) -> Submitted:
    """Store listens that no export tells; `conn` is in autocommit mode, and what is stored is durable afterwards."""
    batch = pack(
        listens,
        member="",
        source=source,
        format_name=_SUBMITTED,
        window=Window(datetime.now(UTC) if now is None else now),
    )
    refused = [(row_no, reason) for row_no, _, reason, _ in batch.others]
    if not batch.listens:
        return Submitted(0, 0, refused)
    try:
        unresolved, stored = _store(conn, batch, listener, source)
    except psycopg.errors.ForeignKeyViolation:
        # An undo took a lookup away between our two statements; it is new now.
        unresolved, stored = _store(conn, batch, listener, source)
    if unresolved:
        resolve_some(conn, unresolved, catalogue_id=listener.catalogue_id, rules=rules)
    # Whose words were not resolved when the listen was stored could not be asked for its neighbours then.
    asked_too_early = set(unresolved)
    touched = [id_ for id_, has_neighbour in stored if has_neighbour or len(stored) > 1 or id_ in asked_too_early]
    if touched:
        with conn.transaction():
            mark_lookups(conn, touched, listener_id=listener.id)
    return Submitted(len(stored), len(batch.listens) - len(stored), refused)


def _store(
    conn: Connection[Any], batch: Batch, listener: Listener, source: str
) -> tuple[list[int], list[tuple[int, bool]]]:
    lookup_ids, unresolved = _lookups(conn, batch, listener)
    return unresolved, _insert(conn, batch, lookup_ids, listener, source)


def _lookups(conn: Connection[Any], batch: Batch, listener: Listener) -> tuple[dict[bytes, int], list[int]]:
    """The lookup of each key, stored where it is new, and those that are not resolved yet."""
    keys = [lookup[0] for lookup in batch.lookups]
    known = _find(conn, keys, listener)
    if len(known) < len(keys):
        with conn.transaction():
            add_lookups(conn, batch, catalogue_id=listener.catalogue_id)
        known = _find(conn, keys, listener)
    unresolved = [lookup_id for lookup_id, resolved in known.values() if not resolved]
    return {key: lookup_id for key, (lookup_id, _) in known.items()}, unresolved


def _find(conn: Connection[Any], keys: Sequence[object], listener: Listener) -> dict[bytes, tuple[int, bool]]:
    rows = run(conn, "find_lookups", catalogue_id=listener.catalogue_id, lookup_keys=list(keys))
    return {bytes(key): (lookup_id, resolved) for key, lookup_id, resolved in rows}


def _insert(
    conn: Connection[Any], batch: Batch, lookup_ids: dict[bytes, int], listener: Listener, source: str
) -> list[tuple[int, bool]]:
    _, moments, keys, kinds, lengths, ends, clients = map(list, zip(*batch.listens, strict=True))
    stored = run(
        conn,
        "submit_listens",
        listener_id=listener.id,
        time_zone=listener.time_zone,
        source=source,
        lookup_ids=[lookup_ids[key] for key in keys],
        listened_at=moments,
        time_kinds=kinds,
        played_for_ms=lengths,
        end_reasons=ends,
        clients=clients,
    )
    return stored.fetchall()
