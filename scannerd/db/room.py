"""A full disk, the one trouble with files that passes by waiting: told from the others, and put into words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from scannerd.errors import DatabaseUnavailable

_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_WORDS = (*map(os.strerror, _NUMBERS), "wrote only ")  # PostgreSQL says the last of a page that found half its room
_WAL_SEGMENT = 16 * 1024 * 1024
"""What PostgreSQL writes first of all, in bytes."""


def is_full(told: OSError | str) -> bool:
    """Whether an error, or what a program of PostgreSQL said, speaks of a full disk or a used-up quota."""
    return getattr(told, "errno", None) in _NUMBERS or any(word in str(told) for word in _WORDS)


def has_no_room(folder: Path) -> bool:
    """Whether a server that cannot even write its log would find no room in this folder."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < _WAL_SEGMENT


def no_room(place: Path | str) -> DatabaseUnavailable:
    """Say so."""
    return DatabaseUnavailable(f"the disk is full: there is no room for {place}", hint="make room on that disk")
