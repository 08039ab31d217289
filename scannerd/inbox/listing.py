"""One look at the drop folder: which files lie there, whose they are, and what lies there that is no file.

A sub-folder belongs to the listener it is named after, with everything below it; a folder that carries the name
exporters give their own (somebody unzipped an export here) belongs to nobody in particular. Links are never followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from scannerd.inbox.passing import PREFIX
from scannerd.inbox.settle import Stamp
from scannerd.model.names import clean

EXPORT_FOLDERS = (
    "my_spotify_data*",
    "spotify extended streaming history*",
    "spotify account data*",
    "mydata",
    "listenbrainz_*",
    "__macosx",
)
"""What services call the folder inside their archives; no listener has such a name."""

_KINDS = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFBLK: "a device", stat.S_IFCHR: "a device"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A regular file of the drop folder."""

    path: Path  # may hold what is no UTF-8, as lone surrogates
    listener: str | None  # None: the default listener
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something that is not taken in, and why; worth one warning."""

    path: Path
    why: str


def list_drop(
    folder: Path, *, ignore: Collection[str] = (), shelves: Collection[Path] = ()
) -> Iterator[Candidate | Oddity]:
    """All that lies in the folder, as it is found: there may be a million.

    An OSError means that the folder itself cannot be read, so nothing is known about it.
    """
    return _Look(folder, _matcher([*ignore, f"{PREFIX}*"]), frozenset(_identities(shelves))).all()


class _Look:
    """One walk through the drop folder."""

    def __init__(self, folder: Path, ignored: re.Pattern[str], shelf_ids: frozenset[tuple[int, int]]) -> None:
        self._folder = folder
        self._ignored = ignored
        self._shelf_ids = shelf_ids
        self._waiting: list[tuple[Path, str | None]] = []

    def all(self) -> Iterator[Candidate | Oddity]:
        yield from self._list(self._folder, None)
        while self._waiting:
            place, listener = self._waiting.pop()
            try:
                yield from self._list(place, listener)
            except OSError as exc:
                yield _unreadable(place, exc)

    def _list(self, place: Path, listener: str | None) -> Iterator[Candidate | Oddity]:
        for entry in _entries(place):
            found = entry if isinstance(entry, Oddity) else self._sort_in(*entry, listener)
            if found is not None:
                yield found

    def _sort_in(self, path: Path, seen: os.stat_result, listener: str | None) -> Candidate | Oddity | None:
        if self._ignored.fullmatch(path.name.casefold()) or (seen.st_dev, seen.st_ino) in self._shelf_ids:
            return None
        if stat.S_ISREG(seen.st_mode):
            return Candidate(path, listener, Stamp.of(seen))
        if not stat.S_ISDIR(seen.st_mode):
            return Oddity(path, _why(seen.st_mode))
        if path.parent == self._folder and not _is_export_folder(path.name):
            listener = _listener(path.name)
            if listener is None:
                why = "" if _is_utf8(path.name) else " is not UTF-8 and"
                return Oddity(path, f"is a folder whose name{why} names no listener")
        self._waiting.append((path, listener))
        return None


def listener_at(folder: Path, path: Path) -> str | None:
    """The listener in whose sub-folder of the drop folder a file lies, or lay, by the rule of the listing."""
    first, *below = path.relative_to(folder).parts
    return _listener(first) if below and not _is_export_folder(first) else None


def _entries(place: Path) -> Iterator[tuple[Path, os.stat_result] | Oddity]:
    """Everything in one folder with its own stat; what vanishes meanwhile was never there."""
    with os.scandir(place) as entries:
        for entry in entries:
            try:
                yield place / entry.name, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError as exc:
                yield _unreadable(place / entry.name, exc)


def _unreadable(path: Path, exc: OSError) -> Oddity:
    return Oddity(path, f"cannot be read: {(exc.strerror or str(exc)).lower()}")


def _matcher(patterns: Collection[str]) -> re.Pattern[str]:
    """One expression for all patterns, in any case: Windows writes `THUMBS.DB` too."""
    return re.compile("|".join(fnmatch.translate(pattern.casefold()) for pattern in patterns) or r"(?!)")


_EXPORT_FOLDER = _matcher(EXPORT_FOLDERS)


def _is_export_folder(name: str) -> bool:
    return _EXPORT_FOLDER.fullmatch(name.casefold()) is not None


def _listener(name: str) -> str | None:
    """The listener a folder is named after, spelled in one way: macOS sends accents as letters of their own."""
    if not _is_utf8(name):
        return None
    listener = clean(unicodedata.normalize("NFC", name))
    # It names a folder on the shelves too, which must not be one of those above.
    return None if listener in {"", ".", ".."} or "/" in listener else listener


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _identities(folders: Collection[Path]) -> Iterator[tuple[int, int]]:
    """Shelves are known by what they are, not by how they are spelled."""
    for folder in folders:
        try:
            seen = folder.stat()
        except OSError:
            continue
        yield seen.st_dev, seen.st_ino


def _why(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "is a symbolic link, which is never followed: put the file itself here"
    return f"is {_KINDS.get(stat.S_IFMT(mode), 'no file')}"
