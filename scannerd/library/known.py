"""Known files from the database, as a walk meets them, and what a walk found on its way back there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from psycopg import Connection

from scannerd.db.copying import copy_rows
from scannerd.db.queries import load, run
from scannerd.library.changes import FolderChanges, Known
from scannerd.library.walk import FileSeen

PAGE = 10_000

_FOUND_TYPES = ["int4", "int8", "bytea", "bytea", "int8", "int8", "int8", "bytea"]
_VANISHED_TYPES = ["int4", "int8"]


def list_known(
    conn: Connection[Any], root_id: int, *, folder: bytes = b"", parsed_by: int | None
) -> Iterator[tuple[bytes, list[Known]]]:
    """Each known folder at or below `folder` with its files, in byte order; a page at a time is held.

    Files not read by the parsers of version `parsed_by` are not trusted; None trusts none.
    """
    query, end = load()["list_known_files"].sql, _end_of(folder)
    after: tuple[bytes, bytes] = (folder, b"")
    waiting: tuple[bytes, list[Known]] | None = None
    while True:
        params = {"root_id": root_id, "after_folder": after[0], "after_name": after[1], "end_folder": end}
        rows = conn.execute(query, params | {"page": PAGE, "parsed_by": parsed_by}, binary=True).fetchall()
        for path, files in groupby(rows, key=itemgetter(0)):
            known = [Known(*file[1:]) for file in files]
            if waiting is not None and waiting[0] == path:
                waiting[1].extend(known)
                continue
            if waiting is not None:
                yield waiting
            waiting = (path, known)
        if len(rows) < PAGE:
            break
        after = rows[-1][:2]
    if waiting is not None:
        yield waiting


def _end_of(folder: bytes) -> bytes:
    """What comes behind every folder below this one: no name is as long as the last of all."""
    return folder[:-1] + b"0" if folder else b"\xff" * 256


class Found(NamedTuple):
    """A file that is to be read."""

    root_id: int
    file_id: int | None
    folder: bytes
    file: FileSeen


class Findings:
    """What a walk found that is not as it was, in temp tables: however much it is, little of it is held here."""

    def __init__(self, conn: Connection[Any], unit_of: Callable[[bytes, bytes], bytes] | None = None) -> None:
        self._conn = conn
        self._unit_of: Callable[[bytes, bytes], bytes | None] = unit_of or (lambda _folder, _name: None)
        self._made = False
        self._found: list[tuple[object, ...]] = []
        self._vanished: list[tuple[int, int]] = []

    @property
    def any(self) -> bool:
        """Whether there is anything at all."""
        return self._made or bool(self._found or self._vanished)

    def add(self, root_id: int, changes: FolderChanges) -> None:
        """New, changed and vanished files of one folder."""
        path, unit_of = changes.path, self._unit_of
        self._found += ((root_id, None, path, file.name, *file.stamp, unit_of(path, file.name)) for file in changes.new)
        self._found += (
            (root_id, id_, path, file.name, *file.stamp, unit_of(path, file.name)) for id_, file in changes.changed
        )
        self._vanished += ((root_id, file_id) for file_id in changes.vanished)
        if len(self._found) + len(self._vanished) > PAGE:
            self.flush()

    def add_changed(self, files: Iterable[Found]) -> None:
        """Files that turned out to hold something else."""
        self._found += (
            (
                *(one.root_id, one.file_id, one.folder, one.file.name),
                *one.file.stamp,
                self._unit_of(one.folder, one.file.name),
            )
            for one in files
        )

    def flush(self) -> None:
        """Send what is held."""
        if not self._found and not self._vanished:
            return
        if not self._made:
            run(self._conn, "create_scan_tables")
            self._made = True
        copy_rows(self._conn, "copy_scan_found", _FOUND_TYPES, self._found)
        copy_rows(self._conn, "copy_scan_vanished", _VANISHED_TYPES, self._vanished)
        self._found, self._vanished = [], []

    def count(self) -> int:
        """How many files are to be read."""
        if not self._made:
            return 0
        row = run(self._conn, "count_found").fetchone()
        count = int(row[0]) if row else 0
        if count > PAGE:
            run(self._conn, "index_found")  # else every page would sort all of it
        return count

    def files(self) -> Iterator[tuple[int, bytes, bytes, int | None]]:
        """Root, folder, name and number of the files to be read, in the order of a walk, a page at a time."""
        after: tuple[int, bytes, bytes] = (0, b"", b"")
        while self._made:
            page = run(
                self._conn,
                "list_found",
                after_root=after[0],
                after_folder=after[1],
                after_name=after[2],
                page=PAGE,
            ).fetchall()
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1][:3]

    def drop(self) -> None:
        """Forget all of it."""
        if self._made and not self._conn.closed:
            run(self._conn, "drop_scan_tables")
