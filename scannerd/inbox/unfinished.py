"""Exports whose file has left the drop folder before they ended: a kill came between, or a report found no room.

Each is ended by itself. What keeps one of them from its end is told once and holds up no other.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.db.connect import translated
from scannerd.db.opening import in_our_words
from scannerd.errors import DatabaseError, NotFound
from scannerd.inbox.importing import How, Imported, Outcome, finish
from scannerd.inbox.intake import Owner, Shelves, text_for
from scannerd.inbox.listing import listener_at
from scannerd.inbox.shelves import REPORT, WHY, find_shelved, write_report
from scannerd.inbox.untold import tell_untold
from scannerd.listens import exports
from scannerd.listens.exports import NOWHERE, State, Unfinished
from scannerd.listens.listener import Listener, listener_of
from scannerd.listens.report import Report, as_text, one_line

logger = logging.getLogger(__name__)


class UnfinishedExports:
    """What is remembered of them from one look to the next."""

    def __init__(
        self,
        drop: Path,
        *,
        shelves: Shelves,
        how: How,
        owner: Owner | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._drop = drop
        self._shelves = replace(shelves, drop=drop)
        self._how = how
        self._owner = owner
        self._has_told = False
        self._stop = stop or threading.Event()
        self._waiting: set[int] = set()
        self._broken: set[int] = set()

    def finish(self, conn: Connection[Any]) -> None:
        """End the exports whose files are not in the drop folder any more; the others are seen again by the lane.

        Another daemon's too. Raises what the database is to blame for: then all of them wait.
        """
        self._tell_untold(conn)
        with in_our_words():
            left_over = exports.list_unfinished(conn, os.fsencode(self._drop) + b"/")
        for left in left_over:
            if self._stop.is_set():
                return
            if left.id not in self._broken:
                self._finish_one(conn, left)

    def _tell_untold(self, conn: Connection[Any]) -> None:
        """Once, at the first look: what a daemon before this one left untold."""
        if self._owner is None or self._has_told:
            return
        try:
            with translated():
                tell_untold(conn, self._shelves, self._owner, now=time.time())
        except OSError as exc:
            logger.debug("files on the shelves stay untold: %s", exc)
        self._has_told = True

    def _finish_one(self, conn: Connection[Any], left: Unfinished) -> None:
        try:
            with translated():
                if self._is_gone(left.path):
                    self._end_alone(conn, left)
        except DatabaseError:
            raise
        except NotFound:
            logger.debug("export %d was ended by another", left.id)
        except OSError as exc:
            self._wait(left, exc)
        except Exception:  # the root of one export: what nobody foresaw of it must not keep the others waiting
            self._broken.add(left.id)
            said = "export %d cannot be finished, and is left alone until the next start"
            logger.exception(said, left.id, extra={"action": "unfinished_broke"})
        else:
            self._waiting.discard(left.id)

    def _wait(self, left: Unfinished, exc: OSError) -> None:
        level = logging.DEBUG if left.id in self._waiting else logging.WARNING
        self._waiting.add(left.id)
        said = "export %d waits, for its report or its place on the shelf: %s"
        logger.log(level, said, left.id, exc.strerror or exc, extra={"action": "report_waits"})

    def _is_gone(self, path: bytes) -> bool:
        """Whether the file has left the drop folder; while that is away itself, nobody knows."""
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return os.access(self._drop, os.X_OK)
        except OSError:
            return False
        return False

    def _end_alone(self, conn: Connection[Any], left: Unfinished) -> None:
        listener = listener_of(conn, left.listener_id)
        with exports.only_taker(conn, listener, left.sha256) as mine:
            # Another daemon may be at it, or have ended it since we asked.
            if mine and exports.get_report(conn, left.id).state == left.state:
                self._end(conn, left, listener)

    def _end(self, conn: Connection[Any], left: Unfinished, listener: Listener) -> None:
        match left.state:
            case State.TAKEN:
                with conn.transaction():
                    exports.mark_failed(conn, left.id, "the file went away before it was read; nothing of it is stored")
                    # Back in the drop folder, it is read like any new file.
                    exports.remember_failed_file(conn, left.id, NOWHERE)
            case State.FAILED:
                self._end_failed(conn, left)
            case _:
                if left.state is State.RESOLVED or finish(conn, left.id, listener, self._how, self._stop):
                    self._end_resolved(conn, left)

    def _end_failed(self, conn: Connection[Any], left: Unfinished) -> None:
        report = exports.get_report(conn, left.id)
        text = text_for(Imported(Outcome.FAILED, left.sha256, report), report)
        shelved = self._report(left, report, self._shelves.failed, WHY, text)
        exports.remember_failed_file(conn, left.id, os.fsencode(shelved) if shelved else NOWHERE)

    def _end_resolved(self, conn: Connection[Any], left: Unfinished) -> None:
        report = exports.get_report(conn, left.id)
        shelved = self._report(left, report, self._shelves.done, REPORT, as_text(report))
        exports.mark_shelved(conn, left.id, os.fsencode(shelved) if shelved else None)
        logger.info("finished %s", one_line(report), extra={"action": "intake_finished"})

    def _report(self, left: Unfinished, report: Report, shelf: Path, suffix: str, text: str) -> Path | None:
        """Write the report beside the file and say where that lies, if it is on the shelf at all."""
        path, below = Path(os.fsdecode(left.path)), self._shelves.root_of(shelf)
        shelved = find_shelved(shelf / self._sub_folder(path), path.name, report.sha256, below=below)
        if shelved is not None:
            write_report(shelved, suffix, text, below=below)
        return shelved

    def _sub_folder(self, path: Path) -> Path:
        """A listener's files stand apart on the shelf, as they did in the drop folder or on the shelf they were on."""
        for shelf in (self._shelves.done, self._shelves.failed):
            if path.is_relative_to(shelf):
                return path.parent.relative_to(shelf)
        return Path(listener_at(self._drop, path) or "")
