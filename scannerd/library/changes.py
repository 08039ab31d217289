"""Compare what a walk found with what is known, folder by folder. Pure: reads no disk, no database and no clock.

Stamps are compared for equality, never for order: a clock that was wrong, or a copy that kept its times, hides nothing.
Both sides come in byte order of their folders and are held one folder at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from scannerd.library.stamps import Stamp
from scannerd.library.walk import FileSeen, Folder, WalkError

_SECOND = 1_000_000_000
GRAINS_NS = (_SECOND, 2 * _SECOND)
"""Units in which coarse file systems keep times: HFS+ and many shares, FAT."""

_Placed = TypeVar("_Placed", Folder | WalkError, tuple[bytes, "list[Known]"])  # the path of a folder comes first


class Known(NamedTuple):
    """A file as the database has it; flat, and in this order, so that a row of it is one without further work."""

    name: bytes
    file_id: int
    size: int
    mtime_ns: int
    inode: int
    is_missing: bool
    is_trusted: bool  # False: it is parsed again, even if its stamp is the same


@dataclass(slots=True)
class FolderChanges:
    """What became of one folder's files. Each is in one list or counted as unchanged, but for `back`, see there."""

    path: bytes
    new: list[FileSeen] = field(default_factory=list)
    changed: list[tuple[int, FileSeen]] = field(default_factory=list)  # to be parsed again; missing ones are back too
    doubtful: list[tuple[int, FileSeen]] = field(default_factory=list)  # the content hash tells
    back: list[int] = field(default_factory=list)  # missing no longer; may stand in `rebased` too
    rebased: list[tuple[int, FileSeen]] = field(default_factory=list)  # the same with a new inode
    vanished: list[int] = field(default_factory=list)  # those not marked missing before
    unchanged: int = 0
    seen: int = 0
    error: WalkError | None = None  # what is known here, or below, was not all judged


def compare(
    found: Iterable[Folder | WalkError],
    known: Iterable[tuple[bytes, list[Known]]],
    *,
    same_device: bool,
    now_ns: int,
) -> Iterator[FolderChanges]:
    """What is new, changed, doubtful, back or gone, for each folder where there is anything to tell or to count."""
    judge = _Judge(same_device=same_device, now_ns=now_ns)
    rows = _in_order(known)
    row = next(rows, None)
    for place in _in_order(found):
        while row is not None and row[0] < place[0]:
            yield from _all_gone(*row)
            row = next(rows, None)
        if isinstance(place, WalkError):
            while row is not None and row[0].startswith(place.path):
                row = next(rows, None)
            yield FolderChanges(place.path, error=place)
            continue
        files: list[Known] = []
        if row is not None and row[0] == place.path:
            files = row[1]
            row = next(rows, None)
        changes = judge.compare(place, files)
        if changes.seen or changes.vanished or changes.error is not None:
            yield changes
    while row is not None:
        yield from _all_gone(*row)
        row = next(rows, None)


class _Judge(NamedTuple):
    """The rules for one file, and what they depend on."""

    same_device: bool
    now_ns: int

    def compare(self, folder: Folder, known: list[Known]) -> FolderChanges:
        """One folder that was listed."""
        changes = FolderChanges(folder.path, seen=len(folder.files))
        left = {file.name: file for file in known}
        oldest_racy = self.now_ns - GRAINS_NS[-1]
        for file in folder.files:
            before = left.pop(file.name, None)
            if before is None:
                changes.new.append(file)
            elif before[2:] == (*file.stamp, False, True) and file.stamp.mtime_ns <= oldest_racy:
                changes.unchanged += 1  # what nearly every file comes to: told apart at once, by one comparison
            else:
                self._sort_in(file, before, changes)
        if folder.trouble is None:
            changes.vanished = [file.file_id for file in left.values() if not file.is_missing]
        else:
            changes.error = WalkError(folder.path, folder.trouble)
        return changes

    def _sort_in(self, file: FileSeen, before: Known, changes: FolderChanges) -> None:
        stamp, pair = file.stamp, (before.file_id, file)
        same_inode = before.inode == stamp.inode
        # A file that comes back is parsed when in doubt: it was away, and nobody knows what for.
        unsure = changes.changed if before.is_missing else changes.doubtful
        if not before.is_trusted or before.size != stamp.size:
            changes.changed.append(pair)
        elif before.mtime_ns != stamp.mtime_ns:
            rounded = _may_be_rounded(before.mtime_ns, stamp.mtime_ns)
            (unsure if rounded else changes.changed).append(pair)
        elif self._is_racy(stamp) or (self.same_device and not same_inode):
            unsure.append(pair)
        else:
            if before.is_missing:
                changes.back.append(before.file_id)
            if not same_inode:
                changes.rebased.append(pair)
            elif not before.is_missing:
                changes.unchanged += 1

    def _is_racy(self, stamp: Stamp) -> bool:
        """Whether the file may have been written once more since, within the same unit of a coarse clock."""
        age = self.now_ns - stamp.mtime_ns
        return any(0 <= age < grain and stamp.mtime_ns % grain == 0 for grain in GRAINS_NS)


def _may_be_rounded(one: int, other: int) -> bool:
    """Whether one time can be the other as a coarse file system keeps it, rounded up or down."""
    apart = abs(one - other)
    return any(apart < grain and 0 in (one % grain, other % grain) for grain in GRAINS_NS)


def _in_order(folders: Iterable[_Placed]) -> Iterator[_Placed]:
    """The same, checked: out of order, a comparison would tell thousands of files missing."""
    last: bytes | None = None
    for folder in folders:
        path = folder[0]
        if last is not None and path <= last:
            raise ValueError(f"folder {path!r} comes after {last!r}")
        last = path
        yield folder


def _all_gone(path: bytes, known: list[Known]) -> Iterator[FolderChanges]:
    gone = [file.file_id for file in known if not file.is_missing]
    if gone:
        yield FolderChanges(path, vanished=gone)
