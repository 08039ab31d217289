"""What tells one state of a media file from another: its stamp, and a hash of its head and tail."""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO, NamedTuple

END_BYTES = 8 * 1024
"""How much of a file's head, and of its tail, the content hash reads."""
HASH_BYTES = 16

_SIGN = 1 << 63
_LOWEST = -_SIGN
_RANGE = 1 << 64
_new = tuple.__new__


class Stamp(NamedTuple):
    """A file's cheap identity. All three are compared for equality only, so what no bigint can hold is wrapped."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, seen: os.stat_result) -> Stamp:
        """The stamp in what the system says of a file."""
        mtime_ns, inode = seen.st_mtime_ns, seen.st_ino
        if inode >= _SIGN or not _LOWEST <= mtime_ns < _SIGN:
            mtime_ns, inode = _wrapped(mtime_ns), _wrapped(inode)
        # The constructor of a NamedTuple takes twice as long, and a walk needs one per file.
        return _new(cls, (seen.st_size, mtime_ns, inode))


def _wrapped(number: int) -> int:
    return (number + _SIGN) % _RANGE - _SIGN


def content_hash(file: BinaryIO | int, size: int) -> bytes:
    """16 bytes of size, head and tail: the same for a file that was only moved. Leaves the file's position alone."""
    descriptor = file if isinstance(file, int) else file.fileno()
    digest = hashlib.sha256(size.to_bytes(8, "big"))
    digest.update(_read(descriptor, 0, min(size, END_BYTES)))
    tail = max(END_BYTES, size - END_BYTES)
    digest.update(_read(descriptor, tail, max(0, size - tail)))
    return digest.digest()[:HASH_BYTES]


def _read(descriptor: int, start: int, length: int) -> bytes:
    """That many bytes from there; fewer only where the file ends, since network mounts answer in pieces."""
    pieces, have = [], 0
    while have < length and (piece := os.pread(descriptor, length - have, start + have)):
        pieces.append(piece)
        have += len(piece)
    return b"".join(pieces)
