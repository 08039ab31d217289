"""From a music file to `Parsed | Unreadable`, in a worker of the pool.

    reading      which parser a file gets: by suffix, else by its first bytes; what is wrong with one that is none
    parser       what a parser is, and what it hears; `PARSERS` below lists them
    streams      bare audio with tags in front and behind: MP3, AAC, AC3, TTA, Monkey's Audio, WavPack, Musepack, TAK
    xiph         FLAC and Ogg; `mp4` with `mp4_atoms`; `asf`; `chunked` for WAV, AIFF, DSF and DSDIFF
    id3, ape     tags that are found in files of several kinds
    fields       what each field is called in every family of tags; what was found for each
    interpret    found texts into `Parsed`, with `details` for the rest; `values` for numbers, dates and lists
    stream_info  codec, duration, sample rate
    books        the same for audiobooks, of which other fields are asked for, and for books that are read

Matroska (.mka) is not among them: no well-kept library that is light reads its tags. `.mp4` is taken for a video.
Nothing here imports asyncio, psycopg or the settings.
"""

from __future__ import annotations

import re

from scannerd.model.media import Parsed, Unreadable
from scannerd.parsers import asf, chunked, mp4, reading, streams, xiph
from scannerd.parsers.parser import Parser, Reader

VERSION = 1
"""Raise it when the same file is parsed differently than before: files parsed by an older one are parsed again."""


def _parser(name: str, title: str, suffixes: bytes, signature: bytes, read: Reader) -> Parser:
    return Parser(name, title, tuple(suffixes.split()), re.compile(signature, re.DOTALL), read)


PARSERS: tuple[Parser, ...] = (
    _parser("flac", "a FLAC file", b".flac .fla", rb"fLaC", xiph.read_flac),
    _parser("ogg", "an Ogg file", b".ogg .oga .opus .spx", rb"OggS", xiph.read_ogg),
    _parser("mp4", "an MP4 file", b".m4a .m4b .m4p .m4r", rb".{4}ftyp", mp4.read_mp4),
    _parser("asf", "a WMA file", b".wma .asf", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", asf.read_asf),
    _parser("wav", "a WAV file", b".wav .wave .bwf", rb"RIFF.{4}WAVE", chunked.read_wave),
    _parser("aiff", "an AIFF file", b".aif .aiff .aifc", rb"FORM.{4}AIF[FC]", chunked.read_aiff),
    _parser("dsf", "a DSF file", b".dsf", rb"DSD ", chunked.read_dsf),
    _parser("dff", "a DSDIFF file", b".dff", rb"FRM8", chunked.read_dsdiff),
    _parser("ape", "a Monkey's Audio file", b".ape .apl", rb"MAC ", streams.read_monkeys_audio),
    _parser("wavpack", "a WavPack file", b".wv", rb"wvpk", streams.read_wavpack),
    _parser("musepack", "a Musepack file", b".mpc .mp+ .mpp", rb"MPCK|MP\+", streams.read_musepack),
    _parser("tak", "a TAK file", b".tak", rb"tBaK", streams.read_tak),
    _parser("tta", "a TTA file", b".tta", rb"TTA\d", streams.read_tta),
    _parser("ac3", "an AC3 file", b".ac3 .eac3 .ec3", rb"\x0b\x77", streams.read_ac3),
    _parser("aac", "an AAC file", b".aac .adts", rb"ADIF|\xff[\xf0\xf1\xf8\xf9]", streams.read_aac),
    _parser("mp3", "an MP3 file", b".mp3 .mp2 .mp1 .mpga", rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]", streams.read_mp3),
)
"""Every kind of file that is understood. Of several whose first bytes fit, the first one counts."""

_BY_SUFFIX = {suffix: parser for parser in PARSERS for suffix in parser.suffixes}

SUFFIXES: frozenset[bytes] = frozenset(_BY_SUFFIX)
"""Of the files that a scan looks at: in lower case, with the dot."""


def parse(path: bytes) -> Parsed | Unreadable:
    """What the file says, or why it cannot be read. Raises nothing but `MemoryError`."""
    return reading.read(path, _BY_SUFFIX, PARSERS)
