"""The lane of the libraries: one scan after the other."""

from __future__ import annotations

import os
from typing import Any

from psycopg import Connection

from scannerd.config import Settings
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.library.lane import Lane as LibraryLane
from scannerd.library.watch import Watch
from scannerd.library.watcher import Word
from scannerd.model.shown import shown
from scannerd.status.daemon_state import FolderState
from scannerd.wiring import libraries_of, scan_how_of, suffixes_of


class LibraryWork:
    """What is scanned."""

    name = "the libraries"

    def __init__(self, settings: Settings, pulse: Pulse) -> None:
        self._specs = libraries_of(settings)
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
        """Scan all that is due."""
        self._lane = lane
        while not lane.pulse.is_set() and (job := self._library.next()) is not None:
            lane.begin(f"scanning {job.library}", waiting=self._library.count_due())
            await lane.aside(self._library.scan, conn, job)

    def rest(self) -> float:
        """Seconds until something is due."""
        return self._library.seconds_to_next()

    def ask(self, library: str) -> None:
        """Have a library looked at as a whole."""
        self._library.ask(library)
        self.watch.wake()

    def folders(self) -> list[FolderState]:
        """How it notices what changes."""
        return [
            FolderState(shown(os.fsdecode(root)), one.library, one.mode, one.last_event, one.unheard)
            for root, one in self._library.hearing().items()
        ]

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
