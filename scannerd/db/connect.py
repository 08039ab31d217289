"""A connection with our settings, and psycopg's errors in our words.

Whether an error passes by waiting is decided here and nowhere else: `is_lost` says so, `translated` raises it as ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from scannerd.errors import DatabaseError, DatabaseRefused, DatabaseUnavailable

OLDEST = 14
"""The oldest PostgreSQL, by major version, that the SQL in `sql/` is written for."""

_DEFAULTS: dict[str, str | int | None] = {
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    # A NAS loses its database host without a word; these find out in about a minute instead of two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_SETTINGS = {
    "jit": "off",
    "TimeZone": "UTC",
    "search_path": "scannerd, public",
    # The server looks for us too. Else the session of a daemon that was killed ends with its statement at the soonest,
    # and that of one whose machine lost power after two hours; and as long it keeps its locks from the next daemon.
    "client_connection_check_interval": "1s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30s",
}

_SET = """
select set_config(name, setting, false)
from unnest(%s::text[], %s::text[]) as wanted (name, setting)
-- a server elsewhere may not be able to, and would refuse it
where name <> 'client_connection_check_interval' or version() like '%%linux%%'
"""

# libpq hands over no SQLSTATE for a refused connection, only the text. A server that speaks another language falls
# through to "unavailable": we then wait and keep saying why, which is the harmless mistake of the two.
_REFUSALS = re.compile(
    r"password authentication failed|no password supplied|SASL authentication failed"  # 28P01
    r"|(?:role|user) .* does not exist|no such user|is not permitted to log in|(?:Peer|Ident) authentication failed"
    r"|no pg_hba\.conf entry|pg_hba\.conf rejects"  # 28000
    r"|database .* does not exist|no such database|is not currently accepting connections"  # 3D000
    r"|permission denied for database"  # 42501
)

_PASSING = frozenset(
    {
        "25P03",  # idle_in_transaction_session_timeout
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "53100",  # disk_full
        "53200",  # out_of_memory
        "53300",  # too_many_connections
        "55P03",  # lock_not_available
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "57P05",  # idle_session_timeout
    }
)


def connect(
    conninfo: str, *, application_name: str = "scannerd", autocommit: bool = False
) -> psycopg.Connection[TupleRow]:
    """Open a session; what the connection string itself says goes before our defaults."""
    conn = _open(conninfo, application_name)
    try:
        _check(conn)
        with translated():
            # One round trip, outside a transaction: a SET inside one would be undone by its rollback.
            conn.execute(_SET, [[*_SETTINGS], [*_SETTINGS.values()]])
            conn.autocommit = autocommit
    except BaseException:
        conn.close()
        raise
    return conn


def is_lost(exc: BaseException) -> bool:
    """Whether waiting may help: the connection was lost, or the server is short of something for now."""
    if isinstance(exc, DatabaseUnavailable):
        return True
    if not isinstance(exc, psycopg.Error) or isinstance(exc, psycopg.errors.PipelineAborted):
        return False
    if exc.sqlstate is None:
        return isinstance(exc, psycopg.OperationalError)
    return exc.sqlstate.startswith("08") or exc.sqlstate in _PASSING


@contextmanager
def translated() -> Iterator[None]:
    """Turn psycopg errors that pass by waiting into DatabaseUnavailable; let the others through as they are."""
    try:
        yield
    except psycopg.Error as exc:
        if not is_lost(exc):
            raise
        message = exc.diag.message_primary or _one_line(exc)
        raise DatabaseUnavailable(f"the database was lost: {message}", hint=exc.diag.message_hint) from exc


def _open(conninfo: str, application_name: str) -> psycopg.Connection[TupleRow]:
    try:
        defaults = make_conninfo("", **_DEFAULTS, application_name=application_name)
        whole = make_conninfo(defaults, **conninfo_to_dict(conninfo))
    except psycopg.ProgrammingError:
        # The text of this error quotes the string, and the string may hold a password.
        raise DatabaseRefused(
            "the database url is not a connection string PostgreSQL understands",
            hint="write it as postgresql://user@host:5432/database",
        ) from None  # a traceback in the log would quote it all the same
    try:
        return psycopg.connect(whole, autocommit=True)
    except psycopg.OperationalError as exc:
        raise _refusal(exc) from exc


def _refusal(exc: psycopg.OperationalError) -> DatabaseError:
    text = _one_line(exc)
    if _REFUSALS.search(text):
        return DatabaseRefused(
            f"the database refused us: {text}",
            hint="with database.url: compare its user, password and database with the server's; see its pg_hba.conf",
        )
    return DatabaseUnavailable(
        f"the database cannot be reached: {text}",
        hint="see whether the server runs, and whether database.url, if set, names its host and port",
    )


def _check(conn: psycopg.Connection[TupleRow]) -> None:
    version = conn.info.server_version
    if version < OLDEST * 10_000:
        raise DatabaseRefused(
            f"the database is PostgreSQL {version // 10_000}, older than {OLDEST}",
            hint="upgrade the server, or leave database.url empty to use the private one",
        )
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise DatabaseRefused(
            f"the database {conn.info.dbname!r} is encoded in {encoding}, which cannot hold every name",
            hint="create it anew: create database scannerd encoding 'UTF8' template template0",
        )


def _one_line(exc: psycopg.Error) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return "; ".join(lines[:2]).removeprefix("connection failed: ").removeprefix("connection is bad: ").rstrip(".?")
