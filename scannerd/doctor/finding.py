"""What there is to say of one thing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # it works, and will be slower, narrower or gone some day
    TROUBLE = "trouble"  # something does not work, or data is at risk


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    about: str
    level: Level
    what: str
    why: str = ""  # it bites
    remedy: str = ""  # a command line where there is one


def counted(count: int, noun: str) -> str:
    """The noun with how many of it there are."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def ok(about: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding(about, Level.OK, what)


def warning(about: str, what: str, why: str, remedy: str = "") -> Finding:
    """Somebody should look at it some day."""
    return Finding(about, Level.WARNING, what, why, remedy)


def trouble(about: str, what: str, why: str, remedy: str = "") -> Finding:
    """Somebody must do something."""
    return Finding(about, Level.TROUBLE, what, why, remedy)
