"""The life of one export: taken -> stored -> resolved -> shelved, or failed, or undone.

Every step can be restarted from `export.state`, and one taker at a time holds a file's content: two daemons that see
one file take it in once. Functions open their own transactions; the connection is in autocommit mode.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.errors import NotFound
from scannerd.listens.book_listens import find_books
from scannerd.listens.duplicates import mark_export
from scannerd.listens.listener import Listener
from scannerd.listens.report import Report
from scannerd.listens.resolve import resolve_export
from scannerd.listens.store import mark_stored, store
from scannerd.model.artist_names import SplitRules
from scannerd.model.batch import Batch

NOWHERE = b""
"""Where the file of an export lies that was gone before it was read."""


class State(StrEnum):
    """How far an import has come."""

    TAKEN = "taken"
    STORED = "stored"
    RESOLVED = "resolved"
    SHELVED = "shelved"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Held:
    """An export that holds a file's content."""

    id: int
    state: State


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says once its batches are read."""

    left_out: Iterable[tuple[str, str]]
    warnings: list[str]


@contextmanager
def only_taker(conn: Connection[Any], listener: Listener, sha256: bytes) -> Iterator[bool]:
    """Whether we may work on this content: nobody else, here or on another machine, does so meanwhile."""
    content = int.from_bytes(sha256[:4], "big", signed=True)
    row = run(conn, "lock_export_content", listener_id=listener.id, content=content).fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        # A lost connection has let go already, and must not hide why it was lost.
        if mine and not conn.closed:
            run(conn, "unlock_export_content", listener_id=listener.id, content=content)


def find_held(conn: Connection[Any], listener: Listener, sha256: bytes) -> Held | None:
    """The export that already holds this content for this listener."""
    row = run(conn, "find_live_export", listener_id=listener.id, sha256=sha256).fetchone()
    return Held(row[0], State(row[1])) if row else None


def find_failed(
    conn: Connection[Any], listener: Listener, sha256: bytes, path: bytes, *, stays: bool = False
) -> int | None:
    """The failed export of this very file, whose move to the shelf did not happen; with `stays`, never was to."""
    row = run(conn, "find_failed_export", listener_id=listener.id, sha256=sha256, path=path, stays=stays).fetchone()
    return int(row[0]) if row else None


def take(conn: Connection[Any], listener: Listener, *, name: str, sha256: bytes, size: int, path: bytes | None) -> int:
    """Take an export in; it is one from now on, whatever happens."""
    row = run(conn, "insert_export", listener_id=listener.id, name=name, sha256=sha256, size=size, path=path).fetchone()
    return int(row[0]) if row else 0


def forget_taken(conn: Connection[Any], export_id: int) -> None:
    """The file changed under our eyes: what was taken is not what lies there, and nothing of it is stored."""
    run(conn, "delete_taken_export", export_id=export_id)


def store_rows(
    conn: Connection[Any],
    export_id: int,
    batches: Iterable[Batch],
    *,
    listener: Listener,
    reading: Callable[[], Reading],
) -> None:
    """All rows and their counts, or nothing. `reading` is asked, inside the transaction, once all batches are read."""
    with conn.transaction():
        stored = store(conn, batches, export_id=export_id, listener=listener)
        said = reading()
        mark_stored(conn, export_id, stored, left_out=said.left_out, warnings=said.warnings)


def resolve_and_mark(
    conn: Connection[Any],
    export_id: int,
    *,
    listener: Listener,
    rules: SplitRules,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Give the export's lookups their tracks and derive the duplicates; False when `stop` came first."""
    resolve_export(conn, export_id, catalogue_id=listener.catalogue_id, rules=rules, stop=stop, progress=progress)
    if stop is not None and stop.is_set():
        return False
    with conn.transaction():
        mark_export(conn, export_id, listener_id=listener.id)
        find_books(conn, export_id)
        run(conn, "mark_resolved", export_id=export_id)
    return True


def mark_shelved(conn: Connection[Any], export_id: int, shelved_as: bytes | None = None) -> None:
    """The file has its place (`shelved_as`), or stays where it is."""
    run(conn, "mark_shelved", export_id=export_id, shelved_as=shelved_as)


def mark_failed(conn: Connection[Any], export_id: int, error: str) -> None:
    """It cannot be taken in, and says why; the same file may be tried again."""
    run(conn, "mark_failed", export_id=export_id, error=error)


def remember_failed_file(conn: Connection[Any], export_id: int, shelved_as: bytes) -> None:
    """Where the file of a failed export lies, for `exports retry`."""
    run(conn, "set_shelved_as", export_id=export_id, shelved_as=shelved_as)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An export that a killed daemon left."""

    id: int
    listener_id: int
    state: State
    path: bytes
    sha256: bytes


def list_unfinished(conn: Connection[Any], folder: bytes) -> list[Unfinished]:
    """What was taken in from below `folder` and has not ended, or failed and was not put away."""
    rows = run(conn, "list_unfinished_exports", folder=folder)
    return [Unfinished(id_, listener, State(state), bytes(path), sha256) for id_, listener, state, path, sha256 in rows]


def list_reports(conn: Connection[Any], *, most: int = 100) -> list[Report]:
    """The latest exports, newest first."""
    return _reports(conn, export_id=None, most=most)


def get_report(conn: Connection[Any], export_id: int) -> Report:
    """All there is to say about one export; NotFound when there is none of that number."""
    found = _reports(conn, export_id=export_id, most=1)
    if not found:
        raise NotFound(f"there is no export {export_id}", hint='"scannerd exports" lists them')
    return found[0]


def _reports(conn: Connection[Any], *, export_id: int | None, most: int) -> list[Report]:
    rows = run(conn, "list_exports", export_id=export_id, most=most).fetchall()
    reasons: dict[int, dict[str, dict[str, int]]] = {}
    for id_, outcome, reason, times in run(conn, "count_reasons", export_ids=[row[0] for row in rows]):
        reasons.setdefault(id_, {}).setdefault(outcome, {})[reason] = times
    return [Report.of(row, reasons.get(row[0], {}), _same_plays(conn, row[0], export_id)) for row in rows]


def _same_plays(conn: Connection[Any], export_id: int, asked_for: int | None) -> tuple[int, int] | None:
    """Counted from the listens, so only for the one export that was asked for."""
    if asked_for is None:
        return None
    row = run(conn, "count_same_plays", export_id=export_id).fetchone()
    return (row[0], row[1]) if row else None
