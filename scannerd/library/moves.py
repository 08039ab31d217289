"""Moved and renamed files: new here, gone there, and the same by stamp and content. They keep their row.

A new file is an old one that went away when size and time are the same, and its inode too (renamed on one file
system), or else the hash of head and tail. A file that still lies where it lay was copied, not moved.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from psycopg import Connection

from scannerd.db.queries import load, run
from scannerd.library.stamps import Stamp, content_hash

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class MoveCandidate:
    """A new file, and a known one of the same size and time."""

    root_id: int
    folder: bytes
    name: bytes
    stamp: Stamp
    file_id: int
    old_inode: int
    old_hash: bytes | None
    old_path: bytes
    is_gone: bool  # the scan saw that it went; else its library was not looked at

    @property
    def new_place(self) -> tuple[int, bytes, bytes]:
        """Where it lies now."""
        return self.root_id, self.folder, self.name

    @property
    def keeps_name(self) -> bool:
        """Whether only its folder is another one."""
        return os.path.basename(self.old_path) == self.name  # noqa: PTH119 - a Path cannot be made of bytes


def pair(
    candidates: Iterable[MoveCandidate],
    *,
    has_hash: Callable[[MoveCandidate], bool],
    is_gone: Callable[[MoveCandidate], bool],
) -> list[MoveCandidate]:
    """Each new file with the one it was, each used once: the same inode before others, the same name before others.

    `has_hash` reads the new file's head and tail, `is_gone` looks whether the old one still lies there; both are asked
    only when it matters. Pure but for those.
    """
    pairs: list[MoveCandidate] = []
    arrived: set[tuple[int, bytes, bytes]] = set()
    left: set[int] = set()
    for one in sorted(candidates, key=_surety):
        if one.new_place in arrived or one.file_id in left:
            continue
        if (one.is_gone or is_gone(one)) and (one.old_inode == one.stamp.inode or has_hash(one)):
            pairs.append(one)
            arrived.add(one.new_place)
            left.add(one.file_id)
    return pairs


def _surety(one: MoveCandidate) -> tuple[bool, bool, bytes, bytes, int]:
    return one.old_inode != one.stamp.inode, not one.keeps_name, one.folder, one.name, one.file_id


def find_moves(
    conn: Connection[Any],
    *,
    instance: str,
    library_id: int,
    roots: dict[int, bytes],
    unit_of: Callable[[bytes, bytes], bytes] | None = None,
) -> tuple[int, set[int]]:
    """Move rows to where their files lie now; how many, and their tracks. `roots` are this library's paths."""
    moved, tracks = 0, set[int]()
    for candidates in _in_batches(_candidates(conn, instance, library_id)):
        pairs = pair(candidates, has_hash=lambda one: _has_hash(one, roots), is_gone=_is_gone)
        if pairs:
            with conn.transaction():
                tracks |= _move(conn, pairs, unit_of)
            moved += len(pairs)
    return moved, tracks


def _candidates(conn: Connection[Any], instance: str, library_id: int) -> Iterator[MoveCandidate]:
    """In order of their stamps, and not held: a root under another name makes a candidate of every file."""
    with conn.cursor("move_candidates", withhold=True) as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(load()["list_move_candidates"].sql, {"instance": instance, "library_id": library_id})
        yield from map(_candidate, cursor)


def _in_batches(candidates: Iterable[MoveCandidate]) -> Iterator[list[MoveCandidate]]:
    """Some at a time; files of one stamp, which only each other can be mistaken for, stay together."""
    batch: list[MoveCandidate] = []
    for _, alike in groupby(candidates, key=lambda one: (one.stamp.size, one.stamp.mtime_ns)):
        batch += alike
        if len(batch) >= _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _move(
    conn: Connection[Any], pairs: Sequence[MoveCandidate], unit_of: Callable[[bytes, bytes], bytes] | None
) -> set[int]:
    places = {
        "ids": [one.file_id for one in pairs],
        "root_ids": [one.root_id for one in pairs],
        "folders": [one.folder for one in pairs],
        "names": [one.name for one in pairs],
    }
    units = [unit_of(one.folder, one.name) if unit_of else None for one in pairs]
    run(conn, "leave_units", ids=places["ids"])
    run(conn, "unsettle_left", ids=places["ids"])
    moved = run(conn, "move_files", **places, units=units, inodes=[one.stamp.inode for one in pairs])
    tracks = {track_id for (track_id,) in moved if track_id is not None}
    renamed = [one.file_id for one in pairs if not one.keeps_name]
    run(conn, "read_renamed", ids=renamed)
    run(conn, "forget_moved", **places)
    return tracks


def _candidate(row: Sequence[Any]) -> MoveCandidate:
    root_id, folder, name, size, mtime_ns, inode, file_id, old_inode, old_hash, root, old_folder, old_name, gone = row
    old_path = root + b"/" + old_folder + old_name
    return MoveCandidate(
        root_id, folder, name, Stamp(size, mtime_ns, inode), file_id, old_inode, old_hash, old_path, gone
    )


def _is_gone(one: MoveCandidate) -> bool:
    return not os.path.lexists(one.old_path)


def _has_hash(one: MoveCandidate, roots: dict[int, bytes]) -> bool:
    return one.old_hash is not None and one.old_hash == hash_of(
        roots[one.root_id] + b"/" + one.folder + one.name, one.stamp.size
    )


def hash_of(path: bytes, size: int) -> bytes | None:
    """The content hash of a file; None when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return content_hash(descriptor, size)
    except OSError:
        return None
    finally:
        os.close(descriptor)
