"""Kill -9 of `scannerd scan`, of its PostgreSQL, two scans of one library: the next scan makes all of it good."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from home import Home
from running import wait_until
from scans import READ, SCANNING, UNAVAILABLE, MusicShelf, connected, kill, strikes

TEMPORARY = 75
BLOCKED = "wait_event_type = 'Lock'"


@pytest.fixture
def shelf(faults_folder: Path, database: str) -> Iterator[MusicShelf]:
    """A music folder and a database of the session's server."""
    with MusicShelf.on(faults_folder, database) as made:
        yield made


@strikes(in_full=15, in_sample=2)
def test_killed_anywhere_in_a_first_scan_the_next_one_makes_it_whole(
    shelf: MusicShelf, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    shelf.struck(kill, chance)
    shelf.scan()
    shelf.check(fresh, database)


@strikes(in_full=15, in_sample=2)
def test_killed_again_and_again_while_the_folder_changes(
    shelf: MusicShelf, chance: random.Random, database: str, fresh: str
) -> None:
    tree = shelf.fill(chance)
    shelf.scan()
    for _ in range(3):
        for _ in range(40):
            tree.edit()
        shelf.struck(kill, chance)
    shelf.scan("--accept-missing")
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_scan_that_is_told_to_end_says_what_it_kept(
    shelf: MusicShelf, chance: random.Random, database: str, fresh: str
) -> None:
    shelf.fill(chance)
    assert shelf.struck(lambda run: os.kill(run.pid, signal.SIGTERM), chance) in {0, 130, -signal.SIGTERM}
    shelf.scan()
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_killed_backend_fails_the_scan_and_the_next_one_makes_it_whole(
    shelf: MusicShelf, chance: random.Random, database: str, fresh: str
) -> None:
    def strike(_run: subprocess.Popen[bytes]) -> None:
        shelf.look.rows(f"select pg_terminate_backend(pid) {SCANNING}")

    shelf.fill(chance)
    code = shelf.struck(strike, chance)
    assert code in {0, UNAVAILABLE}, shelf.said()
    assert "Traceback" not in shelf.said()
    shelf.scan()
    shelf.check(fresh, database)


@strikes(in_full=6, in_sample=1)
def test_a_killed_server_loses_no_file_that_a_later_scan_takes_for_known(
    home: Home, faults_folder: Path, chance: random.Random, fresh: str
) -> None:
    MusicShelf.outlives_its_server(home, faults_folder, chance, fresh)


def test_of_two_scans_of_one_library_the_second_says_that_it_is_busy(
    shelf: MusicShelf, database: str, fresh: str
) -> None:
    shelf.fill(random.Random(1))
    with connected(database) as conn, conn.transaction():
        conn.execute("lock table scannerd.media_file in share mode")  # it gets as far as its first file, and no further
        first = shelf.start()
        wait_until(
            lambda: first.poll() is not None or shelf.look.value(f"select count(*) {SCANNING} and {BLOCKED}") > 0,
            "the first one is in the middle of its work",
        )
        assert shelf.ended(shelf.start()) == TEMPORARY
        assert '"music" is being scanned already' in shelf.said()
    assert shelf.ended(first) == 0
    shelf.check(fresh, database)


def test_the_lock_of_a_killed_scan_is_free_at_once(shelf: MusicShelf, database: str, fresh: str) -> None:
    shelf.fill(random.Random(1))
    first = shelf.start()
    wait_until(lambda: first.poll() is not None or bool(shelf.look.value(READ)), "files are read")
    kill(first)
    shelf.ended(first)
    wait_until(
        lambda: shelf.look.value(f"select count(*) {SCANNING}") == 0,
        "the server noticed that the scan is dead",
    )
    shelf.scan()
    shelf.check(fresh, database)
