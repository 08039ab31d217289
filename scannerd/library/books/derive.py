"""A book out of its files: each value from the best voice that has one (`voices`), relations by `relations`. Pure.

- An empty value says nothing, and never takes the place of a lower voice's.
- A sort title counts where its voice states this title, or none; else it is made from the title by rule.
- A subtitle that only the path has counts where the title is the path's, too: "Dune: Part One" needs no "Part One".
- A file's own narrators are told only where the files of the book have different ones.
- A series by the path that bears the name of one of the authors is none.
- A group in which no main file can be read is no book, whatever lies beside it: one that was read before keeps its row
  and its files as they are.

The result follows from what the files say and where they lie, whatever their order, and from nothing that was derived
before: deriving again gives the same, and what a sidecar said is gone when it goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from scannerd.library.books.book import Book, BookFile, PlacedFile, Source
from scannerd.library.books.divide import Group, divide
from scannerd.library.books.name_patterns import person_key, persons, spaced
from scannerd.library.books.parts import readings
from scannerd.library.books.path_names import BookPath, told_by_path
from scannerd.library.books.relations import (
    identifiers_of,
    is_author,
    labels_of,
    own_narrators,
    persons_of,
    series_of,
)
from scannerd.library.books.shapes import Shape, shape_of
from scannerd.library.books.stems import folded, stem, without_part
from scannerd.library.books.units import unit_of
from scannerd.library.books.voices import Voice, file_voices, sidecar_voices
from scannerd.model.book import BookRole, Told
from scannerd.model.book_names import sort_title
from scannerd.model.names import match_key

Precision = Literal["year", "month", "day"]

_PRECISIONS: tuple[Precision, ...] = ("year", "month", "day")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_PLAIN_FIELDS = ("description", "language", "publisher", "is_abridged")


@dataclass(frozen=True, slots=True)
class _Published:
    """When a book came out, as the database keeps it; nothing where nobody says it."""

    day: date | None = None
    precision: Precision | None = None
    source: Source | None = None


def derive_unit(files: Sequence[BookFile]) -> list[Book]:
    """The books in one unit, out of all its files, in natural order of their first files."""
    groups = divide(files)
    is_by_others = len(groups) > 1 and _is_by_others([one for group in groups for one in group.main])
    return [_derive(group, is_by_others=is_by_others) for group in groups if any(one.said for one in group.main)]


def _is_by_others(files: Sequence[BookFile]) -> bool:
    """Whether files of several books name their authors, and no folder of theirs is named after one of those."""
    wrote = is_author(Voice("file", one.said.told) for one in files if one.said)
    folders = BookPath(unit_of(*files[0].place), ()).folders
    return bool(wrote) and wrote.isdisjoint(person_key(name) for folder in folders for name in persons(spaced(folder)))


def _derive(group: Group, *, is_by_others: bool) -> Book:
    audio = [one for one in group.main if shape_of(one).is_audio]
    heard = readings(audio)
    voices = _voices(group, heard, is_by_others=is_by_others)
    title, source = _said(voices, "title")
    values, sources = _plain_values(voices)
    sorted_by, sort_source = _sort_title(voices, title, source, values["language"])
    subtitle, subtitle_source = _subtitle(voices, source, title)
    published = _published(voices)
    sources |= {"title": source, "sort_title": sort_source, "subtitle": subtitle_source, "published": published.source}
    return Book(
        files=_placed(group, heard),
        title=title,
        match_key=match_key(title),
        sort_title=sorted_by,
        subtitle=subtitle,
        published=published.day,
        published_precision=published.precision,
        **values,
        sources={name: source for name, source in sources.items() if source is not None},
        persons=persons_of(voices),
        series=series_of(voices),
        genres=labels_of(voices, lambda told: told.genres),
        tags=labels_of(voices, lambda told: told.tags),
        identifiers=identifiers_of(voices),
    )


def _voices(group: Group, heard: Sequence[Sequence[BookFile]], *, is_by_others: bool) -> list[Voice]:
    voices = sidecar_voices(group) + file_voices(group, heard)
    authors = is_author(voices)
    shapes = [shape_of(one) for one in group.main]
    is_comic = Shape.COMIC in shapes and not any(one.is_audio or one < Shape.COMIC for one in shapes)
    first = unit_of(*group.main[0].place)
    stems = _stems(group)
    path = BookPath(first, stems, is_alone=group.is_alone, is_comic=is_comic, is_by_others=is_by_others)
    told = told_by_path(path, authors)
    return [*voices, Voice("path", _path_told(told, authors, has_audio=bool(heard)))]


def _stems(group: Group) -> list[str]:
    """The names of the files; one, where they differ in nothing but case and the number of a part."""
    stems = [stem(one.name) for one in group.main]
    if len({folded(one) for one in stems}) == 1:
        return stems[:1]
    bases = {folded(without_part(one)) for one in stems}
    return [without_part(stems[0])] if len(bases) == 1 and "" not in bases else stems


def _path_told(told: Told, authors: frozenset[str], *, has_audio: bool) -> Told:
    series = tuple(one for one in told.series if match_key(one.name) not in authors)
    people = tuple(one for one in told.contributors if has_audio or one.role is not BookRole.NARRATOR)
    if (series, people) == (told.series, told.contributors):
        return told
    return replace(told, series=series, contributors=people)


def _said(voices: Iterable[Voice], name: str) -> tuple[Any, Source | None]:
    """The best voice's value of a field, and who says it."""
    for voice in voices:
        value = getattr(voice.told, name)
        if value is not None and value != "":
            return value, voice.source
    return None, None


