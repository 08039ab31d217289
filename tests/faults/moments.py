"""When to strike: at a named step of an import, seen in PostgreSQL's own view of it or in the folders, or anywhere."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from running import PATIENCE, Daemon, Look

ALL = os.environ.get("SCANNERD_TEST_FAULTS") == "all"
"""Everything, on bigger exports; otherwise a sample."""

STEPS = {
    "taken": "state = 'taken'",
    "copying": "query like 'copy incoming%%'",
    "storing": "query ~ '^insert into (track_lookup|listen|export_row)'",
    "before-the-commit": "query like '%%set%%state = ''stored''%%' or query like 'insert into export_row%%'",
    "stored": "state = 'stored'",
    "naming": "query ~ '^(with \\w+ as .)?\\s*insert into (person|release|track)' or query like 'copy resolving%%'",
    "pointing": "query ~ '^update (resolving|track_lookup|wanted)'",
    "marking": "query ~ 'touched|marked|mark_'",
    "resolved": "state = 'resolved'",
}
"""Each step, and how it looks in `export` and in `pg_stat_activity`."""
UNFINISHED = "(state in ('taken', 'stored', 'resolved') or state = 'failed' and shelved_as is null)"
"""Exports of which something is left to do, be it the text beside a refused file."""
MOVES = ("moved", "reported")
"""Steps that only the folders show: they last less than a millisecond, so the daemon is walked there frame by frame."""
ANYWHERE = "anywhere"

Test = Any
"""A test function, with an attribute of ours."""

_SEEN = """
    select exists (
        select from (
            select open.state, coalesce(act.query, '') as query
            from export as open
            left join pg_stat_activity as act
                on act.application_name = 'scannerd' and act.datname = current_database() and act.state <> 'idle'
            where open.state in ('taken', 'stored', 'resolved')
        ) as at
        where {step}
    ) and (select count(*) from export where state in ('shelved', 'failed')) >= %s"""
_ALL_ENDED = f"select count(*) filter (where {UNFINISHED}) = 0 and count(*) > 0 from export"


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the import that comes after so many exports have ended; so long after it was seen."""

    step: str
    exports: int
    delay: float

    def __str__(self) -> str:
        return f"{self.step}-after-{self.exports}-and-{self.delay * 1000:.0f}ms"

    def strike(self, daemon: Daemon, look: Look, drop: Path, act: Callable[[], None]) -> None:
        """Act at this moment; once everything is over, act at last: the end is a moment too."""
        seen = self._seen_in_folders if self.step in MOVES else self._seen_in_database
        until = time.monotonic() + PATIENCE
        while not seen(daemon, look, drop, act):
            assert daemon.is_running, daemon.errors()
            assert time.monotonic() < until, f"neither {self} nor the end came:\n{daemon.errors()}"
            if look.value(_ALL_ENDED) and not any(path.is_file() for path in drop.iterdir()):
                print(f"{self} passed unseen: striking at the end")
                act()
                return

    def _seen_in_database(self, _daemon: Daemon, look: Look, _drop: Path, act: Callable[[], None]) -> bool:
        step = STEPS["taken" if self.step == ANYWHERE else self.step]
        if not look.value(_SEEN.format(step=step), self.exports):
            time.sleep(0.001)
            return False
        time.sleep(self.delay)
        act()
        return True

    def _seen_in_folders(self, daemon: Daemon, look: Look, drop: Path, act: Callable[[], None]) -> bool:
        if not look.value(_SEEN.format(step="state in ('stored', 'resolved')"), self.exports):
            time.sleep(0.001)
            return False
        before = _shelved(drop)
        while daemon.is_running and look.value(_SEEN.format(step="state in ('stored', 'resolved')"), self.exports):
            for _ in range(50):
                with daemon.frozen():
                    if self._has_come(before, _shelved(drop)):
                        act()
                        return True
        return False

    def _has_come(self, before: set[str], now: set[str]) -> bool:
        """One file more on the shelf: alone, or with its report."""
        return len(now - before) == MOVES.index(self.step) + 1


def strikes(*, in_full: int, in_sample: int) -> Callable[[Test], Test]:
    """Run a test at so many moments, one after the other, each given as `moment`."""

    def mark(test: Test) -> Test:
        test.moments = (in_full, in_sample)
        return test

    return mark


def sample(chance: random.Random, count: int) -> list[Moment]:
    """So many moments, as different as can be."""
    steps = [*STEPS, *MOVES, *[ANYWHERE] * 9]
    chosen = chance.sample(steps, count)
    return [Moment(step, chance.randint(0, 3), _delay(step, chance)) for step in chosen]


def _delay(step: str, chance: random.Random) -> float:
    return chance.uniform(0, 0.8) if step == ANYWHERE else chance.choice((0.0, 0.0, chance.uniform(0, 0.005)))


def _shelved(drop: Path) -> set[str]:
    shelf = drop / "done"
    return (
        {str(path) for path in shelf.rglob("*") if path.suffix != ".tmp" and path.is_file()}
        if shelf.is_dir()
        else set()
    )
