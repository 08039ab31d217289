"""What one name says, a folder's or a file's, by the patterns that people and programs name books by. Pure.

    [Frank Herbert] Dune {Scott Brick}         author, title, narrator
    Vol 1 - 1994 - Title - Subtitle            number, year, title and subtitle: where the series is known
    Book 1 - Title, 01 - Title, 1. Title       number and title; without a series only the first two
    Dune 02 - Title, Dune, Book 2 - Title      series, number and title; a number alone must begin with 0
    Title (1994), (1994) - Title               year
    Title (123)                                no year: the number that calibre gives its folders
    Title (Dune #2)                            series and number
    Title [B002V1OF70], {ASIN.B002V1OF70}      ASIN or ISBN; any other [bracket] is somebody's note
    Title (Unabridged)                         abridged or not
    Title - Author                             the author, where somebody else says that it is

A dash parts title and subtitle only where the author is known: in "A - B" either may be the author, or the series.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from scannerd.library.books.stems import shown
from scannerd.model.book import Identifier, InSeries, SeriesNumber
from scannerd.model.book_names import natural_name, split_names
from scannerd.model.identifiers import identifier
from scannerd.model.names import is_various, match_key
from scannerd.model.series_names import series_in, series_number

_BRACED = re.compile(r"\{([^{}]*)\}")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
_IN_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_AT_END = re.compile(r"\s*\(([^()]*)\)$")
_NUMBERED = re.compile(r"(?:asin|isbn)?[ .:=_-]*([0-9A-Z][0-9A-Z -]{8,16})", re.IGNORECASE)
_YEAR = re.compile(r"\(?(1[0-9]{3}|20[0-9]{2})\)?")
_YEAR_FIRST = re.compile(r"\((1[0-9]{3}|20[0-9]{2})\)\s*")
_CALIBRE_ID = re.compile(r"[0-9]{1,7}")
_UNABRIDGED = re.compile(r"un-?abridged|ungekürzt(?:e lesung)?|(?:texte )?intégral|integral", re.IGNORECASE)
_ABRIDGED = re.compile(r"abridged|gekürzt(?:e lesung)?|abrégé", re.IGNORECASE)
_LABEL = (
    r"vol(?:ume|umen)?|books?|bk|band|bd|buch|teil|part|parte|partie|tome?|livre|libro|deel|boek|del|bok|no|nr|episode"
    r"|#"
)
_NUMBER = r"[0-9]{1,4}(?:\.[0-9]{1,4})?(?:\s?[-–—]\s?[0-9]{1,4}(?:\.[0-9]{1,4})?)?"
_LABELLED = re.compile(rf"(?:{_LABEL})\.?\s*({_NUMBER})(?:\s*[.:,]?\s+(\S.*))?", re.IGNORECASE)
_PLAIN = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\.?()")
_DOTTED = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\.\s+(\S.*)")
_ZERO_LED = re.compile(r"(0[0-9])\s+(\S.*)")
# "The Jungle Book 2" is no second of "The Jungle": a word that titles end with counts only behind a comma.
_SERIES_FIRST = re.compile(
    rf"(\S.*?)(?:(?:,\s(?:{_LABEL})|,?\s(?:#|vol(?:ume)?|bk|bd|band))\.?\s*({_NUMBER})|,?\s(0[0-9]))", re.IGNORECASE
)
_COLON = re.compile(r"(?<=\w)_ ")
_DASH = re.compile(r"\s+[-–—]\s+")
_NOBODY = frozenset(
    match_key(name)
    for name in (
        *("unknown", "unknown author", "author unknown", "unbekannt", "unbekannter autor", "n/a", "none"),
        *("magazines", "zeitschriften", "newspapers", "zeitungen", "revistas", "riviste"),
    )
)


class NameSaid(NamedTuple):
    """What a name says; the title is empty where nothing is left of it."""

    title: str = ""
    subtitle: str | None = None
    year: str | None = None
    is_abridged: bool | None = None
    authors: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    number: SeriesNumber | None = None  # in the series that somebody else names
    series: tuple[InSeries, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


def read_name(
    text: str, *, authors: Collection[str] = (), has_series: bool = False, is_calibre: bool = False
) -> NameSaid:
    """Read a name. `authors` are the match keys of whoever is known to have written it.

    The title is empty too where the name is but a number in a series.
    """
    text = spaced(text)
    said, text = _braces(text)
    said, text = _brackets(text, said)
    said, text = _parentheses(text, said, has_author=bool(authors), is_calibre=is_calibre)
    known = {*authors, *(person_key(name) for name in said.authors)}
    parts = [part for part in map(str.strip, _DASH.split(text)) if part]
    said, parts = _numbers(parts, said, has_series=has_series)
    bare = [part for part in parts if person_key(part) not in known] or parts
    if not bare:
        return said
    if not known:
        return said._replace(title=" - ".join(bare))
    return said._replace(title=bare[0], subtitle=" - ".join(bare[1:]) or None)


# What a name is asked for several times while its book is derived, and a folder's again for the next one.
@lru_cache(maxsize=512)
def spaced(text: str) -> str:
    """With the spaces that underscores stand for, and the colons: "Dune_ Part One" is what calibre makes of one."""
    text = shown(text)
    if " " not in text:
        text = text.replace("_", " ")
    return " ".join(_COLON.sub(": ", text).split())


def persons(text: str) -> tuple[str, ...]:
    """The persons that a folder or a bracket names: nobody, where it says that they are unknown or many."""
    return tuple(name for name in split_names(text) if not is_various(name) and match_key(name) not in _NOBODY)


# The names of a shelf come again and again, and each is asked for several times.
@lru_cache(maxsize=4096)
def person_key(name: str) -> str:
    """The match key of a person however they are printed: "Herbert, Frank" is Frank Herbert."""
    return match_key(natural_name(name))


def without_notes(text: str) -> str:
    """A text without all that stands in brackets, braces and parentheses."""
    for pattern in (_BRACED, _BRACKETED, _IN_PARENTHESES):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def year_in(text: str) -> str | None:
    """A year in parentheses."""
    return next((found[1] for note in _IN_PARENTHESES.findall(text) if (found := _YEAR.fullmatch(note.strip()))), None)


def _braces(text: str) -> tuple[NameSaid, str]:
    said = NameSaid()
    if "{" not in text:
        return said, text
    for note in _BRACED.findall(text):
        if number := _identifier(note):
            said = said._replace(identifiers=(*said.identifiers, number))
        elif not said.narrators:
            said = said._replace(narrators=persons(note))
    return said, _squeezed(_BRACED.sub(" ", text))


def _brackets(text: str, said: NameSaid) -> tuple[NameSaid, str]:
    if "[" not in text:
        return said, text
    for found in _BRACKETED.finditer(text):
        note = found[1].strip()
        said, is_known = _note(note, said)
        if not is_known and found.start() == 0 and re.search(r"[^\W\d]", note):
            said = said._replace(authors=persons(note))
    return said, _squeezed(_BRACKETED.sub(" ", text))


def _parentheses(text: str, said: NameSaid, *, has_author: bool, is_calibre: bool) -> tuple[NameSaid, str]:
    if "(" not in text:
        return said, text
    if first := _YEAR_FIRST.match(text):
        text = text[first.end() :].lstrip(" -–—")
        said = said._replace(year=first[1])
    while found := _AT_END.search(text):
        note = found[1].strip()
        known, is_known = _note(note, said)
        if (year := _YEAR.fullmatch(note)) and not is_calibre:
            known = said._replace(year=said.year or year[1])
        elif _CALIBRE_ID.fullmatch(note) and has_author:
            known = said
        elif len(series := series_in(note)) == 1 and re.search(r"[#,]", note):
            known = said._replace(series=said.series or series)
        elif not is_known:
            break
        said, text = known, text[: found.start()].rstrip()
    return said, text


def _note(note: str, said: NameSaid) -> tuple[NameSaid, bool]:
    """What a note says that may stand in any kind of brackets."""
    if number := _identifier(note):
        return said._replace(identifiers=(*said.identifiers, number)), True
    if _UNABRIDGED.fullmatch(note):
        return said._replace(is_abridged=False), True
    if _ABRIDGED.fullmatch(note):
        return said._replace(is_abridged=True), True
    return said, False


def _identifier(note: str) -> Identifier | None:
    found = _NUMBERED.fullmatch(note.strip())
    if not found:
        return None
    return identifier(found[1], "asin" if found[1][:2].upper() == "B0" else "isbn")


def _numbers(parts: list[str], said: NameSaid, *, has_series: bool) -> tuple[NameSaid, list[str]]:
    """Number and year in front, in any order; something must be left that is the title."""
    while parts:
        first, rest = parts[0], parts[1:]
        if rest and said.year is None and (year := _YEAR.fullmatch(first)):
            said, parts = said._replace(year=year[1]), rest
        elif said.number is None and (found := _number(first, rest, has_series=has_series)):
            said, parts = said._replace(number=found[0]), found[1]
        elif rest and not said.series and (place := _series_first(first)):
            said, parts = said._replace(series=(place,)), rest
        else:
            break
    return said, parts


def _number(first: str, rest: list[str], *, has_series: bool) -> tuple[SeriesNumber, list[str]] | None:
    """The number that the first part is or begins with, and the parts that are left."""
    in_series = (_DOTTED.fullmatch(first) or _ZERO_LED.fullmatch(first)) if has_series else None
    if found := _LABELLED.fullmatch(first) or _PLAIN.fullmatch(first) or in_series:
        behind = [found[2]] if found[2] else []
        number = series_number(found[1])
        if number and (has_series or (rest and not behind)):
            return number, [*behind, *rest]
    return None


def _series_first(first: str) -> InSeries | None:
    found = _SERIES_FIRST.fullmatch(first)
    number = series_number(found[2] or found[3]) if found else None
    return InSeries(found[1], number) if found and number else None


def _squeezed(text: str) -> str:
    return " ".join(text.split())
