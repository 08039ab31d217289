"""FLAC and Ogg (Vorbis, Opus, Speex, FLAC): Vorbis comments."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, BinaryIO, ClassVar

from mutagen import FileType, ogg
from mutagen.flac import FLAC, CueSheet, Picture, SeekTable
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from scannerd.parsers.fields import Found, Names
from scannerd.parsers.id3 import read_id3
from scannerd.parsers.parser import Heard
from scannerd.parsers.stream_info import properties

_PICTURES = frozenset({"metadata_block_picture", "coverart", "coverartmime"})
_HEAD = 4096
_CODECS: tuple[tuple[bytes, type[FileType], str, str], ...] = (
    (b"OpusHead", OggOpus, "opus", "opus"),
    (b"\x01vorbis", OggVorbis, "ogg", "vorbis"),
    (b"Speex   ", OggSpeex, "speex", "speex"),
    (b"\x7fFLAC", OggFLAC, "ogg", "flac"),
)


class _UnseenPicture(Picture):  # type: ignore[misc]
    """A picture block that is skipped, not loaded."""

    def load(self, data: BinaryIO) -> None:
        for before in (4, 0, 16):  # kind; nothing; width, height, depth, colours: then mime type, description, picture
            (length,) = struct.unpack(">I", data.read(before + 4)[-4:])
            data.seek(length, io.SEEK_CUR)
        data.seek(-1, io.SEEK_CUR)
        data.read(1)  # fails where the file ends before the picture does


class _LeanFlac(FLAC):  # type: ignore[misc]
    """FLAC of which the stream's description and the comments are read; seek tables and cue sheets stay bytes."""

    METADATA_BLOCKS: ClassVar[list[Any]] = [  # by their number
        {Picture: _UnseenPicture, SeekTable: None, CueSheet: None}.get(block, block) for block in FLAC.METADATA_BLOCKS
    ]


def read_flac(file: BinaryIO, names: Names) -> Heard:
    """FLAC, also with ID3 in front of it."""
    front = read_id3(file, names)
    file.seek(0)
    flac = _LeanFlac(file)
    found, has_picture = _fields_of(flac.tags or (), names)
    has_picture = has_picture or any(block.code == Picture.code for block in flac.metadata_blocks)
    found.fill(front.found)
    return Heard("flac", found.values, properties(flac.info, "flac"), has_picture or front.has_picture, front.chapters)


def read_ogg(file: BinaryIO, names: Names) -> Heard:
    """An Ogg file, by the first audio codec that it names."""
    head = file.read(_HEAD)
    file.seek(0)
    known = next((row for row in _CODECS if row[0] in head), None)
    if known is None:
        raise ogg.error("no audio in it that is known here")
    _, kind, form, codec = known
    stream = kind(file)
    found, has_picture = _fields_of(stream.tags or (), names)
    described = properties(stream.info, codec)
    if codec == "opus":
        described = replace(described, sample_rate=48_000)  # always, whatever it was made from
    return Heard(form, found.values, described, has_picture)


def _fields_of(comments: Iterable[tuple[str, str]], names: Names) -> tuple[Found, bool]:
    found, has_picture = Found(), False
    for key, value in comments:
        name = key.lower()
        if place := names.vorbis.get(name):
            found.add(place, [value])
        elif name in _PICTURES:
            has_picture = True
        elif name.startswith("rating:"):
            found.add(("rating", 1), [value])
        elif names.kept and names.kept.fullmatch(name):
            found.add((name, 0), [value])
    return found, has_picture
