"""The smallest real files of every kind, made byte by byte, for mutagen to tag and for the parsers to read."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

from mutagen import FileType
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.dsdiff import DSDIFF
from mutagen.dsf import DSF
from mutagen.flac import FLAC
from mutagen.id3 import APIC, ID3, TALB, TIT2, TPE1, Frame
from mutagen.mp4 import MP4
from mutagen.ogg import OggPage
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

RATE = 44_100


def mp3(frames: int = 8) -> bytes:
    """MPEG 1 layer 3, 128 kbit/s, stereo: frames of 417 bytes, 26 ms each."""
    return b"".join(b"\xff\xfb\x90\x00" + bytes(413) for _ in range(frames))


def aac(frames: int = 8) -> bytes:
    """ADTS, AAC LC, stereo."""
    length = 32
    head = bytes([0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5 | 0x1F, 0xFC])
    return b"".join(head + bytes(length - 7) for _ in range(frames))


def ac3(frames: int = 4) -> bytes:
    """AC-3, 48 kHz, 192 kbit/s, stereo."""
    return b"".join(b"\x0b\x77\x00\x00\x14\x40\x43" + bytes(761) for _ in range(frames))


def flac(seconds: int = 2) -> bytes:
    """STREAMINFO alone, 16 bit stereo."""
    return b"fLaC" + b"\x80\x00\x00\x22" + _streaminfo(seconds) + bytes(100)


def _streaminfo(seconds: int) -> bytes:
    packed = RATE << 44 | (2 - 1) << 41 | (16 - 1) << 36 | RATE * seconds
    return struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)


def vorbis(seconds: int = 2) -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 2, RATE, 0, 112_000, 0, 0xB8, 1)
    return _ogg(head, [b"\x03vorbis" + _comment() + b"\x01", b"\x05vorbis" + bytes(16)], RATE * seconds)


def opus(seconds: int = 2) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 312, RATE, 0, 0)
    return _ogg(head, [b"OpusTags" + _comment()], 48_000 * seconds + 312)


def speex(seconds: int = 2) -> bytes:
    numbers = struct.pack("<13i", 1, 80, 16_000, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0)
    return _ogg(b"Speex   " + b"1.2".ljust(20) + numbers, [_comment()], 16_000 * seconds)


def ogg_flac(seconds: int = 2) -> bytes:
    head = b"\x7fFLAC\x01\x00\x00\x01fLaC" + b"\x00\x00\x00\x22" + _streaminfo(seconds)
    comment = _comment()
    return _ogg(head, [b"\x84" + len(comment).to_bytes(3, "big") + comment], RATE * seconds)


def _comment() -> bytes:
    return struct.pack("<I", 4) + b"made" + struct.pack("<I", 0)


def _ogg(head: bytes, packets: list[bytes], position: int) -> bytes:
    pages = [OggPage(), OggPage(), OggPage()]
    for sequence, (page, content) in enumerate(zip(pages, ([head], packets, [bytes(64)]), strict=True)):
        page.sequence, page.packets, page.serial = sequence, content, 7
    pages[0].first = pages[2].last = True
    pages[2].position = position
    return b"".join(page.write() for page in pages)


def mp4(seconds: int = 2, codec: bytes = b"mp4a") -> bytes:
    """ftyp, moov with one audio track, mdat."""
    more = _esds() if codec == b"mp4a" else _box(b"free", bytes(8))
    entry = _box(codec, bytes(6) + struct.pack(">H8xHHHHI", 1, 2, 16, 0, 0, RATE << 16) + more)
    table = _box(b"stbl", _box(b"stsd", bytes(4) + struct.pack(">I", 1) + entry))
    handler = _box(b"hdlr", bytes(8) + b"soun" + bytes(13))
    length = _box(b"mdhd", bytes(12) + struct.pack(">IIHH", RATE, RATE * seconds, 0, 0))
    track = _box(b"trak", _box(b"mdia", length + handler + _box(b"minf", table)))
    movie = _box(b"moov", _box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 1000 * seconds) + bytes(80)) + track)
    return _box(b"ftyp", b"M4A \0\0\0\0M4A mp42") + movie + _box(b"mdat", bytes(64))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def _esds() -> bytes:
    config = b"\x05\x02\x12\x10"
    rates = struct.pack(">II", 128_000, 128_000)
    decoder = b"\x04" + bytes([13 + len(config)]) + b"\x40\x15" + bytes(3) + rates + config
    return _box(b"esds", bytes(4) + b"\x03" + bytes([3 + len(decoder)]) + bytes(3) + decoder)


def wav(seconds: int = 1, *, more: bytes = b"") -> bytes:
    """8 bit mono PCM."""
    content = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    content += b"data" + struct.pack("<I", 8000 * seconds) + bytes(8000 * seconds) + more
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WAVE" + content


def riff_info(**texts: bytes) -> bytes:
    """A LIST chunk of type INFO."""
    content = b"INFO"
    for name, text in texts.items():
        text += b"\0"
        content += name.encode() + struct.pack("<I", len(text)) + text + bytes(len(text) % 2)
    return b"LIST" + struct.pack("<I", len(content)) + content


def aiff(*, more: bytes = b"", kind: bytes = b"AIFF", compression: bytes = b"") -> bytes:
    """One second of 8 bit mono at 8 kHz."""
    rate = b"\x40\x0b\xfa" + bytes(7)
    common = struct.pack(">hLh", 1, 8000, 8) + rate + compression
    content = kind + b"COMM" + struct.pack(">I", len(common)) + common
    content += more + b"SSND" + struct.pack(">I", 8008) + bytes(8008)
    return b"FORM" + struct.pack(">I", len(content)) + content


def dsf() -> bytes:
    """One second of DSD64, stereo; the samples themselves are left out."""
    head = b"DSD " + struct.pack("<QQQ", 28, 28 + 52 + 12, 0)
    form = b"fmt " + struct.pack("<QIIIIIIQII", 52, 1, 0, 2, 2, 2_822_400, 1, 2_822_400, 4096, 0)
    return head + form + b"data" + struct.pack("<Q", 12)


def dff() -> bytes:
    """DSD64, stereo."""
    kinds = _dff(b"FS  ", struct.pack(">I", 2_822_400)) + _dff(b"CHNL", struct.pack(">H", 2) + b"SLFTSRGT")
    kinds += _dff(b"CMPR", b"DSD \x0enot compressed")
    content = b"DSD " + _dff(b"FVER", b"\x01\x05\0\0") + _dff(b"PROP", b"SND " + kinds) + _dff(b"DSD ", bytes(70_560))
    return b"FRM8" + struct.pack(">Q", len(content)) + content


def _dff(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">Q", len(content)) + content + bytes(len(content) % 2)


def ape() -> bytes:
    """Monkey's Audio 3.99: one frame of a second."""
    form = struct.pack("<IIIHHI", 73_728, RATE, 1, 16, 2, RATE)
    return b"MAC " + struct.pack("<H", 3990) + bytes(50) + form + bytes(60)


