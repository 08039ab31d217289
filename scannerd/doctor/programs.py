"""The private PostgreSQL as far as it can be seen without starting it: its data, its owner, its programs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from scannerd.db import binaries, cluster, owner
from scannerd.db.binaries import Binaries
from scannerd.db.folders import Folders
from scannerd.db.owner import Owner
from scannerd.doctor.finding import Finding, ok, trouble
from scannerd.doctor.patient import Database
from scannerd.doctor.server import judge_release

_ABOUT = "PostgreSQL"


def is_closed(state: Path) -> bool:
    """Whether the private database is there, and closed to us."""
    root = Folders(state).root
    data = Folders(state).data
    return os.geteuid() != 0 and root.is_dir() and not (os.access(root, os.X_OK) and _is_ours(data))


def look(database: Database, state: Path, *, is_running: bool) -> Iterator[Finding]:
    """Judge what the next start finds. What keeps it from starting is raised as the error that the start would be."""
    folders = Folders(state)
    who = owner.choose(database.owner, data=folders.data)
    major = cluster.major(folders.data)
    copies = folders.binaries if folders.binaries.is_dir() else None
    found = binaries.find(who, named=database.binaries, cluster_major=major, copies=copies)
    if major is not None:
        yield from _rights(folders.data)
    if not who.is_caller and not found.is_wheel and (blocked := who.first_blocked(found.folder)):
        what = f"{who.name}, who runs the database, may not enter {blocked}, on the way to {found.folder}"
        yield trouble(_ABOUT, what, "the database does not start", f"chmod o+x {shlex.quote(str(blocked))}")
        return
    yield from _way(folders, who)
    yield ok(_ABOUT, _told(found, major, who.name, is_running=is_running))
    if not is_running:  # of one that runs, its own version is told
        yield from judge_release(found.major, found.minor)


def _way(folders: Folders, who: Owner) -> Iterator[Finding]:
    """Whoever runs the database must get to its data."""
    there = next(place for place in (folders.root, *folders.root.parents) if place.is_dir())
    if not who.is_caller and (blocked := who.first_blocked(there)):
        what = f"{who.name}, who runs the database, may not enter {blocked}, on the way to {folders.root}"
        yield trouble(_ABOUT, what, "the database does not start", f"chmod o+x {shlex.quote(str(blocked))}")


def _told(found: Binaries, major: int | None, who: str, *, is_running: bool) -> str:
    state = "runs" if is_running else "starts with scannerd" if major is not None else "is set up at the first start"
    return f"{found.major}.{found.minor} of {found.folder} {state}, as {who}"


def _rights(data: Path) -> Iterator[Finding]:
    """PostgreSQL refuses data that others may change or, but for its group, read."""
    mode = data.stat().st_mode & 0o777
    if mode not in (0o700, 0o750):
        what = f"{data} is open to others (mode {mode:03o})"
        yield trouble(_ABOUT, what, "PostgreSQL refuses to start on it", f"chmod 700 {shlex.quote(str(data))}")


def _is_ours(data: Path) -> bool:
    return not data.exists() or data.stat().st_uid == os.geteuid()
