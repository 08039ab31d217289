"""The records of a CSV export, with the line each begins in and whatever encoding and separator it has."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from scannerd.errors import BadExport, CutOffExport
from scannerd.formats.decoding import byte_lines

FIELD_LIMIT = 1024 * 1024
LINE_LIMIT = 4 * 1024 * 1024
_SEPARATORS = ",;\t"
_END = "\x1e\x1e"
"""Fed behind the last line: swallowed by a quote that nobody closed, a record of its own otherwise."""


def records(file: BinaryIO, *, delimiter: str | None = None, quotes: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Line number (from 1) and fields of every record; blank lines are passed over.

    Without a `delimiter` the first line that is no comment decides. `quotes=False` is for files in which a quotation
    mark is a letter like any other.
    """
    lines = _Lines(file)
    separator = delimiter or _separator(lines.first())
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE)
    begins = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise BadExport(f"is broken CSV in the record that begins in line {begins}: {_plain(exc)}") from exc
        if record and record[-1].endswith(_END):
            if record != [_END]:
                raise CutOffExport(
                    f"ends inside a quoted field of the record that begins in line {begins}",
                    hint="the file may be cut off: copy or download it again",
                )
            return
        if record:
            yield begins, record
        begins = reader.line_num + 1


class _Lines:
    """The lines of the file as text, the end marker last; the first can be looked at before."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _decoded(file)
        self._waiting: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        return self._waiting.pop(0) if self._waiting else next(self._lines)

    def first(self) -> str:
        """The first line that says something; comments before it begin with `#`."""
        for line in self._lines:
            self._waiting.append(line)
            if line.strip() and not line.startswith("#"):
                return line
        return ""


def _decoded(file: BinaryIO) -> Iterator[str]:
    """Lines of text; one that is not UTF-8 is taken as Latin-1, as old exporters wrote single rows."""
    for line in byte_lines(file, LINE_LIMIT):
        if len(line) >= LINE_LIMIT:
            raise BadExport(f"has a line of more than {LINE_LIMIT >> 20} MB, which no list of listens has")
        yield _text(line)
    yield _END


def _text(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    return text.replace("\0", "") if "\0" in text else text


def _separator(line: str) -> str:
    """The separator that stands most often outside quotes."""
    plain = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=plain.count)


def _plain(error: csv.Error) -> str:
    if "field limit" in str(error):
        return "a field is too long, its closing quote may be missing"
    if "new-line character" in str(error):
        return "its line ends are those of old Macs"
    return str(error)
