"""A daemon's sessions: what passes by waiting is told from what does not, from the first statement on."""

from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from scannerd.daemon_database import Sessions
from scannerd.db import connect
from scannerd.errors import DatabaseUnavailable


def test_a_server_that_goes_while_a_session_is_prepared_is_waited_for(database: str) -> None:
    server: Any = SimpleNamespace(connect=lambda: connect.connect(database, autocommit=True))
    made: list[psycopg.Connection[Any]] = []

    def prepare(conn: psycopg.Connection[Any]) -> None:
        made.append(conn)
        conn.execute("select pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable, match=r"^the database was lost: terminating connection"):
        Sessions(server, prepare).session().living()
    assert made[0].closed
