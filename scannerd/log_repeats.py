"""Errors that come again and again: told once, then counted, and the count is told every ten minutes.

A drive that fails or a server that flaps says the same thing a thousand times an hour; nobody reads that, and a small
disk fills up with it. Pure but for the clock, which is an argument.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from time import monotonic

WINDOW = 600.0
"""Seconds from one telling to the next."""
MOST = 256
"""So many different ones are kept in mind; of more, the oldest is told and forgotten."""
TOLD_WARNINGS = 5
"""So often is the same warning told before it is counted: what was lost and came back may be lost again."""
ANSWERS = frozenset({"reload_refused"})
"""What somebody asked for and waits for: the same answer is an answer again."""

Key = tuple[int, str, str]


@dataclass(slots=True)
class _Repeated:
    told_as: dict[str, object]  # not the record: that would keep alive whatever an exception has in hand
    since: float
    told: int = 1
    counted: int = 0


class Repeats:
    """What was told lately, and how often it came again."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._known: dict[Key, _Repeated] = {}  # in the order of their windows

    def admits(self, record: logging.LogRecord) -> bool:
        """Whether it is to be told now; otherwise it is counted."""
        key = _key(record)
        if key is None:
            return True
        known = self._known.get(key)
        if known is None:
            self._known[key] = _Repeated(_words(record, key), self._clock())
        elif record.levelno >= logging.ERROR or known.told >= TOLD_WARNINGS:
            known.counted += 1
            return False
        else:
            known.told += 1
        return True

    def due(self) -> Iterator[logging.LogRecord]:
        """The counts whose time has come; what did not come again within its window is forgotten."""
        now = self._clock()
        while self._known:
            key, known = next(iter(self._known.items()))
            if now - known.since < WINDOW and len(self._known) < MOST:
                return
            del self._known[key]
            if known.counted:
                yield _summary(known, now)
                if now - known.since >= WINDOW:
                    self._known[key] = _Repeated(known.told_as, now, told=TOLD_WARNINGS)

    def rest(self) -> Iterator[logging.LogRecord]:
        """All counts that were not told yet, for the end."""
        now, known = self._clock(), list(self._known.values())
        self._known.clear()
        yield from (_summary(one, now) for one in known if one.counted)


def _key(record: logging.LogRecord) -> Key | None:
    """What makes two of them the same; None for what is never counted."""
    if record.levelno < logging.WARNING or getattr(record, "action", None) in ANSWERS:
        return None
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        return None  # its words do not fit together, which whoever writes it out will say
    error = record.exc_info[1] if record.exc_info else None
    return record.levelno, message, f"{type(error).__name__}: {error}" if error else ""


def _words(record: logging.LogRecord, key: Key) -> dict[str, object]:
    action = getattr(record, "action", None)
    return {"name": record.name, "levelno": key[0], "levelname": record.levelname, "message": key[1], "action": action}


def _summary(known: _Repeated, now: float) -> logging.LogRecord:
    minutes = max(1, ceil((now - known.since) / 60))
    count = (_times(known.counted), _number(minutes, "minute"))
    said = {"msg": "the same %s in the last %s: %s", "args": (*count, known.told_as["message"])}
    return logging.makeLogRecord(known.told_as | said | {"times": known.counted})


def _times(count: int) -> str:
    return "once more" if count == 1 else f"{count:,} times"


def _number(count: int, noun: str) -> str:
    return noun if count == 1 else f"{count:,} {noun}s"
