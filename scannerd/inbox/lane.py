"""The drop folder's one lane: look, and take in what has settled, one file after the other, the oldest first.

Trouble with one file holds up that file only. Trouble with the database is the caller's: the file stays, and is
offered again by the next look.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.db.connect import translated
from scannerd.errors import DatabaseUnavailable
from scannerd.inbox.importing import How, Outcome, Tell
from scannerd.inbox.intake import Owner, Shelves, intake, refuse_empty
from scannerd.inbox.listing import Candidate, Listing, list_drop
from scannerd.inbox.moving import can_move
from scannerd.inbox.settle import Stamp, Tracker
from scannerd.model.shown import shown

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 600.0
"""Seconds before a file that could not be taken in is tried again: at first, and at most."""


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
        ignore: Collection[str] = (),
        stop: threading.Event | None = None,
        tell: Tell | None = None,
    ) -> None:
        self._folder = folder
        self._owner = owner
        self._shelves = replace(shelves, drop=folder)
        self._how = how
        self._settle = settle
        self._ignore = ignore
        self._stop = stop or threading.Event()
        self._tell = tell
        self._tracker = Tracker(settle=settle)
        self._deferred: dict[Path, Deferred] = {}
        self._odd: set[Path] = set()
        self._lacking = ""  # what cannot be done to the drop folder just now

    def look(self, now: float | None = None) -> list[Candidate]:
        """The files that may be taken in now, by a monotonic clock."""
        now = time.monotonic() if now is None else now
        try:
            listing = list_drop(self._folder, ignore=self._ignore, shelves=(self._shelves.done, self._shelves.failed))
        except OSError as exc:
            return self._wait_for_folder("read", exc)
        found = self._settled(listing, now)
        self._tell_odd(listing)
        try:
            if found:
                self._ask_may_move()
        except OSError as exc:
            return self._wait_for_folder("written", exc)
        self._tell_back()
        return found

    def take_in(self, conn: Connection[Any], candidate: Candidate, now: float | None = None) -> None:
        """Take one file in, or defer it. Raises DatabaseUnavailable: nothing is lost, the file is offered again."""
        now = time.monotonic() if now is None else now
        try:
            with translated():
                ended = self._end(conn, candidate)
        except DatabaseUnavailable:
            raise
        except OSError as exc:
            self._defer(candidate, now, f"{exc.strerror or exc}")
        except Exception:  # the root of this lane: what nobody foresaw of one file must not keep the others waiting
            name = shown(candidate.path.name)
            logger.exception("%s is left alone until it changes", name, extra={"action": "intake_broke"})
            self._tracker.handled(os.fspath(candidate.path), candidate.stamp)
        else:
            if ended:
                self._deferred.pop(candidate.path, None)
                self._tracker.handled(os.fspath(candidate.path), candidate.stamp)
            else:
                self._defer(candidate, now, "")

    def seconds_to_next(self, now: float | None = None) -> float:
        """How long until a look may find a file settled or due again."""
        now = time.monotonic() if now is None else now
        moments = [deferred.due for deferred in self._deferred.values()]
        due = self._tracker.next_due()
        if due is not None:
            # A moment that has passed is that of a deferred file, behind which another file's may hide.
            moments.append(due if due > now else now + self._settle)
        return max(0.0, min(moments, default=float("inf")) - now)

    def _settled(self, listing: Listing, now: float) -> list[Candidate]:
        by_path = {os.fspath(candidate.path): candidate for candidate in listing.candidates}
        settled = self._tracker.look(((path, candidate.stamp) for path, candidate in by_path.items()), now)
        there = {candidate.path: candidate.stamp for candidate in listing.candidates}
        self._deferred = {path: old for path, old in self._deferred.items() if there.get(path) == old.stamp}
        found = [by_path[path] for path in (*settled.ready, *settled.empty)]
        return [candidate for candidate in found if not self._is_deferred(candidate.path, now)]

    def _is_deferred(self, path: Path, now: float) -> bool:
        deferred = self._deferred.get(path)
        return deferred is not None and deferred.due > now

    def _end(self, conn: Connection[Any], candidate: Candidate) -> bool:
        """Whether this file needs nothing more as it is."""
        if not candidate.stamp.size:
            refuse_empty(candidate, shelves=self._shelves)
            return True
        imported = intake(
            conn,
            candidate,
            owner=self._owner,
            shelves=self._shelves,
            how=self._how,
            stop=self._stop,
            tell=self._tell,
        )
        return imported.outcome in {Outcome.IMPORTED, Outcome.KNOWN, Outcome.FAILED}

    def _defer(self, candidate: Candidate, now: float, why: str) -> None:
        before = self._deferred.get(candidate.path)
        pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
        self._deferred[candidate.path] = Deferred(candidate.stamp, now + pause, pause)
        if why and before is None:
            name = shown(candidate.path.name)
            logger.warning("%s stays where it is, and is tried again: %s", name, why, extra={"action": "deferred"})

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
            why = exc.strerror or str(exc)
            said = "the drop folder %s cannot be %s: %s"
            logger.warning(said, self._folder, lacking, why, extra={"action": "drop_gone"})
        self._lacking = lacking
        return []

    def _tell_back(self) -> None:
        if self._lacking:
            said = {"read": "the drop folder %s is back", "written": "the drop folder %s can be written again"}
            logger.info(said[self._lacking], self._folder, extra={"action": "drop_back"})
        self._lacking = ""

    def _tell_odd(self, listing: Listing) -> None:
        """One warning for each, for as long as it lies there."""
        for oddity in listing.oddities:
            if oddity.path not in self._odd:
                logger.warning("%s %s", shown(oddity.path.name), oddity.why, extra={"action": "odd"})
        self._odd = {oddity.path for oddity in listing.oddities}
