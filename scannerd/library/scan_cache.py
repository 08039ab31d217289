"""The ScanCache: which row a name is, shared by all that one scan writes.

Per kind (person, genre, tag, series, release) a table from key to id. A scan of many files fills it with one query per
kind; what it does not know is found or created in one sorted batch per kind, in a short transaction of its own under
the catalogue's lock, and its ids are published only when that transaction has committed: an id in the cache is a row
that everybody can see. A merge may take a row away later; who meets the broken foreign key calls `forget` and asks
again. Safe to share between threads: each key is created once, whoever asks first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from psycopg import Connection
from psycopg.pq import TransactionStatus

from scannerd.db.locks import lock_catalogue


class Kind(StrEnum):
    """What a name can be the name of."""

    PERSON = "persons"
    GENRE = "genres"
    TAG = "tags"
    SERIES = "series"
    RELEASE = "releases"


class Wanted(Protocol):
    """Somebody or something that a file names; equal keys are one row."""

    @property
    def key(self) -> Hashable: ...


W = TypeVar("W", bound=Wanted)
Ids = dict[Hashable, int]
Create = Callable[[Connection[Any], int, Sequence[W]], Mapping[Hashable, int]]
"""Find or create rows inside the caller's transaction: (connection, catalogue, wanted) -> key -> id."""


@dataclass(slots=True)
class Counts:
    """How one kind was asked for: every key asked for is a hit or a miss."""

    hits: int = 0
    misses: int = 0
    size: int = 0


@dataclass(slots=True)
class _Table:
    ids: Ids = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    lock: threading.Lock = field(default_factory=threading.Lock)


class ScanCache:
    """Ids by key, of one catalogue."""

    def __init__(self, catalogue_id: int) -> None:
        self.catalogue_id = catalogue_id
        self._tables = {kind: _Table() for kind in Kind}

    def preload(self, kind: Kind, known: Mapping[Hashable, int]) -> None:
        """Publish what is known of one kind; `known` comes from committed rows."""
        table = self._tables[kind]
        with table.lock:
            table.ids.update(known)

    def ids(self, conn: Connection[Any], kind: Kind, wanted: Sequence[W], create: Create[W]) -> Ids:
        """The ids of these; what nobody knows is created and committed before it is published.

        `conn` must be outside a transaction: an id must not be seen by others before its row can be.
        """
        table = self._tables[kind]
        with table.lock:  # held while creating, so that no two threads create one key
            asked = {one.key: one for one in wanted}
            missing = [one for key, one in asked.items() if key not in table.ids]
            if missing:
                table.ids.update(create_committed(conn, self.catalogue_id, missing, create))
            table.counts.hits += len(asked) - len(missing)
            table.counts.misses += len(missing)
            return {key: table.ids[key] for key in asked}

    def forget(self, kind: Kind, ids: Collection[int | None]) -> None:
        """These rows may be gone: merged away, or deleted."""
        table = self._tables[kind]
        with table.lock:
            table.ids = {key: id_ for key, id_ in table.ids.items() if id_ not in ids}

    def counts(self) -> dict[Kind, Counts]:
        """Hits, misses and size of each kind so far."""
        told = {}
        for kind, table in self._tables.items():
            with table.lock:
                told[kind] = Counts(table.counts.hits, table.counts.misses, len(table.ids))
        return told


def create_committed(
    conn: Connection[Any], catalogue_id: int, wanted: Sequence[W], create: Create[W]
) -> Mapping[Hashable, int]:
    """Find or create rows in a transaction of their own, under the catalogue's lock."""
    if conn.info.transaction_status != TransactionStatus.IDLE:
        raise RuntimeError("names are created in a transaction of their own, and this connection is in one")
    with conn.transaction():
        lock_catalogue(conn, catalogue_id)
        return create(conn, catalogue_id, wanted)
