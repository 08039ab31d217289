"""PDF, by pypdf: the document information, XMP, the outline, how many pages. No page is ever read.

A file is opened as the standard says first: opened leniently, pypdf looks at every object in it. What is missing or
damaged in a file that can be opened is left out, one thing at a time. pypdf is imported when the first PDF comes.

Files that are encrypted with AES (most since 2005) tell their pages, but not their title, unless Python's cryptography
happens to be installed.
"""

from __future__ import annotations

import io
import logging
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from scannerd.model.book import BookContributor, BookFileSaid, BookKind, BookRole, Chapter, Told
from scannerd.model.book_names import split_names
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.media import LONGEST_COMMENT, Details
from scannerd.model.plain_text import plain_text
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.pdf_outline import item, outline_of, page_count, words
from scannerd.parsers.books.xmp import read_xmp
from scannerd.parsers.values import text, texts

if TYPE_CHECKING:
    from pypdf import PdfReader

Part = TypeVar("Part")

_ENDS_EARLY = "it ends too early"
_LARGEST_XMP = 4 << 20
_TO_SEARCH = 256 << 20  # bytes that may be gone through for objects that are not where they should be
_TAIL = 2048
_LONGEST_JUNK = 1 << 20  # behind the end of a file
_INFO = ("/Title", "/Author", "/Subject", "/Keywords", "/CreationDate")
_SEPARATOR = re.compile(r"[,;]")
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel|publisher) - .*"
    r"|(?:powerpoint|pdf) (?:presentation|document)|presentation|pr[aä]sentation"
    r"|(?:untitled|unbenannt|sans[ -]titre|sin t[ií]tulo|senza titolo|document|dokument)[\s_-]*\d*"
    r"|.*\.(?:docx?|dotx?|rtf|odt|sxw|wpd|wps|txt|html?|indd|inx|idml|qxp|qxd|pmd|p65|pm6|fm|tex|dvi|e?ps|pdf|pub|pptx?|xlsx?"
    r"|cdr|ai|psd|tiff?|jpe?g|png|max)"
    r"|[a-z]:\\.*|file:/.*|full page photo|scan(?:ned document)?|layout \d+|slide \d+|none|null|-+",
    re.IGNORECASE | re.DOTALL,
)
"""What programs put where a title should be: their own words, or the name of the file they had open."""
_NOBODY = re.compile(
    r"anonymous|unknown|unbekannt|admin(?:istrator)?|user|owner|author|none|null|\W+|\d+", re.IGNORECASE
)


def read_pdf(file: BinaryIO) -> BookFileSaid:
    """What a PDF says; raises Damaged."""
    if file.read(5) != b"%PDF-":
        _require_header(file)
    _require_end(file)
    with _bounded(file.seek(0, io.SEEK_END)):
        try:
            reader = _opened(file)
            if reader is None:
                return BookFileSaid("pdf", BookKind.TEXT, details={"encrypted": True})
            return _said(reader)
        except _foreign() as exc:
            raise Damaged(_trouble(file, exc)) from exc


def _require_header(file: BinaryIO) -> None:
    """Some junk may stand before it."""
    file.seek(0)
    if b"%PDF-" not in file.read(1024):
        raise Damaged("no PDF header")


def _require_end(file: BinaryIO) -> None:
    """Some junk may stand behind it. Of a file that is half copied, pypdf would look for it through every line."""
    marks = (b"%%EOF", b"startxref")
    if not _has_in_tail(file, _TAIL, *marks) and not _has_in_tail(file, _LONGEST_JUNK, *marks):
        raise Damaged(_ENDS_EARLY)


def _opened(file: BinaryIO) -> PdfReader | None:
    """None where even the question whether it needs a password takes AES."""
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError

    try:
        try:
            reader = PdfReader(file, strict=True)
        except DependencyError:
            raise
        except _foreign():
            reader = PdfReader(file, strict=False)
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise Damaged("it is encrypted: it needs a password")
    except DependencyError:
        return None
    reader.strict = False  # what one object lacks is no reason to give up the others
    return reader


