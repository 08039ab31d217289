"""What is inside an export: the file itself, or the members of a zip (and of archives in it) or of a gzip.

Judged by content, never by name. Names are only shown, never used as paths. Nothing is unpacked to disk but an
archive inside an archive, into a file that has no name. What breaks a limit raises `HostileExport`, what is damaged
`BadExport`, what ends too early `CutOffExport`; all messages go on from the name of the file: ` is cut off …`,
`: 'its/member.json' is damaged …`. A member is never cut off: it ends where its zip, which is whole, says.
"""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from scannerd.errors import BadExport, CutOffExport, ExportError, HostileExport
from scannerd.formats.format import HEAD_BYTES
from scannerd.formats.zip_contents import EMPTY_ZIP, ZIP, ZIP_DAMAGE, length, opened_zip, refuse_large_directory
from scannerd.model.shown import shown

GZIP = b"\x1f\x8b"
_READ_AHEAD = 128 * 1024
_NAME_LIMIT = 255
_LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class Limits:
    """What no honest export exceeds."""

    members: int = 10_000
    total: int = 4 * 1024**3  # bytes, unpacked
    ratio: int = 200  # unpacked bytes for each packed one ...
    ratio_after: int = 10 * 1024**2  # ... once so many came out of one member
    nesting: int = 1  # archives inside an archive


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside; `open` may be called again for another reading from the start."""

    name: str  # shown path; empty for a plain file
    size: int  # unpacked bytes as declared, which may be a lie
    head: bytes  # its first HEAD_BYTES, and one more where it is longer
    open: Callable[[], BinaryIO]  # from the start


class Archive:
    """The members of one export file, read under shared limits; `beat` is called with every piece that is read."""

    def __init__(self, file: BinaryIO, *, limits: Limits, beat: Callable[[], None]) -> None:
        self._file = file
        self._limits = limits
        self._beat = beat
        self._unpacked = 0
        self._members = 0
        self.warnings: list[str] = []

    def members(self) -> Iterator[Member]:
        """Every member that is no folder and no litter, in the order in which they are stored."""
        yield from self._inside(self._file, "", 0)

    def _inside(self, file: BinaryIO, path: str, depth: int) -> Iterator[Member]:
        magic = _magic(file)
        if magic in (ZIP, EMPTY_ZIP):
            yield from self._zip(file, path, depth)
        elif magic.startswith(GZIP):
            packed = length(file)
            yield from self._member(path, packed * 4, partial(self._unzipped, file, packed), depth)
        else:
            opened = partial(self._plain, file)
            yield Member(path, length(file), _head(path, opened), opened)

    def _plain(self, file: BinaryIO) -> BinaryIO:
        file.seek(0)
        return io.BufferedReader(_Piecewise(file.read, self._beat), _READ_AHEAD)

    def _unzipped(self, file: BinaryIO, packed: int) -> BinaryIO:
        file.seek(0)
        return self._bounded(gzip.GzipFile(fileobj=file).read, packed)

    def _zip(self, file: BinaryIO, path: str, depth: int) -> Iterator[Member]:
        refuse_large_directory(file, self._limits.members)
        with _naming(path):
            archive = opened_zip(file)
        with archive:
            infos = archive.infolist()
            self._refuse_forged(infos, path)
            repeats: Counter[str] = Counter()
            for info in infos:
                if info.is_dir() or _is_litter(info.filename):
                    continue
                name = _joined(path, shown_name(info.filename))
                repeats[name] += 1
                if repeats[name] > 1:
                    name = f"{name} ({repeats[name]})"
                    self.warnings.append(f"{name!r} stands in the zip more than once; each was read")
                _refuse_unreadable(info, name)
                yield from self._member(name, info.file_size, partial(self._entry, archive, info), depth)

    def _entry(self, archive: ZipFile, info: ZipInfo) -> BinaryIO:
        try:
            stream = archive.open(info)
        except ZIP_DAMAGE as exc:
            raise _damaged(exc) from exc
        return self._bounded(stream.read, info.compress_size)

    def _bounded(self, read: Callable[[int], bytes], packed: int) -> BinaryIO:
        return io.BufferedReader(_Piecewise(_Bounded(self, read, packed).read, self._beat), _READ_AHEAD)

    def _member(self, name: str, size: int, opened: Callable[[], BinaryIO], depth: int) -> Iterator[Member]:
        """The member, or what is inside when it is an archive itself."""
        head = _head(name, opened)
        if not head.startswith((ZIP, EMPTY_ZIP, GZIP)):
            yield Member(name, size, head, opened)
            return
        if depth >= self._limits.nesting:
            raise HostileExport(f"{_in(name)}is an archive that is nested too deep")
        with tempfile.TemporaryFile() as inner:
            with _naming(name), opened() as stream:
                shutil.copyfileobj(stream, inner, _READ_AHEAD)
            yield from self._inside(inner, name, depth + 1)

    def count(self, piece: int) -> None:
        """Take note of bytes that were unpacked."""
        self._unpacked += piece
        if self._unpacked > self._limits.total:
            raise HostileExport(
                f"unpacks to more than {_size(self._limits.total)}",
                hint="unpack it and drop the files one by one, if it is what it should be",
            )

    def refuse_ratio(self, unpacked: int, packed: int) -> None:
        """A member that grows as no text does is a bomb."""
        if unpacked > self._limits.ratio_after and unpacked > self._limits.ratio * max(packed, 1):
            raise HostileExport(f"unpacks to more than {self._limits.ratio} times its size, which no history does")

    def _refuse_forged(self, infos: list[ZipInfo], path: str) -> None:
        self._members += len(infos)
        if self._members > self._limits.members:
            raise HostileExport(f"{_in(path)}holds more than {self._limits.members} files")
        end = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise HostileExport(f"{_in(shown_name(info.filename))}overlaps the file before it: the zip is forged")
            end = info.header_offset + 30 + info.compress_size


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Put the member's name in front of what goes wrong."""
    try:
        yield
    except ExportError as exc:
        raise named(exc, name) from exc


