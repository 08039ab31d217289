"""Kill -9 of `scannerd scan`, of its PostgreSQL, two scans of one library: the next scan makes all of it good."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from home import Home
from moments import ALL
from running import Look, wait_until, working_in
from scans import READ, MusicShelf, kill

TEMPORARY, UNAVAILABLE = 75, 69
SCANNING = "from pg_stat_activity where application_name = 'scannerd' and datname = current_database()"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "chance" in metafunc.fixturenames:
        seed = int(metafunc.config.getoption("randomly_seed", 1) or 1)
        in_full, in_sample = metafunc.function.strikes
        name = metafunc.function.__name__
        chances = [random.Random(f"{seed} {name} {number}") for number in range(in_full if ALL else in_sample)]
        metafunc.parametrize("chance", chances, ids=[f"seed-{seed}-{number}" for number in range(len(chances))])


def strikes(*, in_full: int, in_sample: int) -> Callable[[Any], Any]:
    """Run a test so many times, each with its own `chance`."""

    def mark(test: Any) -> Any:
        test.strikes = (in_full, in_sample)
        return test

    return mark


@pytest.fixture
def shelf(faults_folder: Path, database: str) -> Iterator[MusicShelf]:
    """A music folder and a database of the session's server."""
    folder = Path(tempfile.mkdtemp(prefix="scan-", dir=faults_folder))
    settings = {"state": {"folder": str(folder / "state")}, "database": {"url": database}}
    made = MusicShelf(folder, settings, Look(lambda: database))
    yield made
    made.end()
    wait_until(lambda: not working_in(folder), "the workers noticed that their scan is dead")


@pytest.fixture
def fresh(new_database: Callable[[str], str], migrated: str) -> str:
    """A second database, for a scan that nobody disturbs."""
    return new_database(migrated)


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
    folder = Path(tempfile.mkdtemp(prefix="scan-", dir=faults_folder))
    folder.chmod(0o755)
    settings = {"state": home.settings["state"], "database": home.settings["database"]}
    shelf = MusicShelf(folder, settings, home.look)

    def strike(_run: subprocess.Popen[bytes]) -> None:
        pid = home.server.postmaster()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    try:
        shelf.fill(chance)
        code = shelf.struck(strike, chance)
        assert code in {0, UNAVAILABLE}, shelf.said()
        assert "Traceback" not in shelf.said()
        shelf.look.close()
        wait_until(lambda: not home.server.processes(), "the killed server is gone")
        home.daemon.start()  # so that there is a server to look at afterwards
        shelf.scan()
        conninfo = home.server.conninfo()
        assert conninfo is not None
        shelf.check(fresh, conninfo)
        assert home.daemon.stop() == 0
    finally:
        shelf.end()


def test_of_two_scans_of_one_library_the_second_says_that_it_is_busy(
    shelf: MusicShelf, database: str, fresh: str
) -> None:
    shelf.fill(random.Random(1))
    first = shelf.start()
    wait_until(lambda: first.poll() is not None or bool(shelf.look.value(READ)), "files are read")
    os.kill(first.pid, signal.SIGSTOP)
    assert shelf.start().wait() == TEMPORARY
    assert '"music" is being scanned already' in shelf.said()
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0
    shelf.check(fresh, database)


def test_the_lock_of_a_killed_scan_is_free_at_once(shelf: MusicShelf, database: str, fresh: str) -> None:
    shelf.fill(random.Random(1))
    first = shelf.start()
    wait_until(lambda: first.poll() is not None or bool(shelf.look.value(READ)), "files are read")
    kill(first)
    first.wait()
    wait_until(
        lambda: shelf.look.value(f"select count(*) {SCANNING}") == 0,
        "the server noticed that the scan is dead",
    )
    shelf.scan()
    shelf.check(fresh, database)
