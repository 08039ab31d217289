"""What a file of a unit is to its book, as far as dividing and ranking ask. Pure.

What was read decides; a file that cannot be read is what its suffix says.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

from scannerd.library.books.book import BookFile
from scannerd.model.book import BookFileSaid, BookKind


class Shape(IntEnum):
    """In the order in which their words count: a package document says what it means, tags of audio less so, a PDF's
    fields are often what the word processor left there.
    """

    EPUB = 0
    M4B = 1  # a whole book, or a long part of one
    PART = 2  # any other audio file
    KINDLE = 3
    COMIC = 4
    PDF = 5
    SIDECAR = 6
    PICTURE = 7

    @property
    def is_audio(self) -> bool:
        return self in (Shape.M4B, Shape.PART)

    @property
    def is_beside(self) -> bool:
        """Whether it says something of a book and is none."""
        return self in (Shape.SIDECAR, Shape.PICTURE)


_SHAPES = {
    **dict.fromkeys((b"epub", b"kepub"), Shape.EPUB),
    **dict.fromkeys((b"mobi", b"azw", b"azw1", b"azw3", b"azw4", b"kf8", b"prc", b"pdb"), Shape.KINDLE),
    **dict.fromkeys((b"cbz", b"cbr", b"cbt", b"cb7"), Shape.COMIC),
    b"pdf": Shape.PDF,
    b"m4b": Shape.M4B,
    **dict.fromkeys((b"opf", b"json", b"txt", b"nfo"), Shape.SIDECAR),
    **dict.fromkeys((b"jpg", b"jpeg", b"png", b"webp", b"gif", b"avif", b"bmp"), Shape.PICTURE),
}
_OF_TEXTS = {"epub": Shape.EPUB, "pdf": Shape.PDF}
_OF_KINDS = {BookKind.COMIC: Shape.COMIC, BookKind.SIDECAR: Shape.SIDECAR, BookKind.PICTURE: Shape.PICTURE}


def suffix_of(name: bytes) -> bytes:
    """In lower case, without the dot."""
    return name.rpartition(b".")[2].lower()


def shape_of(file: BookFile) -> Shape:
    by_name = _shape_by_name(file.name)
    return by_name if file.said is None else _shape_of_said(file.said, by_name)


# Each name is asked for many times while its unit is derived.
@lru_cache(maxsize=2048)
def _shape_by_name(name: bytes) -> Shape:
    return _SHAPES.get(suffix_of(name), Shape.PART)


def _shape_of_said(said: BookFileSaid, by_name: Shape) -> Shape:
    if said.kind is BookKind.AUDIO:
        return Shape.M4B if by_name is Shape.M4B else Shape.PART
    if said.kind is BookKind.TEXT:
        return _OF_TEXTS.get(said.format, Shape.KINDLE)
    return _OF_KINDS[said.kind]
