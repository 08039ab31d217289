"""An undo whose session is terminated: all of it happened, or nothing."""

import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from content import content, differences
from home import Home
from made_exports import Play, write_maloja, write_spotify
from moments import ALL
from psycopg.conninfo import conninfo_to_dict
from running import Look, environment, wait_until

UNDOING = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database() and query ~ %s"""
STATEMENTS = ("lock", "create temp", "update listen", "delete from listen", "delete from", "touched", "undone")
GONE = "select count(*) = 0 from pg_stat_activity where application_name = 'scannerd' and datname = current_database()"


def undo(home: Home) -> subprocess.Popen[bytes]:
    command = ["exports", "undo", "1", "--config", str(home.folder / "scannerd.toml")]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "scannerd", *command],
        cwd=home.folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def undone(look: Look) -> bool:
    return bool(look.value("select state = 'undone' from export where id = 1"))


def test_a_terminated_undo_is_all_or_nothing(
    new_home: Callable[..., Home],
    database: str,
    admin: psycopg.Connection[Any],
    new_database: Callable[[str], str],
    told: list[Play],
    request: pytest.FixtureRequest,
) -> None:
    home = new_home(url=database)
    part = told[:3000]
    write_maloja(home.drop / "1.json", part[: len(part) * 2 // 3])
    write_spotify(home.drop / "2.zip", part[len(part) // 3 :])
    home.daemon.start()
    home.wait_until_idle()
    before = content(home.look)
    assert home.daemon.stop() == 0
    home.look.close()
    name = str(conninfo_to_dict(database)["dbname"])
    others = "select pid from pg_stat_activity where datname = %s and backend_type = 'client backend'"
    wait_until(lambda: not admin.execute(others, [name]).fetchall(), "nobody is in what is copied")
    copy = new_database(name)

    chance = random.Random(str(request.config.getoption("randomly_seed", 1)))
    for statement in chance.sample(STATEMENTS, len(STATEMENTS) if ALL else 2):
        with undo(home) as running:
            while running.poll() is None and not home.look.rows(UNDOING, statement):
                pass
        wait_until(lambda: bool(home.look.value(GONE)), "the terminated session is gone")
        if undone(home.look):
            break
        assert running.returncode == 69
        assert differences(before, content(home.look)) == []
    if not undone(home.look):
        with undo(home) as running:
            assert running.wait() == 0

    other = new_home(url=copy)
    with undo(other) as running:
        assert running.wait() == 0
    assert differences(content(other.look), content(home.look)) == []
