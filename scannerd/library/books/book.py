"""A book on its way from its files to its rows. Pure.

A *unit* is what lies together: a folder with its disc folders, or right below a root the files of one name. A unit is
divided into books (`divide`); each is derived (`derive`) from what its files say, and gets its number (`plan`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from scannerd.library.stamps import Stamp
from scannerd.model.book import BookFileSaid, BookRole, Identifier, InSeries
from scannerd.model.media import Unreadable

FileRole = Literal["main", "supplement", "sidecar"]
State = Literal["present", "missing", "unreadable"]
Source = Literal["sidecar", "file", "path"]
"""Who says a value, the better one first; what a person set by hand (`manual`) is above all and not decided here."""


@dataclass(frozen=True, slots=True)
class JustRead:
    """What the pool found out about a file in this scan; otherwise the database knows it."""

    stamp: Stamp
    content_hash: bytes | None
    outcome: BookFileSaid | Unreadable


@dataclass(frozen=True, slots=True)
class BookFile:
    """One file of a unit."""

    root_id: int
    folder: bytes
    name: bytes
    file_id: int | None  # None: never seen before
    state: State
    book_id: int | None  # the book it belonged to so far
    said: BookFileSaid | None  # None where it cannot be read
    role: FileRole | None = None  # as the database has it; None: not known yet
    part: int | None = None  # likewise
    is_derived: bool = False  # nothing happened to it since its book was derived
    read: JustRead | None = None

    @property
    def place(self) -> tuple[bytes, bytes]:
        return self.folder, self.name


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a part in a book."""

    role: BookRole
    match_key: str  # of the name in its natural order: "Le Guin, Ursula K." is Ursula K. Le Guin
    name: str  # in its natural order
    credited_as: str  # as printed
    source: Source
    sort_name: str
    sort_name_is_stated: bool = False  # by a source, and not by our rule


@dataclass(frozen=True, slots=True)
class Label:
    """A genre or a tag, with who says so."""

    match_key: str
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """A series and the place in it, with who says so."""

    match_key: str
    place: InSeries
    source: Source


@dataclass(frozen=True, slots=True)
class Numbered:
    """An identifier with who says so."""

    identifier: Identifier
    source: Source


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file at its place in its book. `own_narrators` only where the files of the book have different ones."""

    file: BookFile
    role: FileRole
    part: int | None = None  # 1, 2, ... of the audio files of one reading, where there are several
    own_narrators: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """A book as its files tell it."""

    files: tuple[PlacedFile, ...]
    title: str
    match_key: str
    sort_title: str
    subtitle: str | None = None
    description: str | None = None
    language: str | None = None
    published: date | None = None
    published_precision: Literal["year", "month", "day"] | None = None
    publisher: str | None = None
    is_abridged: bool | None = None
    sources: dict[str, Source] = field(default_factory=dict)  # of the scalar fields above that have a value
    persons: tuple[Person, ...] = ()
    series: tuple[SeriesPlace, ...] = ()
    genres: tuple[Label, ...] = ()
    tags: tuple[Label, ...] = ()
    identifiers: tuple[Numbered, ...] = ()
