"""One daemon per state folder."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from waiting import PATIENCE

from scannerd.db import state_lock
from scannerd.db.folders import Folders
from scannerd.db.owner import caller
from scannerd.db.state_lock import daemon_pid, hold_state
from scannerd.errors import AlreadyRunning, ConfigError

ROOT = Path(__file__).parents[2]
HOLD = (
    "import sys; from pathlib import Path; from scannerd.db.state_lock import hold_state\n"
    "with hold_state(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
)


def test_a_second_one_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning) as caught, hold_state(tmp_path):
            pass
        holder.kill()

    assert str(caught.value) == f"another scannerd (pid {holder.pid}) works on {tmp_path}"
    with hold_state(tmp_path):
        assert (tmp_path / "scannerd.lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    with hold_state(tmp_path / "new"):
        pass
    with hold_state(tmp_path / "new"):
        pass


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    says = rf"^scannerd cannot keep its state in {tmp_path / 'file'}: "
    with pytest.raises(ConfigError, match=says), hold_state(tmp_path / "file"):
        pass


def test_whoever_asks_for_the_pid_just_now_keeps_no_daemon_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_lock, "PATIENCE", PATIENCE)  # a machine that stands still makes a second of the moment
    with hold_state(tmp_path):
        pass
    with (tmp_path / "scannerd.lock").open("rb") as probe:
        fcntl.flock(probe, fcntl.LOCK_SH)
        ended = threading.Timer(0.04, fcntl.flock, (probe, fcntl.LOCK_UN))
        ended.start()
        with hold_state(tmp_path):
            assert daemon_pid(tmp_path) == os.getpid()
        ended.join()

    assert daemon_pid(tmp_path) is None


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.parametrize("comes_first", ["daemon", "command"])
def test_the_state_folder_is_the_same_whoever_makes_it(tmp_path: Path, umask: int, comes_first: str) -> None:
    state, before = tmp_path / "state", os.umask(umask)
    try:
        if comes_first == "daemon":
            with hold_state(state):
                pass
        else:
            Folders(state).make(caller())
    finally:
        os.umask(before)

    assert oct(state.stat().st_mode & 0o777) == "0o755"


def test_a_pid_that_is_shorter_than_the_one_before_is_whole(tmp_path: Path) -> None:
    (tmp_path / "scannerd.lock").write_text("12345678901\n")

    with hold_state(tmp_path):
        assert (tmp_path / "scannerd.lock").read_text() == f"{os.getpid()}\n"
