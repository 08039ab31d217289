"""One scan of one library, from walk to last commit. `scan` reads as the list of what it does.

Everything that is committed stays true whatever happens next: a scan that is stopped or killed is taken up by the
next one, which finds by the stamps what is still to do.
"""

from __future__ import annotations

import json
import logging
import threading
from array import array
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.guard import Guard
from scannerd.library.known import Findings
from scannerd.library.libraries import Library, LibrarySpec, Root, keep_library, only_scan
from scannerd.library.look import Look, Scope
from scannerd.library.names import Names, preload
from scannerd.library.parse import ParsePool
from scannerd.library.read import Reader
from scannerd.library.scan_cache import ScanCache
from scannerd.library.settle import (
    date_releases,
    list_companions,
    list_heirs,
    list_left_behind,
    name_as_listened,
    pass_on,
    tidy,
)
from scannerd.library.summary import Summary
from scannerd.listens.owned import adopt_owned
from scannerd.model.artist_names import SplitRules

logger = logging.getLogger(__name__)

CACHE_FROM = 200
"""From so many files on, knowing all names beforehand is cheaper than asking for each."""
_MOST_HEIRS = 3

Tell = Callable[[str, int, int], None]
"""Told what a scan is at: phase, how many of how many (0 where nobody knows)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How a scan goes about it."""

    full: bool = False  # every file is read again
    dry_run: bool = False
    accept_missing: bool = False  # what vanished is missing, however much it is


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the parse pool may use."""

    workers: int | None = None
    deadline: float = 60.0
    memory: int = 1024**3


@dataclass(frozen=True, slots=True)
class How:
    """What all scans have in common."""

    rules: SplitRules
    pool: PoolLimits = field(default_factory=PoolLimits)
    guard: Guard = field(default_factory=Guard)


def scan(
    conn: Connection[Any],
    spec: LibrarySpec,
    *,
    how: How,
    mode: Mode = Mode(),
    folders: Sequence[tuple[bytes, bytes]] | None = None,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Summary:
    """Make the database equal to the folders. AlreadyRunning where another scan of this library is under way.

    `folders` are (root, folder below it with a slash at its end) where only some are to be looked at; None: all.
    """
    stop = stop or threading.Event()
    tell = tell or (lambda _phase, _done, _total: None)
    summary = Summary(spec.name, dry_run=mode.dry_run)
    with conn.transaction(force_rollback=True) if mode.dry_run else nullcontext():
        library = keep_library(conn, spec)
        with only_scan(conn, library, spec.name):
            found = Look(conn, spec, library, summary, stop, Findings(conn), how.guard)
            tell("looking", 0, 0)
            found.look(_scope(library, folders), full=mode.full, accept_missing=mode.accept_missing)
            if not mode.dry_run and not stop.is_set():
                _settle(_read(found, how, tell), library)
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


def _read(found: Look, how: How, tell: Tell) -> Reader:
    conn, library, summary = found.conn, found.library, found.summary
    total, done = found.findings.count(), 0

    def told(files: int) -> None:
        nonlocal done
        done += files
        tell("reading", done, total)

    held: list[int] = []
    if not library.is_settled:
        left, held = list_left_behind(conn, library)
        found.touched |= left
    cache = ScanCache(library.catalogue_id) if total >= CACHE_FROM else None
    if cache is not None:
        with summary.timed("preload"):
            preload(conn, cache)
    limits = how.pool
    with ParsePool(workers=limits.workers, deadline=limits.deadline, memory=limits.memory) as pool:
        reader = Reader(
            conn=conn,
            catalogue_id=library.catalogue_id,
            names=Names(library.catalogue_id, cache),
            rules=how.rules,
            roots={root.id: root.path for root in library.roots},
            pool=pool,
            summary=summary,
            stop=found.stop,
            tell=told,
            touched=found.touched,
            written=array("q", held),
        )
        reader.read(found.findings.files())
        _read_companions(reader)
        _read_heirs(reader)
    if cache is not None:
        summary.cache = cache.counts()
    return reader


def _read_companions(reader: Reader) -> None:
    """A compilation that came bit by bit is one album, whoever its first songs were by."""
    companions = [] if reader.stop.is_set() else list_companions(reader.conn, reader.guessed)
    if companions:
        reader.read(companions)


def _read_heirs(reader: Reader) -> None:
    """A heir may be broken in its turn; then the next one is read."""
    for _ in range(_MOST_HEIRS):
        heirs = [] if reader.stop.is_set() else list_heirs(reader.conn, reader.touched, reader.roots)
        if not heirs:
            return
        reader.read(heirs)


def _settle(reader: Reader, library: Library) -> None:
    if reader.stop.is_set():
        return
    conn, catalogue_id, summary = reader.conn, reader.catalogue_id, reader.summary
    with summary.timed("settle"):
        pass_on(conn, reader.touched, library)
        if reader.touched or reader.rewrote or not library.is_settled:
            releases = reader.left_releases if library.is_settled else None
            tidy(conn, reader.touched, releases, catalogue_id=catalogue_id)
        if reader.touched or reader.written:
            reader.written.extend(name_as_listened(conn, catalogue_id))
        date_releases(conn, reader.written, reader.left_releases)
    with summary.timed("listens"):
        summary.adopted_lookups = adopt_owned(
            conn, reader.written, catalogue_id=catalogue_id, rules=reader.rules, stop=reader.stop
        )
    if not reader.stop.is_set():
        run(conn, "settle_library", library_id=library.id)
