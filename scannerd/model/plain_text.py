"""Descriptions, which may hold mark-up, as plain text. Pure.

A text with tags is HTML: its own line breaks mean nothing, its elements do. Only the elements of HTML are tags, so that
"a < b", "List<String>" and "<3" stay. A text without tags keeps its line breaks; if its entities hide tags (escaped
once too often: "&lt;p&gt;"), it is HTML after all. Descriptions with no more than bold and italics in them are written
by hand: their line breaks stay too.

The expressions are ours, because `html.parser` takes the square of the length for some broken texts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from scannerd.model.book import LONGEST_DESCRIPTION
from scannerd.model.names import clean

_LONGEST_SOURCE = 8 * LONGEST_DESCRIPTION
_CHUNK = 4096

_PARAGRAPH, _LINE, _BREAK = "\x01", "\x02", "\x03"
"""Stand for breaks until it is known what is around them: a paragraph, the beginning of a line, a line break."""
_NO_MARKS = str.maketrans(dict.fromkeys((_PARAGRAPH, _LINE, _BREAK), " "))
_SILENT = "\x04"
"""For an element that says nothing of what is in it."""

_SAID_BY = {
    _PARAGRAPH: "p h1 h2 h3 h4 h5 h6 blockquote ul ol dl table hr pre section article header footer body figure",
    _LINE: "div li dt dd tr center address option caption figcaption",
    _BREAK: "br",
    " ": "td th",
    "": (
        "a abbr acronym b big cite code col colgroup del dfn em font html i img ins kbd link main mark meta nobr q rp"
        " rt ruby s samp small span strike strong sub sup tbody tfoot thead tt u var wbr input form label aside nav"
    ),
    _SILENT: "script style head title template noscript svg math object iframe",
}
_ELEMENTS = {name: mark for mark, names in _SAID_BY.items() for name in names.split()}

# Each branch looks no further than the next "<", or takes all the rest; nothing is looked at twice.
_MARKUP = re.compile(
    r"<(/?)([a-z][a-z0-9]*(?::[a-z0-9]+)?)(?:>|[\s/](?:(?:[^<>\"']++|\"[^\"<]*\"|'[^'<]*')*+>|[^<>]*>))"
    r"|<!--(?:.*?-->|.*)"
    r"|<!\[CDATA\[|\]\]>"
    r"|<[!?][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE | re.ASCII)
_GAPS = re.compile(f" ?[{_PARAGRAPH}{_LINE}{_BREAK}][ {_PARAGRAPH}{_LINE}{_BREAK}]*")
_EMPTY_LINES = re.compile(r"\n{3,}")

_Tag = tuple[re.Match[str], str]
"""Where it is, and the name of its element; none for a comment."""


def plain_text(text_or_html: str) -> str | None:
    """The text without mark-up, paragraphs parted by an empty line; None where nothing is left of it."""
    source = _without_marks(text_or_html[:_LONGEST_SOURCE])
    text = _of_html(source)
    if text is None:
        source = _unescaped(source)
        text = _of_html(source)
    lines = (" ".join(clean(line).split()) for line in (source if text is None else text).splitlines())
    kept = _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()
    return _composed(kept[:LONGEST_DESCRIPTION]).rstrip() or None


def _of_html(source: str) -> str | None:
    """What it says; None where it is no HTML."""
    tags = list(_tags(source)) if "<" in source else []
    if not tags:
        return None
    told = "".join(_pieces(source, tags))
    if not any(_ELEMENTS.get(name) in (_PARAGRAPH, _LINE, _BREAK) for _, name in tags):
        told = _BREAK.join(told.splitlines())
    return _GAPS.sub(_gap, " ".join(told.split()))


def _tags(source: str) -> Iterator[_Tag]:
    """Elements of HTML, or of another name space (Word writes "o:p"), and comments and declarations."""
    for found in _MARKUP.finditer(source):
        name = (found[2] or "").lower()
        if not name or name in _ELEMENTS or ":" in name:
            yield found, name


def _pieces(source: str, tags: list[_Tag]) -> Iterator[str]:
    """Texts and marks. What is between a silent element and its end is not said."""
    at, silent = 0, ""
    for found, name in tags:
        if not silent:
            yield _unescaped(source[at : found.start()])
        at = found.end()
        mark = _ELEMENTS.get(name, "")
        if silent:
            silent = "" if name == silent and found[1] else silent
        elif mark == _SILENT:
            silent = "" if found[1] or found[0].endswith("/>") else name
        else:
            yield mark
    if not silent:
        yield _unescaped(source[at:])


def _gap(found: re.Match[str]) -> str:
    return "\n\n" if _PARAGRAPH in found[0] or found[0].count(_BREAK) > 1 else "\n"


def _unescaped(text: str) -> str:
    """Only of entities that end in ";": the "&copy" in an address is no entity."""
    if "&" not in text:
        return text
    return _without_marks(_ENTITY.sub(lambda found: html.unescape(found[0]), text))


def _without_marks(text: str) -> str:
    # To ask first is far cheaper where letters are not ASCII's.
    return text.translate(_NO_MARKS) if any(mark in text for mark in (_PARAGRAPH, _LINE, _BREAK)) else text


def _composed(text: str) -> str:
    if text.isascii():
        return text
    # In pieces, because sorting combining marks takes the square of their number.
    return "".join(unicodedata.normalize("NFC", text[at : at + _CHUNK]) for at in range(0, len(text), _CHUNK))
