"""The smallest real archives of every kind that comics come in, and files that count what is read of them."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping

PICTURE = b"\xff\xd8\xff\xe0 a picture"


def comic_info(**elements: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items())
    return f'<?xml version="1.0" encoding="utf-8"?><ComicInfo>{inner}</ComicInfo>'.encode()


def pages(*names: str) -> dict[str, bytes]:
    return dict.fromkeys(names, PICTURE)


def cbz(files: Mapping[str, bytes], comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            # Of a fixed date, so that the same archive is made every time.
            archive.writestr(zipfile.ZipInfo(name), content, method)
        archive.comment = comment
    return made.getvalue()


def cbt(files: Mapping[str, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002  # tarfile's own word
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def cbr(files: Mapping[str, bytes], method: int = 0x30, flags: int = 0, archive_flags: int = 0) -> bytes:
    """RAR 3: 0x30 is stored; flag 4 is encrypted; of the archive, flag 8 is in one piece."""
    blocks = [b"Rar!\x1a\x07\x00", _rar_block(0x73, archive_flags, bytes(6))]
    for name, content in files.items():
        raw = name.encode("ascii")
        crc = zlib.crc32(content)
        head = struct.pack("<LLBLLBBHL", len(content), len(content), 3, crc, 0, 29, method, len(raw), 0x81A4)
        blocks += [_rar_block(0x74, 0x8000 | flags, head + raw), content]
    return b"".join([*blocks, _rar_block(0x7B, 0x4000, b"")])


def _rar_block(kind: int, flags: int, rest: bytes) -> bytes:
    inner = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", zlib.crc32(inner) & 0xFFFF) + inner


def cbr_with_hidden_names() -> bytes:
    """RAR 3 whose headers are encrypted."""
    return b"Rar!\x1a\x07\x00" + _rar_block(0x73, 0x80, bytes(6)) + bytes(64)


def cbr5(files: Mapping[str, bytes]) -> bytes:
    """RAR 5, everything stored."""
    blocks = [b"Rar!\x1a\x07\x01\x00", _rar5_block(b"\x01\x00\x00")]
    for name, content in files.items():
        raw = name.encode()
        size = _vint(len(content))
        head = b"\x02\x02" + size + b"\x04" + size + _vint(0x81A4) + struct.pack("<L", zlib.crc32(content))
        blocks += [_rar5_block(head + b"\x00\x01" + _vint(len(raw)) + raw), content]
    return b"".join([*blocks, _rar5_block(b"\x05\x00\x00")])


def _rar5_block(inner: bytes) -> bytes:
    sized = _vint(len(inner)) + inner
    return struct.pack("<L", zlib.crc32(sized)) + sized


def _vint(number: int) -> bytes:
    made = b""
    while number > 0x7F:
        made += bytes([number & 0x7F | 0x80])
        number >>= 7
    return made + bytes([number])


def encrypted(archive: bytes) -> bytes:
    """A ZIP archive whose entries say that they are encrypted."""
    made = bytearray(archive)
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = made.find(signature)
        while at >= 0:
            made[at + flags_at] |= 1
            at = made.find(signature, at + 4)
    return bytes(made)


class Counted(io.BytesIO):
    """A file that counts how often and how much is read of it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads = 0
        self.bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.reads += 1
        self.bytes_read += len(found)
        return found


def broken_forms(whole: bytes, flips: Iterable[tuple[int, int]], cuts: Iterable[int]) -> Iterable[bytes]:
    """The file with one byte changed, and cut off, at these places."""
    for at, value in flips:
        made = bytearray(whole)
        made[at % len(whole)] ^= value or 0xFF
        yield bytes(made)
    for at in cuts:
        yield whole[: at % len(whole)]
