"""The second half of a scan: files through the parse pool, and what they say into the database, batch by batch.

A batch is some folders whole, so that the files of an album can agree on it. Its names are found or created first, in
short transactions that commit; then each file and its track is written in a transaction of its own. Commits follow one
another to the disk in order, so a crash of the server takes back the last ones, and never a name that a track needs.
"""

from __future__ import annotations

import logging
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.commits import without_waiting
from scannerd.library.music.batches import Prepared, Read, in_batches
from scannerd.library.music.releases import ReleaseName, create_releases
from scannerd.library.music.resolve import Album, Wanted
from scannerd.library.music.tracks import Plan, place, plan
from scannerd.library.music.write import FileRow, Writing, track_writing, unreadable_writing, write
from scannerd.library.names import Names
from scannerd.library.parse import Gone, Job, ParsePool, Result
from scannerd.library.scan_cache import Ids, Kind
from scannerd.library.summary import Summary
from scannerd.library.walk import shown
from scannerd.model.artist_names import SplitRules
from scannerd.model.media import Unreadable

logger = logging.getLogger(__name__)

PAGE = 10_000
"""Files that are asked for at a time."""

FileToRead = tuple[int, bytes, bytes, int | None]
"""Root, folder, name, and the number of a file that is known already."""


@dataclass(slots=True)
class Reader:
    """Reads files and writes what they say; one for a scan."""

    conn: Connection[Any]
    catalogue_id: int
    names: Names
    rules: SplitRules
    roots: dict[int, bytes]
    pool: ParsePool
    summary: Summary
    stop: threading.Event
    tell: Callable[[int], None]
    touched: set[int] = field(default_factory=set)  # tracks that lost a file
    written: array[int] = field(default_factory=lambda: array("q"))  # tracks whose tags were written
    left_releases: set[int] = field(default_factory=set)  # that a track was on before
    rewrote: bool = False  # whether a known track was written, which may have lost a relation
    guessed: set[tuple[int, bytes, str]] = field(default_factory=set)  # albums whose files name no album artist
    _writing: tuple[Sequence[Read], list[Writing], Future[list[tuple[Writing, psycopg.Error]]]] | None = None

    def read(self, files: Iterable[FileToRead]) -> None:
        """Parse these files and write them; `stop` is looked at between batches."""
        with without_waiting(self.conn), ThreadPoolExecutor(1) as writer:
            for batch in in_batches(self._parsed(self._paged(files))):
                prepared = Prepared.of(batch, self.rules)
                self._finish()
                if self.stop.is_set():
                    break
                self._begin(prepared, writer)
            self._finish()
        counts, summary = self.pool.counts, self.summary
        summary.workers, summary.worker_restarts = counts.workers, counts.restarts
        summary.seconds["pool start"] = counts.start_seconds

    def _begin(self, prepared: Prepared, writer: ThreadPoolExecutor) -> None:
        """Create the names of a batch, and have it written while the next one is parsed and taken apart.

        The writer has the connection until `_finish`; nobody else may use it in between.
        """
        try:
            writings = self._writings(prepared, self.names)
        except psycopg.errors.ForeignKeyViolation:
            # Somebody was merged away since the cache learned of them.
            writings = self._writings(prepared, Names(self.catalogue_id, None))
        self._writing = (prepared.batch, writings, writer.submit(write, self.conn, writings))

    def _finish(self) -> None:
        """Wait for the batch that is being written; what failed of it is tried again alone, then told."""
        if self._writing is None:
            return
        (batch, writings, written), self._writing = self._writing, None
        with self.summary.timed("write"):
            failed = written.result()
        self._touch_broken(batch)
        again = {id(writing) for writing, _ in failed}
        by_file = {(read.file.root_id, read.file.folder, read.file.name): read for read in batch}
        for writing in writings:
            self._count(writing)
            if id(writing) in again:
                self._write_alone(by_file[writing.file.root_id, writing.file.folder, writing.file.name], writing)
        self.tell(len(batch))

    def _paged(self, files: Iterable[FileToRead]) -> Iterator[FileToRead]:
        """The same files, many at a time: they may come over the connection that the writer has."""
        files = iter(files)
        while True:
            self._finish()
            page = list(islice(files, PAGE))
            if not page:
                return
            yield from page

    def _parsed(self, files: Iterable[FileToRead]) -> Iterator[Read]:
        waiting: dict[int, FileToRead] = {}

        def jobs() -> Iterator[Job]:
            for number, (root_id, folder, name, file_id) in enumerate(files):
                waiting[number] = (root_id, folder, name, file_id)
                yield Job(number, self.roots[root_id] + b"/" + folder + name)

        chunks = self.pool.parse(jobs(), stop=self.stop)
        while True:
            with self.summary.timed("parse"):
                chunk = next(chunks, None)
            if chunk is None:
                return
            for result in chunk:
                read = self._taken(waiting.pop(result.number), result)
                if read is not None:
                    yield read

    def _taken(self, file: FileToRead, result: Result) -> Read | None:
        root_id, folder, name, file_id = file
        if isinstance(result.outcome, Gone):
            return None
        if result.stamp is None:
            reason = result.outcome.reason if isinstance(result.outcome, Unreadable) else "it cannot be looked at"
            self._fail(folder + name, reason)
            return None
        return Read(FileRow(root_id, folder, name, result.stamp, result.content_hash), file_id, result.outcome)

    def _touch_broken(self, batch: Sequence[Read]) -> None:
        """Another file's tags may count now for the tracks of files that became unreadable."""
        ids = [read.file_id for read in batch if read.file_id and isinstance(read.outcome, Unreadable)]
        if ids:
            self.touched |= {track_id for (track_id,) in run(self.conn, "list_tracks_of_files", ids=ids)}

    def _write_alone(self, read: Read, failed: Writing) -> None:
        """Once more with ids asked of the database: another process may have taken or made a row of it meanwhile."""
        for _, params in failed.statements:
            self.names.forget(Kind.PERSON, params.get("persons", ()))
            self.names.forget(Kind.GENRE, params.get("genres", ()))
            self.names.forget(Kind.TAG, params.get("tags", ()))
            self.names.forget(Kind.RELEASE, [params.get("release_id")])
        (writing,) = self._writings(Prepared.of([read], self.rules), Names(self.catalogue_id, None))
        for _, exc in write(self.conn, [writing]):
            self._fail(read.file.folder + read.file.name, str(exc).partition("\n")[0])

    def _fail(self, path: bytes, reason: str) -> None:
        self.summary.files.failed += 1
        logger.warning("%s was not written, and is tried again by the next scan: %s", shown(path), reason)

    def _count(self, writing: Writing) -> None:
        self.summary.files.parsed += 1
        if writing.plan is None:
            self.summary.files.unreadable += 1
            return
        if writing.plan.left_track_id is not None:
            self.touched.add(writing.plan.left_track_id)
        if writing.plan.left_release_id is not None:
            self.left_releases.add(writing.plan.left_release_id)
        self.rewrote = self.rewrote or not writing.plan.is_new
        if writing.plan.is_primary:
            self.written.append(writing.plan.track_id)

    def _writings(self, prepared: Prepared, names: Names) -> list[Writing]:
        readable, wanted = prepared.readable, prepared.wanted
        with self.summary.timed("names"):
            persons = names.persons(self.conn, (name for one in wanted for name in one.persons))
            genres = names.genres(self.conn, (label for one in wanted for label in one.genres))
            tags = names.tags(self.conn, (label for one in wanted for label in one.tags))
            releases = self._releases(readable, wanted, persons, names)
            plans = self._plans(readable, wanted, persons, releases)
        written = [
            track_writing(read.file, one, catalogue_id=self.catalogue_id, persons=persons, genres=genres, tags=tags)
            for read, one in zip(readable, plans, strict=True)
        ]
        broken = [
            unreadable_writing(read.file, read.outcome)
            for read in prepared.batch
            if isinstance(read.outcome, Unreadable)
        ]
        return written + broken

    def _releases(
        self, readable: Sequence[Read], wanted: Sequence[Wanted], persons: Ids, names: Names
    ) -> list[int | None]:
        named = [
            _release_name(read.file, one.album, persons) if one.album else None
            for read, one in zip(readable, wanted, strict=True)
        ]
        self.guessed |= {
            (name.root_id, name.folder, name.match_key) for name in named if name and name.owner_is_guessed
        }
        ids = names.ids(self.conn, Kind.RELEASE, [name for name in named if name is not None], create_releases)
        return [ids[name.key] if name is not None else None for name in named]

    def _plans(
        self, readable: Sequence[Read], wanted: Sequence[Wanted], persons: Ids, releases: Sequence[int | None]
    ) -> list[Plan]:
        placed = [
            place(
                one,
                file_id=read.file_id,
                release_id=release_id,
                persons=persons,
                content_hash=read.file.content_hash or b"",
            )
            for read, one, release_id in zip(readable, wanted, releases, strict=True)
        ]
        return plan(self.conn, self.catalogue_id, placed) if placed else []


def _release_name(file: FileRow, album: Album, persons: Ids) -> ReleaseName:
    return ReleaseName(
        title=album.title,
        match_key=album.match_key,
        owners=tuple((persons[owner.key], owner.name) for owner in album.owners),
        root_id=file.root_id,
        folder=file.folder,
        mbid=album.mbid,
        group_mbid=album.group_mbid,
        edition=album.edition,
        owner_is_guessed=album.owner_is_guessed,
    )
