"""The table of contents of an EPUB: the navigation document of version 3, the NCX of version 2.

Chapters lie in each other; here they come in reading order, each with its level. Their addresses become paths in the
archive, with the place in the document behind a "#".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from scannerd.model.book import MOST_CHAPTERS, Chapter
from scannerd.parsers.books.opf_fields import line, text_of
from scannerd.parsers.books.xml_tree import parse_xml, plain_name
from scannerd.parsers.values import text

DEEPEST_LEVEL = 15
"""What lies deeper is said to lie here; an honest book has four levels."""

_LONGEST_ADDRESS = 4096
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LABELS = ("a", "span")
_LISTS = frozenset({"ol", "ul", "li"})
_TITLES = frozenset({*_LABELS, "navlabel"})


class Contents(NamedTuple):
    """Chapters, and how many pages of a printed edition are marked."""

    chapters: tuple[Chapter, ...] = ()
    pages: int = 0


def contents_of_nav(data: bytes, path: str) -> Contents:
    """What the navigation document at this path of the archive lists; raises Damaged."""
    navs = [(nav, _types(nav)) for nav in parse_xml(data).iter() if _name(nav) == "nav"]
    toc = next((nav for nav, types in navs if "toc" in types), None)
    if toc is None:
        toc = next((nav for nav, types in navs if not types), None)
    pages = next((nav for nav, types in navs if "page-list" in types), None)
    chapters = _nested(toc, path, "li", _item) if toc is not None else iter(())
    return Contents(tuple(islice(chapters, MOST_CHAPTERS)), _count(pages, "a"))


def contents_of_ncx(data: bytes, path: str) -> Contents:
    """What the NCX at this path of the archive lists; raises Damaged."""
    parts = {_name(part): part for part in parse_xml(data)}
    points = parts.get("navmap")
    chapters = _nested(points, path, "navpoint", _point) if points is not None else iter(())
    return Contents(tuple(islice(chapters, MOST_CHAPTERS)), _count(parts.get("pagelist"), "pagetarget"))


def path_in_archive(address: str, beside: str) -> str:
    """The path that an address means which stands in the document at `beside`; without the place in that document."""
    return _joined(address.strip()[:_LONGEST_ADDRESS].partition("#")[0], beside)


def _joined(address: str, beside: str) -> str:
    address = unquote(address)
    if not address:
        return beside
    path = address if address.startswith("/") else f"{_folder_of(beside)}/{address}"
    return posixpath.normpath(path).lstrip("/")


# All chapters of a book stand in one document.
@lru_cache(maxsize=8)
def _folder_of(path: str) -> str:
    return posixpath.join("/", posixpath.dirname(path))


def _name(element: Element) -> str:
    return plain_name(element.tag)


def _types(nav: Element) -> list[str]:
    """ "toc", "page-list", "landmarks": by epub:type, or by the role that tells screen readers the same."""
    said = {name.rpartition("}")[2].lower(): value.lower() for name, value in nav.items()}
    return [*said.get("type", "").split(), *(role.removeprefix("doc-") for role in said.get("role", "").split())]


def _nested(top: Element, path: str, item: str, read: Callable[[Element], tuple[str, str | None]]) -> Iterator[Chapter]:
    """The chapters of the items in each other; one without title and address has no level of its own.

    By a stack of its own, since what strangers nest is deeper than Python's.
    """
    stack = [(iter(top), 0)]
    while stack:
        children, level = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
        elif (name := _name(child)) == item:
            title, address = read(child)
            chapter = Chapter(title or None, min(level, DEEPEST_LEVEL), href=_href(address, path))
            is_one = chapter.title is not None or chapter.href is not None
            if is_one:
                yield chapter
            stack.append((iter(child), level + is_one))
        elif len(child) and name not in _TITLES:
            stack.append((iter(child), level))


def _item(item: Element) -> tuple[str, str | None]:
    """Title and address of a `li`: those of its link, else the words in its `span`, else its own."""
    first: dict[str, Element] = {}
    for child in item:
        if (name := _name(child)) not in _LISTS:
            first.setdefault(name, child)
            for inner in child:
                first.setdefault(_name(inner), inner)
    label = next((first[name] for name in _LABELS if name in first), None)
    if label is None:
        return line(item.text or ""), None
    return line(text_of(label)) or _in_pictures(label), label.get("href")


def _in_pictures(label: Element) -> str:
    """The words that stand for a picture, where a chapter has no others."""
    return line(label.get("title") or " ".join(inner.get("alt", "") for inner in label.iter()))


def _point(point: Element) -> tuple[str, str | None]:
    """Title and address of a `navPoint`."""
    parts = {_name(part): part for part in reversed(point)}
    label, content = parts.get("navlabel"), parts.get("content")
    return line(text_of(label)) if label is not None else "", content.get("src") if content is not None else None


def _href(address: str | None, path: str) -> str | None:
    if not address:
        return None
    address = address.strip()
    if _ELSEWHERE.match(address):
        return None
    document, _, fragment = address[:_LONGEST_ADDRESS].partition("#")
    where = _joined(document, path)
    return text(f"{where}#{fragment}" if fragment else where) or None


def _count(listed: Element | None, name: str) -> int:
    return sum(_name(element) == name for element in listed.iter()) if listed is not None else 0
