"""A disk that is full, under the shelves, the reports or the database: the file stays, and all goes on by itself."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from home import Home
from made_exports import Play, write_maloja
from running import wait_until

MB = 1024 * 1024
ENDED = "select state, rows_read, rows_stored from export"


def fill(disk: Path, *, leave: int = 0) -> Path:
    """A file that takes all space but what is left."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        left = shutil.disk_usage(disk).free - leave
        while left > 0:
            left -= file.write(bytes(min(left, MB)))
    return filler


def files_in(folder: Path) -> list[tuple[str, int]]:
    """All but what vanishes meanwhile: the daemon tries again and again."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                found.append((name, Path(place, name).stat().st_size))
    return sorted(found)


def still_waiting(home: Home) -> list[str]:
    return [line["message"] for line in home.daemon.told() if line["message"].startswith("still waiting")]


def test_a_file_that_finds_no_room_on_the_shelf_stays_and_is_shelved_when_there_is(
    small_disk: Callable[[int], Path], new_home: Callable[..., Home], told: list[Play]
) -> None:
    disk = small_disk(2 * MB)
    home = new_home()
    home.change("inbox", done_folder=str(disk / "done"))
    plays = told[:1000]
    dropped = write_maloja(home.drop / "a.json", plays)
    size = dropped.stat().st_size
    (disk / "done").mkdir()
    filler = fill(disk)
    home.daemon.start()
    wait_until(lambda: home.daemon.count("deferred") == 1, "the daemon says that it waits")
    for _ in range(4):
        home.wait_for_a_look()
    assert dropped.stat().st_size == size
    wait_until(lambda: files_in(disk / "done") == [], "nothing of a try is left on the shelf")
    assert home.look.rows(ENDED) == [("resolved", len(plays), len(plays))]

    filler.unlink()
    home.wait_until_idle()
    assert [name for name, _ in files_in(disk)] == ["a.json", "a.json.report.txt"]
    assert (disk / "done" / "a.json").stat().st_size == size
    assert home.look.rows(ENDED) == [("shelved", len(plays), len(plays))]
    assert len(home.surprises()) == 1
    assert home.daemon.stop() == 0


def test_a_report_that_finds_no_room_is_written_when_there_is(
    small_disk: Callable[[int], Path], new_home: Callable[..., Home], told: list[Play]
) -> None:
    disk = small_disk(2 * MB)
    home = new_home(drop=disk / "drop")
    plays = told[:1000]
    write_maloja(home.drop / "a.json", plays)
    filler = fill(disk)
    home.daemon.start()
    wait_until(lambda: home.surprises() != [], "the daemon says that it waits")
    for _ in range(4):
        home.wait_for_a_look()
    wait_until(lambda: [name for name, _ in files_in(home.drop)] == ["a.json"], "nothing of a try is left")
    assert home.look.rows(ENDED) == [("resolved", len(plays), len(plays))]

    filler.unlink()
    home.wait_until_idle()
    found = files_in(home.drop / "done")
    assert [name for name, _ in found] == ["a.json", "a.json.report.txt"]
    assert all(size for _, size in found)
    assert home.look.rows(ENDED) == [("shelved", len(plays), len(plays))]
    assert len(home.surprises()) <= 2  # one about the file, one about what was left
    assert home.daemon.stop() == 0


def test_a_database_whose_disk_is_full_is_waited_for(
    small_disk: Callable[[int], Path], new_home: Callable[..., Home], template: Path, told: list[Play], tmp_path: Path
) -> None:
    used = int(subprocess.run(["du", "-sb", template], capture_output=True, check=True).stdout.split()[0])
    disk = small_disk(used + 80 * MB)
    home = new_home(folder=disk, drop=tmp_path / "drop")
    home.change("log", level="debug")
    plays = told[:3000]
    home.daemon.start()
    home.wait_for_a_look()
    filler = fill(disk, leave=256 * 1024)
    dropped = write_maloja(home.drop / "a.json", plays)
    wait_until(lambda: home.daemon.count("database_lost") == 1, "the daemon says that the database cannot serve")
    wait_until(lambda: len(still_waiting(home)) > 0, "the daemon tries again, and says so to nobody but who debugs")
    assert dropped.exists()
    assert files_in(home.drop / "failed") == []

    filler.unlink()
    home.wait_until_idle()
    assert [name for name, _ in files_in(home.drop)] == ["a.json", "a.json.report.txt"]
    assert home.look.rows(ENDED) == [("shelved", len(plays), len(plays))]
    assert home.daemon.count("database_lost") == 1
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_first_start_on_a_full_disk_waits_for_room(
    small_disk: Callable[[int], Path], new_home: Callable[..., Home], told: list[Play]
) -> None:
    disk = small_disk(256 * MB)
    home = new_home(folder=disk)
    home.change("log", level="debug")
    shutil.rmtree(home.state)
    filler = fill(disk, leave=20 * MB)  # half of what initdb needs
    home.daemon.start()
    wait_until(lambda: home.daemon.count("database_lost") == 1, "the daemon says that it waits")
    wait_until(lambda: len(still_waiting(home)) > 0, "it tries again")
    [said] = home.daemon.warnings()
    assert said.startswith("the disk is full: there is no room for ")
    assert said.endswith("; waiting for it")

    filler.unlink()
    write_maloja(home.drop / "a.json", told[:10])
    home.wait_until_idle()
    assert home.look.rows(ENDED) == [("shelved", 10, 10)]
    assert home.daemon.count("database_lost") == 1
    assert [path.name for path in (home.state / "postgres").glob("data*")] == ["data"]
    home.look.close()
    assert home.daemon.stop() == 0