def _said(reader: PdfReader) -> BookFileSaid:
    root = reader.root_object
    pages = _part(lambda: page_count(reader), None)
    info: dict[str, str] = _part(lambda: _info(reader), {})
    silent: tuple[Told, Details] = (Told(), {})
    xmp, details = _part(lambda: read_xmp(_xmp(root)), silent)
    told = _told(info, xmp, _part(lambda: text(words(item(root, "/Lang"))), ""))
    if reader.is_encrypted:
        details = details | {"encrypted": True}
    chapters: tuple[Chapter, ...] = _part(lambda: outline_of(reader, pages), ())
    return BookFileSaid("pdf", BookKind.TEXT, told, pages=pages, chapters=chapters, details=details)


def _told(info: dict[str, str], xmp: Told, language: str) -> Told:
    """XMP before the document information, which is as old as the format and often left behind."""
    authors = xmp.contributors or tuple(
        BookContributor(BookRole.AUTHOR, name) for name in split_names(info.get("/Author", "")) if not is_nobody(name)
    )
    return replace(
        xmp,
        title=_title(xmp.title) or _title(info.get("/Title")),
        description=xmp.description or plain_text(info.get("/Subject", "").removeprefix("unspecified")),
        language=xmp.language or (language_tag(language) if language else None),
        published=xmp.published or book_date(info.get("/CreationDate", "")),
        contributors=tuple(one for one in authors if not is_nobody(one.name)),
        tags=xmp.tags or tuple(texts(_SEPARATOR.split(info.get("/Keywords", "")))),
    )


def _title(said: str | None) -> str | None:
    return None if not said or _NO_TITLE.fullmatch(said) else said


def is_nobody(name: str) -> bool:
    """Whether it is what programs put where an author should be."""
    return _NOBODY.fullmatch(name) is not None


def _info(reader: PdfReader) -> dict[str, str]:
    info = item(reader.trailer, "/Info")
    return {key: value for key in _INFO if (value := text(words(item(info, key)), LONGEST_COMMENT))}


def _xmp(root: dict[str, Any]) -> bytes:
    found = item(root, "/Metadata")
    content: bytes = found.get_data() if hasattr(found, "get_data") else b""
    return content if len(content) <= _LARGEST_XMP else b""


def _part(read: Callable[[], Part], otherwise: Part) -> Part:
    troubles: tuple[type[Exception], ...] = (Damaged, *_foreign())
    try:
        return read()
    except troubles:
        return otherwise


def _foreign() -> tuple[type[Exception], ...]:
    """What pypdf raises, and what the file makes it stumble over. Faults of the disk and of memory are not there."""
    from pypdf.errors import DependencyError, PyPdfError

    stumbled = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RuntimeError)
    return (PyPdfError, DependencyError, *stumbled, zlib.error)


def _trouble(file: BinaryIO, exc: Exception) -> str:
    if not _has_in_tail(file, _TAIL, b"%%EOF"):
        return _ENDS_EARLY
    return f"what is in it cannot be found ({text(str(exc), 80) or type(exc).__name__})"


def _has_in_tail(file: BinaryIO, length: int, *marks: bytes) -> bool:
    file.seek(max(0, file.seek(0, io.SEEK_END) - length))
    tail = file.read(length)
    return any(mark in tail for mark in marks)


@contextmanager
def _bounded(length: int) -> Iterator[None]:
    """Listens to what pypdf complains of instead of logging it."""
    logger, complaints = logging.getLogger("pypdf"), _Complaints(length)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(complaints)
    try:
        yield
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagated


class _Complaints(logging.Handler):
    """Ends the reading when too many objects were searched for: for each one pypdf reads the whole file."""

    def __init__(self, length: int) -> None:
        super().__init__(logging.WARNING)
        self._length = length
        self._left = _TO_SEARCH

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg.startswith("Object "):
            self._left -= self._length + (1 << 16)
            if self._left < 0:
                raise Damaged("most of what it refers to is missing")
