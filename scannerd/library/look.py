"""The first half of a scan: what became of the known files. Nothing is parsed here, and little is read.

Each root is walked and compared with what is known of it; doubtful files are told by their content; moved ones keep
their row; what is gone is marked, unless the root looks unmounted; what is to be parsed waits in a temp table.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.changes import FolderChanges, compare
from scannerd.library.guard import HINT, Guard, may_mark_missing
from scannerd.library.ignore import Ignore
from scannerd.library.kinds import KINDS, Kind
from scannerd.library.known import PAGE, Findings, Found, list_known
from scannerd.library.libraries import Library, LibrarySpec, Root
from scannerd.library.moves import find_moves, hash_of
from scannerd.library.summary import Summary
from scannerd.library.walk import STOPPED, FileSeen, shown, walk

Scope = Sequence[tuple[Root, bytes]]
"""Folders to look at, each with its root; an empty folder is the root itself."""


@dataclass(slots=True)
class Look:
    """One look at a library; afterwards the files to be read are in `findings`."""

    conn: Connection[Any]
    spec: LibrarySpec
    library: Library
    summary: Summary
    stop: threading.Event
    findings: Findings
    guard: Guard = field(default_factory=Guard)
    touched: set[int] = field(default_factory=set)  # tracks whose files came or went
    _seen: Counter[int] = field(default_factory=Counter)  # media files, by root
    _back: list[int] = field(default_factory=list)
    _rebased: list[tuple[int, FileSeen]] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        """Which files count here."""
        return KINDS[self.spec.kind]

    def look(self, scope: Scope, *, full: bool, accept_missing: bool) -> None:
        """Walk these folders, and write down what moved, what is back, and what is missing."""
        with self.summary.timed("walk"):
            for root, folder in scope:
                self._walk(root, folder, full=full)
            self._write_what_is_known()
            self.findings.flush()
        if self.stop.is_set():
            return
        with self.summary.timed("moves"):
            self._move()
            self._mark_missing(accept_missing=accept_missing)

    def _walk(self, root: Root, folder: bytes, *, full: bool) -> None:
        device = _device(root.path)
        kind = self.kind
        known = list_known(self.conn, root.id, folder=folder, parsed_by=None if full else kind.version)
        places = walk(
            root.path,
            suffixes=kind.suffixes,
            is_wanted=kind.is_wanted,
            ignore=Ignore(self.spec.ignore),
            follow_mounts=self.spec.follow_mounts,
            stop=self.stop,
            start=folder,
        )
        same_device = root.device is None or device == root.device
        for changes in compare(places, known, same_device=same_device, now_ns=time.time_ns()):
            self._take(root, changes)
        if device is not None and not folder and not self.stop.is_set():
            run(self.conn, "remember_device", root_id=root.id, device=device)

    def _take(self, root: Root, changes: FolderChanges) -> None:
        self._count(root, changes)
        self.findings.add(root.id, changes)
        self._back += changes.back
        self._rebased += changes.rebased
        if changes.doubtful:
            self._settle_doubts(root, changes)
        if len(self._back) + len(self._rebased) > PAGE:  # after a remount this can be all there is
            self._write_what_is_known()

    def _count(self, root: Root, changes: FolderChanges) -> None:
        files = self.summary.files
        self._seen[root.id] += changes.seen
        files.seen += changes.seen
        files.unchanged += changes.unchanged + sum(file_id not in changes.back for file_id, _ in changes.rebased)
        files.new += len(changes.new)
        files.changed += len(changes.changed)
        self.summary.found[root.path] += len(changes.new) + len(changes.changed)
        files.back += len(changes.back)
        if changes.error is not None and changes.error.reason != STOPPED:
            place = shown(root.path + b"/" + changes.error.path).rstrip("/")
            self.summary.warnings.append(f"{place}: {changes.error.reason}; what is known there is left as it is")

    def _settle_doubts(self, root: Root, changes: FolderChanges) -> None:
        """Files with a new inode or a rounded time: the same head and tail is the same file."""
        ids = [file_id for file_id, _ in changes.doubtful]
        hashes: dict[int, bytes | None] = dict(run(self.conn, "list_content_hashes", ids=ids).fetchall())
        for file_id, file in changes.doubtful:
            now = hash_of(root.path + b"/" + changes.path + file.name, file.stamp.size)
            if now is not None and now == hashes.get(file_id):
                self._rebased.append((file_id, file))
                self.summary.files.unchanged += 1
            else:
                self.findings.add_changed([Found(root.id, file_id, changes.path, file)])
                self.summary.files.changed += 1
                self.summary.found[root.path] += 1

    def _write_what_is_known(self) -> None:
        """Files that are back, and stamps that changed though the files did not."""
        if self._back:
            self._unsettle()
            rows = run(self.conn, "mark_back", ids=self._back).fetchall()
            self.touched |= {track_id for (track_id,) in rows if track_id is not None}
        if self._rebased:
            run(
                self.conn,
                "rebase_files",
                ids=[file_id for file_id, _ in self._rebased],
                mtimes=[file.stamp.mtime_ns for _, file in self._rebased],
                inodes=[file.stamp.inode for _, file in self._rebased],
            )
        self._back, self._rebased = [], []

    def _move(self) -> None:
        if self.findings.any:
            self._unsettle()
            roots = {root.id: root.path for root in self.library.roots}
            self.summary.files.moved, tracks = find_moves(
                self.conn,
                instance=self.spec.instance,
                library_id=self.library.id,
                roots=roots,
                unit_of=self.kind.unit_of,
            )
            self.summary.files.new -= self.summary.files.moved
            self.touched |= tracks

    def _mark_missing(self, *, accept_missing: bool) -> None:
        with self.conn.transaction():
            rows = run(self.conn, "mark_unconfigured_missing", library_id=self.library.id).fetchall()
            if rows:
                self._unsettle()
        if self.findings.any:
            if not accept_missing:
                self._guard()
            rows += run(self.conn, "mark_missing").fetchall()
        self.summary.files.missing += len(rows)
        self.touched |= {track_id for (track_id,) in rows if track_id is not None}

    def _unsettle(self) -> None:
        """Something is about to be written: should this scan be broken off, the next one does what follows from it."""
        run(self.conn, "unsettle_library", library_id=self.library.id)

    def _guard(self) -> None:
        """A root that looks unmounted has lost nothing; its owner is told, and may say otherwise."""
        roots = {root.id: root.path for root in self.library.roots}
        for root_id, known, vanished in run(self.conn, "count_vanished").fetchall():
            seen = self._seen[root_id] or _has_entries(roots[root_id])
            why = may_mark_missing(known, vanished, seen=seen, guard=self.guard)
            if why is not None:
                self.summary.warnings.append(
                    f"{shown(roots[root_id])}: {why}; nothing there is marked missing ({HINT})"
                )
                run(self.conn, "keep_vanished", root_id=root_id)
            else:
                self.summary.found[roots[root_id]] += vanished


def _device(path: bytes) -> int | None:
    try:
        return os.stat(path).st_dev  # noqa: PTH116 - a Path cannot be made of bytes
    except OSError:
        return None


def _has_entries(path: bytes) -> bool:
    """Whether anything lies there: of a part of a root nothing may be left, of a mounted drive something is."""
    try:
        with os.scandir(path) as entries:
            return next(entries, None) is not None
    except OSError:
        return False
