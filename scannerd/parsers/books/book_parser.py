"""What a reader of one kind of book file is, and how it says that it cannot read one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from scannerd.model.book import BookFileSaid


class Damaged(Exception):
    """The file cannot be read; the message says why in one lower-case line, for its owner."""


BookReader = Callable[[BinaryIO], BookFileSaid]
"""Reads an open file from its start. Raises Damaged; what a library raises is translated where it is called."""


@dataclass(frozen=True, slots=True)
class BookParser:
    """One kind of file: its suffixes in lower case with the dot, and what its first bytes look like."""

    name: str
    title: str  # "an EPUB file"
    suffixes: tuple[bytes, ...]
    signature: re.Pattern[bytes] | None  # None: nothing tells it but its name
    read: BookReader
