"""Cron lines mean what cron means by them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.config_cron import CronLine, cron_line

ALL = CronLine(tuple(range(60)), tuple(range(24)), tuple(range(1, 32)), tuple(range(1, 13)), tuple(range(7)), False)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("* * * * *", ALL),
        ("0 4 * * *", ALL._replace(minutes=(0,), hours=(4,))),
        ("  0\t4 * * * ", ALL._replace(minutes=(0,), hours=(4,))),
        ("*/20 8-10,22 * * *", ALL._replace(minutes=(0, 20, 40), hours=(8, 9, 10, 22))),
        ("50/5 1-9/4 * * *", ALL._replace(minutes=(50, 55), hours=(1, 5, 9))),
        ("0 0 * jan,DEC *", ALL._replace(minutes=(0,), hours=(0,), months=(1, 12))),
        ("@daily", ALL._replace(minutes=(0,), hours=(0,))),
        ("@Weekly", ALL._replace(minutes=(0,), hours=(0,), weekdays=(0,))),
        ("@hourly", ALL._replace(minutes=(0,))),
        ("0 0 29 2 *", ALL._replace(minutes=(0,), hours=(0,), days=(29,), months=(2,))),
    ],
)
def test_a_line_is_spelled_out(text: str, line: CronLine) -> None:
    assert cron_line(text) == line


@pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN", "0,7"])
def test_sunday_is_0_and_7(sunday: str) -> None:
    assert cron_line(f"0 0 * * {sunday}").weekdays == (0,)


def test_a_week_may_end_with_sunday() -> None:
    assert cron_line("0 0 * * 5-7").weekdays == (0, 5, 6)
    assert cron_line("0 0 * * mon-fri").weekdays == (1, 2, 3, 4, 5)


def test_a_day_and_a_weekday_add_up_unless_one_of_them_begins_with_a_star() -> None:
    assert cron_line("0 0 13 * fri").is_either_day
    assert not cron_line("0 0 */2 * fri").is_either_day
    assert not cron_line("0 0 13 * */2").is_either_day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a cron line has five fields, not 0"),
        ("@reboot", "a cron line has five fields, not 1"),
        ("0 0 4 * * *", "a cron line has five fields, not 6"),
        ("60 * * * *", '"60" is no minute'),
        ("0 24 * * *", '"24" is no hour'),
        ("0 0 0 * *", '"0" is no day'),
        ("0 0 * 13 *", '"13" is no month'),
        ("0 0 * * 8", '"8" is no weekday'),
        ("0 0 * * someday", '"someday" is no weekday'),
        ("0 10-8 * * *", '"10-8" is no hour'),
        ("*/0 * * * *", '"*/0" is no minute'),
        ("0 5, * * *", '"" is no hour'),
        ("0 \u0664 * * *", '"\u0664" is no hour'),
        ("0 0 31 2,4 *", "that day never comes"),
    ],
)
def test_what_says_nothing_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(why)}$"):
        cron_line(text)


@given(st.text(alphabet="0123456789*/,- abcdefjlmnoprstuvy@", max_size=30))
def test_any_text_is_a_line_or_is_refused(text: str) -> None:
    try:
        line = cron_line(text)
    except ValueError:
        return
    assert all(line[:5])
