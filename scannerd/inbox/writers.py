"""Whether somebody still has a file open for writing: the kernel knows, on local disks."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path


def is_being_written(path: Path) -> bool:
    """Whether a program, a file server too, may write on; False when it cannot be told.

    Asked by a read lease, which the kernel refuses as long as anybody has the file open for writing (fcntl(2)). Only
    the file's owner and root may ask, and of network drives nobody learns anything.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        # Samba may hold a lease of its own for a client that writes; of all else whoever opens it to read will say why.
        return exc.errno == errno.EAGAIN
    try:
        # A writer that comes just now has us told by a signal, and the usual one would end the process.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as exc:
        return exc.errno == errno.EAGAIN
    finally:
        os.close(handle)
    return False
