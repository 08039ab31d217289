"""Each book whole or not at all: by breaking every table in turn, by killing between statements, by watching."""

import threading
from functools import partial
from typing import Any

import psycopg
import pytest
from epub_files import opf
from waiting import wait_until

from scannerd.db import connect
from scannerd.db.queries import load
from scannerd.library.books import read as read_module
from scannerd.library.books.write import Writing, write

ONE = {
    "subjects": ["Novel", "Epic"],
    "series": ("Saga", "1"),
    "identifiers": ["urn:isbn:9780441172719"],
    "chapters": ["1"],
}
TWO = {
    "subjects": ["Essay", "Science", "Sand"],
    "series": ("Other Saga", "2.5"),
    "identifiers": ["urn:isbn:9780306406157", "urn:uuid:6f1b9a3e-26a2-4c1c-9a2e-3f6f5d3f7f10"],
    "chapters": ["I", "II", "III"],
    "publisher": "Ace",
}
LINES = (
    "select title, publisher,"
    " (select array_agg(name order by name) from book_contribution join person on person.id = person_id"
    " where book_id = book.id),"
    " (select count(*) from book_genre where book_id = book.id),"
    " (select array_agg(name) from book_series join series on series.id = series_id where book_id = book.id),"
    " (select count(*) from book_identifier where book_id = book.id),"
    " (select count(*) from media_file join chapter on file_id = media_file.id where book_id = book.id),"
    " (select count(*) from media_file where book_id = book.id)"
    " from book order by title"
)
OLD_DUNE = ("Dune", None, ["Ann"], 2, ["Saga"], 1, 1, 1)
NEW_DUNE = ("Dune", "Ace", ["Bob", "Cid"], 3, ["Other Saga"], 2, 3, 1)


