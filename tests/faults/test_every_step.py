"""Killed at each of its own steps, one after the other: the next one goes on, and the outcome is the same."""

import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from content import content, lying_in
from home import Home, Undisturbed
from made_exports import REFUSED, Play, write_listenbrainz, write_spotify
from moments import ALL

KILLS = None if ALL else 1
"""So many of the steps; None is each."""
EXPECTED = ("before the hash", "insert into export", "copy incoming_listen", "before the commit", "before the move")


class Steps(NamedTuple):
    """What a daemon does to take some files in, and what comes of it."""

    names: list[str]
    undisturbed: Undisturbed


def drop_some(home: Home, told: list[Play]) -> None:
    """A zip of two batches; in full also a file that overlaps, one that is none, one that is known."""
    first = write_spotify(home.drop / "1.zip", told[:400])
    if ALL:
        write_listenbrainz(home.drop / "2.jsonl", told[200:600])
        (home.drop / REFUSED).write_text("Dear diary, today I listened to nothing at all.\n" * 20)
        (home.drop / "7.zip").write_bytes(first.read_bytes())


def dying(log: Path, step: int) -> tuple[str, ...]:
    return (sys.executable, str(Path(__file__).with_name("dying.py")), str(log), str(step))


@pytest.fixture
def steps(new_home: Callable[..., Home], database: str, told: list[Play]) -> Steps:
    """Of a daemon that counts them, and dies at none."""
    home = new_home(url=database)
    drop_some(home, told)
    home.daemon.start(*dying(home.folder / "steps", 0))
    home.wait_until_idle()
    names = [line.partition(" ")[2] for line in (home.folder / "steps").read_text().splitlines()]
    print(f"{len(names)} steps")
    assert [one for one in EXPECTED if not any(name.startswith(one) for name in names)] == []
    found = Steps(names, Undisturbed(content(home.look), lying_in(home.drop)))
    home.look.close()
    assert home.daemon.stop() == 0
    return found


@pytest.mark.timeout(7200)
def test_killed_at_any_of_its_steps_every_export_ends_exactly_once(
    new_home: Callable[..., Home],
    new_database: Callable[[str], str],
    migrated: str,
    steps: Steps,
    told: list[Play],
    request: pytest.FixtureRequest,
) -> None:
    chance = random.Random(str(request.config.getoption("randomly_seed", 1)))
    numbers = range(1, len(steps.names) + 1)
    for number in numbers if KILLS is None else chance.sample(numbers, KILLS):
        home = new_home(url=new_database(migrated))
        drop_some(home, told)
        home.daemon.start(*dying(home.folder / "steps", number))
        assert home.daemon.ended() == -signal.SIGKILL
        last = (home.folder / "steps").read_text().splitlines()[-1]
        assert last == f"{number} {steps.names[number - 1]}"
        print(f"killed at step {last}")

        home.daemon.start()
        home.wait_until_idle()
        steps.undisturbed.check(home)
        assert home.surprises() == []
        home.look.close()
        assert home.daemon.stop() == 0
        shutil.rmtree(home.drop)
