"""Whether somebody still has a file open for writing."""

import itertools
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scannerd.inbox.writers import is_being_written


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_bytes(b"[]")
    return tmp_path / "a.json"


def test_a_closed_file_is_not_being_written(file: Path) -> None:
    assert not is_being_written(file)


def test_a_reader_is_no_writer(file: Path) -> None:
    with file.open("rb"):
        assert not is_being_written(file)


@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_an_open_file_is_being_written_until_it_is_closed(file: Path, mode: str) -> None:
    with file.open(mode):
        assert is_being_written(file)
    assert not is_being_written(file)


def test_a_file_that_a_file_server_holds_for_its_client_is_being_written(file: Path) -> None:
    holding = """
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", holding, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"held\n"
        assert is_being_written(file)
        server.communicate()
    assert not is_being_written(file)


def test_of_what_is_no_file_nothing_is_known(tmp_path: Path, file: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    assert not is_being_written(tmp_path / "link")
    assert not is_being_written(tmp_path / "gone")


def test_a_writer_that_comes_while_we_ask_disturbs_nobody(file: Path) -> None:
    over, written = threading.Event(), itertools.count()

    def write_again_and_again() -> None:
        while not over.is_set():
            with file.open("ab") as opened:
                opened.write(b" ")
            next(written)

    writer = threading.Thread(target=write_again_and_again)
    writer.start()
    try:
        told = {is_being_written(file) for _ in range(2_000)}
        deadline = time.monotonic() + 60
        while len(told) < 2 and time.monotonic() < deadline:  # the two keep step where the machine is busy
            told.add(is_being_written(file))
    finally:
        over.set()
        writer.join()
    assert told == {True, False}
    assert file.stat().st_size == len(b"[]") + next(written)
    assert not is_being_written(file)
