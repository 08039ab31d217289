"""Whoever writes slowly, rests, goes on, or writes anew while we look: taken in once, as it is in the end."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import psycopg
import pytest
from home import Home
from made_exports import Play, write_lastfm, write_maloja
from running import wait_until
from test_reload import reload

ENDED = "select state, rows_stored, encode(sha256, 'hex') from export order by id"
OF_A = "select state, rows_stored, encode(sha256, 'hex') from export where name like 'a.%%' order by id"
STORING = "select exists (select from pg_locks where relation = 'scannerd.listen'::regclass and not granted)"


@pytest.fixture
def slow_home(new_home: Callable[..., Home], database: str, request: pytest.FixtureRequest) -> Home:
    """A daemon that runs, and takes what was still for half a second, or as long as the test says."""
    home = new_home(url=database)
    home.change("inbox", settle=getattr(request, "param", "500ms"))
    home.daemon.start()
    home.wait_for_a_look()
    return home


def write_on(file: BinaryIO, data: bytes, home: Home, looks: int) -> None:
    """Little by little; the daemon looks between two pieces, and there are so many."""
    size = len(data) // looks + 1
    for start in range(0, len(data), size):
        file.write(data[start : start + size])
        home.wait_for_a_look()


def test_a_file_that_comes_byte_by_byte_is_taken_in_when_it_is_whole(
    slow_home: Home, told: list[Play], tmp_path: Path
) -> None:
    whole = write_maloja(tmp_path / "a.json", told[:400]).read_bytes()
    with (slow_home.drop / "a.json").open("wb", buffering=0) as file:
        for byte in whole[:200]:
            file.write(bytes([byte]))
        write_on(file, whole[200:], slow_home, 6)
        assert slow_home.look.rows(ENDED) == []

    slow_home.wait_until_idle()
    assert slow_home.look.rows(ENDED) == [("shelved", 400, hashlib.sha256(whole).hexdigest())]
    assert slow_home.surprises() == []
    assert slow_home.daemon.stop() == 0


def test_a_file_that_is_written_anew_while_it_is_taken_in_ends_as_it_is_in_the_end(
    slow_home: Home, told: list[Play], tmp_path: Path, conn: psycopg.Connection[Any]
) -> None:
    last = write_maloja(tmp_path / "last.json", told[: len(told) // 2], exported_at=2)
    with conn.transaction():
        conn.execute("lock table scannerd.listen in exclusive mode")  # or it would be over before it is seen
        dropped = write_maloja(slow_home.folder / "a.json", told).rename(slow_home.drop / "a.json")
        wait_until(lambda: bool(slow_home.look.value(STORING)), "it is being taken in")
        with dropped.open("r+b") as file:
            file.truncate()
            file.write(last.read_bytes())
            file.truncate()

    wait_until(lambda: told_of(slow_home) == hashlib.sha256(last.read_bytes()).hexdigest(), "the last bytes are in")
    slow_home.wait_until_idle()
    shelved = {hashlib.sha256(path.read_bytes()).hexdigest() for path in slow_home.drop.glob("done/*.json")}
    in_the_database = {sha256 for _, _, sha256 in slow_home.look.rows(ENDED) or []}
    assert shelved == {hashlib.sha256(last.read_bytes()).hexdigest()}
    assert shelved <= in_the_database
    assert slow_home.daemon.stop() == 0


def told_of(home: Home) -> str | None:
    """The hash of the last export that is put away."""
    rows = home.look.rows("select encode(sha256, 'hex') from export where state = 'shelved' order by id desc limit 1")
    return str(rows[0][0]) if rows else None


@pytest.mark.parametrize("slow_home", ["10m"], indirect=True)  # however long this machine stands still
def test_a_file_that_is_replaced_again_and_again_is_taken_in_once_it_stays(slow_home: Home, told: list[Play]) -> None:
    for number in range(1, 7):
        write_maloja(slow_home.folder / "next.json", told[: number * 50]).rename(slow_home.drop / "a.json")
        slow_home.wait_for_a_look()
    assert slow_home.look.rows(ENDED) == []

    reload(slow_home, 'settle = "10m"', 'settle = "500ms"')
    slow_home.wait_until_idle()
    assert [row[:2] for row in slow_home.look.rows(ENDED) or []] == [("shelved", 300)]
    assert slow_home.surprises() == []
    assert slow_home.daemon.stop() == 0


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_writer_that_rests_longer_than_a_file_settles_is_waited_for(
    slow_home: Home, told: list[Play], tmp_path: Path, ending: str
) -> None:
    write = {"json": write_maloja, "csv": write_lastfm}[ending]
    whole = write(tmp_path / "whole", told[:400]).read_bytes()
    dropped = slow_home.drop / f"a.{ending}"
    with dropped.open("wb", buffering=0) as file:
        for number in range(3):
            file.write(whole[number * len(whole) // 3 : (number + 1) * len(whole) // 3])
            rest(slow_home, told[-number - 1])
            assert dropped.exists()

    slow_home.wait_until_idle()
    assert slow_home.look.rows(OF_A) == [("shelved", 400, hashlib.sha256(whole).hexdigest())]
    assert slow_home.surprises() == []
    assert slow_home.daemon.stop() == 0


def test_a_file_that_is_made_long_before_anything_is_written_is_waited_for(
    slow_home: Home, told: list[Play], tmp_path: Path
) -> None:
    whole = write_maloja(tmp_path / "whole", told[:400]).read_bytes()
    with (slow_home.drop / "a.json").open("wb") as file:
        wait_until(lambda: slow_home.daemon.count("unfinished_file") == 1, "it is seen to be empty and open")
        rest(slow_home, told[-1])
        file.write(whole)

    slow_home.wait_until_idle()
    assert slow_home.look.rows(OF_A) == [("shelved", 400, hashlib.sha256(whole).hexdigest())]
    assert slow_home.surprises() == []
    assert slow_home.daemon.stop() == 0


def test_a_copy_that_broke_off_and_goes_on_later_is_taken_in_whole(
    slow_home: Home, told: list[Play], tmp_path: Path
) -> None:
    whole = write_maloja(tmp_path / "whole", told[:400]).read_bytes()
    half = slow_home.folder / "half"
    half.write_bytes(whole[:5_000])
    dropped = half.rename(slow_home.drop / "a.json")
    wait_until(lambda: slow_home.daemon.count("unfinished_file") == 1, "it is seen to be unfinished")
    rest(slow_home, told[-1])
    assert (slow_home.look.rows(OF_A), dropped.stat().st_size) == ([], 5_000)

    with dropped.open("ab") as file:
        file.write(whole[5_000:])
    slow_home.wait_until_idle()
    assert slow_home.look.rows(OF_A) == [("shelved", 400, hashlib.sha256(whole).hexdigest())]
    assert slow_home.surprises() == []
    assert slow_home.daemon.stop() == 0


def rest(home: Home, play: Play) -> None:
    """For longer than a file settles: one that comes now is taken in meanwhile."""
    later = write_maloja(home.folder / f"{play.at}.json", [play]).rename(home.drop / f"{play.at}.json")
    wait_until(lambda: not later.exists(), "a file that came later is put away")
