"""What the path says of a book; it fills what nothing better says. Pure.

Folders count from the book upwards, as Audiobookshelf counts them:

    Title/                      the title
    Author/Title/               the author above it
    Author/Series/Title/        the series between them; of deeper paths the last three
    Author/*.epub               of several books each file is a title, and the folder the author
    Author/Series/*.epub        or the series, below an author

Shelves above (`Audiobooks/`, `A-C/`) say nothing. A folder that bears the name of a known author is no series and no
title; one whose books are by others is no author. What a name itself says is read by `name_patterns`; authors,
narrators and numbers in the file's name count where the folder's has none, its narrators before the folder's.

A comic is told by its file's name, then by the folder's: series and number make its title (`comic_titles`), and without
a number the folder of several comics is their series; "01 - Title" has a place in that and a title of its own. Who
publishes a comic is as often a folder as who draws it: only a [bracket] names an author.

The title is never empty: if nothing is left of a name, it is the name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from scannerd.library.books.comic_titles import comic_title
from scannerd.library.books.name_patterns import (
    NameSaid,
    person_key,
    persons,
    read_name,
    spaced,
    without_notes,
    year_in,
)
from scannerd.library.books.stems import shown
from scannerd.model.book import BookContributor, BookRole, InSeries, NumberUnit, SeriesNumber, Told
from scannerd.model.names import match_key
from scannerd.model.series_names import comic_place, series_number

_SHELVES = frozenset(
    match_key(name)
    for name in (
        *("audiobooks", "audio books", "audiobook", "books", "ebooks", "e-books", "comics", "manga", "mangas"),
        *("fiction", "non-fiction", "nonfiction", "hörbücher", "hörbuch", "bücher", "livres", "livres audio"),
        *("libros", "libri", "boeken", "böcker", "authors", "autoren", "series", "english", "deutsch", "german"),
        *("français", "epub", "pdf", "mobi", "m4b", "kindle", "media", "downloads", "unsorted", "incoming", "library"),
        *("calibre", "calibre library", "calibre-bibliothek", "audiobookshelf", "audible", "libation", "openaudible"),
        *("plex", "komga", "kavita"),
    )
)
_LETTERS = re.compile(r"#|0-9|[^\W\d_](?:\s?[-–]\s?[^\W\d_])?")
_ALBUM = re.compile(r"([0-9]{1,3})(?:\.| [-–—]) (\S.*)")
_ANY = "Series"
"""Stands for the series where a file's name is but a number."""


@dataclass(frozen=True, slots=True)
class BookPath:
    """Where a book lies: its unit, and the names of its files without suffix, the first one first."""

    unit: bytes
    stems: Sequence[str]
    is_alone: bool = True  # in its unit
    is_comic: bool = False
    is_by_others: bool = False  # those who wrote what lies there are others than its folders are named after

    @property
    def folders(self) -> list[str]:
        """From the root down; right below the root there are none."""
        folders, slash, _ = self.unit.rpartition(b"/")
        return [one.decode("utf-8", "surrogateescape") for one in folders.split(b"/")] if slash else []


@dataclass(frozen=True, slots=True)
class _Above:
    """What the folders above the name say."""

    author: str | None = None
    series: str | None = None


def told_by_path(path: BookPath, authors: Collection[str] = ()) -> Told:
    """What the path says; `authors` are the match keys of those that files and sidecars name."""
    if path.is_comic:
        return _told_by_comic_path(path)
    name, above = _name_and_above(path, authors)
    names = persons(spaced(above.author)) if above.author else ()
    series = without_notes(spaced(above.series)) if above.series else ""
    known = {*authors, *(person_key(one) for one in names)}
    is_calibre = bool(above.author) and path.stems[0].endswith(f" - {above.author}")
    said = read_name(name, authors=known, has_series=bool(series), is_calibre=is_calibre)
    beside = read_name(path.stems[0], authors=known) if len(set(path.stems)) == 1 else NameSaid()
    numbered = f"{series} {spaced(name)}" if said.number else ""
    return Told(
        title=said.title or numbered or beside.title or spaced(path.stems[0]) or "?",
        subtitle=said.subtitle,
        published=said.year or beside.year,
        is_abridged=said.is_abridged if said.is_abridged is not None else beside.is_abridged,
        contributors=_contributors(names or said.authors or beside.authors, beside.narrators or said.narrators),
        series=(InSeries(series, _number_in(series, said)),) if series else said.series or beside.series,
        identifiers=said.identifiers or beside.identifiers,
    )


