"""List a library's root, folder by folder, in byte order of their paths: stamps, and errors as values.

Nothing is opened but ignore files. Links are followed, to files and to folders, but never in a circle. What cannot be
looked at is told as a `WalkError`: nothing may be concluded for what is known there. So is all that was not looked at
because the scan was stopped.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from scannerd.library.ignore import IGNORE_FILES, JUNK_FOLDERS, Ignore, IgnoreUnreadable, is_hidden
from scannerd.library.stamps import Stamp

logger = logging.getLogger(__name__)

STOPPED = "the scan was stopped before it came here"
"""The reason of a `WalkError` that is nobody's fault."""

# A broken link, a link in a circle, or gone since it was listed.
_NOT_THERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP))
_DOT = ord(".")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_Identity = tuple[int, int]  # device and inode


class FileSeen(NamedTuple):
    """A media file as a walk found it."""

    name: bytes
    stamp: Stamp


class Folder(NamedTuple):
    """A folder that was listed. Only the root is told of when it holds no media file."""

    path: bytes  # below the root: empty, or `Artist/Album/`
    files: list[FileSeen]  # by name
    trouble: str | None = None  # some file could not be looked at: those not in `files` may be there nevertheless


class WalkError(NamedTuple):
    """A folder that could not be listed: what is known of it and of all below it must not be judged."""

    path: bytes
    reason: str


class _Place(NamedTuple):
    """A folder still to be listed."""

    path: bytes
    ignore: Ignore
    way: tuple[_Identity, ...]  # the folders above it, and itself
    trouble: str | None = None  # why it cannot be listed, when that is known already


class _Listing(NamedTuple):
    """All that counts of one folder."""

    files: list[FileSeen]
    folders: list[tuple[bytes, _Identity]]
    unclear: list[tuple[os.DirEntry[bytes], str]]  # what could not be looked at, and why
    ignore_files: list[bytes]


def walk(
    root: bytes,
    *,
    suffixes: frozenset[bytes],
    ignore: Ignore,
    follow_mounts: bool,
    is_wanted: Callable[[bytes], bool] | None = None,
    stop: threading.Event | None = None,
    start: bytes = b"",
) -> Iterator[Folder | WalkError]:
    """Tell of every folder with files of these suffixes (`.mp3`, lower case); the root comes first.

    `is_wanted` says of their names which of them count, where not all do.

    With `start` (`Artist/Album/`) only of that folder and those below it, by the rules of all folders above it.
    """
    try:
        seen = os.stat(root)  # noqa: PTH116 - a Path cannot be made of bytes
    except OSError as exc:
        yield WalkError(b"", _why(exc))
        return
    walker = _Walker(root, suffixes, is_wanted, device=None if follow_mounts else seen.st_dev)
    waiting = [_Place(b"", ignore, ((seen.st_dev, seen.st_ino),))]
    while waiting:
        place = waiting.pop()
        if stop is not None and stop.is_set():
            # Ending here instead would look as if all that is still to come had vanished.
            place = place._replace(trouble=STOPPED)
        told, below = walker.look(place)
        if len(place.path) < len(start):  # above it
            told = told if isinstance(told, WalkError) else None
            below = [folder for folder in below if start.startswith(folder.path)]
        # Each path ends in a slash, so siblings in this order and parents first make the byte order of all paths.
        waiting.extend(sorted(below, reverse=True))
        if told is not None:
            yield told


