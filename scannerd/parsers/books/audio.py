"""Audiobooks of every kind that the music parsers read, by their machinery: other fields are asked for, and chapters.

An MP4 is an M4B by its suffix, by its brand, or because its media kind says so; otherwise it is an M4A. Chapters that
several kinds of marks tell are taken from the first kind that has any: OverDrive's, ID3's, Vorbis', the cue sheet's.
"""

from __future__ import annotations

import re
from functools import partial
from typing import BinaryIO

from mutagen import MutagenError

from scannerd.model.book import BookFileSaid
from scannerd.parsers import PARSERS, mp4
from scannerd.parsers.books.audio_fields import AUDIOBOOK
from scannerd.parsers.books.audio_said import said_of
from scannerd.parsers.books.book_parser import BookParser, Damaged
from scannerd.parsers.books.chapter_marks import Mark, chapters_of
from scannerd.parsers.books.flac_cuesheet import cuesheet_marks
from scannerd.parsers.books.id3_chapters import id3_marks
from scannerd.parsers.books.mp4_chapters import mp4_marks
from scannerd.parsers.books.overdrive import overdrive_marks
from scannerd.parsers.books.vorbis_chapters import vorbis_marks
from scannerd.parsers.mp4_atoms import read_atoms
from scannerd.parsers.parser import Heard, Reader
from scannerd.parsers.reading import head_of, words_of

_AUDIOBOOK = "2"  # the media kind
_ENDS_BEFORE_INDEX = "it ends too early: its index (moov) is missing"


def _read(file: BinaryIO, read: Reader) -> BookFileSaid:
    """Any kind but MP4."""
    try:
        heard = read(file, AUDIOBOOK)
    except MutagenError as exc:
        raise Damaged(words_of(exc)) from exc
    marks = _marks(file, heard)
    return said_of(heard.format, heard, chapters_of(marks, heard.properties.duration_ms))


def _marks(file: BinaryIO, heard: Heard) -> list[Mark]:
    overdrive = overdrive_marks(heard.found["overdrive"][0]) if "overdrive" in heard.found else []
    marks = overdrive or id3_marks(heard.chapters) or vorbis_marks(heard.found)
    if marks or heard.format != "flac" or not heard.properties.sample_rate:
        return marks
    return cuesheet_marks(file, head_of(file)[0], heard.properties.sample_rate)


def _read_mp4(file: BinaryIO, *, is_book: bool) -> BookFileSaid:
    try:
        opened = mp4.open_mp4(file)
        heard = mp4.heard(opened, AUDIOBOOK)
    except MutagenError as exc:
        raise Damaged(_ENDS_BEFORE_INDEX if _ends_before_index(file) else words_of(exc)) from exc
    is_book = is_book or heard.found.get("media_kind") == [_AUDIOBOOK] or _brand(file) == b"M4B "
    marks = overdrive_marks(heard.found["overdrive"][0]) if "overdrive" in heard.found else []
    marks = marks or mp4_marks(opened.atoms, file)
    return said_of("m4b" if is_book else "m4a", heard, chapters_of(marks, heard.properties.duration_ms))


def _ends_before_index(file: BinaryIO) -> bool:
    """Whether it begins as an MP4 does, and the index is missing, which many programs write last."""
    try:
        atoms = read_atoms(file)
    except MutagenError:
        return False
    return atoms.find(b"ftyp") is not None and atoms.find(b"moov") is None


def _brand(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(12)[8:]


def _parsers() -> tuple[BookParser, ...]:
    parsers: list[BookParser] = []
    for one in PARSERS:
        if one.read is mp4.read_mp4:
            brand = re.compile(rb".{4}ftypM4B ", re.DOTALL)
            others = tuple(suffix for suffix in one.suffixes if suffix != b".m4b")
            parsers.append(BookParser("m4b", "an M4B file", (b".m4b",), brand, partial(_read_mp4, is_book=True)))
            parsers.append(BookParser("m4a", one.title, others, one.signature, partial(_read_mp4, is_book=False)))
        else:
            parsers.append(BookParser(one.name, one.title, one.suffixes, one.signature, partial(_read, read=one.read)))
    return tuple(parsers)


AUDIO_PARSERS: tuple[BookParser, ...] = _parsers()
"""Every kind of audio file; of several whose first bytes fit, the first one counts."""
