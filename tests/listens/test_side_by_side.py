"""Two who store, resolve, undo or submit at the same time neither undo each other's work nor wait for each other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from waiting import PATIENCE

from scannerd.db import connect
from scannerd.listens.store import mark_stored, store
from scannerd.listens.submit import Submitted, submit
from scannerd.listens.undo import undo
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import Listen, Written

Conn = psycopg.Connection[Any]
NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
RULES = split_rules()
DOOR = 4711


class Beside:
    """Something that is done in a session of its own."""

    def __init__(self, database: str, work: Callable[[Conn], object]) -> None:
        self.conn = connect.connect(database, autocommit=True)
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._thread.start()

    def _run(self, work: Callable[[Conn], object]) -> None:
        try:
            work(self.conn)
        except psycopg.Error as error:
            self.error = error

    def wait_until_blocked_or_done(self, watcher: Conn) -> None:
        blocked = "select count(*) from pg_stat_activity where pid = %s and wait_event_type = 'Lock'"
        while self._thread.is_alive():
            row = watcher.execute(blocked, [self.conn.info.backend_pid]).fetchone()
            if row == (1,):
                return

    def end(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self.conn.close()


@contextmanager
def door(conn: Conn, database: str, *, where: str) -> Iterator[None]:
    """Whoever is about to store such a listen waits until the door opens, with all that is behind them done."""
    conn.execute(
        "create function wait_at_the_door() returns trigger language plpgsql as"
        f" $$ begin perform pg_advisory_xact_lock_shared({DOOR}); return new; end $$"
    )
    conn.execute(
        "create trigger listen_waits before insert on listen for each row"
        f" when ({where}) execute function wait_at_the_door()"
    )
    with connect.connect(database) as holding:
        holding.execute("select pg_advisory_xact_lock(%s)", [DOOR])
        yield


def both(conn: Conn, first: Beside, second: Beside) -> None:
    first.wait_until_blocked_or_done(conn)
    second.wait_until_blocked_or_done(conn)


@pytest.fixture
def plays(home: Any) -> list[Any]:
    """Two listens that are not there, whose lookups are."""
    songs = ("Tender", "Song 2")
    home.take_in(*(home.play("Blur", song, "2024-01-01 12:00:00") for song in songs))
    return [home.play("Blur", song, f"2024-05-01 12:{minute:02}:00") for minute, song in enumerate(songs)]


def storing(home: Any, rows: list[Any]) -> Callable[[Conn], object]:
    export_id = home.new_export()

    def run(conn: Conn) -> None:
        with conn.transaction():
            batches = home.batches(rows, source="lastfm")
            stored = store(conn, batches, export_id=export_id, listener=home.listener)
            mark_stored(conn, export_id, stored, left_out=[], warnings=[])

    return run


def submitting(home: Any, rows: list[Any], *, source: str = "lastfm") -> Callable[[Conn], Submitted]:
    return lambda conn: submit(
        conn, rows, listener=home.listener, source=source, rules=RULES, now=NOON + timedelta(days=1)
    )


def test_overlapping_exports_of_one_listener_stored_at_once_do_not_wait_for_each_other(
    home: Any, plays: list[Any], database: str
) -> None:
    with door(home.conn, database, where="new.row_no = 2"):
        first = Beside(database, storing(home, plays))
        second = Beside(database, storing(home, plays[::-1]))
        both(home.conn, first, second)
    first.end()
    second.end()

    assert (first.error, second.error) == (None, None)
    assert home.ask("select rows_stored, rows_duplicate from export order by id desc limit 2") in (
        [(2, 0), (0, 2)],
        [(0, 2), (2, 0)],
    )


def test_a_live_batch_and_an_export_with_the_same_listens_do_not_wait_for_each_other(
    home: Any, plays: list[Any], database: str
) -> None:
    second_of_each = "new.row_no = 2 or (new.row_no is null and new.listened_at = '2024-05-01 12:00:00+00')"
    with door(home.conn, database, where=second_of_each):
        importing = Beside(database, storing(home, plays))
        live = Beside(database, submitting(home, plays[::-1]))
        both(home.conn, importing, live)
    importing.end()
    live.end()

    assert (importing.error, live.error) == (None, None)
    assert home.one("select count(*) from listen") == 4


@pytest.mark.parametrize("by_hand", [False, True])
def test_what_a_lookup_learns_while_it_is_resolved_reaches_its_track(home: Any, database: str, by_hand: bool) -> None:
    bare = home.play("Blur", "Tender")
    export_id, _ = home.store(home.batches([bare], source="lastfm"))
    longer = home.play("Blur", "Tender", "2024-05-02 12:00:00", duration_ms=461_000)
    with connect.connect(database) as holding:
        # Readers pass; who resolves has read the lookup and is about to make its track.
        holding.execute("lock table track in exclusive mode")
        resolving = Beside(database, lambda conn: replace(home, conn=conn).finish(export_id))
        resolving.wait_until_blocked_or_done(home.conn)
        learning = Beside(database, storing(home, [longer]))
        learning.wait_until_blocked_or_done(home.conn)
    resolving.end()
    learning.end()
    assert (resolving.error, learning.error) == (None, None)

    if by_hand:
        home.finish(home.one("select max(id) from export"))
    else:
        home.take_in(home.play("Blur", "Tender", "2024-05-03 12:00:00"))

    assert home.ask("select title, duration_ms from track") == [("Tender", 461_000)]


def test_of_two_live_listens_of_one_play_at_once_one_counts(home: Any, database: str) -> None:
    words = Written("Tender", ("Blur",))
    submit(home.conn, [Listen(1, NOON - timedelta(days=9), words)], listener=home.listener, source="x", rules=RULES)
    with door(home.conn, database, where="true"):
        first = Beside(database, submitting(home, [Listen(1, NOON, words)], source="listenbrainz"))
        second = Beside(database, submitting(home, [Listen(1, NOON + timedelta(seconds=2), words)], source="maloja"))
        both(home.conn, first, second)
    first.end()
    second.end()

    assert (first.error, second.error) == (None, None)
    assert home.ask("select source, duplicate_of is not null from listen order by listened_at") == [
        ("x", False),
        ("listenbrainz", False),
        ("maloja", True),
    ]


def test_an_undo_between_the_words_and_the_listen_is_no_harm(home: Any, database: str) -> None:
    words = Written("Tender", ("Blur",))
    with connect.connect(database, autocommit=True) as other:

        class Undone(psycopg.Cursor[Any]):
            """As soon as the new lookup is stored, somebody takes it away, once."""

            stored = gone = False

            def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
                if Undone.stored and not Undone.gone and not self.connection.info.transaction_status:
                    Undone.gone = other.execute("delete from track_lookup").rowcount == 1
                Undone.stored |= str(query).startswith("insert into track_lookup")
                return super().execute(query, *args, **kwargs)

        home.conn.cursor_factory = Undone
        told = submitting(home, [Listen(1, NOON, words)])(home.conn)
        home.conn.cursor_factory = psycopg.Cursor

    assert Undone.gone
    assert told == Submitted(1, 0, [])
    assert home.ask("select artist, title from listens") == [("Blur", "Tender")]


def test_what_is_told_live_while_its_export_is_undone_stays(home: Any, database: str) -> None:
    imported = home.take_in(home.play("Blur", "Tender"))
    home.conn.execute("update export set state = 'shelved'")
    with connect.connect(database) as holding:
        # The undo has looked for heirs, and is about to delete.
        holding.execute("lock table export_row in exclusive mode")
        undoing = Beside(database, lambda conn: undo(conn, imported.export_id))
        undoing.wait_until_blocked_or_done(home.conn)
        live = Beside(database, submitting(home, [home.play("Blur", "Tender", client="phone")]))
        live.wait_until_blocked_or_done(home.conn)
    undoing.end()
    live.end()

    assert (undoing.error, live.error) == (None, None)
    assert home.ask("select listened_at, client, export_id from listens") == [(NOON, "phone", None)]
