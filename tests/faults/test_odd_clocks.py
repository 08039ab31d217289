"""Clocks that do not show what they should: times of files from other ages, and a machine that was just switched on."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from odd_calendar import OddCalendar
from running import wait_until
from test_reload import reload

HERE = Path(__file__).parent
DAY = 24 * 3600
YEAR = 365 * DAY
TIMES: dict[str, int | None] = {
    "1901": -2_147_483_648,
    "1970": 0,
    "tomorrow": None,
    "2038": 2_147_483_648,
    "2200": 7_258_118_400,
}
SINCE: dict[str, int | None] = {"just now": None, "for ten years": 10 * YEAR}


def test_files_of_any_time_are_taken_in_once(new_home: Callable[..., Home], database: str, told: list[Play]) -> None:
    home = new_home(url=database)
    home.daemon.start()
    home.wait_for_a_look()
    for number, (name, moment) in enumerate(TIMES.items()):
        made = write_maloja(home.folder / f"{name}.json", told[number * 10 : (number + 1) * 10])
        moment = time.time() + 24 * 3600 if moment is None else moment
        os.utime(made, (moment, moment))
        made.rename(home.drop / made.name)

    home.wait_until_idle()
    assert home.look.value("select count(*) from listen") == 10 * len(TIMES)
    assert home.look.value("select count(*) from export where state = 'shelved'") == len(TIMES)
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_file_whose_time_goes_back_while_it_settles_is_taken_in_once(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    home.change("inbox", settle="10m")  # however long this machine stands still
    home.daemon.start()
    home.wait_for_a_look()
    dropped = write_maloja(home.folder / "a.json", told[:50]).rename(home.drop / "a.json")
    for days in (1, -1, 400, -20_000):  # as a clock that is set does it to whoever writes
        home.wait_for_a_look()
        moment = time.time() + days * 24 * 3600
        os.utime(dropped, (moment, moment))
    home.wait_for_a_look()
    assert home.look.rows("select state from export") == []

    reload(home, 'settle = "10m"', 'settle = "50ms"')
    home.wait_until_idle()
    assert home.look.rows("select state, rows_stored from export") == [("shelved", 50)]
    home.look.close()
    assert home.daemon.stop() == 0


@pytest.mark.parametrize("since", SINCE if ALL else ["just now"])
def test_whatever_the_machine_counts_since_it_was_switched_on_all_is_taken_in(
    new_home: Callable[..., Home], database: str, told: list[Play], since: str
) -> None:
    more = SINCE[since]
    within = (sys.executable, str(HERE / "odd_clock.py"), str(2 - int(time.monotonic()) if more is None else more))
    tried = subprocess.run([*within, sys.executable, "-c", ""], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no other clock can be had here: {tried.stderr.strip()}")
    home = new_home(url=database)
    write_maloja(home.drop / "waiting.json", told[:50])
    home.daemon.start(*within)
    wait_until((home.drop / "done" / "waiting.json.report.txt").exists, "what waited is taken in")
    write_maloja(home.folder / "dropped.json", told[50:100]).rename(home.drop / "dropped.json")

    home.wait_until_idle()
    assert home.look.value("select count(*) from listen") == 100
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0


@pytest.fixture
def calendar(open_tmp: Path) -> OddCalendar:
    try:
        return OddCalendar(open_tmp)
    except OSError as exc:
        pytest.skip(f"no other calendar can be had here: {exc}")


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
def test_whatever_day_the_clock_jumps_to_all_is_taken_in(
    new_home: Callable[..., Home], database: str, told: list[Play], calendar: OddCalendar
) -> None:
    home = new_home(url=database)
    home.change("inbox", settle="300ms")
    home.daemon.start(**calendar.environ)
    home.wait_for_a_look()
    for number, days in enumerate((1, 0, -1, 400, -400, 0)):
        made = write_maloja(home.folder / f"{number}.json", told[number * 10 : (number + 1) * 10])
        made.rename(home.drop / made.name)
        calendar.show(days * DAY)
        wait_until((home.drop / "done" / f"{number}.json.report.txt").exists, "it is taken in all the same")

    home.wait_until_idle()
    assert home.look.value("select count(*) from listen") == 60
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
def test_before_the_clock_is_set_nothing_is_taken_for_a_listen_of_the_future(
    new_home: Callable[..., Home], database: str, told: list[Play], calendar: OddCalendar
) -> None:
    home = new_home(url=database)
    calendar.show(-int(time.time()))
    write_maloja(home.drop / "a.json", told[:10])
    home.daemon.start(**calendar.environ)
    wait_until(lambda: home.daemon.count("clock_wrong") == 1, "the clock is told of")
    assert home.look.value("select count(*) from export") == 0

    calendar.show(0)
    home.wait_until_idle()
    assert home.look.rows("select rows_stored, rows_skipped from export") == [(10, 0)]
    assert home.surprises() == ["the clock of this machine says 1970: waiting until it is set"]
    assert home.daemon.stop() == 0
