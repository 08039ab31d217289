"""The connection goes in the middle of a COMMIT, so that nobody here knows whether it counts: the database is asked."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cut_line import Cut, CutLine
from home import Home, Undisturbed
from made_exports import Play, drop_all
from moments import ALL

COMMITS = 80
"""About so many there are from the first look to the last file; a cut that comes later is never made."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cuts" in metafunc.fixturenames:
        seed = int(metafunc.config.getoption("randomly_seed", 1) or 1)
        chance = random.Random(f"{seed} cuts")
        # In full every commit once, as it is lost and as only its answer is; in a sample two of each.
        places = [{n: cut} for n in range(1, COMMITS + 1) for cut in Cut] if ALL else [_some(chance), _some(chance)]
        names = [f"seed-{seed}-" + "-".join(f"{cut.name.lower()}-{n}" for n, cut in one.items()) for one in places]
        metafunc.parametrize("cuts", places, ids=names)


def _some(chance: random.Random) -> dict[int, Cut]:
    early, late = chance.randint(2, 14), chance.randint(15, 45)
    ways = chance.sample(list(Cut), 2)
    return {early: ways[0], late: ways[1]}


def test_a_commit_whose_outcome_nobody_heard_is_neither_lost_nor_done_twice(
    new_home: Callable[..., Home],
    database: str,
    open_tmp: Path,
    cuts: dict[int, Cut],
    told: list[Play],
    undisturbed: Undisturbed,
) -> None:
    with CutLine(open_tmp, database, cuts) as line:
        home = new_home(url=line.conninfo)
        home.look = type(home.look)(lambda: database)
        drop_all(home.drop, told)
        home.daemon.start()
        pid = home.daemon.pid

        home.wait_until_idle()
        undisturbed.check(home)
        home.wait_until_back()
        assert home.daemon.pid == pid
        home.look.close()
        assert home.daemon.stop() == 0
        assert home.daemon.count("database_lost") == home.daemon.count("database_back") <= len(line.made)
        assert line.made == [cut for number, cut in cuts.items() if number <= line.commits]
