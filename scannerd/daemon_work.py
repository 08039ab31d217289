"""What the daemon does under one set of settings: its lanes, what wakes them, and how they end.

New settings make new work; the database and its server stay, unless the settings of the database changed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd import __version__, schedule
from scannerd.config import Settings
from scannerd.daemon_database import Outage, Sessions
from scannerd.daemon_inbox import DropWork
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.daemon_libraries import LibraryWork
from scannerd.daemon_upkeep import JOB as UPKEEP
from scannerd.daemon_upkeep import UpkeepWork
from scannerd.db.opening import Database, bring_up_to_date, set_counting_rule
from scannerd.db.room import is_full, no_room
from scannerd.errors import ConfigError, DatabaseUnavailable
from scannerd.inbox.folders import make_folder, opened
from scannerd.inbox.passing import remove_abandoned
from scannerd.inbox.shelves import clear_shelf
from scannerd.library.libraries import leave_out_others
from scannerd.listens.listener import set_time_zone
from scannerd.status.daemon_state import DaemonState, JobState
from scannerd.wiring import min_played_ms, shelves_of

logger = logging.getLogger(__name__)

_CANCELLED_WITHIN = 5.0  # seconds that a lane has to roll back once its statement was cancelled
_STARTED_AT = time.time()


class Work:
    """All lanes of one set of settings."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.over = asyncio.Event()  # set when nothing of it is at work any more
        self.hung: list[Lane] = []  # that did not end in time
        self._sessions = Sessions(database, self._prepare)
        self._outage = Outage()
        self._stop = threading.Event()
        self._ended = asyncio.Event()
        self._jobs: schedule.Timetable | None = None
        pulses = [Pulse(self._stop) for _ in range(4)]
        self._drop = DropWork(settings, pulses[0])
        self._library = LibraryWork(settings, pulses[2])
        self._upkeep = UpkeepWork(settings, pulses[3], self.state)
        large = self._drop.large
        lanes = [
            Lane(self._drop.name, self._sessions.session(), self._drop.watch, pulses[0], self._drop),
            Lane(large.name, self._sessions.session(), large.bell, pulses[1], large, sleeps=True),
            Lane(self._library.name, self._sessions.session(), self._library.watch, pulses[2], self._library),
            Lane(self._upkeep.name, self._sessions.session(), self._upkeep.bell, pulses[3], self._upkeep),
        ]
        self.lanes = [lane for lane in lanes if lane.worker is not self._library or settings.library]

    async def go_on(self, *, began: Callable[[], None], connected: Callable[[], None]) -> None:
        """All of it, in order, until `end`; `began` is told when it can be said, `connected` when there is a server."""
        async with self._drop.watch, self._library.watch:
            began()
            await self._until_ended(asyncio.create_task(self._keep_lanes(connected)))
        if not self.hung:
            await asyncio.to_thread(self._sessions.end)
        self.over.set()

    def end(self) -> None:
        """Come to a safe point and stop there."""
        self._stop.set()
        self._ended.set()
        for lane in self.lanes:
            lane.bell.wake()

    def state(self) -> DaemonState:
        """What it is at."""
        return DaemonState(
            os.getpid(),
            __version__,
            round(_STARTED_AT),
            tuple(lane.state() for lane in self.lanes),
            tuple(self._drop.folders() + self._library.folders()),
            tuple(self._job_states()),
        )

    def _job_states(self) -> Iterator[JobState]:
        for job, line in self._lines().items():
            last, outcome = self._upkeep.last.get(job, (None, None))
            upcoming = self._jobs.next(job) if self._jobs else None
            yield JobState(
                job, line, upcoming.timestamp() if upcoming else None, last.timestamp() if last else None, outcome
            )

    def _lines(self) -> dict[str, str]:
        """Every job with its cron line."""
        lines = {f"scan {one.name}": one.schedule for one in self.settings.library if one.schedule}
        return lines | ({UPKEEP: self.settings.upkeep.schedule} if self.settings.upkeep.schedule else {})

    @contextmanager
    def _timetable(self) -> Iterator[None]:
        """Ask for what the settings want at certain times."""
        zone = ZoneInfo(self.settings.inbox.time_zone)
        asks: dict[str, Callable[[], None]] = {UPKEEP: self._upkeep.ask}
        asks |= {f"scan {one.name}": partial(self._library.ask, one.name) for one in self.settings.library}
        triggers = {job: schedule.trigger(line, zone) for job, line in self._lines().items()}
        with schedule.kept(triggers, ask=lambda job: asks[job]()) as self._jobs:
            yield

    async def _keep_lanes(self, connected: Callable[[], None]) -> None:
        await self._first_connection(self.lanes[0], connected)
        with self._timetable():
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
        make_folder(drop)
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
    with suppress(OSError):  # a folder that cannot be read is told of by the lane too
        remove_abandoned(drop, now=time.time())
