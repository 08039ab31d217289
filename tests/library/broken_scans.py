"""Scans by the thousand, some broken off: how many, and without the processes of the parse pool."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any, Self

from scannerd.library.parse import PARSE, Job, PoolCounts, Result
from scannerd.library.worker import Reader

_FIRST = int(os.environ.get("SCANNERD_TEST_SEED", "1"))
SEEDS = range(_FIRST, _FIRST + int(os.environ.get("SCANNERD_TEST_SCANS", "3")))
"""SCANNERD_TEST_SCANS=200 runs as many random histories of each kind; SCANNERD_TEST_SEED=7 begins with that one."""


class InHere:
    """The pool without processes, for thousands of scans; what the real one does is proved elsewhere."""

    def __init__(self, *, parse: str = PARSE, **_limits: Any) -> None:
        self.counts = PoolCounts()
        note = SimpleNamespace(take=lambda _number: None, see=lambda _stamp: None)
        self._reader = Reader(resolve_name(parse), note)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def parse(self, jobs: Iterable[Job], *, stop: threading.Event) -> Iterator[list[Result]]:
        for job in jobs:
            if stop.is_set():
                return
            yield [self._reader.read(job)]


class Broken(Exception):
    """The scan ends here."""


def scan_some(shelf: Any, chance: random.Random, **scope: Any) -> str:
    """A scan, whole or broken off somewhere."""
    how = chance.choice(["whole", "whole", "full", "stopped", "broken", "broken while looking"])
    stop, left = threading.Event(), chance.randint(0, 3)

    def tell(phase: str, _done: int, _total: int) -> None:
        nonlocal left
        if how == "broken while looking" and phase == "looking":
            raise Broken
        if phase == "reading":
            left -= 1
            if left < 0 and how == "stopped":
                stop.set()
            if left < 0 and how == "broken":
                raise Broken

    with suppress(Broken):
        shelf.scan(stop=stop, tell=tell, full=how == "full", accept_missing=True, **scope)
    return how
