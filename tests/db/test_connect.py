"""Sessions come with our settings, and errors come in our words."""

import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from waiting import wait_until

from scannerd.db import connect
from scannerd.errors import DatabaseRefused, DatabaseUnavailable

ROOT = Path(__file__).parents[2]


def test_a_session_compiles_nothing_and_thinks_in_utc(database: str) -> None:
    with connect.connect(database, application_name="scannerd-test") as conn:
        conn.rollback()
        settings = ("jit", "TimeZone", "search_path", "application_name", "client_encoding")
        values = [conn.execute("select current_setting(%s)", [name]).fetchone() for name in settings]

    assert values == [("off",), ("UTC",), ("scannerd, public",), ("scannerd-test",), ("UTF8",)]


def test_what_the_connection_string_says_goes_before_our_defaults(database: str) -> None:
    with connect.connect(make_conninfo(database, application_name="named by the user", connect_timeout=77)) as conn:
        assert conn.info.get_parameters()["application_name"] == "named by the user"
        assert conn.info.get_parameters()["connect_timeout"] == "77"
        assert conn.info.get_parameters()["keepalives_idle"] == "30"


def test_the_session_of_a_client_that_was_killed_ends_before_its_statement(database: str) -> None:
    program = """
import sys
from scannerd.db import connect
with connect.connect(sys.argv[1], autocommit=True) as conn:
    print(conn.info.backend_pid, flush=True)
    conn.execute("select pg_advisory_lock(7), pg_sleep(3600)")
"""
    with connect.connect(database, autocommit=True) as conn:
        with subprocess.Popen([sys.executable, "-c", program, database], stdout=subprocess.PIPE, cwd=ROOT) as client:
            assert client.stdout is not None
            pid = int(client.stdout.readline())
            doing = "select wait_event from pg_stat_activity where pid = %s"
            wait_until(lambda: value(conn, doing, pid) == "PgSleep", "it is at its statement")
            client.kill()
        still_there = "select count(*) from pg_stat_activity where pid = %s"
        wait_until(lambda: value(conn, still_there, pid) == 0, "its session ended")
        assert value(conn, "select pg_try_advisory_lock(%s)", 7)


def value(conn: psycopg.Connection[Any], query: LiteralString, *given: object) -> object:
    row = conn.execute(query, given).fetchone()
    return row[0] if row else None


def test_a_session_commits_by_itself_only_when_asked_to(database: str) -> None:
    with connect.connect(database) as conn:
        assert not conn.autocommit
        assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with connect.connect(database, autocommit=True) as conn:
        assert conn.autocommit


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dbname": "nowhere"}, r'^the database refused us: .*database "nowhere" does not exist$'),
        ({"user": "nobody-we-know"}, r"^the database refused us: .*nobody-we-know"),
        ({"user": "scannerd_read"}, r"^the database refused us: .*scannerd_read"),
    ],
)
def test_a_role_or_database_that_is_wrong_is_refused(cluster: str, change: dict[str, str], says: str) -> None:
    with pytest.raises(DatabaseRefused, match=says):
        connect.connect(make_conninfo(cluster, **change))


def test_a_server_that_is_not_there_is_unavailable(open_tmp: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"^the database cannot be reached: .*No such file or directory"):
        connect.connect(f"host={open_tmp} dbname=scannerd")


def test_a_port_where_nobody_listens_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DatabaseUnavailable, match="Connection refused"):
            connect.connect(f"host=127.0.0.1 port={taken.getsockname()[1]} dbname=scannerd")


def test_a_connection_string_that_is_none_is_refused_without_repeating_it() -> None:
    with pytest.raises(DatabaseRefused) as caught:
        connect.connect("host=db password=secret with spaces")

    assert str(caught.value) == "the database url is not a connection string PostgreSQL understands"
    assert caught.value.hint == "write it as postgresql://user@host:5432/database"
    assert "secret" not in "".join(traceback.format_exception(caught.value.with_traceback(None)))


def test_a_database_that_cannot_hold_every_letter_is_refused(cluster: str, admin: psycopg.Connection[Any]) -> None:
    admin.execute("create database latin owner scannerd encoding 'LATIN1' locale 'C' template template0")
    try:
        with pytest.raises(DatabaseRefused, match=r"^the database 'latin' is encoded in LATIN1"):
            connect.connect(make_conninfo(cluster, dbname="latin"))
    finally:
        admin.execute("drop database latin with (force)")


def test_a_session_that_the_server_ended_is_lost(database: str, admin: psycopg.Connection[Any]) -> None:
    with connect.connect(database) as conn:
        admin.execute("select pg_terminate_backend(%s)", [conn.info.backend_pid])
        with pytest.raises(DatabaseUnavailable, match=r"^the database was lost: .*terminat"), connect.translated():
            conn.execute("select 1")
        with pytest.raises(DatabaseUnavailable, match=r"lost: the connection is closed$"), connect.translated():
            conn.execute("select 1")


def test_a_lock_that_is_not_to_be_had_now_passes_by_waiting(database: str) -> None:
    with connect.connect(database) as holder, connect.connect(database) as other:
        holder.execute("create table public.door ()")
        holder.commit()
        holder.execute("lock table public.door")
        with pytest.raises(DatabaseUnavailable), connect.translated():
            other.execute("lock table public.door nowait")


@pytest.mark.parametrize(
    "statement", ["select 1/0", "select from nothing", "selec", "insert into scannerd.migration values (null)"]
)
def test_a_mistake_of_ours_passes_through_as_it_is(conn: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(psycopg.Error) as caught, connect.translated():
        conn.execute(statement)

    assert not connect.is_lost(caught.value)


@pytest.mark.parametrize(
    ("state", "lost"),
    [
        ("08006", True),
        ("57P01", True),
        ("57P03", True),
        ("53100", True),
        ("53300", True),
        ("40001", True),
        ("40P01", True),
        ("55P03", True),
        ("22003", False),
        ("23505", False),
        ("42P01", False),
        ("57014", False),
        ("XX001", False),
    ],
)
def test_each_class_of_errors_is_told_from_the_other(conn: psycopg.Connection[Any], state: str, lost: bool) -> None:
    with pytest.raises(psycopg.Error) as caught:
        conn.execute(f"do $$ begin raise exception 'made up' using errcode = '{state}'; end $$".encode())

    assert connect.is_lost(caught.value) is lost


def test_errors_that_are_not_the_databases_are_not_lost_connections() -> None:
    assert not connect.is_lost(OSError("connection reset"))
    assert connect.is_lost(DatabaseUnavailable("gone"))


def test_every_test_gets_a_database_of_its_own(new_database: Callable[[str], str], migrated: str) -> None:
    one, other = new_database(migrated), new_database(migrated)

    with connect.connect(one, autocommit=True) as conn:
        conn.execute("create table public.mine ()")
    with connect.connect(other) as conn:
        assert conn.execute("select to_regclass('public.mine')").fetchone() == (None,)
