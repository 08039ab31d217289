"""The archives that comics come in: ZIP, RAR, TAR, 7-Zip, told apart by their first bytes, not by suffix."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.tar_directory import TarDirectory
from scannerd.parsers.books.zip_directory import MOST_ENTRIES, ZipDirectory

_HEAD = 512
_RAR = b"Rar!\x1a\x07"
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_TAR_AT = 257


@dataclass(frozen=True, slots=True)
class Archive:
    """What is in an archive. Nothing is unpacked but what `read` is asked for."""

    format: str
    names: list[str] | None  # None: they cannot be read here
    read: Callable[[str, int], bytes]  # a name, the most bytes; raises Damaged
    comment: bytes = b""
    is_encrypted: bool = False


def open_archive(file: BinaryIO) -> Archive:
    """The archive that the file is; raises Damaged."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(_RAR):
        return _rar(file)
    if head.startswith(_SEVEN_ZIP):
        return Archive("cb7", None, _nothing)
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        tar = TarDirectory(file)
        return Archive("cbt", list(tar.entries), tar.read)
    directory = ZipDirectory(file)
    is_encrypted = any(entry.is_encrypted for entry in directory.entries.values())
    return Archive("cbz", directory.names, directory.read, directory.comment, is_encrypted)


def _nothing(name: str, limit: int) -> bytes:
    raise Damaged("7-Zip archives are not unpacked here")


def _rar(file: BinaryIO) -> Archive:
    """The names, by rarfile, which reads them itself; for packed contents it needs a program such as unrar."""
    import rarfile

    # Comments are of no use here, and of old archives even they need that program.
    rarfile.RAR_MAX_COMMENT = 0
    foreign = (rarfile.Error, struct.error, OverflowError, ValueError, LookupError, TypeError, AttributeError)

    def read(name: str, limit: int) -> bytes:
        info = rar.getinfo(name)
        if info.needs_password():
            raise Damaged("it is encrypted: its contents need a password")
        if info.file_size > limit:
            raise Damaged(f"it is too large ({info.file_size} bytes; {limit} are read)")
        if rar.is_solid() and info.compress_type != rarfile.RAR_M0:
            raise Damaged("it is packed in one piece with the pictures")  # of which all would have to be unpacked
        try:
            with rar.open(info) as packed:
                return bytes(packed.read(limit))
        except rarfile.RarCannotExec as exc:
            raise Damaged("it is packed, and no program that unpacks RAR is installed here") from exc
        except foreign as exc:
            raise Damaged(f"it cannot be unpacked ({type(exc).__name__})") from exc

    try:
        rar = rarfile.RarFile(file, info_callback=_counter(), errors="strict", part_only=True)
    except foreign as exc:
        raise Damaged(f"its list of files is damaged ({exc})" if str(exc) else "its list of files is damaged") from exc
    entries = rar.infolist()
    if rar.needs_password() and not entries:
        raise Damaged("it is encrypted: even the names in it need a password")
    length = file.seek(0, io.SEEK_END)
    if any(entry.data_offset + entry.compress_size > length for entry in entries):
        raise Damaged("it ends too early")
    names = [entry.filename for entry in entries if entry.is_file()]
    return Archive("cbr", names, read, is_encrypted=any(entry.needs_password() for entry in entries))


def _counter() -> Callable[[object], None]:
    """Stops an archive that lists files without end."""
    left = iter(range(MOST_ENTRIES))

    def count(_entry: object) -> None:
        if next(left, None) is None:
            raise Damaged(f"there are more than {MOST_ENTRIES} files in it")

    return count
