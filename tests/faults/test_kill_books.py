"""Kill -9 of `scannerd scan` of books, of a worker, of PostgreSQL: the next scan makes all of it good, and nobody ever
sees half a book.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from book_scans import BookFolder, half_books, polled
from home import Home
from scans import SCANNING, UNAVAILABLE, connected, kill, kill_a_child, kill_group, strikes


@pytest.fixture
def shelf(faults_folder: Path, database: str) -> Iterator[BookFolder]:
    """A folder of books and a database of the session's server."""
    with BookFolder.on(faults_folder, database) as made:
        yield made


@strikes(in_full=15, in_sample=1)
def test_killed_anywhere_in_a_first_scan_of_books_the_next_one_makes_it_whole(
    shelf: BookFolder, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    shelf.struck(kill, chance)
    shelf.scan()
    shelf.check(fresh, database)


@strikes(in_full=15, in_sample=1)
def test_killed_again_and_again_while_the_books_change(
    shelf: BookFolder, chance: random.Random, database: str, fresh: str
) -> None:
    tree = shelf.fill(chance)
    shelf.scan()
    for _ in range(3):
        for _ in range(40):
            tree.edit()
        shelf.struck(chance.choice([kill, kill_group]), chance)
    shelf.scan("--accept-missing")
    shelf.check(fresh, database)


@strikes(in_full=15, in_sample=1)
def test_whoever_looks_while_scans_are_killed_never_sees_half_a_book(
    shelf: BookFolder, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    with polled(database) as half:
        for version in range(1, 4):
            if version > 1:
                shelf.put(version)
            of_version = f"select count(*) from scannerd.media_file where said::text like '% x{version}%'"
            shelf.struck(chance.choice([kill, kill_group]), chance, read=of_version)
            if chance.random() < 0.5:
                shelf.scan()
        shelf.scan()
    assert half == []
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_scan_of_books_goes_on_without_a_killed_worker(
    shelf: BookFolder, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    assert shelf.struck(kill_a_child, chance) == 0, shelf.said()
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_killed_backend_leaves_no_half_book(
    shelf: BookFolder, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    code = shelf.struck(lambda _run: shelf.look.rows(f"select pg_terminate_backend(pid) {SCANNING}"), chance)
    assert code in {0, UNAVAILABLE}, shelf.said()
    assert "Traceback" not in shelf.said()
    shelf.scan()
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_killed_server_loses_no_book_that_a_later_scan_takes_for_known(
    home: Home, faults_folder: Path, chance: random.Random, fresh: str
) -> None:
    BookFolder.outlives_its_server(home, faults_folder, chance, fresh)


def test_half_a_book_would_be_seen(shelf: BookFolder, database: str) -> None:
    shelf.fill(random.Random(1))
    shelf.scan()
    with connected(database) as conn:
        assert half_books(conn) == []
        conn.execute("update book set publisher = 'House x2' where title = 'Book 0 x1'")
        conn.execute("delete from chapter where title = 'Three x1' and file_id = (select min(file_id) from chapter"
                     " where title = 'Three x1')")  # fmt: skip
        assert len(half_books(conn)) == 2
