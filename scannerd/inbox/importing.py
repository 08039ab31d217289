"""One export file into the database: hashed, claimed, read by a worker, stored, resolved, its duplicates marked.

Nothing here moves a file. Every step that is done is committed, so that a killed import goes on where it was: an
export that is stored is not read again, one that is resolved is finished.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd.errors import CutOffExport, DatabaseError, ExportError, ScannerdError
from scannerd.formats.worker import ExportStream, Progress, ReaderKilled, WorkerLimits, open_export
from scannerd.inbox.moving import is_unchanged, open_unchanged
from scannerd.inbox.refused_values import refusals_are_bad_exports
from scannerd.inbox.settle import Stamp
from scannerd.listens import exports
from scannerd.listens.exports import Reading, State
from scannerd.listens.listener import Listener
from scannerd.listens.report import Report
from scannerd.model.artist_names import SplitRules
from scannerd.model.batch import Batch, Window
from scannerd.model.shown import shown

logger = logging.getLogger(__name__)

CLOCK_SLACK = timedelta(minutes=10)
"""How far ahead of ours another clock may be before its listens are in the future."""
_HASHED_AT_ONCE = 1024 * 1024


class Outcome(StrEnum):
    """What became of a file."""

    IMPORTED = "imported"
    KNOWN = "already imported"
    FAILED = "failed"
    BUSY = "being imported by another scannerd"
    CHANGED = "changed while it was read"
    CUT_OFF = "ends in the middle"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class How:
    """The rules an import follows, from the settings."""

    rules: SplitRules
    after: datetime | None = None
    before: datetime | None = None
    limits: WorkerLimits | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file; the report is there but for BUSY, CHANGED, CUT_OFF and STOPPED."""

    outcome: Outcome
    sha256: bytes = b""
    report: Report | None = None
    hint: str | None = None
    resumed: bool = False  # an earlier run had taken it in
    file: str = ""  # what a known file is called this time
    why: str = ""  # where a file that is CUT_OFF ends


Then = Callable[[Imported, Report], None]
"""Called with what became of a file that has a report, while nobody else may work on its content."""
Tell = Callable[[str, int, int], None]
"""Told the phase in a word, and how much of how much of it is done."""


class _Stopped(Exception):
    """Asked to stop in the middle of a file; nothing of it is stored."""


class _Changed(Exception):
    """Somebody wrote to the file while it was read; nothing of it is stored."""


def import_file(
    conn: Connection[Any],
    path: Path,
    *,
    stamp: Stamp,
    listener: Listener,
    how: How,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
    then: Then | None = None,
    retry_failed: bool = True,
    patient: bool = False,
) -> Imported:
    """Take one file in, or find that it is in already. `conn` is in autocommit mode.

    Without `retry_failed`, bytes that failed at this very place and were left there have failed again. With `patient`,
    a file that ends in the middle has not failed: somebody may still be writing it, and nothing of it is stored.
    Raises DatabaseUnavailable when the database is lost: the file stays, and the same call goes on later.
    """
    file = open_unchanged(path, stamp)
    if file is None:
        return Imported(Outcome.CHANGED)
    work = _Work(
        conn, path, stamp, listener, how, stop or threading.Event(), tell or _tell_nobody, retry_failed, patient
    )
    with file:
        try:
            sha256 = work.hash(file)
            with exports.only_taker(conn, listener, sha256) as mine:
                if not mine:
                    return Imported(Outcome.BUSY, sha256)
                imported = work.take_in(file, sha256)
                if then is not None and imported.report is not None:
                    then(imported, imported.report)
                return imported
        except _Stopped:
            return Imported(Outcome.STOPPED)
        except _Changed:
            return Imported(Outcome.CHANGED)


