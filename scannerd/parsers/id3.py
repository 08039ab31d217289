"""ID3: the frames worth reading, from wherever a file holds them; pictures are seen, not loaded.

mutagen reads a tag whole and copies what is left of it for every frame, so a cover of a megabyte costs more than all
the rest of the file. Therefore a plain tag is walked here, frame by frame, and mutagen is given the frames that are
wanted. A tag that is not plain (2.2, unsynchronised, an extended header, sizes that do not add up) it gets whole.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from typing import BinaryIO, ClassVar, NamedTuple

from mutagen import MutagenError
from mutagen.id3 import ID3, BinaryFrame, Frame, Frames, Frames_2_2, ParseID3v1, TextFrame

from scannerd.parsers.fields import MUSIC, Found, Names

_ALWAYS = ("TXXX", "TDAT", "TIPL", "TMCL", "IPLS")
_CHAPTERS = ("CHAP", "CTOC")
_PICTURES = (b"APIC", b"PIC")
_LARGEST_FRAME = 1 << 20
_LARGEST_CHAPTER = 1 << 12  # what is behind that of a chapter is its picture
_MOST_PIECES = 1 << 15  # of a tag: two for each frame
_T = ord("T")
_UTF16 = b"\x01\xff\xfe"  # the encoding's number, and a mark that says least significant byte first
_LONGEST_SHORT = 128
_HEADER = 10
_NOT_COMMENTS = ("itun", "itunes_cddb", "songs-db", "musicmatch")
_MUSICBRAINZ_OWNER = "http://musicbrainz.org"
_JOBS = {
    "arranger": "arranger",
    "engineer": "engineer",
    "producer": "producer",
    "mix": "mixer",
    "mixer": "mixer",
    "dj-mix": "dj_mixer",
    "dj mix": "dj_mixer",
}


class Tags(NamedTuple):
    """What the tags of one kind say."""

    found: Found
    has_picture: bool = False
    size: int = 0  # bytes that the tag takes, header and all; 0 where there is none
    problem: str | None = None  # why it could not be read
    chapters: tuple[tuple[str, bytes], ...] = ()  # CHAP and CTOC frames, where they are asked for

    def note_problem(self) -> None:
        """Let the file's owner see why there is less than they know of."""
        if self.problem:
            self.found.values["tag_problem"] = [self.problem]


@cache
def _frames_of(names: Names) -> tuple[dict[str, type[Frame]], frozenset[bytes]]:
    """The frames worth reading, for mutagen and for us."""
    wanted = frozenset((*names.id3_frames, *_ALWAYS))
    frames = {
        **{name: frame for name, frame in Frames.items() if name in wanted},
        **{name: frame for name, frame in Frames_2_2.items() if frame.__base__.__name__ in wanted},
        # As texts, because mutagen's timestamps forget a date that is written in words, and the year in it.
        **{name: type(name, (TextFrame,), {}) for name in ("TDRC", "TDRL", "TDOR")},
        # As bytes, because mutagen would load their pictures.
        **{name: type(name, (_Numbered,), {}) for name in _CHAPTERS if name in wanted},
    }
    return frames, frozenset(name.encode() for name in wanted)


class _Numbered(BinaryFrame):  # type: ignore[misc]
    """A frame of which a tag has several; all of them count, since some writers give all the same id."""

    text: ClassVar[tuple[str, ...]] = ()

    @property
    def HashKey(self) -> str:  # noqa: N802  # mutagen's name
        return f"{self.FrameID}:{id(self)}"


def read_id3(file: BinaryIO, names: Names = MUSIC) -> Tags:
    """The ID3v2 tag that begins here, if one does."""
    start = file.tell()
    header = file.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(b"ID3"):
        return Tags(Found())
    length = _synchsafe(header[6:])
    size = length + _HEADER if length >= 0 else 0
    frames, wanted = _frames_of(names)
    try:
        plain, has_picture = _walked(file, header, size, wanted) or (None, False)
        if plain is None:
            file.seek(start)
            tag = ID3(file, known_frames=frames, translate=False, load_v1=False)
            has_picture = any(raw.startswith(_PICTURES) for raw in tag.unknown_frames)
        else:
            tag = ID3(io.BytesIO(plain), known_frames=frames, translate=False, load_v1=False)
    except MutagenError as exc:
        return Tags(Found(), size=size, problem=str(exc))
    chapters = tuple((frame.FrameID, frame.data) for frame in tag.values() if isinstance(frame, _Numbered))
    return Tags(fields_of(tag.values(), names), has_picture, size, None, chapters)


def read_id3v1(tail: bytes, names: Names) -> Found:
    """The old tag of 128 bytes at the end, if the file has one."""
    if tail[-128:-125] != b"TAG":
        return Found()
    return fields_of((ParseID3v1(tail[-128:], known_frames=_frames_of(names)[0]) or {}).values(), names)


