"""XML of strangers, as a tree: OPF, NCX, navigation documents, ComicInfo, XMP.

The parser is that of the standard library in C. What is dangerous about it are declarations of a document's own
(entities that grow without bound, or that ask for files and web addresses; attributes that every element gets), so a
document that has any is refused before it is parsed: no book has a use for them. A DOCTYPE is fine; what it points to
is never fetched. That is as safe as defusedxml and takes less than half its time, because defusedxml needs the parser
in Python; the same with pyexpat and its handlers takes twice the time.

What does not parse is repaired once: a wrong encoding, "&" and "&nbsp;", control characters, undeclared prefixes.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from html import escape, unescape
from html.entities import html5
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers.expat import ErrorString, errors

from scannerd.parsers.books.book_parser import Damaged

LARGEST_XML = 16 << 20
"""Bytes of a document."""
MOST_TAGS = 400_000
"""Tags of a document, opening and closing, and references; a book of ten thousand chapters has 70,000 in its NCX."""

_OWN = re.compile(rb"<!(?:ENTITY|ATTLIST)")
_JUNK_BEHIND = errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_NO_SUCH_PREFIX = errors.codes[errors.XML_ERROR_UNBOUND_PREFIX]
_BEFORE = b" \t\r\n" + codecs.BOM_UTF8
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_SLOW_CODECS = frozenset({"punycode", "idna"})  # they take the square of the length
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF), " ")
_REFERENCE = re.compile(r"&(?:#?\w{1,32};)?")
_OF_XML = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
_ROOT = re.compile(r"<\?.*?\?>|<!--.*?-->|<![^>]*>|(<[^\s/>]+)", re.DOTALL)
_PREFIX = re.compile(r"[<\s]([^\W\d][\w.-]{0,60}):[^\W\d]")
_MOST_PREFIXES = 50
_LONGEST_KNOWN = 128
_DECLARED = re.compile(r"\sxmlns:([\w.-]+)\s*=")


class _Broken(Exception):
    """The parser gave up; the code is expat's."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


def parse_xml(data: bytes) -> Element:
    """The root of the document, tags and attributes as "{namespace}name"; raises Damaged.

    A prefix that nothing declares is its own namespace: "{dc}title".
    """
    if len(data) > LARGEST_XML:
        raise Damaged(f"its XML is larger than {LARGEST_XML >> 20} MB")
    data, encoding = _encoding_of(data)
    if _OWN.search(data):
        raise Damaged("its XML declares entities or attributes of its own, which no book has a use for")
    if data.count(b"<") > MOST_TAGS or data.count(b"&") > MOST_TAGS:
        raise Damaged(f"its XML has more than {MOST_TAGS:,} tags or references")
    try:
        return _tree(data, encoding)
    except _Broken as exc:
        return _tree_of_repaired(_repaired(data, encoding), exc)


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def plain_name(name: str) -> str:
    """Of a tag or an attribute, without its namespace and in lower case."""
    return _plain_name(name) if len(name) <= _LONGEST_KNOWN else name.rpartition("}")[2].lower()


# A document has few names, and each of them many times.
@lru_cache(maxsize=1024)
def _plain_name(name: str) -> str:
    return name.rpartition("}")[2].lower()


def _encoding_of(data: bytes) -> tuple[bytes, str | None]:
    """The document without what stands before it, and its encoding where its first bytes tell that.

    UTF-16 becomes UTF-8: the parser would read it, but in UTF-8 it can be looked through.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:2]:
        text = data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace")
    else:
        return data.lstrip(_BEFORE), "utf-8" if data.startswith(codecs.BOM_UTF8) else None
    return text.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), "utf-8"


def _tree(data: bytes, encoding: str | None) -> Element:
    builder = TreeBuilder()
    parser = XMLParser(target=builder, encoding=encoding)  # noqa: S314  # what is unsafe has been refused
    try:
        parser.feed(data)
        return parser.close()
    except ParseError as exc:
        if exc.code == _JUNK_BEHIND:
            return builder.close()
        line, column = exc.position
        raise _Broken(f"{ErrorString(exc.code)} at line {line}, column {column}", exc.code) from exc
    except (ValueError, LookupError) as exc:  # an encoding that the parser does not know
        raise _Broken("its encoding is unknown") from exc


def _tree_of_repaired(text: str, first: _Broken) -> Element:
    """The tree of the mended text; when it is none either, the first fault is told."""
    try:
        try:
            return _tree(text.encode(), "utf-8")
        except _Broken as exc:
            if exc.code != _NO_SUCH_PREFIX:
                raise
        return _tree(_with_prefixes(text).encode(), "utf-8")
    except _Broken as exc:
        raise Damaged(f"its XML is broken: {first}") from exc


def _repaired(data: bytes, encoding: str | None) -> str:
    text = _decoded(data, encoding).translate(_CONTROL)
    return _REFERENCE.sub(lambda found: _reference(found[0]), text)


def _decoded(data: bytes, encoding: str | None) -> str:
    """By UTF-8, because what is valid UTF-8 is nothing else; else as declared; else as Windows had it."""
    declared = _ENCODING.match(data)
    for name in (encoding or "utf-8", declared[1].decode() if declared else "cp1252", "cp1252"):
        try:
            if codecs.lookup(name).name not in _SLOW_CODECS:
                return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _reference(text: str) -> str:
    """A reference as XML knows it: "&nbsp;" is its character, and an "&" that begins none is an "&"."""
    if text in _OF_XML:
        return text
    if text.startswith("&#"):
        return escape(unescape(text).translate(_CONTROL))
    return escape(html5.get(text[1:], text))


def _with_prefixes(text: str) -> str:
    """The document with the prefixes declared that are used and not declared in its root."""
    root = next((found for found in _ROOT.finditer(text) if found[1]), None)
    if root is None:
        return text
    declared = set(_DECLARED.findall(text[root.end() : text.find(">", root.end())]))
    missing = sorted(set(_PREFIX.findall(text)) - declared - {"xml", "xmlns"})[:_MOST_PREFIXES]
    return text[: root.end()] + "".join(f' xmlns:{name}="{name}"' for name in missing) + text[root.end() :]
