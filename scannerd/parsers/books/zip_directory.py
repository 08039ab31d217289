"""What is in a ZIP archive, read from the directory at its end, and single entries of it, each up to a limit.

The standard library's zipfile needs 28 ms for the directory of a comic of 10,000 pages, most of it for an object per
entry, and it refuses a whole archive for one name that it cannot decode; this needs a third of that and takes names as
they come. Nothing is ever extracted, so a name such as "../../etc/passwd" is a name like any other.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from scannerd.model.shown import shown
from scannerd.parsers.books.book_parser import Damaged

MOST_ENTRIES = 200_000
"""Entries listed of one archive: ten times the longest webcomic."""

_END = struct.Struct("<10xH2LH")  # number of entries, size and offset of the directory, length of the comment
_END_HERE = b"PK\x05\x06"
_END_64 = struct.Struct("<40x2Q")  # size and offset
_LOCATOR = struct.Struct("<4s4xQ4x")
_ENTRY = struct.Struct("<4s4x2H4x3L3H8xL")  # flags, method; checksum, sizes; lengths of name, extra, comment; offset
_LOCAL = struct.Struct("<4s22x2H")  # lengths of name and extra
_LONGEST_COMMENT = 0xFFFF
_USUAL_TAIL = 8 << 10
"""Bytes that hold the directory of most books, and its end nearly always."""
_LARGEST_DIRECTORY = 64 << 20
_FARTHEST = 1 << 62  # no file reaches there, and seeking beyond is an error of its own
_FULL_COUNT, _FULL = 0xFFFF, 0xFFFFFFFF  # "see the Zip64 field"
_ENCRYPTED, _UTF_8 = 0x1, 0x800
_STORED, _DEFLATED = 0, 8
_EXTRA_GUESS = 64  # what most entries have less of before their data
_PIECE = 1 << 16
_SHOWN_LENGTH = 80
_ENDS_EARLY = "it ends too early: the directory at the end of the archive is missing"


class Entry(NamedTuple):
    """One file in the archive, as the directory has it; what it says of sizes may be a lie."""

    name: str
    size: int
    compressed: int
    offset: int
    method: int
    flags: int
    crc: int
    extra_length: int

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & _ENCRYPTED)


class ZipDirectory:
    """The entries of an archive by their names; of two with one name the last counts, as it does to unpackers."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        listing, self._shift, self.comment = _find_directory(file)
        self.entries: dict[str, Entry] = {entry.name: entry for entry in _listed(listing)}

    @property
    def names(self) -> list[str]:
        return list(self.entries)

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def size(self, name: str) -> int:
        return self.entries[name].size

    def read(self, name: str, limit: int) -> bytes:
        """What the entry holds; Damaged where that is more than `limit`, encrypted, or not what was packed."""
        entry = self.entries.get(name)
        if entry is None:
            raise Damaged(f"{_shown(name)!r} is missing in it")
        if entry.is_encrypted:
            raise Damaged("it is encrypted: its contents need a password")
        if entry.size > limit:
            raise Damaged(f"{_shown(name)!r} in it is too large ({entry.size} bytes; {limit} are read)")
        if entry.method == _STORED:
            content = self._packed(entry, limit)
        elif entry.method == _DEFLATED:
            content = _inflated(self._packed(entry, limit), name, limit)
        else:
            raise Damaged(f"{_shown(name)!r} in it is packed by method {entry.method}, which is not read here")
        if len(content) > limit:
            raise Damaged(f"{_shown(name)!r} in it unpacks to more than it says: a trap, or damaged")
        if zlib.crc32(content) != entry.crc:
            raise Damaged(f"{_shown(name)!r} in it is damaged: its checksum differs")
        return content

    def _packed(self, entry: Entry, limit: int) -> bytes:
        """The packed bytes: fetched at once, and no more of them than `limit` could need."""
        length = min(entry.compressed, limit + (limit >> 8) + _PIECE)
        shown_name = repr(_shown(entry.name))
        at = entry.offset + self._shift
        if not 0 <= at < _FARTHEST:
            raise Damaged(f"{shown_name} is not where the archive says")
        self._file.seek(at)
        # What stands before the data in the local header may be longer than in the directory; mostly it is not.
        raw = self._file.read(_LOCAL.size + 4 * len(entry.name) + entry.extra_length + _EXTRA_GUESS + length)
        if len(raw) < _LOCAL.size or not raw.startswith(b"PK\x03\x04"):
            raise Damaged(f"{shown_name} is not where the archive says")
        _, name_length, extra_length = _LOCAL.unpack_from(raw)
        start = _LOCAL.size + name_length + extra_length
        if len(raw) < start + length:
            raw += self._file.read(start + length - len(raw))
        if len(raw) < start + length:
            raise Damaged(f"it ends too early: {shown_name} in it is cut off")
        return raw[start : start + length]


