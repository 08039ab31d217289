"""What of a snapshot wants somebody's attention, and what there is to do about it. Pure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from scannerd import __version__
from scannerd.errors import ScannerdError
from scannerd.hearing.follower import NO_UTF8
from scannerd.model.shown import shown
from scannerd.status.daemon_state import DaemonState
from scannerd.status.places import GONE, Place
from scannerd.status.snapshot import DropFolder, Snapshot, Stored

SETTING_UP = 600.0
"""Seconds after its start that a daemon may need until it hears changes: a large library has many folders."""
OVERDUE = 300.0
"""Seconds after which a job that was not asked for is late."""
_STANDING_BY = "standing by"
_ASK_THE_DOCTOR = "scannerd doctor"
_UNREADABLE = "select path, reason from library_health where problem = 'unreadable'"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing, and what to do."""

    about: str
    what: str
    mend: str  # a command, where one does it; those of ours begin with "scannerd "


def notices(snapshot: Snapshot, places: Sequence[Place], *, start: str, now: float) -> list[Notice]:
    """All of them; `start` is the command that starts the daemon here, `now` by the wall clock."""
    found = [_of_database(snapshot.problem), _of_places(snapshot.daemon, places, now=now)]
    if snapshot.daemon_pid is None:
        found.insert(0, iter([Notice("daemon", "not running: nothing is taken in, and nothing scanned", start)]))
    if snapshot.daemon is not None:
        found += [
            _of_daemon(snapshot.daemon),
            _of_unheard(snapshot.daemon),
            _of_lanes(snapshot),
            _of_jobs(snapshot, now),
        ]
    found.append(_of_drop(snapshot.drop_folder))
    if snapshot.stored is not None:
        found.append(_of_stored(snapshot.stored))
    return [*chain.from_iterable(found)]


def _of_database(problem: ScannerdError | None) -> Iterator[Notice]:
    if problem is not None:
        yield Notice("database", str(problem), problem.hint or _ASK_THE_DOCTOR)


def _of_places(daemon: DaemonState | None, places: Sequence[Place], *, now: float) -> Iterator[Notice]:
    told = {folder.path: folder for folder in daemon.folders} if daemon else {}
    has_set_up = daemon is not None and now - daemon.started_at > SETTING_UP
    for place in places:
        path = shown(str(place.path))
        folder = told.get(path)
        mode = folder.mode if folder else None
        if place.problem == GONE and place.library is None and daemon is None:
            continue  # it is made at the start
        if place.problem is not None:
            yield Notice(place.about, f"{path} {place.problem}", _remedy(place))
        elif mode == "away":
            yield Notice(place.about, f"{path} is there, but the daemon does not find it", _ASK_THE_DOCTOR)
        elif mode == "silent":
            yield Notice(place.about, f"{path} does not answer the daemon", _remedy(place))
        elif folder and mode == "polling" and place.is_heard and has_set_up:
            yield _of_deaf(place, path, folder.why)


def _of_deaf(place: Place, path: str, why: str) -> Notice:
    what = f"changes in {path} should be heard, and are not{f': {why}' if why else ''}"
    return Notice(place.about, what, "rename it" if why.startswith(NO_UTF8) else _ASK_THE_DOCTOR)


def _remedy(place: Place) -> str:
    setting = "inbox.drop_folder" if place.library is None else "the library's roots in the settings"
    return f"see that its drive is mounted and answers, or correct {setting}"


def _of_daemon(daemon: DaemonState) -> Iterator[Notice]:
    if daemon.version != __version__:
        yield Notice("daemon", f"it is scannerd {daemon.version}, this is {__version__}", "restart it")


def _of_unheard(daemon: DaemonState) -> Iterator[Notice]:
    """Of each library once."""
    unheard = Counter({folder.library: 0 for folder in daemon.folders})
    for folder in daemon.folders:
        unheard[folder.library] += folder.unheard
    for library, count in (+unheard).items():
        about = "drop folder" if library is None else f"library {library}"
        where = "[inbox]" if library is None else "[[library]]"
        what = f"{_counted(count, 'file')} {_was(count)} found only by looking, though changes are heard"
        yield Notice(about, what, f'if the number grows, set polling = "always" in its section {where}')


def _of_lanes(snapshot: Snapshot) -> Iterator[Notice]:
    known = str(snapshot.problem)
    for lane in snapshot.daemon.lanes if snapshot.daemon else ():
        if lane.problem is not None and lane.problem != known:
            yield Notice(lane.name, f"{lane.problem}; it is tried again by itself", _ASK_THE_DOCTOR)
        elif lane.doing.startswith(_STANDING_BY):
            mend = "nothing, if two are meant to: this one takes over when the other ends"
            yield Notice(lane.name, lane.doing, mend)


def _of_jobs(snapshot: Snapshot, now: float) -> Iterator[Notice]:
    for job in snapshot.daemon.jobs if snapshot.daemon else ():
        if job.next is not None and now - job.next > OVERDUE:
            yield Notice(job.name, "it is overdue: the daemon seems to hang", _ASK_THE_DOCTOR)


def _of_drop(drop: DropFolder) -> Iterator[Notice]:
    if drop.odd:
        told = "1 thing in it is" if len(drop.odd) == 1 else f"{len(drop.odd):,} things in it are"
        yield Notice("drop folder", f"{told} not taken (see above)", "move what it names, or name it in inbox.ignore")


def _of_stored(found: Stored) -> Iterator[Notice]:
    for report in found.latest:
        if report.state == "failed":
            lies = f"; it lies at {shown(os.fsdecode(report.shelved_as))}" if report.shelved_as else ""
            what = f"{shown(report.file)} could not be taken in{lies}"
            yield Notice(f"export {report.id}", what, f"scannerd exports show {report.id}")
    for library in found.libraries:
        if library.unreadable:
            what = f"{_counted(library.unreadable, 'file')} cannot be read"
            yield Notice(f"library {library.name}", what, f'scannerd db query "{_UNREADABLE}"')
    if old := found.amounts.outdated_lookups:
        what = f"{_counted(old, 'name')} {_was(old)} resolved under older rules"
        yield Notice("names", what, "scannerd listens resolve")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
