"""The smallest real audiobooks: MP4s with both kinds of chapters, made atom by atom, and frames of chapters for ID3."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import music_files as made
from mutagen.mp4 import MP4, MP4FreeForm

from scannerd.parsers.books import audio

HOUR = 3_600_000


def box(name: bytes, *content: bytes) -> bytes:
    """An atom."""
    data = b"".join(content)
    return struct.pack(">I4s", len(data) + 8, name) + data


def table(name: bytes, form: str, *entries: Sequence[int]) -> bytes:
    """A full atom with a count and entries."""
    rows = b"".join(struct.pack(form, *entry) for entry in entries)
    return box(name, struct.pack(">II", 0, len(entries)), rows)


def sample(title: str | bytes, *, marked: bool = False) -> bytes:
    """A text as QuickTime has it; `marked` by the atom that names its encoding."""
    data = title.encode() if isinstance(title, str) else title
    return struct.pack(">H", len(data)) + data + (box(b"encd", b"\0\0\1\0") if marked else b"")


def header(number: int) -> bytes:
    return box(b"tkhd", bytes(12), struct.pack(">I", number), bytes(68))


def audio_track(duration_ms: int = HOUR, *, refers_to: Sequence[int] = (), more: bytes = b"") -> bytes:
    """AAC, with further atoms among its tables."""
    entry = box(b"mp4a", bytes(6), struct.pack(">H8xHHHHI", 1, 2, 16, 0, 0, 22_050 << 16), esds())
    tables = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), entry), more)
    times = box(b"mdhd", bytes(12), struct.pack(">IIHH", 1000, duration_ms, 0, 0))
    handler = box(b"hdlr", bytes(8), b"soun", bytes(13))
    named = box(b"tref", box(b"chap", struct.pack(f">{len(refers_to)}I", *refers_to))) if refers_to else b""
    return box(b"trak", header(1), named, box(b"mdia", times, handler, box(b"minf", tables)))


def esds() -> bytes:
    config = b"\x05\x02\x13\x90"
    decoder = b"\x04" + bytes([13 + len(config)]) + b"\x40\x15" + bytes(3) + struct.pack(">II", 64_000, 64_000) + config
    return box(b"esds", bytes(4), b"\x03", bytes([3 + len(decoder)]), bytes(3), decoder)


def text_track(
    tables: bytes, *, number: int = 2, scale: int = 1000, handler: bytes = b"text", version: int = 0
) -> bytes:
    times = struct.pack(">II", scale, 0) if version == 0 else struct.pack(">IQ", scale, 0)
    times = box(b"mdhd", bytes([version]), bytes(19 if version else 11), times, bytes(4))
    tables = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), box(b"text", bytes(51))), tables)
    kind = box(b"hdlr", bytes(8), handler, bytes(13))
    return box(b"trak", header(number), box(b"mdia", times, kind, box(b"minf", tables)))


def text_tables(samples: Sequence[bytes], durations: Sequence[int], place: int, *, per_chunk: int = 1) -> bytes:
    """The samples one behind the other, in chunks of so many."""
    begins = [place + sum(map(len, samples[:at])) for at in range(0, len(samples), per_chunk)]
    return (
        table(b"stts", ">II", *((1, duration) for duration in durations))
        + table(b"stsc", ">III", (1, per_chunk, 1))
        + box(b"stsz", struct.pack(">III", 0, 0, len(samples)), *(struct.pack(">I", len(one)) for one in samples))
        + table(b"stco", ">I", *((begin,) for begin in begins))
    )


def chpl(*chapters: tuple[int, str], version: int = 1) -> bytes:
    """Nero's list: milliseconds and titles."""
    entries = b"".join(
        struct.pack(">QB", start * 10_000, len(title.encode())) + title.encode() for start, title in chapters
    )
    count = struct.pack(">BI", 0, len(chapters)) if version else bytes([len(chapters)])
    return box(b"chpl", bytes([version, 0, 0, 0]), count, entries)


FTYP = box(b"ftyp", b"M4B \0\0\0\0M4A mp42isom")


def movie(*tracks: bytes, listed: bytes = b"", duration_ms: int = HOUR) -> bytes:
    clock = box(b"mvhd", bytes(12), struct.pack(">II", 1000, duration_ms), bytes(80))
    return box(b"moov", clock, *tracks, box(b"udta", listed) if listed else b"")


def m4b(
    *chapters: tuple[int, str | bytes],
    nero: Sequence[tuple[int, str]] = (),
    duration_ms: int = HOUR,
    per_chunk: int = 1,
) -> bytes:
    """Texts (duration, title) in a track of their own, in front of the moov; Nero's (start, title) in a list."""
    samples = [sample(title) for _, title in chapters]
    texts = box(b"mdat", *samples)
    tables = text_tables(samples, [duration for duration, _ in chapters], len(FTYP) + 8, per_chunk=per_chunk)
    tracks = [audio_track(duration_ms, refers_to=[2] if chapters else [])] + ([text_track(tables)] if chapters else [])
    return FTYP + texts + movie(*tracks, listed=chpl(*nero) if nero else b"", duration_ms=duration_ms)


def tagged(data: bytes, atoms: dict[str, object], **free: str | list[str]) -> bytes:
    """With iTunes' atoms, and freeform texts: `SERIES_PART` is SERIES-PART."""
    items = dict(atoms)
    for name, value in free.items():
        texts = value if isinstance(value, list) else [value]
        items[f"----:com.apple.iTunes:{name.replace('_', '-')}"] = [MP4FreeForm(text.encode()) for text in texts]
    return made.with_items(MP4, data, items)


def chap(key: str, start: int, end: int, *frames: bytes) -> tuple[bytes, bytes]:
    """The name and the content of a CHAP frame."""
    return b"CHAP", key.encode() + b"\0" + struct.pack(">4I", start, end, 0xFFFFFFFF, 0xFFFFFFFF) + b"".join(frames)


def ctoc(key: str, children: Sequence[str], *frames: bytes, top: bool = False) -> tuple[bytes, bytes]:
    names = b"".join(child.encode() + b"\0" for child in children)
    return b"CTOC", key.encode() + b"\0" + bytes([3 if top else 1, len(children)]) + names + b"".join(frames)


def frame(name: bytes, content: bytes, *, synchsafe: bool = False) -> bytes:
    """A frame, header and all."""
    size = bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return name + (size if synchsafe else struct.pack(">I", len(content))) + b"\0\0" + content


def title(text: str) -> bytes:
    return frame(b"TIT2", b"\3" + text.encode())


def with_frames(data: bytes, *frames: tuple[bytes, bytes], version: int = 3) -> bytes:
    """A tag byte by byte in front."""
    body = b"".join(frame(name, content, synchsafe=version == 4) for name, content in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, 0]) + size + body + data


def read(name: str, data: bytes | io.BufferedIOBase) -> audio.BookFileSaid:
    """By the parser of that suffix."""
    suffix = f".{name}".encode()
    parser = next(one for one in audio.AUDIO_PARSERS if suffix in one.suffixes)
    return parser.read(io.BytesIO(data) if isinstance(data, bytes) else data)
