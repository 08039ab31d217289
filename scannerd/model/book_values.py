"""What a language or a date of a book means, whatever way it is written. Pure; what is none is not there."""

from __future__ import annotations

import re
from datetime import date

from scannerd.model.language_codes import BY_NAME, NO_LANGUAGE, SHORTEST, TWO_LETTERS
from scannerd.model.names import clean

_LONGEST = 256

_SEVERAL = re.compile(r"[;,/|\n\0]")
_TAG = re.compile(
    r"([a-z]{2,3})((?:-[a-z]{3})?(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)"
    r"(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)


def language_tag(text: str) -> str | None:
    """The first language named, as a BCP 47 tag: "eng", "en_US", "English (US)"; None for "und" and its like.

    Extensions and private parts ("-u-...", "-x-...") are left out: they say nothing of the book's language.
    """
    parts = _SEVERAL.split(text[:_LONGEST])
    return next((tag for part in parts if (tag := _tag(part))), None)


def _tag(text: str) -> str | None:
    """Of one language; what POSIX writes behind "." and "@", and what is in brackets, is no part of it."""
    word = re.split(r"[.@(\[]", clean(text).lower())[0].strip()
    if word in BY_NAME:
        return BY_NAME[word]
    found = _TAG.fullmatch(word.replace("_", "-"))
    if found is None or found[1] in NO_LANGUAGE:
        return None
    language = SHORTEST.get(found[1], found[1])
    if len(language) == 2 and language not in TWO_LETTERS:
        return None
    return "-".join((language, *map(_subtag, found[2].split("-")[1:])))


def _subtag(subtag: str) -> str:
    """In its usual case: Hant, US."""
    if not subtag.isalpha():
        return subtag
    return subtag.title() if len(subtag) == 4 else subtag.upper() if len(subtag) == 2 else subtag


_MONTHS = (
    "january jan januar jänner janvier enero gennaio januari janeiro",
    "february feb februar février fevrier febrero febbraio februari fevereiro",
    "march mar märz mrz mars marzo maart março",
    "april apr avril abril aprile",
    "may mai mayo maggio mei maio maj",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet julio luglio julho",
    "august aug août agosto augustus augusti",
    "september sep sept septembre septiembre settembre setembro",
    "october oct oktober okt octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre diciembre dicembre dezembro",
)
_MONTH = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}

_COMPACT = re.compile(r"d:(\d{4})(\d\d)?(\d\d)?|(?<!\d)(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?!\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})(?!\d)(?:[-./年](\d{1,2})(?!\d)(?:[-./月](\d{1,2})(?!\d))?)?", re.ASCII)
_YEAR_LAST = re.compile(r"(?<![\d.,/-])(?:(\d{1,2})([./-]) ?)?(\d{1,2})[./-] ?(\d{4})(?!\d)", re.ASCII)
_WORD = re.compile(r"(\d+)(?:st|nd|rd|th|er)?\b|([^\W\d_]+)")
_BETWEEN = frozenset(("de", "del", "of", "the"))
_BEFORE_CHRIST = re.compile(r"[-−]\d{4}", re.ASCII)
_UNKNOWN = frozenset(("0101-01-01", "0100-12-31", "0001-01-01"))
"""How calibre, calibre west of Greenwich, and .NET write that they do not know."""
_LAST_YEAR = 2999

_Parts = tuple[int, int, int]
"""Year, month, day; 0 where it is not told."""


def book_date(text: str) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a month or day that cannot be is left out.

    ISO dates with or without a time, PDF's "D:2003...", "12 May 2003", "May 12, 2003", "12.05.2003"; of "05/12/2003"
    the year, for nobody knows which is the month. The day is the one written: a zone moves nothing. Years before
    Christ are left out.
    """
    text = clean(text[:_LONGEST]).lower()
    if _BEFORE_CHRIST.match(text):  # "-0380" is no year 380, and 380 BC is in no calendar of a database
        return None
    told = (read(text) for read in (_compact, _year_last, _named_month, _year_first))
    year, month, day = next(filter(None, told), (0, 0, 0))
    if not 0 < year <= _LAST_YEAR:
        return None
    found = _possible(year, month, day)
    return None if found in _UNKNOWN else found


def _compact(text: str) -> _Parts | None:
    found = _COMPACT.search(text)
    if found is None:
        return None
    year, month, day = (
        int(one or other or 0) for one, other in zip(found.groups()[:3], found.groups()[3:], strict=True)
    )
    return (year, month, day) if found[1] or 1 <= month <= 12 else None


def _year_last(text: str) -> _Parts | None:
    """ "12.05.2003", "25/12/2003", "12/25/2003", "05/2003"."""
    found = _YEAR_LAST.search(text)
    if found is None:
        return None
    first, second, year = int(found[1] or 0), int(found[3]), int(found[4])
    if found[2] != "/" or first > 12 or first == second:
        return year, second, first
    return (year, first, second) if second > 12 else (year, 0, 0)


def _named_month(text: str) -> _Parts | None:
    """A month by its name, the day right before or behind it."""
    words = [found[1] or found[2] for found in _WORD.finditer(text) if found[2] not in _BETWEEN]
    at = next((at for at, word in enumerate(words) if word in _MONTH), None)
    year = next((word for word in words if len(word) == 4 and word.isdecimal()), None)
    if at is None or year is None:
        return None
    beside = (words[place] for place in (at - 1, at + 1) if 0 <= place < len(words))
    day = next((word for word in beside if word.isdecimal() and len(word) <= 2), "0")
    return int(year), _MONTH[words[at]], int(day)


def _year_first(text: str) -> _Parts | None:
    found = _YEAR_FIRST.search(text)
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None


def _possible(year: int, month: int, day: int) -> str:
    if not 1 <= month <= 12:
        return f"{year:04}"
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return f"{year:04}-{month:02}"
