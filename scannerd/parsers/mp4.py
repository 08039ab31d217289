"""MP4 with audio in it: iTunes' atoms and freeform texts."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO, NamedTuple

from mutagen.mp4 import MP4Info, MP4MetadataError, MP4NoTrackError, MP4Tags

from scannerd.parsers.fields import Found, Names
from scannerd.parsers.mp4_atoms import Atom, read_atoms
from scannerd.parsers.parser import Heard
from scannerd.parsers.stream_info import properties

_CODECS = {
    "ac-3": "ac3",
    "ec-3": "eac3",
    "flac": "flac",
    "drms": "aac",  # with the protection of the old store
    "mp4a.69": "mp3",
    "mp4a.6b": "mp3",
    "mp4a.40.34": "mp3",
    "mp4a.a5": "ac3",
    "mp4a.a6": "eac3",
    "mp4a.a9": "dts",
}
_LARGEST = 1 << 20  # of what is no picture
_LOSSLESS = ("alac", "flac", "lpcm", "sowt", "twos", "in24")


class Opened(NamedTuple):
    """An MP4 with audio in it: where its atoms are, and what mutagen makes of them."""

    atoms: Atom
    info: MP4Info
    tags: _LeanTags | None


class _LeanTags(MP4Tags):  # type: ignore[misc]
    """The tags without the pictures: that they are there is noted, they are not loaded."""

    has_picture = False

    def load(self, atoms: Atom, fileobj: BinaryIO) -> None:
        ilst = atoms.path(b"moov", b"udta", b"meta", b"ilst")[-1]
        children = ilst.children or []
        ilst.children = [atom for atom in children if atom.name != b"covr" and atom.length <= _LARGEST]
        self.has_picture = any(atom.name == b"covr" for atom in children)
        super().load(atoms, fileobj)


def read_mp4(file: BinaryIO, names: Names) -> Heard:
    """The first audio track of an MP4."""
    return heard(open_mp4(file), names)


def open_mp4(file: BinaryIO) -> Opened:
    """The atoms, the stream and the tags."""
    info = MP4Info()
    try:
        atoms = read_atoms(file)
        with suppress(MP4NoTrackError):
            info.load(atoms, file)
        has_tags = atoms.find(b"moov", b"udta", b"meta", b"ilst") is not None
        tags = _LeanTags(atoms, file) if has_tags else None
    except OSError as exc:
        raise MP4MetadataError(exc) from exc
    except (KeyError, ValueError, IndexError, TypeError, struct.error) as exc:
        raise MP4MetadataError(f"its tags or tracks make no sense ({type(exc).__name__})") from exc
    if not info.length and not info.codec:
        raise MP4MetadataError("no audio in it")
    return Opened(atoms, info, tags)


def heard(mp4: Opened, names: Names) -> Heard:
    """What its tags say of the fields that are asked for."""
    found, has_picture = Found(), False
    if mp4.tags is not None:
        has_picture = mp4.tags.has_picture
        for key, values in mp4.tags.items():
            free = key.startswith("----")
            place = names.mp4_free.get(key.rpartition(":")[2].lower()) if free else names.mp4_atoms.get(key)
            if place:
                found.add(place, _texts(values))
    described = properties(mp4.info, _codec(mp4.info))
    if described.codec not in _LOSSLESS:
        described = replace(described, bit_depth=None)  # a field that means nothing then, and says 16
    return Heard("mp4", found.values, described, has_picture)


def _texts(values: Any) -> Iterator[str]:
    """Texts of texts, of bytes that should be UTF-8, of numbers and of pairs of them."""
    for value in values if isinstance(values, list) else [values]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, bytes):
            yield value.decode("utf-8", "replace")
        elif isinstance(value, tuple):
            yield "/".join(str(number) for number in value)
        else:
            yield str(int(value))


def _codec(info: MP4Info) -> str | None:
    """The codec's usual name: "mp4a.40.2" and all of its kin are AAC."""
    codec = info.codec.lower()
    if known := _CODECS.get(codec):
        return known
    return "aac" if codec.startswith("mp4a") else codec.strip() or None
