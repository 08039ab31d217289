"""Who uses the private PostgreSQL right now, by locks that die with their holder.

Every user holds a shared lock on `postgres.users`; who leaves and then gets it exclusively was the last one. Coming
and going happen one at a time, under `postgres.lock`.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICK = 0.02


class Users:
    """Our place among the users of one cluster."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._place: int | None = None

    @property
    def joined(self) -> bool:
        """Whether we are among them."""
        return self._place is not None

    @contextmanager
    def one_at_a_time(self, *, within: float | None = None) -> Iterator[None]:
        """Nobody else comes or goes meanwhile. TimeoutError if somebody does so for longer than we can wait."""
        handle = open_lock(self._state / "postgres.lock")
        try:
            if within is None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            elif not hold(handle, within=within):
                raise TimeoutError
            yield
        finally:
            os.close(handle)

    def join(self) -> None:
        """Be counted, once. Only inside `one_at_a_time`."""
        if self.joined:
            return
        self._place = open_lock(self._state / "postgres.users")
        fcntl.flock(self._place, fcntl.LOCK_SH)

    def is_last(self) -> bool:
        """Whether nobody else is left. Only inside `one_at_a_time`; a `leave` must follow."""
        if self._place is None:
            return False
        try:
            fcntl.flock(self._place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        """Be counted no more."""
        if self._place is not None:
            os.close(self._place)
            self._place = None


def hold(handle: int, *, within: float) -> bool:
    """Whether the lock was to be had in so many seconds."""
    until = time.monotonic() + within
    while True:
        is_last = time.monotonic() > until  # before the try: a machine that stood still has seen nothing meanwhile
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if is_last:
                return False
        else:
            return True
        time.sleep(_TICK)


def open_lock(path: Path) -> int:
    """Open a lock file, made when missing; one that root makes belongs to whom its folder belongs."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    folder = path.parent.stat()
    if os.geteuid() == 0 and os.fstat(handle).st_uid != folder.st_uid:
        os.fchown(handle, folder.st_uid, folder.st_gid)
    return handle
