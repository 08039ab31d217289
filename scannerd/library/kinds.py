"""The kinds of libraries, and what a look at one has to know of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scannerd import parsers
from scannerd.library.books.units import unit_of
from scannerd.parsers import books


@dataclass(frozen=True, slots=True)
class Kind:
    """Which files count, and how they lie together."""

    suffixes: frozenset[bytes]  # in lower case, with the dot
    version: int  # of the parsers: what an older one read is read again
    is_wanted: Callable[[bytes], bool] | None = None  # of the names with these suffixes; None: all
    unit_of: Callable[[bytes, bytes], bytes] | None = None  # what lies together makes a book; None: each by itself


KINDS = {
    "music": Kind(parsers.SUFFIXES, parsers.VERSION),
    "books": Kind(books.SUFFIXES, books.VERSION, books.is_wanted, unit_of),
}
