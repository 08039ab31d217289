"""A read-only disk that fails as real ones do: it gives some bytes of a file, and then an error, until it is mended.

The kernel's FUSE protocol by hand: a directory with one file is all there is, and nothing else is answered.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from struct import pack, unpack_from

_READ_ONLY, _DETACH = 1, 2  # MS_RDONLY of mount(2), MNT_DETACH of umount2(2)
_DIRECT_IO = 1  # what was read once is asked for again
_LOOKUP, _GETATTR, _OPEN, _READ, _STATFS = 1, 3, 14, 15, 17
_RELEASE, _FLUSH, _INIT, _OPENDIR, _READDIR, _RELEASEDIR = 18, 25, 26, 27, 28, 29
_NO_ANSWER = (2, 42)  # FORGET, BATCH_FORGET
_ROOT, _FILE = 1, 2
_LET_GO_WITHIN = 60.0  # seconds


@dataclass
class OddDisk:
    """One file, and what happens to whoever reads it."""

    name: bytes
    content: bytes
    error: int = 0  # 0: it is whole
    on_open: bool = False  # whether already opening it fails
    passes: int = 0  # so many times it can be read from its beginning before reading fails
    bad_from: int = 0  # the first byte that cannot be read
    refused: int = 0  # how often it failed
    _begun: int = field(default=0, repr=False)

    def answer(self, opcode: int, node: int, body: bytes) -> bytes | int:
        """The bytes of the answer, or the number of an error."""
        answers: dict[int, Callable[[], bytes | int]] = {
            # Protocol 7.31: no read-ahead, no flags, and whatever size the kernel likes.
            _INIT: lambda: pack("<IIIIHHIIHH32x", 7, 31, 0, 0, 1, 1, 4096, 1, 32, 0),
            _LOOKUP: lambda: self._entry() if body.rstrip(b"\0") == self.name else errno.ENOENT,
            _GETATTR: lambda: pack("<QII", 0, 0, 0) + self._attributes(node),
            _OPEN: lambda: (
                self.error if self.error and self.on_open and self._refuse() else pack("<QIi", 0, _DIRECT_IO, 0)
            ),
            _OPENDIR: lambda: pack("<QIi", 0, 0, 0),
            _READ: lambda: self._read(*unpack_from("<QI", body, 8)),
            _READDIR: lambda: self._names(*unpack_from("<QI", body, 8)),
            _STATFS: lambda: pack("<QQQQQIIII24x", 1000, 0, 0, 1000, 0, 4096, 255, 4096, 0),
            _RELEASE: lambda: b"",
            _RELEASEDIR: lambda: b"",
            _FLUSH: lambda: b"",
        }
        return answers.get(opcode, lambda: errno.ENOSYS)()

    def _refuse(self) -> int:
        self.refused += 1
        return self.refused

    def _read(self, offset: int, size: int) -> bytes | int:
        self._begun += offset == 0
        fails = self.error and not self.on_open and self._begun > self.passes
        if fails and offset + size > self.bad_from:
            self._refuse()
            return self.error
        return self.content[offset : offset + size]

    def _names(self, offset: int, _size: int) -> bytes:
        if offset:
            return b""
        padding = bytes(-(24 + len(self.name)) % 8)
        return pack("<QQII", _FILE, 1, len(self.name), stat.S_IFREG >> 12) + self.name + padding

    def _entry(self) -> bytes:
        return pack("<QQQQII", _FILE, 0, 0, 0, 0, 0) + self._attributes(_FILE)

    def _attributes(self, node: int) -> bytes:
        mode = stat.S_IFDIR | 0o755 if node == _ROOT else stat.S_IFREG | 0o644
        size = 0 if node == _ROOT else len(self.content)
        moment = 1_700_000_000
        return pack("<6Q10I", node, size, 1, moment, moment, moment, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


@contextmanager
def mounted(disk: OddDisk, folder: Path) -> Iterator[None]:
    """Serve it there. OSError where this machine or user may not mount one."""
    libc = ctypes.CDLL(None, use_errno=True)
    door = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={door},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
        if libc.mount(b"odd", os.fsencode(folder), b"fuse", _READ_ONLY, options.encode()):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        over, ends = os.pipe()
        server = threading.Thread(target=_serve, args=(disk, door, over))
        server.start()
        try:
            yield
        finally:
            libc.umount2(os.fsencode(folder), _DETACH)
            server.join(_LET_GO_WITHIN)  # it lasts until the last one has let go
            os.close(ends)  # after a test that failed, a daemon may be there that does not
            server.join()
            os.close(over)
    finally:
        os.close(door)


def _serve(disk: OddDisk, door: int, over: int) -> None:
    """Until it is unmounted, of which the kernel tells by an error, or all is over."""
    waits = select.poll()
    waits.register(door, select.POLLIN)
    waits.register(over, select.POLLIN)
    with suppress(OSError):
        while over not in dict(waits.poll()):
            asked = os.read(door, 1 << 17)
            _, opcode, unique, node = unpack_from("<IIQQ", asked)
            if opcode in _NO_ANSWER:
                continue
            answer = disk.answer(opcode, node, asked[40:])
            error, data = (-answer, b"") if isinstance(answer, int) else (0, answer)
            with suppress(FileNotFoundError):  # whoever asked was killed
                os.write(door, pack("<IiQ", 16 + len(data), error, unique) + data)
