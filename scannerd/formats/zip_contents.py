"""The table of contents of a zip, which stands at its end: whether it is there, and small enough to be loaded.

A zip without it may still be written: that is cut off, unless the file ends as zips do, and is damaged before that.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from scannerd.errors import BadExport, CutOffExport, HostileExport

ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
"""What the record that ends a zip begins with; an empty zip is nothing else."""
ZIP_DAMAGE = (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
"""What zipfile and gzip raise for damaged data; NotImplementedError is a RuntimeError."""
_END_RECORD = 22
_LONGEST_COMMENT = 65_535


def opened_zip(file: BinaryIO) -> ZipFile:
    """The zip with its table of contents loaded."""
    try:
        archive = ZipFile(file)
    except ZIP_DAMAGE as exc:
        raise _unreadable(BadExport if _has_end(file) else CutOffExport) from exc
    if _is_of_another(file, archive):
        raise _unreadable(CutOffExport)
    return archive


def refuse_large_directory(file: BinaryIO, most: int) -> None:
    """Look at the size of the table of contents before it is loaded: it may be longer than memory."""
    file.seek(max(length(file) - _END_RECORD - _LONGEST_COMMENT, 0))
    _, found, record = file.read().rpartition(EMPTY_ZIP)
    file.seek(0)
    if not found or len(record) < 18:
        return  # the zip module says that it is damaged
    entries, size = int.from_bytes(record[6:8], "little"), int.from_bytes(record[8:12], "little")
    if (entries > most and entries != 0xFFFF) or (size > most * 1024 and size != 0xFFFFFFFF):
        raise HostileExport(f"holds more than {most} files")


def length(file: BinaryIO) -> int:
    """Bytes in the file, which stands at its start then."""
    file.seek(0, io.SEEK_END)
    end = file.tell()
    file.seek(0)
    return end


def _has_end(file: BinaryIO) -> bool:
    """Whether the file ends with the record that ends a zip."""
    file.seek(max(length(file) - _END_RECORD, 0))
    return file.read().startswith(EMPTY_ZIP)


def _is_of_another(file: BinaryIO, archive: ZipFile) -> bool:
    """A zip that is cut off behind a zip inside it ends with the table of contents of that one."""
    file.seek(0)
    return file.read(len(ZIP)) == ZIP and all(info.header_offset for info in archive.infolist())


def _unreadable(kind: type[BadExport]) -> BadExport:
    return kind(
        "is a damaged zip: its table of contents cannot be read",
        hint="the file may be cut off: copy or download it again",
    )
