"""Which folders of a library are to be looked at, and from when on. Pure: the caller hears and looks at the clock.

A folder is due when nothing was heard of it for a moment, so that a file which is still being copied is not read half;
but it does not wait for ever where something changes all the time.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

MOST_FOLDERS = 500
"""More than these at once, and the whole library is looked at instead."""
PATIENCE = 300.0
"""Seconds after which a folder is looked at though it is not quiet yet."""

Place = tuple[bytes, bytes]
"""A root, and a folder below it: empty, or `Artist/Album/`."""


class Due(NamedTuple):
    """What one scan is to look at."""

    folders: tuple[Place, ...] | None  # each with all below it; None: everything


class _Heard(NamedTuple):
    first: float
    last: float


class Wanted:
    """What was asked for and is not begun yet."""

    def __init__(self, *, settle: float) -> None:
        self._settle = settle
        self._all_from: float | None = None
        self._heard: dict[Place, _Heard] = {}
        self._not_before = 0.0

    def ask(self, moment: float) -> None:
        """Everything is to be looked at from then on."""
        self._all_from = moment if self._all_from is None else min(self._all_from, moment)

    def hear(self, place: Place, now: float) -> None:
        """Something changed there."""
        before = self._heard.get(place)
        self._heard[place] = _Heard(before.first if before else now, now)
        if len(self._heard) > MOST_FOLDERS:
            self.ask(max(self._due_at(heard) for heard in self._heard.values()))
            self._heard.clear()

    def due(self) -> float:
        """From when on there is something to begin; infinity when there is nothing."""
        moments = [self._due_at(heard) for heard in self._heard.values()]
        if self._all_from is not None:
            moments.append(self._all_from)
        return max(self._not_before, min(moments, default=float("inf")))

    def take(self, now: float) -> Due | None:
        """What may be begun now. What is heard from here on is for the scan after it."""
        if self.due() > now:
            return None
        if self._all_from is not None and self._all_from <= now:
            self._all_from = None
            self._heard.clear()
            return Due(None)
        quiet = [place for place, heard in self._heard.items() if self._due_at(heard) <= now]
        for place in quiet:
            del self._heard[place]
        return Due(outermost(quiet))

    def give_back(self, due: Due, now: float, *, pause: float) -> None:
        """It was begun and not finished: again, but nothing before a pause is over."""
        self._not_before = now + pause
        if due.folders is None:
            self.ask(now)
        for place in due.folders or ():
            self._heard.setdefault(place, _Heard(now - self._settle, now - self._settle))

    def _due_at(self, heard: _Heard) -> float:
        return min(heard.last + self._settle, heard.first + max(PATIENCE, self._settle))


def outermost(places: Collection[Place]) -> tuple[Place, ...]:
    """The same without the folders that lie below others of them, in order."""
    kept: list[Place] = []
    for root, folder in sorted(places):
        if not (kept and kept[-1][0] == root and folder.startswith(kept[-1][1])):
            kept.append((root, folder))
    return tuple(kept)
