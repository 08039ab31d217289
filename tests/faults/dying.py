"""Become a scannerd that kills itself at one of its own steps: `python dying.py FILE STEP python -P -m scannerd …`.

Whatever it does to take files in is counted and written to FILE: each statement, and both sides of each commit, move
and sync. At number STEP it dies as by SIGKILL; number 0 never comes.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg.transaction import Transaction

from scannerd.inbox import importing, lane, moving

_at = threading.local()


class _Steps:
    """How many there were."""

    def __init__(self, file: str, last: int) -> None:
        self._file = Path(file)
        self._last = last
        self._count = 0

    def step(self, name: str) -> None:
        """One more, unless another thread makes it, whose steps come when they like."""
        if not getattr(_at, "work", False):
            return
        self._count += 1
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{self._count} {name}\n")
        if self._count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def _wrap(place: Any, name: str, *, before: Callable[..., None], after: Callable[..., None]) -> None:
    done: Callable[..., Any] = getattr(place, name)

    def watched(*given: Any, **named: Any) -> Any:
        before(*given)
        try:
            return done(*given, **named)
        finally:
            after(*given)

    setattr(place, name, watched)


def _count_steps(steps: _Steps) -> None:
    def is_told(said: str) -> Callable[..., None]:
        return lambda *_: steps.step(said)

    def statement(_conn: object, query: object, *_: object) -> None:
        said = query.decode() if isinstance(query, bytes) else str(query)
        steps.step(" ".join(said.split()[:3]))

    def nothing(*_: object) -> None:
        pass

    _wrap(psycopg.Connection, "execute", before=statement, after=nothing)
    _wrap(psycopg.Cursor, "copy", before=statement, after=nothing)
    places = {
        "commit": (Transaction, "__exit__"),
        "hash": (importing._Work, "hash"),
        "move": (moving, "_rename"),
        "replace": (Path, "replace"),
        "sync": (os, "fsync"),
    }
    for name, (place, function) in places.items():
        _wrap(place, function, before=is_told(f"before the {name}"), after=is_told(f"after the {name}"))
    _wrap(
        lane.Lane,
        "take_in",
        before=lambda *_: setattr(_at, "work", True),
        after=lambda *_: setattr(_at, "work", False),
    )


if __name__ == "__main__":
    _count_steps(_Steps(sys.argv[1], int(sys.argv[2])))
    sys.argv = sys.argv[sys.argv.index("scannerd") :]
    runpy.run_module("scannerd", run_name="__main__", alter_sys=True)
