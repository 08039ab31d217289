"""Libraries and their roots as rows, and the lock that makes one scan at a time of each."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Connection, Cursor

from scannerd.db.identity import Identity
from scannerd.db.locks import free_library, try_library
from scannerd.db.queries import run
from scannerd.errors import AlreadyRunning, ConfigError

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
"""So long a library belongs to a scannerd that is not heard of any more: a machine may be off for the holidays."""


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
    keeper: Identity | None = None  # whose settings these are


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
        _keep_for(conn, spec.keeper, [spec.name], instance=spec.instance)
        run(conn, "keep_roots", library_id=library_id, paths=list(spec.roots))
        run(conn, "configure_roots", library_id=library_id, paths=list(spec.roots))
        rows = run(conn, "list_roots", library_id=library_id).fetchall()
    roots = tuple(Root(id_, path, device) for id_, path, device, is_configured in rows if is_configured)
    return Library(library_id, catalogue_id, roots, is_settled)


def leave_out_others(
    conn: Connection[Any], names: Sequence[str], *, instance: str, keeper: Identity | None = None
) -> int:
    """The files of libraries that nobody's settings name any more are missing from now on; how many that are.

    A library belongs to every scannerd (that is to every state folder) of its installation whose settings named it
    when it last scanned it or was here, until its own settings name it no longer or it was not heard of for KEPT_FOR.
    One that is not running keeps what it has. With the last of them a library goes at once; `names` are what `keeper`
    has in its settings now.
    """
    with conn.transaction():
        _keep_for(conn, keeper, names, instance=instance)
        key = keeper.key if keeper else None
        run(conn, "release_libraries", instance=instance, keeper=key, names=list(names), kept_for=KEPT_FOR)
        rows = run(conn, "unconfigure_other_libraries", instance=instance, names=list(names)).fetchall()
        left: dict[int, str] = dict(rows)  # once for each of its folders
        gone = {id_: run(conn, "mark_unconfigured_missing", library_id=id_).rowcount for id_ in left}
        if any(gone.values()):
            run(conn, "unsettle_others", instance=instance)
    for id_, name in left.items():
        said = "the library %s is in no settings any more: its files are missing from now on (%s)"
        logger.info(said, name, f"{gone[id_]:,}", extra={"action": "library_left_out"})
    return sum(gone.values())


def _keep_for(conn: Connection[Any], keeper: Identity | None, names: Sequence[str], *, instance: str) -> None:
    if keeper is not None:
        run(conn, "keep_for", instance=instance, keeper=keeper.key, place=keeper.place, names=list(names))


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
