"""`scannerd run`: one daemon for one state folder. Wiring only: `serve` reads as the list of what it does."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from scannerd.config import Settings
from scannerd.daemon_inbox import make_folders
from scannerd.daemon_lanes import Lane, heard
from scannerd.daemon_systemd import Systemd
from scannerd.daemon_work import Work
from scannerd.db.opening import Database
from scannerd.db.state_lock import hold_state
from scannerd.errors import ConfigError, DatabaseUnavailable, ScannerdError
from scannerd.status.daemon_state import Published, place
from scannerd.wiring import database_of

logger = logging.getLogger(__name__)

BEAT = 1.0
"""Seconds from one look at the lanes to the next, where systemd does not want to hear of them more often."""
_CHECKED_WITHIN = 10.0  # seconds that the folders of new settings have to answer
_ENDED_WITHIN = 1.0  # seconds for a thread that has nothing more to do
_GONE_WITHIN = 75.0  # seconds for all that is waited for once the work has ended, PostgreSQL above all
_STOOD_STILL = 10.0  # seconds between two looks after which it was us who did not get on
_MOST_THREADS = 64
_PULSES = 3  # so many beats fit into the time after which systemd takes us for dead

Load = Callable[[], Settings]
Ready = Callable[[Database], None]


def run(settings: Settings, *, load: Load, starting: Callable[[], None], ready: Ready) -> None:
    """Run until a signal says stop; `starting` is told once the drop folder stands, `ready` when the database does.

    `load` reads the settings anew, when a signal says that they changed.
    """
    published = Published(place(settings.state.folder))
    with hold_state(settings.state.folder, published=published.path):
        asyncio.run(_Daemon(settings, load, starting, ready, published).serve())


class _Daemon:
    def __init__(
        self, settings: Settings, load: Load, starting: Callable[[], None], ready: Ready, published: Published
    ) -> None:
        self._settings = settings
        self._load = load
        self._starting = starting
        self._ready = ready
        self._published = published
        self._systemd = Systemd()
        self._database = database_of(settings)
        self._work = Work(settings, self._database)
        self._has_begun = self._is_introduced = False
        self._is_ending = False
        self._coming: Settings | None = None
        self._reload: asyncio.Task[None] | None = None
        self._is_reload_asked = False
        self._refused = ""
        # As many as there is work for; those that hang on a dead drive must not be missing elsewhere.
        self._threads = ThreadPoolExecutor(_MOST_THREADS)
        self._hung: list[Lane] = []
        self._told_hanging: set[str] = set()

    async def serve(self) -> None:
        """All that the daemon does, in order."""
        self._heed_signals()
        asyncio.get_running_loop().set_default_executor(self._threads)
        error: ScannerdError | None = None
        try:
            await self._work_on()
        except ScannerdError as exc:
            error = exc
        else:
            logger.info("stopped", extra={"action": "stopped"})
        self._leave_what_hangs(error)
        if error is not None:
            raise error

    async def _work_on(self) -> None:
        heart = asyncio.create_task(self._beat())
        try:
            while not self._is_ending:
                await self._work.go_on(began=self._begin, connected=self._introduce)
                self._hung += self._work.hung
                await self._begin_anew()
        finally:
            heart.cancel()
            self._published.withdraw()
            await asyncio.to_thread(self._database.close)

    def _begin(self) -> None:
        if not self._has_begun:
            self._starting()
        self._has_begun = True
        self._systemd.ready()

    def _introduce(self) -> None:
        if not self._is_introduced:
            self._ready(self._database)
        self._is_introduced = True

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if number == signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN:
                continue  # a shell's "&": whoever started us wants us to stay
            loop.add_signal_handler(number, self._end, number)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            # Whoever was started from a terminal is told by it that the terminal went away.
            heed = self._end if _has_terminal() else self._ask_for_reload
            loop.add_signal_handler(signal.SIGHUP, heed, signal.SIGHUP)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # blocked since the command began

    def _end(self, number: int) -> None:
        """The first signal ends the work in hand at its next safe point, the second one ends the process."""
        if self._is_ending:
            os._exit(128 + number)
        self._is_ending = True
        self._be_gone_in_any_case()
        self._work.end()
        self._systemd.stopping()
        logger.info("stopping; a second signal stops at once", extra={"action": "stopping"})

    def _be_gone_in_any_case(self) -> None:
        """Without a word, for to say one may be just what hangs: whoever reads what we say may have stopped reading."""
        within = self._settings.daemon.stop_within.total_seconds() + _GONE_WITHIN
        last = threading.Timer(within, os._exit, [1])
        last.daemon = True
        last.start()

    def _ask_for_reload(self, _number: int) -> None:
        self._is_reload_asked = True
        if self._reload is None or self._reload.done():
            self._reload = asyncio.create_task(self._read_again())

    async def _read_again(self) -> None:
        """Once more when that is asked for meanwhile: the file may have changed after it was read."""
        while self._is_reload_asked:
            self._is_reload_asked = False
            self._systemd.reloading()
            await self._take_new_settings()

    async def _take_new_settings(self) -> None:
        """Go on under the settings as they are now; wrong ones change nothing."""
        try:
            settings = await asyncio.to_thread(self._load)
            changed = _changed(self._settings, settings)
            if changed:
                await self._check(settings)
        except ScannerdError as exc:
            self._refused = str(exc)
            hint = f" ({exc.hint})" if exc.hint else ""
            said = "the settings stay as they were, for the new ones are wrong: %s%s"
            logger.error(said, exc, hint, extra={"action": "reload_refused"})
            self._systemd.ready()
            return
        except Exception:  # the root of this task: what nobody foresaw of a file must not pass unsaid
            logger.exception("the settings stay as they were, for reading the new ones broke")
            self._systemd.ready()
            return
        self._refused = ""
        logger.info("settings read again: %s", changed or "nothing changed", extra={"action": "reloaded"})
        if changed and not self._is_ending:
            self._go_on_under(settings)
        else:
            self._systemd.ready()

    async def _check(self, settings: Settings) -> None:
        """Raise a ConfigError for what only shows once the settings are followed."""
        if settings.state != self._settings.state:
            raise ConfigError("the section [state] cannot change while scannerd runs", hint="restart it")
        made = asyncio.create_task(asyncio.to_thread(make_folders, settings))
        made.add_done_callback(heard)
        await asyncio.wait({made}, timeout=_CHECKED_WITHIN)
        if made.done():
            with suppress(DatabaseUnavailable):  # a full disk is no mistake
                made.result()

    def _go_on_under(self, settings: Settings) -> None:
        """Let the work in hand end, if that does not take long, and begin anew."""
        within = self._settings.daemon.stop_within.total_seconds()
        self._settings = self._coming = settings
        self._work.leave()
        asyncio.get_running_loop().call_later(within, self._work.end)

    async def _begin_anew(self) -> None:
        """Work by the settings that were read meanwhile, be it while we are at it."""
        before = settings = self._work.settings
        former = self._work.left
        while self._coming is not None and not self._is_ending:
            settings, self._coming = self._coming, None
            if settings.database != before.database:
                elsewhere, self._database = self._database, database_of(settings)
                await asyncio.to_thread(elsewhere.close)
                former = []
            before = settings
        if settings is not self._work.settings:
            self._work = Work(settings, self._database, former=former)

    async def _beat(self) -> None:
        """Say how it is, every so often: as long as nothing hangs, that is all there is to it."""
        limit = self._systemd.watchdog_seconds
        pause = min(BEAT, limit / _PULSES) if limit else BEAT
        looked = time.monotonic()
        while True:
            before, looked = looked, time.monotonic()
            if looked - before > _STOOD_STILL:
                self._work.feel_all(looked)
            hanging = [lane for lane in self._work.lanes if lane.hangs(looked)]
            self._tell_hanging(hanging)
            if all(lane.waits_for_disk for lane in hanging):  # which no restart mends
                self._systemd.alive()
            self._publish()
            self._systemd.status(self._in_a_line())
            await asyncio.sleep(pause)

    def _in_a_line(self) -> str:
        lanes = [f"{lane.name}: {lane.problem or lane.doing}" for lane in self._work.lanes]
        return "; ".join([*([f"new settings refused: {self._refused}"] if self._refused else []), *lanes])

    def _publish(self) -> None:
        with suppress(OSError):  # a full disk: the next time, then
            self._published.publish(self._work.state())

    def _tell_hanging(self, hanging: list[Lane]) -> None:
        """Once for each time."""
        for lane in hanging:
            if lane.name not in self._told_hanging:
                why = "a drive does not answer" if lane.waits_for_disk else "nobody knows why"
                said = "work on %s hangs while %s: %s"
                logger.error(said, lane.name, lane.doing, why, extra={"action": "lane_hangs"})
        self._told_hanging = {lane.name for lane in hanging}

    def _leave_what_hangs(self, error: ScannerdError | None = None) -> None:
        """End without waiting for threads that hang: Python would, for ever, and nobody would be told of the error."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        waited_for = [one for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]
        for thread in waited_for:
            thread.join(_ENDED_WITHIN)
        if not any(thread.is_alive() for thread in waited_for):
            return
        for lane in self._hung:
            said = "work on %s did not end while %s; it is left behind, and nothing is lost by it"
            logger.warning(said, lane.name, lane.doing, extra={"action": "left_behind"})
        if error is not None:
            hint = f" ({error.hint})" if error.hint else ""
            logger.error("%s%s", error, hint, extra={"action": "ended"})
        logging.shutdown()
        os._exit(error.exit_code if error else 0)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _changed(before: Settings, after: Settings) -> str:
    """The sections that differ, by name."""
    old, new = before.shown(), after.shown()
    return ", ".join(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))
