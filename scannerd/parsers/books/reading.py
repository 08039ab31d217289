"""One file of a book, read by the parser of its name, or else by the one that its first bytes ask for."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import BinaryIO

from mutagen import MutagenError

from scannerd.model.book import BookFileSaid
from scannerd.model.media import Unreadable
from scannerd.parsers.books.book_parser import BookParser, Damaged
from scannerd.parsers.reading import NOTHING_BEHIND_THE_TAG, head_of, plain_trouble, system_words, words_of


def read(path: bytes, named: BookParser | None, parsers: Iterable[BookParser]) -> BookFileSaid | Unreadable:
    """What the file says, or why it says nothing."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # a Path holds no bytes
            return _read(file, named, parsers)
    except OSError as exc:
        return Unreadable(f"it cannot be read: {system_words(exc)}", named.name if named else None)


def _read(file: BinaryIO, named: BookParser | None, parsers: Iterable[BookParser]) -> BookFileSaid | Unreadable:
    outcome = _attempt(file, named) if named else Unreadable("no book of a kind that is known here")
    if isinstance(outcome, BookFileSaid):
        return outcome
    at, head = head_of(file)
    if not head and at:
        return Unreadable(NOTHING_BEHIND_THE_TAG, outcome.format)
    if trouble := plain_trouble(head, "book"):
        return Unreadable(trouble, outcome.format)
    if named and named.signature is None:
        return outcome  # a sidecar is known by its name, and what else it may be is no book
    meant = next((parser for parser in parsers if parser.signature and parser.signature.match(head)), None)
    if meant is None or meant is named:
        return outcome
    other = _attempt(file, meant)
    # What its name says is what its owner asks about: any ZIP archive might be a comic.
    return outcome if named and isinstance(other, Unreadable) else other


def _attempt(file: BinaryIO, parser: BookParser) -> BookFileSaid | Unreadable:
    file.seek(0)
    try:
        return parser.read(file)
    except MemoryError:
        raise  # whether there was little to be had, or much was asked for, is for the pool to judge
    except Damaged as exc:
        reason = str(exc)
    except MutagenError as exc:
        reason = words_of(exc)
    except OSError as exc:
        if exc.errno not in (None, errno.EINVAL):
            raise
        reason = "it points outside itself"  # to a place before its start, for one: a fault of the file, not the disk
    except Exception as exc:  # noqa: BLE001  # foreign code on foreign bytes: whatever it stumbles over is in the file
        reason = f"it makes no sense ({type(exc).__name__})"
    return Unreadable(f"damaged, or not {parser.title}: {reason}", parser.name)
