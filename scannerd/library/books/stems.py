"""The part of a file's name that names the book, and what of it only counts parts. Pure.

stem          `Dune (epub).epub` is `Dune`; `Dune.m4b.metadata.json` too
stem_key      the same for comparison: files of one key lie together right below a root, or are one book in a folder
without_part  `Dune, Part 2 of 3` is `Dune`; `Dune, Book 2` stays: that is another book
shown         a name as it can be stored and shown, whatever its bytes
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from scannerd.model.names import clean

_FORMATS = (
    "epub|kepub|mobi|azw[134]?|kf8|prc|pdf|cb[zrt7]|m4b|m4a|mp3|mp4|flac|ogg|oga|opus|aac|aax|wma|wav|aif|aiff|ape|mka"
)
_FORMAT_SUFFIX = re.compile(rf"\.(?:{_FORMATS})$", re.IGNORECASE)
_FORMAT_MARK = re.compile(rf"\s*[(\[](?:{_FORMATS}|e-?book|audio ?book|hörbuch)[)\]]$", re.IGNORECASE)
_SUFFIX = re.compile(r"(?<=.)\.[^.]*$", re.DOTALL)
_BESIDE = re.compile(r"\.(?:metadata|cover)$", re.IGNORECASE)

_PART_WORD = (
    r"part|pt|teil|tl|partie|parte|deel|del|osa|disc|disk|cd|disque|disco|tape|cassette|kassette|side|seite"
    r"|chapter|chap|ch|kapitel|kap|chapitre|capitolo|capítulo|hoofdstuk|track|titel|file|datei|folge"
)
_COUNT = r"\d{1,3}(?:\s*(?:of|von|de|di|van|av|/)\s*\d{1,3})?"
_GAP = r"\s,:;._(\[-"
# Only behind a space or a sign: "v01" counts volumes, and "F451" nothing.
_PART_BEHIND = re.compile(
    rf"(?:^|(?<![{_GAP}])[{_GAP}]++)(?:(?:{_PART_WORD})[\s._-]*)?{_COUNT}\s*[)\]]?$", re.IGNORECASE
)
_PART_BEFORE = re.compile(rf"^(?:(?:{_PART_WORD})[\s._-]*)?{_COUNT}(?:\s*[-._:]\s*|\s+)(?=\S)", re.IGNORECASE)
_COUNTS_BOOKS = re.compile(
    r"(?:(?:^|[\W_])(?:book|bk|vol|volume|band|bd|buch|tome|tom|livre|libro|boek|bok|no|nr)|#)$", re.IGNORECASE
)


# Each name is asked for several times while its unit is derived.
@lru_cache(maxsize=2048)
def stem(name: bytes) -> str:
    """The name without its suffix and without the marks of a format; never empty, perhaps with stray surrogates."""
    text = name.decode("utf-8", "surrogateescape")
    bare = _BESIDE.sub("", _SUFFIX.sub("", text, count=1)) or text
    bare = _FORMAT_SUFFIX.sub("", bare) or bare
    return _FORMAT_MARK.sub("", bare).strip() or bare


@lru_cache(maxsize=2048)
def stem_key(name: bytes) -> str:
    """Equal for `Dune.epub`, `DUNE.M4B`, `dune.opf`, however their letters are composed."""
    return folded(stem(name))


def folded(text: str) -> str:
    """A text for comparison: composed, without its case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def without_part(text: str) -> str:
    """The text without the number of a part at its end or its beginning; empty if it is nothing else."""
    found = _PART_BEHIND.search(text)
    if found and _COUNTS_BOOKS.search(text[: found.start()]):
        return text
    if found:
        return text[: found.start()].strip()
    return _PART_BEFORE.sub("", text, count=1).strip()


def shown(text: str) -> str:
    """A name as it can be stored: composed, however its file system spells it; what was no UTF-8 is replaced."""
    return clean(unicodedata.normalize("NFC", text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")))
