"""What a parser is: a name, the suffixes it is tried for, the first bytes by which it is known, and a reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from scannerd.model.media import Parsed

Reader = Callable[[BinaryIO], Parsed]
"""Gets the file at its beginning; raises `MutagenError` for what it cannot read."""


@dataclass(frozen=True, slots=True)
class Parser:
    """One kind of file."""

    name: str  # stable, lower-case; what `Parsed.format` says unless the file knows better
    title: str  # for people: what such a file is
    suffixes: tuple[bytes, ...]
    signature: re.Pattern[bytes]  # matched at the beginning, behind ID3 tags
    read: Reader
