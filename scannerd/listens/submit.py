"""Listens that come without a file, live or in small batches: the same lookups, the same listens, two statements.

A listen whose words are known costs one INSERT and one SELECT. What is new is stored raw and then resolved, by the same
code as an import; what has a neighbour that could be the same playing gets its duplicates marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.locks import keep_lookups, lock_storing
from scannerd.db.queries import run
from scannerd.listens.duplicates import mark_lookups
from scannerd.listens.listener import Listener
from scannerd.listens.resolve import resolve_some
from scannerd.listens.store import add_lookups
from scannerd.model.artist_names import SplitRules
from scannerd.model.batch import Batch, ListenRow, Window, pack
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
    told = _store(conn, batch, listener, source)
    stored = [listen_id for known in told for listen_id in known.stored]
    # Whose words are not resolved yet cannot be asked for its neighbours.
    unresolved = [known.lookup_id for known in told if not known.is_resolved]
    touched = [known.lookup_id for known in told if not known.is_resolved and known.stored]
    if unresolved:
        resolve_some(conn, unresolved, catalogue_id=listener.catalogue_id, rules=rules)
    if asked := [listen_id for known in told if known.is_resolved for listen_id in known.stored]:
        touched += [lookup_id for (lookup_id,) in run(conn, "find_neighbours", listen_ids=asked)]
    if touched:
        with conn.transaction():
            mark_lookups(conn, touched, listener_id=listener.id)
    return Submitted(len(stored), len(batch.listens) - len(stored), refused)


@dataclass(frozen=True, slots=True)
class _Known:
    """A lookup that listens were told of, and those that were stored."""

    lookup_id: int
    is_resolved: bool
    stored: Sequence[int]


def _store(conn: Connection[Any], batch: Batch, listener: Listener, source: str) -> list[_Known]:
    """Store the listens whose lookups are known, then the others; again, if an undo takes a lookup away meanwhile."""
    told: list[_Known] = []
    waiting = batch.listens
    while waiting:
        try:
            known = _insert(conn, waiting, listener, source)
        except psycopg.errors.ForeignKeyViolation:
            continue  # an undo took it away while we looked
        told += known.values()
        waiting = [listen for listen in waiting if listen[2] not in known]
        if waiting:
            with conn.transaction():
                add_lookups(conn, batch, catalogue_id=listener.catalogue_id)
    return told


def _insert(
    conn: Connection[Any], listens: Sequence[ListenRow], listener: Listener, source: str
) -> dict[bytes, _Known]:
    """Store one listen, or several: these alone, since an import or an undo may hold some of them, and want others."""
    if len(listens) == 1:
        return _insert_known(conn, listens, listener, source)
    with conn.transaction():
        keep_lookups(conn, listener.catalogue_id)
        lock_storing(conn, listener.id)
        return _insert_known(conn, listens, listener, source)


def _insert_known(
    conn: Connection[Any], listens: Sequence[ListenRow], listener: Listener, source: str
) -> dict[bytes, _Known]:
    _, moments, keys, kinds, lengths, ends, clients = map(list, zip(*listens, strict=True))
    rows = run(
        conn,
        "submit_listens",
        catalogue_id=listener.catalogue_id,
        listener_id=listener.id,
        time_zone=listener.time_zone,
        source=source,
        lookup_keys=keys,
        listened_at=moments,
        time_kinds=kinds,
        played_for_ms=lengths,
        end_reasons=ends,
        clients=clients,
    )
    return {bytes(key): _Known(lookup_id, is_resolved, ids) for key, lookup_id, is_resolved, ids in rows}
