"""Chunks of jobs on their way: what goes out next, who is charged for a death, what comes back in order.

Pure: no process, no clock. Work leaves in pieces. A chunk is one piece as long as all goes well; when a worker dies
over one of its files, that file is tried once more alone and the rest goes on without it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from scannerd.library.job import Job, Result
from scannerd.library.stamps import Stamp
from scannerd.model.media import Unreadable


@dataclass(eq=False, slots=True)
class Chunk:
    """Files that were asked for together and are given back together."""

    jobs: list[Job]
    results: dict[int, Result] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether every file has its result."""
        return len(self.results) == len(self.jobs)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one worker gets at once."""

    chunk: Chunk
    jobs: list[Job]
    is_retry: bool = False  # one file, which a worker died over


class Chunks:
    """The jobs of one scan, a window of them at a time."""

    def __init__(self, jobs: Iterable[Job], *, size: int, window: int) -> None:
        self._jobs: Iterator[Job] = iter(jobs)
        self._size = size
        self._window = window
        self._open: deque[Chunk] = deque()
        self._again: deque[Piece] = deque()
        self._is_exhausted = False

    @property
    def is_done(self) -> bool:
        """Whether everything was asked for and given back."""
        return self._is_exhausted and not self._open

    @property
    def has_finished(self) -> bool:
        """Whether the next chunk in order is there."""
        return bool(self._open) and self._open[0].is_finished

    def next_finished(self) -> list[Result]:
        """The results of the next chunk, in the order of its jobs."""
        chunk = self._open.popleft()
        return [chunk.results[job.number] for job in chunk.jobs]

    def next_piece(self) -> Piece | None:
        """What is to be done next; nothing when all is done, or the window is full."""
        if self._again:
            return self._again.popleft()
        if self._is_exhausted or len(self._open) >= self._window:
            return None
        jobs = list(islice(self._jobs, self._size))
        if not jobs:
            self._is_exhausted = True
            return None
        self._open.append(Chunk(jobs))
        return Piece(self._open[-1], jobs)

    def answered(self, piece: Piece, results: list[Result]) -> None:
        """Everything in this piece has a result."""
        piece.chunk.results.update((result.number, result) for result in results)

    def give_back(self, pieces: Iterable[Piece]) -> None:
        """These were not begun, or nobody is to blame: they come first, as they are."""
        self._again.extendleft(reversed(list(pieces)))

    def died(self, piece: Piece, number: int | None, why: Unreadable, stamp: Stamp | None) -> Job | None:
        """A worker died over this piece, with that job in hand; returns the job that is charged."""
        culprit = _culprit(piece, number)
        if culprit is None:
            self.give_back(Piece(piece.chunk, [job]) for job in piece.jobs)
        elif piece.is_retry:
            self.answered(piece, [Result(culprit.number, why, stamp, None)])
        else:
            self.give_back(_apart(piece, culprit))
        return culprit


def _culprit(piece: Piece, number: int | None) -> Job | None:
    """The job in hand; with nothing in hand, a piece of one file has no other explanation."""
    if len(piece.jobs) == 1:
        return piece.jobs[0]
    return next((job for job in piece.jobs if job.number == number), None)


def _apart(piece: Piece, culprit: Job) -> Iterator[Piece]:
    place = piece.jobs.index(culprit)
    if before := piece.jobs[:place]:
        yield Piece(piece.chunk, before)
    yield Piece(piece.chunk, [culprit], is_retry=True)
    if after := piece.jobs[place + 1 :]:
        yield Piece(piece.chunk, after)