def _inflated(packed: bytes, name: str, limit: int) -> bytes:
    """Up to one byte more than the limit."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)
    except zlib.error as exc:
        raise Damaged(f"{_shown(name)!r} in it is damaged: it cannot be unpacked") from exc


def _find_directory(file: BinaryIO) -> tuple[bytes, int, bytes]:
    """The directory's bytes, how far all offsets are off because something stands before the archive, the comment."""
    length = file.seek(0, io.SEEK_END)
    for size in (_USUAL_TAIL, _LONGEST_COMMENT + _END.size):
        tail_at = max(0, length - size)
        file.seek(tail_at)
        tail = file.read(size)
        if found := _directory_in(file, tail, tail_at):
            return found
        if not tail_at:
            break
    if _END_HERE in tail[: max(0, len(tail) - _END.size + 4)]:
        raise Damaged("the directory at the end of the archive makes no sense")
    raise Damaged(_no_directory(file))


def _directory_in(file: BinaryIO, tail: bytes, tail_at: int) -> tuple[bytes, int, bytes] | None:
    """The same of the last bytes of the file, if the directory's end is among them."""
    at = tail.rfind(_END_HERE, 0, max(0, len(tail) - _END.size + 4))
    while at >= 0:
        count, size, offset, comment_length = _END.unpack_from(tail, at)
        end = tail_at + at
        if count == _FULL_COUNT or _FULL in (size, offset):
            end, size, offset = _zip64(file, end) or (end, size, offset)
        if (listing := _listing(file, end, size, tail, tail_at)) is not None:
            return listing, end - size - offset, tail[at + _END.size :][:comment_length]
        at = tail.rfind(_END_HERE, 0, at)  # that one was in the comment
    return None


def _listing(file: BinaryIO, end: int, size: int, tail: bytes, tail_at: int) -> bytes | None:
    """The directory, if there is one: mostly it lies in the tail that was read already."""
    start = end - size
    if start < 0 or size > _LARGEST_DIRECTORY:
        return None
    if start >= tail_at:
        listing = tail[start - tail_at : end - tail_at]
    else:
        file.seek(start)
        listing = file.read(2)
        listing += file.read(size - 2) if listing == b"PK" else b""
    return listing if not listing or listing.startswith(b"PK") else None


def _no_directory(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(4)
    return _ENDS_EARLY if head in (b"PK\x03\x04", b"PK\x07\x08") else "no ZIP archive"


def _zip64(file: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """Where the directory ends, its size and offset, where the archive is too large for the plain ones."""
    if end < _LOCATOR.size + _END_64.size:
        return None
    file.seek(end - _LOCATOR.size)
    signature, stated = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if signature != b"PK\x06\x07":
        return None
    # The stated place is off where something was put before the archive; then it stands right before its locator.
    for at in (stated, end - _LOCATOR.size - _END_64.size):
        if at <= end - _LOCATOR.size - _END_64.size:
            file.seek(at)
            raw = file.read(_END_64.size)
            if raw.startswith(b"PK\x06\x06"):
                return at, *_END_64.unpack(raw)
    raise Damaged("the directory at the end of the archive makes no sense")


def _listed(listing: bytes) -> Iterator[Entry]:
    """The entries; how many the archive says to have is not asked, since it counts no further than 65,535."""
    at, last, unpack = 0, len(listing) - _ENTRY.size, _ENTRY.unpack_from
    for _ in range(MOST_ENTRIES):
        if at > last:
            break
        signature, flags, method, crc, packed, size, name_length, extra_length, comment_length, offset = unpack(
            listing, at
        )
        if signature != b"PK\x01\x02":
            raise Damaged("the directory at the end of the archive is damaged")
        name_at = at + _ENTRY.size
        extra_at = name_at + name_length
        at = extra_at + extra_length + comment_length
        if packed == _FULL or size == _FULL or offset == _FULL:
            size, packed, offset = _large(listing[extra_at : extra_at + extra_length], size, packed, offset)
        name = _decoded(listing[name_at:extra_at], flags)
        yield Entry(name, size, packed, offset, method, flags, crc, extra_length)
    else:
        raise Damaged(f"there are more than {MOST_ENTRIES} files in it")
    if at != len(listing):
        raise Damaged("the directory at the end of the archive is cut off")


def _large(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Size, packed size and offset, those that are too large for 32 bits from the Zip64 field."""
    field = _field(extra, 0x0001)
    wide = iter(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
    size, compressed, offset = (next(wide, value) if value == _FULL else value for value in values)
    return size, compressed, offset


def _field(extra: bytes, wanted: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _decoded(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode()  # many write UTF-8 and do not say so
    except UnicodeDecodeError:
        name = raw.decode("utf-8", "replace") if flags & _UTF_8 else raw.decode("cp437")
    return name.replace("\\", "/") if "\\" in name else name


def _shown(name: str) -> str:
    return shown(name if len(name) <= _SHOWN_LENGTH else name[:_SHOWN_LENGTH] + "…")
