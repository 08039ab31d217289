"""A million rows in one file, killed two hundred times at any moment: once they are in, all are in, and once each."""

import math
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from home import Home
from made_exports import Play, history, write_maloja
from moments import ALL
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from running import environment, wait_until

from scannerd.status.daemon_state import place, read

ROWS, TRACKS, KILLS = 1_000_000, 100_000, 200
SOONEST = 0.02
"""Seconds from the moment it is at work to the kill, at least; at most so long as the whole import takes."""
FOR_EVER = 1800.0
SHELVED = "select count(*) from export where state = 'shelved'"
LISTENS = """
    select extract(epoch from listened_at)::bigint, track_lookup.title
    from listen join track_lookup on track_lookup.id = lookup_id order by 1, 2"""

pytestmark = pytest.mark.skipif(not ALL, reason="it takes an hour: SCANNERD_TEST_FAULTS=all")


@pytest.fixture(scope="module")
def plays() -> list[Play]:
    return history(ROWS, TRACKS)


@pytest.fixture(scope="module")
def export(plays: list[Play], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_maloja(tmp_path_factory.mktemp("million") / "million.json", plays)


def is_at_work(home: Home) -> bool:
    """The daemon says so, once a second."""
    state = read(place(home.state, environment()))
    lanes = () if state is None or state.pid != home.daemon.pid else state.lanes
    return any(lane.doing.startswith("taking in") for lane in lanes) or is_in(home)


def is_in(home: Home) -> bool:
    return bool(home.look.value(SHELVED))


def start(home: Home) -> float:
    """Until it is at it again; the seconds it took."""
    began = time.monotonic()
    home.daemon.start()
    wait_until(lambda: is_at_work(home), "it is at its work")
    return time.monotonic() - began


def in_time(home: Home, seconds: float) -> bool:
    """Whether all is in before so many seconds have passed."""
    until = time.monotonic() + seconds
    while not is_in(home):
        assert home.daemon.is_running, home.daemon.errors()
        if time.monotonic() > until:
            return False
        time.sleep(min(0.1, seconds))
    return True


def check(home: Home, expected: list[tuple[int, str]], admin: psycopg.Connection[Any]) -> None:
    """All is in; then the database goes, for a dozen of them take all the memory."""
    home.wait_until_idle()
    rows = home.look.rows("select state, rows_read, rows_stored from export")
    assert rows == [("shelved", len(expected), len(expected))]
    assert home.look.rows(LISTENS) == expected
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0
    name = sql.Identifier(str(conninfo_to_dict(home.url or "")["dbname"]))
    admin.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.mark.timeout(4 * 3600)
def test_a_million_rows_survive_two_hundred_kills(
    new_home: Callable[..., Home],
    new_database: Callable[[str], str],
    migrated: str,
    admin: psycopg.Connection[Any],
    plays: list[Play],
    export: Path,
    request: pytest.FixtureRequest,
) -> None:
    chance = random.Random(f"{request.config.getoption('randomly_seed', 1)} million")
    expected = sorted((play.at, play.track.title) for play in plays)

    def fresh() -> Home:
        home = new_home(url=new_database(migrated))
        shutil.copy(export, home.drop)
        return home

    home, began = fresh(), time.monotonic()
    start(home)
    assert in_time(home, FOR_EVER)
    longest = time.monotonic() - began
    check(home, expected, admin)

    home, kills, back = fresh(), 0, [0.0]
    while kills < KILLS:
        back.append(start(home))
        # As often soon as late: each phase is short at some scale.
        if in_time(home, math.exp(chance.uniform(math.log(SOONEST), math.log(longest)))):
            check(home, expected, admin)
            home = fresh()
        else:
            home.daemon.kill()
            kills += 1
    start(home)
    assert in_time(home, FOR_EVER)
    check(home, expected, admin)
    print(f"undisturbed {longest:.0f} s; after {kills} kills it was back at its work within {max(back):.1f} s")
