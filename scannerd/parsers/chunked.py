"""Files made of chunks, with an ID3 tag in one of them: WAV, AIFF, DSF and DSDIFF.

WAV may have the texts of RIFF INFO besides, AIFF has four text chunks; both fill what ID3 leaves open.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from mutagen import StreamInfo
from mutagen.aiff import AIFFInfo
from mutagen.dsdiff import DSDIFFInfo
from mutagen.dsf import DSFFile, DSFInfo
from mutagen.wave import WaveStreamInfo

from scannerd.parsers.fields import Found, Names
from scannerd.parsers.id3 import Tags, read_id3
from scannerd.parsers.parser import Heard
from scannerd.parsers.stream_info import properties

_MOST_CHUNKS = 1024
_LARGEST_TEXT = 1 << 20
_WAVE_CODECS = {1: "pcm", 2: "adpcm", 3: "pcm", 6: "alaw", 7: "mulaw", 0x11: "adpcm", 0x55: "mp3", 0xFFFE: "pcm"}
_AIFF_CODECS = {b"ulaw": "mulaw", b"ULAW": "mulaw", b"alaw": "alaw", b"ALAW": "alaw", b"ima4": "adpcm"}
_AIFF_TEXTS = {b"NAME": "title", b"AUTH": "artist", b"ANNO": "comment", b"(c) ": "copyright"}


class _Chunk(NamedTuple):
    name: bytes
    size: int
    present: int  # how much of it the file has


def read_wave(file: BinaryIO, names: Names) -> Heard:
    """WAV with whatever codec."""
    info = WaveStreamInfo(file)
    tags, texts = Tags(Found()), Found()
    for name, size, present in _chunks(file, 12, struct.Struct("<4sI")):
        if name == b"data" and present < size:
            info.length *= present / size  # streamed into a file of unknown length, or cut off
        elif name.lower() == b"id3 ":
            tags = read_id3(file, names)
        elif name == b"LIST" and file.read(4) == b"INFO":
            _add_info(texts, file.read(min(size - 4, _LARGEST_TEXT)), names)
    return _parsed("wav", tags, texts, info, _WAVE_CODECS.get(info.audio_format))


def read_aiff(file: BinaryIO, names: Names) -> Heard:
    """AIFF and AIFF-C."""
    info = AIFFInfo(file)
    tags, texts, codec = Tags(Found()), Found(), "pcm"
    for name, size, _ in _chunks(file, 12, struct.Struct(">4sI")):
        if name == b"ID3 ":
            tags = read_id3(file, names)
        elif name == b"COMM" and size >= 22:
            codec = _AIFF_CODECS.get(file.read(22)[18:], "pcm")
        elif field := _AIFF_TEXTS.get(name):
            texts.add((field, 0), [_decoded(file.read(min(size, _LARGEST_TEXT)))])
    return _parsed("aiff", tags, texts, info, codec)


def read_dsdiff(file: BinaryIO, names: Names) -> Heard:
    """DSDIFF, plain or compressed as DST."""
    info = DSDIFFInfo(file)
    tags = Tags(Found())
    for name, _, _ in _chunks(file, 16, struct.Struct(">4sQ")):
        if name == b"ID3 ":
            tags = read_id3(file, names)
    return _parsed("dff", tags, Found(), info, "dst" if info.compression == "DST" else "dsd")


def read_dsf(file: BinaryIO, names: Names) -> Heard:
    """DSF, which says itself where its tag is."""
    dsf = DSFFile(file)
    tags = Tags(Found())
    if place := dsf.dsd_chunk.offset_metdata_chunk:
        file.seek(min(place, file.seek(0, io.SEEK_END)))
        tags = read_id3(file, names)
    info = DSFInfo(dsf.fmt_chunk) if dsf.fmt_chunk.sampling_frequency else StreamInfo()
    return _parsed("dsf", tags, Found(), info, "dsd")


def _parsed(form: str, tags: Tags, texts: Found, info: StreamInfo, codec: str | None) -> Heard:
    tags.found.fill(texts)
    tags.note_problem()
    return Heard(form, tags.found.values, properties(info, codec), tags.has_picture, tags.chapters)


def _chunks(file: BinaryIO, begin: int, header: struct.Struct) -> Iterator[_Chunk]:
    """Name and size of each chunk, the file standing at its content."""
    at, end = begin, file.seek(0, io.SEEK_END)
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(header.size)
        if len(head) < header.size or not head[:4].isascii():
            return
        name, size = header.unpack(head)
        at += header.size
        yield _Chunk(name, size, min(size, end - at))
        at += size + size % 2
        if at >= end:
            return


def _add_info(found: Found, data: bytes, names: Names) -> None:
    """The texts of a LIST chunk of type INFO."""
    at = 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if place := names.riff.get(name.decode("latin-1").upper()):
            found.add(place, [_decoded(data[at + 8 : at + 8 + size])])
        at += 8 + size + size % 2


def _decoded(data: bytes) -> str:
    """Windows-1252 by the book, UTF-8 by many: what is valid UTF-8 is hardly ever meant otherwise."""
    data = data.partition(b"\0")[0]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
