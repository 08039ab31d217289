"""What kind of drive a folder lies on: on a network drive, changes made elsewhere come unheard."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_SHARES = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "afs", "ceph", "glusterfs", "davfs")


def is_network_drive(folder: Path, mounts: Iterable[str] | None = None) -> bool:
    """Whether changes made elsewhere come to the folder unheard; `mounts` are the lines of mountinfo."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            return False
    place, kind = folder.resolve(), ""
    longest = -1
    for line in mounts:
        words, _, rest = line.partition(" - ")
        point = Path(_unescaped(words.split(" ")[4]))
        # A later mount on the same point lies over the earlier one.
        if place.is_relative_to(point) and len(point.parts) >= longest:
            longest, kind = len(point.parts), rest.split(" ")[0]
    return kind in _SHARES or kind.startswith("fuse.")


def _unescaped(point: str) -> str:
    return os.fsdecode(point.encode("utf-8", "surrogateescape").decode("unicode_escape").encode("latin-1"))