def lines(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Each book with how much belongs to it."""
    return conn.execute(LINES).fetchall()


def old(shelf: Any, name: str) -> None:
    shelf.epub(f"A/{name}/{name}.epub", name, "Ann", **ONE)


def changed(shelf: Any, name: str) -> None:
    shelf.epub(f"A/{name}/{name}.epub", name, "Bob", "Cid", **TWO)


def kept_back(shelf: Any) -> list[Writing]:
    """What a scan would write, not written."""
    kept: list[Writing] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(read_module, "write", lambda _conn, writings: kept.extend(writings) or [])
        patched.setattr("scannerd.library.books.scan.tidy", lambda *_, **__: 0)  # what is not written is not left over
        shelf.scan()
    return kept


def kill(conn: psycopg.Connection[Any], pid: int) -> None:
    """End another session, and wait until nothing of it is left."""
    conn.execute("select pg_terminate_backend(%s)", [pid])
    there = "select 1 from pg_stat_activity where pid = %s"
    wait_until(lambda: not conn.execute(there, [pid]).fetchall(), "the session is gone")


def test_a_new_book_is_one_statement_and_many_travel_in_one_pipeline(book_shelf: Any) -> None:
    for name in ("Dune", "Emma", "Ulysses"):
        old(book_shelf, name)
    sent = kept_back(book_shelf)
    assert [[name for name, _ in writing.statements] for writing in sent] == [["insert_book"]] * 3
    assert lines(book_shelf.conn) == []
    assert write(book_shelf.conn, sent) == []
    assert lines(book_shelf.conn) == [(name, *OLD_DUNE[1:]) for name in ("Dune", "Emma", "Ulysses")]


def test_a_known_book_takes_one_statement_for_each_thing_that_belongs_to_it(book_shelf: Any) -> None:
    old(book_shelf, "Dune")
    book_shelf.scan()
    changed(book_shelf, "Dune")
    (writing,) = kept_back(book_shelf)
    assert [name for name, _ in writing.statements] == [
        "update_book",
        "write_book_files",
        "write_chapters",
        "write_file_narrators",
        "write_book_contributions",
        "write_book_genres",
        "write_book_tags",
        "write_book_series",
        "write_book_identifiers",
    ]


def test_a_book_that_fails_does_not_take_its_neighbours_along(book_shelf: Any) -> None:
    for name in ("Dune", "Emma", "Ulysses"):
        old(book_shelf, name)
    sent = kept_back(book_shelf)
    ((name, params),) = sent[1].statements
    no_genre = '[{"genre_id": -1, "position": 0, "source": "file"}]'
    broken = Writing(sent[1].unit, ((name, {**params, "genres": no_genre}),), sent[1].files, sent[1].planned)
    failed = write(book_shelf.conn, [sent[0], broken, sent[2]])
    assert [(writing.files[0].name, type(exc)) for writing, exc in failed] == [
        (b"Emma.epub", psycopg.errors.ForeignKeyViolation)
    ]
    assert [title for title, *_ in lines(book_shelf.conn)] == ["Dune", "Ulysses"]


@pytest.mark.parametrize(
    "table", ["book", "media_file", "chapter", "book_contribution", "book_genre", "book_series", "book_identifier"]
)
def test_whatever_breaks_the_book_is_as_it_was_and_the_next_scan_writes_it(book_shelf: Any, table: str) -> None:
    conn = book_shelf.conn
    conn.execute(
        "create function break() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$"
    )
    breaking = (
        f"create trigger break before insert or update or delete on {table} for each row execute function break()"
    )
    for make, before, after in ((old, [], [OLD_DUNE]), (changed, [OLD_DUNE], [NEW_DUNE])):
        make(book_shelf, "Dune")
        conn.execute(breaking)
        summary = book_shelf.scan()
        assert (summary.files.failed, lines(conn)) == (1, before)
        conn.execute(f"drop trigger break on {table}")
        assert book_shelf.scan().files.failed == 0
        assert lines(conn) == after


def test_killed_between_any_two_statements_no_book_is_seen_with_half_of_it(book_shelf: Any, database: str) -> None:
    old(book_shelf, "Dune")
    book_shelf.scan()
    changed(book_shelf, "Dune")
    (writing,) = kept_back(book_shelf)
    for cut in range(1, len(writing.statements) + 1):
        with connect.connect(database, autocommit=True) as other:
            pid = other.info.backend_pid
            other.execute("begin")
            for name, params in writing.statements[:cut]:
                other.execute(load()[name].sql, params)
            kill(book_shelf.conn, pid)
            with pytest.raises(psycopg.OperationalError):
                other.execute("commit")
        assert lines(book_shelf.conn) == [OLD_DUNE]
    assert write(book_shelf.conn, [writing]) == []
    assert lines(book_shelf.conn) == [NEW_DUNE]


@pytest.fixture
def slowed(book_shelf: Any) -> None:
    """Each row of a relation takes a moment, so that whoever watches sees between them."""
    book_shelf.conn.execute(
        "create function slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(0.002); return case when tg_op = 'DELETE' then old else new end; end $$"
    )
    for table in ("book_contribution", "book_genre", "book_series", "book_identifier", "chapter", "media_file"):
        book_shelf.conn.execute(
            f"create trigger slow before insert or update or delete on {table} for each row execute function slow()"
        )


def test_no_reader_ever_sees_half_a_book(book_shelf: Any, database: str, slowed: None) -> None:
    names = [f"Book {number}" for number in range(8)]
    seen: set[str] = set()
    done, looking = threading.Event(), threading.Event()

    def watch() -> None:
        with connect.connect(database, autocommit=True) as other:
            while not done.is_set():
                seen.update(str(line[1:]) for line in lines(other))
                looking.set()

    watcher = threading.Thread(target=watch)

    def has_seen(whole: tuple[Any, ...]) -> bool:
        assert watcher.is_alive(), "nobody watches any more"
        return str(whole[1:]) in seen

    watcher.start()
    try:
        wait_until(lambda: looking.is_set() or not watcher.is_alive(), "somebody watches")
        for make, whole in ((old, OLD_DUNE), (changed, NEW_DUNE)):
            for name in names:
                make(book_shelf, name)
            assert book_shelf.scan().files.failed == 0
            wait_until(partial(has_seen, whole), "whoever watches has seen the books")
    finally:
        done.set()
        watcher.join()
    assert seen == {str(OLD_DUNE[1:]), str(NEW_DUNE[1:])}


def test_somebody_merged_away_meanwhile_is_resolved_again(book_shelf: Any, database: str) -> None:
    """The cache of the scan knows a number that another process has just taken away."""
    for name in ("Dune", "Emma"):
        old(book_shelf, name)
    sent = kept_back(book_shelf)
    with connect.connect(database, autocommit=True) as other:
        other.execute("delete from person; delete from series")
    assert len(write(book_shelf.conn, sent)) == 2
    assert book_shelf.scan().files.failed == 0
    assert [title for title, *_ in lines(book_shelf.conn)] == ["Dune", "Emma"]


@pytest.mark.parametrize("what", ["person", "genre", "series"])
def test_after_a_loss_in_the_middle_of_a_scan_only_one_book_is_written_twice(
    book_shelf: Any, database: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(read_module, "BATCH", 1)
    monkeypatch.setattr("scannerd.library.books.scan.CACHE_FROM", 1)
    for number in range(6):
        old(book_shelf, f"Book {number}")
    alone: list[Any] = []
    write_alone = read_module.BookReader._write_alone
    monkeypatch.setattr(
        read_module.BookReader, "_write_alone", lambda self, *args: (alone.append(args), write_alone(self, *args))
    )

    def tell(phase: str, done: int, _total: int) -> None:
        if phase == "reading" and done == 2:
            with connect.connect(database, autocommit=True) as other:
                other.execute(f"delete from {what}")

    assert book_shelf.scan(tell=tell).files.failed == 0
    assert len(alone) == 1
    assert len(lines(book_shelf.conn)) == 6
    assert [line[2:6] for line in lines(book_shelf.conn)][2:] == [OLD_DUNE[2:6]] * 4


def test_a_book_deleted_in_the_middle_of_a_scan_is_made_again(
    book_shelf: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(book_shelf, "Dune")
    book_shelf.scan()
    changed(book_shelf, "Dune")

    def write_late(conn: psycopg.Connection[Any], writings: list[Writing]) -> Any:
        monkeypatch.setattr(read_module, "write", write)
        with connect.connect(database, autocommit=True) as other:
            other.execute("delete from book")
        return write(conn, writings)

    monkeypatch.setattr(read_module, "write", write_late)
    assert book_shelf.scan().files.failed == 0
    assert lines(book_shelf.conn) == [NEW_DUNE]


def test_a_book_that_no_file_of_its_own_leads_to_is_owed_until_it_is_written(book_shelf: Any) -> None:
    """What lies beside the books of a folder is written with one of them, and the others would not be found again."""
    for name in ("Dune", "Emma"):
        book_shelf.epub(f"A/{name}.epub", name)
    book_shelf.scan()
    book_shelf.write("A/Dune.opf", opf("Der Wüstenplanet", ["Ann"]).encode())
    kept = kept_back(book_shelf)
    assert sorted(writing.files[0].name for writing in kept) == [b"Dune.epub", b"Emma.epub"]
    assert book_shelf.ask("select name from media_file where not is_derived") == [(b"Emma.epub",)]
    book_shelf.scan()
    assert book_shelf.titles() == ["Der Wüstenplanet", "Emma"]
    assert book_shelf.one("select bool_and(is_derived) from media_file") is True


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_a_scan_that_is_stopped_and_taken_up_again_ends_as_one_that_was_not(
    book_shelf: Any, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(read_module, "BATCH", 2)
    monkeypatch.setattr("scannerd.library.books.owed.PAGE", 3)
    names = [f"Book {number}" for number in range(9)]
    for name in names:
        old(book_shelf, name)
    stop = threading.Event()
    told = 0

    def tell(phase: str, _done: int, _total: int) -> None:
        nonlocal told
        told += phase == "reading"
        if told == batches:
            stop.set()

    assert book_shelf.scan(stop=stop, tell=tell).complete is False
    assert 0 < len(lines(book_shelf.conn)) < 9
    assert book_shelf.one("select is_settled from library") is False
    book_shelf.scan()
    assert lines(book_shelf.conn) == [(name, *OLD_DUNE[1:]) for name in names]
    assert book_shelf.one("select is_settled from library") is True
