"""Which file a worker has in hand, in memory that it shares with its parent and that outlives it.

Written for every file, so it must cost nothing: no system call, no message, nobody is woken up.
"""

from __future__ import annotations

import mmap
import os

from scannerd.library.stamps import Stamp

_BEAT, _NUMBER, _SIZE, _MTIME, _INODE = range(5)
_BYTES = 5 * 8
_NOTHING = -1


class InHand:
    """The worker takes, sees and puts down; the parent looks."""

    def __init__(self, fd: int) -> None:
        self._map = mmap.mmap(fd, _BYTES)
        self._cells = memoryview(self._map).cast("q")

    @staticmethod
    def create() -> int:
        """A descriptor of the memory, with nothing in hand."""
        fd = os.memfd_create("scannerd-in-hand")
        os.write(fd, b"\xff" * _BYTES)
        return fd

    def take(self, number: int) -> None:
        """From now on this job counts."""
        # The beat first: whoever sees the new number must not pair it with the time of the old one.
        self._cells[_BEAT] += 1
        self._cells[_SIZE] = _NOTHING
        self._cells[_NUMBER] = number

    def see(self, stamp: Stamp) -> None:
        """The file could be opened, and this is what it was then."""
        self._cells[_MTIME], self._cells[_INODE] = stamp.mtime_ns, stamp.inode
        self._cells[_SIZE] = stamp.size

    def put_down(self) -> None:
        """Between two chunks: waiting or telling, which no file is to blame for."""
        self._cells[_NUMBER] = _NOTHING

    def look(self) -> tuple[int | None, int]:
        """The number of the job in hand, and a beat that is another one for every job."""
        number = self._cells[_NUMBER]
        return (None if number == _NOTHING else number), self._cells[_BEAT]

    def stamp(self) -> Stamp | None:
        """Of the file in hand, if it came so far."""
        size = self._cells[_SIZE]
        return None if size == _NOTHING else Stamp(size, self._cells[_MTIME], self._cells[_INODE])

    def close(self) -> None:
        """Let go of the memory."""
        self._cells.release()
        self._map.close()
