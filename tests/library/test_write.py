"""Each track whole or not at all: proved by breaking one, by counting statements, and by killing between any two."""

from typing import Any

import psycopg
import pytest
from waiting import wait_until

from scannerd.db import connect
from scannerd.db.queries import load
from scannerd.library.music import read as read_module
from scannerd.library.music import write as writing_module
from scannerd.library.music.write import Writing, write


def lines(conn: psycopg.Connection[Any]) -> list[tuple[str, int, int, int]]:
    """Each track with how many contributions, genres and files it has."""
    return conn.execute(
        "select title, (select count(*) from track_contribution as tc where tc.track_id = track.id),"
        " (select count(*) from track_genre as tg where tg.track_id = track.id),"
        " (select count(*) from media_file as mf where mf.track_id = track.id) from track order by title"
    ).fetchall()


def kill(conn: psycopg.Connection[Any], pid: int) -> None:
    """End another session, and wait until nothing of it is left."""
    conn.execute("select pg_terminate_backend(%s)", [pid])
    there = "select 1 from pg_stat_activity where pid = %s"
    wait_until(lambda: not conn.execute(there, [pid]).fetchall(), "the session is gone")


@pytest.fixture
def sent(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> list[Writing]:
    """What a scan of three songs would write, not written."""
    kept: list[Writing] = []

    def keep(_conn: Any, writings: Any) -> list[Any]:
        kept.extend(writings)
        return []

    shelf.album("Blur/13", ["A", "B", "C"], artist="Blur", album="13", genre=["Rock", "Pop"], composer="Damon Albarn")
    with monkeypatch.context() as patched:
        patched.setattr("scannerd.library.music.read.write", keep)
        shelf.scan()
    assert len(kept) == 3
    return kept


def test_many_tracks_travel_in_one_pipeline(shelf: Any, sent: list[Writing]) -> None:
    assert write(shelf.conn, sent) == []
    assert lines(shelf.conn) == [("A", 2, 2, 1), ("B", 2, 2, 1), ("C", 2, 2, 1)]


def test_a_track_that_fails_does_not_take_its_neighbours_along(shelf: Any, sent: list[Writing]) -> None:
    name, params = sent[1].statements[0]
    broken = Writing(sent[1].file, ((name, params | {"persons": [-1, -2]}),), sent[1].plan)
    failed = write(shelf.conn, [sent[0], broken, sent[2]])

    assert [(writing.file.name, type(exc)) for writing, exc in failed] == [
        (b"02 B.flac", psycopg.errors.ForeignKeyViolation)
    ]
    assert lines(shelf.conn) == [("A", 2, 2, 1), ("C", 2, 2, 1)]


def test_a_known_track_that_fails_stays_as_it_was_and_its_neighbours_change(shelf: Any) -> None:
    songs = shelf.album("Blur/13", ["A", "B", "C"], artist="Blur", album="13", genre=["Rock", "Pop"])
    shelf.scan()
    for song in songs:
        shelf.retag(song, genre="Jazz", composer="Damon Albarn")
    # The last statement of the one in the middle breaks: everything of it must go back.
    shelf.conn.execute(
        "create function break() returns trigger language plpgsql as"
        " $$ begin raise exception 'broken'; end $$;"
        "create trigger break before update on media_file for each row when (new.name = '02 B.flac')"
        " execute function break()"
    )
    summary = shelf.scan()
    assert (summary.files.failed, lines(shelf.conn)) == (1, [("A", 2, 1, 1), ("B", 1, 2, 1), ("C", 2, 1, 1)])

    shelf.conn.execute("drop trigger break on media_file")
    assert shelf.scan().files.parsed == 1
    assert lines(shelf.conn) == [("A", 2, 1, 1), ("B", 2, 1, 1), ("C", 2, 1, 1)]


def test_a_person_merged_away_meanwhile_is_resolved_again(shelf: Any, sent: list[Writing], database: str) -> None:
    """The cache of the scan knows an id that another process has just merged away."""
    with connect.connect(database, autocommit=True) as other:
        other.execute("delete from person where name = 'Damon Albarn'")
    failed = write(shelf.conn, sent)
    assert len(failed) == 3
    shelf.scan()
    assert lines(shelf.conn) == [("A", 2, 2, 1), ("B", 2, 2, 1), ("C", 2, 2, 1)]


def test_a_known_track_takes_at_most_four_statements_for_all_its_relations(shelf: Any, sent: list[Writing]) -> None:
    assert [len(writing.statements) for writing in sent] == [1, 1, 1]
    write(shelf.conn, sent)
    plan = sent[0].plan
    assert plan is not None
    relations = {"persons": [], "roles": [], "positions": [], "names": [], "part_details": [], "genres": [], "tags": []}
    names = [name for name, _ in writing_module._statements(plan, relations, 1)]
    assert names == ["make_track", "write_contributions", "write_genres", "write_tags"]


def test_killed_between_any_two_statements_no_track_is_seen_with_half_its_relations(
    shelf: Any, sent: list[Writing], database: str
) -> None:
    write(shelf.conn, sent)
    for song in sorted(shelf.root.rglob("*.flac")):
        shelf.retag(song, genre=["Jazz", "Folk", "Soul"], composer=["X", "Y", "Z"], producer="P")
    kept: list[Writing] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scannerd.library.music.read.write", lambda _conn, writings: kept.extend(writings) or [])
        patched.setattr(
            "scannerd.library.music.scan.tidy", lambda *_, **__: None
        )  # what is not written is not left over
        shelf.scan()
    assert [len(writing.statements) for writing in kept] == [5, 5, 5]

    before = lines(shelf.conn)
    for cut in range(1, 6):
        with connect.connect(database, autocommit=True) as other:
            pid = other.info.backend_pid
            other.execute("begin")
            for name, params in kept[0].statements[:cut]:
                other.execute(load()[name].sql, params)
            kill(shelf.conn, pid)
            with pytest.raises(psycopg.OperationalError):
                other.execute("commit")
        assert lines(shelf.conn) == before
    assert write(shelf.conn, kept) == []
    assert lines(shelf.conn) == [("A", 5, 3, 1), ("B", 5, 3, 1), ("C", 5, 3, 1)]


def test_after_a_merge_in_the_middle_of_a_scan_only_the_first_track_is_written_twice(
    shelf: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever was merged away is forgotten by the cache, and found again once: a composer here, who is no artist."""
    monkeypatch.setattr("scannerd.library.music.batches.BATCH", 1)
    monkeypatch.setattr("scannerd.library.music.scan.CACHE_FROM", 1)
    for number in range(6):
        shelf.album(
            f"Blur/{number}", ["A"], artist="Blur", album=f"Album {number}", composer="Damon Albarn", genre="Rock"
        )
    alone: list[Any] = []
    write_alone = read_module.Reader._write_alone
    monkeypatch.setattr(
        read_module.Reader, "_write_alone", lambda self, *args: (alone.append(args), write_alone(self, *args))
    )

    def tell(phase: str, done: int, _total: int) -> None:
        if phase == "reading" and done == 2:
            with connect.connect(database, autocommit=True) as other:
                other.execute("delete from track_contribution where role = 'composer'")
                other.execute("delete from person where name = 'Damon Albarn'")

    assert shelf.scan(tell=tell).files.failed == 0
    assert len(alone) == 1
    assert shelf.one("select count(*) from track_contribution where role = 'composer'") == 4
