"""Chapters in an MP4: QuickTime's track of texts that the audio track refers to, or else Nero's list in `chpl`.

Only the tables of the track of texts are read; the audio's, which may have a million entries, are not looked at. The
texts themselves often lie all over the file, among the sound: where Nero's list is there too and has texts of the same
lengths at the same times, it spares the way to them. Names of atoms and fields are those of ISO/IEC 14496-12.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain, islice, repeat
from typing import BinaryIO, NamedTuple

from scannerd.model.book import MOST_CHAPTERS
from scannerd.model.media import LONGEST_VALUE
from scannerd.parsers.books.chapter_marks import Mark
from scannerd.parsers.mp4_atoms import Atom

_MOST_TRACKS = 64
_TEXTS = (b"text", b"sbtl", b"subt")
_LONGEST_TITLE = 4 * LONGEST_VALUE  # bytes
_LAST_PLACE = 1 << 62
_HEAD = 256
_NERO_ENTRY = 9 + 255  # 100 ns units in 8 bytes, a length in one, a title
_HUNDRED_NS = 10_000
_SAME_MS = 100
_AROUND_TEXT = (2, 14)  # bytes of a sample around its text: the length; and what says the encoding


class _Sample(NamedTuple):
    """A text of the track: when it is shown, and where it is."""

    start_ms: int
    end_ms: int
    size: int
    place: int


class _Listed(NamedTuple):
    """An entry of Nero's list."""

    start_ms: int
    title: bytes


def mp4_marks(atoms: Atom, file: BinaryIO) -> list[Mark]:
    """Where the chapters begin."""
    movie = atoms.find(b"moov")
    if movie is None:
        return []
    nero = _nero(movie, file)
    samples = _quicktime(movie, file)
    if not samples:
        return [Mark(start, _decoded(title)) for start, title in nero]
    titles = [one.title for one in nero] if _same_texts(samples, nero) else [_text(file, one) for one in samples]
    return [Mark(one.start_ms, _decoded(title), one.end_ms) for one, title in zip(samples, titles, strict=True)]


def _same_texts(samples: list[_Sample], nero: list[_Listed]) -> bool:
    """Whether the list says what the track does; a title of 255 bytes may have been cut."""
    return len(samples) == len(nero) and all(
        abs(sample.start_ms - start) <= _SAME_MS and len(title) < 255 and sample.size - len(title) in _AROUND_TEXT
        for sample, (start, title) in zip(samples, nero, strict=True)
    )


def _quicktime(movie: Atom, file: BinaryIO) -> list[_Sample]:
    """Of the first track of texts that another track names as its chapters."""
    tracks = list(islice(movie.findall(b"trak"), _MOST_TRACKS))
    by_id = {_track_id(track, file): track for track in reversed(tracks)}
    for track in tracks:
        for number in _chapter_tracks(track, file):
            named = by_id.get(number)
            if named is not None and _handler(named, file) in _TEXTS and (samples := _samples(named, file)):
                return samples
    return []


def _track_id(track: Atom, file: BinaryIO) -> int:
    header = track.find(b"tkhd")
    data = header.head(file, 24) if header else b""
    at = 20 if data[:1] == b"\1" else 12  # behind version, flags and two times
    return int.from_bytes(data[at : at + 4], "big")


def _handler(track: Atom, file: BinaryIO) -> bytes:
    handler = track.find(b"mdia", b"hdlr")
    return handler.head(file, 12)[8:] if handler else b""


