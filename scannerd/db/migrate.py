"""Bring a database up to date: forward only, one migration after the other, then the public views.

Each migration runs in a transaction of its own under one advisory lock, and its name and checksum are recorded. Views
are replaced whenever their files changed, after the migrations they stand on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from scannerd.db.queries import sql_files
from scannerd.errors import SchemaMismatch

_LOCK = 0x5CA9_9E2D  # "scannerd" as near as hexadecimal letters allow; any fixed number would do


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    name: str
    text: str
    checksum: bytes


def migrate(conn: Connection[Any]) -> list[str]:
    """Apply what is missing and return the names applied. `conn` must be outside a transaction.

    Raises SchemaMismatch when the database is newer than this program, or when a migration was edited afterwards.
    """
    conn.execute("select pg_advisory_lock(%s)", [_LOCK])
    conn.commit()  # the lock belongs to the session; each migration below gets a transaction of its own
    try:
        with conn.transaction():
            _make_ledger(conn)
            applied = _applied(conn)
        pending = _pending(applied)
        for migration in pending:
            with conn.transaction():
                conn.execute(migration.text)
                _record(conn, migration)
        with conn.transaction():
            _replace_views(conn, applied)
        return [migration.name for migration in pending]
    finally:
        conn.rollback()
        conn.execute("select pg_advisory_unlock(%s)", [_LOCK])
        conn.commit()


def check(conn: Connection[Any]) -> list[str]:
    """The names of the migrations that are missing; the same errors as `migrate`."""
    with conn.transaction():
        present = conn.execute("select to_regclass('scannerd.migration')").fetchone()
        applied = _applied(conn) if present and present[0] else {}
    return [migration.name for migration in _pending(applied)]


def migrations() -> list[Migration]:
    """All migrations this program knows, in order."""
    return [_read(file.name, file.read_text(encoding="utf-8")) for file in _in_order("migrations")]


def views() -> list[str]:
    """The names of the public views, from their files."""
    lines = (line.split() for file in _in_order("views") for line in file.read_text(encoding="utf-8").splitlines())
    return [words[4] for words in lines if words[:4] == ["create", "or", "replace", "view"]]


def _pending(applied: dict[str, bytes]) -> list[Migration]:
    known = migrations()
    unknown = sorted(name for name in set(applied) - {migration.name for migration in known} if name[0].isdigit())
    if unknown:
        raise SchemaMismatch(
            f"the database is newer than this scannerd: its migration {unknown[-1]} is not known here",
            hint="install the scannerd that made it, or a newer one",
        )
    for migration in known:
        if migration.name in applied and applied[migration.name] != migration.checksum:
            raise SchemaMismatch(
                f"the migration {migration.name} is not the one this database has had",
                hint="restore the original file: a migration never changes once it was applied",
            )
    return [migration for migration in known if migration.name not in applied]


def _make_ledger(conn: Connection[Any]) -> None:
    conn.execute("create schema if not exists scannerd")
    conn.execute(
        "create table if not exists scannerd.migration ("
        "name text primary key, checksum bytea not null, applied_at timestamptz not null default now())"
    )
    conn.execute("set search_path to scannerd, public")


def _applied(conn: Connection[Any]) -> dict[str, bytes]:
    return {name: bytes(checksum) for name, checksum in conn.execute("select name, checksum from scannerd.migration")}


def _record(conn: Connection[Any], migration: Migration) -> None:
    conn.execute(
        "insert into scannerd.migration (name, checksum) values (%s, %s)"
        " on conflict (name) do update set checksum = excluded.checksum, applied_at = now()",
        [migration.name, migration.checksum],
    )


def _replace_views(conn: Connection[Any], applied: dict[str, bytes]) -> None:
    files = [_read(f"views/{file.name}", file.read_text(encoding="utf-8")) for file in _in_order("views")]
    if all(applied.get(file.name) == file.checksum for file in files):
        return
    for file in files:
        conn.execute(file.text)
        _record(conn, file)
    _let_reader_in(conn)


def _let_reader_in(conn: Connection[Any]) -> None:
    """Give the read-only role what it may see, where `database.share` made one."""
    if conn.execute("select from pg_roles where rolname = 'scannerd_read'").fetchone() is None:
        return
    for view in views():
        conn.execute(sql.SQL("grant select on {} to scannerd_read").format(sql.Identifier(*view.split("."))))


def _in_order(folder: str) -> list[Any]:
    return sorted(sql_files(folder), key=lambda file: file.name)


def _read(name: str, text: str) -> Migration:
    return Migration(name, text, hashlib.sha256(text.encode()).digest())
