"""What a parser is: a name, the suffixes it is tried for, the first bytes by which it is known, and a reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from scannerd.model.media import Properties
from scannerd.parsers.fields import Names


class Heard(NamedTuple):
    """What a file says, before anything is made of it: music (`interpret`), or part of a book."""

    format: str
    found: dict[str, list[str]]  # by field
    properties: Properties
    has_picture: bool = False
    chapters: tuple[tuple[str, bytes], ...] = ()  # ID3's frames of chapters, where they are asked for


Reader = Callable[[BinaryIO, Names], Heard]
"""Gets the file at its beginning, and what to look for; raises `MutagenError` for what it cannot read."""


@dataclass(frozen=True, slots=True)
class Parser:
    """One kind of file."""

    name: str  # stable, lower-case; what `Parsed.format` says unless the file knows better
    title: str  # for people: what such a file is
    suffixes: tuple[bytes, ...]
    signature: re.Pattern[bytes]  # matched at the beginning, behind ID3 tags
    read: Reader
