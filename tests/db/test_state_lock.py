"""One daemon per state folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scannerd.db.state_lock import hold_state
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
