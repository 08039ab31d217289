"""Migrations go forward, once each, and what they leave is documented."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from waiting import PATIENCE

from scannerd.db import connect, migrate
from scannerd.errors import SchemaMismatch

VIEWS = {
    f"public.{name}"
    for name in (
        *("all_listens", "listens", "tracks", "albums", "artists", "imports", "plays_by_day"),
        *("files", "owned_never_played", "played_not_owned", "library_health"),
        *("books", "book_files", "book_chapters", "series", "persons", "book_listens"),
    )
}
NAMES = [migration.name for migration in migrate.migrations()]


@pytest.fixture
def empty(new_database: Callable[[str], str]) -> str:
    """How to reach a database in which nothing is."""
    return new_database("template1")


@pytest.fixture
def opened(empty: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(empty, autocommit=True) as conn:
        yield conn


def rows(conn: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return conn.execute(query).fetchall()


def test_an_empty_database_gets_everything_in_order(opened: psycopg.Connection[Any]) -> None:
    assert migrate.check(opened) == NAMES
    assert sorted(NAMES) == NAMES

    assert migrate.migrate(opened) == NAMES

    assert migrate.check(opened) == []
    assert {
        f"public.{name}" for (name,) in rows(opened, "select viewname from pg_views where schemaname = 'public'")
    } == VIEWS
    assert rows(opened, "select count(*) from listens") == [(0,)]


def test_a_second_run_changes_nothing(opened: psycopg.Connection[Any]) -> None:
    migrate.migrate(opened)
    ledger = "select name, checksum, applied_at, xmin::text from scannerd.migration order by name"
    before = rows(opened, ledger)

    assert migrate.migrate(opened) == []

    assert rows(opened, ledger) == before


def test_a_run_leaves_no_transaction_and_no_lock(empty: str) -> None:
    with connect.connect(empty) as conn:
        migrate.migrate(conn)

        assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert rows(conn, "select count(*) from pg_locks where locktype = 'advisory' and database ="
                          " (select oid from pg_database where datname = current_database())") == [(0,)]  # fmt: skip
        conn.rollback()


def test_a_migration_that_was_edited_is_refused(opened: psycopg.Connection[Any]) -> None:
    migrate.migrate(opened)
    opened.execute("update scannerd.migration set checksum = '\\x00' where name = %s", [NAMES[0]])

    for asked in (migrate.migrate, migrate.check):
        with pytest.raises(SchemaMismatch) as caught:
            asked(opened)
        assert str(caught.value) == f"the migration {NAMES[0]} is not the one this database has had"
        assert caught.value.hint == "restore the original file: a migration never changes once it was applied"


def test_a_database_newer_than_the_program_is_refused(opened: psycopg.Connection[Any]) -> None:
    migrate.migrate(opened)
    opened.execute("insert into scannerd.migration (name, checksum) values ('9999_future.sql', '')")

    for asked in (migrate.migrate, migrate.check):
        with pytest.raises(SchemaMismatch) as caught:
            asked(opened)
        assert str(caught.value) == (
            "the database is newer than this scannerd: its migration 9999_future.sql is not known here"
        )
        assert caught.value.exit_code == 78


def test_a_migration_that_fails_leaves_those_before_it(
    opened: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrate.migrations()
    broken = migrate.Migration("9999_broken.sql", "create table half (id int); select 1 / 0", b"x")
    monkeypatch.setattr(migrate, "migrations", lambda: [*known, broken])

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate.migrate(opened)

    assert rows(opened, "select to_regclass('scannerd.half')") == [(None,)]
    assert migrate.check(opened) == ["9999_broken.sql"]
    monkeypatch.undo()
    assert migrate.migrate(opened) == []
    assert rows(opened, "select count(*) from listens") == [(0,)]


def test_views_are_replaced_where_their_files_changed(opened: psycopg.Connection[Any]) -> None:
    migrate.migrate(opened)
    opened.execute("comment on view public.listens is 'an older sentence'")
    shown = "select obj_description('public.listens'::regclass)"

    migrate.migrate(opened)
    assert rows(opened, shown) == [("an older sentence",)]

    opened.execute("update scannerd.migration set checksum = '\\x00' where name = 'views/listens.sql'")
    assert migrate.migrate(opened) == []
    assert rows(opened, shown) == [("The listens that count, each playing once",)]


def test_four_at_once_migrate_once(empty: str) -> None:
    start = threading.Barrier(4)
    applied: list[list[str]] = []

    def run() -> None:
        with connect.connect(empty, autocommit=True) as conn:
            start.wait(timeout=PATIENCE)
            applied.append(migrate.migrate(conn))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(applied, key=len) == [[], [], [], NAMES]


def test_the_reader_may_see_the_views_and_nothing_else(
    empty: str, opened: psycopg.Connection[Any], admin: psycopg.Connection[Any]
) -> None:
    if not rows(admin, "select from pg_roles where rolname = 'scannerd_read'"):
        admin.execute("create role scannerd_read")
    migrate.migrate(opened)

    readable = rows(
        opened,
        "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname in ('public', 'scannerd') and c.relkind in ('r', 'v')"
        " and has_table_privilege('scannerd_read', c.oid, 'select')",
    )

    assert {name for (name,) in readable} == VIEWS


# --- what the migrations leave --------------------------------------------------------------------------------------


def test_the_views_on_file_are_the_public_ones() -> None:
    assert set(migrate.views()) == VIEWS


def test_every_view_and_each_of_its_columns_has_a_comment(conn: psycopg.Connection[Any]) -> None:
    silent = rows(
        conn,
        "select c.relname, a.attname from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0"
        " where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'"
        " and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)",
    )

    assert silent == []


def test_every_table_but_the_ledger_of_migrations_has_a_comment(conn: psycopg.Connection[Any]) -> None:
    silent = rows(
        conn,
        "select relname from pg_class where relnamespace = 'scannerd'::regnamespace and relkind = 'r'"
        " and obj_description(oid) is null order by 1",
    )

    assert silent == [("migration",)]


def test_every_foreign_key_has_an_index(conn: psycopg.Connection[Any]) -> None:
    """Of small tables that are never deleted from (catalogue, listener) nobody asks by the other side."""
    bare = rows(
        conn,
        "select c.conrelid::regclass::text, c.conkey[1]::int, a.attname from pg_constraint as c"
        " join pg_attribute as a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]"
        " where c.contype = 'f' and c.connamespace = 'scannerd'::regnamespace"
        " and c.confrelid not in ('catalogue'::regclass, 'listener'::regclass)"
        " and not exists (select from pg_index as i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])",
    )

    assert bare == []


def test_checks_and_keys_are_named_after_what_they_say(conn: psycopg.Connection[Any]) -> None:
    """A generated name (table_column_check, table_column_key) tells a user nothing."""
    generated = rows(
        conn,
        "select conrelid::regclass::text, conname from pg_constraint where connamespace = 'scannerd'::regnamespace"
        " and contype in ('c', 'u') and conname ~ '_(check|key)[0-9]*$'",
    )

    assert generated == []


def test_times_know_their_zone(conn: psycopg.Connection[Any]) -> None:
    assert rows(conn, "select table_name, column_name from information_schema.columns"
                      " where table_schema = 'scannerd' and data_type like 'timestamp without%'") == []  # fmt: skip


def test_a_server_may_hold_several_databases_of_ours(cluster: str, new_database: Callable[[str], str]) -> None:
    first, second = new_database("template1"), new_database("template1")
    for conninfo in (first, second):
        with connect.connect(make_conninfo(cluster, **psycopg.conninfo.conninfo_to_dict(conninfo))) as conn:
            assert migrate.migrate(conn) == NAMES
