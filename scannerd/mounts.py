"""Which mount a folder lies on, and of what kind: on a network drive, changes made elsewhere come unheard."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SHARES = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "glusterfs", "davfs")
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


def drive_of(folder: Path, mounts: Iterable[str]) -> Drive:
    """The mount a folder lies on; of a missing folder that on which it would be made."""
    place, found = folder.resolve(), Drive(Path("/"), "")
    for line in mounts:
        words, _, rest = line.partition(" - ")
        point = Path(unescaped(words.split(" ")[4]))
        # A later mount on the same point lies over the earlier one.
        if place.is_relative_to(point) and len(point.parts) >= len(found.point.parts):
            kind, source, *_ = [*rest.split(" "), ""]
            found = Drive(point, kind, unescaped(source))
    return found


def is_network_drive(folder: Path, mounts: Iterable[str] | None = None) -> bool:
    """Whether changes made elsewhere come to the folder unheard; `mounts` are the lines of mountinfo."""
    kind = drive_of(folder, mount_lines() if mounts is None else mounts).kind
    return kind in _SHARES or kind.startswith("fuse.")


def unescaped(point: str) -> str:
    """A path as mountinfo and fstab spell it: blanks and the like in octal."""
    return os.fsdecode(point.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1"))
