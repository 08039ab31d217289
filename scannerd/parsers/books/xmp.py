"""What XMP in a PDF says: Dublin Core, PRISM, and what calibre adds (series, identifiers, tags)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from scannerd.model.book import BookContributor, BookRole, Identifier, InSeries, Told
from scannerd.model.book_names import split_names
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.plain_text import plain_text
from scannerd.model.series_names import in_series
from scannerd.parsers.books.xml_tree import local_name, parse_xml
from scannerd.parsers.values import text, texts

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LIST = (f"{_RDF}Alt", f"{_RDF}Bag", f"{_RDF}Seq")
_DC = "{http://purl.org/dc/elements/1.1/}"
_CALIBRE = "{http://calibre-ebook.com/xmp-namespace}"
_CALIBRE_SERIES = "{http://calibre-ebook.com/xmp-namespace-series-index}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_PRISM = "{http://prismstandard.org/namespaces/"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Found = dict[str, list[Element]]


def read_xmp(data: bytes) -> tuple[Told, Details]:
    """What it says of the document, and the rest; raises Damaged."""
    if not data.strip():
        return Told(), {}
    root = parse_xml(data)
    values: dict[str, list[str]] = {}
    found: Found = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            values.setdefault(name, []).append(value)  # the short form: a property as an attribute
        for element in description:
            values.setdefault(element.tag, []).extend(_texts_of(element))
            found.setdefault(element.tag, []).append(element)
    return _told(values, found), _details(values)


def _told(values: dict[str, list[str]], found: Found) -> Told:
    def first(name: str) -> str | None:
        return next((value for raw in values.get(name, ()) if (value := text(raw))), None)

    language = first(f"{_DC}language")
    dates = (date for name in (f"{_DC}date", *_prism(values, "publicationDate")) for date in values.get(name, ()))
    return Told(
        title=first(f"{_DC}title"),
        sort_title=first(f"{_CALIBRE}title_sort"),
        description=next((plain_text(raw) for raw in values.get(f"{_DC}description", ())), None),
        language=language_tag(language) if language else None,
        published=next((date for raw in dates if (date := book_date(raw))), None),
        publisher=first(f"{_DC}publisher"),
        contributors=_authors(values.get(f"{_DC}creator", [])),
        series=tuple(_series(found.get(f"{_CALIBRE}series", ()))),
        tags=tuple(texts(values.get(f"{_DC}subject", ()))),
        identifiers=tuple(dict.fromkeys(_identifiers(values, found))),
    )


def _authors(creators: list[str]) -> tuple[BookContributor, ...]:
    """One element each is one name; a single one may hold several."""
    names = [name for creator in creators for name in split_names(creator)]
    return tuple(BookContributor(BookRole.AUTHOR, name) for name in dict.fromkeys(names))


def _series(elements: list[Element] | tuple[()]) -> Iterator[InSeries]:
    for element in elements:
        inner = {part.tag: part.text or "" for part in element.iter()}
        name = text(inner.get(f"{_RDF}value", ""))
        number = text(inner.get(f"{_CALIBRE_SERIES}series_index", ""))
        if name:
            yield in_series(name, number or None)


def _identifiers(values: dict[str, list[str]], found: Found) -> Iterator[Identifier]:
    for element in found.get(f"{_XMP}Identifier", ()):
        for item in element.iter(f"{_RDF}li"):
            inner = {local_name(part): part.text or "" for part in item.iter()}
            if inner.get("Scheme") and (known := identifier(inner.get("value", ""), inner["Scheme"])):
                yield known
    isbns = (*_prism(values, "isbn"), *_prism(values, "eIsbn"))
    stated = [(raw, "isbn") for name in isbns for raw in values[name]]
    stated += [(raw, "doi") for name in _prism(values, "doi") for raw in values[name]]
    for raw, scheme in stated:
        if known := identifier(raw, scheme):
            yield known
    for raw in values.get(f"{_DC}identifier", ()):
        if known := identifier(raw):
            yield known


def _details(values: dict[str, list[str]]) -> Details:
    address = next((raw for name in _prism(values, "url") for raw in values[name] if raw.startswith("http")), None)
    return {"url": text(address)} if address else {}


def _prism(values: dict[str, list[str]], name: str) -> list[str]:
    """The property in whatever version of PRISM it is."""
    return [key for key in values if key.startswith(_PRISM) and key.endswith("}" + name)]


def _texts_of(element: Element) -> list[str]:
    """Its own text, or those of its list; of a text in several languages the one that stands for all comes first."""
    for kind in _LIST:
        if (container := element.find(kind)) is not None:
            items = [item for item in container if item.text and item.text.strip()]
            items.sort(key=lambda item: item.get(_LANGUAGE, "x-default") != "x-default")
            return [item.text for item in items if item.text]
    return [element.text] if element.text and element.text.strip() else []
