"""metadata.json beside a book, as Audiobookshelf writes it (camel case, names as texts, "Series #1") and as shisho does
(snake case, names as objects with sort names and roles). People write them by hand too: a value of a wrong type is as
if it were not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from scannerd.model.book import (
    MOST_CHAPTERS,
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Chapter,
    Identifier,
    InSeries,
    NumberUnit,
    SeriesNumber,
    Told,
)
from scannerd.model.book_names import split_names
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.plain_text import plain_text
from scannerd.model.series_names import in_series, series_number
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.sidecars import decoded, limited
from scannerd.parsers.values import text, texts

_LARGEST = 8 << 20
_DEEPEST = 16
_FARTHEST = 1 << 40
_NUMBERED = re.compile(r"(.+?)\s+#\s*(\S.*)", re.DOTALL)
_ROLES = {str(role).replace("-", "_"): role for role in BookRole}
_UNITS = {str(unit): unit for unit in NumberUnit}
_SCHEMES = {"isbn_10": "isbn", "isbn_13": "isbn", "other": None}

Said = dict[str, Any]


def read_metadata(file: BinaryIO) -> BookFileSaid:
    """What it says; raises Damaged where it is no JSON."""
    try:
        said = json.loads(decoded(limited(file, _LARGEST)))
    except (ValueError, RecursionError) as exc:
        raise Damaged("it is no JSON") from exc
    if not isinstance(said, dict):
        raise Damaged("it is a list or a single value, and no record of a book")
    if isinstance(inner := said.get("metadata"), dict):
        said = inner | {"chapters": said.get("chapters")}  # as older versions of Audiobookshelf nested it
    return BookFileSaid("json", BookKind.SIDECAR, _told(said), chapters=_chapters(said), details=_details(said))


def _told(said: Said) -> Told:
    language, published = _one(said, "language"), _one(said, "publishedDate", "release_date", "publishedYear")
    abridged = said.get("abridged")
    description = said.get("description")
    return Told(
        title=_one(said, "title"),
        subtitle=_one(said, "subtitle"),
        sort_title=_one(said, "sort_title", "titleIgnorePrefix"),
        description=plain_text(description) if isinstance(description, str) else None,
        language=language_tag(language) if language else None,
        published=book_date(published) if published else None,
        publisher=_one(said, "imprint") or _one(said, "publisher"),
        is_abridged=abridged if isinstance(abridged, bool) else None,
        contributors=tuple(dict.fromkeys([*_people(said, "authors", BookRole.AUTHOR), *_narrators(said)])),
        series=tuple(dict.fromkeys(_series(said))),
        genres=tuple(texts(_names(said.get("genres")))),
        tags=tuple(texts(_names(said.get("tags")))),
        identifiers=tuple(dict.fromkeys(_identifiers(said))),
    )


def _one(said: Said, *keys: str) -> str | None:
    """The first value that is a text, or a number, as a year may be."""
    for key in keys:
        value = said.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and (kept := text(_short(value))):
            return kept
    return None


def _short(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _names(value: object) -> Iterator[str]:
    """A list of names, as texts or as objects that have one; or a single text."""
    for one in [value] if isinstance(value, str) else _listed(value):
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str):
            yield name


def _narrators(said: Said) -> Iterator[BookContributor]:
    return _people(said, "narrators" if said.get("narrators") else "narrator", BookRole.NARRATOR)


def _people(said: Said, key: str, role: BookRole) -> Iterator[BookContributor]:
    value = said.get(key)
    for one in [value] if isinstance(value, str) else _listed(value):
        if isinstance(one, dict):
            name, sort_name, stated = _one(one, "name"), _one(one, "sort_name"), one.get("role")
            if name:
                yield BookContributor(_ROLES.get(stated, role) if isinstance(stated, str) else role, name, sort_name)
        elif isinstance(one, str):
            yield from (BookContributor(role, name) for name in split_names(text(one)))


def _series(said: Said) -> Iterator[InSeries]:
    value = said.get("series")
    for one in [value] if isinstance(value, str | dict) else _listed(value):
        if isinstance(one, dict):
            if name := _one(one, "name", "series"):
                yield _series_of(name, one)
        elif isinstance(one, str) and (stated := text(one)):
            numbered = _NUMBERED.fullmatch(stated)
            yield in_series(numbered[1], numbered[2]) if numbered else in_series(stated)


def _series_of(name: str, said: Said) -> InSeries:
    """The number is taken as it was written: 1.0 is 1."""
    numbers = [said.get(key) for key in ("number", "sequence", "number_end")]
    stated, sequence, end = (_short(one) if isinstance(one, str | int | float) else "" for one in numbers)
    unit = _UNITS.get(str(said.get("unit")))
    number = stated or sequence
    if not number:
        return in_series(name)
    place = in_series(name, number, unit)
    if end and place.number and (last := series_number(end)) and last.number > place.number.number:
        return InSeries(name, SeriesNumber(place.number.number, last.number, place.number.unit))
    return place


def _identifiers(said: Said) -> Iterator[Identifier]:
    stated = [(_one(said, key), key) for key in ("isbn", "asin")]
    objects = (one for one in _listed(said.get("identifiers")) if isinstance(one, dict))
    stated.extend((_one(one, "value"), _one(one, "type") or "") for one in objects)
    for value, scheme in stated:
        if value and (known := identifier(value, _SCHEMES.get(scheme, scheme) or None)):
            yield known


def _details(said: Said) -> Details:
    details: Details = {}
    if (address := _one(said, "url") or "").startswith(("https://", "http://")):
        details["url"] = address
    if said.get("explicit") is True:
        details["explicit"] = True
    imprint, publisher = _one(said, "imprint"), _one(said, "publisher")
    if imprint and publisher and imprint != publisher:
        details["publishing_house"] = publisher
    return details


def _chapters(said: Said) -> tuple[Chapter, ...]:
    chapters = list(_chapters_of(_listed(said.get("chapters")), 0))[:MOST_CHAPTERS]
    # None of them says anything where not one has a place.
    return tuple(chapters) if any(one != Chapter(one.title, one.level) for one in chapters) else ()


def _chapters_of(listed: list[Any], level: int) -> Iterator[Chapter]:
    for one in listed[:MOST_CHAPTERS]:
        if isinstance(one, dict):
            start, page = _whole(one.get("start"), 1000), _whole(one.get("start_page"), 1)
            yield Chapter(
                _one(one, "title"),
                level,
                start_ms=_whole(one.get("start_timestamp_ms"), 1) if start is None else start,
                end_ms=_whole(one.get("end"), 1000),
                start_page=page + 1 if page is not None else None,  # shisho counts pages from 0
                href=_one(one, "href"),
            )
            if level < _DEEPEST:
                yield from _chapters_of(_listed(one.get("children")), level + 1)


def _whole(value: object, unit: int) -> int | None:
    """A number that is no nonsense, in units that make it whole."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return round(value * unit) if 0 <= value < _FARTHEST else None
