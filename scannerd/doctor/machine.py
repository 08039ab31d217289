"""The machine: its clock, its limits, its memory and cores, the helpers that are installed. The judgements are pure."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import scannerd
from scannerd.db.memory import available_memory
from scannerd.doctor.finding import Finding, counted, ok, trouble, warning
from scannerd.doctor.room import amount
from scannerd.doctor.sample import Sample
from scannerd.inbox.passing import passing_file

_MB = 1024 * 1024
_UNPACKERS = ("unrar", "unar", "7z", "7zz", "bsdtar")
LEAST_FILES = 1024
LEAST_MEMORY = 512 * _MB
READER_MEMORY = 80 * _MB
"""What a reader of media files holds, roughly."""
LEAST_WORKERS = 4
"""As many readers as there are without a setting, on a machine with fewer cores."""


def look(*, time_zone: str | None, workers: int, daemon_pid: int | None) -> Iterator[Finding]:
    """Judge all of it."""
    yield ok("program", f"scannerd {scannerd.__version__}, Python {platform.python_version()}, {platform.machine()}")
    made = datetime.fromtimestamp(Path(scannerd.__file__).stat().st_mtime, UTC)
    yield from judge_clock(datetime.now(UTC), made)
    if time_zone is not None:
        yield from judge_zone(time_zone, is_known="TZ" in os.environ or os.path.lexists("/etc/localtime"))
    yield from judge_open_files(_open_files(daemon_pid))
    yield from judge_memory(available_memory(), os.cpu_count() or 1, workers)
    yield from _temporary()


def judge_clock(now: datetime, made: datetime) -> Iterator[Finding]:
    """Whether it can be that late: not before this program was made."""
    if now < made and (made - now).days >= 1:
        what = f"the clock says {now:%Y-%m-%d}, and this program was installed on {made:%Y-%m-%d}"
        why = "times of imports and scans are wrong, and the schedule fires at the wrong time"
        yield trouble("clock", what, why, "timedatectl set-ntp true")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")


def judge_zone(zone: str, *, is_known: bool) -> Iterator[Finding]:
    """Whether it was chosen, or nobody knows it."""
    if zone == "UTC" and not is_known:
        what = "nobody says which time zone this is; UTC is used"
        why = "days begin at the wrong hour, and times that a source tells without a zone are shifted"
        yield warning("time zone", what, why, 'set inbox.time_zone = "Europe/Berlin", or TZ in a container')
    else:
        yield ok("time zone", zone)


def judge_open_files(limit: int) -> Iterator[Finding]:
    """How many files a process may hold open."""
    if limit < LEAST_FILES:
        why = "a scan with many readers, or PostgreSQL, may run out of them"
        yield warning("open files", f"a process may open {limit:,} only", why, f"ulimit -n {16 * LEAST_FILES}")
    else:
        yield ok("open files", f"{limit:,} for a process")


def judge_memory(memory: int, cores: int, workers: int) -> Iterator[Finding]:
    """Whether the readers of media files fit."""
    readers = workers or max(cores, LEAST_WORKERS)
    told = f"{amount(memory)}, {counted(cores, 'core')}, {counted(readers, 'reader')} in a scan"
    mend = f"set scan.workers = {max(1, min(cores, memory // 4 // READER_MEMORY))}"
    if readers * READER_MEMORY > memory // 2:
        yield warning("memory", told, "a scan may push everything else out of memory", mend)
    elif workers > 4 * cores:
        yield warning("memory", told, "more readers than the cores can serve make a scan slower, not faster", mend)
    elif memory < LEAST_MEMORY:
        yield warning("memory", told, "large imports will be slow", "add memory, or use a database elsewhere")
    else:
        yield ok("memory", told)


def look_for_helpers(samples: Collection[Sample]) -> Iterator[Finding]:
    """What else is worth installing for what lies in the libraries."""
    packed = sum(sample.packed_comics for sample in samples)
    if packed and not any(map(shutil.which, _UNPACKERS)):
        what = f"{counted(packed, 'comic')} in RAR, and no program that unpacks it is here"
        why = "what they say of themselves inside (ComicInfo.xml) is not read; their names are"
        yield warning("helpers", what, why, "apt install unar, or another of unrar, 7z, bsdtar")


def _temporary() -> Iterator[Finding]:
    try:
        folder = Path(tempfile.gettempdir())
        with passing_file(folder):
            yield ok("temporary files", f"{folder} can be written to")
    except OSError as exc:
        what = f"no folder for temporary files can be written to: {(exc.strerror or str(exc)).lower()}"
        yield trouble("temporary files", what, "PostgreSQL may not start", "chmod 1777 /tmp, or set TMPDIR")


def _open_files(daemon_pid: int | None) -> int:
    """Of the daemon, where there is one to ask, else of ours."""
    if daemon_pid is not None:
        with suppress(OSError, ValueError, StopIteration):
            limits = Path(f"/proc/{daemon_pid}/limits").read_text(encoding="ascii").splitlines()
            return int(next(line for line in limits if line.startswith("Max open files")).split()[3])
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 30
