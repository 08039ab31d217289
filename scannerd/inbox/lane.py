"""The drop folder: look, and take in what has settled, one file after the other, the oldest first.

Trouble with one file holds up that file only. Trouble with the database is the caller's: the file stays, and is
offered again by the next look. Files may be taken in beside each other, and beside a look.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.db.connect import translated
from scannerd.errors import DatabaseUnavailable
from scannerd.inbox.importing import How, Outcome, Tell
from scannerd.inbox.intake import Owner, Shelves, intake, refuse_empty
from scannerd.inbox.listing import Candidate, Oddity, list_drop, listener_at
from scannerd.inbox.moving import can_move
from scannerd.inbox.settle import Stamp, Tracker
from scannerd.inbox.writers import is_being_written
from scannerd.model.shown import shown

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 600.0
"""Seconds before a file that could not be taken in is tried again: at first, and at most."""

_ENDED = {Outcome.IMPORTED, Outcome.KNOWN, Outcome.FAILED}
_HELD = "somebody still has it open for writing"


@dataclass(frozen=True, slots=True)
class Deferred:
    """A file that is tried again later."""

    stamp: Stamp
    due: float
    pause: float


class Lane:
    """What is remembered from one look to the next."""

    def __init__(
        self,
        folder: Path,
        *,
        owner: Owner,
        shelves: Shelves,
        how: How,
        settle: float,
        patience: float = 0.0,
        ignore: Collection[str] = (),
    ) -> None:
        """A file that seems unfinished has `patience` seconds from its last change on to become whole."""
        self._folder = folder
        self._owner = owner
        self._shelves = replace(shelves, drop=folder)
        self._how = how
        self._settle = settle
        self._patience = patience
        self._ignore = ignore
        self._tracker = Tracker(settle=settle)
        self._deferred: dict[Path, Deferred] = {}
        self._odd: set[Path] = set()
        self._lacking = ""  # what cannot be done to the drop folder just now
        self._memory = threading.Lock()

    @property
    def crowd(self) -> int:
        """How many files wait behind those that a look tells of."""
        return self._tracker.crowd

    def look(self, now: float | None = None) -> list[Candidate]:
        """The files that may be taken in now, by a monotonic clock."""
        now = time.monotonic() if now is None else now
        odd: list[Oddity] = []
        try:
            found = self._settled(odd, now)
        except OSError as exc:
            return self._wait_for_folder("read", exc)
        self._tell_odd(odd)
        try:
            if found:
                self._ask_may_move()
        except OSError as exc:
            return self._wait_for_folder("written", exc)
        self._tell_back()
        return found

    def take_in(
        self,
        conn: Connection[Any],
        candidate: Candidate,
        now: float | None = None,
        *,
        stop: threading.Event | None = None,
        tell: Tell | None = None,
    ) -> None:
        """Take one file in, or defer it. Raises DatabaseUnavailable: nothing is lost, the file is offered again."""
        now = time.monotonic() if now is None else now
        try:
            with translated():
                self._end(conn, candidate, now, stop, tell)
        except DatabaseUnavailable:
            raise
        except OSError as exc:
            self._defer(candidate, now, f"{exc.strerror or exc}")
        except Exception:  # the root of this lane: what nobody foresaw of one file must not keep the others waiting
            name = shown(candidate.path.name)
            logger.exception("%s is left alone until it changes", name, extra={"action": "intake_broke"})
            self._handled(candidate)

    def seconds_to_next(self, now: float | None = None) -> float:
        """How long until a look may find a file settled or due again."""
        now = time.monotonic() if now is None else now
        with self._memory:
            moments = [deferred.due for deferred in self._deferred.values()]
            due = self._tracker.next_due()
            if self._tracker.has_room:
                moments.append(now)
        if due is not None:
            # A moment that has passed is that of a deferred file, behind which another file's may hide.
            moments.append(due if due > now else now + self._settle)
        return max(0.0, min(moments, default=float("inf")) - now)

    def _settled(self, odd: list[Oddity], now: float) -> list[Candidate]:
        with self._memory:
            settled = self._tracker.look(self._list(odd), now)
            self._deferred = {path: old for path, old in self._deferred.items() if self._is_as_it_was(path, old)}
            return [*self._offered((*settled.ready, *settled.empty), now)]

    def _list(self, odd: list[Oddity]) -> Iterator[tuple[str, Stamp]]:
        for found in list_drop(self._folder, ignore=self._ignore, shelves=(self._shelves.done, self._shelves.failed)):
            if isinstance(found, Oddity):
                odd.append(found)
            else:
                yield os.fspath(found.path), found.stamp

    def _offered(self, paths: Iterable[str], now: float) -> Iterator[Candidate]:
        for path, name in ((Path(name), name) for name in paths):
            deferred, seen = self._deferred.get(path), self._tracker.find(name)
            if seen is not None and (deferred is None or deferred.due <= now):
                yield Candidate(path, listener_at(self._folder, path), seen.stamp)

    def _is_as_it_was(self, path: Path, deferred: Deferred) -> bool:
        seen = self._tracker.find(os.fspath(path))
        return seen is not None and seen.stamp == deferred.stamp

    def _end(
        self, conn: Connection[Any], candidate: Candidate, now: float, stop: threading.Event | None, tell: Tell | None
    ) -> None:
        """End what can be ended; a file that somebody may still be at waits."""
        last_chance = self._last_chance(candidate)
        patient = now < last_chance
        if patient and is_being_written(candidate.path):
            self._wait_for_writer(candidate, _HELD, due=min(now + self._settle, last_chance))
            return
        if not candidate.stamp.size:
            refuse_empty(candidate, shelves=self._shelves)
            self._handled(candidate)
            return
        imported = intake(
            conn,
            candidate,
            owner=self._owner,
            shelves=self._shelves,
            how=self._how,
            patient=patient,
            stop=stop,
            tell=tell,
        )
        if imported.outcome in _ENDED:
            self._handled(candidate)
        elif imported.outcome is Outcome.CUT_OFF:
            self._wait_for_writer(candidate, imported.why, due=last_chance)
        else:
            self._defer(candidate, now, "")

    def _last_chance(self, candidate: Candidate) -> float:
        """Until when a file that seems unfinished may become whole."""
        with self._memory:
            seen = self._tracker.find(os.fspath(candidate.path))
        return seen.since + self._patience if seen is not None else float("-inf")

    def _handled(self, candidate: Candidate) -> None:
        with self._memory:
            self._deferred.pop(candidate.path, None)
            self._tracker.handled(os.fspath(candidate.path), candidate.stamp)

    def _defer(self, candidate: Candidate, now: float, why: str) -> None:
        with self._memory:
            before = self._deferred.get(candidate.path)
            pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
            self._deferred[candidate.path] = Deferred(candidate.stamp, now + pause, pause)
        if why and before is None:
            name = shown(candidate.path.name)
            logger.warning("%s stays where it is, and is tried again: %s", name, why, extra={"action": "deferred"})

    def _wait_for_writer(self, candidate: Candidate, why: str, *, due: float) -> None:
        """Until it changes, or nothing more comes."""
        with self._memory:
            before = self._deferred.get(candidate.path)
            self._deferred[candidate.path] = Deferred(candidate.stamp, due, FIRST_PAUSE)
        if before is None:
            minutes, seconds = divmod(round(self._patience), 60)
            time_left = f"{minutes} minutes" if minutes > 1 else f"{60 * minutes + seconds} seconds"
            said = "%s is not whole yet, and has %s to become so: %s"
            logger.info(said, shown(candidate.path.name), time_left, why, extra={"action": "unfinished_file"})

    def _ask_may_move(self) -> None:
        may_move = can_move(self._folder)
        if may_move != self._shelves.may_move:
            self._shelves = replace(self._shelves, may_move=may_move)
            if may_move:
                logger.info("the drop folder can be written again: files go to their shelves")
            else:
                logger.warning("the drop folder is read-only: files stay there after they were taken in")

    def _wait_for_folder(self, lacking: str, exc: OSError) -> list[Candidate]:
        """Nothing may be taken in until that passes; said once."""
        if self._lacking != lacking:
            why = (exc.strerror or str(exc)).lower()
            said = "the drop folder %s cannot be %s: %s"
            logger.warning(said, self._folder, lacking, why, extra={"action": "drop_gone"})
        self._lacking = lacking
        return []

    def _tell_back(self) -> None:
        if self._lacking:
            said = {"read": "the drop folder %s is back", "written": "the drop folder %s can be written again"}
            logger.info(said[self._lacking], self._folder, extra={"action": "drop_back"})
        self._lacking = ""

    def _tell_odd(self, odd: list[Oddity]) -> None:
        """One warning for each, for as long as it lies there."""
        for oddity in odd:
            if oddity.path not in self._odd:
                logger.warning("%s %s", shown(oddity.path.name), oddity.why, extra={"action": "odd"})
        self._odd = {oddity.path for oddity in odd}
