"""What a command prints: one JSON document or plain text on stdout, how far it is on stderr.

Terminals get tables and a bar, pipes one line per step; what a file or the database calls itself never reaches a
terminal as a control sequence.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

from scannerd.errors import ScannerdError
from scannerd.model.shown import shown

_IN_BYTES = ("hashing", "reading")


def document(value: object) -> None:
    """Print the one JSON document of a command."""
    import orjson

    how = orjson.OPT_INDENT_2 if sys.stdout.isatty() else 0
    text = orjson.dumps(value, default=_plain, option=how | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)
    sys.stdout.write(text.decode() + "\n")


def _plain(value: object) -> object:
    """What JSON has no word for: numbers keep their value, bytes are hexadecimal, the rest is its text."""
    match value:
        case Decimal():
            return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case timedelta():
            return value.total_seconds()
        case _:
            return str(value)


def line(text: str = "") -> None:
    """Print one line, or several, as a person reads them."""
    sys.stdout.write("\n".join(map(shown, text.split("\n"))) + "\n")


def note(text: str) -> None:
    """Say something beside the result: on stderr."""
    sys.stderr.write(shown(text) + "\n")


def number(count: int, noun: str) -> str:
    """The noun with how many of it there are."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their columns; numbers stand on the right, and nothing is there for nothing."""
    cells = [["" if value is None else shown(_cell(value)) for value in row] for row in rows]
    raw = list(zip(*cells, strict=True)) or [()] * len(columns)
    widths = [max(map(_width, (name, *column))) for name, column in zip(columns, raw, strict=True)]
    right = [bool(column) and all(_is_number(cell) for cell in column) for column in raw]
    for row in ([*columns], *cells):
        told = zip(row, widths, right, strict=True)
        line("  ".join(_padded(cell, width, is_right) for cell, width, is_right in told).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "", 1).removeprefix("-").isdigit() or not cell


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _padded(cell: str, width: int, is_right: bool) -> str:
    room = " " * (width - _width(cell))
    return room + cell if is_right else cell + room


def complain(exc: ScannerdError, *, as_json: bool) -> None:
    """Say what went wrong: one line a problem, then what to do about it."""
    if as_json:
        document({"error": problem(exc)})
    for text in str(exc).split("\n"):
        note(f"scannerd: {text}")
    if exc.hint:
        for text in f"hint: {exc.hint}".split("\n"):
            note(text)


def problem(exc: ScannerdError) -> Mapping[str, object]:
    """The same for a program."""
    message = "\n".join(map(shown, str(exc).split("\n")))
    return {"kind": type(exc).__name__, "message": message, "hint": exc.hint}


class Steps:
    """How far one piece of work is: a bar with rate and time left on a terminal, one line per step elsewhere."""

    def __init__(self, what: str, *, noun: str | None = None) -> None:
        """`noun` is what is counted; without it, bytes are while a file is hashed or read."""
        self._what = shown(what)
        self._noun = noun
        self._phase = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar(self._noun)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, phase: str, done: int, total: int) -> None:
        """So much of this phase is done; a total of 0 says that nobody knows."""
        if phase != self._phase:
            self._phase = phase
            self._begin(phase, total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total or None)

    def _begin(self, phase: str, total: int) -> None:
        if self._bar is None:
            note(f"{self._what}: {phase}")
            return
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(f"{self._what}: {phase}", total=total or None)


def _bar(noun: str | None) -> Progress:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            """So many a second, where it is known what is counted."""
            if noun is not None:
                return Text(f"{task.speed:,.0f} {noun}/s" if task.speed else "")
            in_bytes = task.description.endswith(_IN_BYTES) and task.speed
            return Text(f"{decimal(int(task.speed or 0))}/s" if in_bytes else "")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """The first Ctrl-C or SIGTERM asks to stop at the next safe point, the second one stops at once."""
    import signal

    stop = threading.Event()

    def heed(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        # Past Python's own stderr: the signal may have come in the middle of a line that is being written there.
        with suppress(OSError):
            os.write(2, b"stopping at the next safe point; once more stops at once\n")

    before = {number: signal.signal(number, heed) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
