"""What the kernel lets be watched, what others use up of it, and what the libraries want of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scannerd.doctor.finding import Finding, counted, ok, warning
from scannerd.hearing.inotify import held, roomy, sysctl

_ABOUT = "watches"
_LIMITS = Path("/proc/sys/fs/inotify")
_NAMES = ("max_user_watches", "max_user_instances", "max_queued_events")
_PPID = re.compile(r"^PPid:\s*(\d+)$", re.MULTILINE)
LEAST_QUEUE = 16_384
SPARE_INSTANCES = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the kernel, for each user."""

    watches: int
    instances: int
    queue: int


@dataclass(frozen=True, slots=True)
class Used:
    """By other programs of the same user."""

    watches: int
    instances: int


def look(uid: int, daemon_pid: int | None, folders: int, *, is_whole: bool) -> Iterator[Finding]:
    """Judge whether so many folders can be watched by this user."""
    limits = _limits()
    if limits is None:
        yield ok(_ABOUT, "the kernel's limits cannot be read here")
        return
    yield from judge(folders, limits, _used(uid, daemon_pid), is_whole=is_whole)


def judge(folders: int, limits: Limits, used: Used, *, is_whole: bool) -> Iterator[Finding]:
    """Pure."""
    left = limits.watches - used.watches
    told = f"{'' if is_whole else 'at least '}{counted(folders, 'folder')} to watch"
    if folders > left:
        what = f"{told}, but the limit is {limits.watches:,}, of which others use {used.watches:,}"
        why = "changes in what does not fit are not heard, and found hours later"
        yield warning(_ABOUT, what, why, sysctl("fs.inotify.max_user_watches", roomy(2 * (folders + used.watches))))
    elif folders > left // 2 and not is_whole:
        what = f"{told}, perhaps more than the {left:,} that are left of {limits.watches:,}"
        why = "changes in what does not fit are not heard, and found hours later"
        yield warning(_ABOUT, what, why, sysctl("fs.inotify.max_user_watches", roomy(4 * (folders + used.watches))))
    else:
        yield ok(_ABOUT, f"{told}, {left:,} of {limits.watches:,} are left")
    if used.instances + SPARE_INSTANCES > limits.instances:
        what = f"other programs of this user hold {used.instances:,} of {limits.instances:,} watchers"
        why = "scannerd may get none, and finds changes by looking"
        yield warning(_ABOUT, what, why, sysctl("fs.inotify.max_user_instances", roomy(2 * limits.instances)))
    if limits.queue < LEAST_QUEUE:
        what = f"only {limits.queue:,} events wait in the kernel's queue"
        why = "when many files come at once some are not heard, and found by looking"
        yield warning(_ABOUT, what, why, sysctl("fs.inotify.max_queued_events", LEAST_QUEUE))


def _limits() -> Limits | None:
    try:
        return Limits(*(int((_LIMITS / name).read_text()) for name in _NAMES))
    except (OSError, ValueError):
        return None


def _used(uid: int, daemon_pid: int | None) -> Used:
    """As far as we may look: who is not root sees its own processes only, which are those that count for itself."""
    watches = instances = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # ended meanwhile, or somebody else's
            if process.stat().st_uid == uid and not _is_ours(process, daemon_pid):
                watched = held(process).values()
                watches, instances = watches + sum(watched), instances + len(watched)
    return Used(watches, instances)


def _is_ours(process: Path, daemon_pid: int | None) -> bool:
    """The daemon, or its watcher: what they hold is what is being asked about."""
    if daemon_pid is None:
        return False
    found = _PPID.search((process / "status").read_text(encoding="utf-8", errors="replace"))
    return str(daemon_pid) in {process.name, found[1] if found else ""}
