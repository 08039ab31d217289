"""A process of its own that hears of changes below the roots of libraries, and says which folders they are in.

To set up a watch, the kernel is asked for every folder below it, and Python stands still meanwhile: minutes, for a
large library on cold disks. The daemon must not. Nor may it end with the watch, which dies of a name that is no UTF-8.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scannerd.hearing.follower import Changed, Follower, Pauses, Word
from scannerd.library.due import outermost
from scannerd.library.ignore import IGNORE_FILES, JUNK_FOLDERS, is_hidden
from scannerd.library.worker import leave_with_parent
from scannerd.mounts import is_network_drive

if TYPE_CHECKING:
    from watchfiles.main import FileChange

__all__ = ["ALIVE_EVERY", "NETWORK_DRIVE", "Word", "changed_folders"]

NETWORK_DRIVE = b"a network drive"
ALIVE_EVERY = 20.0
"""Seconds from one sign of life to the next: the name of no root."""
_CHECK_EVERY = 2.0
_STOOD_STILL = 10.0  # seconds after which it was this process that did not get on, and no drive
_PAUSES = Pauses(60.0, 3600.0)  # before a watch that broke is made anew, which is dear
_ADDED_OR_MODIFIED = (1, 2)

Say = Callable[[bytes, Word, bytes], None]
"""Takes a root, the word, and what there is to say with it."""


def main() -> None:
    """Follow the roots named on the command line until the parent ends."""
    parent, suffixes, *roots = sys.argv[1:]
    leave_with_parent(int(parent))
    threading.excepthook = _end_of_one
    say = _speaker()
    wanted = frozenset(os.fsencode(suffixes).split(b","))
    followers = [
        _follower(os.fsencode(root), way, wanted, say) for way, _, root in (one.partition(":") for one in roots)
    ]
    for follower in followers:
        follower.start()
    _tick(followers, say)


def _speaker() -> Say:
    lock = threading.Lock()

    def say(root: bytes, word: Word, what: bytes) -> None:
        said = b"%b\0%b\0%b\0" % (root, word.encode(), what)
        with lock:
            try:
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
            except BrokenPipeError:  # nobody listens any more
                os._exit(0)

    return say


def _follower(root: bytes, way: str, suffixes: frozenset[bytes], say: Say) -> Follower:
    def tell(word: Word, what: bytes) -> None:
        say(root, word, what)

    def why_not() -> bytes:
        return NETWORK_DRIVE if way != "any" and is_network_drive(Path(os.fsdecode(root))) else b""

    return Follower(root, tell, changed=_changes_below(root, suffixes), why_not=why_not, pauses=_PAUSES)


def _tick(followers: list[Follower], say: Say) -> None:
    """Say that this goes on, and which drives do not."""
    said_at = time.monotonic()
    while True:
        began = time.monotonic()
        time.sleep(_CHECK_EVERY)
        now = time.monotonic()
        if now - began > _STOOD_STILL:  # what seems silent had no chance to speak
            continue
        for follower in followers:
            follower.check()
        if now - said_at >= ALIVE_EVERY:
            say(b"", Word.HEARING, b"")
            said_at = now


def _end_of_one(args: threading.ExceptHookArgs) -> None:
    """A root that nobody follows any more would seem to be quiet: rather all of them anew."""
    traceback.print_exception(args.exc_value)
    os._exit(1)


def _changes_below(root: bytes, suffixes: frozenset[bytes]) -> Changed:
    def changed(changes: Iterable[FileChange]) -> Iterable[bytes]:
        heard = ((change in _ADDED_OR_MODIFIED, os.fsencode(path)) for change, path in changes)
        return changed_folders(root, heard, suffixes)

    return changed


def changed_folders(root: bytes, changes: Iterable[tuple[bool, bytes]], suffixes: frozenset[bytes]) -> list[bytes]:
    """The outermost folders below the root (`Artist/Album/`) that a scan would find changed; each change says
    whether the path is still there."""
    found = {folder for is_there, path in changes for folder in _changed(root, path, suffixes, is_there=is_there)}
    return [folder for _, folder in outermost([(root, folder) for folder in found])]


def _changed(root: bytes, path: bytes, suffixes: frozenset[bytes], *, is_there: bool) -> Iterator[bytes]:
    below = path.removeprefix(root).strip(b"/")
    *folders, name = below.split(b"/")
    if any(_is_passed_over(folder) for folder in folders):
        return
    if not _is_passed_over(name) and os.path.isdir(path):  # noqa: PTH112 - a Path cannot be made of bytes
        yield below + b"/" if below else b""
        return
    # Of what is gone nobody knows any more whether it was a folder.
    is_media = not is_there or name[name.rfind(b".") :].lower() in suffixes
    if name in IGNORE_FILES or (is_media and not _is_passed_over(name)):
        while folders and not os.path.isdir(root + b"/" + b"/".join(folders)):  # noqa: PTH112
            folders.pop()
        yield b"/".join([*folders, b""])


def _is_passed_over(name: bytes) -> bool:
    return is_hidden(name) or name.lower() in JUNK_FOLDERS


if __name__ == "__main__":
    main()
