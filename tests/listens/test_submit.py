"""Listens that come without a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.submit import Submitted, submit
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import Listen, SkipReason, Written

Conn = psycopg.Connection[Any]
NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
RULES = split_rules()
YELLOW = Written("Yellow", ("Coldplay",), album="Parachutes")


@pytest.fixture
def me(conn: Conn) -> Listener:
    return get_listener(conn, "me", time_zone="Europe/Berlin")


@pytest.fixture
def statements(conn: Conn) -> Iterator[list[str]]:
    """The text of every statement the connection sends."""
    sent: list[str] = []

    class Counting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(str(query))
            return super().execute(query, *args, **kwargs)

    before, conn.cursor_factory = conn.cursor_factory, Counting
    yield sent
    conn.cursor_factory = before


def one(minutes_ago: int = 0, written: Written = YELLOW) -> Listen:
    return Listen(1, NOW - timedelta(minutes=minutes_ago), written, client="phone")


def send(conn: Conn, me: Listener, *listens: Listen, source: str = "live") -> Submitted:
    return submit(conn, listens, listener=me, source=source, rules=RULES, now=NOW)


def test_a_listen_with_new_words_is_stored_and_resolved(conn: Conn, me: Listener) -> None:
    assert send(conn, me, one()) == Submitted(1, 0, [])
    shown = conn.execute("select listener, artist, title, album, client, source, export_id from public.listens")
    assert shown.fetchall() == [("me", "Coldplay", "Yellow", "Parachutes", "phone", "live", None)]


def test_a_known_lookup_costs_two_statements(conn: Conn, me: Listener, statements: list[str]) -> None:
    send(conn, me, one(200))
    statements.clear()
    assert send(conn, me, one()) == Submitted(1, 0, [])
    assert len(statements) == 2


def test_a_batch_of_known_lookups_costs_no_statement_per_row(conn: Conn, me: Listener, statements: list[str]) -> None:
    words = [Written(f"Song {number}", ("Coldplay",)) for number in range(200)]
    send(conn, me, *(one(number * 5 + 2000, written) for number, written in enumerate(words)))
    statements.clear()
    assert send(conn, me, *(one(number * 5, written) for number, written in enumerate(words))).stored == 200
    assert len(statements) < 15


def test_the_same_listen_again_is_a_duplicate(conn: Conn, me: Listener) -> None:
    send(conn, me, one())
    assert send(conn, me, one(), one()) == Submitted(0, 2, [])
    assert conn.execute("select count(*) from listen").fetchone() == (1,)


def test_an_empty_batch_is_nothing(conn: Conn, me: Listener) -> None:
    assert send(conn, me) == Submitted(0, 0, [])


def test_what_may_not_be_a_listen_is_refused_with_its_place(conn: Conn, me: Listener) -> None:
    future = Listen(2, NOW + timedelta(hours=1), YELLOW)
    nameless = Listen(3, NOW, Written("Yellow", ("",)))
    assert send(conn, me, one(), future, nameless) == Submitted(
        1, 0, [(2, SkipReason.IN_THE_FUTURE), (3, SkipReason.NO_ARTIST)]
    )


def test_a_live_listen_that_another_source_told_counts_once(conn: Conn, me: Listener) -> None:
    send(conn, me, one(), source="listenbrainz")
    late = Listen(1, NOW + timedelta(seconds=2), YELLOW)
    submit(conn, [late], listener=me, source="maloja", rules=RULES, now=NOW + timedelta(minutes=1))
    assert conn.execute("select source from public.listens").fetchall() == [("listenbrainz",)]
    assert conn.execute("select count(*) from listen").fetchone() == (2,)


def test_a_live_listen_in_new_words_that_another_source_told_counts_once(conn: Conn, me: Listener) -> None:
    send(conn, me, one(), source="listenbrainz")
    late = Listen(1, NOW + timedelta(seconds=2), Written("Yellow", ("Coldplay",)))
    submit(conn, [late], listener=me, source="maloja", rules=RULES, now=NOW + timedelta(minutes=1))
    assert conn.execute("select count(*) from track_lookup").fetchone() == (2,)
    assert conn.execute("select source from public.listens").fetchall() == [("listenbrainz",)]


def test_an_import_and_the_live_path_share_their_lookups(conn: Conn, me: Listener, database: str) -> None:
    send(conn, me, one(200))
    with connect.connect(database, autocommit=True) as other:
        send(other, get_listener(other, "you", time_zone="UTC"), one())
    assert conn.execute("select count(*) from track_lookup").fetchone() == (1,)
    assert conn.execute("select count(*) from track").fetchone() == (1,)
