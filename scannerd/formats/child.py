"""The worker process: one export in on standard input, batches out on a socket, under limits, and the end.

It is started as a program of its own, so that nothing of the daemon is in it: no event loop, no connection, no
settings. Whatever a file does to it, it does to this process alone.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from itertools import islice
from time import monotonic
from typing import BinaryIO

from scannerd.errors import BadExport, CutOffExport, ExportError, UnknownFormat
from scannerd.formats import FORMATS
from scannerd.formats.archive import Archive, Member, named, shown_name
from scannerd.formats.ending import ends_in_zeros, is_torn
from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.frames import receive, send
from scannerd.formats.job import Job, LeftMember, MemberRead, Progress, Reading, Trouble
from scannerd.formats.recognise import advice, head_of, looks_like, may_go_on, recognise
from scannerd.model.batch import Batch, pack

BATCH_ROWS = 10_000
_READ_AT_ONCE = 1024 * 1024
_BEAT_SECONDS = 0.5
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Do one job and end."""
    out = os.dup(1)
    os.dup2(2, 1)  # what is printed by accident must not get between the frames
    job = receive(out)
    if not isinstance(job, Job):
        raise TypeError(job)
    confine(job)
    try:
        with os.fdopen(0, "rb", closefd=False) as file:
            answer: Reading | Trouble = Worker(job, file, out).read()
    except BrokenPipeError:
        return  # nobody listens any more
    except ExportError as exc:
        answer = Trouble(type(exc).__name__, _about(job.name, str(exc)), exc.hint)
    except MemoryError:
        answer = _out_of_memory(job)
    except Exception as exc:  # noqa: BLE001  # the root of this process: a fault of ours must reach the report in words
        what = f"broke its reader ({type(exc).__name__})"
        hint = "this is a fault of scannerd: please report it, if you can with the file"
        answer = Trouble("BadExport", _about(job.name, what), hint, traceback.format_exc())
    send(out, answer)


def confine(job: Job) -> None:
    """Take the limits; a worker ends with its parent and leaves all other ends to it: Ctrl-C, a stop, a hangup."""
    import ctypes
    import resource

    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != job.parent:
        sys.exit(1)  # the parent died before we could ask to be told
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = job.limits.memory if most == resource.RLIM_INFINITY else min(job.limits.memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # rows hold no cycles, and looking for them takes longer than reading the file


class Worker:
    """Reads one export and sends its batches."""

    def __init__(self, job: Job, file: BinaryIO, out: int) -> None:
        self._job = job
        self._file = file
        self._out = out
        self._size = os.fstat(file.fileno()).st_size
        self._last_beat = 0.0
        self._read: list[MemberRead] = []
        self._left: list[LeftMember] = []
        self._is_torn = False
        self._may_go_on = False

    def read(self) -> Reading:
        """The whole export, member by member."""
        archive = Archive(self._file, limits=self._job.limits.archive, beat=self._beat)
        try:
            for member in archive.members():
                self._member(member)
        except BadExport as exc:
            if ends_in_zeros(self._file):
                raise CutOffExport(str(exc), hint=exc.hint) from exc
            raise
        if not self._read:
            raise self._unknown()
        self._say(Progress(self._size, self._size))
        return Reading(tuple(self._read), tuple(self._left), tuple(archive.warnings), self._is_torn)

    def _member(self, member: Member) -> None:
        head = head_of(member.name or self._job.name, member.head)
        found = recognise(head)
        if found is None:
            self._left.append(LeftMember(member.name, looks_like(head)))
            self._may_go_on = not member.name and may_go_on(head)
            return
        try:
            rows = self._rows(member, found)
        except ExportError as exc:
            raise named(exc, member.name) from exc
        self._read.append(MemberRead(member.name, found.name, rows))

    def _rows(self, member: Member, found: Format) -> int:
        total, ends_in_listen = 0, False
        with member.open() as stream:
            rows = found.read(stream, ReadOptions(self._job.time_zone, member.size))
            while True:
                batch = pack(
                    islice(rows, BATCH_ROWS),
                    member=member.name,
                    source=found.source,
                    format_name=found.name,
                    window=self._job.window,
                )
                count = len(batch.listens) + len(batch.others)
                if not count:
                    break
                total += count
                ends_in_listen = _ends_in_listen(batch)
                self._say(batch)
            while stream.read(_READ_AT_ONCE):  # a checksum is only compared at the end
                pass
        self._is_torn = found.by_line and not member.name and is_torn(self._file, ends_in_listen=ends_in_listen)
        return total

    def _beat(self) -> None:
        """A sign of life, now and then."""
        if monotonic() - self._last_beat >= _BEAT_SECONDS:
            place = os.lseek(self._file.fileno(), 0, os.SEEK_CUR)
            self._say(Progress(min(place, self._size), self._size))

    def _say(self, value: object) -> None:
        send(self._out, value)
        self._last_beat = monotonic()

    def _unknown(self) -> ExportError:
        tried = f"tried {len(FORMATS)} formats"
        if not self._left:
            return UnknownFormat("holds no files", hint="it may have been packed before the files were there")
        first = self._left[0]
        if not first.name:
            kind = CutOffExport if self._may_go_on else UnknownFormat
            return kind(f"is in no known format ({tried}); it looks like {first.why}", hint=advice(first.why))
        if any(left.name == "[Content_Types].xml" for left in self._left):
            looks = "an Excel or Word file"
            return UnknownFormat(f"is in no known format ({tried}); it looks like {looks}", hint=advice(looks))
        count = f"{len(self._left)} files" if len(self._left) > 1 else "1 file"
        return UnknownFormat(
            f"holds no listening history ({tried} on {count}); {first.name!r} looks like {first.why}",
            hint=advice(first.why),
        )


def _ends_in_listen(batch: Batch) -> bool:
    """Whether the last row of a batch is a listen."""
    others = batch.others[-1][0] if batch.others else 0
    return bool(batch.listens) and batch.listens[-1][0] > others


def _about(name: str, message: str) -> str:
    """The message with the file's name in front; it goes on with a colon where it is about a member."""
    return f"'{shown_name(name)}'{message if message.startswith(':') else f' {message}'}"


def _out_of_memory(job: Job) -> Trouble:
    message = _about(job.name, f"needs more memory than a reader may have ({job.limits.memory >> 20} MB)")
    return Trouble("HostileExport", message, "no honest export does; it may be damaged")


if __name__ == "__main__":
    main()
