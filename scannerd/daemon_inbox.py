"""The lanes of the drop folder: one settled file after the other, and large ones beside, for they take long."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from scannerd.config import Settings
from scannerd.daemon_bell import Bell
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.db.locks import try_lead
from scannerd.inbox.lane import Lane as InboxLane
from scannerd.inbox.listing import Candidate
from scannerd.inbox.unfinished import UnfinishedExports
from scannerd.inbox.watch import Watch
from scannerd.model.shown import shown
from scannerd.mounts import is_network_drive
from scannerd.status.daemon_state import FolderState
from scannerd.wiring import how_of, owner_of, shelves_of

logger = logging.getLogger(__name__)

POLLING_FACTOR = 3
"""So much more often is the folder read when no watcher hears it."""
LARGE = 64_000_000
"""Bytes from which on a file may take longer than others should have to wait for."""


class LargeWork:
    """What is large enough to hold up others: taken in beside them."""

    name = "large exports"

    def __init__(self, inbox: InboxLane) -> None:
        self._inbox = inbox
        self._offered: list[Candidate] = []
        self._in_hand: Candidate | None = None
        self.bell = Bell()

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """All there are now."""
        self._offered = [candidate for candidate in candidates if candidate != self._in_hand]
        if self._offered:
            self.bell.wake()

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """Take in what was offered last."""
        while self._offered and not lane.pulse.is_set():
            self._in_hand = self._offered.pop(0)
            lane.begin(f"taking in {shown(self._in_hand.path.name)}", waiting=len(self._offered))
            try:
                await lane.aside(self._take_in, lane, conn, self._in_hand)
            finally:
                self._in_hand = None

    def rest(self) -> float:
        """Until there is an offer."""
        return float("inf")

    def _take_in(self, lane: Lane, conn: Connection[Any], candidate: Candidate) -> None:
        self._inbox.take_in(conn, candidate, stop=lane.pulse, tell=lane.tell)


class DropWork:
    """What is taken in from one drop folder."""

    name = "the drop folder"

    def __init__(self, settings: Settings, pulse: Pulse) -> None:
        inbox, shelves, how = settings.inbox, shelves_of(settings), how_of(settings)
        self._settings = settings
        self._hearing = inbox.polling == "never" or (
            inbox.polling == "auto" and not is_network_drive(inbox.drop_folder)
        )
        self.watch = Watch(inbox.drop_folder, hearing=self._hearing)
        self._unfinished = UnfinishedExports(
            inbox.drop_folder, shelves=shelves, how=how, owner=owner_of(settings), stop=pulse
        )
        self._inbox = InboxLane(
            inbox.drop_folder,
            owner=owner_of(settings),
            shelves=shelves,
            how=how,
            settle=inbox.settle.total_seconds(),
            patience=inbox.patience.total_seconds(),
            ignore=inbox.ignore,
        )
        self.large = LargeWork(self._inbox)
        self._stands_by = False
        self._unheard = 0
        self._settled: frozenset[Candidate] = frozenset()
        self._looked_at = time.time()

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """Take in all that is settled; nothing while another daemon does."""
        lane.begin("looking at the drop folder")
        if not await lane.aside(self._leads, conn):
            self.large.offer([])
            lane.begin("standing by: another scannerd works on the drop folder")
            return
        # With every look: a file may have moved whose report or mark had to wait, be it another daemon's.
        await lane.aside(self._unfinished.finish, conn)
        settled = await lane.aside(self._inbox.look)
        self._count_unheard(frozenset(settled))
        self.large.offer([one for one in settled if one.stamp.size >= LARGE])
        small = [one for one in settled if one.stamp.size < LARGE]
        for number, candidate in enumerate(small, 1):
            if lane.pulse.is_set():
                return
            waiting = len(small) - number + self._inbox.crowd
            lane.begin(f"taking in {shown(candidate.path.name)}", waiting=waiting)
            await lane.aside(self._take_in, lane, conn, candidate)

    def rest(self) -> float:
        """Seconds until there may be something new."""
        rescan = self._settings.inbox.rescan.total_seconds()
        longest = rescan if self._hearing else rescan / POLLING_FACTOR
        return min(longest, self._inbox.seconds_to_next())

    def folders(self) -> list[FolderState]:
        """How it notices what is dropped."""
        drop = self._settings.inbox.drop_folder
        mode = "events" if self.watch.is_hearing else "polling" if drop.is_dir() else "away"
        return [FolderState(shown(str(drop)), None, mode, self.watch.last_event, self._unheard)]

    def _leads(self, conn: Connection[Any]) -> bool:
        """Whether this is the daemon that works on the folder: the first one of its installation."""
        drop = self._settings.inbox.drop_folder
        leads = try_lead(conn, "drop folder", self._settings.state.instance, str(drop))
        if leads == self._stands_by:
            said = "taking over the drop folder %s" if leads else "standing by: another scannerd works on %s"
            logger.info(said, drop, extra={"action": "lead" if leads else "stand_by"})
        self._stands_by = not leads
        return leads

    def _count_unheard(self, settled: frozenset[Candidate]) -> None:
        """Files that settled since the last look, though nothing was heard of them: the watcher is blind."""
        new, self._settled = settled - self._settled, settled
        began = self._looked_at - self._settings.inbox.settle.total_seconds()
        last, self._looked_at = self.watch.last_event, time.time()
        was_hearing = self.watch.is_hearing and self.watch.hearing_since < began
        if was_hearing and (last is None or last < began):
            self._unheard += len(new)

    def _take_in(self, lane: Lane, conn: Connection[Any], candidate: Candidate) -> None:
        self._inbox.take_in(conn, candidate, stop=lane.pulse, tell=lane.tell)
