"""OPF: what a package document says of its book, in an EPUB or beside one (`metadata.opf`, as calibre writes it).

Versions 1 to 3 alike. Creators without a role are authors; a name that the file sorts together with others, or as it
stands, is not sorted by it. Of several titles the main one counts, else the first. calibre's series is taken before the
collections of EPUB 3, since a person set it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scannerd.model.book import BookContributor, BookFileSaid, BookKind, BookRole, Identifier, InSeries, Told
from scannerd.model.book_names import credited_names, split_names
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.names import match_key
from scannerd.model.plain_text import plain_text
from scannerd.model.series_names import in_series
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.opf_fields import Fields, Item, Statement, fields_of, line
from scannerd.parsers.books.relators import roles_of
from scannerd.parsers.books.xml_tree import local_name, parse_xml

LARGEST_OPF = 4 << 20
"""Bytes read of one."""
MOST_VALUES = 200
"""Kept of one field: no honest book has more authors, subjects or numbers."""

_MAIN_IDS = frozenset({"title-main", "main-title", "maintitle"})
_NOT_MAIN = frozenset({"subtitle", "short", "collection", "edition", "expanded"})
_DATES = {"publication": 0, "epub-publication": 0, "issued": 0, "": 1, "original-publication": 2, "creation": 3}
_COVER_IDS = frozenset({"cover", "cover-image", "coverimage", "cover_image"})
_NARRATORS = ("#narrators", "#narrator")
_LONGEST_COUNT = 6


@dataclass(frozen=True, slots=True)
class Package:
    """What an OPF says, and where it says the rest is."""

    told: Told
    details: Details = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    toc: str | None = None  # the id of the NCX
    cover: str | None = None  # the address of the picture, relative to the OPF


def read_opf(file: BinaryIO) -> BookFileSaid:
    """What an OPF beside a book says of it."""
    package = read_package(file.read(LARGEST_OPF + 1))
    return BookFileSaid("opf", BookKind.SIDECAR, package.told, details=package.details)


def read_package(data: bytes) -> Package:
    """What the document says; raises Damaged."""
    if len(data) > LARGEST_OPF:
        raise Damaged(f"its package document (.opf) is larger than {LARGEST_OPF >> 20} MB")
    root = parse_xml(data)
    if local_name(root).lower() not in ("package", "metadata"):
        raise Damaged("its package document (.opf) is another kind of XML")
    fields = fields_of(root)
    return Package(told_by_opf(fields), _details(fields), fields.items, fields.spine.get("toc"), _cover(fields))


def told_by_opf(fields: Fields) -> Told:
    """What the fields say of the book."""
    title, subtitle = _titles(fields)
    publisher, _ = _publishers(fields)
    return Told(
        title=title.line if title else None,
        subtitle=subtitle.line if subtitle else None,
        sort_title=fields.meta("calibre:title_sort") or (title and line(title.first("file-as") or "")) or None,
        description=next(filter(None, (plain_text(one.text) for one in fields.elements.get("description", ()))), None),
        language=next(filter(None, map(language_tag, fields.lines("language"))), None),
        published=_published(fields),
        publisher=publisher,
        contributors=_each_once(_contributors(fields)),
        series=_series(fields),
        genres=_labels(fields.lines("subject"), ";"),
        tags=_tags(fields),
        identifiers=_identifiers(fields),
    )


def _titles(fields: Fields) -> tuple[Statement | None, Statement | None]:
    titles = [one for one in fields.elements.get("title", ())[:MOST_VALUES] if one.line]
    types = [_title_type(one) for one in titles]
    ranked = sorted(zip(types, titles, strict=True), key=lambda one: (one[0] != "main", one[0] in _NOT_MAIN))
    title = ranked[0][1] if ranked else None
    subtitle = next((one for type_, one in ranked if type_ == "subtitle" and one is not title), None)
    return title, subtitle


def _title_type(title: Statement) -> str:
    """By its refinement, else by the id that some give it in EPUB 2."""
    id_ = title.attributes.get("id", "").lower()
    by_id = "main" if id_ in _MAIN_IDS else "subtitle" if id_ == "subtitle" else ""
    return (title.first("title-type") or by_id).lower()


def _publishers(fields: Fields) -> tuple[str | None, str | None]:
    """The publisher, and the house above it where that is an imprint."""
    house = next(fields.lines("publisher"), None)
    imprint = fields.meta("ibooks:imprint", "imprint")
    return (imprint, house) if imprint and house != imprint else (house or imprint, None)


def _published(fields: Fields) -> str | None:
    """The day of publication; what is not said to be one comes next, and the day of the last change never counts."""
    stated = [(one.attributes.get("event", "").lower(), one.line) for one in fields.elements.get("date", ())]
    stated += [("issued", one.line) for one in fields.elements.get("issued", ())]
    stated += [("issued", said) for said in (fields.meta("dcterms:issued"),) if said]
    ranked = sorted((one for one in stated[:MOST_VALUES] if one[0] in _DATES), key=lambda one: _DATES[one[0]])
    return next(filter(None, (book_date(said) for _, said in ranked)), None)


def _contributors(fields: Fields) -> Iterator[BookContributor]:
    for field_, unknown in (("creator", BookRole.AUTHOR), ("contributor", BookRole.CONTRIBUTOR)):
        for one in fields.elements.get(field_, ())[:MOST_VALUES]:
            roles = roles_of(one.either("role")[:MOST_VALUES], unknown=unknown)
            credits_ = credited_names(one.line) if roles else ()
            sorted_as = _sorted_as(one) if len(credits_) == 1 else None
            for name, own_role in credits_:  # "Jane Doe (Translator)" is no author, whatever the attribute says
                kept_as = sorted_as if sorted_as != name else None
                yield from (BookContributor(role, name, kept_as) for role in ([own_role] if own_role else roles))
    for said in (*_metas(fields, "media:narrator"), *_narrators_of_calibre(fields)):
        yield from (BookContributor(BookRole.NARRATOR, name) for name in split_names(said))


def _sorted_as(person: Statement) -> str | None:
    """How the file sorts the name; by the names of all authors in a row, as calibre has them, nobody is sorted."""
    stated = line(person.first("file-as") or "")
    return stated if len(split_names(stated)) == 1 and "&" not in stated else None


def _narrators_of_calibre(fields: Fields) -> Iterator[str]:
    """calibre has no narrators; who needs them has a column of one's own, and Audiobookshelf reads that one too."""
    columns: list[object] = [
        _json(one) for name in _NARRATORS for one in fields.metas.get(f"calibre:user_metadata:{name}", ())
    ]
    for all_columns in map(_json, fields.metas.get("calibre:user_metadata", ())):
        columns += [all_columns.get(name) for name in _NARRATORS]
    for column in columns[:MOST_VALUES]:
        value = column.get("#value#") if isinstance(column, dict) else None
        for name in value[:MOST_VALUES] if isinstance(value, list) else [value]:
            if isinstance(name, str):
                yield line(name)


