"""What the kernel lets be watched: its limits, whether there is room for one more, and the lines that make room."""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK  # as inotify_init1(2) has them
_DELETE_SELF = 0x400  # of inotify_add_watch(2): of what is told least often
_SYSTEM = Path("/proc/sys")
_ROOMY = 524_288  # folders: a watch that nobody uses takes no memory


class Lack(StrEnum):
    """What there is no room for, by the setting that limits it."""

    WATCHES = "max_user_watches"
    INSTANCES = "max_user_instances"


_OF_NAMESPACE = {Lack.WATCHES: "max_inotify_watches", Lack.INSTANCES: "max_inotify_instances"}
"""The same limits, as a container may have its own."""


def lack() -> Lack | None:
    """What keeps this user from watching one folder more, tried out; limits count for all programs of a user."""
    libc = ctypes.CDLL(None, use_errno=True)
    ear = libc.inotify_init1(_FLAGS)
    if ear < 0:
        return Lack.INSTANCES if ctypes.get_errno() == errno.EMFILE else None
    try:
        # The root folder always answers, and an ear of its own hears of it by a watch of its own.
        refused = libc.inotify_add_watch(ear, b"/", _DELETE_SELF) < 0
        return Lack.WATCHES if refused and ctypes.get_errno() == errno.ENOSPC else None
    finally:
        os.close(ear)


def held(process: Path = Path("/proc/self")) -> dict[str, int]:
    """How many folders each watcher of a process watches, by its descriptor."""
    found = {}
    for handle in (process / "fd").iterdir():
        with suppress(OSError):
            if str(handle.readlink()) == "anon_inode:inotify":
                found[handle.name] = (process / "fdinfo" / handle.name).read_bytes().count(b"inotify wd:")
    return found


def limits() -> tuple[int | None, ...]:
    """All that a new setting may change."""
    return tuple(_read(setting) for lacking in Lack for setting in _settings(lacking))


def why(lacking: Lack) -> str:
    """In a few words."""
    what = "watches" if lacking is Lack.WATCHES else "instances"
    return f"the limit of inotify {what}"


def remedy(lacking: Lack, folders: int = 0) -> str:
    """The commands that make room, for so many folders at least."""
    setting = min(_settings(lacking), key=lambda one: _read(one) or float("inf"))
    wanted = 2 * max(folders, _read(setting) or 0)
    least = _ROOMY if lacking is Lack.WATCHES else 0
    return sysctl(setting, max(roomy(wanted), least))


def roomy(wanted: int) -> int:
    """The next power of two."""
    return 1 << max(0, wanted - 1).bit_length()


def sysctl(setting: str, value: int) -> str:
    """Two commands that set it now and for good."""
    return f"echo {setting}={value} | sudo tee -a /etc/sysctl.d/60-scannerd.conf && sudo sysctl --system"


def _settings(lacking: Lack) -> tuple[str, str]:
    return f"fs.inotify.{lacking}", f"user.{_OF_NAMESPACE[lacking]}"


def _read(setting: str) -> int | None:
    try:
        return int((_SYSTEM / setting.replace(".", "/")).read_text())
    except (OSError, ValueError):
        return None
