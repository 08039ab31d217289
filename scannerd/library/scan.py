"""One scan of one library, from walk to last commit. `scan` reads as the list of what it does.

Everything that is committed stays true whatever happens next: a scan that is stopped or killed is taken up by the
next one, which finds by the stamps what is still to do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.books.scan import read_books
from scannerd.library.how import How, Mode, PoolLimits, Tell
from scannerd.library.kinds import KINDS
from scannerd.library.known import Findings
from scannerd.library.libraries import Library, LibrarySpec, Root, keep_library, only_scan
from scannerd.library.look import Look, Scope
from scannerd.library.music.scan import read_music
from scannerd.library.summary import Summary

__all__ = ["How", "Mode", "PoolLimits", "Tell", "scan"]

_READ: dict[str, Callable[[Look, How, Tell], None]] = {"music": read_music, "books": read_books}


def scan(
    conn: Connection[Any],
    spec: LibrarySpec,
    *,
    how: How,
    mode: Mode | None = None,
    folders: Sequence[tuple[bytes, bytes]] | None = None,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Summary:
    """Make the database equal to the folders. AlreadyRunning where another scan of this library is under way.

    `folders` are (root, folder below it with a slash at its end) where only some are to be looked at; None: all.
    """
    mode, stop = mode or Mode(), stop or threading.Event()
    tell = tell or (lambda _phase, _done, _total: None)
    summary = Summary(spec.name, dry_run=mode.dry_run)
    with conn.transaction(force_rollback=True) if mode.dry_run else nullcontext():
        library = keep_library(conn, spec)
        with only_scan(conn, library, spec.name):
            found = Look(conn, spec, library, summary, stop, Findings(conn, KINDS[spec.kind].unit_of), how.guard)
            tell("looking", 0, 0)
            found.look(_scope(library, folders), full=mode.full, accept_missing=mode.accept_missing)
            if not mode.dry_run and not stop.is_set():
                _READ[spec.kind](found, how, tell)
            found.findings.drop()
            summary.complete = not stop.is_set()
            if summary.complete and folders is None:
                run(conn, "end_scan", library_id=library.id, summary=json.dumps(summary.as_dict()))
    return summary


def _scope(library: Library, folders: Sequence[tuple[bytes, bytes]] | None) -> Scope:
    """The folders to be looked at, none of them below another."""
    if folders is None:
        return [(root, b"") for root in library.roots]
    scope: list[tuple[Root, bytes]] = []
    for root in library.roots:
        last: bytes | None = None
        for folder in sorted(below for path, below in set(folders) if path == root.path):
            if last is None or not folder.startswith(last):
                scope.append((root, folder))
                last = folder
    return scope
