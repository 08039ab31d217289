"""What should be mounted on the way to a folder, and is not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scannerd.mounts import unescaped

_FSTAB = Path("/etc/fstab")


def fstab() -> str:
    """What should be mounted."""
    try:
        return _FSTAB.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def unmounted(folder: Path, fstab: str, mounts: Iterable[str]) -> Path | None:
    """The mount point on the way to the folder that `/etc/fstab` names and nothing is mounted on."""
    there = {Path(unescaped(line.split(" ")[4])) for line in mounts}
    for line in fstab.splitlines():
        words = line.split()
        if len(words) < 3 or line.startswith("#") or not words[1].startswith("/"):
            continue
        point = Path(unescaped(words[1]))
        if point not in there and folder.is_relative_to(point):
            return point
    return None
