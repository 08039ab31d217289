"""What a book and its files are written from: rows as JSON documents, bytes in them as base64. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from scannerd.library.books.book import Book, BookFile, JustRead, Person, PlacedFile
from scannerd.library.scan_cache import Ids
from scannerd.model.book import BookFileSaid, Chapter
from scannerd.model.book_json import to_json
from scannerd.model.media import Unreadable

Row = dict[str, Any]

_CHAPTER = Chapter._fields


@dataclass(frozen=True, slots=True)
class BookIds:
    """The numbers of everybody and everything that the books of a batch name."""

    persons: Ids
    genres: Ids
    tags: Ids
    series: Ids


def document(value: object) -> str:
    """As JSON. What is too odd for it (half a character, a number without end) the database refuses, book by book."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, default=str)


def book_row(book: Book) -> Row:
    """The book itself."""
    return {
        "title": book.title,
        "match_key": book.match_key,
        "sort_title": book.sort_title,
        "subtitle": book.subtitle,
        "description": book.description,
        "language": book.language,
        "published": book.published.isoformat() if book.published else None,
        "published_precision": book.published_precision,
        "publisher": book.publisher,
        "is_abridged": book.is_abridged,
        "sources": book.sources,
    }


def relation_rows(book: Book, ids: BookIds) -> dict[str, list[Row]]:
    """What belongs to it. Two names can be one row, an alias and its person: the first of them counts."""
    return {
        "contributions": person_rows(book.persons, ids.persons),
        "genres": _numbered("genre_id", ((ids.genres[one.match_key], {"source": one.source}) for one in book.genres)),
        "tags": _numbered("tag_id", ((ids.tags[one.match_key], {"source": one.source}) for one in book.tags)),
        "series": _numbered("series_id", _series(book, ids)),
        "identifiers": [
            {"type": type_, "value": value, "source": source}
            for (type_, value), source in {
                (one.identifier.type, one.identifier.value): one.source for one in reversed(book.identifiers)
            }.items()
        ],
    }


def person_rows(persons: Sequence[Person], ids: Ids) -> list[Row]:
    """Everybody once in each part, in the order of that part."""
    rows: dict[tuple[str, int], Row] = {}
    counted: dict[str, int] = {}
    for one in persons:
        key = one.role, ids[one.match_key]
        if key in rows:
            continue
        position = counted[one.role] = counted.get(one.role, -1) + 1
        rows[key] = {
            "person_id": key[1],
            "role": one.role,
            "position": position,
            "credited_as": one.credited_as,
            "source": one.source,
        }
    return list(rows.values())


def file_row(placed: PlacedFile, read: JustRead, book_id: int | None) -> Row:
    """A file that was just read."""
    row = place_row(placed.file) | {
        "size": read.stamp.size,
        "mtime_ns": read.stamp.mtime_ns,
        "inode": read.stamp.inode,
        "content_hash": _base64(read.content_hash) if read.content_hash is not None else None,
        "book_id": book_id,
        "role": placed.role,
        "part": placed.part,
    }
    if isinstance(read.outcome, Unreadable):
        # The columns that may not be empty are those of a file that said nothing.
        return row | {
            "state": "unreadable",
            "format": read.outcome.format,
            "reason": read.outcome.reason,
            "has_picture": False,
            "is_tagged": False,
            "details": {},
        }
    return row | _said_row(read.outcome)


def _said_row(said: BookFileSaid) -> Row:
    properties = said.properties
    return {
        "state": "present",
        "format": said.format,
        "codec": properties.codec,
        "duration_ms": properties.duration_ms,
        "bitrate": properties.bitrate,
        "sample_rate": properties.sample_rate,
        "channels": properties.channels,
        "bit_depth": properties.bit_depth,
        "pages": said.pages,
        "has_picture": said.has_picture,
        "is_tagged": said.is_tagged,
        "details": said.details,
        "said": to_json(said),
    }


def place_row(file: BookFile) -> Row:
    """Where a file lies below its root."""
    return {"folder_64": _base64(file.folder), "name_64": _base64(file.name)}


def chapter_rows(chapters: Sequence[Chapter]) -> list[Row]:
    """The chapters of one file, by the names of their columns; what one has not is left out, for they are many."""
    return [
        {"position": position} | {name: value for name, value in zip(_CHAPTER, one, strict=True) if value is not None}
        for position, one in enumerate(chapters)
    ]


def _series(book: Book, ids: BookIds) -> Iterable[tuple[int, Row]]:
    for one in book.series:
        number = one.place.number
        yield (
            ids.series[one.match_key],
            {
                "number": str(number.number) if number else None,
                "number_end": str(number.end) if number and number.end is not None else None,
                "unit": number.unit if number else None,
                "number_text": one.place.number_text,
                "source": one.source,
            },
        )


def _numbered(key: str, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Row]:
    """Each number once, in order."""
    found: dict[int, Row] = {}
    for id_, row in rows:
        found.setdefault(id_, {key: id_, "position": len(found), **row})
    return list(found.values())


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
