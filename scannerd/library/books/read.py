"""The second half of a scan of books: units through the parse pool, and what they say into the database.

Units come in order, a page at a time; each is derived when all of its files that were to be read are there. A batch of
units is written while the next one is parsed and derived. The names of a batch are found or created first, in short
transactions that commit; then each book is written in a transaction of its own.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.books.book import Book, BookFile, JustRead
from scannerd.library.books.derive import derive_unit
from scannerd.library.books.documents import BookIds
from scannerd.library.books.numbers import find_names, give_numbers, list_held
from scannerd.library.books.owed import Unit, list_pages, list_units
from scannerd.library.books.plan import Place, Planned, UnitPlan, held_ids, plan_unit
from scannerd.library.books.write import Writing, book_writing, unit_writings, write
from scannerd.library.commits import without_waiting
from scannerd.library.names import Names
from scannerd.library.parse import Job, ParsePool, Result
from scannerd.library.summary import Summary
from scannerd.library.walk import shown
from scannerd.model.book import BookFileSaid
from scannerd.model.media import Unreadable

logger = logging.getLogger(__name__)

BATCH = 512
"""Files of the units that are written together, or up to the end of a unit."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A unit with the books that its files make."""

    place: Place
    files: Sequence[BookFile]
    books: Sequence[Book]

    @classmethod
    def of(cls, unit: Unit) -> Derived:
        """Derive a unit of which everything is read. Pure."""
        files = [file for at, file in enumerate(unit.files) if at not in unit.gone]
        return cls(unit.place, files, derive_unit(files))


