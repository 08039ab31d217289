"""Every timed job: what is due, and when. A job only asks for the work; who does it finds its own moment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from scannerd.config_cron import MONTHS, WEEKDAYS, cron_line

logger = logging.getLogger(__name__)


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


@contextmanager
def kept(jobs: Mapping[str, BaseTrigger], *, ask: Callable[[str], None]) -> Iterator[None]:
    """Ask for each job whenever its trigger says so, on the running loop, until the block ends."""
    if not jobs:
        yield
        return
    scheduler = AsyncIOScheduler(timezone="UTC")  # each trigger knows its own zone
    for name, when in jobs.items():
        scheduler.add_job(
            partial(_asked, ask, name),
            when,
            name=name,
            coalesce=True,
            max_instances=1,
            # However late: after a pause of the machine the work is as due as it was before.
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def _asked(ask: Callable[[str], None], name: str) -> None:
    """A coroutine, so that the scheduler runs it on the loop and not in a thread."""
    logger.debug("%s is due", name)
    ask(name)


def _listed(values: Any) -> str:
    return ",".join(map(str, values))
