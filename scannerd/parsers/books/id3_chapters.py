"""Chapters in ID3: CHAP frames, and the tables of contents (CTOC) that put some of them below others.

The layout is that of the ID3v2 Chapter Frame Addendum. Times are milliseconds; frames within a frame have the headers
of the tag's version, which is told from their sizes: one of the two ways to write them adds up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scannerd.parsers.books.chapter_marks import Mark

_TIMES = struct.Struct(">4I")  # start, end, and both again in bytes of the file
_HEADER = 10
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_TOP = 0x02
_DEEPEST = 8
_NO_TIME = 0xFFFFFFFF


@dataclass
class _Table:
    """A table of contents. `title` is that of a part of the book, if it is one."""

    is_top: bool
    children: list[bytes]
    title: str


@dataclass
class _Contents:
    """The frames of one tag by their ids."""

    chapters: dict[bytes, Mark] = field(default_factory=dict)
    tables: dict[bytes, _Table] = field(default_factory=dict)


def id3_marks(frames: Iterable[tuple[str, bytes]]) -> list[Mark]:
    """The chapters with their levels, in the order of the tables that list them; then the others."""
    contents = _Contents()
    for name, data in frames:
        _add(contents, name, data)
    marks = _Listing(contents).marks()
    return [*marks.values(), *(mark for key, mark in contents.chapters.items() if key not in marks)]


def _add(contents: _Contents, name: str, data: bytes) -> None:
    key, _, rest = data.partition(b"\0")
    if name == "CHAP" and len(rest) >= _TIMES.size:
        start, end, _, _ = _TIMES.unpack_from(rest)
        if start != _NO_TIME:
            mark = Mark(start, _title(rest[_TIMES.size :]), end if end != _NO_TIME else None)
            same = contents.chapters.setdefault(key, mark)
            if same.start_ms != start:  # some writers give all the same id
                contents.chapters[b"%b\0%d" % (key, len(contents.chapters))] = mark
    elif name == "CTOC" and len(rest) >= 2:
        *children, below = rest[2:].split(b"\0", rest[1])
        contents.tables.setdefault(key, _Table(bool(rest[0] & _TOP), children, _title(below)))


class _Listing:
    """A way through the tables, on which each of them and each chapter comes once, however they refer to each other."""

    def __init__(self, contents: _Contents) -> None:
        self._contents = contents
        self._seen: set[bytes] = set()

    def marks(self) -> dict[bytes, Mark]:
        """By id, from the tables at the top; where none says that it is, from those that no other one lists."""
        tables = self._contents.tables
        listed = {child for table in tables.values() for child in table.children}
        tops = [key for key, table in tables.items() if table.is_top]
        marks: dict[bytes, Mark] = {}
        for key in tops or [key for key in tables if key not in listed]:
            marks |= self._below(key, 0, 0)
        return marks

    def _below(self, key: bytes, level: int, depth: int) -> dict[bytes, Mark]:
        marks: dict[bytes, Mark] = {}
        self._seen.add(key)
        for child in self._contents.tables[key].children:
            if child in self._seen:
                continue
            if child in self._contents.chapters:
                self._seen.add(child)
                marks[child] = self._contents.chapters[child]._replace(level=level)
            elif child in self._contents.tables and depth < _DEEPEST:
                marks |= self._part(child, level, depth + 1)
        return marks

    def _part(self, key: bytes, level: int, depth: int) -> dict[bytes, Mark]:
        """A table within a table: with a title it is a part of the book, which begins with its first chapter."""
        title = self._contents.tables[key].title
        below = self._below(key, level + 1 if title else level, depth)
        if not title or not below:
            return below
        start = min(mark.start_ms for mark in below.values())
        return {b"\0" + key: Mark(start, title, None, level), **below}


def _title(data: bytes) -> str:
    """The text of TIT2 among the frames within a frame."""
    return next((_decoded(content) for name, content in _frames(data) if name == b"TIT2"), "")


def _frames(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + _HEADER < len(data) and data[at]:
        size = _size(data, at)
        yield data[at : at + 4], data[at + _HEADER : at + _HEADER + size]
        at += _HEADER + size


def _size(data: bytes, at: int) -> int:
    """Of the frame there: four times seven bits since version 2.4, in which some still wrote four times eight."""
    plain = int.from_bytes(data[at + 4 : at + 8], "big")
    if plain < 0x80 or plain & 0x80808080:
        return plain
    synchsafe = sum((plain >> 8 * place & 0x7F) << 7 * place for place in range(4))
    return synchsafe if _may_begin(data, at + _HEADER + synchsafe) else plain


def _may_begin(data: bytes, at: int) -> bool:
    """Whether another frame may begin there, or the data end."""
    return at == len(data) or (at < len(data) and (not data[at] or data[at : at + 4].isalnum()))


def _decoded(data: bytes) -> str:
    if not data or data[0] >= len(_ENCODINGS):
        return ""
    text = data[1:].decode(_ENCODINGS[data[0]], "replace")
    return text.partition("\0")[0] if "\0" in text.strip("\0") else text.strip("\0")
