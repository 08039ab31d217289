"""A disk that gives errors instead of bytes: the file waits, is never put aside for it, and is taken in when it can."""

import errno
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
FAULTS = {
    "the-hash-finds-bad-bytes": {"error": errno.EIO, "bad_from": 60_000},
    "the-reader-finds-bad-bytes": {"error": errno.EIO, "bad_from": 60_000, "passes": 1},
    "the-share-forgot-the-file": {"error": errno.ESTALE, "on_open": True},
    "the-file-may-not-be-opened": {"error": errno.EACCES, "on_open": True},
}
SAMPLE = ("the-hash-finds-bad-bytes", "the-reader-finds-bad-bytes")


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
        wait_until(
            lambda: home.look.value("select count(*) from export where state = 'shelved'") == 2, "it is taken in"
        )
        expected = [("shelved", 100, 100, "done/beside.json"), ("shelved", 1000, 1000, "anna/a.json")]
        assert sorted(home.look.rows(ENDED) or [], key=repr) == expected
        assert home.look.value("select count(*) from listen") == 1100
        assert [path.name for path in hers.iterdir()] == ["a.json"]  # the disk is read-only, so it stays
        home.look.close()
        assert home.daemon.stop() == 0
