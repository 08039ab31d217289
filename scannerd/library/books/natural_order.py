"""Names in the order a person expects: `Chapter 2` before `Chapter 10`. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DIGITS = re.compile("([0-9]+)")

NaturalKey = tuple[tuple[tuple[int, int, str], ...], bytes]


# A name is compared with many others.
@lru_cache(maxsize=2048)
def natural_key(name: bytes) -> NaturalKey:
    """What to sort a name by: numbers by their value, letters without their case; no two names are equal."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape")).casefold()
    pieces = _DIGITS.split(text)
    return tuple(map(_piece, pieces)), name


def _piece(piece: str) -> tuple[int, int, str]:
    if not piece.isascii() or not piece.isdigit():
        return 1, 0, piece
    # By length and then as text: int() refuses what has thousands of digits.
    digits = piece.lstrip("0")
    return 0, len(digits), digits
