"""Raw first: batches by COPY into temp tables, and from there in sets into lookups, listens and the ledger.

One transaction holds it all, with the counts: either every row of an export is accounted for, or the export was never
stored. Works without knowing who the artists are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from scannerd.db.copying import copy_rows
from scannerd.db.locks import keep_lookups, lock_catalogue, lock_storing
from scannerd.db.queries import run
from scannerd.listens.listener import Listener
from scannerd.model.batch import Batch

# As the temp tables in sql/queries/store.sql declare them: a binary COPY converts nothing.
_LOOKUP_TYPES = ["bytea", *["text"] * 8, "bool", *["text"] * 6, "int4", *["text"] * 4]
_LISTEN_TYPES = ["int2", "text", "int4", "timestamptz", "bytea", "text", "int4", "text", "text"]
_OTHER_TYPES = ["int2", "int4", "text", "text", "text"]
_BOOK_TYPES = ["int4", "int8", "int2", "text", "int4", "timestamptz", "text", "int4", *["text"] * 7]


@dataclass(slots=True)
class Counts:
    """What became of the rows: `read` is the sum of the other four."""

    read: int = 0
    stored: int = 0
    duplicate: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(slots=True)
class Stored:
    """What one export brought, before anything is resolved."""

    counts: Counts = field(default_factory=Counts)
    formats: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None


def store(conn: Connection[Any], batches: Iterable[Batch], *, export_id: int, listener: Listener) -> Stored:
    """Copy all batches in and account for each row. The caller's transaction makes it true, or nothing is.

    Rows whose exact listen (same lookup, moment, source, kind of time, length and n-th) is there already are counted
    as duplicates and remembered in `export_row` with the listen they hit. Locks are taken in the order of all who take
    them: lookups, storing, catalogue.
    """
    stored = Stored()
    keep_lookups(conn, listener.catalogue_id)
    run(conn, "create_incoming")
    for batch in batches:
        _copy_batch(conn, batch, stored)
        if batch.books:
            told = (listener.id, export_id, _member(batch, stored), batch.source)
            copy_rows(conn, "copy_book_listens", _BOOK_TYPES, ((*told, *book) for book in batch.books))
    run(conn, "analyze_incoming")
    lock_storing(conn, listener.id)
    run(conn, "insert_lookups", catalogue_id=listener.catalogue_id)
    run(conn, "create_arriving", catalogue_id=listener.catalogue_id)
    run(conn, "analyze_arriving")
    inserted = run(
        conn, "insert_listens", export_id=export_id, listener_id=listener.id, time_zone=listener.time_zone
    ).rowcount
    run(conn, "insert_other_rows", export_id=export_id)
    _count(conn, stored, inserted)
    if stored.counts.duplicate:
        run(conn, "insert_duplicate_rows", export_id=export_id, listener_id=listener.id)
    # Last, because who resolves has this lock: they know of a lookup all that is there, or it is still to be resolved.
    lock_catalogue(conn, listener.catalogue_id)
    run(conn, "fill_lookups", catalogue_id=listener.catalogue_id)
    return stored


def add_lookups(conn: Connection[Any], batch: Batch, *, catalogue_id: int) -> None:
    """Store what the sources of a batch wrote, without its listens; in the caller's transaction."""
    run(conn, "create_incoming")
    copy_rows(conn, "copy_incoming_lookups", _LOOKUP_TYPES, batch.lookups)
    run(conn, "insert_lookups", catalogue_id=catalogue_id)


def mark_stored(
    conn: Connection[Any], export_id: int, stored: Stored, *, left_out: Iterable[tuple[str, str]], warnings: list[str]
) -> None:
    """Write the counts to the export; belongs into the transaction of `store`."""
    counts = stored.counts
    run(
        conn,
        "mark_stored",
        export_id=export_id,
        format=", ".join(stored.formats) or None,
        members=stored.members,
        read=counts.read,
        stored=counts.stored,
        duplicate=counts.duplicate,
        skipped=counts.skipped,
        failed=counts.failed,
        first_at=stored.first_at,
        last_at=stored.last_at,
        left_out=Jsonb([list(left) for left in left_out], dumps=_dumps),
        warnings=warnings,
    )


def _copy_batch(conn: Connection[Any], batch: Batch, stored: Stored) -> None:
    if batch.member not in stored.members:
        stored.members.append(batch.member)
    if batch.format not in stored.formats:
        stored.formats.append(batch.format)
    member = _member(batch, stored)
    copy_rows(conn, "copy_incoming_lookups", _LOOKUP_TYPES, batch.lookups)
    copy_rows(
        conn, "copy_incoming_listens", _LISTEN_TYPES, ((member, batch.source, *listen) for listen in batch.listens)
    )
    if batch.others:
        copy_rows(conn, "copy_incoming_others", _OTHER_TYPES, ((member, *other) for other in batch.others))


def _member(batch: Batch, stored: Stored) -> int:
    return stored.members.index(batch.member) + 1


def _count(conn: Connection[Any], stored: Stored, inserted: int) -> None:
    listens, stored.first_at, stored.last_at, skipped, failed = run(conn, "count_incoming").fetchone() or (0,) * 5
    stored.counts = Counts(listens + skipped + failed, inserted, listens - inserted, skipped, failed)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
