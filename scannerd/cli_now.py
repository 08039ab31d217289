"""What a running daemon is at, in words: the upper half of `scannerd status`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

from scannerd.status.daemon_state import DaemonState, FolderState, JobState, LaneState

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_TELLS_MUCH = 0.02  # of the work must be done before its pace says how long the rest takes
_WORTH_A_WORD = 10.0  # seconds
_HEARD = {
    "events": "changes are heard",
    "polling": "looked at every so often",
    "away": "it is not there",
    "silent": "it does not answer",
}


def lines(state: DaemonState, *, now: float | None = None) -> Iterator[str]:
    """The lanes, the folders they watch, and the timetable."""
    now = time.time() if now is None else now
    width = max((len(lane.name) for lane in state.lanes), default=0)
    for lane in state.lanes:
        yield f"    {lane.name:<{width}}  {lane_words(lane, now)}"
    yield "Watched:"
    yield from (f"    {folder.path}: {folder_words(folder, now)}" for folder in state.folders)
    if state.jobs:
        yield "Timetable:"
        yield from (f"    {job.name} ({job.schedule}): {job_words(job)}" for job in state.jobs)


def lane_words(lane: LaneState, now: float) -> str:
    """What it does and how far it is; why it waits, and what waits behind it."""
    told = [lane.problem or lane.doing]
    if lane.phase and not lane.problem:
        told[0] += f", {lane.phase}{_how_far(lane, now)}"
    if lane.waiting:
        told.append(f"{lane.waiting:,} more {'waits' if lane.waiting == 1 else 'wait'}")
    return "; ".join(told)


def folder_words(folder: FolderState, now: float) -> str:
    """How changes there are noticed."""
    told = [_HEARD.get(folder.mode, folder.mode)]
    if folder.every is not None:
        told[0] = f"looked at every {span(folder.every)}"
    if folder.why:
        told[0] += f" ({folder.why})"
    if folder.last_event is not None:
        told.append(f"the last {ago(now - folder.last_event)}")
    if folder.stands_by:
        told.append("another scannerd works on it")
    if folder.unheard:
        told.append(f"{folder.unheard:,} found only by looking")
    return ", ".join(told)


def job_words(job: JobState) -> str:
    """When it is due, and when it was done."""
    upcoming = f"next {_moment(job.next)}" if job.next is not None else "never again"
    if job.last is None:
        return upcoming
    return f"{upcoming}, last {_moment(job.last)}{f' ({job.outcome})' if job.outcome else ''}"


def ago(seconds: float) -> str:
    """A span in the past, as one says it."""
    return f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """So long, in the largest unit that says enough."""
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _how_far(lane: LaneState, now: float) -> str:
    if not lane.total:  # then at least how long it takes already: what hangs is seen by that
        took = now - lane.since if lane.since is not None else 0.0
        return f" for {span(took)}" if took >= _WORTH_A_WORD else ""
    share = min(1.0, lane.done / lane.total)
    left = ""
    if lane.since is not None and share >= _TELLS_MUCH:
        left = f", about {span((now - lane.since) * (1 - share) / share)} left"
    return f" {share:.0%}{left}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"
