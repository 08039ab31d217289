"""Row by row: a row that is wrong becomes a `Failed` value and the reading goes on.

A reader says what one row means and raises `WrongValue` where it means nothing; everything else that the rows of
JSON and CSV exports have in common is here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from scannerd.errors import BadExport
from scannerd.formats import csv_rows
from scannerd.formats.json_rows import BadLine, raw
from scannerd.formats.values import WrongValue, shown
from scannerd.model.listen import AudiobookListen, Failed, Row, Skipped, SkipReason

CLOCK_NEVER_SET = datetime(1971, 1, 1, tzinfo=UTC)
"""What is older was written by a clock that began at zero: it is no time at all."""
LONGEST_MS = 24 * 24 * 3600 * 1000
"""24 days, the longest track that ListenBrainz takes, and just what fits into four bytes."""

_HEADER_WITHIN = 50
"""Lines; some exporters write about themselves first."""
_no_letter = re.compile("[^a-z0-9]")

Fields = dict[str, object]
Make = Callable[[int, Fields], Row]


def objects(values: Iterable[tuple[int, object]], make: Make) -> Iterator[Row]:
    """What `make` says about each JSON object; what is none has failed."""
    for row_no, value in values:
        if isinstance(value, BadLine):
            yield Failed(row_no, value.reason, value.raw)
        elif isinstance(value, dict):
            yield judged(row_no, value, make)
        else:
            yield Failed(row_no, f"the row is {shown(value)}, where an object belongs", raw(value))


def records(file: BinaryIO, wanted: frozenset[str], make: Make) -> Iterator[Row]:
    """What `make` says about each CSV record below the header, which is the first line that names all `wanted`."""
    rows = csv_rows.records(file)
    columns = _columns(rows, wanted)
    width = len(columns)
    for row_no, fields in rows:
        if len(fields) == width or (len(fields) > width and not any(fields[width:])):
            yield judged(row_no, dict(zip(columns, fields, strict=False)), make)
        else:
            yield Failed(row_no, f"the row has {counted(len(fields), 'field')}, where {width} belong", raw(fields))


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 field`, `3 fields`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def judged(row_no: int, fields: Fields, make: Make) -> Row:
    """One row: what `make` says, or what is wrong with it."""
    try:
        return make(row_no, fields)
    except WrongValue as exc:
        return Failed(row_no, str(exc), raw(fields))


def skipped(row_no: int, reason: SkipReason, fields: Fields, audiobook: AudiobookListen | None = None) -> Skipped:
    """A row that is none of ours, with its content for the report."""
    return Skipped(row_no, reason, raw(fields), audiobook)


def header(text: str, wanted: frozenset[str]) -> bool:
    """Whether one of the first lines names all the `wanted` columns."""
    if text.lstrip()[:1] in ("[", "{", "<"):
        return False
    lines = text.split("\n", _HEADER_WITHIN)[:_HEADER_WITHIN]
    return any(wanted <= set(column_names(fields)) for line in lines for fields in _split(line))


def _split(line: str) -> Iterator[list[str]]:
    """The fields of a line by each separator that it holds."""
    for separator in ",;\t":
        if separator in line and "\0" not in line:
            with suppress(csv.Error):
                yield from csv.reader([line[:4096]], delimiter=separator)


def column_names(fields: list[str]) -> list[str]:
    """Column names as they are compared: only letters and digits, in lower case, and never who the user is."""
    return [_no_letter.sub("", field.lstrip("# ").partition("#")[0].lower()) for field in fields]


def _columns(rows: Iterator[tuple[int, list[str]]], wanted: frozenset[str]) -> list[str]:
    for _, fields in islice(rows, _HEADER_WITHIN):
        columns = column_names(fields)
        if wanted <= set(columns):
            return columns
    raise BadExport(f"has no line of column names with {', '.join(sorted(wanted))}")


def milliseconds(value: object, *, per: int = 1) -> int | None:
    """A length in units of `per` milliseconds; None for what is none: a listen is worth more than its length."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_MS:
        return None
    length = round(value * per)
    return length if 0 < length <= LONGEST_MS else None
