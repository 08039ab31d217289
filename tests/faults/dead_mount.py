"""A mount whose server does not answer, as a NAS has it when the other machine is gone: whoever looks there hangs."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DETACH = 2  # MNT_DETACH of umount2(2)


@contextmanager
def dead_mount(folder: Path) -> Iterator[None]:
    """A FUSE file system that nobody serves. OSError where this machine or user may not mount one."""
    libc = ctypes.CDLL(None, use_errno=True)
    nobody = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={nobody},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        if libc.mount(b"dead", os.fsencode(folder), b"fuse", 0, options.encode()):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        try:
            yield
        finally:
            libc.umount2(os.fsencode(folder), _DETACH)
    finally:
        os.close(nobody)  # whoever hangs there is told that the transport ended
