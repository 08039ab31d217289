"""The schema and what is in it: does it fit this program, did imports fail, are many files broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scannerd.db import migrate
from scannerd.db.connect import connect
from scannerd.db.embedded import running
from scannerd.db.opening import in_our_words
from scannerd.db.queries import run
from scannerd.doctor import programs, server
from scannerd.doctor.examination import AS_ROOT
from scannerd.doctor.finding import Finding, counted, ok, trouble, warning
from scannerd.doctor.patient import Database
from scannerd.errors import DatabaseError

_ABOUT = "database"
_SCHEMA = "tables"
_SECONDS = 2  # the least that libpq knows
MANY_UNREADABLE = 50


def look(database: Database, state: Path, *, instance: str) -> Iterator[Finding]:
    """Judge the database, whether it answers or not; a private one that does not run is not started."""
    conninfo = database.url
    if conninfo is None:
        if programs.is_closed(state):
            why = "nothing can be said about it"
            yield warning(_ABOUT, "the private database belongs to another user", why, AS_ROOT)
            return
        conninfo = running(state)
        yield from programs.look(database, state, is_running=conninfo is not None)
        if conninfo is None:
            return
    try:
        conn = connect(_soon(conninfo), application_name="scannerd doctor", autocommit=True)
    except DatabaseError as exc:
        yield trouble(_ABOUT, str(exc), "nothing can be stored; what is dropped waits", exc.hint or "")
        return
    with conn, in_our_words():
        run(conn, "limit_doctor")
        yield from server.judge(server.look(conn), private=database.url is None)
        yield from _schema(conn, instance)


def _soon(conninfo: str) -> str:
    """The same, with less patience than the daemon has."""
    try:
        return make_conninfo(conninfo, **{"connect_timeout": _SECONDS} | conninfo_to_dict(conninfo))
    except psycopg.ProgrammingError:
        return conninfo  # which `connect` refuses in plain words


def _schema(conn: Connection[Any], instance: str) -> Iterator[Finding]:
    missing = migrate.check(conn)  # one that is newer is told as the error that it is
    if len(missing) == len(migrate.migrations()):
        yield ok(_SCHEMA, "none yet: made at the first start")
    elif missing:
        what = f"they are of an older scannerd, without {', '.join(missing)}"
        yield warning(_SCHEMA, what, "commands refuse to work until they are brought up to date", "scannerd db migrate")
    else:
        yield ok(_SCHEMA, "they fit this program")
        yield from _exports(conn)
        yield from _files(conn, instance)


def _exports(conn: Connection[Any]) -> Iterator[Finding]:
    failed, unfinished = run(conn, "count_unhappy_exports").fetchone() or (0, 0)
    if failed:
        what = f"{counted(failed, 'export')} failed and did not come again"
        yield warning("exports", what, "what is in them is not in the database", "scannerd exports")
    if unfinished:
        what = f"{counted(unfinished, 'export')} began more than an hour ago and did not end"
        why = "a running scannerd ends what a kill left; without one it waits"
        yield warning("exports", what, why, "scannerd run, or scannerd exports retry N")
    if not failed and not unfinished:
        yield ok("exports", "none failed, none unfinished")


def _files(conn: Connection[Any], instance: str) -> Iterator[Finding]:
    for library, count in run(conn, "count_unreadable_files", instance=instance).fetchall():
        about, what = f"library {library}", f"{counted(count, 'file')} unreadable"
        if count > MANY_UNREADABLE:
            query = "select path, reason from library_health where problem = 'unreadable'"
            yield warning(about, what, "nothing is known of them", f'scannerd db query "{query}"')
        else:
            yield ok(about, what)
