"""What an OPF states, field by field, before anybody asks what it means: elements and metas, each with its refinements.

Names are compared without namespace and case. So `<ns0:package>`, an undeclared `opf:` and `<dc:Title>` inside
`<dc-metadata>` are read like what everybody else writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from scannerd.model.media import LONGEST_VALUE
from scannerd.parsers.books.xml_tree import plain_name
from scannerd.parsers.values import text

_BLOCKS = frozenset({"p", "div", "li", "br", "h1", "h2", "h3", "h4", "blockquote"})
_HOLDERS = frozenset({"dc-metadata", "x-metadata"})
_NO_PROPERTIES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Statement:
    """One element or meta: its text as it is, its attributes and what refines it by their names."""

    text: str
    attributes: dict[str, str]
    refined: dict[str, list[str]] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return line(self.text)

    def either(self, name: str) -> list[str]:
        """What EPUB 2 says by an attribute and EPUB 3 by refinements."""
        attribute = self.attributes.get(name)
        return [attribute] if attribute else self.refined.get(name, [])

    def first(self, name: str) -> str | None:
        return next(iter(self.either(name)), None)


class Item(NamedTuple):
    """A file of the book, as the manifest lists it; `href` as written, relative to the OPF."""

    id: str
    href: str
    media_type: str
    properties: frozenset[str]


@dataclass(slots=True)
class Fields:
    """All that an OPF states."""

    version: str | None = None
    elements: dict[str, list[Statement]] = field(default_factory=dict)  # by name: title, creator, ...
    metas: dict[str, list[Statement]] = field(default_factory=dict)  # by name or property: calibre:series, ...
    items: list[Item] = field(default_factory=list)
    spine: dict[str, str] = field(default_factory=dict)  # its attributes

    def lines(self, name: str) -> Iterator[str]:
        """The values of an element in one line each, none empty."""
        return filter(None, (one.line for one in self.elements.get(name, ())))

    def meta(self, *names: str) -> str | None:
        """The first value that a meta of one of these names has."""
        return next((said for name in names for one in self.metas.get(name, ()) if (said := one.line)), None)


def line(raw: str) -> str:
    """A value in one line; empty where nothing is left."""
    if len(raw) > LONGEST_VALUE:
        return text(" ".join(raw.strip()[: 4 * LONGEST_VALUE].split()))
    squeezed = " ".join(raw.split())
    return squeezed if squeezed.isascii() and squeezed.isprintable() else text(squeezed)


def fields_of(package: Element) -> Fields:
    """What the package states, or some `<metadata>` alone."""
    fields = Fields(_attributes(package).get("version"))
    for part in (package, *package):
        name = plain_name(part.tag)
        if name == "metadata":
            _read_metadata(part, fields)
        elif name == "manifest":
            fields.items += [item for child in part if (item := _item(_attributes(child)))]
        elif name == "spine":
            fields.spine = _attributes(part)
    return fields


def _read_metadata(metadata: Element, fields: Fields) -> None:
    refinements: dict[str, dict[str, list[str]]] = {}
    for element in _fields_in(metadata):
        name, attributes = plain_name(element.tag), _attributes(element)
        if name == "meta":
            _read_meta(element, attributes, fields, refinements)
        else:
            refined = refinements.setdefault(attributes["id"], {}) if "id" in attributes else {}
            fields.elements.setdefault(name, []).append(Statement(text_of(element), attributes, refined))


def _fields_in(metadata: Element) -> Iterator[Element]:
    for element in metadata:
        if plain_name(element.tag) in _HOLDERS:
            yield from element
        else:
            yield element


def _read_meta(
    element: Element, attributes: dict[str, str], fields: Fields, refinements: dict[str, dict[str, list[str]]]
) -> None:
    """`<meta name content>` of EPUB 2, `<meta property>` and `<meta property refines>` of EPUB 3."""
    name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
    said = attributes.get("content") or text_of(element)
    if "refines" in attributes:
        about = attributes["refines"].rpartition("#")[2]
        refinements.setdefault(about, {}).setdefault(name, []).append(line(said))
    elif name:
        refined = refinements.setdefault(attributes["id"], {}) if "id" in attributes else {}
        fields.metas.setdefault(name, []).append(Statement(said, attributes, refined))


def _item(attributes: dict[str, str]) -> Item | None:
    href = attributes.get("href")
    if not href:
        return None
    properties = attributes.get("properties")
    return Item(
        attributes.get("id", ""),
        href,
        attributes.get("media-type", "").lower(),
        frozenset(properties.lower().split()) if properties else _NO_PROPERTIES,
    )


def _attributes(element: Element) -> dict[str, str]:
    return {plain_name(name): value for name, value in element.items()}


def text_of(element: Element) -> str:
    """All text in it; where somebody put markup there instead of text, its paragraphs stay apart."""
    if not len(element):
        return element.text or ""
    for child in element.iter():
        if plain_name(child.tag) in _BLOCKS:
            child.tail = "\n" + (child.tail or "")
    return "".join(element.itertext())
