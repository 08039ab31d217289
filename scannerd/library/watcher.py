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
from enum import StrEnum
from pathlib import Path

from scannerd.library.due import outermost
from scannerd.library.ignore import IGNORE_FILES, JUNK_FOLDERS, is_hidden
from scannerd.library.worker import leave_with_parent
from scannerd.mounts import is_network_drive

FIRST_PAUSE = 60.0
LONGEST_PAUSE = 3600.0
"""Seconds before a watch that broke is made anew, which is dear: at first, and at most."""
_LONG_LIFE = 600.0  # of a watch that broke for some other reason than the one before it
_AWAY_SECONDS = 2.0  # between two looks for a root that is not there
_SHARE_SECONDS = 10.0  # between two looks whether the same network drive is there
_TICK_MS = 1000  # how often it is seen whether the root is still the same
_STEP_MS = 100  # how often an idle watch wakes; a change is told of after one to two steps
_ADDED_OR_MODIFIED = (1, 2)


class Word(StrEnum):
    """What there is to say of a root."""

    HEARING = "hearing"  # from now on; what changed before is not known
    DEAF = "deaf"  # for the reason told: it must be looked at every so often
    AWAY = "away"
    CHANGED = "changed"  # in this folder, or below it


Tell = Callable[[bytes, Word, bytes], None]
"""Takes a root, the word, and the reason or the folder."""

Place = tuple[int, int]


def main() -> None:
    """Follow the roots named on the command line until the parent ends."""
    parent, suffixes, *roots = sys.argv[1:]
    leave_with_parent(int(parent))
    threading.excepthook = _end_of_one
    lock = threading.Lock()
    wanted = frozenset(os.fsencode(suffixes).split(b","))

    def tell(root: bytes, word: Word, what: bytes) -> None:
        said = b"%b\0%b\0%b\0" % (root, word.encode(), what)
        with lock:
            try:
                sys.stdout.buffer.write(said)
                sys.stdout.buffer.flush()
            except BrokenPipeError:  # nobody listens any more
                os._exit(0)

    for way, _, root in (root.partition(":") for root in roots):
        follower = Follower(os.fsencode(root), wanted, tell, any_drive=way == "any")
        threading.Thread(target=follower.follow, daemon=True).start()
    threading.Event().wait()


def _end_of_one(args: threading.ExceptHookArgs) -> None:
    """A root that nobody follows any more would seem to be quiet: rather all of them anew."""
    traceback.print_exception(args.exc_value)
    os._exit(1)


class Follower:
    """Hears of one root, wherever it goes and whenever it comes back."""

    def __init__(self, root: bytes, suffixes: frozenset[bytes], tell: Tell, *, any_drive: bool) -> None:
        self._root = root
        self._suffixes = suffixes
        self._tell = tell
        self._any_drive = any_drive
        self._pause = FIRST_PAUSE

    def follow(self) -> None:
        """Never ends."""
        said_away = False
        while True:
            place = place_of(self._root)
            if place is None:
                if not said_away:
                    self._tell(self._root, Word.AWAY, b"")
                said_away = True
                time.sleep(_AWAY_SECONDS)
                continue
            said_away = False
            self._follow(place)

    def _follow(self, place: Place) -> None:
        """For as long as the same folder lies there."""
        if not self._any_drive and is_network_drive(Path(os.fsdecode(self._root))):
            self._tell(self._root, Word.DEAF, b"")
            while place_of(self._root) == place:
                time.sleep(_SHARE_SECONDS)
            return
        began = time.monotonic()
        try:
            self._hear(place)
        except (OSError, RuntimeError) as exc:
            self._tell(self._root, Word.DEAF, _why(exc))
            if time.monotonic() - began > _LONG_LIFE:
                self._pause = FIRST_PAUSE
            time.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _hear(self, place: Place) -> None:
        from watchfiles import watch

        is_hearing = False
        # One watch for as long as it lives: what happens between two of them is heard by neither.
        for changes in watch(
            os.fsdecode(self._root),
            watch_filter=None,
            step=_STEP_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if not is_hearing:
                self._tell(self._root, Word.HEARING, b"")
                is_hearing = True
            if place_of(self._root) != place:
                return
            heard = ((change in _ADDED_OR_MODIFIED, os.fsencode(path)) for change, path in changes)
            for folder in changed_folders(self._root, heard, self._suffixes):
                self._tell(self._root, Word.CHANGED, folder)


def _why(exc: BaseException) -> bytes:
    text = " ".join(str(exc).split())
    if "watch limit" in text:
        text += "; the system allows more by its setting fs.inotify.max_user_watches"
    return text.encode("utf-8", "replace")


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


def place_of(root: bytes) -> Place | None:
    """Which folder lies there now: one that was replaced or mounted over would stay silent."""
    try:
        seen = os.stat(root)  # noqa: PTH116 - a Path cannot be made of bytes
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


if __name__ == "__main__":
    main()