def wavpack() -> bytes:
    """One block header: a second of 16 bit stereo."""
    return b"wvpk" + struct.pack("<IHBBIIIII", 24, 0x407, 0, 0, RATE, 0, RATE, 9 << 23 | 1, 0) + bytes(64)


def musepack() -> bytes:
    """Stream version 7, 39 frames."""
    return b"MP+\x07" + struct.pack("<II", 39, 0) + bytes(12) + bytes(200)


def tak() -> bytes:
    """A stream description: one second of 16 bit stereo."""
    bits = 2 | 0 << 6 | 0 << 10 | RATE << 14
    bits |= (0 | (RATE - 6000) << 3 | (16 - 8) << 21 | (2 - 1) << 26) << 49
    info = bits.to_bytes(10, "little") + bytes(3)
    return b"tBaK" + b"\x01" + len(info).to_bytes(3, "little") + info + b"\x00\x00\x00\x00" + bytes(40)


def tta() -> bytes:
    """One second of 16 bit stereo."""
    return b"TTA1" + struct.pack("<HHHII", 1, 2, 16, RATE, RATE) + bytes(40)


def asf() -> bytes:
    """File and stream properties: two seconds of Windows Media Audio."""
    file = bytes(40) + struct.pack("<QQQ", 20_000_000, 20_000_000, 0) + bytes(16)
    stream = bytes(54) + struct.pack("<HHIIHH", 0x161, 2, RATE, 16_000, 1, 16) + bytes(2)
    objects = _object("A1DCAB8C47A9CF118EE400C00C205365", file) + _object("9107DCB7B7A9CF118EE600C00C205365", stream)
    head = bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C") + struct.pack("<QIBB", len(objects) + 30, 2, 1, 2)
    return head + objects + bytes(50)


