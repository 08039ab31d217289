"""New settings while something is at work: that ends first, and nothing stands in its own way afterwards."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from dead_mount import dead_mount
from home import Home
from made_exports import Play, drop_all, write_maloja
from moments import ALL
from readers import Readers
from running import wait_until

sys.path.append(str(Path(__file__).parents[1] / "library"))
from songs import flac

SESSIONS = "select pid from pg_stat_activity where application_name = 'scannerd' and datname = current_database()"
LEADING = f"select pid from pg_locks where locktype = 'advisory' and granted and pid in ({SESSIONS})"


def reload(home: Home, before: str, after: str) -> None:
    config = home.daemon.config
    told = home.daemon.count("reloaded")
    config.write_text(config.read_text().replace(before, after))
    os.kill(home.daemon.pid, signal.SIGHUP)

    def is_told() -> bool:
        assert home.daemon.is_running, home.daemon.errors()
        return home.daemon.count("reloaded") > told

    wait_until(is_told, "the settings are read again")


def door_of(config: Path, home: Home) -> int:
    """The other end of this FIFO, once the daemon has opened it to read."""
    found: list[int] = []

    def is_open() -> bool:
        assert home.daemon.is_running, home.daemon.errors()
        with suppress(OSError):  # nobody reads yet
            found.append(os.open(config, os.O_WRONLY | os.O_NONBLOCK))
        return bool(found)

    wait_until(is_open, "it reads its settings")
    return found[0]


def test_a_daemon_that_is_only_starting_reads_its_settings_again_and_does_not_die(home: Home) -> None:
    config = home.daemon.config
    kept = config.rename(config.with_suffix(".kept"))
    os.mkfifo(config)
    home.daemon.start()
    with os.fdopen(door_of(config, home), "wb") as asked:
        os.kill(home.daemon.pid, signal.SIGHUP)
        asked.write(kept.read_bytes())
        kept.rename(config)

    wait_until(lambda: not home.daemon.is_running or home.daemon.count("reloaded") == 1, "it is heard")
    assert home.daemon.is_running, home.daemon.errors()
    assert home.daemon.stop() == 0, home.daemon.errors()


def test_an_export_that_is_being_read_is_not_begun_anew(home: Home, told: list[Play]) -> None:
    readers = Readers(home.folder)
    readers.stand_still()
    write_maloja(home.drop / "a.json", told)
    home.daemon.start(**readers.environ)
    reader = readers.standing(home.daemon)
    readers.no_more()
    reload(home, 'settle = "50ms"', 'settle = "60ms"')
    os.kill(reader, signal.SIGCONT)

    seen = set()
    while home.waiting:
        assert home.daemon.is_running, home.daemon.errors()
        seen.add(home.daemon.reader())
        time.sleep(0.002)
    assert seen <= {reader, None}
    home.wait_until_idle()
    assert home.look.rows("select state, rows_stored from export") == [("shelved", len(told))]
    assert home.surprises() == []
    assert home.daemon.stop() == 0


def test_sessions_that_end_late_do_not_make_the_daemon_stand_by_for_itself(home: Home, told: list[Play]) -> None:
    home.daemon.start()
    home.wait_for_a_look()
    leading = {pid for (pid,) in home.look.rows(LEADING) or []}
    assert leading
    for pid in leading:
        os.kill(pid, signal.SIGSTOP)
    reload(home, 'settle = "50ms"', 'settle = "60ms"')
    wait_until(lambda: {pid for (pid,) in home.look.rows(SESSIONS) or []} > leading, "there is a new session")
    time.sleep(0.5)  # in which it would meet its own old locks
    for pid in leading:
        os.kill(pid, signal.SIGCONT)

    write_maloja(home.drop / "a.json", told[:100])
    home.wait_until_idle()
    assert home.daemon.count("stand_by") == 0
    assert home.surprises() == []
    assert home.daemon.stop() == 0


def test_a_lane_that_hangs_keeps_nothing_from_the_work_under_new_settings(
    new_home: Callable[..., Home], hanging: Path, told: list[Play]
) -> None:
    home = new_home()
    home.change("daemon", stop_within="500ms")
    home.daemon.add_library("music", hanging)
    home.daemon.start()
    home.daemon.wait_until_it_hangs()
    reload(home, 'settle = "50ms"', 'settle = "60ms"')
    drop_all(home.drop, told)

    home.wait_until_idle()
    home.daemon.wait_until_it_hangs()
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.daemon.count("left_behind") > 0
    assert home.daemon.count("stand_by") == 0
    assert home.server.processes() == []


def test_settings_that_cannot_be_followed_change_nothing(home: Home, told: list[Play]) -> None:
    home.daemon.start()
    home.wait_for_a_look()
    config = home.daemon.config
    config.write_text(config.read_text().replace("[inbox]\n", "[inbox]\ndrop_folder = '/dev/null/drop'\n"))
    for number, wrong in enumerate(("drop", "state"), 1):
        if wrong == "state":
            config.write_text(config.read_text().replace("drop_folder", "#").replace("/state", "/elsewhere"))
        os.kill(home.daemon.pid, signal.SIGHUP)
        wait_until(lambda: home.daemon.count("reload_refused") == number, f"the wrong {wrong} is told of")  # noqa: B023

    write_maloja(home.folder / "a.json", told[:100]).rename(home.drop / "a.json")
    home.wait_until_idle()
    why = "the settings stay as they were, for the new ones are wrong: "
    assert [said.removeprefix(why).partition(" (")[0] for said in home.daemon.warnings()] == [
        "the drop folder /dev/null/drop cannot be made: not a directory",
        "the section [state] cannot change while scannerd runs",
    ]
    assert not (home.folder / "elsewhere").exists()
    assert home.daemon.stop() == 0


@pytest.mark.skipif(not ALL, reason="it waits for ten seconds: SCANNERD_TEST_FAULTS=all")
def test_a_drop_folder_that_does_not_answer_from_the_start_holds_up_only_itself(
    new_home: Callable[..., Home], tmp_path: Path
) -> None:
    home = new_home(drop=tmp_path / "drop")
    home.change("daemon", stop_within="500ms")
    library = tmp_path / "library"
    library.mkdir()
    flac(library / "one.flac", title="One")
    home.daemon.add_library("music", library)
    with dead_mount(home.drop):
        home.daemon.start()
        wait_until(lambda: home.daemon.count("drop_silent") == 1, "it is told")
        wait_until(lambda: home.daemon.count("scan_done") == 1, "the library is scanned")
        home.look.close()
        assert home.daemon.stop() == 0
    assert home.daemon.count("left_behind") == 1
    assert home.server.processes() == []