def named(error: ExportError, name: str) -> ExportError:
    """The same error with the name of the member that it is about in front, of which nothing more can come."""
    if not name:
        return error
    kind = BadExport if isinstance(error, CutOffExport) else type(error)
    return kind(f"{_in(name)}{error}", hint=error.hint)


def _damaged(exc: Exception) -> BadExport:
    hint = "copy or download it again"
    if isinstance(exc, EOFError):
        return CutOffExport("is damaged: it ends too early", hint=hint)
    return BadExport(f"is damaged: {shown_name(str(exc).partition(chr(10))[0])}", hint=hint)


class _Bounded:
    """Reads what is unpacked, and stops where a limit is broken or the data is damaged."""

    def __init__(self, archive: Archive, read: Callable[[int], bytes], packed: int) -> None:
        self._archive = archive
        self._read = read
        self._packed = packed
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        try:
            piece = self._read(size)
        except ZIP_DAMAGE as exc:
            raise _damaged(exc) from exc
        self._unpacked += len(piece)
        self._archive.count(len(piece))
        self._archive.refuse_ratio(self._unpacked, self._packed)
        return piece


class _Piecewise(io.RawIOBase):
    """A raw file over a `read` function."""

    def __init__(self, read: Callable[[int], bytes], beat: Callable[[], None]) -> None:
        self._read = read
        self._beat = beat

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # before Python 3.12 the type of a buffer has no name
        piece = self._read(len(view))
        view[: len(piece)] = piece
        self._beat()
        return len(piece)


def shown_name(name: str) -> str:
    """A member's name for people: what is no plain letter is escaped, and it is cut to a sane length."""
    name = name.replace("\\", "/")
    name = shown(name)
    return name if len(name) <= _NAME_LIMIT else f"{name[:_NAME_LIMIT]}…"


def _refuse_unreadable(info: ZipInfo, name: str) -> None:
    if info.flag_bits & 0x1:
        raise BadExport(f"{_in(name)}is encrypted", hint="unpack it with its password and drop what is inside")
    if info.compress_type not in (0, 8):
        raise BadExport(
            f"{_in(name)}is packed by a method that is not read here ({info.compress_type})",
            hint="unpack it and drop what is inside",
        )


def _is_litter(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "__MACOSX" or parts[-1] in _LITTER or parts[-1].startswith("._")


def _magic(file: BinaryIO) -> bytes:
    file.seek(0)
    magic = file.read(4)
    file.seek(0)
    return magic


def _head(name: str, opened: Callable[[], BinaryIO]) -> bytes:
    with _naming(name), opened() as stream:
        return stream.read(HEAD_BYTES + 1)


def _in(name: str) -> str:
    return f": {name!r} " if name else ""


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _size(size: int) -> str:
    return f"{size / 1024**3:g} GB" if size >= 1024**3 else f"{size / 1024**2:g} MB"
