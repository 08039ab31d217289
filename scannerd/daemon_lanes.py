"""Lanes: work that is done one piece after the other, each lane beside the others and with a session of its own.

Whatever happens to one lane, the others go on: a database that is away pauses it, a fault of ours makes it begin anew,
and a disk that does not answer holds up nobody but the lane that asked it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from psycopg import Connection

from scannerd.daemon_database import Outage, Session
from scannerd.db.connect import translated
from scannerd.errors import DatabaseRefused, DatabaseUnavailable, EmbeddedError, ScannerdError
from scannerd.status.daemon_state import LaneState

logger = logging.getLogger(__name__)

LONGEST_REPAIR = 600.0
"""Seconds at most before a lane that broke begins again."""
STANDING_BY = "standing by"
_IDLE = "waiting for something to do"
STUCK_AFTER = 300.0
"""Seconds without a sign of life after which work hangs."""


class Wakes(Protocol):
    """Wakes whoever waits."""

    async def wait(self, seconds: float) -> None: ...

    def wake(self) -> None: ...


class Pulse(threading.Event):
    """The stop of a lane, which notes when it was looked at: whoever still asks whether to stop does not hang."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self._stop = stop
        self.felt = time.monotonic()

    def is_set(self) -> bool:
        self.felt = time.monotonic()
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self.felt = time.monotonic()
        return self._stop.wait(timeout)


class Worker(Protocol):
    """What a lane does."""

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """All there is to do now."""

    def rest(self) -> float:
        """Seconds until there may be more."""
        ...


class Progress(NamedTuple):
    """How far the work in hand is: of nothing in particular while `total` is 0."""

    phase: str = ""
    done: int = 0
    total: int = 0
    since: float = 0.0  # by the wall clock, when the phase began


@dataclass(slots=True)
class Lane:
    """One lane, and what it is at."""

    name: str
    session: Session
    bell: Wakes
    pulse: Pulse
    worker: Worker
    doing: str = "starting"
    threads: set[int] = field(default_factory=set)  # that work, by the system's numbers
    problem: str | None = None  # why it waits
    waiting: int = 0  # pieces of work behind the one in hand
    leaves: bool = False  # the piece of work in hand is the last one
    sleeps: bool = False  # until the bell rings for the first time: until then it needs no session
    progress: Progress = field(default_factory=Progress)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is begun."""
        return self.leaves or self.pulse.is_set()

    @property
    def is_working(self) -> bool:
        """Whether a thread is at it."""
        return bool(self.threads)

    def begin(self, doing: str, *, waiting: int = 0) -> None:
        """Say what is done from now on."""
        self.doing, self.waiting, self.progress = doing, waiting, Progress()

    def state(self) -> LaneState:
        """For others to read."""
        progress = self.progress
        since = round(progress.since, 1) if progress.phase else None
        return LaneState(
            self.name, self.doing, self.problem, progress.phase, progress.done, progress.total, since, self.waiting
        )

    def tell(self, phase: str, done: int, total: int) -> None:
        """Note how far it is; called by whoever works, in whatever thread."""
        since = self.progress.since if phase == self.progress.phase else time.time()
        self.progress = Progress(phase, done, total, since)

    async def keep(self, outage: Outage) -> None:
        """Work and rest by turns until the daemon stops."""
        repair = 0.0
        if self.sleeps:
            self.begin(_IDLE)
            await self.bell.wait(float("inf"))
        while not self.is_over:
            try:
                conn = await self.aside(self.session.living)
                self.problem = None
                with translated():
                    await self.worker.work(self, conn)
                outage.over(self.name)
            except (DatabaseUnavailable, DatabaseRefused, EmbeddedError) as exc:
                # Mid-run even a refusal is waited out: somebody may be at work on the server.
                await self.aside(self.session.end)
                self.problem = str(exc)
                await self.pause(outage.pause_after(exc, self.name))
            except ScannerdError as exc:
                repair = min(max(1.0, repair * 2), LONGEST_REPAIR)
                self.problem = str(exc)
                logger.error("%s", exc, extra={"action": "lane_waits"})
                await self.pause(repair)
            except Exception as exc:  # the root of a lane: what nobody foresaw in one ends neither it nor the others
                await self.aside(self.session.end)
                repair = min(max(1.0, repair * 2), LONGEST_REPAIR)
                self.problem = f"it broke ({type(exc).__name__}), and begins again"
                logger.exception("work on %s broke, and begins again", self.name, extra={"action": "lane_broke"})
                await self.pause(repair)
            else:
                repair = 0.0
                if not self.doing.startswith(STANDING_BY):
                    self.begin(_IDLE)
                await self.bell.wait(self.worker.rest())
        self.begin("ended")

    async def aside(self, work: Callable[..., Any], *given: object) -> Any:
        """Do it in a thread, and let it be known which: one that hangs can then be told from one that works."""

        def noted() -> Any:
            thread = threading.get_native_id()
            self.pulse.felt = time.monotonic()
            self.threads.add(thread)
            try:
                return work(*given)
            finally:
                self.threads.discard(thread)

        return await asyncio.to_thread(noted)

    async def pause(self, seconds: float) -> None:
        """Wait, whatever the bell says, unless it is to stop."""
        self.begin("waiting")
        until = time.monotonic() + seconds
        while not self.is_over and (left := until - time.monotonic()) > 0:
            await self.bell.wait(left)

    def hangs(self, now: float) -> bool:
        """Whether its work neither asked for anything nor waits for the database, for a long time."""
        return self.is_working and now - self.pulse.felt > STUCK_AFTER and not self.session.is_busy

    @property
    def waits_for_disk(self) -> bool:
        """Whether the system itself holds a thread: a drive that does not answer, which no restart mends."""
        return any(_waits_for_disk(thread) for thread in self.threads.copy())


def heard(task: asyncio.Task[Any]) -> None:
    """Take note of an error that nobody waits for any more; asyncio would tell of it otherwise."""
    if not task.cancelled():
        task.exception()


def _waits_for_disk(thread: int) -> bool:
    try:
        stat = Path(f"/proc/self/task/{thread}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "D"
