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
from dataclasses import dataclass, field
from operator import itemgetter
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


@dataclass(frozen=True, slots=True)
class Listing:
    """All that lies in the drop folder."""

    candidates: list[Candidate] = field(default_factory=list)
    oddities: list[Oddity] = field(default_factory=list)


def list_drop(folder: Path, *, ignore: Collection[str] = (), shelves: Collection[Path] = ()) -> Listing:
    """Read the whole folder; an OSError means that the folder itself cannot be read, so nothing is known about it."""
    listing = Listing()
    ignored = _matcher([*ignore, f"{PREFIX}*"])
    shelf_ids = frozenset(_identities(shelves))
    waiting: list[tuple[Path, str | None]] = []

    def sort_in(path: Path, seen: os.stat_result, listener: str | None) -> None:
        if ignored.fullmatch(path.name.casefold()) or (seen.st_dev, seen.st_ino) in shelf_ids:
            return
        if stat.S_ISREG(seen.st_mode):
            listing.candidates.append(Candidate(path, listener, Stamp.of(seen)))
        elif not stat.S_ISDIR(seen.st_mode):
            listing.oddities.append(Oddity(path, _why(seen.st_mode)))
        elif path.parent != folder or _is_export_folder(path.name):
            waiting.append((path, listener))
        elif (owner := _listener(path.name)) is not None:
            waiting.append((path, owner))
        else:
            why = "" if _is_utf8(path.name) else " is not UTF-8 and"
            listing.oddities.append(Oddity(path, f"is a folder whose name{why} names no listener"))

    for path, seen in _entries(folder, listing.oddities):
        sort_in(path, seen, None)
    while waiting:
        place, listener = waiting.pop()
        try:
            entries = _entries(place, listing.oddities)
        except OSError as exc:
            listing.oddities.append(_unreadable(place, exc))
            continue
        for path, seen in entries:
            sort_in(path, seen, listener)
    return listing


def listener_at(folder: Path, path: Path) -> str | None:
    """The listener in whose sub-folder of the drop folder a file lies, or lay, by the rule of the listing."""
    first, *below = path.relative_to(folder).parts
    return _listener(first) if below and not _is_export_folder(first) else None


def _entries(place: Path, oddities: list[Oddity]) -> list[tuple[Path, os.stat_result]]:
    """Everything in one folder with its own stat, sorted; what vanishes meanwhile was never there."""
    found = []
    with os.scandir(place) as entries:
        for entry in entries:
            try:
                found.append((place / entry.name, entry.stat(follow_symlinks=False)))
            except FileNotFoundError:
                continue
            except OSError as exc:
                oddities.append(_unreadable(place / entry.name, exc))
    return sorted(found, key=itemgetter(0))


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