def _json(meta: Statement) -> dict[str, object]:
    try:
        value = json.loads(meta.text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _each_once(contributors: Iterable[BookContributor]) -> tuple[BookContributor, ...]:
    kept: dict[tuple[BookRole, str], BookContributor] = {}
    for one in contributors:
        kept.setdefault((one.role, match_key(one.name)), one)
    return tuple(kept.values())[:MOST_VALUES]


def _series(fields: Fields) -> tuple[InSeries, ...]:
    of_calibre = [place for place in _series_of_calibre(fields) if place[0]]
    places = of_calibre or [place for place in _collections(fields) if place[0]]
    kept: dict[str, InSeries] = {}
    for name, number in places[:MOST_VALUES]:
        kept.setdefault(match_key(name), in_series(name, number))
    return tuple(kept.values())


def _series_of_calibre(fields: Fields) -> Iterator[tuple[str, str | None]]:
    names = fields.metas.get("calibre:series", [])
    numbers = _metas(fields, "calibre:series_index")
    paired = numbers if len(numbers) == len(names) else [None] * len(names)
    for one, number in zip(names, paired, strict=True):
        yield one.line, one.first("calibre:series_index") or number


def _collections(fields: Fields) -> Iterator[tuple[str, str | None]]:
    """Series of EPUB 3; a collection of no stated type is taken for one, a set (of one box) is not."""
    for one in fields.metas.get("belongs-to-collection", ()):
        if (one.first("collection-type") or "series").lower() != "set":
            yield one.line, one.first("group-position")
    for one in fields.elements.get("title", ()):
        if _title_type(one) == "collection":
            yield one.line, one.first("group-position")


def _tags(fields: Fields) -> tuple[str, ...]:
    own = (part for said in _metas(fields, "calibre:tags") for part in said.split(","))
    return _labels((*own, *fields.lines("tag")), ";")


def _labels(values: Iterable[str], separator: str) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    for value in values:
        for part in value.split(separator):
            if label := line(part):
                kept.setdefault(match_key(label), label)
        if len(kept) >= MOST_VALUES:
            break
    return tuple(kept.values())[:MOST_VALUES]


def _identifiers(fields: Fields) -> tuple[Identifier, ...]:
    stated = fields.elements.get("identifier", ())[:MOST_VALUES]
    found = (identifier(one.line, one.first("scheme") or one.first("identifier-type")) for one in stated if one.line)
    return tuple(dict.fromkeys(filter(None, found)))


def _cover(fields: Fields) -> str | None:
    """The picture that a meta, a property or its own id calls the cover."""
    named = {one.text.strip() for one in fields.metas.get("cover", ())}
    pictures = [item for item in fields.items if item.media_type.startswith("image/")]
    called = [item for item in pictures if item.id in named or item.href in named]
    called += [item for item in pictures if "cover-image" in item.properties]
    called += [item for item in pictures if item.id.lower() in _COVER_IDS]
    return called[0].href if called else None


def _details(fields: Fields) -> Details:
    """What is worth keeping beside: the web address first."""
    addresses = (*fields.lines("relation"), *fields.lines("source"))
    _, house = _publishers(fields)
    editions = (one.line for one in fields.elements.get("title", ()) if _title_type(one) == "edition")
    direction = fields.spine.get("page-progression-direction", "").lower()
    found: dict[str, str | int | float | None] = {
        "url": next((one for one in addresses if one.startswith(("http://", "https://"))), None),
        "publishing_house": house,
        "edition": next(editions, None),
        "rating": _rating(fields),
        "number_of_pages": _pages(fields),
        "age_range": fields.meta("schema:typicalagerange"),
        "layout": fields.meta("rendition:layout"),
        "reading_direction": direction if direction in ("ltr", "rtl") else None,
        "package_version": line(fields.version or ""),
    }
    return {name: value for name, value in found.items() if value}


def _pages(fields: Fields) -> int | None:
    """Of the printed edition."""
    stated = fields.meta("schema:numberofpages") or ""
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) <= _LONGEST_COUNT else None


def _rating(fields: Fields) -> float | None:
    """Out of 10."""
    try:
        rating = float(fields.meta("calibre:rating") or "nan")
    except ValueError:
        return None
    return rating if math.isfinite(rating) else None


def _metas(fields: Fields, name: str) -> list[str]:
    return [one.line for one in fields.metas.get(name, ())]
