"""MP4 with audio in it: iTunes' atoms and freeform texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from mutagen.mp4 import MP4, MP4Chapters, MP4Info, MP4MetadataError, MP4Tags

from scannerd.model.media import Parsed
from scannerd.parsers.fields import MP4_ATOMS, MP4_FREE, Found
from scannerd.parsers.interpret import interpret
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

_LOSSLESS = ("alac", "flac", "lpcm", "sowt", "twos", "in24")


class _LeanTags(MP4Tags):  # type: ignore[misc]
    """The tags without the pictures: that they are there is noted, they are not loaded."""

    has_picture = False

    def load(self, atoms: Any, fileobj: BinaryIO) -> None:
        try:
            ilst = atoms.path(b"moov", b"udta", b"meta", b"ilst")[-1]
        except KeyError as exc:
            raise MP4MetadataError(exc) from exc
        kept = [atom for atom in ilst.children if atom.name != b"covr"]
        self.has_picture = len(kept) < len(ilst.children)
        ilst.children = kept
        super().load(atoms, fileobj)


class _NoChapters(MP4Chapters):  # type: ignore[misc]
    """Nothing: one bad title of a chapter would make the file unreadable."""

    @classmethod
    def _can_load(cls, _atoms: Any) -> bool:
        return False


class _LeanMP4(MP4):  # type: ignore[misc]
    MP4Tags = _LeanTags
    MP4Chapters = _NoChapters


def read_mp4(file: BinaryIO) -> Parsed:
    """The first audio track of an MP4."""
    mp4 = _LeanMP4(file)
    if not mp4.info.length and not mp4.info.codec:
        raise MP4MetadataError("no audio in it")
    found, has_picture = Found(), False
    if mp4.tags is not None:
        has_picture = mp4.tags.has_picture
        for key, values in mp4.tags.items():
            place = MP4_FREE.get(key.rpartition(":")[2].lower()) if key.startswith("----") else MP4_ATOMS.get(key)
            if place:
                found.add(place, _texts(values))
    described = properties(mp4.info, _codec(mp4.info))
    if described.codec not in _LOSSLESS:
        described = replace(described, bit_depth=None)  # a field that means nothing then, and says 16
    return interpret("mp4", found.values, described, has_picture=has_picture)


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
