"""Which encoding a file is in: its byte order mark says, else UTF-8, else Latin-1; and its lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from scannerd.errors import BadExport

_CHUNK = 64 * 1024

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def marked(data: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark names and the length of the mark; UTF-8 and 0 without one."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    return "utf-8", 0


def decoded(data: bytes, *, complete: bool) -> str:
    """The text of a file's beginning; Latin-1, which fits every byte, when it is not what it should be.

    What a mark names is not Latin-1 just because the last letter is cut.
    """
    encoding, skip = marked(data)
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data[skip:], final=complete and not skip)
    except UnicodeDecodeError:
        return data[skip:].decode("latin-1")


def byte_lines(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """The lines with their ends, without the mark; UTF-16 and UTF-32 come out as UTF-8.

    A line that is longer than `limit` comes as its first `limit` bytes, without an end; the rest is passed over.
    """
    line = file.readline(limit)
    encoding, skip = marked(line)
    if encoding != "utf-8":
        yield from _transcoded(line[skip:], file, encoding, limit)
        return
    while line:
        yield line[skip:] if skip else line
        skip = 0
        if len(line) >= limit and not line.endswith(b"\n"):
            while (rest := file.readline(limit)) and not rest.endswith(b"\n"):
                pass
        line = file.readline(limit)


def _transcoded(begin: bytes, file: BinaryIO, encoding: str, limit: int) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    rest = decoder.decode(begin)
    ended = False
    while not ended:
        data = file.read(_CHUNK)
        ended = not data
        *lines, rest = (rest + decoder.decode(data, final=ended)).split("\n")
        for line in lines:
            yield f"{line}\n".encode("utf-8", "replace")
        if len(rest) > limit:
            raise BadExport(f"has a line of more than {limit >> 20} MB")
    if rest:
        yield rest.encode("utf-8", "replace")
