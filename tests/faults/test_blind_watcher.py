"""All the ways in which the kernel tells less than happened: whatever was not heard is found by the next look."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL

EVENTS = 16_384
"""The kernel keeps so many for one listener, if nobody set it otherwise, and forgets the rest."""
FILES = 400 if ALL else 6


@pytest.fixture
def blind(new_home: Callable[..., Home], database: str) -> Home:
    """A daemon that looks every second, as one does at a time that is set in minutes."""
    home = new_home(url=database)
    home.change("inbox", rescan="1s")
    home.daemon.start()
    home.wait_for_a_look()
    return home


def one_each(told: list[Play], place: Path, number: int) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    return write_maloja(place, told[number : number + 1])


def check(home: Home, count: int) -> None:
    home.wait_until_idle()
    assert home.look.rows("select state, count(*), sum(rows_stored) from export group by state") == [
        ("shelved", count, count)
    ]
    assert home.look.value("select count(*) from listen") == count
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0


def test_files_in_folders_that_are_made_in_a_burst_are_found(blind: Home, told: list[Play]) -> None:
    for number in range(FILES):
        one_each(told, blind.drop / f"anna/{number // 3}/b/{number}/c/{number}.json", number)

    check(blind, FILES)


def test_files_in_a_tree_that_is_moved_in_are_found(blind: Home, told: list[Play]) -> None:
    for number in range(FILES):
        one_each(told, blind.folder / f"made/{number % 7}/{number % 3}/{number}.json", number)
    (blind.folder / "made").rename(blind.drop / "anna")

    check(blind, FILES)


def test_files_that_come_all_at_once_while_nobody_listens_are_found(blind: Home, told: list[Play]) -> None:
    os.kill(blind.daemon.pid, signal.SIGSTOP)
    try:
        for number in range(FILES // 2):
            one_each(told, blind.drop / f"{number}.json", number)
        for number in range(EVENTS // 3):  # made, written, closed, and gone: more than is kept
            passing = blind.drop / f".{number}"
            passing.touch()
            passing.unlink()
        for number in range(FILES // 2, FILES):
            one_each(told, blind.drop / f"{number}.json", number)
    finally:
        os.kill(blind.daemon.pid, signal.SIGCONT)

    check(blind, FILES)


def test_files_in_more_folders_than_may_be_watched_are_found(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    within = (sys.executable, str(Path(__file__).with_name("few_watches.py")), "4")
    tried = subprocess.run([*within, sys.executable, "-c", ""], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"the limit cannot be lowered here: {tried.stderr.strip()}")
    home = new_home(url=database)
    home.change("inbox", rescan="1s")
    home.daemon.start(*within)
    home.wait_for_a_look()
    for number in range(FILES):
        one_each(told, home.drop / f"anna/{number}/{number}.json", number)

    home.wait_until_idle()
    assert home.look.value("select count(*) from listen") == FILES
    print(home.daemon.errors())
    home.look.close()
    assert home.daemon.stop() == 0
