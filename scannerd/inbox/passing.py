"""Files of our own that are only passing: a copy or a report before it gets its name.

Each is locked for as long as its writer lives. Whoever finds one that is not locked knows that nobody will finish it,
whichever daemon it was and whenever it was killed.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

LONGEST_WRITE = 24 * 3600
"""Seconds after which nobody writes any more, where a drive knows no locks."""

PREFIX = ".scannerd-"
"""How the names of passing files begin, in whatever folder."""

_SUFFIX = ".tmp"


@contextmanager
def passing_file(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file to write to and to rename; under the name it was made with, it is gone afterwards."""
    path, file = _locked_file(folder)
    with file:
        try:
            yield path, file
        finally:
            path.unlink(missing_ok=True)


def remove_abandoned(folder: Path, *, now: float) -> int:
    """Remove what writers that were killed left right in this folder; `now` is the wall clock."""
    with os.scandir(folder) as entries:  # one by one: there may be a million others
        ours = [Path(entry) for entry in entries if entry.name.startswith(PREFIX) and entry.name.endswith(_SUFFIX)]
    return sum(_remove_abandoned(path, now) for path in ours)


def _locked_file(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=_SUFFIX, dir=folder)
        with suppress(OSError):  # some network drives know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return Path(name), os.fdopen(handle, "wb")
        os.close(handle)  # removed as abandoned, in the moment before it was locked


def _remove_abandoned(path: Path, now: float) -> bool:
    try:
        # For writing, because NFS gives no such lock to readers.
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False  # finished just now, or nothing of ours
    try:
        if not _is_abandoned(handle, now):
            return False
        path.unlink(missing_ok=True)
        return True
    finally:
        os.close(handle)


def _is_abandoned(handle: int, now: float) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return now - os.fstat(handle).st_mtime > LONGEST_WRITE
    return True
