"""When timed jobs are due: as cron would have it."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers import base as apscheduler_base
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from waiting import PATIENCE

from scannerd import schedule
from scannerd.schedule import Timetable, kept, trigger, was_corrected, was_missed

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)


def next_ones(line: str, count: int, *, start: datetime = MONDAY, zone: ZoneInfo = UTC_ZONE) -> list[str]:
    """The next moments, told in UTC, as a scheduler asks for them."""
    when, moments, now, before = trigger(line, zone), [], start, None
    for _ in range(count):
        before = when.get_next_fire_time(before, now)
        assert before is not None
        now = before
        moments.append(before.astimezone(UTC).strftime("%a %d %b %Y %H:%M"))
    return moments


@pytest.mark.parametrize(
    ("line", "moments"),
    [
        ("0 4 * * *", ["Tue 02 Jun 2026 04:00", "Wed 03 Jun 2026 04:00"]),
        ("@daily", ["Tue 02 Jun 2026 00:00", "Wed 03 Jun 2026 00:00"]),
        ("@hourly", ["Mon 01 Jun 2026 13:00", "Mon 01 Jun 2026 14:00"]),
        ("@weekly", ["Sun 07 Jun 2026 00:00", "Sun 14 Jun 2026 00:00"]),
        ("0 4 * * 0", ["Sun 07 Jun 2026 04:00", "Sun 14 Jun 2026 04:00"]),
        ("0 4 * * 7", ["Sun 07 Jun 2026 04:00", "Sun 14 Jun 2026 04:00"]),
        ("0 4 * * 1", ["Mon 08 Jun 2026 04:00", "Mon 15 Jun 2026 04:00"]),
        ("0 4 * * sat,sun", ["Sat 06 Jun 2026 04:00", "Sun 07 Jun 2026 04:00"]),
        ("*/20 13-14 * * *", ["Mon 01 Jun 2026 13:00", "Mon 01 Jun 2026 13:20", "Mon 01 Jun 2026 13:40"]),
        ("30 12 1 jun,dec *", ["Mon 01 Jun 2026 12:30", "Tue 01 Dec 2026 12:30"]),
        ("0 0 29 2 *", ["Tue 29 Feb 2028 00:00", "Sun 29 Feb 2032 00:00"]),
    ],
)
def test_a_line_means_what_cron_means_by_it(line: str, moments: list[str]) -> None:
    assert next_ones(line, len(moments)) == moments


def test_days_and_weekdays_add_up() -> None:
    assert next_ones("0 4 3 * mon", 4) == [
        "Wed 03 Jun 2026 04:00",
        "Mon 08 Jun 2026 04:00",
        "Mon 15 Jun 2026 04:00",
        "Mon 22 Jun 2026 04:00",
    ]


def test_every_day_does_not_add_to_a_weekday() -> None:
    assert next_ones("0 4 * * mon", 2) == ["Mon 08 Jun 2026 04:00", "Mon 15 Jun 2026 04:00"]


def test_the_clock_is_that_of_the_zone() -> None:
    assert next_ones("0 4 * * *", 1, zone=BERLIN) == ["Tue 02 Jun 2026 02:00"]


@pytest.mark.parametrize("night", [datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)])
def test_a_nightly_job_is_due_about_once_a_day_when_the_clocks_change(night: datetime) -> None:
    when, moments, before = trigger("30 2 * * *", BERLIN), [], None
    while len(moments) < 4:
        before = when.get_next_fire_time(before, before or night)
        assert before is not None
        moments.append(before.astimezone(UTC))

    assert all(timedelta(minutes=59) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(moments))
    assert moments[-1] - night < timedelta(days=4)


@pytest.mark.parametrize("line", ["", "0 4 * *", "60 * * * *", "0 4 * * 8", "0 0 31 2 *", "@reboot", "every day"])
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        trigger(line, BERLIN)


def test_a_job_asks_when_it_is_due_and_only_then() -> None:
    asked: list[str] = []

    async def body() -> None:
        came = asyncio.Event()

        def ask(name: str) -> None:
            asked.append(name)
            came.set()

        now = datetime.now(UTC)
        jobs = {"music": DateTrigger(now - timedelta(days=1)), "books": DateTrigger(now + timedelta(days=1))}
        with kept(jobs, ask=ask):
            async with asyncio.timeout(PATIENCE):
                await came.wait()

    asyncio.run(body())
    assert asked == ["music"]


@pytest.mark.parametrize(
    ("line", "since", "now", "missed"),
    [
        ("30 3 * * 0", "2026-11-15 03:30", "2026-11-22 03:29", False),
        ("30 3 * * 0", "2026-11-15 03:31", "2026-11-22 03:30", True),
        ("30 3 * * 7", "2026-11-15 03:31", "2026-12-30 00:00", True),  # several times is once
        ("@daily", "2026-03-28 23:59", "2026-03-29 00:01", True),
        ("@yearly", "2026-01-01 00:00", "2026-12-31 23:59", False),
        ("@yearly", "2026-01-01 00:00", "2027-01-01 00:00", True),
    ],
)
def test_a_run_that_was_due_since_the_last_one_was_missed(line: str, since: str, now: str, missed: bool) -> None:
    zone = ZoneInfo("Europe/Berlin")
    moments = [datetime.fromisoformat(moment).replace(tzinfo=zone) for moment in (since, now)]

    assert was_missed(line, "Europe/Berlin", since=moments[0], now=moments[1]) == missed


def test_the_timetable_tells_when_a_job_is_due_next() -> None:
    async def look() -> tuple[datetime | None, datetime | None]:
        with kept({"music": trigger("0 4 1 1 *", ZoneInfo("UTC"))}, ask=print) as timetable:
            return timetable.next("music"), timetable.next("films")

    upcoming, never = asyncio.run(look())
    assert upcoming is not None
    assert (upcoming.month, upcoming.day, upcoming.hour, never) == (1, 1, 4, None)


class Wall:
    """A wall clock that stands until it is set, whatever the clock of the loop does."""

    def __init__(self) -> None:
        self.shown = datetime.now(UTC)
        self.looked = asyncio.Event()  # not by the scheduler on its own account

    def show(self, moment: str) -> None:
        self.shown = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def now(self, _zone: object) -> datetime:
        self.looked.set()
        return self.shown

    async def was_looked_at(self) -> None:
        """Until what a look leads to is done: that takes the loop four rounds, and each look takes at least one."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(8):
                self.looked.clear()
                await self.looked.wait()
        await asyncio.sleep(0)  # what was woken now shall not see yet what the clock is set to next


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """What everybody here takes for the wall clock; it is looked at often, and nothing is late by chance."""
    clock = Wall()
    monkeypatch.setattr(schedule, "datetime", clock)
    monkeypatch.setattr(apscheduler_base, "datetime", SimpleNamespace(now=lambda _zone: clock.shown))
    monkeypatch.setattr(schedule, "LOOK_EVERY", 0.002)
    monkeypatch.setattr(schedule, "JITTER", 0.0)
    return clock


