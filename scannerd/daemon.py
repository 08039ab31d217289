"""`scannerd run`: one daemon for one state folder. Wiring only: `serve` reads as the list of what it does."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from psycopg import Connection

from scannerd.config import Settings
from scannerd.db.opening import Database, bring_up_to_date, is_alive, set_counting_rule
from scannerd.db.room import is_full, no_room
from scannerd.db.state_lock import hold_state
from scannerd.errors import ConfigError, DatabaseRefused, DatabaseUnavailable, EmbeddedError, ScannerdError
from scannerd.inbox.folders import opened
from scannerd.inbox.lane import Lane
from scannerd.inbox.shelves import remove_leftovers
from scannerd.inbox.unfinished import UnfinishedExports
from scannerd.inbox.watch import Watch, is_network_drive
from scannerd.listens.listener import set_time_zone
from scannerd.wiring import database_of, how_of, min_played_ms, owner_of, shelves_of

logger = logging.getLogger(__name__)

POLLING_FACTOR = 3
"""So much more often is the folder read when no watcher hears it."""
_LONGEST_OUTAGE_PAUSE = 60.0
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


class _Daemon:
    def __init__(self, settings: Settings, ready: Ready) -> None:
        self._settings = settings
        self._ready = ready
        self._hearing = _may_hear(settings)
        self._database = database_of(settings)
        self._conn: Connection[Any] | None = None
        self._stop = threading.Event()
        self._outage = _Outage()
        drop, shelves, how = settings.inbox.drop_folder, shelves_of(settings), how_of(settings)
        self._unfinished = UnfinishedExports(drop, shelves=shelves, how=how, stop=self._stop)
        self._lane = Lane(
            drop,
            owner=owner_of(settings),
            shelves=shelves,
            how=how,
            settle=settings.inbox.settle.total_seconds(),
            ignore=settings.inbox.ignore,
            stop=self._stop,
        )

    async def serve(self) -> None:
        """All that the daemon does, in order."""
        async with Watch(self._settings.inbox.drop_folder, hearing=self._hearing) as watch:
            self._heed_signals(watch)
            _tell_systemd("READY=1")
            try:
                await self._first_connection(watch)
                await self._take_in_what_comes(watch)
            finally:
                await asyncio.to_thread(self._close)
        logger.info("stopped", extra={"action": "stopped"})

    def _heed_signals(self, watch: Watch) -> None:
        """The first signal ends the work in hand at its next safe point, the second one ends the process."""

        def heed(number: int) -> None:
            if self._stop.is_set():
                os._exit(128 + number)
            self._stop.set()
            watch.wake()
            _tell_systemd("STOPPING=1")
            logger.info("stopping; a second signal stops at once", extra={"action": "stopping"})

        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN and number != signal.SIGTERM:
                continue  # nohup, or a shell's "&": whoever started us wants us to stay
            asyncio.get_running_loop().add_signal_handler(number, heed, number)

    async def _first_connection(self, watch: Watch) -> None:
        """Wait for a database that is away or a disk that is full; one that will never have us ends the daemon."""
        while not self._stop.is_set() and self._conn is None:
            try:
                await asyncio.to_thread(self._open)
            except DatabaseUnavailable as exc:
                await self._pause(watch, exc)
            else:
                self._ready(self._database)
                logger.info("watching %s", self._settings.inbox.drop_folder, extra={"action": "watching"})

    async def _take_in_what_comes(self, watch: Watch) -> None:
        while not self._stop.is_set():
            try:
                conn = await asyncio.to_thread(self._living_connection)
                # With every look: a file may have moved whose report or mark had to wait, be it another daemon's.
                await asyncio.to_thread(self._unfinished.finish, conn)
                found = await asyncio.to_thread(self._lane.look)
                for candidate in found:
                    if self._stop.is_set():
                        return
                    await asyncio.to_thread(self._lane.take_in, conn, candidate)
                self._outage.over()
            except (DatabaseUnavailable, DatabaseRefused, EmbeddedError) as exc:
                # Mid-run even a refusal is waited out: somebody may be at work on the server.
                await asyncio.to_thread(self._disconnect)
                await self._pause(watch, exc)
            else:
                await watch.wait(min(self._longest_wait(), self._lane.seconds_to_next()))

    def _longest_wait(self) -> float:
        rescan = self._settings.inbox.rescan.total_seconds()
        return rescan if self._hearing else rescan / POLLING_FACTOR

    async def _pause(self, watch: Watch, exc: ScannerdError) -> None:
        until = time.monotonic() + self._outage.pause_after(exc)
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            await watch.wait(left)

    def _living_connection(self) -> Connection[Any]:
        if self._conn is not None and is_alive(self._conn):
            return self._conn
        self._disconnect()
        return self._connect()

    def _open(self) -> None:
        make_folders(self._settings)
        self._connect()

    def _connect(self) -> Connection[Any]:
        self._conn = self._database.connect()
        try:
            bring_up_to_date(self._conn)
            set_counting_rule(self._conn, min_played_ms=min_played_ms(self._settings))
            set_time_zone(self._conn, self._settings.inbox.time_zone)
        except BaseException:
            self._disconnect()
            raise
        return self._conn

    def _disconnect(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()

    def _close(self) -> None:
        self._disconnect()
        self._database.close()


class _Outage:
    """A time without a usable database: told once when it begins and once when it ends."""

    def __init__(self) -> None:
        self._pause = 0.0

    def pause_after(self, exc: ScannerdError) -> float:
        """How long to wait now, with some jitter: two daemons should not knock together."""
        if not self._pause:
            logger.warning("%s; waiting for it", exc, extra={"action": "database_lost"})
        else:
            logger.debug("still waiting: %s", exc)
        self._pause = min(max(1.0, self._pause * 2), _LONGEST_OUTAGE_PAUSE)
        return self._pause * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret

    def over(self) -> None:
        """The database served again."""
        if self._pause:
            logger.info("the database is back", extra={"action": "database_back"})
        self._pause = 0.0


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
            remove_leftovers(held, now=time.time())


def _may_hear(settings: Settings) -> bool:
    match settings.inbox.polling:
        case "always":
            return False
        case "never":
            return True
        case "auto":
            return not is_network_drive(settings.inbox.drop_folder)


def _tell_systemd(state: str) -> None:
    """One word in a datagram of its own: in company, a letter it cannot encode would take it along."""
    if os.environ.get("NOTIFY_SOCKET"):
        from sdnotify import SystemdNotifier

        SystemdNotifier().notify(state)
