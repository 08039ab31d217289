"""A merge or a delete waits for whoever resolves, happens as a whole or not at all, and asks nothing per row."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scannerd.catalogue.delete import delete_person
from scannerd.catalogue.merge import merge_persons
from scannerd.db import connect
from scannerd.db.locks import lock_catalogue
from scannerd.errors import NotFound
from scannerd.listens.duplicates import mark_lookups

TABLES = (
    *("person", "person_alias", "release", "release_alias", "release_contribution", "track", "track_alias"),
    *("track_contribution", "track_lookup", "listen"),
)


class Beside:
    """Work in another session, on a thread of its own."""

    def __init__(self, database: str, work: Callable[[psycopg.Connection[Any]], object]) -> None:
        self.conn = connect.connect(database, autocommit=True)
        self.pid = self.conn.info.backend_pid  # it cannot be asked for any more once the work has ended
        self.error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work(self.conn)
        except (psycopg.Error, NotFound) as exc:
            self.error = exc
        finally:
            self.conn.close()

    def wait_until_blocked(self, watcher: psycopg.Connection[Any]) -> None:
        """Until it waits for a lock that another session holds."""
        while self._thread.is_alive():
            [(blocked,)] = watcher.execute("select cardinality(pg_blocking_pids(%s)) > 0", [self.pid]).fetchall()
            if blocked:
                return
        raise AssertionError(f"it ended without waiting: {self.error!r}")

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join()


def two_careers(home: Any) -> tuple[int, int]:
    """Two persons whose merge touches every table: albums, guests, aliases, plays told twice; loser and winner."""
    for name, source in (("Beyonce", "lastfm"), ("Beyoncé", "spotify")):
        home.take_in(
            home.play(name, "Halo", "I Am"),
            home.play((name, "Jay-Z"), "Crazy"),
            home.play(("Jay-Z", "Beyonce", "Beyoncé"), "Bonnie", "Blueprint", album_artists=("Jay-Z", name)),
            home.play(name, f"Only {name}", f"Only {name}"),
            source=source,
            at=home.one("select timestamptz '2024-01-01 12:00:00+00'"),
        )
    loser = home.person("Beyonce")
    home.take_in(home.play("B", "Song", "Album"), home.play("Sasha", "Fierce"))
    home.merge("person", home.person("B"), loser)
    home.merge("person", home.person("Sasha"), loser)
    home.merge("release", home.release("Album"), home.release("Only Beyonce"))
    home.merge("track", home.track("Song"), home.track("Only Beyonce"))
    return loser, home.person("Beyoncé")


def test_a_merge_waits_until_a_resolve_in_another_session_is_done(home: Any, database: str) -> None:
    loser, winner = two_careers(home)
    with connect.connect(database) as resolving, resolving.transaction():
        lock_catalogue(resolving, home.listener.catalogue_id)
        merging = Beside(database, lambda conn: merge_persons(conn, into=winner, loser=loser, remark=mark_lookups))
        merging.wait_until_blocked(home.conn)
        assert home.one("select count(*) from person where id = %s", [loser]) == 1
    merging.end()

    assert merging.error is None
    assert home.one("select count(*) from person where id = %s", [loser]) == 0


def test_who_waits_for_somebody_who_was_merged_meanwhile_is_told(home: Any, database: str) -> None:
    loser, winner = two_careers(home)
    with home.conn.transaction():
        home.merge("person", loser, winner)
        deleting = Beside(database, lambda conn: delete_person(conn, person_id=loser, remark=mark_lookups))
        with connect.connect(database) as watcher:
            deleting.wait_until_blocked(watcher)
    deleting.end()

    assert str(deleting.error) == f"there is no person {loser}: it was merged, deleted, or never there"


@pytest.mark.parametrize("table", TABLES)
def test_killed_before_any_table_is_written_it_did_nothing(home: Any, database: str, table: str) -> None:
    loser, winner = two_careers(home)
    before = home.everything()
    with connect.connect(database) as holding, holding.transaction():
        # Readers pass, the first writer of this table waits: there it is killed.
        holding.execute(f"lock table {table} in exclusive mode")
        merging = Beside(database, lambda conn: merge_persons(conn, into=winner, loser=loser, remark=mark_lookups))
        merging.wait_until_blocked(home.conn)
        home.conn.execute("select pg_terminate_backend(%s)", [merging.pid])
        merging.end()

    assert isinstance(merging.error, psycopg.errors.AdminShutdown)
    assert home.everything() == before

    home.merge("person", loser, winner)
    assert home.wrong() == []
    assert home.persons() == ["Beyoncé", "Jay-Z"]


def test_killed_after_its_last_write_it_did_nothing(home: Any, database: str) -> None:
    loser, winner = two_careers(home)
    before = home.everything()

    def mark_and_die(conn: psycopg.Connection[Any], lookup_ids: Sequence[int], *, listener_id: int) -> int:
        mark_lookups(conn, lookup_ids, listener_id=listener_id)
        home.conn.execute("select pg_terminate_backend(%s)", [conn.info.backend_pid])
        return 0

    merging = Beside(database, lambda conn: merge_persons(conn, into=winner, loser=loser, remark=mark_and_die))
    merging.end()

    assert isinstance(merging.error, psycopg.OperationalError)
    assert home.everything() == before


def test_the_number_of_statements_does_not_grow_with_the_tracks(home: Any) -> None:
    def statements_to_merge(tracks: int) -> int:
        names = f"Loser {tracks}", f"Winner {tracks}"
        home.take_in(*(home.play(name, f"Song {n}", f"Album {n % 10}") for name in names for n in range(tracks)))
        asked: list[object] = []

        class Counting(psycopg.Cursor[Any]):
            def execute(self, query: Any, *args: Any, **kwargs: Any) -> "Counting":
                asked.append(query)
                return super().execute(query, *args, **kwargs)

        home.conn.cursor_factory = Counting
        home.merge("person", home.person(names[0]), home.person(names[1]))
        home.conn.cursor_factory = psycopg.Cursor
        return len(asked)

    assert statements_to_merge(tracks=300) == statements_to_merge(tracks=3)
    assert home.one("select count(*) from track") == 303


NAMES = ("A", "B", "C", "D")
MBIDS = {"A": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "B": "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"}
RELEASE_MBIDS = {"X": "cccccccc-cccc-4ccc-8ccc-cccccccccccc", "Y": "dddddddd-dddd-4ddd-8ddd-dddddddddddd"}
KINDS = ("person", "release", "track")


def all_words(home: Any) -> list[Any]:
    """A small world in which much is nearly equal."""
    words = [
        home.play(artists, title, album)
        for artists in (*((name,) for name in NAMES), ("A", "B"), ("B", "A"), ("C", "A"), ("D", "C", "B"))
        for title in ("s", "t")
        for album in ("X", "Y", None)
    ]
    words += [home.play(name, "v", artist_mbids=(mbid,)) for name, mbid in MBIDS.items()]
    words += [home.play("C", "w", album, release_mbid=mbid) for album, mbid in RELEASE_MBIDS.items()]
    words += [home.play("D", title, "Various", is_compilation=True) for title in ("s", "v")]
    return words


steps = st.lists(
    st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=6
)


def taken(home: Any, kind: str, one: int, other: int) -> tuple[int, int] | None:
    """Two that are there, chosen by numbers."""
    ids = [row[0] for row in home.ask(f"select id from {kind} order by id")]
    if len(ids) < 2:
        return None
    first = ids.pop(one % len(ids))
    return first, ids[other % len(ids)]


@pytest.fixture
def world(home: Any) -> Any:
    """All words, taken in from two sources."""
    home.words = all_words(home)
    home.lookups = home.take_in(*home.words)
    home.take_in(*home.words, source="spotify")
    return home


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_merged_stays_merged_and_keeps_every_rule(world: Any, steps: Any) -> None:
    with world.conn.transaction(force_rollback=True):
        listens = world.listens()
        for kind, _, one, other in steps:
            if pair := taken(world, kind, one, other):
                world.merge(kind, *pair)
                assert world.wrong() == []
        before = world.persons(), world.albums(), world.tracks()

        again = world.take_in_again(*world.words)

        tracks = [track for track, _, _ in world.pointed(world.lookups)]
        assert [track for track, _, _ in world.pointed(again)] == tracks
        assert (world.persons(), world.albums(), world.tracks()) == before
        assert world.listens() == listens + len(world.words)
        assert world.wrong() == []


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_merged_or_deleted_no_listen_goes_and_every_rule_is_kept(world: Any, steps: Any) -> None:
    with world.conn.transaction(force_rollback=True):
        listens = world.listens()
        for kind, is_merge, one, other in steps:
            if pair := taken(world, kind, one, other):
                if is_merge:
                    world.merge(kind, *pair)
                else:
                    world.delete(kind, pair[0])
                assert world.wrong() == []
                assert world.listens() == listens

        world.take_in(*world.words)

        assert world.one("select count(*) from track_lookup where track_id is null") == 0
        assert world.listens() == listens + len(world.words)
        assert world.wrong() == []