def _object(guid: str, content: bytes) -> bytes:
    return bytes.fromhex(guid) + struct.pack("<Q", len(content) + 24) + content


EVERY_KIND: dict[str, Callable[[], bytes]] = {
    "mp3": mp3,
    "aac": aac,
    "ac3": ac3,
    "flac": flac,
    "ogg": vorbis,
    "opus": opus,
    "spx": speex,
    "oga": ogg_flac,
    "m4a": mp4,
    "wav": wav,
    "aiff": aiff,
    "dsf": dsf,
    "dff": dff,
    "ape": ape,
    "wv": wavpack,
    "mpc": musepack,
    "tak": tak,
    "tta": tta,
    "wma": asf,
}
"""By suffix."""


def with_id3(data: bytes, *frames: Frame, version: int = 4) -> bytes:
    """A tag in front; version 3 joins several values by "/", as most taggers do."""
    file = io.BytesIO(data)
    tag = ID3()
    for frame in frames:
        tag.add(frame)
    if version == 3:
        tag.update_to_v23()
    tag.save(file, v1=0, v2_version=version)
    return file.getvalue()


def with_chunk_of_id3(kind: type[FileType], data: bytes, *frames: Frame) -> bytes:
    """A tag in a chunk of its own."""
    file = io.BytesIO(data)
    media = kind(file)
    media.add_tags()
    for frame in frames:
        media.tags.add(frame)
    file.seek(0)
    media.save(file)
    return file.getvalue()


def with_ape(data: bytes, items: dict[str, str | list[str] | bytes]) -> bytes:
    """An APEv2 tag at the end."""
    file = io.BytesIO(data)
    tag = APEv2()
    for key, value in items.items():
        tag[key] = value
    tag.save(file)
    return file.getvalue()


def with_items(kind: type[FileType], data: bytes, items: dict[str, object]) -> bytes:
    """The tags of a container that has its own: Vorbis comments, atoms, attributes."""
    file = io.BytesIO(data)
    media = kind(file)
    if media.tags is None:
        media.add_tags()
    for key, value in items.items():
        media.tags[key] = value
    file.seek(0)
    media.save(file)
    return file.getvalue()


NAMED = (TIT2(3, "Title"), TPE1(3, "Artist"), TALB(3, "Album"))
PICTURE = APIC(3, "image/png", 3, "", bytes(4000))
_CHUNKED = {"wav": WAVE, "aiff": AIFF, "dsf": DSF, "dff": DSDIFF}
_XIPH = {"flac": FLAC, "ogg": OggVorbis, "opus": OggOpus, "spx": OggSpeex, "oga": OggFLAC}


def tagged(suffix: str) -> bytes:
    """A file of that kind that says it is "Title" by "Artist" on "Album"."""
    data = EVERY_KIND[suffix]()
    if suffix in ("mp3", "aac", "tta"):
        return with_id3(data, *NAMED)
    if suffix in _CHUNKED:
        return with_chunk_of_id3(_CHUNKED[suffix], data, *NAMED)
    if suffix in _XIPH:
        return with_items(_XIPH[suffix], data, {"TITLE": "Title", "ARTIST": "Artist", "ALBUM": "Album"})
    if suffix == "m4a":
        return with_items(MP4, data, {"\xa9nam": ["Title"], "\xa9ART": ["Artist"], "\xa9alb": ["Album"]})
    if suffix == "wma":
        return with_items(ASF, data, {"Title": "Title", "Author": "Artist", "WM/AlbumTitle": "Album"})
    return with_ape(data, {"Title": "Title", "Artist": "Artist", "Album": "Album"})