def _walked(file: BinaryIO, header: bytes, size: int, wanted: frozenset[bytes]) -> tuple[bytes, bool] | None:
    """The same tag with the wanted frames alone, and whether it had a picture; None where only mutagen knows better."""
    if header[3] not in (3, 4) or header[5] or not size:
        return None
    kept: list[bytes] = []
    has_picture, left = False, size - _HEADER
    while left >= _HEADER:
        head = file.read(_HEADER)
        if len(head) < _HEADER:
            return None
        if not head[0]:
            break
        name = head[:4]
        length = _synchsafe(head[4:8]) if header[3] == 4 else int.from_bytes(head[4:8], "big")
        left -= _HEADER + length
        if length < 0 or left < 0 or not name.isalnum():
            return None
        if name in wanted and length <= _LARGEST_FRAME and len(kept) < _MOST_PIECES:
            if name == b"CHAP" and length > _LARGEST_CHAPTER:
                kept += _shortened(head, header[3]), file.read(_LARGEST_CHAPTER)
                file.seek(length - _LARGEST_CHAPTER, io.SEEK_CUR)
            else:
                kept += _in_utf8(head, file.read(length))
        else:
            has_picture = has_picture or name == b"APIC"
            file.seek(length, io.SEEK_CUR)
    body = b"".join(kept)
    return b"".join((header[:6], _as_synchsafe(len(body)), body)), has_picture


def _in_utf8(head: bytes, data: bytes) -> tuple[bytes, bytes]:
    """The same text frame in UTF-8 instead of UTF-16, which mutagen decodes byte by byte: most taggers write that.

    A frame with flags, and a text that is not plain, stay as they are.
    """
    if head[0] != _T or data[:3] != _UTF16 or head[8] or head[9]:
        return head, data
    try:
        text = data[3:].decode("utf-16-le")
        # A part of the other byte order, and empty parts at the ends, which count where lists are paired.
        if "\ufffe" in text or text[:1] in ("", "\0") or "\0\ufeff\0" in text or text.endswith("\0\ufeff"):
            return head, data
        short = b"\x03" + text.replace("\0\ufeff", "\0").encode()
    except UnicodeError:
        return head, data
    if len(short) >= _LONGEST_SHORT:  # below that, both ways of writing a size are one
        return head, data
    return head[:4] + bytes((0, 0, 0, len(short))) + head[8:], short


def _shortened(head: bytes, version: int) -> bytes:
    """The header of a frame that is cut to the limit of chapters; one with flags is left to mutagen to refuse."""
    size = _as_synchsafe(_LARGEST_CHAPTER) if version == 4 else _LARGEST_CHAPTER.to_bytes(4, "big")
    return head[:4] + size + head[8:]


def _synchsafe(data: bytes) -> int:
    """A number of four times seven bits; negative where an eighth bit is set."""
    one, two, three, four = data[:4]
    return -1 if (one | two | three | four) & 0x80 else one << 21 | two << 14 | three << 7 | four


def _as_synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def fields_of(frames: Iterable[Frame], names: Names = MUSIC) -> Found:
    """The fields that the frames are of."""
    found = Found()
    day_month = ""
    for frame in frames:
        name = frame.FrameID
        if name == "TXXX":
            if place := names.id3_free.get(frame.desc.lower()):
                found.add(place, frame.text)
        elif name in _ODD:
            _ODD[name](found, frame)
        elif name == "TDAT":
            day_month = str(frame)
        elif place := names.id3_frames.get(name):
            found.add(place, frame.text)
    _settle(found.values, day_month)
    return found


def _settle(values: dict[str, list[str]], day_month: str) -> None:
    """What only several frames together say: TYER with TDAT, and TIT1, which is a work where iTunes files works."""
    year = values.get("date", [""])[0]
    if len(year) == 4 and len(day_month) == 4:
        values["date"] = [f"{year}-{day_month[2:]}-{day_month[:2]}"]
    if not values.keys().isdisjoint(("itunes_grouping", "movement", "movement_number")):
        if "grouping" in values:
            values.setdefault("work", values.pop("grouping"))
        if "itunes_grouping" in values:
            values["grouping"] = values.pop("itunes_grouping")


def _add_comment(found: Found, frame: Frame) -> None:
    described = frame.desc.lower()
    if not described.startswith(_NOT_COMMENTS):
        found.add(("comment", 1 if described else 0), frame.text)


def _add_lyrics(found: Found, frame: Frame) -> None:
    found.add(("lyrics", 0), [frame.text])


def _add_address(found: Found, frame: Frame) -> None:
    found.add(("url", 1 if frame.FrameID == "WXXX" else 0), [frame.url])


def _add_timed_lyrics(found: Found, frame: Frame) -> None:
    found.add(("lyrics", 1), ["\n".join(line.strip() for line, _ in frame.text)])


def _add_people(found: Found, frame: Frame) -> None:
    """Jobs have fields of their own; any other word is an instrument."""
    for job, name in frame.people:
        field = _JOBS.get(job.strip().lower())
        found.add((field or "performer", 0), [name if field or not job.strip() else f"{name} ({job})"])


def _add_recording(found: Found, frame: Frame) -> None:
    if frame.owner == _MUSICBRAINZ_OWNER:
        found.add(("recording_mbid", 0), [frame.data.decode("ascii", "replace")])


def _add_rating(found: Found, frame: Frame) -> None:
    if frame.rating:
        found.add(("rating", 0), [str(frame.rating)])


_ODD: dict[str, Callable[[Found, Frame], None]] = {
    "COMM": _add_comment,
    "USLT": _add_lyrics,
    "SYLT": _add_timed_lyrics,
    "TIPL": _add_people,
    "TMCL": _add_people,
    "IPLS": _add_people,
    "UFID": _add_recording,
    "POPM": _add_rating,
    "WOAF": _add_address,
    "WOAS": _add_address,
    "WXXX": _add_address,
}
