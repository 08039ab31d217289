"""A glance at a library: how many folders, which names are odd, within a moment however large it is."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field

_MOST_KEPT = 200
_COMICS = (b".cbr", b".rar")


@dataclass(slots=True)
class Sample:
    """What was seen until the time was up."""

    folders: int = 0
    files: int = 0
    is_whole: bool = False
    packed_comics: int = 0
    odd_names: list[bytes] = field(default_factory=list)  # that are no UTF-8
    some: list[bytes] = field(default_factory=list)  # folders and files, for a look at their rights
    closed: list[bytes] = field(default_factory=list)  # folders that could not be listed by us


def glance(root: bytes, *, seconds: float) -> Sample:
    """Folders first come, first looked at, so that what was not reached lies deepest. OSError for the root itself."""
    until, seen = time.monotonic() + seconds, Sample()
    waiting = deque([root])
    _list(root, seen, waiting)
    waiting.popleft()
    while waiting:
        if time.monotonic() > until:
            return seen
        folder = waiting.popleft()
        try:
            _list(folder, seen, waiting)
        except OSError:
            seen.closed.append(folder)
    seen.is_whole = True
    return seen


def _list(folder: bytes, seen: Sample, waiting: deque[bytes]) -> None:
    with os.scandir(folder) as entries:
        seen.folders += 1
        _keep(folder, seen)
        for entry in entries:
            if not _is_utf8(entry.name):
                seen.odd_names.append(entry.path)
            # Links are not followed: this is an estimate, and must not go in circles.
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                seen.files += 1
                seen.packed_comics += entry.name[-4:].lower() in _COMICS
                if not seen.files % 20:
                    _keep(entry.path, seen)


def _keep(path: bytes, seen: Sample) -> None:
    if len(seen.some) < _MOST_KEPT:
        seen.some.append(path)


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