@dataclass(slots=True)
class BookReader:
    """Reads files and writes the books they make; one for a scan."""

    conn: Connection[Any]
    catalogue_id: int
    names: Names
    roots: dict[int, bytes]
    pool: ParsePool
    summary: Summary
    stop: threading.Event
    tell: Callable[[int], None]
    rewrote: bool = False  # whether a known book was written, which may have lost something
    _writing: tuple[list[Writing], Future[list[tuple[Writing, psycopg.Error]]]] | None = field(default=None)

    def read(self) -> None:
        """Derive and write all that is owed; `stop` is looked at between batches."""
        with without_waiting(self.conn), ThreadPoolExecutor(1) as writer:
            for batch in in_batches(chain(self._paged(is_read=False), self._parsed())):
                with self.summary.timed("derive"):
                    derived = [Derived.of(unit) for unit in batch]
                self._finish()
                if self.stop.is_set():
                    break
                self._begin(derived, writer)
            self._finish()
        counts, summary = self.pool.counts, self.summary
        summary.workers, summary.worker_restarts = counts.workers, counts.restarts
        summary.seconds["pool start"] = counts.start_seconds

    def _begin(self, derived: Sequence[Derived], writer: ThreadPoolExecutor) -> None:
        """Find numbers and names of a batch, and have it written while the next one is parsed and derived.

        The writer has the connection until `_finish`; nobody else may use it in between.
        """
        with self.summary.timed("names"):
            units = self._planned(derived)
            written = [one.book for unit in units for one in unit.books if not one.is_same]
            ids = find_names(self.conn, self.names, written)
        writings = [one for unit in units for one in unit_writings(unit, ids, self.catalogue_id)]
        owed = [file_id for writing in writings for file_id in writing.owed]
        if owed:
            run(self.conn, "owe_files", ids=owed)
        self._writing = (writings, writer.submit(write, self.conn, writings))

    def _finish(self) -> None:
        """Wait for the batch that is being written; what failed of it is tried again alone, then told."""
        if self._writing is None:
            return
        (writings, written), self._writing = self._writing, None
        with self.summary.timed("write"):
            failed = {id(writing) for writing, _ in written.result()}
        for writing in writings:
            self._count(writing)
            if id(writing) not in failed or self._write_alone(writing):
                self.summary.books += writing.planned is not None
        self.tell(sum(file.read is not None for writing in writings for file in writing.files))

    def _paged(self, *, is_read: bool) -> Iterator[Unit]:
        """The units that are owed, many files at a time: they come over the connection that the writer has."""
        self._finish()
        for page in list_pages(self.conn, is_read=is_read):
            self._finish()
            yield from list_units(self.conn, self.catalogue_id, page, is_read=is_read)

    def _parsed(self) -> Iterator[Unit]:
        """The units with files to read, in order, each when all of them are read."""
        waiting: deque[Unit] = deque()
        asked: dict[int, tuple[Unit, int]] = {}

        def jobs() -> Iterator[Job]:
            number = 0
            for unit in self._paged(is_read=True):
                waiting.append(unit)
                for at in unit.to_read:
                    asked[number] = unit, at
                    yield Job(number, self._path(unit.files[at]))
                    number += 1

        chunks = self.pool.parse(jobs(), stop=self.stop)
        while True:
            with self.summary.timed("parse"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            for result in chunk:
                self._take(*asked.pop(result.number), result)
            while waiting and not waiting[0].unread:
                yield waiting.popleft()

    def _path(self, file: BookFile) -> bytes:
        return self.roots[file.root_id] + b"/" + file.folder + file.name

    def _take(self, unit: Unit, at: int, result: Result) -> None:
        """The file as it was read; as it was known where nothing was learned of it, and the next scan tries again."""
        unit.unread -= 1
        file, outcome = unit.files[at], result.outcome
        if result.stamp is not None and isinstance(outcome, BookFileSaid | Unreadable):
            unit.files[at] = replace(
                file,
                state="unreadable" if isinstance(outcome, Unreadable) else "present",
                said=None if isinstance(outcome, Unreadable) else outcome,
                read=JustRead(result.stamp, result.content_hash, outcome),
            )
            return
        if isinstance(outcome, Unreadable):
            self._fail(file.folder + file.name, outcome.reason, 1)
        if file.file_id is None:
            unit.gone.add(at)

    def _planned(self, derived: Sequence[Derived]) -> list[UnitPlan]:
        """Which book each one is; new ones have their numbers already."""
        known = held_ids(file for one in derived for file in one.files)
        held = list_held(self.conn, self.catalogue_id, known)
        taken: set[int] = set()
        return give_numbers(self.conn, [plan_unit(one.place, one.files, one.books, held, taken) for one in derived])

    def _write_alone(self, failed: Writing) -> bool:
        """Once more with numbers asked of the database: another process may have taken a row away meanwhile."""
        for kind, ids in failed.names.items():
            self.names.forget(kind, ids)
        errors = write(self.conn, self._once_more(failed))
        for again, exc in errors:
            self._fail(_place_of(again), str(exc).partition("\n")[0], _files_in(again))
        return not errors

    def _once_more(self, failed: Writing) -> list[Writing]:
        planned = failed.planned
        ids = held_ids(failed.files)
        if planned is not None and planned.book_id is not None:
            ids.add(planned.book_id)
        held = list_held(self.conn, self.catalogue_id, ids)
        unit = failed.unit
        if planned is None:
            others = tuple(file if file.book_id in held else replace(file, book_id=None) for file in unit.others)
            empty = BookIds({}, {}, {}, {})
            return list(unit_writings(replace(unit, books=(), others=others), empty, self.catalogue_id))
        if not planned.is_new and planned.book_id not in held:
            (unit,) = give_numbers(self.conn, [replace(unit, books=(Planned(planned.book, None, is_new=True),))])
            (planned,) = unit.books
        named = find_names(self.conn, Names(self.catalogue_id, None), [planned.book])
        return [book_writing(unit, planned, named, self.catalogue_id)]

    def _fail(self, path: bytes, reason: str, files: int) -> None:
        self.summary.files.failed += files
        logger.warning("%s was not written, and is tried again by the next scan: %s", shown(path), reason)

    def _count(self, writing: Writing) -> None:
        outcomes = [file.read.outcome for file in writing.files if file.read is not None]
        self.summary.files.parsed += len(outcomes)
        self.summary.files.unreadable += sum(isinstance(outcome, Unreadable) for outcome in outcomes)
        self.rewrote = self.rewrote or writing.planned is None or not writing.planned.is_new


def in_batches(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """As many units at a time as are well written together."""
    batch: list[Unit] = []
    files = 0
    for unit in units:
        batch.append(unit)
        files += len(unit.files)
        if files >= BATCH:
            yield batch
            batch, files = [], 0
    if batch:
        yield batch


def _files_in(writing: Writing) -> int:
    """What counts as failed with it; a book of which nothing was read is one, too."""
    return sum(file.read is not None for file in writing.files) or 1


def _place_of(writing: Writing) -> bytes:
    return writing.unit.unit if len(writing.files) != 1 else writing.files[0].folder + writing.files[0].name
