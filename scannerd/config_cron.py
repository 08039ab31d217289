"""A cron line, with the meaning that cron itself gives it: Sunday is 0 and 7, days and weekdays add up. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

_WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,4}))?", re.ASCII)


class CronLine(NamedTuple):
    """When something is due: each field spelled out, in order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]  # of the month, from 1
    months: tuple[int, ...]  # from 1
    weekdays: tuple[int, ...]  # Sunday is 0
    is_either_day: bool  # due on these days and also on these weekdays; else both must hold


def cron_line(text: str) -> CronLine:
    """Read "0 4 * * *", "30 5 * * mon-fri" or "@daily". ValueError where it says nothing, or a day that never comes."""
    fields = _WORDS.get(text.strip().lower(), text).lower().split()
    if len(fields) != 5:
        raise ValueError(f"a cron line has five fields, not {len(fields)}")
    line = CronLine(
        _values(fields[0], "minute", 0, 59),
        _values(fields[1], "hour", 0, 23),
        _values(fields[2], "day", 1, 31),
        _values(fields[3], "month", 1, 12, MONTHS),
        tuple(sorted({day % 7 for day in _values(fields[4], "weekday", 0, 7, WEEKDAYS)})),
        is_either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )
    if not line.is_either_day and all(_LONGEST[month - 1] < line.days[0] for month in line.months):
        raise ValueError("that day never comes")
    return line


def _values(field: str, what: str, least: int, most: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    values: set[int] = set()
    for item in field.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise ValueError(f'"{item}" is no {what}')
        first = least if match["all"] else _value(match["first"], what, least, most, names)
        last = _value(match["last"], what, least, most, names) if match["last"] else first
        # As in cron, "5/15" goes on to the end.
        if match["all"] or (match["step"] and not match["last"]):
            last = most
        step = int(match["step"] or 1)
        if last < first or not step:
            raise ValueError(f'"{item}" is no {what}')
        values.update(range(first, last + 1, step))
    return tuple(sorted(values))


def _value(word: str, what: str, least: int, most: int, names: tuple[str, ...]) -> int:
    if word in names:
        return names.index(word) + (1 if least else 0)
    if not (word.isdecimal() and least <= int(word) <= most):
        raise ValueError(f'"{word}" is no {what}')
    return int(word)
