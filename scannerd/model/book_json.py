"""What a file said of a book, as the JSON that is kept of it, and back: a book is told anew whenever one of its files
comes or goes, and the others need not be read again for that. Chapters have a table of their own and are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from scannerd.model.book import (
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Identifier,
    IdentifierType,
    InSeries,
    NumberUnit,
    SeriesNumber,
    Told,
)
from scannerd.model.media import Properties

_TEXTS = ("title", "subtitle", "sort_title", "description", "language", "published", "publisher", "is_abridged")
_PROPERTIES = tuple(one.name for one in fields(Properties))


def to_json(said: BookFileSaid) -> dict[str, Any]:
    """What is not empty of it, in plain values."""
    return _full(
        {
            "format": said.format,
            "kind": str(said.kind),
            "told": _told_to_json(said.told),
            "own_title": said.own_title,
            "disc": said.disc,
            "position": said.position,
            "properties": _full({name: getattr(said.properties, name) for name in _PROPERTIES}),
            "pages": said.pages,
            "has_picture": said.has_picture or None,
            "details": said.details,
        }
    )


def from_json(kept: Mapping[str, Any]) -> BookFileSaid:
    """The same again, without chapters."""
    return BookFileSaid(
        format=kept["format"],
        kind=BookKind(kept["kind"]),
        told=_told_from_json(kept.get("told", {})),
        own_title=kept.get("own_title"),
        disc=kept.get("disc"),
        position=kept.get("position"),
        properties=Properties(**kept.get("properties", {})),
        pages=kept.get("pages"),
        has_picture=kept.get("has_picture", False),
        details=kept.get("details", {}),
    )


def _told_to_json(told: Told) -> dict[str, Any]:
    return _full(
        {name: getattr(told, name) for name in _TEXTS}
        | {
            "contributors": [[one.role, one.name, one.sort_name] for one in told.contributors],
            "series": [_series_to_json(one) for one in told.series],
            "genres": list(told.genres),
            "tags": list(told.tags),
            "identifiers": [[one.type, one.value] for one in told.identifiers],
        }
    )


def _told_from_json(kept: Mapping[str, Any]) -> Told:
    return Told(
        **{name: kept.get(name) for name in _TEXTS},
        contributors=tuple(BookContributor(BookRole(role), *names) for role, *names in kept.get("contributors", ())),
        series=tuple(_series_from_json(one) for one in kept.get("series", ())),
        genres=tuple(kept.get("genres", ())),
        tags=tuple(kept.get("tags", ())),
        identifiers=tuple(Identifier(IdentifierType(type_), value) for type_, value in kept.get("identifiers", ())),
    )


def _series_to_json(series: InSeries) -> list[Any]:
    number = series.number
    if number is None:
        return [series.name, None, None, None, series.number_text]
    # As texts: 1.10 is not 1.1 to whoever counts so, and a float is neither.
    end = str(number.end) if number.end is not None else None
    return [series.name, str(number.number), end, number.unit, series.number_text]


def _series_from_json(kept: list[Any]) -> InSeries:
    name, number, end, unit, text = kept
    if number is None:
        return InSeries(name, None, text)
    ends = Decimal(end) if end is not None else None
    return InSeries(name, SeriesNumber(Decimal(number), ends, NumberUnit(unit) if unit else None), text)


def _full(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; False says something."""
    return {name: value for name, value in values.items() if value is not None and value != [] and value != {}}
