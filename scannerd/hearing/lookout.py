"""What lies at a path, and whether its drive answers at all: a thread of its own asks, that nobody else waits."""

from __future__ import annotations

import os
import threading
import time

TICK = 2.0
"""Seconds from one look to the next."""
SILENT_AFTER = 30.0
"""Seconds without an answer after which a drive is said not to answer."""

Place = tuple[int, int]
"""Device and inode: two that differ are two folders, be it that one was mounted over the other."""


def place_of(path: bytes) -> Place | None:
    """Which folder lies there now; None where nothing does."""
    try:
        seen = os.stat(path)  # noqa: PTH116 - a Path cannot be made of bytes
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


class Lookout:
    """Asks every so often, and waits for the answer however long it takes."""

    def __init__(self, path: bytes, stop: threading.Event) -> None:
        self._path = path
        self._stop = stop
        self._asked_at = time.monotonic()
        self._is_asking = True

    def start(self) -> None:
        """Ask for the first time."""
        threading.Thread(target=self._look_out, daemon=True, name="lookout").start()

    @property
    def is_silent(self) -> bool:
        """Whether the drive has not answered for a long time."""
        return self._is_asking and time.monotonic() - self._asked_at > SILENT_AFTER

    def _look_out(self) -> None:
        while not self._stop.is_set():
            self._asked_at, self._is_asking = time.monotonic(), True
            place_of(self._path)
            self._is_asking = False
            self._stop.wait(TICK)
