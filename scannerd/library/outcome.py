"""How a look at a whole library ended, in words: for the log, and for whoever asks later. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from scannerd.library.summary import Summary

BROKEN_OFF = "broken off"
_COUNTED = ("new", "changed", "moved", "missing", "back", "unreadable", "failed")
"""What makes a scan worth a line."""
_LONGEST = 200


class Ended(NamedTuple):
    """One look at all of it: what only some folders were looked at for is no run of the library's scan."""

    library: str
    began: datetime
    outcome: str


def counts(summary: Summary) -> list[str]:
    """What it found that is not as it was."""
    files = summary.files
    return [f"{getattr(files, name):,} {name}" for name in _COUNTED if getattr(files, name)]


def of_summary(summary: Summary) -> str:
    """Of one that came to its end, or was told to stop."""
    if not summary.complete:
        return BROKEN_OFF
    told = counts(summary) or ["nothing new"]
    if warned := len(summary.warnings):
        told.append("1 warning" if warned == 1 else f"{warned:,} warnings")
    return ", ".join(told)


def of_failure(exc: BaseException) -> str:
    """Of one that did not, on a single line."""
    said = next(iter(str(exc).splitlines()), "") or type(exc).__name__
    return f"failed: {said[:_LONGEST]}"