@dataclass(frozen=True, slots=True)
class _Work:
    """One file on its way in."""

    conn: Connection[Any]
    path: Path
    stamp: Stamp
    listener: Listener
    how: How
    stop: threading.Event
    tell: Tell
    retry_failed: bool
    patient: bool

    def hash(self, file: BinaryIO) -> bytes:
        digest, done = hashlib.sha256(), 0
        while chunk := file.read(_HASHED_AT_ONCE):
            self._look_at_stop()
            digest.update(chunk)
            done += len(chunk)
            self.tell("hashing", done, self.stamp.size)
        return digest.digest()

    def take_in(self, file: BinaryIO, sha256: bytes) -> Imported:
        """Go on from wherever an earlier run left it."""
        if not is_unchanged(self.path, self.stamp):
            return Imported(Outcome.CHANGED)  # another daemon finished and moved it while we waited
        held = exports.find_held(self.conn, self.listener, sha256)
        if held is not None and held.state is State.SHELVED:
            report = exports.get_report(self.conn, held.id)
            return Imported(Outcome.KNOWN, sha256, report, file=shown(self.path.name))
        left = exports.find_failed(self.conn, self.listener, sha256, self._place(), stays=not self.retry_failed)
        if held is None and left is not None:
            return Imported(Outcome.FAILED, sha256, exports.get_report(self.conn, left), resumed=True)
        export_id = held.id if held is not None else self._claim(sha256)
        state = held.state if held is not None else State.TAKEN
        return self._go_on(file, sha256, export_id, state, resumed=held is not None)

    def _go_on(self, file: BinaryIO, sha256: bytes, export_id: int, state: State, *, resumed: bool) -> Imported:
        try:
            if state is State.TAKEN:
                self._store(file, export_id)
                state = State.STORED
        except _Changed:
            exports.forget_taken(self.conn, export_id)
            raise
        except DatabaseError:
            raise
        except ScannerdError as exc:
            if self.patient and isinstance(exc, CutOffExport):
                exports.forget_taken(self.conn, export_id)
                return Imported(Outcome.CUT_OFF, sha256, why=str(exc))
            exports.mark_failed(self.conn, export_id, str(exc))
            return Imported(Outcome.FAILED, sha256, exports.get_report(self.conn, export_id), hint=exc.hint)
        if state is State.STORED and not finish(self.conn, export_id, self.listener, self.how, self.stop, self.tell):
            return Imported(Outcome.STOPPED)
        return Imported(Outcome.IMPORTED, sha256, exports.get_report(self.conn, export_id), resumed=resumed)

    def _claim(self, sha256: bytes) -> int:
        return exports.take(
            self.conn,
            self.listener,
            name=shown(self.path.name),
            sha256=sha256,
            size=self.stamp.size,
            path=self._place(),
        )

    def _store(self, file: BinaryIO, export_id: int) -> None:
        try:
            self._read_and_store(file, export_id)
        except ReaderKilled as exc:
            # Its file need not be the culprit: a system short of memory kills whoever is big just then.
            logger.warning("%s; it is read once more", exc, extra={"action": "reader_killed"})
            self._read_and_store(file, export_id)
        except ExportError as exc:
            if self._has_changed(file):
                raise _Changed from exc  # of a file that somebody writes to, nothing can be said yet
            self._read_once_more(file)
            raise

    def _read_once_more(self, file: BinaryIO) -> None:
        """Raise the OSError of a disk that fails: its bytes look bad to the reader, and the file is not to blame."""
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        self.hash(file)

    def _read_and_store(self, file: BinaryIO, export_id: int) -> None:
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # the worker reads on where our descriptor stands
        window = Window(datetime.now(UTC) + CLOCK_SLACK, self.how.after, self.how.before)
        with (
            open_export(
                file.fileno(),
                name=self.path.name,
                time_zone=ZoneInfo(self.listener.time_zone),
                window=window,
                limits=self.how.limits,
            ) as stream,
            refusals_are_bad_exports(),
        ):
            exports.store_rows(
                self.conn,
                export_id,
                self._batches(stream),
                listener=self.listener,
                reading=lambda: self._read(file, stream),
            )

    def _batches(self, stream: ExportStream) -> Iterator[Batch]:
        for item in stream:
            self._look_at_stop()
            if isinstance(item, Progress):
                self.tell("reading", item.bytes_read, item.bytes_total)
            else:
                yield item
        self.tell("storing", 0, 0)

    def _read(self, file: BinaryIO, stream: ExportStream) -> Reading:
        if self._has_changed(file):
            raise _Changed
        reading = stream.reading
        if self.patient and reading.is_torn:
            raise CutOffExport(f"{shown(self.path.name)!r} is cut off: it ends in the middle of a line")
        return Reading([(left.name, left.why) for left in reading.left], list(reading.warnings))

    def _has_changed(self, file: BinaryIO) -> bool:
        return Stamp.of(os.fstat(file.fileno())) != self.stamp

    def _place(self) -> bytes:
        return os.fsencode(self.path)

    def _look_at_stop(self) -> None:
        if self.stop.is_set():
            raise _Stopped


def finish(
    conn: Connection[Any],
    export_id: int,
    listener: Listener,
    how: How,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> bool:
    """Resolve a stored export and mark its duplicates, without its file; False when `stop` came first."""
    return exports.resolve_and_mark(
        conn,
        export_id,
        listener=listener,
        rules=how.rules,
        stop=stop,
        progress=None if tell is None else lambda done, all_: tell("resolving", done, all_),
    )


def _tell_nobody(_phase: str, _done: int, _all: int) -> None:
    pass
