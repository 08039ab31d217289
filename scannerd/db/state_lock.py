"""One daemon per state folder: a lock that dies with its holder, and the holder's pid to read."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scannerd.db.users import open_lock
from scannerd.errors import AlreadyRunning, ConfigError


@contextmanager
def hold_state(state_dir: Path) -> Iterator[None]:
    """Own the state folder, or raise AlreadyRunning that names who does."""
    handle = _open(state_dir)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            pid = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"another scannerd (pid {pid}) works on {state_dir}",
                hint="stop it first, or give this one a state.folder of its own",
            ) from exc
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def _open(state_dir: Path) -> int:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        return open_lock(state_dir / "scannerd.lock")
    except OSError as exc:
        raise ConfigError(
            f"scannerd cannot keep its state in {state_dir}: {exc.strerror}",
            hint="set state.folder to a folder this user may write to",
        ) from exc
