"""Chapters from the cue sheet that a FLAC may hold: where its tracks begin, without titles.

The layout is that of the format's description, METADATA_BLOCK_CUESHEET (RFC 9639, 8.7).
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from scannerd.parsers.books.chapter_marks import Mark

_CUESHEET = 5
_LAST = 0x80
_MOST_BLOCKS = 1024
_HEAD = 396  # catalogue number, lead-in, flags; the last byte counts the tracks
_TRACK = struct.Struct(">QB12sB13xB")  # offset in samples, number, ISRC, flags, count of index points
_INDEX = struct.Struct(">QB3x")  # offset in samples from the track's, number
_LEAD_OUT = frozenset((170, 255))
_NO_AUDIO = 0x80


def cuesheet_marks(file: BinaryIO, begin: int, sample_rate: int) -> list[Mark]:
    """One for each track of sound, of the FLAC that begins there."""
    data = _cuesheet(file, begin)
    return _marks(data, sample_rate) if len(data) >= _HEAD else []


def _cuesheet(file: BinaryIO, begin: int) -> bytes:
    """The content of the first block of that kind."""
    file.seek(begin)
    if file.read(4) != b"fLaC":
        return b""
    for _ in range(_MOST_BLOCKS):
        head = file.read(4)
        if len(head) < 4:
            break
        size = int.from_bytes(head[1:], "big")
        if head[0] & ~_LAST == _CUESHEET:
            return file.read(size)
        if head[0] & _LAST:
            break
        file.seek(size, io.SEEK_CUR)
    return b""


def _marks(data: bytes, sample_rate: int) -> list[Mark]:
    marks = []
    at = _HEAD
    for _ in range(data[_HEAD - 1]):
        if at + _TRACK.size > len(data):
            break
        offset, number, _, flags, points = _TRACK.unpack_from(data, at)
        at += _TRACK.size
        if number not in _LEAD_OUT and not flags & _NO_AUDIO:
            marks.append(Mark((offset + _first_index(data, at, points)) * 1000 // sample_rate))
        at += points * _INDEX.size
    return marks


def _first_index(data: bytes, at: int, points: int) -> int:
    """Where index 1 is, from the track's offset: a pause before it is index 0."""
    for place in range(at, min(at + points * _INDEX.size, len(data) - _INDEX.size + 1), _INDEX.size):
        offset, number = _INDEX.unpack_from(data, place)
        if number == 1:
            return int(offset)
    return 0
