"""The state folder, made the same by whoever comes first, and its one daemon.

The daemon holds a lock that dies with it, and leaves its pid to read.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scannerd.db.room import is_full, no_room
from scannerd.db.users import hold, open_lock
from scannerd.errors import AlreadyRunning, ConfigError

PATIENCE = 1.0
"""Seconds until a lock that is held is that of a daemon: who asks for its pid holds it too, for a moment."""


@contextmanager
def hold_state(state_dir: Path, *, published: Path | None = None) -> Iterator[None]:
    """Own the state folder, or raise AlreadyRunning that names who does; `published` is where to read what we do."""
    handle = _open(state_dir)
    try:
        if not hold(handle, within=PATIENCE):
            raise AlreadyRunning(
                f"another scannerd (pid {_pid(handle) or 'unknown'}) works on {state_dir}",
                hint="stop it first, or give this one a state.folder of its own",
            )
        _write_pid(handle, published)
        yield
    finally:
        os.close(handle)


def daemon_pid(state_dir: Path) -> int | None:
    """The process that owns the state folder, if one does."""
    found = running_daemon(state_dir)
    return found[0] if found else None


def running_daemon(state_dir: Path) -> tuple[int, Path] | None:
    """The process that owns the state folder, and where it publishes what it is at; None if none does."""
    try:
        handle = os.open(state_dir / "scannerd.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid, place = _said(handle)
        return (int(pid), Path(place)) if pid.isdecimal() else None
    finally:
        os.close(handle)
    return None


def make_state(state_dir: Path) -> None:
    """Make the state folder: everybody may pass through it to the drop folder; what is private in it is closed."""
    if not state_dir.is_dir():
        state_dir.mkdir(parents=True, exist_ok=True)  # another command may make it just now
        state_dir.chmod(0o755)


def _open(state_dir: Path) -> int:
    try:
        make_state(state_dir)
        return open_lock(state_dir / "scannerd.lock")
    except OSError as exc:
        if is_full(exc):
            raise no_room(state_dir) from exc
        raise ConfigError(
            f"scannerd cannot keep its state in {state_dir}: {exc.strerror}",
            hint="set state.folder to a folder this user may write to",
        ) from exc


def _pid(handle: int) -> str:
    return _said(handle)[0]


def _said(handle: int) -> tuple[str, str]:
    """The process that owns the folder, and where it publishes what it is at."""
    pid, _, place = os.pread(handle, 4096, 0).decode("utf-8", "surrogateescape").partition("\n")
    return pid.strip(), place.rstrip("\n")


def _write_pid(handle: int, published: Path | None) -> None:
    """Over the one before, which needs no room; on a full disk that takes none, rather none than a wrong one."""
    lines = [str(os.getpid()).encode("ascii"), *([os.fsencode(published)] if published else [])]
    said = b"".join(line + b"\n" for line in lines)
    try:
        os.ftruncate(handle, os.pwrite(handle, said, 0))
    except OSError:
        os.ftruncate(handle, 0)
