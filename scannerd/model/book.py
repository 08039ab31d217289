"""What one file says of the book it belongs to: `BookFileSaid`, or `Unreadable` with the reason (scannerd.model.media).

Texts are cleaned as in `scannerd.model.media`; a description is plain text, its paragraphs kept. Names are one person
each, as printed ("Le Guin, Ursula K." stays so), split by `scannerd.model.book_names`; dates are `YYYY`, `YYYY-MM` or
`YYYY-MM-DD`; languages are BCP 47 tags; identifiers are normalised by `scannerd.model.identifiers`. Nothing here
depends on the file's name or on other files: which file's word counts is decided later (`scannerd.library.books`).
"""

from __future__ import annotations

import copyreg
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from scannerd.model.media import Details, Properties

LONGEST_DESCRIPTION = 65_536
"""Characters kept of a description."""
MOST_CHAPTERS = 10_000
"""Chapters kept of one file."""


class BookRole(StrEnum):
    """A person's part in a book. The words are those of `book_contribution.role`."""

    AUTHOR = "author"
    WRITER = "writer"  # of a comic
    NARRATOR = "narrator"
    TRANSLATOR = "translator"
    EDITOR = "editor"
    ILLUSTRATOR = "illustrator"
    PENCILLER = "penciller"
    INKER = "inker"
    COLORIST = "colorist"
    LETTERER = "letterer"
    COVER_ARTIST = "cover-artist"
    PHOTOGRAPHER = "photographer"
    COMPOSER = "composer"
    INTRODUCTION = "introduction"  # also foreword and preface
    AFTERWORD = "afterword"
    CONTRIBUTOR = "contributor"  # any other part


class BookKind(StrEnum):
    """What a file is to its book."""

    AUDIO = "audio"
    TEXT = "text"  # e-book
    COMIC = "comic"
    SIDECAR = "sidecar"  # says something of the book beside it
    PICTURE = "picture"  # a cover beside it


class NumberUnit(StrEnum):
    """What a comic's number counts; of other books nobody says."""

    VOLUME = "volume"
    CHAPTER = "chapter"


class IdentifierType(StrEnum):
    """What a number names a book to. The words are those of `book_identifier.type`."""

    ISBN_10 = "isbn_10"
    ISBN_13 = "isbn_13"
    ASIN = "asin"
    UUID = "uuid"
    DOI = "doi"
    GOODREADS = "goodreads"
    GOOGLE = "google"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class BookContributor:
    """Somebody and their part, as one source names them."""

    role: BookRole
    name: str
    sort_name: str | None = None  # as the source sorts it (file-as)


@dataclass(frozen=True, slots=True)
class SeriesNumber:
    """A place in a series: taken whole from one source, never mixed. `end` is greater than `number`."""

    number: Decimal
    end: Decimal | None = None
    unit: NumberUnit | None = None


@dataclass(frozen=True, slots=True)
class InSeries:
    """A series that a book belongs to, and its place there."""

    name: str
    number: SeriesNumber | None = None
    number_text: str | None = None  # as printed, where that is no number: "Annual", "1-A"


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number of a book, normalised, so that the same one written otherwise is equal."""

    type: IdentifierType
    value: str


class Chapter(NamedTuple):
    """A chapter, by time in audio, by page in comics and PDFs (from 1), by document in e-books."""

    title: str | None
    level: int = 0  # 0 is a chapter, 1 a section of it, ...
    start_ms: int | None = None
    end_ms: int | None = None
    start_page: int | None = None
    end_page: int | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one source says of a book; nothing where it is silent."""

    title: str | None = None
    subtitle: str | None = None
    sort_title: str | None = None
    description: str | None = None
    language: str | None = None
    published: str | None = None
    publisher: str | None = None
    is_abridged: bool | None = None
    contributors: tuple[BookContributor, ...] = ()
    series: tuple[InSeries, ...] = ()
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class BookFileSaid:
    """Everything one file of a book says.

    Of audio `told.title` is the album, which names the book when it comes in parts; `own_title` is the title of this
    very file, which names the book when it is the only one.
    """

    format: str  # the parser's word: epub, m4b, mp3, cbz, pdf, mobi, opf, ...
    kind: BookKind
    told: Told = Told()
    own_title: str | None = None
    disc: int | None = None
    position: int | None = None  # of a part on its disc
    properties: Properties = field(default_factory=Properties)
    pages: int | None = None
    has_picture: bool = False
    chapters: tuple[Chapter, ...] = ()
    details: Details = field(default_factory=dict)  # the rest: web address, age rating, story arc, ...

    @property
    def is_tagged(self) -> bool:
        """Whether it says anything that could name the book; a sidecar need not."""
        beside = self.kind in (BookKind.SIDECAR, BookKind.PICTURE)
        return beside or bool(self.told.title or self.own_title or self.told.contributors)


def _pickle_by_values(kind: type) -> None:
    values = attrgetter(*(one.name for one in fields(kind)))
    copyreg.pickle(kind, lambda one: (kind, values(one)))


# Every file that is read comes from a worker, pickled; what dataclasses do by themselves takes twice as long.
for _kind in (Told, BookFileSaid, BookContributor, Identifier, InSeries, SeriesNumber, Properties):
    _pickle_by_values(_kind)
copyreg.pickle(Chapter, lambda one: (Chapter, tuple(one)))
