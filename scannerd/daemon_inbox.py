"""The lanes of the drop folder: one settled file after the other, and large ones beside, for they take long."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from scannerd.config import Settings
from scannerd.daemon_bell import Bell
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.db.locks import try_lead
from scannerd.db.room import is_full, no_room
from scannerd.errors import ConfigError
from scannerd.inbox.folders import make_folder, opened
from scannerd.inbox.lane import Lane as InboxLane
from scannerd.inbox.listing import Candidate
from scannerd.inbox.passing import remove_abandoned
from scannerd.inbox.shelves import clear_shelf
from scannerd.inbox.unfinished import UnfinishedExports
from scannerd.inbox.unheard import Unheard
from scannerd.inbox.watch import Watch
from scannerd.model.shown import shown
from scannerd.mounts import is_network_drive
from scannerd.status.daemon_state import FolderState
from scannerd.wiring import how_of, owner_of, shelves_of

logger = logging.getLogger(__name__)

POLLING_FACTOR = 3
"""So much more often is the folder read when no watcher hears it."""
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
"""No clock that is right tells an earlier time: before the network has set it, a NAS may believe in 1970."""
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
        while self._offered and not lane.is_over:
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
        self.watch = Watch(inbox.drop_folder, may_hear=self._may_hear)
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
        self._beginning = asyncio.Lock()
        self._is_begun = False
        self._stands_by = False
        self._told_clock = False
        self._unheard = Unheard(settle=inbox.settle.total_seconds(), patience=inbox.patience.total_seconds())

    async def begin(self, lane: Lane) -> None:
        """Make the folder and look into it for the first time. Raises ConfigError, or DatabaseUnavailable: no room."""
        async with self._beginning:  # by one: on a drive that does not answer the first never ends
            if not self._is_begun:
                await lane.aside(make_folders, self._settings)
                await lane.aside(self._inbox.look)
                self._is_begun = True

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """Take in all that is settled; nothing while another daemon does."""
        await self.begin(lane)
        lane.begin("looking at the drop folder")
        if not await lane.aside(self._leads, conn):
            self.large.offer([])
            lane.begin("standing by: another scannerd works on the drop folder")
            return
        if self._clock_is_wrong(lane):
            return
        # With every look: a file may have moved whose report or mark had to wait, be it another daemon's.
        await lane.aside(self._unfinished.finish, conn)
        settled = await lane.aside(self._inbox.look)
        self._count_unheard(frozenset(settled))
        self.large.offer([one for one in settled if one.stamp.size >= LARGE])
        small = [one for one in settled if one.stamp.size < LARGE]
        for number, candidate in enumerate(small, 1):
            if lane.is_over:
                return
            waiting = len(small) - number + self._inbox.crowd
            lane.begin(f"taking in {shown(candidate.path.name)}", waiting=waiting)
            await lane.aside(self._take_in, lane, conn, candidate)

    def _clock_is_wrong(self, lane: Lane) -> bool:
        """Whether every listen would seem to be in the future, and be skipped; said once."""
        if (now := time.time()) >= EARLIEST:
            self._told_clock = False
            return False
        lane.problem = f"the clock of this machine says {datetime.fromtimestamp(now, UTC):%Y}: waiting until it is set"
        if not self._told_clock:
            logger.warning("%s", lane.problem, extra={"action": "clock_wrong"})
        self._told_clock = True
        return True

    def rest(self) -> float:
        """Seconds until there may be something new."""
        rescan = self._settings.inbox.rescan.total_seconds()
        longest = rescan if self.watch.is_hearing else rescan / POLLING_FACTOR
        return min(longest, self._inbox.seconds_to_next())

    def folders(self) -> list[FolderState]:
        """How it notices what is dropped."""
        inbox, mode = self._settings.inbox, self.watch.mode
        why = 'polling = "always"' if mode == "polling" and inbox.polling == "always" else self.watch.why
        every = inbox.rescan.total_seconds() / POLLING_FACTOR if mode == "polling" else None
        drop = shown(str(inbox.drop_folder))
        return [FolderState(drop, None, mode, self.watch.last_event, self._unheard.count, why=why, every=every)]

    def _may_hear(self) -> bool:
        inbox = self._settings.inbox
        return inbox.polling == "never" or (inbox.polling == "auto" and not is_network_drive(inbox.drop_folder))

    def _leads(self, conn: Connection[Any]) -> bool:
        """Whether this is the daemon that works on the folder: the first one of its installation."""
        drop = self._settings.inbox.drop_folder
        leads = try_lead(conn, "drop folder", self._settings.state.instance, str(drop))
        if leads == self._stands_by:
            said = "taking over the drop folder %s" if leads else "standing by: another scannerd works on %s"
            logger.info(said, drop, extra={"action": "lead" if leads else "stand_by"})
            if leads:  # who led before may have been killed
                _clear_away(self._settings)
        self._stands_by = not leads
        return leads

    def _count_unheard(self, settled: frozenset[Candidate]) -> None:
        """Files that settled since the last look, though nothing was heard of them: the watcher is blind."""
        since = self.watch.hearing_since if self.watch.is_hearing else float("inf")
        self._unheard.look(
            settled, time.monotonic(), heard_at=self.watch.heard_at, hearing_since=since, crowd=self._inbox.crowd
        )

    def _take_in(self, lane: Lane, conn: Connection[Any], candidate: Candidate) -> None:
        self._inbox.take_in(conn, candidate, stop=lane.pulse, tell=lane.tell)


def make_folders(settings: Settings) -> None:
    """Make the drop folder and its shelves; what killed writers left there goes."""
    drop = settings.inbox.drop_folder
    try:
        make_folder(drop)
    except OSError as exc:
        if is_full(exc):
            raise no_room(drop) from exc
        raise ConfigError(
            f"the drop folder {drop} cannot be made: {(exc.strerror or str(exc)).lower()}",
            hint="correct inbox.drop_folder, or make the folder yourself",
        ) from exc
    _clear_away(settings)


def _clear_away(settings: Settings) -> None:
    drop, shelves = settings.inbox.drop_folder, shelves_of(settings)
    for shelf in (shelves.done, shelves.failed):
        # A read-only drop folder has no shelves, its files stay; a link in a shelf's place is told of by the lane.
        with suppress(OSError), opened(shelf, below=shelves.root_of(shelf), make=True) as held:
            clear_shelf(held, now=time.time())
    with suppress(OSError):  # a folder that cannot be read is told of by the lane too
        remove_abandoned(drop, now=time.time())
