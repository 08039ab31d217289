"""Series and the places in them, as files write them. Pure.

A place is taken whole or not at all: "1-3" is a range, "3-1" and "1-A" are nothing. A number has at most six digits and
four decimals behind a point, two behind a comma ("1,000" and "1,2,3" are nothing); "½" is 0.5. "Book", "Vol.", "#" and
the like before it and "of 10" behind it mean nothing. Roman numbers count up to XXXIX, in capitals; those of one letter
only behind such a word ("X" alone is rather a name).
"""

from __future__ import annotations

import re
from decimal import Decimal

from scannerd.model.book import InSeries, NumberUnit, SeriesNumber
from scannerd.model.name_keys import clean, match_key

_LONGEST = 1024
_LONGEST_TEXT = 64
_MOST_SERIES = 32

_DASHES = "-‐‑‒–—−"
_PLAIN = r"(?:[0-9]{1,6}(?:\.[0-9]{1,4}|,[0-9]{1,2}|[½¼¾])?|\.[0-9]{1,4}|[½¼¾])(?![0-9½¼¾])"
_SIGNED = rf"[-−+]?{_PLAIN}"
_RANGE = rf"{_SIGNED}(?: ?[{_DASHES}] ?{_SIGNED})?"
_ROMAN = r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})(?![^\W_])"
_UNIT = (
    r"(?i:books?|volumes?|vols?|v|numbers?|no|nr|n°|nº|№|issues?|parts?|pt|episodes?|ep|chapters?|chap|ch"
    r"|band|bde?|buch|teil|folge|heft|tome|t|livre|libro|tomo|parte|deel|boek|bok|del|tom|том|книга)"
)
_FRACTIONS = {"½": "0.5", "¼": "0.25", "¾": "0.75"}

_PLACE = re.compile(
    rf"(?:(?:{_UNIT}\.? ?)?#? ?(?P<start>{_SIGNED})(?: ?[{_DASHES}] ?#?(?P<end>{_SIGNED}))?"
    rf"|(?P<word>{_UNIT}(?:\. ?| )|# ?)?(?P<roman>{_ROMAN}))\.?(?: (?:of|von|de|di) [0-9]{{1,6}})?"
)
_COUNTED = rf"(?:{_RANGE}|{_ROMAN})(?: of [0-9]{{1,6}})?"
_BEHIND_NAME = (
    re.compile(rf"(?P<name>.+?),?(?: [{_DASHES}:])? ?# ?(?P<place>{_RANGE}(?: of [0-9]{{1,6}})?)"),
    re.compile(
        rf"(?P<name>.+?)(?:[,:]| [{_DASHES}]) ?(?P<place>{_UNIT}(?:\. ?| )#?{_COUNTED}|(?i:vol|v|bd)\.?{_RANGE})"
    ),
)
"""`Name #N`; `Name, Book N`, `Name: Book N`, `Name - Vol. N`."""
_BESIDE_NAME = (
    re.compile(rf"(?P<name>.+?) ?[(\[](?P<place>(?:{_UNIT}(?:\. ?| ))?#?{_COUNTED})[)\]]"),
    re.compile(rf"(?P<name>.+?) (?P<place>(?i:volumes?|vols?|bd|band|tome)\.? ?{_RANGE})"),
)
"""`Name (Book N)`, `Name (N)`; `Name Vol. N`. What is no grouping may be called so: "Area (51)"."""
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_IN_FILE = r"(?:[0-9]{1,6}(?:[.,][0-9]{1,2}|½)?|½)"
_SPAN = rf"{_IN_FILE}(?:[{_DASHES}][cv#]?{_IN_FILE})?"
_FILE_END = rf"(?: of [0-9]{{1,6}})?(?![^{_DASHES} ,:])"
_FILE_RANGE = rf"(?P<place>{_SPAN}){_FILE_END}"
_NO_YEAR = r"(?!(?:19|20)[0-9]{2}(?![0-9]))"
_CHAPTER = re.compile(rf"(?<![^{_DASHES} ,])(?:(?:chapters?|chap|ch)[. ]* ?|c){_FILE_RANGE}", re.IGNORECASE)
_ISSUE = re.compile(rf"# ?(?P<place>[-−]?{_SPAN}){_FILE_END}")
_VOLUME = re.compile(
    rf"(?<![^{_DASHES} ,])(?:(?:volumes?|vols?|books?|bd|band|tome|tomo|issues?|no|nr|parts?)[. ]* ?|[vt]\.? ?)"
    rf"{_NO_YEAR}{_FILE_RANGE}",
    re.IGNORECASE,
)
_LAST = re.compile(rf"(?<=[^ ]) {_NO_YEAR}{_FILE_RANGE}\Z")
_LOOSE_ENDS = f" {_DASHES},:;"


