"""What the daemon does under one set of settings: its lanes, what wakes them, and how they end.

New settings make new work; the database and its server stay, unless the settings of the database changed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd import __version__, schedule
from scannerd.config import Settings
from scannerd.daemon_database import Outage, Sessions
from scannerd.daemon_inbox import DropWork
from scannerd.daemon_lanes import Lane, Pulse, heard
from scannerd.daemon_libraries import LibraryWork
from scannerd.daemon_runs import Runs
from scannerd.daemon_upkeep import JOB as UPKEEP
from scannerd.daemon_upkeep import UpkeepWork
from scannerd.db.opening import Database, bring_up_to_date, set_counting_rule
from scannerd.errors import DatabaseUnavailable
from scannerd.listens.listener import set_time_zone
from scannerd.status.daemon_state import DaemonState, JobState
from scannerd.wiring import min_played_ms

logger = logging.getLogger(__name__)

_BEGUN_WITHIN = 10.0  # seconds that the drop folder has to answer, before the rest goes on without
_CANCELLED_WITHIN = 5.0  # seconds that a lane has to roll back once its statement was cancelled
_STARTED_AT = time.time()


class Work:
    """All lanes of one set of settings."""

    def __init__(self, settings: Settings, database: Database, *, former: Collection[int] = ()) -> None:
        """`former` are the sessions of the work before it."""
        self.settings = settings
        self.hung: list[Lane] = []  # that did not end in time
        self.left: list[int] = []  # sessions that the server ends soon
        self._sessions = Sessions(database, self._prepare, former=former)
        self._outage = Outage()
        self._stop = threading.Event()  # for what goes on later where it stood
        self._stop_exports = threading.Event()  # for exports, which would be read anew
        self._ended = asyncio.Event()
        self._jobs: schedule.Timetable | None = None
        pulses = [Pulse(stop) for stop in (self._stop_exports, self._stop_exports, self._stop, self._stop)]
        self._drop = DropWork(settings, pulses[0])
        runs = Runs(settings.state.instance)
        self._library = LibraryWork(settings, pulses[2], runs)
        self._upkeep = UpkeepWork(settings, pulses[3], self.state, runs)
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
            await self._begin()
            began()
            await self._until_ended(asyncio.create_task(self._keep_lanes(connected)))
        self.left = [pid for lane in self.lanes if (pid := lane.session.pid) is not None]
        for lane in self.lanes:
            await asyncio.to_thread(lane.session.cut if lane in self.hung else lane.session.end)

    def leave(self) -> None:
        """Come to the end of the exports in hand; the rest stops at a safe point."""
        self._stop.set()
        for lane in self.lanes:
            lane.leaves = True
            lane.bell.wake()

    def end(self) -> None:
        """Come to a safe point and stop there."""
        self._stop_exports.set()
        self._ended.set()
        self.leave()

    def feel_all(self, now: float) -> None:
        """Nothing was felt for a while because nothing went on at all: no lane hangs for that."""
        for lane in self.lanes:
            lane.pulse.felt = now

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

    async def _begin(self) -> None:
        """Have the drop folder made and listed; ConfigError where it cannot be. A silent drive holds up nobody else."""
        begun = asyncio.create_task(self._drop.begin(self.lanes[0]))
        begun.add_done_callback(heard)  # its lane tells of what comes later
        await asyncio.wait({begun}, timeout=_BEGUN_WITHIN)
        if begun.done():
            with suppress(DatabaseUnavailable):  # a full disk, which its lane waits for
                begun.result()
        else:
            drop = self.settings.inbox.drop_folder
            said = "the drop folder %s does not answer: nothing is taken in until its drive does"
            logger.error(said, drop, extra={"action": "drop_silent"})

    async def _keep_lanes(self, connected: Callable[[], None]) -> None:
        await self._first_connection(self.lanes[-1], connected)
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
            await asyncio.gather(*(asyncio.to_thread(lane.session.cancel) for lane in self.lanes))
            await asyncio.wait({kept}, timeout=_CANCELLED_WITHIN)
        if not kept.done():  # a thread goes on; nobody can end that but the end of the process
            self.hung = [lane for lane in self.lanes if lane.is_working]
            kept.cancel()
        with suppress(asyncio.CancelledError):
            await kept

    async def _first_connection(self, lane: Lane, connected: Callable[[], None]) -> None:
        """Wait for a database that is away; one that will never have us ends the daemon."""
        while not self._stop.is_set():
            try:
                await lane.aside(lane.session.living)
            except DatabaseUnavailable as exc:
                for one in self.lanes:
                    one.problem = str(exc)
                await lane.pause(self._outage.pause_after(exc, lane.name))
            else:
                for one in self.lanes:
                    one.problem = None
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
