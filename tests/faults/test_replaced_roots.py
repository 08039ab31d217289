"""Folders that are renamed, replaced, mounted and unmounted under the daemon: nothing is concluded, all comes back."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from running import wait_until

sys.path.append(str(Path(__file__).parents[1] / "library"))
from songs import flac

PRESENT = "select count(*) from scannerd.media_file where state = 'present'"
NOTED = "select exists (select from scannerd.export where name = %s and state = 'shelved')"
WARNED = "select exists (select from job_run where job = 'scan music' and began_at > %s and outcome like '%%warning')"
MISSING = "select count(*) from scannerd.media_file where state = 'missing'"


class Disk:
    """A disk that can be taken away and given back with all that is on it."""

    def __init__(self, folder: Path) -> None:
        self._kept, self.place = folder / "kept", folder / "disk"
        for one in (self._kept, self.place):
            one.mkdir()
        self.mount()

    def mount(self) -> None:
        done = subprocess.run(["mount", "--bind", self._kept, self.place], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=True, capture_output=True)

    def end(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.unmount()


@pytest.fixture
def disk(open_tmp: Path) -> Iterator[Disk]:
    made = Disk(open_tmp)
    yield made
    made.end()


def drop_one(home: Home, told: list[Play], number: int) -> None:
    """Whole, and wait until it is on its shelf and noted to be there: the note comes after the report."""
    made = write_maloja(home.drop / f".{number}.json", told[number * 10 : (number + 1) * 10])
    made.rename(home.drop / f"{number}.json")

    def is_taken_in() -> bool:
        assert home.daemon.is_running, home.daemon.errors()
        return bool(home.look.value(NOTED, f"{number}.json"))

    wait_until(is_taken_in, f"{number}.json is taken in")
    assert (home.drop / "done" / f"{number}.json.report.txt").exists()


def test_a_drop_folder_that_is_replaced_again_and_again_stays_the_drop_folder(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    home.daemon.start()
    drop_one(home, told, 0)
    home.drop.rename(home.folder / "away")
    wait_until(lambda: home.daemon.count("drop_gone") == 1, "the loss is told")
    home.drop.mkdir()
    drop_one(home, told, 1)
    (home.folder / "new").mkdir()
    home.drop.rename(home.folder / "away too")
    (home.folder / "new").rename(home.drop)
    drop_one(home, told, 2)
    home.drop.rename(home.folder / "away at last")
    (home.folder / "away").rename(home.drop)
    drop_one(home, told, 3)

    assert home.look.rows("select state, count(*) from export group by state") == [("shelved", 4)]
    assert home.daemon.count("drop_back") >= 1
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_drop_folder_whose_disk_goes_and_comes_loses_nothing(
    new_home: Callable[..., Home], database: str, told: list[Play], disk: Disk
) -> None:
    home = new_home(url=database, drop=disk.place)
    home.daemon.start()
    drop_one(home, told, 0)
    disk.unmount()
    drop_one(home, told, 1)  # into the empty folder below, by whoever did not notice
    disk.mount()
    drop_one(home, told, 2)
    disk.unmount()
    disk.mount()
    drop_one(home, told, 3)

    assert home.look.rows("select state, count(*) from export group by state") == [("shelved", 4)]
    assert home.look.value("select count(*) from listen") == 40
    assert {path.name for path in (home.drop / "done").glob("*.json")} == {"0.json", "2.json", "3.json"}
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_library_whose_disk_goes_and_comes_misses_nothing(
    new_home: Callable[..., Home], database: str, disk: Disk
) -> None:
    root = disk.place / "music"
    for number in range(20):
        song(root, number)
    home = new_home(url=database)
    home.daemon.add_library("music", root)
    home.daemon.start()
    wait_until(lambda: home.look.value(PRESENT) == 20, "the library is scanned")

    for present in (20, 21):
        before = home.look.value("select clock_timestamp()")
        disk.unmount()
        root.mkdir()  # the bare folder below the disk, empty
        # In the log it stands once, for as long as no look at everything has found it to be over.
        wait_until(lambda before=before: bool(home.look.value(WARNED, before)), "a look finds that nothing is there")
        assert home.daemon.warnings() != []
        assert (home.look.value(PRESENT), home.look.value(MISSING)) == (present, 0)
        root.rmdir()
        disk.mount()
        song(root, present)
        wait_until(lambda now=present + 1: home.look.value(PRESENT) == now, "what is new is found without a restart")

    assert home.look.value(MISSING) == 0
    home.look.close()
    assert home.daemon.stop() == 0


def song(root: Path, number: int) -> None:
    place = root / f"Album {number % 4}" / f"{number}.flac"
    place.parent.mkdir(parents=True, exist_ok=True)
    flac(place, TITLE=f"Title {number}", ARTIST="Artist", ALBUM=f"Album {number % 4}", TRACKNUMBER=str(number))