class _Walker:
    """One walk's ways of looking at a folder."""

    def __init__(
        self,
        root: bytes,
        suffixes: frozenset[bytes],
        is_wanted: Callable[[bytes], bool] | None,
        *,
        device: int | None,
    ) -> None:
        self._root = root
        self._suffixes = suffixes
        self._is_wanted = is_wanted
        self._device = device  # the only one to be on; None: any

    def look(self, place: _Place) -> tuple[Folder | WalkError | None, list[_Place]]:
        """What there is to tell of a folder, and what is to be looked at below it."""
        if place.trouble is not None:
            return WalkError(place.path, place.trouble), []
        try:
            found = self._list(place)
            ignore = place.ignore
            if found.ignore_files:
                ignore = ignore.below(self._root, place.path, found.ignore_files)
        except OSError as exc:
            return WalkError(place.path, _why(exc)), []
        except IgnoreUnreadable as exc:
            return WalkError(place.path, str(exc)), []
        if ignore:
            found = _shown_by(ignore, place.path, found)
        path, way = place.path, place.way
        below = [_Place(path + name + b"/", ignore, (*way, identity)) for name, identity in found.folders]
        troubles: list[str] = []
        for entry, why in found.unclear:
            if self._counts(entry.name):
                troubles.append(why)
            if _may_be_folder(entry):
                below.append(_Place(path + entry.name + b"/", ignore, way, why))
        if found.files or troubles or not path:
            return Folder(path, found.files, min(troubles, default=None)), below
        return None, below

    def _list(self, place: _Place) -> _Listing:
        """The loop that every file of the library goes through at every scan: one stat each, and `_counts` inlined."""
        suffixes, is_wanted, found = self._suffixes, self._is_wanted, _Listing([], [], [], [])
        with os.scandir(self._root + b"/" + place.path) as entries:
            for entry in entries:
                name = entry.name
                if name[0] == _DOT and is_hidden(name):
                    if name in IGNORE_FILES and entry.is_file():
                        found.ignore_files.append(name)
                    continue
                try:
                    if name[name.rfind(b".") :].lower() in suffixes and (is_wanted is None or is_wanted(name)):
                        seen = entry.stat()
                        if S_ISREG(seen.st_mode):
                            found.files.append(tuple.__new__(FileSeen, (name, Stamp.of(seen))))
                        elif S_ISDIR(seen.st_mode):
                            self._add_folder(found, place, name, seen)
                    elif entry.is_dir():
                        self._add_folder(found, place, name, entry.stat())
                except OSError as exc:
                    if exc.errno not in _NOT_THERE:
                        found.unclear.append((entry, f"{shown(name)} cannot be looked at: {_words(exc)}"))
        found.files.sort()
        return found

    def _counts(self, name: bytes) -> bool:
        # Without a dot it is the last letter that is looked up, which is no suffix either.
        return name[name.rfind(b".") :].lower() in self._suffixes and (self._is_wanted is None or self._is_wanted(name))

    def _add_folder(self, found: _Listing, place: _Place, name: bytes, seen: os.stat_result) -> None:
        if name.lower() in JUNK_FOLDERS:
            return
        identity = seen.st_dev, seen.st_ino
        if self._device is not None and seen.st_dev != self._device:
            logger.debug("skipped %s: it lies on another file system", shown(place.path + name))
        elif identity in place.way:
            logger.debug("skipped %s: it leads back to a folder above it", shown(place.path + name))
        else:
            found.folders.append((name, identity))


def _shown_by(ignore: Ignore, path: bytes, found: _Listing) -> _Listing:
    """The same without what the ignore patterns leave out."""
    return found._replace(
        files=[file for file in found.files if not ignore.hides(path + file.name)],
        folders=[folder for folder in found.folders if not ignore.hides(path + folder[0] + b"/")],
        # Nobody knows whether it is a file or a folder: `hides` of a folder's path is true where a file's is.
        unclear=[odd for odd in found.unclear if not ignore.hides(path + odd[0].name + b"/")],
    )


def _may_be_folder(entry: os.DirEntry[bytes]) -> bool:
    """Only what the listing itself calls a file is surely none; a link that cannot be followed may lead to a folder."""
    if entry.name.lower() in JUNK_FOLDERS:
        return False
    try:
        return not entry.is_file(follow_symlinks=False)
    except OSError:
        return True


def _why(exc: OSError) -> str:
    return f"cannot be listed: {_words(exc)}"


def _words(exc: OSError) -> str:
    return (exc.strerror or str(exc)).lower()


def shown(path: bytes) -> str:
    """A path for people: NFC, on one line, what is no UTF-8 spelled `\\xff`."""
    text = unicodedata.normalize("NFC", path.decode("utf-8", "backslashreplace"))
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
