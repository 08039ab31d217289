"""What a worker is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from scannerd.formats.archive import Limits
from scannerd.model.batch import Window


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one worker may take before it is stopped."""

    memory: int = 1024**3  # bytes of address space
    silence: float = 120.0  # seconds without a sign of life
    archive: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Job:
    """One export to read; the file itself comes as the worker's standard input."""

    name: str
    time_zone: ZoneInfo
    window: Window
    limits: WorkerLimits
    parent: int  # process id


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading is, in bytes of the file."""

    bytes_read: int
    bytes_total: int


@dataclass(frozen=True, slots=True)
class MemberRead:
    """A member that was a listening history; `name` is empty for a plain file."""

    name: str
    format: str
    rows: int


@dataclass(frozen=True, slots=True)
class LeftMember:
    """A member that was not taken, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a finished worker says about the whole export."""

    members: tuple[MemberRead, ...]
    left: tuple[LeftMember, ...]
    warnings: tuple[str, ...]
    is_torn: bool = False  # the last line is not whole


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the worker gave up: the name of one of our errors, its message and its hint."""

    error: str
    message: str
    hint: str | None
    details: str = ""  # the traceback of a fault of our own, for the log
