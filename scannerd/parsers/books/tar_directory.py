"""What is in a TAR archive: its headers, one after the other, and nothing between them.

The standard library's tarfile reads a whole extended header into memory, however long it says to be, and its regular
expressions for it take the square of its length before Python 3.11.10.
"""

from __future__ import annotations

import io
from typing import BinaryIO

from scannerd.parsers.books.book_parser import Damaged

MOST_ENTRIES = 200_000

_BLOCK = 512
_LONGEST_EXTENSION = 1 << 16
_FILES = (b"\0", b"0", b"7")
_LONG_NAME, _EXTENDED = b"L", b"x"  # the name of the next entry: as GNU writes it, as POSIX does
_ENDS_EARLY = "it ends too early"


class TarDirectory:
    """The files of an archive: where each begins, and how long it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.entries: dict[str, tuple[int, int]] = {}
        self._list(file.seek(0, io.SEEK_END))

    def read(self, name: str, limit: int) -> bytes:
        at, size = self.entries[name]
        if size > limit:
            raise Damaged(f"a file in it is too large ({size} bytes; {limit} are read)")
        self._file.seek(at)
        return self._file.read(size)

    def _list(self, length: int) -> None:
        at, next_name = 0, None
        for _ in range(MOST_ENTRIES):
            self._file.seek(at)
            header = self._file.read(_BLOCK)
            if not header.strip(b"\0"):
                return  # an empty block is the end; some writers leave it out
            if len(header) < _BLOCK:
                raise Damaged(_ENDS_EARLY)
            if _number(header[148:156]) != sum(header[:148]) + sum(header[156:]) + 8 * ord(" "):
                raise Damaged("a header in it is damaged" if at else "no TAR archive")
            size, kind = _number(header[124:136]), header[156:157]
            content_at, at = at + _BLOCK, at + _BLOCK + -(-size // _BLOCK) * _BLOCK
            if content_at + size > length:
                raise Damaged(_ENDS_EARLY)
            if kind in (_LONG_NAME, _EXTENDED):
                next_name = self._next_name(kind, min(size, _LONGEST_EXTENSION)) or next_name
            else:
                if kind in _FILES:
                    self.entries[next_name or _plain_name(header)] = content_at, size
                next_name = None
        raise Damaged(f"there are more than {MOST_ENTRIES} files in it")

    def _next_name(self, kind: bytes, size: int) -> str | None:
        content = self._file.read(size)
        if kind == _LONG_NAME:
            return _decoded(content.partition(b"\0")[0])
        # Records: "27 path=some/name.jpg\n", of which the path is wanted.
        while content:
            digits = content.partition(b" ")[0]
            length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
            if length <= len(digits):
                return None
            key, _, value = content[len(digits) + 1 : length].partition(b"=")
            if key == b"path":
                return _decoded(value.removesuffix(b"\n"))
            content = content[length:]
        return None


def _number(field: bytes) -> int:
    """Octal digits, or where they do not suffice a number in base 256."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise Damaged("a header in it is damaged")
    return int(digits or b"0", 8)


def _plain_name(header: bytes) -> str:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return _decoded(prefix + b"/" + name if prefix else name)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")
