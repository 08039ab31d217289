"""The database of this installation: the user's own, or the private one, which runs for as long as somebody needs it.

Whatever opens it also makes sure that its schema is the one this program was written for.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

from scannerd.db import cluster, migrate
from scannerd.db.connect import connect, translated
from scannerd.db.embedded import Embedded, running
from scannerd.db.folders import Folders
from scannerd.db.queries import run
from scannerd.db.share import Share
from scannerd.errors import DatabaseRefused, DatabaseUnavailable, EmbeddedError, SchemaMismatch

logger = logging.getLogger(__name__)

_STARTED_WITHIN = 15.0  # seconds that whoever ends waits for a server that is just being started


class Database:
    """A way to the database; leaving it lets go of the private server, which ends with its last user."""

    def __init__(
        self,
        *,
        url: str | None,
        state: Path,
        binaries: Path | None = None,
        owner: str | None = None,
        share: Share | None = None,
    ) -> None:
        self.url = url
        self.state = state
        self._binaries = binaries
        self._owner = owner
        self._share = share
        self._server: Embedded | None = None
        self._conninfo = url or ""
        self._starting = threading.Lock()  # two who find no server must not both start one: one of them would stay

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether there is one; the private one is made on first use."""
        if self.url is not None:
            return True
        try:
            return cluster.major(Folders(self.state.absolute()).data) is not None
        except PermissionError:
            return True  # somebody else's, as starting it will tell

    def connect(self) -> Connection[Any]:
        """Open a session in autocommit mode; the private server is started when it does not run (any more)."""
        with self._starting:
            if self.url is None and (self._server is None or running(self.state) is None):
                self._start()
        return connect(self._conninfo, autocommit=True)

    def conninfo(self) -> str:
        """How to reach it, once a session was opened."""
        return self._conninfo

    def close(self) -> None:
        """Let go of the private server."""
        if not self._starting.acquire(timeout=_STARTED_WITHIN):
            said = "PostgreSQL does not come to its feet so soon: it is left to itself, and the next start finds it"
            logger.warning(said, extra={"action": "server_left"})
            return
        try:
            self._let_go()
        finally:
            self._starting.release()

    def _let_go(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _start(self) -> None:
        with suppress(EmbeddedError):  # of a server that was killed; what is left of it is waited for below
            self._let_go()
        server = Embedded(self.state, binaries=self._binaries, owner=self._owner, share=self._share)
        self._conninfo = server.start()
        self._server = server


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raise whatever the database says as an error of ours: lost, or refused."""
    try:
        with translated():
            yield
    except psycopg.Error as exc:
        said = exc.diag.message_primary or str(exc).strip() or type(exc).__name__
        hint = exc.diag.message_hint
        if hint is None and isinstance(exc, psycopg.errors.InsufficientPrivilege):
            hint = "give scannerd a database of its own: create database scannerd owner <the user of database.url>"
        raise DatabaseRefused(f"the database refused: {said}", hint=hint) from exc


def bring_up_to_date(conn: Connection[Any]) -> list[str]:
    """Apply what is missing and say what that was."""
    with in_our_words():
        applied = migrate.migrate(conn)
    if applied:
        logger.info("brought the database up to date: %s", ", ".join(applied), extra={"action": "migrated"})
    return applied


def require_up_to_date(conn: Connection[Any]) -> None:
    """Refuse a database whose schema is older than this program."""
    with in_our_words():
        missing = migrate.check(conn)
    if missing:
        raise SchemaMismatch(
            f"the database is older than this scannerd: it lacks {', '.join(missing)}",
            hint='run "scannerd db migrate"',
        )


def is_new(conn: Connection[Any]) -> bool:
    """Whether scannerd never worked in this database."""
    with in_our_words():
        return len(migrate.check(conn)) == len(migrate.migrations())


def set_counting_rule(conn: Connection[Any], *, min_played_ms: int) -> None:
    """Tell the views from which length on a listen counts; who may only read leaves it as it is."""
    try:
        with translated():
            run(conn, "set_rule", name="min_played_ms", value=str(min_played_ms))
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction):
        logger.debug("the counting rule of this database is not ours to set")


def is_alive(conn: Connection[Any]) -> bool:
    """Whether the session still answers."""
    try:
        with translated():
            conn.execute("select")
    except DatabaseUnavailable:
        return False
    return True
