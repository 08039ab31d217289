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
from running import environment, wait_until

from scannerd.status.daemon_state import FolderState, place, read

EVENTS = 16_384
"""The kernel keeps so many for one listener, if nobody set it otherwise, and forgets the rest."""
LIMIT = "the limit of inotify watches"
FILES = 400 if ALL else 6
MANY = 20_000


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


def watched(home: Home) -> dict[str, FolderState]:
    """How the daemon says it notices changes: in the drop folder, and in the libraries by their names."""
    state = read(place(home.state, environment()))
    return {folder.library or "drop": folder for folder in state.folders} if state else {}


def is_noticed(home: Home, name: str, mode: str, why: str = "") -> bool:
    """Whether it says so, once it says anything of this folder."""
    found = watched(home).get(name)
    return found is not None and (found.mode, found.why) == (mode, why)


def within(watches: int) -> tuple[str, ...]:
    """A program that lets a daemon watch so many folders."""
    few = (sys.executable, str(Path(__file__).with_name("few_watches.py")), str(watches))
    tried = subprocess.run([*few, sys.executable, "-c", ""], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"the limit cannot be lowered here: {tried.stderr.strip()}")
    return few


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
    few = within(4)
    home = new_home(url=database)
    home.change("inbox", rescan="1s")
    home.daemon.start(*few)
    home.wait_for_a_look()
    for number in range(FILES):
        one_each(told, home.drop / f"anna/{number}/{number}.json", number)

    home.wait_until_idle()
    one_each(told, home.drop / f"anna/{FILES - 1}/{FILES - 1}/later.json", FILES)
    home.wait_until_idle()
    assert home.look.value("select count(*) from listen") == FILES + 1
    wait_until(lambda: is_noticed(home, "drop", "polling", LIMIT), "it tells why it does not hear of them")
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_library_that_does_not_fit_is_polled_and_leaves_room_for_the_drop_folder(
    new_home: Callable[..., Home], database: str, open_tmp: Path
) -> None:
    few = within(30)
    root = open_tmp / "music"
    for number in range(61):
        (root / f"{number}").mkdir(parents=True)
    home = new_home(url=database)
    home.daemon.add_library("music", root)
    home.daemon.start(*few)

    wait_until(lambda: home.daemon.count("watcher_broke") > 0, "it tells that the library is not heard")
    wait_until(
        lambda: is_noticed(home, "drop", "events") and is_noticed(home, "music", "polling", LIMIT), "it is polled"
    )
    [told] = [line for line in home.daemon.warnings() if str(root) in line]
    assert told == (
        f"changes in {root} are not heard and are found by looking every so often: {LIMIT} (to mend it: "
        "echo user.max_inotify_watches=524288 | sudo tee -a /etc/sysctl.d/60-scannerd.conf && sudo sysctl --system)"
    )
    home.look.close()
    assert home.daemon.stop() == 0


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
@pytest.mark.timeout(3600)
def test_twenty_thousand_files_that_come_at_once_are_all_put_away(blind: Home, told: list[Play]) -> None:
    made = [write_maloja(blind.folder / f"{number}", told[number : number + 1]) for number in range(20)]
    names = {f"{number}.json" for number in range(MANY)}
    for number, name in enumerate(sorted(names)):
        os.link(made[number % len(made)], blind.drop / name)  # many of them within one step of the watcher
    left = MANY
    while left:
        before = left
        wait_until(lambda before=before: len(waiting(blind)) < before, "one more is put away", tick=1)
        left = len(waiting(blind))
    blind.wait_until_idle()

    assert {path.name for path in (blind.drop / "done").glob("*.json")} == names
    assert len([*(blind.drop / "done").glob("*.report.txt")]) == MANY
    assert blind.look.rows("select state, count(*), sum(rows_stored) from export group by state") == [
        ("shelved", len(made), len(made))
    ]
    assert blind.surprises() == []
    blind.look.close()
    assert blind.daemon.stop() == 0


def waiting(home: Home) -> list[Path]:
    return [*home.drop.glob("*.json")]