def asked_for(wall: Wall, line: str, body: Callable[[Timetable], Coroutine[None, None, None]]) -> list[str]:
    """What was asked for while that went on, from when the scheduler knows how long to wait."""
    asked: list[str] = []

    async def run() -> None:
        with kept({"music": trigger(line, UTC_ZONE)}, ask=asked.append) as timetable:
            await wall.was_looked_at()
            await body(timetable)

    asyncio.run(run())
    return asked


@pytest.mark.parametrize(
    ("wakes", "upcoming"), [("2026-06-01 15:30", "2026-06-01 16:00"), ("2026-06-11 12:30", "2026-06-11 13:00")]
)
def test_what_was_due_while_the_machine_was_suspended_is_asked_for_once_when_it_wakes(
    wall: Wall, wakes: str, upcoming: str
) -> None:
    async def sleep(timetable: Timetable) -> None:
        wall.show(wakes)
        await wall.was_looked_at()
        assert timetable.next("music") == datetime.fromisoformat(upcoming).replace(tzinfo=UTC)
        await wall.was_looked_at()

    wall.show("2026-06-01 12:30")
    assert asked_for(wall, "@hourly", sleep) == ["music"]


def test_a_clock_that_was_far_ahead_and_is_set_back_does_not_hold_up_the_next_run(wall: Wall) -> None:
    async def correct(timetable: Timetable) -> None:
        assert timetable.next("music") == datetime(2040, 1, 2, 4, tzinfo=UTC)
        wall.show("2026-06-01 12:30")
        await wall.was_looked_at()
        assert timetable.next("music") == datetime(2026, 6, 2, 4, tzinfo=UTC)
        wall.show("2026-06-02 04:00")
        await wall.was_looked_at()
        assert timetable.next("music") == datetime(2026, 6, 3, 4, tzinfo=UTC)
        await wall.was_looked_at()

    wall.show("2040-01-01 12:30")
    assert asked_for(wall, "0 4 * * *", correct) == ["music"]


