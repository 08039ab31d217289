"""The audio files of a book in the order in which they are heard. Pure.

A *reading* is a set of audio files that make up the book once. M4Bs are one, the other audio files another; where the
same names are there in two formats (`01.mp3`, `01.flac`), each format is a reading. The parts of a reading are ordered

1. by disc and position as tagged, where every file that can be read has a position and no two have the same; a file
   without a disc has that of its folder; a file that cannot be read follows the one that its name follows;
2. else by disc folder, and in it by name, numbers by their value.
"""

from __future__ import annotations

from collections.abc import Sequence

from scannerd.library.books.book import BookFile
from scannerd.library.books.divide import natural_place
from scannerd.library.books.natural_order import NaturalKey
from scannerd.library.books.shapes import Shape, shape_of, suffix_of
from scannerd.library.books.stems import stem_key
from scannerd.library.books.units import disc_number

_TagKey = tuple[int, int]


def readings(audio: Sequence[BookFile]) -> list[list[BookFile]]:
    """The readings among the audio files of one book, M4Bs first, each in order."""
    whole = [one for one in audio if shape_of(one) is Shape.M4B]
    parts = [one for one in audio if shape_of(one) is not Shape.M4B]
    return [in_order(one) for one in (whole, *_by_format(parts)) if one]


def _by_format(parts: Sequence[BookFile]) -> list[list[BookFile]]:
    formats: dict[bytes, list[BookFile]] = {}
    for one in sorted(parts, key=lambda one: (suffix_of(one.name), natural_place(one))):
        formats.setdefault(suffix_of(one.name), []).append(one)
    found: list[tuple[list[BookFile], set[tuple[bytes, str]]]] = []
    for files in formats.values():
        names = {(one.folder, stem_key(one.name)) for one in files}
        for reading, known in found:
            if not names & known:
                reading.extend(files)
                known.update(names)
                break
        else:
            found.append((files, names))
    return [reading for reading, _ in found]


def in_order(reading: Sequence[BookFile]) -> list[BookFile]:
    by_name = sorted(reading, key=_name_key)
    tagged = {one.place: key for one in by_name if (key := _tag_key(one))}
    if len(tagged) < sum(one.said is not None for one in by_name) or len(set(tagged.values())) < len(tagged):
        return by_name
    keys: dict[tuple[bytes, bytes], _TagKey] = {}
    last: _TagKey = (-1, -1)
    for one in by_name:
        last = keys[one.place] = tagged.get(one.place, last)
    # What cannot be read shares the key of the file before it, and stays behind that: sorting is stable.
    return sorted(by_name, key=lambda one: keys[one.place])


def _name_key(file: BookFile) -> tuple[int, tuple[NaturalKey, NaturalKey]]:
    return disc_number(file.folder) or 0, natural_place(file)


def _tag_key(file: BookFile) -> _TagKey | None:
    if file.said is None or file.said.position is None:
        return None
    disc = file.said.disc if file.said.disc is not None else disc_number(file.folder)
    return disc or 1, file.said.position