def _chapter_tracks(track: Atom, file: BinaryIO) -> tuple[int, ...]:
    """The ids in `tref.chap`."""
    references = track.find(b"tref")
    data = references.head(file, _HEAD) if references else b""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if size < 8:
            break
        if name == b"chap":
            ids = data[at + 8 : at + size]
            return struct.unpack(f">{len(ids) // 4}I", ids[: len(ids) // 4 * 4])
        at += size
    return ()


def _samples(track: Atom, file: BinaryIO) -> list[_Sample]:
    table = track.find(b"mdia", b"minf", b"stbl")
    scale = _time_scale(track, file)
    if table is None or not scale:
        return []
    sizes = _sizes(table, file)
    samples = []
    start = 0
    for delta, size, place in zip(_durations(table, file), sizes, _places(table, file, sizes), strict=False):
        end = start + delta
        samples.append(_Sample(start * 1000 // scale, end * 1000 // scale, size, place))
        start = end
    return samples


def _time_scale(track: Atom, file: BinaryIO) -> int:
    """Units per second."""
    header = track.find(b"mdia", b"mdhd")
    data = header.head(file, 32) if header else b""
    at = 20 if data[:1] == b"\1" else 12
    return int.from_bytes(data[at : at + 4], "big")


def _sizes(table: Atom, file: BinaryIO) -> list[int]:
    """Of the samples; no more than there may be chapters."""
    atom = table.find(b"stsz")
    head = atom.head(file, 12) if atom else b""
    if atom is None or len(head) < 12:
        return []
    same, count = struct.unpack(">II", head[4:])
    if same:
        return [same] * min(count, MOST_CHAPTERS)
    return [size for (size,) in _entries(atom, file, ">I", before=12, count=count)]


def _entries(
    atom: Atom | None, file: BinaryIO, form: str, *, before: int = 8, count: int | None = None
) -> Iterator[tuple[int, ...]]:
    """The entries of a table behind version, flags and count; no more than it has room for, and that chapters need."""
    if atom is None:
        return iter(())
    entry = struct.Struct(form)
    data = atom.head(file, before + entry.size * MOST_CHAPTERS)
    if count is None:
        count = int.from_bytes(data[4:8], "big")
    content = data[before : before + entry.size * min(count, MOST_CHAPTERS)]
    return entry.iter_unpack(content[: len(content) // entry.size * entry.size])


def _durations(table: Atom, file: BinaryIO) -> Iterator[int]:
    """Of the samples, from runs of equal ones."""
    runs = _entries(table.find(b"stts"), file, ">II")
    return chain.from_iterable(repeat(delta, count) for count, delta in runs)


def _places(table: Atom, file: BinaryIO, sizes: list[int]) -> Iterator[int]:
    """Where in the file each sample begins: samples lie in chunks, one behind the other."""
    wide = table.find(b"co64")
    chunks = _entries(wide, file, ">Q") if wide else _entries(table.find(b"stco"), file, ">I")
    runs = list(_entries(table.find(b"stsc"), file, ">III"))[::-1]
    sample = per_chunk = 0
    for number, (place,) in enumerate(chunks, 1):
        while runs and runs[-1][0] <= number:
            per_chunk = runs.pop()[1]
        for size in sizes[sample : sample + per_chunk]:
            yield place
            place += size
        sample += per_chunk


def _text(file: BinaryIO, sample: _Sample) -> bytes:
    """A length in two bytes, the text, and maybe what says its encoding, which writers get wrong."""
    if sample.place >= _LAST_PLACE:
        return b""
    file.seek(sample.place)
    data = file.read(min(sample.size, 2 + _LONGEST_TITLE))
    return data[2 : 2 + int.from_bytes(data[:2], "big")]


def _decoded(data: bytes) -> str:
    """UTF-16 by its mark, or by the zeros in it; UTF-8, maybe cut; and Mac OS Roman, which was QuickTime's before."""
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return data.decode("utf-16", "replace")
    if b"\0" in data.rstrip(b"\0"):
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        return data[: exc.start].decode() if exc.reason == "unexpected end of data" else data.decode("mac-roman")


def _nero(movie: Atom, file: BinaryIO) -> list[_Listed]:
    """`chpl`: version, flags, in version 1 something reserved; a count, of which version 1 has room for four bytes."""
    atom = movie.find(b"udta", b"chpl")
    data = atom.head(file, 9 + _NERO_ENTRY * MOST_CHAPTERS) if atom else b""
    if len(data) < 9:
        return []
    count, at = (int.from_bytes(data[5:9], "big"), 9) if data[0] else (data[4], 5)
    listed: list[_Listed] = []
    while len(listed) < min(count, MOST_CHAPTERS) and at + 9 <= len(data):
        title = data[at + 9 : at + 9 + data[at + 8]]
        listed.append(_Listed(int.from_bytes(data[at : at + 8], "big") // _HUNDRED_NS, title))
        at += 9 + len(title)
    return listed
