"""`scannerd run`: one daemon for one state folder. Wiring only: `serve` reads as the list of what it does."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd import schedule
from scannerd.config import Settings
from scannerd.daemon_database import Outage, Session, Sessions
from scannerd.db.opening import Database, bring_up_to_date, set_counting_rule
from scannerd.db.room import is_full, no_room
from scannerd.db.state_lock import hold_state
from scannerd.errors import ConfigError, DatabaseRefused, DatabaseUnavailable, EmbeddedError
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
from scannerd.mounts import is_network_drive
from scannerd.wiring import database_of, how_of, libraries_of, min_played_ms, owner_of, scan_how_of, shelves_of

logger = logging.getLogger(__name__)

POLLING_FACTOR = 3
"""So much more often is the folder read when no watcher hears it."""
_LONGEST_REPAIR = 600.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Ready = Callable[[Database], None]


def run(settings: Settings, *, starting: Callable[[], None], ready: Ready) -> None:
    """Run until a signal says stop; `starting` is told at once, `ready` when the database can be used."""
    with hold_state(settings.state.folder):
        daemon = _Daemon(settings, ready)
        with suppress(DatabaseUnavailable):  # a full disk, which is told and waited for with the database
            make_folders(settings)
        starting()
        asyncio.run(daemon.serve())


class _Bell(Protocol):
    """Wakes whoever waits."""

    async def wait(self, seconds: float) -> None: ...

    def wake(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Lane:
    """Work that is done one piece after the other, with a session of its own, beside that of the other lanes."""

    name: str
    session: Session
    bell: _Bell
    work: Callable[[Connection[Any]], Awaitable[None]]  # all there is to do now
    rest: Callable[[], float]  # seconds until there may be more


class _Daemon:
    def __init__(self, settings: Settings, ready: Ready) -> None:
        self._settings = settings
        self._ready = ready
        self._hearing = _may_hear(settings)
        self._sessions = Sessions(database_of(settings), self._prepare)
        self._stop = threading.Event()
        self._outage = Outage()
        drop, shelves, how = settings.inbox.drop_folder, shelves_of(settings), how_of(settings)
        self._unfinished = UnfinishedExports(drop, shelves=shelves, how=how, stop=self._stop)
        self._inbox = InboxLane(
            drop,
            owner=owner_of(settings),
            shelves=shelves,
            how=how,
            settle=settings.inbox.settle.total_seconds(),
            ignore=settings.inbox.ignore,
            stop=self._stop,
        )
        self._library = LibraryLane(
            libraries_of(settings),
            how=scan_how_of(settings),
            settle=settings.inbox.settle.total_seconds(),
            stop=self._stop,
        )

    async def serve(self) -> None:
        """All that the daemon does, in order."""
        drop = self._settings.inbox.drop_folder
        async with (
            Watch(drop, hearing=self._hearing) as drop_watch,
            LibraryWatch(_roots_to_hear(self._settings), self._library.hear) as library_watch,
        ):
            lanes = self._lanes(drop_watch, library_watch)
            self._heed_signals(drop_watch, library_watch)
            _tell_systemd("READY=1")
            try:
                await self._first_connection(lanes[0])
                with self._timetable(library_watch):
                    await asyncio.gather(*map(self._keep, lanes))
            finally:
                await asyncio.to_thread(self._sessions.close)
        logger.info("stopped", extra={"action": "stopped"})

    def _lanes(self, drop_watch: Watch, library_watch: LibraryWatch) -> list[_Lane]:
        inbox = _Lane(
            "the drop folder",
            self._sessions.session(),
            drop_watch,
            work=self._take_in_what_comes,
            rest=lambda: min(self._longest_wait(), self._inbox.seconds_to_next()),
        )
        libraries = _Lane(
            "the libraries",
            self._sessions.session(),
            library_watch,
            work=self._scan_what_is_due,
            rest=self._library.seconds_to_next,
        )
        return [inbox, libraries] if self._settings.library else [inbox]

    def _heed_signals(self, *bells: _Bell) -> None:
        """The first signal ends the work in hand at its next safe point, the second one ends the process."""

        def heed(number: int) -> None:
            if self._stop.is_set():
                os._exit(128 + number)
            self._stop.set()
            for bell in bells:
                bell.wake()
            _tell_systemd("STOPPING=1")
            logger.info("stopping; a second signal stops at once", extra={"action": "stopping"})

        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN and number != signal.SIGTERM:
                continue  # nohup, or a shell's "&": whoever started us wants us to stay
            asyncio.get_running_loop().add_signal_handler(number, heed, number)

    async def _first_connection(self, lane: _Lane) -> None:
        """Wait for a database that is away or a disk that is full; one that will never have us ends the daemon."""
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(make_folders, self._settings)
                await asyncio.to_thread(lane.session.living)
            except DatabaseUnavailable as exc:
                await self._pause(lane, self._outage.pause_after(exc, lane.name))
            else:
                self._ready(self._sessions.database)
                self._tell_watching()
                return

    def _tell_watching(self) -> None:
        logger.info("watching %s", self._settings.inbox.drop_folder, extra={"action": "watching"})
        for library in self._settings.library:
            roots = ", ".join(map(str, library.roots))
            logger.info("watching library %s: %s", library.name, roots, extra={"action": "watching"})

    def _timetable(self, bell: _Bell) -> AbstractContextManager[None]:
        """Ask for what the settings want at certain times."""
        zone = ZoneInfo(self._settings.inbox.time_zone)
        scans = {one.name: schedule.trigger(one.schedule, zone) for one in self._settings.library if one.schedule}

        def ask(library: str) -> None:
            self._library.ask(library)
            bell.wake()

        return schedule.kept(scans, ask=ask)

    async def _keep(self, lane: _Lane) -> None:
        """One lane, until the daemon stops; whatever happens to it, the others go on."""
        repair = 0.0
        while not self._stop.is_set():
            try:
                conn = await asyncio.to_thread(lane.session.living)
                await lane.work(conn)
                self._outage.over(lane.name)
            except (DatabaseUnavailable, DatabaseRefused, EmbeddedError) as exc:
                # Mid-run even a refusal is waited out: somebody may be at work on the server.
                await asyncio.to_thread(lane.session.end)
                await self._pause(lane, self._outage.pause_after(exc, lane.name))
            except Exception:  # the root of a lane: what nobody foresaw in one must not end the others, nor itself
                await asyncio.to_thread(lane.session.end)
                repair = min(max(1.0, repair * 2), _LONGEST_REPAIR)
                logger.exception("work on %s broke, and begins again", lane.name, extra={"action": "lane_broke"})
                await self._pause(lane, repair)
            else:
                repair = 0.0
                await lane.bell.wait(lane.rest())

    async def _take_in_what_comes(self, conn: Connection[Any]) -> None:
        # With every look: a file may have moved whose report or mark had to wait, be it another daemon's.
        await asyncio.to_thread(self._unfinished.finish, conn)
        for candidate in await asyncio.to_thread(self._inbox.look):
            if self._stop.is_set():
                return
            await asyncio.to_thread(self._inbox.take_in, conn, candidate)

    async def _scan_what_is_due(self, conn: Connection[Any]) -> None:
        while not self._stop.is_set() and (job := self._library.next()) is not None:
            await asyncio.to_thread(self._library.scan, conn, job)

    def _longest_wait(self) -> float:
        rescan = self._settings.inbox.rescan.total_seconds()
        return rescan if self._hearing else rescan / POLLING_FACTOR

    async def _pause(self, lane: _Lane, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            await lane.bell.wait(left)

    def _prepare(self, conn: Connection[Any]) -> None:
        """What a session needs before anybody works with it."""
        bring_up_to_date(conn)
        set_counting_rule(conn, min_played_ms=min_played_ms(self._settings))
        set_time_zone(conn, self._settings.inbox.time_zone)
        # Without any library the settings may have got lost, and nothing is concluded from that.
        if names := [library.name for library in self._settings.library]:
            leave_out_others(conn, names, instance=self._settings.state.instance)


def make_folders(settings: Settings) -> None:
    """Make the drop folder and its shelves, and clear away what killed copies left there."""
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


def _tell_systemd(state: str) -> None:
    """One word in a datagram of its own: in company, a letter it cannot encode would take it along."""
    if os.environ.get("NOTIFY_SOCKET"):
        from sdnotify import SystemdNotifier

        SystemdNotifier().notify(state)
