"""A disk that gives errors instead of bytes: the file waits, is never put aside for it, and is taken in when it can."""

import errno
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from odd_disk import OddDisk, mounted
from running import wait_until

ENDED = (
    "select state, rows_read, rows_stored, substring(convert_from(shelved_as, 'UTF8') from '[^/]*/[^/]*$') from export"
)
SHELVED = "select count(*) from export where state = 'shelved'"
FAULTS = {
    "the-hash-finds-bad-bytes": {"error": errno.EIO, "bad_from": 60_000},
    "the-reader-finds-bad-bytes": {"error": errno.EIO, "bad_from": 60_000, "passes": 1},
    "the-share-forgets-the-file-that-is-read": {"error": errno.ESTALE, "bad_from": 60_000},
    "the-share-forgot-the-file": {"error": errno.ESTALE, "on_open": True},
    "the-file-may-not-be-opened": {"error": errno.EACCES, "on_open": True},
}
SAMPLE = ("the-reader-finds-bad-bytes",)


@pytest.mark.parametrize("fault", FAULTS if ALL else SAMPLE)
def test_a_file_on_a_disk_that_fails_waits_and_is_taken_in_when_it_is_mended(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path, fault: str
) -> None:
    home, plays = new_home(url=database), told[:1000]
    disk = OddDisk(b"a.json", write_maloja(tmp_path / "a.json", plays).read_bytes(), **FAULTS[fault])
    hers = home.drop / "anna"
    hers.mkdir()
    with ExitStack() as stack:
        try:
            stack.enter_context(mounted(disk, hers))
        except OSError as exc:
            pytest.skip(f"no file system can be mounted here: {exc.strerror}")
        home.daemon.start()
        wait_until(lambda: disk.refused >= 2, "it was tried again")
        write_maloja(home.drop / "beside.json", told[1000:1100])
        wait_until((home.drop / "done" / "beside.json.report.txt").exists, "the other file does not wait for it")
        assert home.daemon.count("deferred") == 1
        assert home.look.rows(f"{ENDED} where state = 'failed'") == []
        assert not (home.drop / "failed" / "anna").exists()

        disk.error = 0
        wait_until(lambda: home.look.value(SHELVED) == 2, "it is taken in")
        expected = [("shelved", 100, 100, "done/beside.json"), ("shelved", 1000, 1000, "anna/a.json")]
        assert sorted(home.look.rows(ENDED) or [], key=repr) == expected
        assert home.look.value("select count(*) from listen") == 1100
        assert [path.name for path in hers.iterdir()] == ["a.json"]  # the disk is read-only, so it stays
        home.look.close()
        assert home.daemon.stop() == 0


def test_a_drop_folder_that_becomes_read_only_is_read_all_the_same_and_its_files_stay(
    new_home: Callable[..., Home], database: str, told: list[Play], small_disk: Callable[[int], Path]
) -> None:
    disk = small_disk(8 * 1024 * 1024)
    home = new_home(url=database, drop=disk / "drop")
    home.daemon.start()
    home.wait_for_a_look()
    for number, way in enumerate(("ro", "rw")):
        with home.daemon.frozen():
            if way == "ro":
                write_maloja(home.drop / "0.json", told[:100])
            subprocess.run(["mount", "-o", f"remount,{way}", disk], check=True)
            if way == "rw":
                write_maloja(home.drop / "1.json", told[100:200])
        wait_until(lambda least=number + 1: home.look.value(SHELVED) == least, f"{number}.json is taken in")

    wait_until((home.drop / "done" / "1.json.report.txt").exists, "the second one goes to its shelf")
    assert (home.drop / "0.json").exists()
    assert home.look.value("select count(*) from listen") == 200
    assert home.surprises() == ["the drop folder is read-only: files stay there after they were taken in"]
    home.look.close()
    assert home.daemon.stop() == 0
