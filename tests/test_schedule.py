"""When timed jobs are due: as cron would have it."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.date import DateTrigger
from waiting import PATIENCE

from scannerd.schedule import kept, trigger, was_missed

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