def test_a_clock_that_jumps_ahead_and_back_again_costs_no_run(wall: Wall) -> None:
    async def jump(timetable: Timetable) -> None:
        for moment in ("2040-01-01 12:30", "2026-06-01 12:30", "2026-06-02 04:00"):
            wall.show(moment)
            await wall.was_looked_at()
        assert timetable.next("music") == datetime(2026, 6, 3, 4, tzinfo=UTC)

    wall.show("2026-06-01 12:30")
    assert asked_for(wall, "0 4 * * *", jump) == ["music", "music"]  # what the clock of 2040 had missed, and that night


def test_a_clock_that_is_set_for_the_first_time_after_decades_is_no_work(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = 0
    next_time = CronTrigger.get_next_fire_time

    def counted(self: CronTrigger, *given: Any) -> datetime | None:
        nonlocal times
        times += 1
        return next_time(self, *given)

    monkeypatch.setattr(CronTrigger, "get_next_fire_time", counted)

    async def set_clock(timetable: Timetable) -> None:
        wall.show("2026-06-01 12:32")
        await wall.was_looked_at()
        assert timetable.next("music") == datetime(2026, 6, 1, 12, 35, tzinfo=UTC)

    wall.show("1970-01-01 00:01")
    assert asked_for(wall, "*/5 * * * *", set_clock) == ["music"]
    assert times < 10


@pytest.mark.parametrize("back", ["2026-06-02 03:59:58", "2026-06-02 02:00:01"])
def test_a_time_that_the_clock_shows_twice_is_asked_for_once(wall: Wall, back: str) -> None:
    async def step(timetable: Timetable) -> None:
        for moment in ("2026-06-02 04:00:01", back, "2026-06-02 04:00:01", "2026-06-02 04:10"):
            wall.show(moment)
            await wall.was_looked_at()
            assert timetable.next("music") == datetime(2026, 6, 3, 4, tzinfo=UTC)

    wall.show("2026-06-02 03:59:50")
    assert asked_for(wall, "0 4 * * *", step) == ["music"]


def test_nobody_looks_at_the_clock_after_the_end(wall: Wall) -> None:
    wall.show("2026-06-01 12:30")

    async def body() -> bool:
        with kept({"music": trigger("@hourly", UTC_ZONE)}, ask=print):
            await wall.was_looked_at()
        wall.looked.clear()
        await asyncio.sleep(2 * schedule.LOOK_EVERY)  # a look that was still to come would come before
        return wall.looked.is_set()

    assert not asyncio.run(body())


@pytest.mark.parametrize(
    ("seen", "now", "corrected"),
    [
        ("2026-06-01 12:30:00Z", "2026-06-01 12:31:00Z", False),
        ("2026-06-01 12:30:00Z", "2026-06-01 20:30:00Z", False),  # suspended
        ("2026-06-01 12:30:00Z", "2040-01-01 00:00:00Z", False),
        ("2026-06-01 12:30:00Z", "2026-06-01 12:29:59Z", False),
        ("2026-10-25 02:59:30+02:00", "2026-10-25 02:00:30+01:00", False),  # the end of summer time
        ("2026-06-01 12:30:00Z", "2026-06-01 09:30:00Z", False),
        ("2026-06-01 12:30:00Z", "2026-06-01 09:29:59Z", True),
        ("2040-01-01 00:00:00Z", "2026-06-01 12:30:00Z", True),
        ("2026-06-01 12:30:00Z", "1970-01-01 00:00:00Z", True),
    ],
)
def test_only_a_clock_that_was_hours_ahead_was_corrected(seen: str, now: str, corrected: bool) -> None:
    assert was_corrected(datetime.fromisoformat(seen), datetime.fromisoformat(now)) == corrected
