"""The folders to be watched below a root, and how to ask for them so that one that is closed does not end the asking.

Whoever sets up a watch of a whole tree stops at the first folder that it may not read, and says nothing: what comes
after it would not be heard.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from scannerd.hearing.lookout import Place, place_of


@dataclass(frozen=True, slots=True)
class Tree:
    """What is to be watched."""

    folders: int  # that can be read; links are followed
    paths: tuple[bytes, ...]  # each with all below it; together all that can be read


def tree_of(root: bytes, stop: threading.Event) -> Tree:
    """Look through all folders below the root, as far as they can be read. PermissionError where the root cannot."""
    os.scandir(root).close()
    seen: set[Place] = set()
    closed: set[bytes] = set()
    waiting, linked = [root], list[bytes]()
    while (waiting or linked) and not stop.is_set():
        folder = waiting.pop() if waiting else linked.pop()  # links come last, for most lead to what is met anyway
        place = place_of(folder)
        if place is None or place in seen:
            continue
        try:
            for entry in _entries(folder):
                (linked if entry.is_symlink() else waiting).append(entry.path)
            seen.add(place)
        except PermissionError:
            closed.add(folder)
        except OSError:  # it went meanwhile
            continue
    return Tree(len(seen), (root, *_around(root, closed)))


def _entries(folder: bytes) -> Iterator[os.DirEntry[bytes]]:
    with os.scandir(folder) as entries:
        yield from filter(_is_folder, entries)


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, or into what is closed
        return False


def _around(root: bytes, closed: Collection[bytes]) -> Iterator[bytes]:
    """The folders above closed ones, and what lies beside them."""
    above = {parent for folder in closed for parent in _parents(root, folder)}
    for folder in sorted(above):
        yield folder
        try:
            beside = sorted(entry.path for entry in _entries(folder))
        except OSError:
            continue
        yield from (path for path in beside if path not in above and path not in closed)


def _parents(root: bytes, folder: bytes) -> Iterator[bytes]:
    while len(folder) > len(root):
        folder = os.path.dirname(folder)  # noqa: PTH120 - a Path cannot be made of bytes
        yield folder
