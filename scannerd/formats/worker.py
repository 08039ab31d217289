"""The parent's view of a worker: start it, take its batches, and never let it outlive its purpose."""

from __future__ import annotations

import logging
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from zoneinfo import ZoneInfo

from scannerd.child import bury, environment, exit_code
from scannerd.errors import BadExport, CutOffExport, ExportError, HostileExport, ScannerdError, UnknownFormat
from scannerd.formats.archive import shown_name
from scannerd.formats.frames import Silence, receive, send
from scannerd.formats.job import Job, LeftMember, MemberRead, Progress, Reading, Trouble, WorkerLimits
from scannerd.model.batch import Batch, Window

__all__ = [
    "ExportStream",
    "LeftMember",
    "MemberRead",
    "Progress",
    "ReaderKilled",
    "Reading",
    "WorkerLimits",
    "open_export",
]

logger = logging.getLogger(__name__)

_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
_ERRORS: dict[str, type[ExportError]] = {
    error.__name__: error for error in (ExportError, BadExport, CutOffExport, HostileExport, UnknownFormat)
}


class ReaderKilled(HostileExport):
    """The worker was killed from outside: by a system short of memory, or by a person."""


class ExportStream:
    """What comes out of one export; `reading` is there once everything came out."""

    reading: Reading

    def __init__(self, process: subprocess.Popen[bytes], fd: int, name: str, silence: float) -> None:
        self._process = process
        self._fd = fd
        self._name = shown_name(name)
        self._silence = silence

    def __iter__(self) -> Iterator[Batch | Progress]:
        while True:
            match self._next():
                case Batch() | Progress() as item:
                    yield item
                case Reading() as reading:
                    self.reading = reading
                    return
                case Trouble() as trouble:
                    if trouble.details:
                        logger.error("the reader of %r failed: %s", self._name, trouble.details)
                    raise _ERRORS[trouble.error](trouble.message, hint=trouble.hint)
                case other:
                    raise TypeError(other)

    def _next(self) -> object:
        try:
            return receive(self._fd, silence=self._silence)
        except EOFError as exc:
            raise self._death() from exc
        except Silence as exc:
            raise HostileExport(
                f"{self._name!r} kept its reader busy for {self._silence:g} s without a result, so it was stopped",
                hint="no honest export does; the disk may be failing or very slow",
            ) from exc

    def _death(self) -> ScannerdError:
        code = exit_code(self._process)
        if code < 0:
            kind = ReaderKilled if -code in _FROM_OUTSIDE else HostileExport
            return kind(
                f"{self._name!r} killed its reader ({_name_of(-code)})",
                hint="the file may be hostile, the machine short of memory, or somebody ended it",
            )
        return ScannerdError(f"the reader of {self._name!r} ended with exit code {code} before it was done")


@contextmanager
def open_export(
    path: str | bytes | int,
    *,
    name: str,
    time_zone: ZoneInfo,
    window: Window,
    limits: WorkerLimits | None = None,
) -> Iterator[ExportStream]:
    """Read an export in a worker of its own; leaving the block early ends the worker.

    `path` may be an open file descriptor, which stays the caller's.
    """
    limits = limits or WorkerLimits()
    file = _opened(path, name)
    try:
        ours, theirs = socket.socketpair()
    except OSError:
        os.close(file)
        raise
    with ours:
        try:
            process = _started(file, theirs.fileno())
        finally:
            theirs.close()
            os.close(file)
        try:
            job = Job(name, time_zone, window, limits, os.getpid())
            with suppress(BrokenPipeError):  # it died at once; the stream finds out how
                send(ours.fileno(), job)
            yield ExportStream(process, ours.fileno(), name, limits.silence)
        finally:
            process.kill()
            bury(process)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return f"signal {number}"


def _open(path: str | bytes, name: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        raise BadExport(f"{shown_name(name)!r} cannot be opened: {exc.strerror}") from exc


def _opened(path: str | bytes | int, name: str) -> int:
    """A descriptor of a regular file; what is none would hold us for ever."""
    # Where there are no more descriptors, that is no fault of the file.
    file = os.dup(path) if isinstance(path, int) else _open(path, name)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise BadExport(f"{shown_name(name)!r} is no regular file")
    return file


def _started(file: int, out: int) -> subprocess.Popen[bytes]:
    # A program of its own rather than multiprocessing: nothing of the caller's main module is imported again, and
    # no further process keeps track of resources.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "scannerd.formats.child"], stdin=file, stdout=out, env=environment()
    )
