"""Files that take long, files of all sizes, and files without number: the others get their turn all the same."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from readers import Readers
from running import environment, wait_until

from scannerd.daemon_inbox import LARGE

SHELVED = "select name from export where state = 'shelved' order by name"
GIB = 2**30
in_full = pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")


def resident(pid: int) -> int:
    """The most memory that the process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1000


def pad(path: Path, size: int) -> None:
    """Make it so large by blanks that mean nothing."""
    blanks = b" " * 2**20
    with path.open("ab") as file:
        while file.tell() < size:
            file.write(blanks[: size - file.tell()])


def test_a_small_file_does_not_wait_for_a_large_one(home: Home, told: list[Play]) -> None:
    pad(write_maloja(home.folder / "large.json", told[:200]), LARGE)
    (home.folder / "large.json").rename(home.drop / "large.json")
    readers = Readers(home.folder)
    readers.stand_still()
    home.daemon.start(**readers.environ)
    slow = readers.standing(home.daemon)
    readers.no_more()

    write_maloja(home.folder / "small.json", told[100:300]).rename(home.drop / "small.json")
    wait_until(lambda: home.look.rows(SHELVED) == [("small.json",)], "the small one is put away")
    assert (home.drop / "large.json").exists()

    os.kill(slow, signal.SIGCONT)
    home.wait_until_idle()
    assert home.look.rows(SHELVED) == [("large.json",), ("small.json",)]
    assert home.look.value("select count(*) from public.listens") == 300
    assert home.surprises() == []
    assert home.daemon.stop() == 0


@in_full
@pytest.mark.timeout(3600)
def test_a_file_of_10_gb_takes_little_memory(new_home: Callable[..., Home], told: list[Play], tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < 25 * GIB:
        pytest.skip("needs 25 GB of disk")
    home = new_home(drop=tmp_path / "drop")
    home.change("inbox", max_size="12GB")
    pad(write_maloja(tmp_path / "large.json", told), 10 * GIB)
    (tmp_path / "large.json").rename(home.drop / "large.json")
    readers = Readers(home.folder)
    home.daemon.start(**readers.environ)

    def is_shelved() -> bool:
        assert home.daemon.is_running, home.daemon.errors()
        return home.look.rows(SHELVED) == [("large.json",)]

    wait_until(is_shelved, "it is put away", tick=0.1, patience=1800)
    most = readers.most_memory() // 1_000_000
    assert 0 < most < 300, f"the reader took {most} MB"
    assert resident(home.daemon.pid) < 150
    assert home.daemon.stop() == 0


@in_full
@pytest.mark.timeout(3600)
def test_a_million_files_take_little_memory_and_are_taken_in_one_by_one(home: Home, told: list[Play]) -> None:
    for number in range(1_000_000 // 50_000):
        first = write_maloja(home.drop / f"{number}.json", told[number : number + 1])
        for copy in range(1, 50_000):
            os.link(first, home.drop / f"{number}-{copy}.json")
    home.daemon.start()
    done = home.drop / "done"
    wait_until(lambda: done.exists() and len([*done.glob("*.json")]) > 1_000, "a thousand are put away", tick=1.0)

    command = [sys.executable, "-P", "-m", "scannerd", "status", "--config", str(home.daemon.config)]
    began = time.monotonic()
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment()).stdout
    print(f"status took {time.monotonic() - began:.2f} s, the daemon {resident(home.daemon.pid)} MB")
    assert "waiting:  and more than 9" in said
    assert resident(home.daemon.pid) < 150
    assert home.daemon.stop() == 0
