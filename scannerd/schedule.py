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
    try:
        yield Timetable(scheduler)
    finally:
        scheduler.shutdown(wait=False)


async def _asked(ask: Callable[[str], None], name: str) -> None:
    """A coroutine, so that the scheduler runs it on the loop and not in a thread."""
    logger.debug("%s is due", name)
    await asyncio.sleep(random.uniform(0, JITTER))  # noqa: S311 - not a secret
    ask(name)


def _listed(values: Any) -> str:
    return ",".join(map(str, values))
