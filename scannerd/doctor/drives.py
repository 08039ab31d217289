"""What a folder lies on: which mount, of which kind, and what should be mounted there but is not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_FSTAB = Path("/etc/fstab")
_PASSING = ("tmpfs", "ramfs", "overlay", "aufs")


@dataclass(frozen=True, slots=True)
class Drive:
    """One mount."""

    point: Path
    kind: str
    source: str = ""

    @property
    def is_fuse(self) -> bool:
        """Whether a program serves it, not the kernel."""
        return self.kind == "fuse" or self.kind.startswith("fuse.")

    @property
    def is_passing(self) -> bool:
        """Whether it is gone after a restart, or with its container."""
        return self.kind in _PASSING


def mount_lines() -> list[str]:
    """What is mounted, as the kernel tells it."""
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []


def fstab() -> str:
    """What should be mounted."""
    try:
        return _FSTAB.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def drive_of(folder: Path, mounts: Iterable[str]) -> Drive:
    """The mount a folder lies on; of a missing folder that on which it would be made."""
    place, found = folder.resolve(), Drive(Path("/"), "")
    for line in mounts:
        words, _, rest = line.partition(" - ")
        point = Path(_unescaped(words.split(" ")[4]))
        # A later mount on the same point lies over the earlier one.
        if place.is_relative_to(point) and len(point.parts) >= len(found.point.parts):
            kind, source, *_ = [*rest.split(" "), ""]
            found = Drive(point, kind, _unescaped(source))
    return found


def unmounted(folder: Path, fstab: str, mounts: Iterable[str]) -> Path | None:
    """The mount point on the way to the folder that `/etc/fstab` names and nothing is mounted on."""
    there = {Path(_unescaped(line.split(" ")[4])) for line in mounts}
    for line in fstab.splitlines():
        words = line.split()
        if len(words) < 3 or line.startswith("#") or not words[1].startswith("/"):
            continue
        point = Path(_unescaped(words[1]))
        if point not in there and folder.is_relative_to(point):
            return point
    return None


def _unescaped(point: str) -> str:
    return os.fsdecode(point.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1"))
