"""The lane of the libraries: one scan after the other."""

from __future__ import annotations

import os
import time
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from scannerd.config import Settings
from scannerd.daemon_lanes import STANDING_BY, Lane, Pulse
from scannerd.daemon_runs import Runs
from scannerd.library.lane import Job
from scannerd.library.lane import Lane as LibraryLane
from scannerd.library.libraries import leave_out_others
from scannerd.library.watch import Watch
from scannerd.library.watcher import Word
from scannerd.model.shown import shown
from scannerd.status.daemon_state import FolderState
from scannerd.wiring import libraries_of, scan_how_of, suffixes_of

KEEP_EVERY = 86400.0
"""Seconds at least from one word to the database about whose libraries these are to the next."""


class LibraryWork:
    """What is scanned."""

    name = "the libraries"

    def __init__(self, settings: Settings, pulse: Pulse, runs: Runs | None = None) -> None:
        self._specs = libraries_of(settings)
        self._instance = settings.state.instance
        self._runs = runs or Runs(self._instance)
        self._keeps_until = 0.0
        self._lane: Lane | None = None
        self._library = LibraryLane(
            self._specs,
            how=scan_how_of(settings),
            settle=settings.inbox.settle.total_seconds(),
            stop=pulse,
            tell=self._tell,
        )
        self.watch = Watch(_roots_to_hear(settings), suffixes_of(settings), self._hear)

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """Scan all that is due, but for what another daemon works on."""
        self._lane = lane
        if time.monotonic() >= self._keeps_until:
            await lane.aside(self._keep, conn)
            self._keeps_until = time.monotonic() + KEEP_EVERY
        while not lane.is_over and (job := self._library.next()) is not None:
            lane.begin(f"scanning {job.library}", waiting=self._library.count_due())
            await lane.aside(self._scan, conn, job)
        if others := self._library.standing_by():
            noun = "library" if len(others) == 1 else "libraries"
            lane.begin(f"{STANDING_BY}: another scannerd works on the {noun} {', '.join(others)}")

    def rest(self) -> float:
        """Seconds until something is due."""
        return self._library.seconds_to_next()

    def ask(self, library: str) -> None:
        """Have a library looked at as a whole."""
        self._library.ask(library)
        self.watch.wake()

    def folders(self) -> list[FolderState]:
        """How it notices what changes."""
        others = self._library.standing_by()
        return [
            FolderState(
                shown(os.fsdecode(root)),
                one.library,
                one.mode,
                one.last_event,
                one.unheard,
                one.library in others,
                why=one.why,
                every=one.every,
            )
            for root, one in self._library.hearing().items()
        ]

    def _keep(self, conn: Connection[Any]) -> None:
        """These are ours; without any the settings may have got lost, and nothing is concluded from that."""
        if names := [spec.name for spec in self._specs]:
            leave_out_others(conn, names, instance=self._instance, keeper=self._specs[0].keeper)

    def _scan(self, conn: Connection[Any], job: Job) -> None:
        try:
            self._library.scan(conn, job)
        finally:
            self._note(conn)

    def _note(self, conn: Connection[Any]) -> None:
        """How scans ended, unless what ended them was the session's own end: then with the next one."""
        if conn.info.transaction_status != TransactionStatus.IDLE:
            return
        for ended in self._library.take_ended():
            self._runs.note(conn, f"scan {ended.library}", began=ended.began, outcome=ended.outcome)

    def _hear(self, root: bytes, word: Word, what: bytes) -> None:
        self._library.hear(root, word, what)

    def _tell(self, phase: str, done: int, total: int) -> None:
        if self._lane is not None:
            self._lane.tell(phase, done, total)


def _roots_to_hear(settings: Settings) -> dict[bytes, bool]:
    """The roots of libraries that a watcher may hear of, and of each whether even on a network drive."""
    return {
        os.fsencode(root): library.polling == "never"
        for library in settings.library
        if library.polling != "always"
        for root in library.roots
    }
