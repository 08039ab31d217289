"""Several daemons of one installation on one database, each with libraries of its own, and one that they share."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from home import Home
from running import Daemon, environment, wait_until

sys.path.append(str(Path(__file__).parents[1] / "library"))
from songs import flac

from scannerd.errors import DatabaseUnavailable

FILES = """
    select library.name, state from media_file
    join root on root.id = root_id
    join library on library.id = library_id"""
TERMINATE = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database()"""
SESSIONS = """
    select pid from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database()"""
BEGUN = "select job from job_run where began_at > %s"
RUNS = "select job, outcome from job_run where job <> 'upkeep' order by 1"


def state(config: Daemon) -> dict[str, Any]:
    """What `scannerd status` says."""
    told: dict[str, Any] = json.loads(printed(config, "--json"))
    return told


def printed(config: Daemon, *more: str) -> str:
    """Asked again where the database did not answer in the few seconds it has: this machine may stand still."""
    words = [sys.executable, "-P", "-m", "scannerd", "status", *more, "--config", str(config.config)]
    told: list[str] = []

    def is_answered() -> bool:
        asked = subprocess.run(words, capture_output=True, text=True, check=False, cwd=config.home, env=environment())
        assert asked.returncode in {0, DatabaseUnavailable.exit_code}, asked.stderr
        told.append(asked.stdout)
        return asked.returncode == 0

    wait_until(is_answered, "the database answers")
    return told[-1]


@pytest.fixture
def boxes(new_home: Callable[..., Home], database: str, tmp_path: Path) -> tuple[Home, Daemon, Daemon]:
    """Two daemons, and three folders of music: one of each, and one of both."""
    home = new_home(url=database)
    one, two = home.daemon, home.another("second")
    for name, keepers in (("own1", (one,)), ("own2", (two,)), ("shared", (one, two))):
        flac(tmp_path / name / "song.flac", title=name, artist="Blur", album="13")
        for keeper in keepers:
            keeper.add_library(name, tmp_path / name)
    return home, one, two


def files(home: Home) -> dict[str, str]:
    return dict(home.look.rows(FILES) or [])


ALL_THERE = {"own1": "present", "own2": "present", "shared": "present"}


def test_daemons_with_libraries_of_their_own_leave_those_of_the_other_alone(boxes: tuple[Home, Daemon, Daemon]) -> None:
    home, one, two = boxes
    one.start()
    wait_until(lambda: files(home) == {"own1": "present", "shared": "present"}, "the first one has scanned its own")
    two.start()
    wait_until(lambda: two.count("scan_done") == 1, "the second one has scanned its own")
    assert files(home) == ALL_THERE

    ended = set(home.look.rows(SESSIONS) or [])
    home.look.rows(TERMINATE)
    wait_until(lambda: len(set(home.look.rows(SESSIONS) or []) - ended) >= 2, "they are at work again")
    assert one.stop() == 0
    before = home.look.value("select now()")
    one.start()
    wait_until(lambda: ("scan own1",) in (home.look.rows(BEGUN, before) or []), "it has scanned its own again")
    assert files(home) == ALL_THERE
    assert one.count("library_left_out") + two.count("library_left_out") == 0
    assert (one.stop(), two.stop()) == (0, 0)


def test_a_library_that_leaves_the_settings_of_all_that_had_it_is_missing_at_once(
    boxes: tuple[Home, Daemon, Daemon], tmp_path: Path
) -> None:
    home, one, two = boxes
    one.start()
    two.start()
    wait_until(lambda: files(home) == ALL_THERE, "all is scanned")

    for daemon, kept in ((one, "own1"), (two, "shared")):
        daemon.config.write_text(daemon.config.read_text().partition("[[library]]")[0])
        daemon.add_library(kept, tmp_path / kept)
    os.kill(one.pid, signal.SIGHUP)
    wait_until(lambda: one.count("reloaded") == 1, "the first one has new settings")
    assert two.stop() == 0
    two.start()

    wait_until(lambda: two.count("library_left_out") == 1, "one library is in no settings any more")
    assert files(home) == {"own1": "present", "own2": "missing", "shared": "present"}
    assert one.count("library_left_out") == 0
    assert (one.stop(), two.stop()) == (0, 0)


def test_status_says_who_stands_by_and_who_else_is_there_dead_or_alive(boxes: tuple[Home, Daemon, Daemon]) -> None:
    home, one, two = boxes
    one.start()
    wait_until(lambda: one.count("scan_done") == 2, "the first one has scanned all of its own")
    two.start()
    wait_until(lambda: two.count("scan_done") == 1 and two.count("stand_by") > 0, "the second one has done its own")

    said: dict[str, Any] = {}

    def is_published() -> bool:
        said.update(state(two))
        standing_by = [folder["library"] for folder in said["daemon"].get("folders", ()) if folder["stands_by"]]
        lanes = {lane["name"]: lane["doing"] for lane in said["daemon"].get("lanes", ())}
        words = "standing by: another scannerd works on the library shared"  # after it has asked, not while it does
        return standing_by == ["shared"] and lanes["the libraries"] == words

    wait_until(lambda: len(home.look.rows("select 1 from daemon") or []) == 2, "both have said who they are")
    wait_until(is_published, "it is published who stands by")
    [other] = said["other_daemons"]
    assert (other["place"].endswith(f":{home.state}"), other["running"]) == (True, True)
    assert {one["name"]: bool(one["also_kept_by"]) for one in said["libraries"]} == {
        "own2": False,
        "shared": True,
        "own1": True,
    }
    assert "another scannerd works on it" in printed(two)

    one.kill()
    wait_until(lambda: [other["running"] for other in state(two)["other_daemons"]] == [False], "it is seen to be dead")
    assert ": not running since " in printed(two)
    assert two.stop() == 0


def test_the_end_of_each_scan_of_a_whole_library_is_told_as_its_last_run(boxes: tuple[Home, Daemon, Daemon]) -> None:
    home, one, _ = boxes
    one.start()
    wait_until(lambda: len(home.look.rows(RUNS) or []) == 2, "both scans are noted")
    runs = home.look.rows(RUNS) or []
    assert [job for job, _ in runs] == ["scan own1", "scan shared"]
    assert {outcome for _, outcome in runs} <= {"1 new", "nothing new"}  # once at the start, and once when it hears
    assert one.stop() == 0
    one.start()

    def outcomes() -> set[str | None]:
        return {job["outcome"] for job in state(one)["daemon"].get("jobs", ()) if job["name"] != "upkeep"}

    wait_until(lambda: outcomes() == {"nothing new"}, "the second one is told of")
    assert " (nothing new)" in printed(one)
    assert one.stop() == 0
