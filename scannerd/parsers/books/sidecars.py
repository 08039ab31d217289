"""Files beside a book that speak of it.

    desc.txt         its description, as Audiobookshelf has it
    reader.txt       who reads it
    cover.jpg, ...   its cover; only that there is one

metadata.json is in `metadata_json`, what calibre writes in `opf`.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from scannerd.model.book import BookContributor, BookFileSaid, BookKind, BookRole, Told
from scannerd.model.book_names import split_names
from scannerd.model.plain_text import plain_text
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.values import text

_LARGEST_DESCRIPTION = 1 << 20
_LARGEST_LIST = 1 << 16
_PICTURES = (
    ("jpeg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
)


def read_description(file: BinaryIO) -> BookFileSaid:
    """The text of desc.txt."""
    description = plain_text(decoded(limited(file, _LARGEST_DESCRIPTION)))
    return BookFileSaid("txt", BookKind.SIDECAR, Told(description=description))


def read_narrators(file: BinaryIO) -> BookFileSaid:
    """The names in reader.txt, one line or several."""
    lines = decoded(limited(file, _LARGEST_LIST)).splitlines()
    names = dict.fromkeys(name for line in lines for name in split_names(text(line)))
    narrators = tuple(BookContributor(BookRole.NARRATOR, name) for name in names)
    return BookFileSaid("txt", BookKind.SIDECAR, Told(contributors=narrators))


def read_picture(file: BinaryIO) -> BookFileSaid:
    """That there is a picture, of whatever kind it is."""
    head = file.read(16)
    kind = next((name for name, signature in _PICTURES if signature.match(head)), None)
    if kind is None:
        raise Damaged("its first bytes are those of something else")
    return BookFileSaid(kind, BookKind.PICTURE, has_picture=True)


def limited(file: BinaryIO, most: int) -> bytes:
    """All of the file, which may not be larger than that."""
    content = file.read(most + 1)
    if len(content) > most:
        raise Damaged(f"it is larger than {most >> 10} KB")
    return content


def decoded(content: bytes) -> str:
    """A text of whatever encoding."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
