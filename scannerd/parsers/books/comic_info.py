"""What ComicInfo.xml in a comic says: the elements of ComicRack's schema and those that Kavita added.

A number alone counts neither volumes nor chapters: of American comics it is the issue, of manga either. What it counts
is known where the title says it ("Chapter 12"), or where there is no number but a volume, which is no year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from scannerd.model.book import BookContributor, BookRole, InSeries, NumberUnit, Told
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.plain_text import plain_text
from scannerd.model.series_names import in_series
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.xml_tree import local_name, parse_xml
from scannerd.parsers.values import long_text, text, texts

ROLES = {
    "writer": BookRole.WRITER,
    "penciller": BookRole.PENCILLER,
    "inker": BookRole.INKER,
    "colorist": BookRole.COLORIST,
    "letterer": BookRole.LETTERER,
    "coverartist": BookRole.COVER_ARTIST,
    "editor": BookRole.EDITOR,
    "translator": BookRole.TRANSLATOR,
}
"""Who did what, by the element in lower case."""

_KEPT = {
    "count": "count",
    "alternateseries": "alternate_series",
    "alternatenumber": "alternate_number",
    "alternatecount": "alternate_count",
    "localizedseries": "localized_series",
    "seriessort": "series_sort",
    "scaninformation": "scan_information",
    "format": "comic_format",
    "manga": "manga",
    "blackandwhite": "black_and_white",
    "agerating": "age_rating",
    "communityrating": "community_rating",
    "maincharacterorteam": "main_character",
}
_LISTS = {
    "characters": "characters",
    "teams": "teams",
    "locations": "locations",
    "storyarc": "story_arcs",
    "storyarcnumber": "story_arc_numbers",
    "seriesgroup": "series_groups",
}
_COMMA = re.compile(r"[,;]")
_BEHIND_A_NAME = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.? ?d|m\.? ?d)\.?", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?<![^\W_])(?:(ch|chap|chapter|kapitel|chapitre|第)|(?:v|vol|volume|tome|band))[.\s]*#?0*(\d+(?:\.\d+)?)(?!\w)",
    re.IGNORECASE,
)
_PAGE = re.compile(r"\d{1,6}", re.ASCII)
_FIRST_YEAR = 1900  # a "volume" from here on is the year in which a series began
_OLDEST_COMIC = 1800
"""A year before it is a slip of the pen: 591 for 1951."""
_NOTHING_SAID = frozenset({"", "unknown", "-1"})  # what ComicRack writes for "not set"


def read_comic_info(data: bytes) -> tuple[Told, Details, list[tuple[int, str]]]:
    """What it says of the book, the rest, and the titles of pages by their numbers from 1; raises Damaged."""
    root = parse_xml(data)
    if local_name(root).lower() != "comicinfo":
        raise Damaged("it is no ComicInfo")
    found = {local_name(element).lower(): element.text for element in root if element.text}
    pages = (page for element in root if local_name(element).lower() == "pages" for page in element)
    return told_by(found), _details(found), [mark for page in pages if (mark := _mark(page))]


def _mark(page: Element) -> tuple[int, str] | None:
    image, title = page.get("Image", ""), text(page.get("Bookmark", ""))
    return (int(image) + 1, title) if title and _PAGE.fullmatch(image) else None


def told_by(found: Mapping[str, str]) -> Told:
    """What elements say, by their names in lower case."""
    one = {name: text(value) for name, value in found.items()}
    numbers = (identifier(one[name], name) for name in ("gtin", "isbn") if one.get(name))
    return Told(
        title=one.get("title") or None,
        sort_title=one.get("titlesort") or None,
        description=plain_text(found["summary"]) if "summary" in found else None,
        language=language_tag(one["languageiso"]) if one.get("languageiso") else None,
        published=_published(one),
        publisher=one.get("imprint") or one.get("publisher") or None,
        contributors=_contributors(found),
        series=_series(one),
        genres=tuple(_listed(found.get("genre", ""))),
        tags=tuple(_listed(found.get("tags", ""))),
        identifiers=tuple(dict.fromkeys(number for number in numbers if number)),
    )


def names_of(value: str) -> list[str]:
    """The names of one role. They are never written the other way round, so a comma always parts them."""
    names: list[str] = []
    for name in _listed(value):
        if names and _BEHIND_A_NAME.fullmatch(name):
            names[-1] += f", {name}"
        else:
            names.append(name)
    return names


def unit_of_number(number: str, title: str) -> NumberUnit | None:
    """What the number counts, if the title says so: "Chapter 12" of number 12."""
    for said in _COUNTED.finditer(title):
        if said[2] == number.lstrip("0"):
            return NumberUnit.CHAPTER if said[1] else NumberUnit.VOLUME
    return None


def _series(one: Mapping[str, str]) -> tuple[InSeries, ...]:
    name, number, volume = one.get("series", ""), one.get("number", ""), one.get("volume", "")
    if not name:
        return ()
    if number.lower() not in _NOTHING_SAID:
        return (in_series(name, number, unit_of_number(number, one.get("title", ""))),)
    if volume.isdecimal() and 0 < int(volume) < _FIRST_YEAR:
        return (in_series(name, volume, NumberUnit.VOLUME),)
    return (in_series(name),)


def _published(one: Mapping[str, str]) -> str | None:
    parts = []
    for name, width in (("year", 4), ("month", 2), ("day", 2)):
        value = one.get(name, "")
        if not (value.isascii() and value.isdigit() and int(value[:width])):
            break
        parts.append(value.zfill(width))
    return book_date("-".join(parts)) if parts and int(parts[0]) >= _OLDEST_COMIC else None


def _contributors(found: Mapping[str, str]) -> tuple[BookContributor, ...]:
    return tuple(
        BookContributor(role, name) for element, role in ROLES.items() for name in names_of(found.get(element, ""))
    )


def _details(found: Mapping[str, str]) -> Details:
    details: Details = {}
    for element, name in _KEPT.items():
        if (value := text(found.get(element, ""))).lower() not in _NOTHING_SAID:
            details[name] = value
    for element, name in _LISTS.items():
        if values := _listed(found.get(element, "")):
            details[name] = values
    if notes := long_text([found.get("notes", "")]):
        details["notes"] = notes
    if (volume := text(found.get("volume", ""))).lower() not in _NOTHING_SAID:
        details["volume"] = volume
    imprint, publisher = text(found.get("imprint", "")), text(found.get("publisher", ""))
    if imprint and publisher and imprint != publisher:
        details["publishing_house"] = publisher
    return details | web_details(found.get("web", ""))


def web_details(value: str) -> Details:
    """The first web address, and the others."""
    addresses = [address for address in texts(value.split()) if address.startswith(("https://", "http://"))]
    details: Details = {"url": addresses[0]} if addresses else {}
    return details | {"more_urls": addresses[1:]} if addresses[1:] else details


def _listed(value: str) -> list[str]:
    return texts(_COMMA.split(value))
