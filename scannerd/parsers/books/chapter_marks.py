"""Chapters of audio, from marks as files hold them to `Chapter`. Pure, and the same for every kind of file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scannerd.model.book import MOST_CHAPTERS, Chapter
from scannerd.parsers import values

_LONGEST_MS = 2**40  # 35 years: what is longer is no time
_INEXACT_MS = 1000  # durations of MP3s are estimated


class Mark(NamedTuple):
    """Where something begins, and what it is called there; where it ends if that is said."""

    start_ms: int
    title: str = ""
    end_ms: int | None = None
    level: int = 0


def chapters_of(marks: Iterable[Mark], duration_ms: int | None) -> tuple[Chapter, ...]:
    """The chapters in the order of time; what begins before the start, or not before the end, is none.

    A chapter ends where its mark says, else where the next one begins that is not within it, else with the file.
    """
    end = duration_ms if duration_ms is not None else _LONGEST_MS
    marks = [mark._replace(end_ms=_possible_end(mark, end)) for mark in marks if mark.start_ms >= 0]
    kept = [mark for mark in marks if mark.start_ms < end or mark.end_ms is not None]
    kept = sorted(kept, key=lambda mark: mark.start_ms)[:MOST_CHAPTERS]
    return tuple(
        Chapter(values.text(mark.title) or None, mark.level, mark.start_ms, stop)
        for mark, stop in zip(kept, _ends(kept, duration_ms), strict=True)
    )


def _possible_end(mark: Mark, end: int) -> int | None:
    """The stated end, if that is behind the start, and not behind the end by more than that may be wrong."""
    said = mark.end_ms
    if said is None or not mark.start_ms < said <= end + _INEXACT_MS:
        return None
    return min(said, end) if mark.start_ms < end else said


def _ends(marks: Sequence[Mark], duration_ms: int | None) -> list[int | None]:
    ends: list[int | None] = []
    next_of: dict[int, int] = {}  # by level, where the next one begins that ends it
    for mark in reversed(marks):
        after = min((start for level, start in next_of.items() if level <= mark.level), default=duration_ms)
        ends.append(after if mark.end_ms is None else mark.end_ms)
        next_of[mark.level] = mark.start_ms
    return ends[::-1]
