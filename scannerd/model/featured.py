"""The featured part of an artist string or a title: where "feat. Somebody" begins and where it ends. Pure.

It knows marks and brackets, not names: who the guests are is told apart in `artist_names`.
"""

from __future__ import annotations

import re

LONGEST_TAKEN_APART = 1000
"""Longer strings are no names; leaving them whole also bounds the work that a hostile file can ask for."""

_OPENING = "([{（［【"
_CLOSING = ")]}）］】"
_EDGES = _OPENING + _CLOSING + " -–—,;:/"

# Before the mark: a space, a bracket, or a letter of a script that writes without spaces ("曲名feat.初音ミク").
# Without a dot the word must also be followed by a name, for "Little Feat & Friends" and "A Feat of Strength".
MARK = (
    rf"(?<=[\s{re.escape(_OPENING + _CLOSING)}\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
    r"(?:featuring|feat|ft)"
    rf"(?:[.:．：]+ ?(?![\s{re.escape(_CLOSING)}])"
    rf"| (?![&,;+·•/\s{re.escape(_OPENING + _CLOSING)}-]|(?:of|and|with|featuring|feat|ft)\b))"
    r"(?=.)(?!(?:worth|lauderdale)\b)"
)
_MARK = re.compile(MARK, re.IGNORECASE)
_GUESTS_END = re.compile(rf" [-–—] | [{re.escape(_OPENING)}]|[（［【]")
_NO_GUEST = re.compile(r"\b(?:re-?mix|rework|bootleg|edit|version)$", re.IGNORECASE)


def may_feature(text: str) -> bool:
    """A cheap look that spares most strings the rest."""
    lower = text.lower()
    return "ft" in lower or "feat" in lower


def split_featured(text: str, *, is_title: bool) -> tuple[str, tuple[str, ...]]:
    """The text without its featured parts, and what stands in them; a text that is nothing else stays whole.

    In an artist string an unbracketed featured part runs to the end; in a title it ends before " - Remix" or
    "(Live)", which belong to the title.
    """
    if not may_feature(text) or len(text) > LONGEST_TAKEN_APART:
        return text, ()
    rest, at = " ".join(text.split()), 0
    guests: list[str] = []
    while mark := _MARK.search(rest, at):
        start, stop, end = _featured_span(rest, mark, is_title=is_title)
        main = _joined(rest[:start], rest[end:])
        guest = rest[mark.end() : stop].strip()
        if not main.strip(_EDGES) or not guest.strip(_EDGES) or (is_title and _NO_GUEST.search(guest)):
            at = mark.end()
            continue
        guests.append(guest)
        rest, at = main, 0
    return (rest, tuple(guests)) if guests else (text, ())


def _featured_span(text: str, mark: re.Match[str], *, is_title: bool) -> tuple[int, int, int]:
    """Where the featured part begins, where its guests end, and where the text goes on."""
    opened = _open_bracket(text, mark.start())
    if opened is None:
        ending = _GUESTS_END.search(text, mark.end()) if is_title else None
        stop = ending.start() if ending else len(text)
        return mark.start(), stop, stop
    closed = _close_bracket(text, mark.end())
    if text[opened + 1 : mark.start()].strip():  # "(Remix feat. Somebody)" leaves "(Remix)"
        return mark.start(), closed, closed
    return opened, closed, closed + 1


def _open_bracket(text: str, end: int) -> int | None:
    opened: list[int] = []
    for at in range(end):
        if text[at] in _OPENING:
            opened.append(at)
        elif text[at] in _CLOSING and opened:
            opened.pop()
    return opened[-1] if opened else None


def _close_bracket(text: str, start: int) -> int:
    depth = 1
    for at in range(start, len(text)):
        if text[at] in _OPENING:
            depth += 1
        elif text[at] in _CLOSING:
            depth -= 1
            if depth == 0:
                return at
    return len(text)


def _joined(before: str, after: str) -> str:
    """What stood before and after a featured part, without the comma or dash that led to it."""
    before, after = before.rstrip(" ,;"), after.lstrip()
    if before.endswith((" -", " –", " —", " &", " +", " /", " ·", " •")):
        before = before[:-2].rstrip(" ,;")
    return before + after if not after or after[0] in _CLOSING else f"{before} {after}".strip()
