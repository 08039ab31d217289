"""A JSON document read value by value through a window of text, so that memory does not grow with the file.

The standard library's scanner reads each value: it knows where a value ends, takes lone surrogates, NaN and raw
control characters (rows that hold them are judged later, one by one), and is as fast as a streaming parser in C.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from scannerd.errors import BadExport, CutOffExport
from scannerd.formats.decoding import marked

CHUNK = 256 * 1024
VALUE_LIMIT = 16 * 1024 * 1024
"""Characters of one row, or of one value beside the rows; the longest honest one is a few kilobytes."""

_NUMBER_TAIL = 8
"""More than what the scanner leaves of a number that is cut: `.`, `e`, `e+`, or a piece of `Infinity`."""

_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_NUMBER_ENDS = (".", "e+", "e-", "E+", "E-")
_LONGEST_PIECE = max(map(len, _WORDS))
_CUT_LETTER = ("unexpected end of data", "truncated data")
"""What decoders say of bytes that end inside a letter."""

_scan = json.JSONDecoder(strict=False).scan_once  # type: ignore[attr-defined]  # typeshed leaves it out
_cut_escape = re.compile(r"\\?u?[0-9a-fA-F]{0,4}").fullmatch
_not_space = re.compile(r"[^ \t\n\r]").search


class JsonText:
    """The part of the document around the place where the reader stands."""

    def __init__(self, file: BinaryIO, begin: bytes) -> None:
        self._file = file
        encoding, skip = marked(begin)
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding
        self._pending = begin[skip:]
        self._text = ""
        self._at = 0
        self._ended = False
        self._lines = 0  # line ends before the window
        self._columns = 0  # characters of its first line before the window
        self.item = 0  # the row being read, for messages; 0 before the first

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            found = _not_space(self._text, self._at)
            if found is not None:
                self._at = found.start()
                return found[0]
            self._at = len(self._text)
            if self._ended:
                return ""
            self._read()

    def take(self, wanted: str) -> None:
        """Pass over one of these characters, or say what stands in its place."""
        found = self.peek()
        if not found or found not in wanted:
            self._fail(f"{' or '.join(map(repr, wanted))} belongs there")
        self._at += 1

    def value(self) -> object:
        """The value that begins here."""
        self.peek()
        while True:
            try:
                value, end = _scan(self._text, self._at)
            except (json.JSONDecodeError, StopIteration) as exc:
                self._more_or_fail(exc)
            except RecursionError as exc:
                raise BadExport(f"is nested too deep to be a listening history ({self.place()})") from exc
            else:
                if self._ended or self._is_whole(end):
                    self._at = end
                    return value
                self._read()

    def _is_whole(self, end: int) -> bool:
        """A number may go on behind the window: `1.5` is what the scanner takes of `1.5e`."""
        return self._text[end - 1] in '}]"' or len(self._text) - end > _NUMBER_TAIL

    def elements(self) -> Iterator[None]:
        """Stop at each element of the array that begins here; the caller reads it before it asks for the next."""
        self.take("[")
        first = self.peek()
        if first == "]":
            self._at += 1
            return
        if not first:
            self._fail("a value belongs there")
        while True:
            yield
            if self.peek() == "]":
                self._at += 1
                return
            self.take(",]")

    def members(self) -> Iterator[str]:
        """Stop at each value of the object that begins here and tell its key; the caller reads it."""
        self.take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self._fail("a key in double quotes belongs there")
            key = str(self.value())
            self.take(":")
            yield key
            if self.peek() == "}":
                self._at += 1
                return
            self.take(",}")

    def end(self) -> None:
        """Nothing but white space may follow."""
        if self.peek():
            raise BadExport(f"goes on after its end ({self.place()}); several files may have been joined")

    def place(self) -> str:
        """Where the reader stands, for a person with an editor."""
        return self._place(self._at)

    def _place(self, at: int) -> str:
        line = self._lines + self._text.count("\n", 0, at)
        last = self._text.rfind("\n", 0, at)
        column = at - last if last >= 0 else self._columns + at + 1
        return f"line {line + 1}, column {column}"

    def _read(self) -> None:
        """Drop what was read and take more in; twice as much while one value fills the window."""
        passed = self._text[: self._at]
        self._lines += passed.count("\n")
        last = passed.rfind("\n")
        self._columns = len(passed) - last - 1 if last >= 0 else self._columns + len(passed)
        rest = self._text[self._at :]
        data = self._pending or self._file.read(max(CHUNK, len(rest)))
        self._pending = b""
        self._ended = not data
        self._text, self._at = rest, 0
        try:
            self._text += self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as exc:
            near = f"{self._item()}after {self._place(len(self._text))}"
            name = self._encoding.upper()
            kind = CutOffExport if exc.reason in _CUT_LETTER else BadExport
            raise kind(
                f"is not {name} text: byte 0x{exc.object[exc.start]:02x} {near}",
                hint=f"save it as {name} again, or ask the service for a new copy",
            ) from exc

    def _more_or_fail(self, exc: json.JSONDecodeError | StopIteration) -> None:
        if self._ended:
            if isinstance(exc, json.JSONDecodeError):
                self._at = max(exc.pos, self._at)
                self._fail(exc.msg.lower())
            self._at = max(int(exc.value), self._at)
            self._fail("a value belongs there")
        if len(self._text) - self._at > VALUE_LIMIT:
            raise BadExport(f"holds a value of more than {VALUE_LIMIT >> 20} MB ({self._item()}{self.place()})")
        self._read()

    def _fail(self, what: str) -> NoReturn:
        rest = self._rest()
        if _ends_early(rest, what):
            where = f"in the middle of item {self.item}" if self.item else "before its first row"
            raise CutOffExport(
                f"is cut off: it ends {where} ({self.place()})",
                hint="copy or download it again; the copy may have been interrupted",
            )
        raise BadExport(f"is broken JSON ({self._item()}{self.place()}): {what}, found {rest[:20]!r}")

    def _rest(self) -> str:
        """What stands where the reading failed: all of it, if a piece of a word or a number could be all of it."""
        while not self._ended and len(self._text) - self._at <= _LONGEST_PIECE:
            self._read()
        return self._text[self._at :].strip()

    def _item(self) -> str:
        return f"item {self.item}, " if self.item else ""


def _ends_early(rest: str, what: str) -> bool:
    """Whether nothing is wrong with the document but that this is all that is left of it."""
    if what.startswith("unterminated string"):
        return True
    if what.startswith("invalid \\uxxxx"):
        return _cut_escape(rest) is not None
    return any(piece.startswith(rest) for piece in (*_WORDS, *_NUMBER_ENDS))
