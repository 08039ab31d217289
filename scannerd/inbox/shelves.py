"""Where a file goes when it is finished: a name of its own on the shelf, and its report beside it."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from scannerd.inbox.folders import opened
from scannerd.inbox.moving import is_unchanged, move, remove, write_whole
from scannerd.inbox.passing import remove_abandoned
from scannerd.inbox.settle import Stamp

REPORT = ".report.txt"
WHY = ".why.txt"
_ROOM = len("-0123abcd-9999") + len(REPORT)
_LONGEST_EXTENSION = 16


def shelve(
    source: Path, shelf: Path, *, stamp: Stamp, sha256: bytes, resumed: bool = False, below: Path | None = None
) -> Path | None:
    """Move a file to a shelf and return where it lies; None when it is no longer the file with this stamp.

    `resumed` says that an earlier run may have got as far as the shelf: the same bytes under one of the file's names
    are then that earlier move, of which only the removal of the source is left. From `below` on, no link is followed.
    """
    if not is_unchanged(source, stamp):
        return None
    with opened(shelf, below=below, make=True) as held:
        if resumed and (earlier := _find(held, source.name, sha256)) is not None:
            remove(source, stamp)
            return shelf / earlier
        while True:
            name = next(_free_names(held, source.name, sha256))
            try:
                return shelf / name if move(source, held / name, stamp=stamp, sha256=sha256) else None
            except FileExistsError:
                continue  # taken since we looked


def find_shelved(shelf: Path, name: str, sha256: bytes, *, below: Path | None = None) -> Path | None:
    """The file with these bytes that an earlier run shelved under this name or one made from it."""
    try:
        with opened(shelf, below=below) as held:
            found = _find(held, name, sha256)
    except FileNotFoundError:
        return None
    return shelf / found if found is not None else None


def _find(shelf: Path, name: str, sha256: bytes) -> str | None:
    own = _safe(shelf, name)
    for candidate in _names(shelf, name, sha256):
        # Names are given out in order; only the first may have become free again since.
        if candidate != own and not _is_taken(shelf, candidate):
            return None
        target = shelf / candidate
        if target.is_file() and not target.is_symlink() and _sha256(target) == sha256:
            return candidate
    return None


def write_report(shelved: Path, suffix: str, text: str, *, below: Path | None = None) -> Path:
    """Write `NAME.report.txt` or `NAME.why.txt` whole or not at all; an earlier report of this file is replaced."""
    name = shelved.name + suffix
    with opened(shelved.parent, below=below) as held:
        # A name that is no UTF-8 may be quoted in the text.
        write_whole(held / name, text.encode("utf-8", "backslashreplace"))
    return shelved.with_name(name)


def clear_shelf(shelf: Path, *, now: float) -> int:
    """Remove what writers that were killed left on the shelf and in its listeners' folders; `now` is the wall clock."""
    with os.scandir(shelf) as entries:
        below = [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return sum(remove_abandoned(folder, now=now) for folder in (shelf, *below))


def _free_names(shelf: Path, name: str, sha256: bytes) -> Iterator[str]:
    return (candidate for candidate in _names(shelf, name, sha256) if not _is_taken(shelf, candidate))


def _is_taken(shelf: Path, name: str) -> bool:
    """Whether a file of that name, or a report about one, lies there."""
    return any(os.path.lexists(shelf / (name + suffix)) for suffix in ("", REPORT, WHY))


def _names(shelf: Path, name: str, sha256: bytes) -> Iterator[str]:
    """The file's own name, then that with eight digits of its hash, then numbered."""
    safe = _safe(shelf, name)
    stem, dot, extension = safe.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = safe, "", ""
    marked = f"{stem}-{sha256.hex()[:8]}"
    yield safe
    yield marked + dot + extension
    yield from (f"{marked}-{number}{dot}{extension}" for number in itertools.count(2))


def _safe(shelf: Path, name: str) -> str:
    """A name no terminal stumbles over and Samba can show, short enough for a report's name beside it."""
    safe = "".join(char if char.isprintable() else "_" for char in name)
    room = os.pathconf(shelf, "PC_NAME_MAX") - _ROOM
    if len(safe.encode()) <= room:
        return safe
    extension = Path(safe).suffix if len(Path(safe).suffix) <= _LONGEST_EXTENSION else ""
    return safe.encode()[: room - len(extension.encode())].decode("utf-8", "ignore") + extension


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