def _number_in(series: str, said: NameSaid) -> SeriesNumber | None:
    """The number that a name says: alone, or behind the name of the series."""
    places = (one.number for one in said.series if match_key(one.name) == match_key(series))
    return said.number or next(places, None)


def _name_and_above(path: BookPath, authors: Collection[str]) -> tuple[str, _Above]:
    """The name that is the title, and what stands above it."""
    folders = _below_shelves(path)
    known = next((n for n, one in enumerate(folders) if person_key(spaced(one)) in authors), None)
    folders = folders[known or 0 :]
    has_title = path.is_alone and len(folders) > (known is not None)
    name = folders.pop() if has_title else path.stems[0]
    series = folders[-1] if len(folders) > 1 else None
    if not folders or path.is_by_others:
        return name, _Above(series=series)
    return name, _Above(folders[0 if known is not None or series is None else -2], series)


def _below_shelves(path: BookPath) -> list[str]:
    """The folders that say something; a book alone in a shelf is named after it nevertheless."""
    folders = path.folders
    while len(folders) > path.is_alone and (match_key(folders[0]) in _SHELVES or _LETTERS.fullmatch(folders[0])):
        folders = folders[1:]
    return folders


def _contributors(authors: Sequence[str], narrators: Sequence[str]) -> tuple[BookContributor, ...]:
    return (
        *(BookContributor(BookRole.AUTHOR, name) for name in authors),
        *(BookContributor(BookRole.NARRATOR, name) for name in narrators),
    )


def _told_by_comic_path(path: BookPath) -> Told:
    folder = (_below_shelves(path) or [""])[-1]
    stem = path.stems[0]
    said = NameSaid(authors=read_name(stem).authors or read_name(folder).authors, year=year_in(stem) or year_in(folder))
    told = Told(published=said.year, contributors=_contributors(said.authors, ()))
    if place := _comic_place(path, stem, folder):
        return replace(told, title=comic_title(*place), series=(InSeries(*place),))
    if album := _album(path, stem, folder):
        return replace(told, title=album[0], series=(album[1],))
    names = [folder, stem] if path.is_alone else [stem]
    title = next((bare for name in names if (bare := without_notes(spaced(name)))), "")
    series = "" if path.is_alone else without_notes(spaced(folder))
    return replace(told, title=title or spaced(stem) or "?", series=(InSeries(series),) if series else ())


def _comic_place(path: BookPath, stem: str, folder: str) -> tuple[str, SeriesNumber] | None:
    """Series and number: of the file's name, else of the folder's, else the folder and the number that the file is."""
    if place := _place_in(stem):
        return place
    if path.is_alone and folder and (place := _place_in(folder)):
        return place
    series = without_notes(spaced(folder))
    number = _place_in(f"{_ANY} {stem}")
    return (series, number[1]) if series and number and number[0] == _ANY else None


def _album(path: BookPath, stem: str, folder: str) -> tuple[str, InSeries] | None:
    """Title and place of "01 - Title" in the folder of its series."""
    series = "" if path.is_alone else without_notes(spaced(folder))
    found = _ALBUM.fullmatch(without_notes(spaced(stem)))
    number = series_number(found[1], NumberUnit.VOLUME) if found and series else None
    return (found[2], InSeries(series, number)) if found and number else None


def _place_in(name: str) -> tuple[str, SeriesNumber] | None:
    text = spaced(name)
    for bare in (without_notes(text), text):
        place = comic_place(bare)
        if place and (series := without_notes(shown(place[0]))):
            return series, place[1]
    return None
