"""`scannerd db …`: the database itself, for whoever wants to look or to connect."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scannerd import cli_output as out
from scannerd.config import Settings
from scannerd.db import embedded, migrate
from scannerd.db.connect import translated
from scannerd.db.opening import Database, bring_up_to_date
from scannerd.errors import EmbeddedError, UsageError
from scannerd.wiring import database_of, reading


def print_url(settings: Settings, *, as_json: bool) -> int:
    """How other programs connect."""
    database = database_of(settings)
    url = database.url or embedded.running(database.state)
    if url is None:
        raise EmbeddedError("the private database is not running", hint='it runs while "scannerd run" does')
    url = _as_url(url) if database.url is None else url
    if as_json:
        out.document({"url": url, "psql": psql_line(database)})
    else:
        out.line(url)
    return 0


def _as_url(conninfo: str) -> str:
    """The private database as a URL; its host is the folder of a socket, which has its place among the parameters."""
    told = conninfo_to_dict(conninfo)
    where = urlencode({"host": str(told["host"]), "port": str(told["port"])}, quote_via=quote)
    return f"postgresql://{told['user']}@/{told['dbname']}?{where}"


def psql_line(database: Database) -> str:
    """A command that opens psql on the running database; a password is left for psql to ask."""
    if database.url is None:
        return embedded.psql_line(database.state)
    return shlex.join(["psql", _without_password(database.url)[0]])


def _without_password(url: str) -> tuple[str, str | None]:
    try:
        told = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "", None
    password = told.pop("password", None)
    return make_conninfo("", **told), None if password is None else str(password)


def bring_up(settings: Settings, *, as_json: bool) -> int:
    """Apply the migrations that are missing."""
    with database_of(settings) as database, closing(database.connect()) as conn:
        applied = bring_up_to_date(conn)
    if as_json:
        out.document({"applied": applied, "known": [migration.name for migration in migrate.migrations()]})
    else:
        out.line(f"applied {', '.join(applied)}" if applied else "the database is up to date")
    return 0


def open_psql(settings: Settings) -> int:
    """Hand the terminal to psql, and keep the private server up meanwhile."""
    import signal

    with database_of(settings) as database:
        database.connect().close()
        command, environment = _psql(database)
        if shutil.which(command[0]) is None:
            raise UsageError("psql is not installed", hint='"scannerd db query" needs none')
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for psql, which cancels a query by it
        try:
            return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
        finally:
            signal.signal(signal.SIGINT, before)


def _psql(database: Database) -> tuple[list[str], dict[str, str]]:
    environment = dict(os.environ)
    if database.url is None:
        return shlex.split(embedded.psql_line(database.state)), environment
    bare, password = _without_password(database.url)
    if password is not None:
        environment["PGPASSWORD"] = password  # on the command line, everybody could read it
    return ["psql", bare], environment


def query(settings: Settings, sql: str, *, as_json: bool) -> int:
    """Ask one question; what it answers goes to a terminal as a table, else as JSON."""
    with reading(settings) as conn:
        conn.execute("set search_path to public")  # a question is about the views, whatever a table is called
        columns, rows = _ask(conn, sql)
    if as_json or not sys.stdout.isatty():
        out.document([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        out.table(columns, rows)
    return 0


def _ask(conn: psycopg.Connection[Any], sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Prepared, so that it is one statement, in a transaction that may only read."""
    conn.read_only = True
    try:
        with translated(), conn.transaction(), conn.cursor() as cursor:
            cursor.execute(sql.encode(), prepare=True)
            if cursor.description is None:
                return [], []
            return _names([column.name for column in cursor.description]), cursor.fetchall()
    except psycopg.Error as exc:
        said = exc.diag.message_primary or str(exc).strip()
        raise UsageError(f"the query failed: {said}", hint=_hint(exc)) from exc


def _hint(exc: psycopg.Error) -> str:
    if isinstance(exc, psycopg.errors.ReadOnlySqlTransaction):
        return 'a query only reads; to change things, use "scannerd db psql" at your own risk'
    if "multiple commands" in str(exc):
        return "ask one question at a time"
    views = ", ".join(sorted(name.removeprefix("public.") for name in migrate.views()))
    return exc.diag.message_hint or f"the views are {views}"


def _names(columns: list[str]) -> list[str]:
    """Each name once: the second `id` becomes `id_2`."""
    seen: dict[str, int] = {}
    for number, name in enumerate(columns):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            columns[number] = f"{name}_{seen[name]}"
    return columns
