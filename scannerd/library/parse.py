"""The parse pool: worker processes that files go through in chunks, and that may hang, crash or eat memory.

One thread, no locks: each worker has a socket of its own and a queue of chunks in it, so it goes on working while the
scan writes; the pool looks after its workers whenever the scan asks for the next chunk.
"""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

from scannerd.errors import ScannerdError
from scannerd.library.chunks import Chunks, Piece
from scannerd.library.job import Answer, Gone, Job, Ready, Result, Start
from scannerd.library.worker_process import WorkerProcess

__all__ = ["Gone", "Job", "ParsePool", "PoolCounts", "Result"]

logger = logging.getLogger(__name__)

PARSE = "scannerd.parsers:parse"
_LEAST_WORKERS = 4
_LOOK_SECONDS = 0.2
_STILLBORN_IN_A_ROW = 3


@dataclass(slots=True)
class PoolCounts:
    """What the pool did so far, for the scan's summary."""

    workers: int = 0  # most at one time
    restarts: int = 0  # workers that died
    start_seconds: float = 0.0  # that work waited because no worker was ready yet
    start_cpu_seconds: float = 0.0  # all workers' starts together
    parse_seconds: float = 0.0  # all workers together, waiting for the disk included


class ParsePool:
    """Workers are started when there is work for them, and end with the pool.

    A pool belongs to the thread that iterates `parse`: the system ends workers with the thread that started them.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        deadline: float = 60.0,
        memory: int = 1024**3,
        chunk: int = 32,
        window: int = 4,
        parse: str = PARSE,
    ) -> None:
        """`deadline` is seconds for one file, `memory` bytes above a worker's start, `window` chunks per worker."""
        self.counts = PoolCounts()
        self._most = workers or max(os.cpu_count() or 1, _LEAST_WORKERS)
        self._deadline = deadline
        self._chunk = chunk
        self._window = window
        self._start = Start(parse, memory, os.getpid())
        self._workers: list[WorkerProcess] = []
        self._stillborn = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._end(self._workers)

    def parse(self, jobs: Iterable[Job], *, stop: threading.Event) -> Iterator[list[Result]]:
        """Results in the order of the jobs, chunk by chunk; nothing more once `stop` is set.

        The jobs are taken as there is room for them, a window at a time.
        """
        chunks = Chunks(jobs, size=self._chunk, window=self._window * self._most)
        try:
            while not stop.is_set():
                self._hand_out(chunks)
                if chunks.is_done:
                    return
                self._listen(chunks)
                self._look_after_the_late()
                if chunks.has_finished:
                    yield chunks.next_finished()
        finally:
            self._end([worker for worker in self._workers if worker.pieces])

    def _hand_out(self, chunks: Chunks) -> None:
        while True:
            free = self._with_room()
            if free is None and len(self._workers) >= self._most:
                return
            piece = chunks.next_piece()
            if piece is None:
                return
            if piece.is_retry or free is None:
                free = self._started(for_one_piece=piece.is_retry)
            free.give(piece)

    def _with_room(self) -> WorkerProcess | None:
        """The least loaded worker; nobody if a further one would be better than a longer queue."""
        able = [worker for worker in self._workers if len(worker.pieces) < self._window and not worker.for_one_piece]
        return min(able, key=lambda worker: len(worker.pieces), default=None)

    def _started(self, *, for_one_piece: bool) -> WorkerProcess:
        began = monotonic()
        try:
            worker = WorkerProcess(self._start, for_one_piece=for_one_piece)
        except OSError as exc:
            raise ScannerdError(
                f"no parser worker can be started: {exc.strerror}",
                hint="the limits of processes, open files or memory may be too low",
            ) from exc
        self._workers.append(worker)
        self.counts.start_seconds += monotonic() - began
        self.counts.workers = max(self.counts.workers, sum(not worker.for_one_piece for worker in self._workers))
        return worker

    def _listen(self, chunks: Chunks) -> None:
        """Wait for a moment, or not at all if there is something to give back."""
        poll = select.poll()
        by_number = {worker.fileno(): worker for worker in self._workers}
        for number, worker in by_number.items():
            poll.register(number, select.POLLIN | (select.POLLOUT if worker.has_more_to_send else 0))
        nobody_is_ready = not any(worker.is_ready for worker in self._workers)
        began = monotonic()
        events = poll.poll(0 if chunks.has_finished else _LOOK_SECONDS * 1000)
        if nobody_is_ready:
            self.counts.start_seconds += monotonic() - began
        for number, event in events:
            self._serve(by_number[number], event, chunks)

    def _serve(self, worker: WorkerProcess, event: int, chunks: Chunks) -> None:
        if event & select.POLLOUT:
            worker.send()
        if not event & ~select.POLLOUT:
            return
        try:
            for said in worker.receive():
                self._hear(worker, said, chunks)
        except EOFError:
            self._mourn(worker, chunks)

    def _hear(self, worker: WorkerProcess, said: Ready | Answer, chunks: Chunks) -> None:
        if isinstance(said, Ready):
            worker.is_ready = True
            self._stillborn = 0
            self.counts.start_cpu_seconds += said.cpu_seconds
            return
        self.counts.parse_seconds += said.seconds
        chunks.answered(worker.pieces.popleft(), said.results)
        if worker.for_one_piece:
            self._end([worker])

    def _mourn(self, worker: WorkerProcess, chunks: Chunks) -> None:
        """See to the work of a dead one."""
        why = worker.why_it_died(self._deadline)
        number, stamp = worker.what_was_in_hand()
        self._end([worker])
        self.counts.restarts += 1
        if not worker.is_ready:
            self._count_stillborn(why.reason)
            chunks.give_back(worker.pieces)
        elif worker.pieces:
            first, *others = worker.pieces
            chunks.give_back(others)
            culprit = chunks.died(first, number, why, stamp)
            _log_death(why.reason, culprit, first)

    def _count_stillborn(self, reason: str) -> None:
        self._stillborn += 1
        if self._stillborn >= _STILLBORN_IN_A_ROW:
            raise ScannerdError(
                f"the parser workers end before they are ready ({reason})",
                hint="what they wrote on stderr says why",
            )

    def _look_after_the_late(self) -> None:
        for worker in self._workers:
            worker.stop_if_late(self._deadline)

    def _end(self, workers: list[WorkerProcess]) -> None:
        workers = list(workers)
        for worker in workers:
            worker.kill()
        for worker in workers:
            self._workers.remove(worker)
            worker.bury()


def _log_death(reason: str, culprit: Job | None, piece: Piece) -> None:
    if culprit is None:
        logger.warning("%s between two files; its %d files are parsed again one by one", reason, len(piece.jobs))
    else:
        again = "it counts as unreadable" if piece.is_retry else "it is tried once more"
        logger.warning("%s over %r; %s", reason, os.fsdecode(culprit.path), again)