def _plain_values(voices: Sequence[Voice]) -> tuple[dict[str, Any], dict[str, Source | None]]:
    said = {name: _said(voices, name) for name in _PLAIN_FIELDS}
    return {name: value for name, (value, _) in said.items()}, {name: source for name, (_, source) in said.items()}


def _sort_title(
    voices: Iterable[Voice], title: str, source: Source | None, language: str | None
) -> tuple[str, Source | None]:
    for voice in voices:
        told = voice.told
        if told.sort_title and (told.title is None or match_key(told.title) == match_key(title)):
            return told.sort_title, voice.source
    return sort_title(title, language), source


def _subtitle(voices: Sequence[Voice], title_source: Source | None, title: str) -> tuple[str | None, Source | None]:
    subtitle, source = _said(voices, "subtitle")
    by_path = voices[-1].told.title or ""
    if source == "path" and title_source != "path" and match_key(by_path) != match_key(title):
        return None, None
    return subtitle, source


def _published(voices: Iterable[Voice]) -> _Published:
    for voice in voices:
        found = _DATE.fullmatch(voice.told.published or "")
        numbers = [int(one) for one in found.groups() if one] if found else []
        try:
            if numbers:
                year, month, day = (*numbers, 1, 1)[:3]
                return _Published(date(year, month, day), _PRECISIONS[len(numbers) - 1], voice.source)
        except ValueError:  # no such day: the next voice may know better
            continue
    return _Published()


def _placed(group: Group, heard: Sequence[Sequence[BookFile]]) -> tuple[PlacedFile, ...]:
    """Books in the order in which their words count, supplements, and sidecars."""
    narrators = own_narrators(one for reading in heard for one in reading)
    parts = {one.place: n for reading in heard if len(reading) > 1 for n, one in enumerate(reading, 1)}
    order = {one.place: n for n, one in enumerate(one for reading in heard for one in reading)}
    main = sorted(group.main, key=lambda one: (shape_of(one), order.get(one.place, 0)))
    return (
        *(PlacedFile(one, "main", parts.get(one.place), narrators.get(one.place, ())) for one in main),
        *(PlacedFile(one, "supplement") for one in group.supplements),
        *(PlacedFile(one, "sidecar") for one in group.sidecars),
    )
