"""One file, read by the parser of its suffix, or else by the one that its first bytes ask for."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from mutagen import MutagenError
from mutagen.mp3 import HeaderNotFoundError

from scannerd.model.media import Parsed, Unreadable
from scannerd.model.names import clean
from scannerd.parsers.fields import MUSIC
from scannerd.parsers.interpret import interpret
from scannerd.parsers.parser import Parser

_HEAD = 4096
_ID3_HEADER = 10
_MOST_ID3 = 8  # one tag behind the other, as some players wrote them
_APPLE_DOUBLE = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)
_REASON_LENGTH = 120
_ENDS_EARLY = "it ends too early"
NOTHING_BEHIND_THE_TAG = "it ends behind its tag: no audio, or not yet"


def read(path: bytes, by_suffix: Mapping[bytes, Parser], parsers: Iterable[Parser]) -> Parsed | Unreadable:
    """What the file says, or why it says nothing."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # a Path holds no bytes
            return _read(file, by_suffix.get(suffix_of(path)), parsers)
    except OSError as exc:
        return Unreadable(f"it cannot be read: {system_words(exc)}")


def suffix_of(path: bytes) -> bytes:
    """The suffix in lower case, with its dot."""
    stem, dot, suffix = path.rpartition(b"/")[2].rpartition(b".")
    return (dot + suffix).lower() if stem else b""


def _read(file: BinaryIO, named: Parser | None, parsers: Iterable[Parser]) -> Parsed | Unreadable:
    outcome = _attempt(file, named) if named else Unreadable("no audio that is known here")
    if isinstance(outcome, Parsed):
        return outcome
    at, head = head_of(file)
    if not head and at:
        return Unreadable(NOTHING_BEHIND_THE_TAG, outcome.format)
    if trouble := plain_trouble(head):
        return Unreadable(trouble, outcome.format)
    meant = next((parser for parser in parsers if parser.signature.match(head)), None)
    return outcome if meant is None or meant is named else _attempt(file, meant)


def _attempt(file: BinaryIO, parser: Parser) -> Parsed | Unreadable:
    file.seek(0)
    try:
        heard = parser.read(file, MUSIC)
        return interpret(heard.format, heard.found, heard.properties, has_picture=heard.has_picture)
    except MemoryError:
        raise  # whether there was little to be had, or much was asked for, is for the pool to judge
    except MutagenError as exc:
        return Unreadable(f"damaged, or not {parser.title}: {words_of(exc)}", parser.name)
    except OSError:
        raise
    except Exception as exc:  # noqa: BLE001  # foreign code on foreign bytes: whatever it stumbles over is in the file
        return Unreadable(f"damaged, or not {parser.title}: it makes no sense ({type(exc).__name__})", parser.name)


def head_of(file: BinaryIO) -> tuple[int, bytes]:
    """The first bytes behind ID3 tags, and where they are."""
    at = 0
    for _ in range(_MOST_ID3):
        file.seek(at)
        head = file.read(_HEAD)
        if not head.startswith(b"ID3") or len(head) < _ID3_HEADER:
            break
        size = 0
        for byte in head[6:_ID3_HEADER]:
            size = size << 7 | byte & 0x7F
        at += _ID3_HEADER + size
    return at, head


def plain_trouble(head: bytes, wanted: str = "audio") -> str | None:
    """What is wrong with a file that is nothing of what is wanted, as its first bytes show."""
    if not head:
        return "the file is empty (0 bytes)"
    if head.startswith(_APPLE_DOUBLE):
        return f"no {wanted}, but what macOS notes of a file beside it (AppleDouble)"
    if not head.strip(b"\0"):
        return f"nothing but zeros where the {wanted} should begin: a copy or download that never finished"
    if _WEB_PAGE.match(head):
        return f"no {wanted}, but a web page: a download that went wrong"
    return None


def words_of(exc: MutagenError) -> str:
    """mutagen's words in one line, without our own open file in them; for a fault of the disk, the system's."""
    cause = exc.args[0] if exc.args else None
    if isinstance(cause, EOFError) or (isinstance(cause, OSError) and cause.errno in (None, errno.EINVAL)):
        return _ENDS_EARLY
    if isinstance(cause, OSError):
        raise cause
    if isinstance(exc, HeaderNotFoundError):
        return "no MPEG audio in it"
    said = clean(re.sub(r"b?['\"]?<[^>]*>['\"]?:? ?|b'[^']*' ?", "", str(exc)))[:_REASON_LENGTH].strip(" :\"'")
    return said[:1].lower() + said[1:] if said[1:2].islower() else said or _ENDS_EARLY


def system_words(exc: OSError) -> str:
    return (exc.strerror or type(exc).__name__).lower()
