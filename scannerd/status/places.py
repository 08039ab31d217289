"""The folders that the settings name, as they look from here: there or not, and whether changes in them are heard."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from scannerd.mounts import is_network_drive
from scannerd.status.deadline import asked
from scannerd.status.snapshot import Stored

GONE = "is not there"


@dataclass(frozen=True, slots=True)
class Place:
    """One folder."""

    path: Path
    library: str | None  # None: the drop folder
    polling: str  # auto, always, never, as the settings say
    problem: str | None = None
    is_heard: bool = False  # the kernel tells of changes there, and the settings want to hear of them

    @property
    def about(self) -> str:
        """What it is."""
        return "drop folder" if self.library is None else f"library {self.library}"


def look(places: Iterable[Place], *, seconds: float) -> list[Place]:
    """Look at all of them side by side, for so long at most."""
    until = time.monotonic() + seconds
    silent = f"does not answer within {seconds:.0f} s"
    waiting = [asked(lambda place=place: _seen(place), replace(place, problem=silent)) for place in places]  # type: ignore[misc]
    return [wait(until - time.monotonic()) for wait in waiting]


def without_what_was_removed(found: Stored) -> Stored:
    """A refused file that somebody took off its shelf needs nobody any more."""
    gone = {one.id for one in found.latest if one.shelved_as and not os.path.lexists(one.shelved_as)}
    return replace(found, latest=[one for one in found.latest if one.state != "failed" or one.id not in gone])


def _seen(place: Place) -> Place:
    try:
        problem = None if place.path.is_dir() else GONE
    except OSError:  # closed to whoever asks: the daemon may be let in all the same
        problem = None
    is_local = place.polling == "auto" and not is_network_drive(place.path)
    return replace(place, problem=problem, is_heard=is_local or place.polling == "never")
