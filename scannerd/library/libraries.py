"""Libraries and their roots as rows, and the lock that makes one scan at a time of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, Cursor

from scannerd.db.locks import free_library, try_library
from scannerd.db.queries import run
from scannerd.errors import AlreadyRunning, ConfigError


@dataclass(frozen=True, slots=True)
class LibrarySpec:
    """A library as the settings name it."""

    name: str
    roots: tuple[bytes, ...]  # absolute
    kind: str = "music"
    catalogue: str = "music"
    instance: str = "main"
    ignore: tuple[str, ...] = ()
    follow_mounts: bool = True


@dataclass(frozen=True, slots=True)
class Root:
    """One folder of a library."""

    id: int
    path: bytes
    device: int | None  # at the last scan


@dataclass(frozen=True, slots=True)
class Library:
    """A library as it stands in the database."""

    id: int
    catalogue_id: int
    roots: tuple[Root, ...]
    is_settled: bool = True  # False: the last scan that wrote something was broken off


def keep_library(conn: Connection[Any], spec: LibrarySpec) -> Library:
    """The rows of a library, made on first use; roots the settings name no longer are marked so.

    ConfigError where it was of another kind: a file cannot hold a track and be a part of a book.
    """
    with conn.transaction():
        catalogue_id = _one(run(conn, "keep_catalogue", name=spec.catalogue))
        ((library_id, is_settled, kind),) = run(
            conn,
            "keep_library",
            instance=spec.instance,
            name=spec.name,
            kind=spec.kind,
            catalogue_id=catalogue_id,
        ).fetchall()
        if kind != spec.kind:
            raise ConfigError(
                f'the library "{spec.name}" holds {kind}, and the settings call it {spec.kind} now',
                hint="give it another name: what it held is then marked missing, and nothing of it is lost",
            )
        run(conn, "keep_roots", library_id=library_id, paths=list(spec.roots))
        run(conn, "configure_roots", library_id=library_id, paths=list(spec.roots))
        rows = run(conn, "list_roots", library_id=library_id).fetchall()
    roots = tuple(Root(id_, path, device) for id_, path, device, is_configured in rows if is_configured)
    return Library(library_id, catalogue_id, roots, is_settled)


def leave_out_others(conn: Connection[Any], names: Sequence[str], *, instance: str) -> int:
    """The files of libraries that the settings name no longer are missing from now on; how many that are."""
    with conn.transaction():
        left = run(conn, "unconfigure_other_libraries", instance=instance, names=list(names)).fetchall()
        ids = {library_id for (library_id,) in left}
        gone = sum(run(conn, "mark_unconfigured_missing", library_id=library_id).rowcount for library_id in ids)
        if gone:
            run(conn, "unsettle_others", instance=instance)
        return gone


@contextmanager
def only_scan(conn: Connection[Any], library: Library, name: str) -> Iterator[None]:
    """Hold the library's lock for the session. AlreadyRunning where another scan has it, be it on another machine."""
    if not try_library(conn, library.id):
        raise AlreadyRunning(
            f'the library "{name}" is being scanned already', hint="try again when that scan has ended"
        )
    try:
        yield
    finally:
        if not conn.closed:
            free_library(conn, library.id)


def _one(cursor: Cursor[Any]) -> int:
    ((number,),) = cursor.fetchall()
    return int(number)