def series_number(text: str, unit: NumberUnit | None = None) -> SeriesNumber | None:
    """The number, or the range; None where the text is neither. `unit` is what a comic's number counts."""
    found = _PLACE.fullmatch(_squeezed(text[:_LONGEST_TEXT]))
    if found is None:
        return None
    if roman := found["roman"]:
        return SeriesNumber(Decimal(_from_roman(roman)), None, unit) if found["word"] or len(roman) > 1 else None
    start, end = _decimal(found["start"]), _decimal(found["end"]) if found["end"] else None
    return None if end is not None and end <= start else SeriesNumber(start, end, unit)


def in_series(name: str, number_text: str | None = None, unit: NumberUnit | None = None) -> InSeries:
    """The series and the place there; a place that is no number is kept as printed ("Annual", "1-A").

    A name that has the place in it ("Discworld #5", "Discworld, Book 5") is the name before it, unless the place said
    beside it is another one.
    """
    text = _squeezed((number_text or "")[:_LONGEST_TEXT])
    number = series_number(text, unit)
    within = _numbered(_squeezed(name[:_LONGEST]), _BEHIND_NAME, unit)
    if within is not None and (not text or within.number == number):
        return within
    kept = None if number is not None or not text else text
    return InSeries(_squeezed(name[:_LONGEST]), number, kept)


def series_in(text: str) -> tuple[InSeries, ...]:
    """The series in a grouping ("A #1; B, Book 2"); what has no number there is any group, and no series."""
    parts = text[: 4 * _LONGEST].split(";")[:_MOST_SERIES]
    found = (_numbered(_squeezed(part[:_LONGEST]), _BEHIND_NAME + _BESIDE_NAME, None) for part in parts)
    each: dict[str, InSeries] = {}
    for one in found:
        if one is not None:
            each.setdefault(match_key(one.name), one)
    return tuple(each.values())


def _numbered(text: str, patterns: tuple[re.Pattern[str], ...], unit: NumberUnit | None) -> InSeries | None:
    for pattern in patterns:
        found = pattern.fullmatch(text)
        if found is None or _YEAR.fullmatch(found["place"]):
            continue
        name, number = found["name"].strip(_LOOSE_ENDS), series_number(found["place"], unit)
        if name and number is not None:
            return InSeries(name, number)
    return None


def comic_place(stem: str) -> tuple[str, SeriesNumber] | None:
    """The series and the place in the name of a comic's file: "Naruto v005", "Saga #012 (2014) (digital)", "Batman 7".

    A chapter goes before a volume. What is in brackets is the scanner's business; a year is no volume.
    """
    text = _without_brackets(stem[:_LONGEST].replace("_", " "))
    chapter = _CHAPTER.search(text)
    if chapter is not None:
        volume = _VOLUME.search(text, 0, chapter.start())
        title = text[: volume.start() if volume else chapter.start()]
        return _placed(title, chapter, NumberUnit.CHAPTER)
    volume = _ISSUE.search(text) or _VOLUME.search(text) or _LAST.search(text)
    return _placed(text[: volume.start()], volume, NumberUnit.VOLUME) if volume else None


def _placed(title: str, found: re.Match[str], unit: NumberUnit) -> tuple[str, SeriesNumber] | None:
    name = title.strip(_LOOSE_ENDS)
    number = series_number(re.sub("[cv#]", "", found["place"], flags=re.IGNORECASE), unit)
    return (name, number) if number is not None and any(map(str.isalnum, name)) else None


def _without_brackets(text: str) -> str:
    """Brackets within brackets too, a few of them."""
    for _ in range(3):
        text = _BRACKETED.sub(" ", text)
    return _squeezed(text)


def _squeezed(text: str) -> str:
    return " ".join(clean(text).split())


def _decimal(digits: str) -> Decimal:
    sign = -1 if digits[0] in "-−" else 1
    whole = digits.lstrip("-−+").replace(",", ".")
    number = Decimal(whole.rstrip("".join(_FRACTIONS)) or 0) + Decimal(_FRACTIONS.get(whole[-1], 0))
    number *= sign
    # calibre writes "5.0"; 1.10 stays so, for to whoever counts like that it is not 1.1.
    return Decimal(int(number)) if number == int(number) else number


def _from_roman(roman: str) -> int:
    """Of I, V and X; the pattern has seen to their order."""
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in roman]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))
