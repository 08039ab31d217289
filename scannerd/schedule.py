"""Every timed job: what is due, and when. A job only asks for the work; who does it finds its own moment."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from scannerd.config_cron import MONTHS, WEEKDAYS, cron_line

logger = logging.getLogger(__name__)

JITTER = 2.0
"""Seconds at most that a job is late by chance: two machines on one database need not begin in the same moment."""
LOOK_EVERY = 60.0
"""Seconds of the loop from one look at the clock to the next; it counts none while the machine is suspended."""
CORRECTED = timedelta(hours=3)
"""A clock set back further was wrong, and its times come anew; what else it shows twice counts once, as in cron."""


def trigger(text: str, zone: ZoneInfo) -> BaseTrigger:
    """When a cron line is due, on the clocks of this zone. ValueError where it says nothing.

    APScheduler's own reading of such a line takes 0 for Monday, and wants day and weekday both.
    """
    line = cron_line(text)
    days = {"day": _listed(line.days)}
    weekdays = {"day_of_week": _listed(WEEKDAYS[day] for day in line.weekdays)}
    either = [days, weekdays] if line.is_either_day else [days | weekdays]
    at = {
        "month": _listed(MONTHS[month - 1] for month in line.months),
        "hour": _listed(line.hours),
        "minute": _listed(line.minutes),
        "second": "0",
        "timezone": zone,
    }
    triggers = [CronTrigger(**at, **on) for on in either]
    return triggers[0] if len(triggers) == 1 else OrTrigger(triggers)


def was_missed(text: str, zone: str, *, since: datetime, now: datetime) -> bool:
    """Whether a cron line was due after that moment, and before this one."""
    after = since.astimezone(UTC) + timedelta(seconds=1)
    upcoming = trigger(text, ZoneInfo(zone)).get_next_fire_time(None, after)
    return upcoming is not None and upcoming <= now


def was_corrected(seen: datetime, now: datetime) -> bool:
    """Whether a clock that showed the one moment, and now this one, was so far ahead that its times must come again."""
    return seen - now > CORRECTED


class Timetable:
    """When each job is due."""

    def __init__(self, scheduler: AsyncIOScheduler) -> None:
        self._scheduler = scheduler

    def next(self, job: str) -> datetime | None:
        """The next time; None for a job that is not on it."""
        found = self._scheduler.get_job(job)
        return found.next_run_time if found is not None else None


@contextmanager
def kept(jobs: Mapping[str, BaseTrigger], *, ask: Callable[[str], None]) -> Iterator[Timetable]:
    """Ask for each job whenever its trigger says so, on the running loop, until the block ends."""
    scheduler = AsyncIOScheduler(timezone="UTC")  # each trigger knows its own zone
    for name, when in jobs.items():
        scheduler.add_job(
            partial(_asked, ask, name),
            when,
            id=name,
            name=name,
            coalesce=True,
            max_instances=1,
            # However late: after a pause of the machine the work is as due as it was before.
            misfire_grace_time=None,
        )
    scheduler.start()
    clock = _Clock(scheduler)
    try:
        yield Timetable(scheduler)
    finally:
        clock.leave()
        scheduler.shutdown(wait=False)


class _Clock:
    """Looked at now and then: the scheduler waits as long as a job seemed to be away when it last looked itself."""

    def __init__(self, scheduler: AsyncIOScheduler) -> None:
        self._scheduler = scheduler
        self._seen = datetime.now(UTC)
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)

    def leave(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        """Have done what became due meanwhile; after a clock that was far ahead, find out anew when each job is due."""
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY, self._look)
        seen, self._seen = self._seen, datetime.now(UTC)
        is_corrected = was_corrected(seen, self._seen)
        if is_corrected:
            logger.info("the clock was set back from %s to %s", seen, self._seen, extra={"action": "clock_set_back"})
        for job in self._scheduler.get_jobs():
            if is_corrected:
                job.modify(next_run_time=job.trigger.get_next_fire_time(None, self._seen))
            elif job.next_run_time is not None and job.next_run_time < self._seen:
                # The scheduler goes through all that were missed for the one run: minutes, after a jump from 1970.
                job.modify(next_run_time=self._seen)
        self._scheduler.wakeup()


async def _asked(ask: Callable[[str], None], name: str) -> None:
    """A coroutine, so that the scheduler runs it on the loop and not in a thread."""
    logger.debug("%s is due", name)
    await asyncio.sleep(random.uniform(0, JITTER))  # noqa: S311 - not a secret
    ask(name)


def _listed(values: Any) -> str:
    return ",".join(map(str, values))
