"""From a file of a book to `BookFileSaid | Unreadable`, in a worker of the pool.

    book_parser    what a parser is; `BOOK_PARSERS` below lists them
    reading        which one a file gets: by name, else by first bytes; what is wrong with one that is none
    epub, opf      e-books, with `epub_chapters`; the sidecars of calibre
    mobi, pdf      e-books of other kinds; of a PDF also `pdf_outline` and `xmp`
    comics         archives of pictures (`comic_archives`), with `comic_info` and `comic_book_info`
    audio          audiobooks, by the machinery of the music parsers
    sidecars       what lies beside a book and speaks of it: desc.txt, reader.txt, cover.jpg; `metadata_json`
    zip_directory, tar_directory, xml_tree    what they are made of

KFX and .azw8 are not among them: nothing is known of them that would be light. Nothing here imports asyncio, psycopg
or the settings; what reads kinds that few libraries have is imported when the first such file comes, for every worker
has to start first.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import BinaryIO

from scannerd.model.book import BookFileSaid
from scannerd.model.media import Unreadable
from scannerd.parsers.books import reading, sidecars
from scannerd.parsers.books.audio import AUDIO_PARSERS
from scannerd.parsers.books.book_parser import BookParser, BookReader
from scannerd.parsers.books.epub import read_epub
from scannerd.parsers.books.opf import read_opf
from scannerd.parsers.reading import suffix_of

VERSION = 1
"""Raise it when the same file is parsed differently than before: files parsed by an older one are parsed again."""


def _parser(name: str, title: str, suffixes: bytes, signature: bytes | None, read: BookReader) -> BookParser:
    pattern = re.compile(signature, re.DOTALL) if signature is not None else None
    return BookParser(name, title, tuple(suffixes.split()), pattern, read)


def _later(module: str, name: str) -> BookReader:
    def read(file: BinaryIO) -> BookFileSaid:
        reader: BookReader = getattr(import_module(f"{__name__}.{module}"), name)
        return reader(file)

    return read


_read_comic = _later("comics", "read_comic")
_MADE_OF_ZIP = rb"PK(?:\x03\x04|\x05\x06)"

BOOK_PARSERS: tuple[BookParser, ...] = (
    _parser("epub", "an EPUB file", b".epub", rb"PK\x03\x04.{26}mimetypeapplication/epub", read_epub),
    _parser("cbz", "a CBZ file", b".cbz", _MADE_OF_ZIP, _read_comic),
    _parser("cbr", "a CBR file", b".cbr", rb"Rar!\x1a\x07", _read_comic),
    _parser("cb7", "a CB7 file", b".cb7", rb"7z\xbc\xaf\x27\x1c", _read_comic),
    _parser("cbt", "a CBT file", b".cbt", rb".{257}ustar", _read_comic),
    _parser("pdf", "a PDF file", b".pdf", rb".{0,1020}?%PDF-", _later("pdf", "read_pdf")),
    _parser(
        "mobi", "a Kindle or Mobipocket file", b".mobi .azw .azw3 .prc", rb".{60}BOOKMOBI", _later("mobi", "read_mobi")
    ),
    *AUDIO_PARSERS,
)
"""Every kind of book file that is understood. Of several whose first bytes fit, the first one counts."""

_SIDECARS: tuple[tuple[re.Pattern[bytes], BookParser], ...] = (
    (re.compile(rb".*\.opf"), _parser("opf", "an OPF file", b".opf", None, read_opf)),
    (
        re.compile(rb"(?:.*\.)?metadata\.json"),
        _parser("json", "a metadata file", b".json", None, _later("metadata_json", "read_metadata")),
    ),
    (re.compile(rb"desc\.txt"), _parser("desc", "a description", b".txt", None, sidecars.read_description)),
    (re.compile(rb"reader\.txt"), _parser("reader", "a list of narrators", b".txt", None, sidecars.read_narrators)),
    (
        re.compile(rb"(?:cover|folder)\.[^.]+"),
        _parser("cover", "a picture", b".jpg .jpeg .png .webp .gif", None, sidecars.read_picture),
    ),
)
"""What lies beside a book: known by its whole name, since other such files there are none of ours."""

_BY_SUFFIX = {suffix: parser for parser in BOOK_PARSERS for suffix in parser.suffixes}
_BESIDE = frozenset(suffix for _, parser in _SIDECARS for suffix in parser.suffixes)

SUFFIXES: frozenset[bytes] = _BESIDE.union(_BY_SUFFIX)
"""Of the files that a scan looks at: in lower case, with the dot. Not all that have them count: see `is_wanted`."""


def is_wanted(name: bytes) -> bool:
    """Whether the file counts, going by its name: not every text and picture beside a book speaks of it."""
    suffix = suffix_of(name)
    return suffix not in _BESIDE or _sidecar(name, suffix) is not None


def parse(path: bytes) -> BookFileSaid | Unreadable:
    """What the file says, or why it cannot be read. Raises nothing but `MemoryError`."""
    name = path.rpartition(b"/")[2]
    suffix = suffix_of(name)
    named = _sidecar(name, suffix) if suffix in _BESIDE else _BY_SUFFIX.get(suffix)
    return reading.read(path, named, BOOK_PARSERS)


def _sidecar(name: bytes, suffix: bytes) -> BookParser | None:
    lower = name.lower()
    return next(
        (parser for pattern, parser in _SIDECARS if suffix in parser.suffixes and pattern.fullmatch(lower)), None
    )
