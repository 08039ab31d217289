"""What a parser worker is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scannerd.library.stamps import Stamp
from scannerd.model.media import Parsed, Unreadable

OUT_OF_MEMORY = 70
"""The exit code of a worker that met its memory limit: after that nothing it says can be relied on."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The file was there when the folder was listed, and is no more."""


class Job(NamedTuple):
    """One file to parse; `path` is absolute. A number stands for one file within one `ParsePool.parse`."""

    number: int
    path: bytes


class Result(NamedTuple):
    """What became of one job.

    `stamp` is the file's before it was read, so that a file which changed meanwhile differs at the next scan. It is
    None when the file could not even be looked at (gone, not allowed, a failing disk): nothing was learned, try again
    at the next scan. `content_hash` is None where there is nothing to hash, or the worker died over the file.
    """

    number: int
    outcome: Parsed | Unreadable | Gone
    stamp: Stamp | None
    content_hash: bytes | None


class Start(NamedTuple):
    """The first thing a worker is told."""

    parse: str  # module:function
    memory: int  # bytes of address space above what it has after its imports
    parent: int  # process id


class Ready(NamedTuple):
    """The first thing a worker says."""

    cpu_seconds: float  # what its start took


class Answer(NamedTuple):
    """The results of the jobs that were sent together, in their order."""

    results: list[Result]
    seconds: float
