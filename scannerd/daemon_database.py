"""The daemon's way to its database: one session for each lane, and the times when there is none."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from scannerd.db.connect import translated
from scannerd.db.opening import Database, is_alive
from scannerd.db.queries import run
from scannerd.errors import ScannerdError

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 60.0
_CANCEL_SECONDS = 5.0
_FORMER_END_WITHIN, _STEP = 10.0, 0.02  # seconds


class Sessions:
    """One database for all lanes."""

    def __init__(
        self, database: Database, prepare: Callable[[Connection[Any]], None], *, former: Collection[int] = ()
    ) -> None:
        """`prepare` is done with every new session, before anybody uses it.

        What `former` sessions of ours led on is free once the server has ended them too, a moment after we did.
        """
        self._database = database
        self._prepare = prepare
        self._former = former
        # One after the other: the first one waits for former sessions, and brings the schema up to date.
        self._lock = threading.Lock()

    def session(self) -> Session:
        """One more, not yet connected."""
        return Session(self._connect)

    def _connect(self) -> Connection[Any]:
        with self._lock:
            conn = self._database.connect()
            try:
                with translated():
                    self._prepare(conn)
                    self._wait_for_former(conn)
            except BaseException:
                conn.close()
                raise
            return conn

    def _wait_for_former(self, conn: Connection[Any]) -> None:
        former, self._former = list(self._former), ()
        until = time.monotonic() + _FORMER_END_WITHIN
        while former and run(conn, "list_living", sessions=former).fetchall() and time.monotonic() < until:
            time.sleep(_STEP)


class Session:
    """A connection that is made anew when it was lost."""

    def __init__(self, connect: Callable[[], Connection[Any]]) -> None:
        self._connect = connect
        self._conn: Connection[Any] | None = None

    def living(self) -> Connection[Any]:
        """One that answers."""
        if self._conn is None or not is_alive(self._conn):
            self.end()
            self._conn = self._connect()
        return self._conn

    @property
    def pid(self) -> int | None:
        """The server's process for it, while there is one."""
        conn = self._conn
        return None if conn is None or conn.closed else conn.info.backend_pid

    @property
    def is_busy(self) -> bool:
        """Whether the server is at work for it."""
        conn = self._conn
        return conn is not None and not conn.closed and conn.info.transaction_status == TransactionStatus.ACTIVE

    def cancel(self) -> None:
        """Have the server give up what it does for it, from another thread: whoever waits for that rolls back."""
        conn = self._conn
        if conn is not None and not conn.closed:
            with suppress(psycopg.Error):
                conn.cancel_safe(timeout=_CANCEL_SECONDS)

    def cut(self) -> None:
        """Have the server end it, and let go of all it holds, although a thread that hangs may still have it."""
        conn = self._conn
        if conn is not None and not conn.closed:
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(conn.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close it; nobody knows what state it is in."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()


class Outage:
    """A time without a usable database: told once when it begins and once when it ends, however many wait for it."""

    def __init__(self) -> None:
        self._pauses: dict[str, float] = {}

    def pause_after(self, exc: ScannerdError, lane: str) -> float:
        """How long a lane is to wait now, with some jitter: two daemons should not knock together."""
        if not self._pauses:
            logger.warning("%s; waiting for it", exc, extra={"action": "database_lost"})
        else:
            logger.debug("still waiting: %s", exc)
        self._pauses[lane] = min(max(1.0, self._pauses.get(lane, 0.0) * 2), _LONGEST_PAUSE)
        return self._pauses[lane] * random.uniform(0.75, 1.0)  # noqa: S311 - not a secret

    def over(self, lane: str) -> None:
        """The database served this lane again."""
        if self._pauses.pop(lane, None) is not None and not self._pauses:
            logger.info("the database is back", extra={"action": "database_back"})
