"""What the daemon does under one set of settings: its lanes, what wakes them, and how they end.

New settings make new work; the database and its server stay, unless the settings of the database changed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd import schedule
from scannerd.config import Settings
from scannerd.daemon_database import Outage, Sessions
from scannerd.daemon_lanes import Bell, Lane, Pulse
from scannerd.db.opening import Database, bring_up_to_date, set_counting_rule
from scannerd.db.room import is_full, no_room
from scannerd.errors import ConfigError, DatabaseUnavailable
from scannerd.inbox.folders import opened
from scannerd.inbox.lane import Lane as InboxLane
from scannerd.inbox.passing import remove_abandoned
from scannerd.inbox.shelves import clear_shelf
from scannerd.inbox.unfinished import UnfinishedExports
from scannerd.inbox.watch import Watch
from scannerd.library.lane import Lane as LibraryLane
from scannerd.library.libraries import leave_out_others
from scannerd.library.watch import Watch as LibraryWatch
from scannerd.listens.listener import set_time_zone
from scannerd.model.shown import shown
from scannerd.mounts import is_network_drive
from scannerd.wiring import (
    how_of,
    libraries_of,
    min_played_ms,
    owner_of,
    scan_how_of,
    shelves_of,
    suffixes_of,
)

logger = logging.getLogger(__name__)

POLLING_FACTOR = 3
"""So much more often is the folder read when no watcher hears it."""
_CANCELLED_WITHIN = 5.0  # seconds that a lane has to roll back once its statement was cancelled


class Work:
    """All lanes of one set of settings."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.over = asyncio.Event()  # set when nothing of it is at work any more
        self._hearing = _may_hear(settings)
        self._sessions = Sessions(database, self._prepare)
        self._outage = Outage()
        self._stop = threading.Event()
        self._ended = asyncio.Event()
        self._bells: list[Bell] = []
        self.lanes: list[Lane] = []
        self.hung: list[Lane] = []  # that did not end in time
        self._drop_pulse, self._library_pulse = Pulse(self._stop), Pulse(self._stop)
        drop, shelves, how = settings.inbox.drop_folder, shelves_of(settings), how_of(settings)
        self._unfinished = UnfinishedExports(drop, shelves=shelves, how=how, stop=self._drop_pulse)
        self._inbox = InboxLane(
            drop,
            owner=owner_of(settings),
            shelves=shelves,
            how=how,
            settle=settings.inbox.settle.total_seconds(),
            ignore=settings.inbox.ignore,
            stop=self._drop_pulse,
            tell=self._tell_intake,
        )
        self._library = LibraryLane(
            libraries_of(settings),
            how=scan_how_of(settings),
            settle=settings.inbox.settle.total_seconds(),
            stop=self._library_pulse,
            tell=self._tell_scan,
        )

    async def go_on(self, *, began: Callable[[], None], connected: Callable[[], None]) -> None:
        """All of it, in order, until `end`; `began` is told when it can be said, `connected` when there is a server."""
        async with (
            Watch(self.settings.inbox.drop_folder, hearing=self._hearing) as drop_watch,
            LibraryWatch(
                _roots_to_hear(self.settings), suffixes_of(self.settings), self._library.hear
            ) as library_watch,
        ):
            self._bells = [drop_watch, library_watch]
            self.lanes = self._made_lanes(drop_watch, library_watch)
            began()
            await self._until_ended(asyncio.create_task(self._keep_lanes(connected, library_watch)))
        if not self.hung:
            await asyncio.to_thread(self._sessions.end)
        self.over.set()

    def end(self) -> None:
        """Come to a safe point and stop there."""
        self._stop.set()
        self._ended.set()
        for bell in self._bells:
            bell.wake()

    def _made_lanes(self, drop_watch: Watch, library_watch: LibraryWatch) -> list[Lane]:
        inbox = Lane(
            "the drop folder",
            self._sessions.session(),
            drop_watch,
            self._drop_pulse,
            work=self._take_in_what_comes,
            rest=lambda: min(self._longest_wait(), self._inbox.seconds_to_next()),
        )
        libraries = Lane(
            "the libraries",
            self._sessions.session(),
            library_watch,
            self._library_pulse,
            work=self._scan_what_is_due,
            rest=self._library.seconds_to_next,
        )
        return [inbox, libraries] if self.settings.library else [inbox]

    async def _first_connection(self, lane: Lane, connected: Callable[[], None]) -> None:
        """Wait for a database that is away or a disk that is full; one that will never have us ends the daemon."""
        while not self._stop.is_set():
            try:
                await lane.aside(make_folders, self.settings)
                await lane.aside(lane.session.living)
            except DatabaseUnavailable as exc:
                lane.problem = str(exc)
                await lane.pause(self._outage.pause_after(exc, lane.name))
            else:
                connected()
                self._tell_watching()
                return

    def _tell_watching(self) -> None:
        logger.info("watching %s", self.settings.inbox.drop_folder, extra={"action": "watching"})
        for library in self.settings.library:
            roots = ", ".join(map(str, library.roots))
            logger.info("watching library %s: %s", library.name, roots, extra={"action": "watching"})

    def _timetable(self, bell: Bell) -> AbstractContextManager[None]:
        """Ask for what the settings want at certain times."""
        zone = ZoneInfo(self.settings.inbox.time_zone)
        scans = {one.name: schedule.trigger(one.schedule, zone) for one in self.settings.library if one.schedule}

        def ask(library: str) -> None:
            self._library.ask(library)
            bell.wake()

        return schedule.kept(scans, ask=ask)

    async def _keep_lanes(self, connected: Callable[[], None], library_bell: Bell) -> None:
        await self._first_connection(self.lanes[0], connected)
        with self._timetable(library_bell):
            async with asyncio.TaskGroup() as group:
                for lane in self.lanes:
                    group.create_task(lane.keep(self._outage))

    async def _until_ended(self, kept: asyncio.Task[None]) -> None:
        """Wait for the lanes; once they are to end, first for a safe point, then no longer than a statement takes."""
        ended = asyncio.create_task(self._ended.wait())
        await asyncio.wait({kept, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not kept.done():
            await asyncio.wait({kept}, timeout=self.settings.daemon.stop_within.total_seconds())
        if not kept.done():
            for lane in self.lanes:
                await asyncio.to_thread(lane.session.cancel)
            await asyncio.wait({kept}, timeout=_CANCELLED_WITHIN)
        if not kept.done():  # a thread goes on; nobody can end that but the end of the process
            self.hung = [lane for lane in self.lanes if lane.is_working]
            kept.cancel()
        with suppress(asyncio.CancelledError):
            await kept

    async def _take_in_what_comes(self, conn: Connection[Any]) -> None:
        lane = self.lanes[0]
        lane.begin("looking at the drop folder")
        # With every look: a file may have moved whose report or mark had to wait, be it another daemon's.
        await lane.aside(self._unfinished.finish, conn)
        for candidate in await lane.aside(self._inbox.look):
            if self._stop.is_set():
                return
            lane.begin(f"taking in {shown(candidate.path.name)}")
            await lane.aside(self._inbox.take_in, conn, candidate)

    async def _scan_what_is_due(self, conn: Connection[Any]) -> None:
        lane = self.lanes[1]
        while not self._stop.is_set() and (job := self._library.next()) is not None:
            lane.begin(f"scanning {job.library}")
            await lane.aside(self._library.scan, conn, job)

    def _tell_intake(self, phase: str, done: int, total: int) -> None:
        self.lanes[0].tell(phase, done, total)

    def _tell_scan(self, phase: str, done: int, total: int) -> None:
        self.lanes[1].tell(phase, done, total)

    def _longest_wait(self) -> float:
        rescan = self.settings.inbox.rescan.total_seconds()
        return rescan if self._hearing else rescan / POLLING_FACTOR

    def _prepare(self, conn: Connection[Any]) -> None:
        """What a session needs before anybody works with it."""
        bring_up_to_date(conn)
        set_counting_rule(conn, min_played_ms=min_played_ms(self.settings))
        set_time_zone(conn, self.settings.inbox.time_zone)
        # Without any library the settings may have got lost, and nothing is concluded from that.
        if names := [library.name for library in self.settings.library]:
            leave_out_others(conn, names, instance=self.settings.state.instance)


def make_folders(settings: Settings) -> None:
    """Make the drop folder and its shelves, and clear away what killed writers left there."""
    drop = settings.inbox.drop_folder
    try:
        drop.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        if is_full(exc):
            raise no_room(drop) from exc
        raise ConfigError(
            f"the drop folder {drop} cannot be made: {(exc.strerror or str(exc)).lower()}",
            hint="correct inbox.drop_folder, or make the folder yourself",
        ) from exc
    shelves = shelves_of(settings)
    for shelf in (shelves.done, shelves.failed):
        # A read-only drop folder has no shelves, its files stay; a link in a shelf's place is told of by the lane.
        with suppress(OSError), opened(shelf, below=shelves.root_of(shelf), make=True) as held:
            clear_shelf(held, now=time.time())
    remove_abandoned(drop, now=time.time())


def _may_hear(settings: Settings) -> bool:
    polling = settings.inbox.polling
    return polling == "never" or (polling == "auto" and not is_network_drive(settings.inbox.drop_folder))


def _roots_to_hear(settings: Settings) -> dict[bytes, bool]:
    """The roots of libraries that a watcher may hear of, and of each whether even on a network drive."""
    return {
        os.fsencode(root): library.polling == "never"
        for library in settings.library
        if library.polling != "always"
        for root in library.roots
    }
