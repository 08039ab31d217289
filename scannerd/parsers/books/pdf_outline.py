"""The outline of a PDF as chapters, and which page each begins on.

Nothing that is walked here may go in circles: what was seen is not looked at again, and there is a limit to how much is
looked at. Of a page tree only the branches are read, and of a branch that has as many pages as children not even those:
then its children are the pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from scannerd.model.book import MOST_CHAPTERS, Chapter
from scannerd.parsers.values import text

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 1_000_000

_MOST_NODES = 20_000
_DEEPEST = 16  # levels of chapters; deeper ones are told as of this level


def page_count(reader: PdfReader) -> int | None:
    """As the page tree says it, where that can be."""
    count = item(item(reader.root_object, "/Pages"), "/Count")
    if isinstance(count, int) and 0 < count <= MOST_PAGES:
        return int(count)
    return len(_page_numbers(reader)) or None


def outline_of(reader: PdfReader, pages: int | None) -> tuple[Chapter, ...]:
    """The outline, flattened, each entry up to the next one that is not below it."""
    entries = list(_entries(_raw(item(reader.root_object, "/Outlines"), "/First")))
    if not entries:
        return ()
    destinations = _Destinations(reader)
    chapters = [Chapter(title, level, start_page=destinations.page(entry)) for level, title, entry in entries]
    return tuple(_with_ends(chapters, pages))


def _with_ends(chapters: Sequence[Chapter], pages: int | None) -> list[Chapter]:
    ended, following = list(chapters), dict.fromkeys(range(_DEEPEST), pages and pages + 1)
    for at in range(len(ended) - 1, -1, -1):
        one = ended[at]
        following_page = following[one.level]
        if one.start_page and following_page:
            ended[at] = one._replace(end_page=max(one.start_page, following_page - 1))
        if one.start_page:
            following.update(dict.fromkeys(range(one.level, _DEEPEST), one.start_page))
    return ended


def _entries(first: Any) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
    """Level, title and entry, in reading order."""
    waiting, seen = [(0, first)], set[object]()
    for _ in range(MOST_CHAPTERS):
        entry: Any = None
        while waiting and not isinstance(entry, dict):
            level, reference = waiting.pop()
            entry = _unseen(reference, seen)
        if not isinstance(entry, dict):
            return
        waiting.append((level, _raw(entry, "/Next")))
        waiting.append((min(level + 1, _DEEPEST - 1), _raw(entry, "/First")))
        yield level, text(words(item(entry, "/Title"))) or None, entry


class _Destinations:
    """On which page an entry of the outline begins."""

    def __init__(self, reader: PdfReader) -> None:
        self._reader = reader
        self._numbers: dict[int, int] | None = None
        self._named: dict[str, Any] | None = None

    def page(self, entry: dict[str, Any]) -> int | None:
        target = item(entry, "/Dest")
        if target is None and item(action := item(entry, "/A"), "/S") == "/GoTo":
            target = item(action, "/D")
        if isinstance(target, str | bytes):
            target = self._by_name().get(words(target))
        if isinstance(target, dict):
            target = item(target, "/D")
        if not isinstance(target, list) or not target:
            return None
        reference = list.__getitem__(target, 0)
        if isinstance(reference, int):
            return int(reference) + 1 if 0 <= reference < MOST_PAGES else None
        if self._numbers is None:
            self._numbers = _page_numbers(self._reader)
        return self._numbers.get(getattr(reference, "idnum", -1))

    def _by_name(self) -> dict[str, Any]:
        if self._named is None:
            root = self._reader.root_object
            old = item(root, "/Dests")
            self._named = {name.removeprefix("/"): item(old, name) for name in old} if isinstance(old, dict) else {}
            self._named |= _name_tree(_raw(item(root, "/Names"), "/Dests"))
        return self._named


def _name_tree(root: Any) -> dict[str, Any]:
    named: dict[str, Any] = {}
    waiting, seen = [root], set[object]()
    while waiting and len(seen) < _MOST_NODES:
        node = _unseen(waiting.pop(), seen)
        waiting.extend(_listed(item(node, "/Kids")))
        flat = _listed(item(node, "/Names"))[: 2 * MOST_CHAPTERS]
        for name, value in zip(flat[::2], flat[1::2], strict=False):
            named.setdefault(words(_resolved(name)), _resolved(value))
    return named


def _page_numbers(reader: PdfReader) -> dict[int, int]:
    """Page numbers from 1 by the object number of the page."""
    numbers: dict[int, int] = {}
    waiting, seen = [_raw(reader.root_object, "/Pages")], set[object]()
    while waiting and len(numbers) < MOST_PAGES and len(seen) < _MOST_NODES:
        reference = waiting.pop()
        node = _unseen(reference, seen)
        if not isinstance(node, dict):
            continue
        kids = _listed(item(node, "/Kids"))
        if item(node, "/Type") == "/Page" or "/Kids" not in node:
            numbers[getattr(reference, "idnum", -1 - len(numbers))] = len(numbers) + 1
        elif item(node, "/Count") == len(kids):
            for kid in kids:
                numbers[getattr(kid, "idnum", -1 - len(numbers))] = len(numbers) + 1
        else:
            waiting.extend(reversed(kids))
    return numbers


def _unseen(reference: Any, seen: set[object]) -> Any:
    """What is referred to, unless that was looked at before."""
    key = (reference.idnum, reference.generation) if hasattr(reference, "idnum") else id(reference)
    if reference is None or key in seen:
        return None
    seen.add(key)
    return _resolved(reference)


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _raw(container: Any, key: str) -> Any:
    """An entry as it stands there: often a reference."""
    return dict.get(container, key) if isinstance(container, dict) else None


def item(container: Any, key: str) -> Any:
    """An entry itself, None where there is none."""
    return _resolved(_raw(container, key))


def _listed(value: Any) -> list[Any]:
    """An array as it stands there."""
    return list(list.__iter__(value)) if isinstance(value, list) else []


def words(value: object) -> str:
    """A text or a name; where pypdf could not decode it, it is bytes."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value.removeprefix("/") if isinstance(value, str) else ""
