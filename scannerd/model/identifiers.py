"""Numbers that name a book, normalised, so that the same one written otherwise is equal. Pure.

    isbn_10, isbn_13   digits only, "X" in upper case; a wrong check digit is nothing, 979-0 is music
    asin               B0 and eight more; an ASIN that is an ISBN-10 is that
    uuid               lower-case, hyphenated
    doi                "10.1000/182", lower-case, for its case means nothing
    goodreads          digits
    google             twelve characters, their case kept
    other              a web address, or "scheme:value" of any other scheme; the case of the value is kept

A number that breaks the rules of its scheme may be that of another one: calibre writes UUIDs into the ASIN of a MOBI.
Nothing: a bare value that no rule knows (whose number is it?), and calibre's running numbers, which mean something in
one library of calibre only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from scannerd.model.book import Identifier, IdentifierType
from scannerd.model.name_keys import clean

_LONGEST = 512

_WITHOUT_DASHES = dict.fromkeys(map(ord, " -‐‑‒–—―−\xad"), None)
_SAYS_ISBN = re.compile(r"e?-?isbn(?:[-_ ]?1[03](?=[: ]))?[: ]*", re.IGNORECASE)
_ISBN = re.compile(r"((?:97[89])?\d{9}[\dX])(?:\(.*\))?", re.ASCII)
_ASIN = re.compile(r"B0[0-9A-Z]{8}", re.ASCII)
_UUID = re.compile(r"\{?([0-9a-f]{8})(-?)([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{4})\2([0-9a-f]{12})\}?", re.ASCII)
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+", re.ASCII)
_GOODREADS = re.compile(r"0*([1-9]\d{0,11})(?:[-.]\D.*)?", re.ASCII)
_GOOGLE = re.compile(r"[\w-]{12}", re.ASCII)
_GTIN = re.compile(r"\d{8,18}", re.ASCII)

_PREFIX = re.compile(r"([a-z][a-z0-9_. +-]{0,39}):\s*(\S.*)", re.IGNORECASE | re.ASCII)
_WEB = re.compile(r"https?://([^/?#\s]+)([^\s]*)", re.IGNORECASE)
_WEB_PLACES = (
    (re.compile(r"(?:\w+\.)?amazon\.[a-z.]+/(?:\S*/)?(?:dp|gp/product|asin)/(\w{10})\b", re.ASCII), "asin"),
    (re.compile(r"(?:\w+\.)?audible\.[a-z.]+/pd/(?:\S*/)?(\w{10})\b", re.ASCII), "asin"),
    (re.compile(r"(?:\w+\.)?goodreads\.com/book/show/(\d+)", re.ASCII), "goodreads"),
    (re.compile(r"books\.google\.[a-z.]+/books\?(?:\S*&)?id=([\w-]{12})(?![\w-])", re.ASCII), "google"),
    (re.compile(r"(?:www\.)?google\.[a-z.]+/books/edition/[^/\s]*/([\w-]{12})(?![\w-])", re.ASCII), "google"),
    (re.compile(r"(?:dx\.)?doi\.org/(10\.\S+)"), "doi"),
)

# The numbers are ONIX code list 5, which EPUB 3 refines identifiers by.
_SCHEMES = {
    **dict.fromkeys(("isbn", "eisbn", "e-isbn", "isbn10", "isbn-10", "isbn13", "isbn-13", "sbn", "02", "15"), "isbn"),
    **dict.fromkeys(("asin", "amazon", "audible", "kindle", "cdek"), "asin"),
    **dict.fromkeys(("uuid", "guid"), "uuid"),
    **dict.fromkeys(("doi", "06"), "doi"),
    **dict.fromkeys(("goodreads", "goodreads-id", "gr"), "goodreads"),
    **dict.fromkeys(("google", "google-books", "googlebooks", "google-id"), "google"),
    **dict.fromkeys(("gtin", "gtin-13", "gtin13", "gtin-14", "ean", "ean-13", "ean13", "upc", "03", "14"), "gtin"),
    **dict.fromkeys(("calibre", "calibre-id"), "calibre"),
    **dict.fromkeys(
        ("id", "uid", "bookid", "book-id", "pub-id", "identifier", "other", "unknown", "none", "url", "uri", "urn"), ""
    ),
}
_AMAZON = re.compile(r"(?:mobi-|audible-)?(?:asin|amazon)(?:-[a-z]{2,3}){0,2}")
"""MOBI-ASIN, AMAZON_DE, AUDIBLE_ASIN, amazon-co-uk."""


def identifier(value: str, scheme: str | None = None) -> Identifier | None:
    """The number, by its scheme as the file names it (`opf:scheme`, an ONIX code), by its prefix, or by its looks.

    A known prefix of the value ("urn:isbn:...", "amazon:...") says more than the scheme beside it.
    """
    if len(value) > _LONGEST:
        return None
    bare = " ".join(clean(unicodedata.normalize("NFKC", clean(value))).split())
    return _of_scheme(bare, _scheme(scheme or ""))


def _of_scheme(bare: str, scheme: str) -> Identifier | None:
    """By the scheme; where that has no rule for it, by a prefix or by looks."""
    if web := _WEB.fullmatch(bare):
        return _of_web(web)
    prefixed = _PREFIX.fullmatch(bare)
    prefix = _scheme(prefixed[1]) if prefixed else ""
    if prefixed and (not prefix or prefix in _READERS or scheme in _READERS or not scheme):
        return _of_scheme(prefixed[2], prefix or scheme)
    if reader := _READERS.get(scheme):
        return reader(bare) or _by_looks(bare)
    if not scheme:
        return _by_looks(bare) or _isbn(bare)
    # Ten digits are no ISBN here: numbers of the Library of Congress and of OCLC look like that too.
    return _by_looks(bare) or _other(scheme, bare)


def _scheme(written: str) -> str:
    """ "opf:ISBN", "AMAZON_DE", "ISBN 13" as one word; empty where it says nothing."""
    words = unicodedata.normalize("NFKC", written[:_LONGEST]).lower().rpartition(":")[2]
    word = re.sub("[^a-z0-9]+", "-", words).strip("-")[:40].strip("-")
    if word in _SCHEMES:
        return _SCHEMES[word]
    if _AMAZON.fullmatch(word):
        return "asin"
    return word if word[:1].isalpha() else ""


def _by_looks(bare: str) -> Identifier | None:
    """What cannot be mistaken for anything else."""
    found = (_uuid(bare) if "-" in bare else None) or _doi(bare) or _b0(bare) or _isbn(bare)
    return found if found is None or found.type is not IdentifierType.ISBN_10 else None


def _isbn(bare: str) -> Identifier | None:
    said = _SAYS_ISBN.match(bare)
    digits = bare[said.end() if said else 0 :].upper().translate(_WITHOUT_DASHES)
    found = _ISBN.fullmatch(digits)
    if found is None or len(set(found[1])) == 1:  # 0000000000 has a right check digit too
        return None
    if len(found[1]) == 10:
        return Identifier(IdentifierType.ISBN_10, found[1]) if _is_isbn_10(found[1]) else None
    fits = found[1].isdigit() and not found[1].startswith("9790") and _is_ean(found[1])
    return Identifier(IdentifierType.ISBN_13, found[1]) if fits else None


def _is_isbn_10(digits: str) -> bool:
    return sum((10 - at) * (10 if digit == "X" else int(digit)) for at, digit in enumerate(digits)) % 11 == 0


def _is_ean(digits: str) -> bool:
    return sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(reversed(digits))) % 10 == 0


def _isbn_or_older(bare: str) -> Identifier | None:
    """Before 1970 the first digit was not yet there."""
    digits = bare.upper().translate(_WITHOUT_DASHES)
    return _isbn(bare) or (_isbn(f"0{digits}") if len(digits) == 9 else None)


def _b0(bare: str) -> Identifier | None:
    found = _ASIN.fullmatch(bare.upper())
    return Identifier(IdentifierType.ASIN, found[0]) if found else None


def _asin(bare: str) -> Identifier | None:
    found = _b0(bare) or _isbn(bare)
    return found if found is None or found.type is not IdentifierType.ISBN_13 else None


def _uuid(bare: str) -> Identifier | None:
    found = _UUID.fullmatch(bare.lower())
    if found is None:
        return None
    value = "-".join((found[1], *found.groups()[2:]))
    return Identifier(IdentifierType.UUID, value) if value.strip("0-") else None


def _doi(bare: str) -> Identifier | None:
    found = _DOI.fullmatch(bare.lower())
    return Identifier(IdentifierType.DOI, found[0]) if found else None


def _goodreads(bare: str) -> Identifier | None:
    """The number; a name may follow it, as in the address of the page."""
    found = _GOODREADS.fullmatch(bare)
    return Identifier(IdentifierType.GOODREADS, found[1]) if found else None


def _google(bare: str) -> Identifier | None:
    return Identifier(IdentifierType.GOOGLE, bare) if _GOOGLE.fullmatch(bare) else None


def _gtin(bare: str) -> Identifier | None:
    """The number on the bar code, which of books is their ISBN; of comics five digits of the issue follow."""
    digits = bare.translate(_WITHOUT_DASHES)
    if not _GTIN.fullmatch(digits) or len(set(digits)) == 1:
        return None
    if len(digits) <= 14:
        digits = digits.lstrip("0").zfill(13)  # all of them are one number with more or fewer zeros before it
    return _isbn(digits) or _other("gtin", digits)


def _no_number(bare: str) -> Identifier | None:
    return None


def _of_web(web: re.Match[str]) -> Identifier | None:
    host = web[1].lower()
    for place, scheme in _WEB_PLACES:
        if found := place.match(host + web[2]):
            return _READERS[scheme](found[1])
    return Identifier(IdentifierType.OTHER, f"{web[0].partition(':')[0].lower()}://{host}{web[2]}")


def _other(scheme: str, bare: str) -> Identifier | None:
    return Identifier(IdentifierType.OTHER, f"{scheme}:{bare}") if any(map(str.isalnum, bare)) else None


_READERS: dict[str, Callable[[str], Identifier | None]] = {
    "isbn": _isbn_or_older,
    "asin": _asin,
    "uuid": _uuid,
    "doi": _doi,
    "goodreads": _goodreads,
    "google": _google,
    "gtin": _gtin,
    "calibre": _no_number,
}
