"""Space and inodes of a drive, judged. Pure, but for `look`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scannerd.doctor.finding import Finding, ok, trouble, warning

_MB = 1024 * 1024
LEAST = 100 * _MB
"""Below this, PostgreSQL soon stops."""
ENOUGH = 1024 * _MB
LEAST_INODES = 10_000


@dataclass(frozen=True, slots=True)
class Room:
    """What is left on a drive."""

    free: int  # bytes, for those who are not root
    total: int
    free_inodes: int
    inodes: int  # 0: it makes them as needed
    read_only: bool = False


def look(folder: Path) -> Room:
    """Ask the drive the folder lies on; of a missing folder that on which it would be made."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    disk = os.statvfs(there)
    size = disk.f_frsize
    is_read_only = bool(disk.f_flag & os.ST_RDONLY)
    return Room(disk.f_bavail * size, disk.f_blocks * size, disk.f_favail, disk.f_files, is_read_only)


def judge(about: str, folder: Path, room: Room) -> Iterator[Finding]:
    """Whether it will do."""
    command = f"du -xh --max-depth=1 {shlex.quote(str(folder))} | sort -h"
    why = "on a full disk nothing is taken in: scannerd waits until there is room"
    left = f"{amount(room.free)} of {amount(room.total)} free"
    if room.free < LEAST:
        yield trouble(about, f"the disk of {folder} is full: {left}", why, command)
    elif room.free < ENOUGH and room.free < room.total // 10:
        yield warning(about, f"the disk of {folder} is nearly full: {left}", why, command)
    else:
        yield ok(about, f"{left} for {folder}")
    if room.inodes and room.free_inodes < min(LEAST_INODES, room.inodes // 50):
        what = f"the disk of {folder} has room for {room.free_inodes:,} more files only"
        yield warning(about, what, "a disk without inodes is full, whatever space is left", f"df -i {folder}")


def amount(size: int) -> str:
    """Bytes for people."""
    value, units = float(size), ["bytes", "kB", "MB", "GB", "TB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    return f"{value:.0f} {units[0]}" if units[0] == "bytes" or value >= 10 else f"{value:.1f} {units[0]}"
