"""Many transactions at once, each on its own: one that fails leaves its neighbours alone and says why."""

from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.db.pipeline import TOGETHER, run_each

Conn = psycopg.Connection[Any]


def make(name: str | None) -> tuple[str, dict[str, Any]]:
    return ("keep_catalogue", {"name": name})


def names(conn: Conn) -> list[str]:
    return [name for (name,) in conn.execute("select name from catalogue order by id")]


def left_prepared(conn: Conn) -> list[str]:
    return [name for (name,) in conn.execute("select name from pg_prepared_statements")]


@pytest.fixture
def before(conn: Conn) -> list[str]:
    return names(conn)


def test_nothing_to_run_is_nothing_run(conn: Conn) -> None:
    assert run_each(conn, []) == []


def test_more_than_travel_together_all_arrive(conn: Conn, before: list[str]) -> None:
    wanted = [f"catalogue {number}" for number in range(2 * TOGETHER + 1)]

    assert run_each(conn, [[make(name)] for name in wanted]) == [None] * len(wanted)
    assert names(conn) == before + wanted


def test_one_that_fails_says_why_and_its_neighbours_stand(conn: Conn, before: list[str]) -> None:
    first, broken, last = run_each(conn, [[make("A")], [make(None)], [make("B")]])

    assert (first, type(broken), last) == (None, psycopg.errors.NotNullViolation, None)
    assert 'null value in column "name"' in str(broken)
    assert names(conn) == [*before, "A", "B"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_statements_all_count_or_none(conn: Conn, before: list[str], place: int) -> None:
    broken = [make("A"), make("B"), make("C")]
    broken[place] = make(None)
    outcomes = run_each(conn, [[make("1"), make("2")], broken, [make("3"), make("4")]])

    assert [type(outcome) for outcome in outcomes] == [type(None), psycopg.errors.NotNullViolation, type(None)]
    assert names(conn) == [*before, "1", "2", "3", "4"]


def test_a_statement_first_met_behind_an_error_is_there_for_the_next_transaction(conn: Conn, before: list[str]) -> None:
    find = ("list_roots", {"library_id": 1})
    outcomes = run_each(conn, [[make(None), find], [make("A"), find]])

    assert [type(outcome) for outcome in outcomes] == [psycopg.errors.NotNullViolation, type(None)]
    assert names(conn) == [*before, "A"]


def test_afterwards_the_connection_is_as_it_was(conn: Conn) -> None:
    run_each(conn, [[make("A"), make(None)], [make("B")]])

    assert conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    assert conn.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF
    assert left_prepared(conn) == []
    assert run_each(conn, [[make("C")]]) == [None]


def test_a_lost_connection_is_an_error_and_the_connection_is_closed(conn: Conn, database: str) -> None:
    with connect.connect(database, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", [conn.info.backend_pid])
    with pytest.raises(psycopg.OperationalError) as raised:
        run_each(conn, [[make("A")]] * 3)

    assert connect.is_lost(raised.value)
    assert conn.closed
