"""Decide which files of the drop folder have stopped changing. Pure: the caller looks at the disk and the clock."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

EMPTY_PATIENCE = 10
"""How many times the settling time an empty file may stay empty: many programs create first and write later."""
MOST_WAITING = 20_000
"""So many files are watched at once, for each takes memory; of a larger crowd the others have their turn after them."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file's cheap identity; two that differ in anything, be it an older time, are two states of a file."""

    size: int
    mtime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, stat: os.stat_result) -> Self:
        """The stamp in what the system says of a file."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev)


@dataclass(slots=True)
class Seen:
    """What is remembered of a path that is there."""

    stamp: Stamp
    since: float  # the moment, by the caller's monotonic clock, this stamp was first seen
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What may be done now; longest unchanged first."""

    ready: list[str]
    empty: list[str]  # without a single byte for so long that none will come


class Tracker:
    """Fed with listings, answers which paths have settled.

    A path is offered in every answer until it is handled, changes or is gone. Handled with a stamp, it is not offered
    again with that stamp; gone and back, it is a new file. A clock that stands still (a machine asleep) settles none.
    """

    def __init__(self, *, settle: float, most: int = MOST_WAITING) -> None:
        self._settle = settle
        self._most = most
        self._seen: dict[str, Seen] = {}
        self.crowd = 0  # files that had no place in the last look

    def look(self, listing: Iterable[tuple[str, Stamp]], now: float) -> Settled:
        """Take in one complete listing of the drop folder; one that breaks off changes nothing."""
        self._remember(listing, now)
        waiting = sorted((seen.since, path) for path, seen in self._seen.items() if not seen.handled)
        done = [path for since, path in waiting if now - since >= self._patience(path)]
        return Settled(
            ready=[path for path in done if self._seen[path].stamp.size],
            empty=[path for path in done if not self._seen[path].stamp.size],
        )

    @property
    def has_room(self) -> bool:
        """Whether files without a place may have one now."""
        return self.crowd > 0 and self._count_waiting() < self._most

    def find(self, path: str) -> Seen | None:
        """What is remembered of it."""
        return self._seen.get(path)

    def _remember(self, listing: Iterable[tuple[str, Stamp]], now: float) -> None:
        before, there, crowd = self._seen, dict[str, Seen](), 0
        room = self._most - self._count_waiting()
        for path, stamp in listing:
            known = before.get(path)
            if known is not None:
                there[path] = known if known.stamp == stamp else Seen(stamp, now)
            elif room > 0:
                there[path] = Seen(stamp, now)
                room -= 1
            else:
                crowd += 1
        self._seen, self.crowd = there, crowd

    def handled(self, path: str, stamp: Stamp) -> None:
        """Remember that this state of the file needs nothing more, although it stays where it is."""
        seen = self._seen.get(path)
        if seen is not None and seen.stamp == stamp:
            seen.handled = True

    def next_due(self) -> float | None:
        """The moment the next path could settle; None while none is waiting."""
        moments = (seen.since + self._patience(path) for path, seen in self._seen.items() if not seen.handled)
        return min(moments, default=None)

    def _count_waiting(self) -> int:
        return sum(not seen.handled for seen in self._seen.values())

    def _patience(self, path: str) -> float:
        return self._settle if self._seen[path].stamp.size else self._settle * EMPTY_PATIENCE
