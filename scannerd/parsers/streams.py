"""Bare audio streams with tags around them: MP3, AAC, AC3, TTA, and Monkey's Audio, WavPack, Musepack and TAK.

In front an ID3v2 tag, behind an APEv2 or ID3v1 tag or both: any of them, whatever the stream. The one at home in a
format counts; the others fill what it leaves open, which is how ReplayGain in APEv2 gets into an MP3.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

from mutagen import StreamInfo
from mutagen.aac import AACInfo
from mutagen.ac3 import AC3Info
from mutagen.monkeysaudio import MonkeysAudioInfo
from mutagen.mp3 import MPEGInfo
from mutagen.musepack import MusepackInfo
from mutagen.tak import TAKInfo
from mutagen.trueaudio import TrueAudioInfo
from mutagen.wavpack import WavPackInfo

from scannerd.parsers.ape import read_apev2
from scannerd.parsers.fields import Found, Names
from scannerd.parsers.id3 import Tags, read_id3, read_id3v1
from scannerd.parsers.parser import Heard
from scannerd.parsers.stream_info import properties

_TAIL = 160  # an APEv2 footer and an ID3v1 tag


def read_mp3(file: BinaryIO, names: Names) -> Heard:
    """MPEG audio of any layer."""
    front = read_id3(file, names)
    return _heard(file, names, "mp3", front, MPEGInfo(file, front.size), lambda info: f"mp{info.layer}")


def read_aac(file: BinaryIO, names: Names) -> Heard:
    """AAC without a container: ADTS or ADIF."""
    front = read_id3(file, names)
    file.seek(0)  # it finds the end of the tag itself, and counts from the beginning
    return _heard(file, names, "aac", front, AACInfo(file), lambda _: "aac")


def read_ac3(file: BinaryIO, names: Names) -> Heard:
    """AC-3, E-AC-3."""
    return _read(file, names, "ac3", AC3Info, lambda info: "eac3" if info.codec == "ec-3" else "ac3")


def read_tta(file: BinaryIO, names: Names) -> Heard:
    """True Audio."""
    return _read(file, names, "tta", lambda stream: TrueAudioInfo(stream, stream.tell()))


def read_monkeys_audio(file: BinaryIO, names: Names) -> Heard:
    """Monkey's Audio."""
    return _read(file, names, "ape", MonkeysAudioInfo)


def read_wavpack(file: BinaryIO, names: Names) -> Heard:
    """WavPack, also with DSD in it."""
    return _read(file, names, "wavpack", WavPackInfo)


def read_musepack(file: BinaryIO, names: Names) -> Heard:
    """Musepack of stream versions 4 to 8."""
    return _read(file, names, "musepack", MusepackInfo)


def read_tak(file: BinaryIO, names: Names) -> Heard:
    """Tom's lossless Audio Kompressor."""
    return _read(file, names, "tak", TAKInfo)


_APE_AT_HOME = frozenset({"ape", "wavpack", "musepack", "tak"})


def _read(
    file: BinaryIO,
    names: Names,
    form: str,
    info_of: Callable[[BinaryIO], StreamInfo],
    codec_of: Callable[[StreamInfo], str] | None = None,
) -> Heard:
    front = read_id3(file, names)
    file.seek(front.size)
    return _heard(file, names, form, front, info_of(file), codec_of or (lambda _: form))


def _heard(
    file: BinaryIO, names: Names, form: str, front: Tags, info: StreamInfo, codec_of: Callable[[StreamInfo], str]
) -> Heard:
    back, old = _tags_behind(file, names)
    home, guest = (back, front) if form in _APE_AT_HOME else (front, back)
    home.note_problem()
    guest.note_problem()
    home.found.fill(guest.found)
    home.found.fill(old)
    has_picture = front.has_picture or back.has_picture
    return Heard(form, home.found.values, properties(info, codec_of(info)), has_picture, front.chapters)


def _tags_behind(file: BinaryIO, names: Names) -> tuple[Tags, Found]:
    """The APEv2 tag, and the ID3v1 tag, behind the stream."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    old = read_id3v1(tail, names)
    # Lyrics3 stands between the two, as long as it likes.
    has_ape = b"APETAGEX" in tail or b"LYRICS200" in tail
    return read_apev2(file, names) if has_ape else Tags(Found()), old
