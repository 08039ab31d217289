"""`scannerd doctor` as a person or a script uses it: it looks at everything, changes nothing, and says how to mend."""

import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import scannerd
from scannerd.cli_words import EXIT_CODES
from scannerd.db.state_lock import hold_state
from scannerd.doctor import stored
from scannerd.status.daemon_state import DaemonState, Published

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.usefixtures("patient_doctor")
NOT_DURABLE = ("trouble", "fsync is off")  # as the cluster of the tests is


def found(answer: Any, about: str, level: str = "") -> list[str]:
    """What was told of one thing."""
    told = [one for one in answer.json["findings"] if one["about"] == about]
    return [one["what"] for one in told if not level or one["level"] == level]


def at_odds(answer: Any) -> list[tuple[str, str]]:
    """Whatever is not fine, but for what this machine is to blame for."""
    ours = {
        "settings",
        "state folder",
        "drop folder",
        "shelves",
        "dropped files",
        "tables",
        "exports",
        "PostgreSQL",
        "database",
    }
    return [
        (one["level"], one["what"]) for one in answer.json["findings"] if one["level"] != "ok" if one["about"] in ours
    ]


def everything_below(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_mode, path.lstat().st_size) for path in sorted(folder.rglob("*"))}


@pytest.fixture
def unused(bare: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of commands that were never used, where the user of a database can go."""
    folder = Path(tempfile.mkdtemp(prefix="scannerd-test-"))
    folder.chmod(0o755)
    monkeypatch.setenv("SCANNERD_STATE__FOLDER", str(folder / "state"))
    yield folder / "state"
    shutil.rmtree(folder)


@pytest.fixture
def used(shell: Any, tmp_path: Path) -> Any:
    """Commands of an installation that is in use."""
    for name in ("state/drop/done", "state/drop/failed"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("state", "state/drop", "state/drop/done", "state/drop/failed"):
        (tmp_path / name).chmod(0o755)
    return shell


def test_a_new_installation_is_fine_and_nothing_is_made_for_it(bare: Any, unused: Path) -> None:
    answer = bare("doctor", "--json")

    assert (answer.code, at_odds(answer)) == (0, [])
    assert found(answer, "settings") == ["no settings file: everything as it is by default"]
    assert f"{unused} is made at the first start" in found(answer, "state folder")
    assert everything_below(unused.parent) == {}


def test_an_installation_in_use_is_fine_and_nothing_is_changed(used: Any, tmp_path: Path) -> None:
    before = everything_below(tmp_path)
    answer = used("doctor", "--json")

    assert at_odds(answer) == [NOT_DURABLE]
    assert found(answer, "tables") == ["they fit this program"]
    assert found(answer, "exports") == ["none failed, none unfinished"]
    assert len(found(answer, "shelves", "ok")) == 2
    assert everything_below(tmp_path) == before


def test_every_finding_has_a_line_and_troubles_come_last_in_full(used: Any, tmp_path: Path) -> None:
    used.file("scannerd.toml", f'[[library]]\nname = "music"\nroots = ["{tmp_path}/gone"]\n')
    (tmp_path / "state" / "drop" / "link.json").symlink_to("/etc/hosts")
    answer = used("doctor")

    assert answer.code == 1
    lines = answer.out.splitlines()
    marks = [line for line in lines if line.startswith(("ok ", "warning ", "TROUBLE "))]
    assert any(line.startswith("TROUBLE  library music") for line in marks)
    assert "2 troubles:" in lines
    at = lines.index(f"  library music: {tmp_path}/gone is missing")
    assert lines[at + 1 : at + 3] == [
        "      why:   nothing is scanned there; what is known of it is kept",
        "      mend:  mount its drive, or correct the library's roots in the settings",
    ]
    assert answer.out.index("warning") < answer.out.index("2 troubles:")
    assert "  dropped files: link.json in " in answer.out


def test_warnings_alone_leave_the_exit_code_at_0(bare: Any, unused: Path) -> None:
    (unused / "drop").mkdir(parents=True)
    (unused / "drop" / "link.json").symlink_to("/etc/hosts")
    answer = bare("doctor", "--json")

    assert (answer.code, answer.json["ok"], answer.json["troubles"]) == (0, True, 0)
    assert answer.json["warnings"] >= 1


def test_its_exit_code_is_documented() -> None:
    assert "  1    the doctor found trouble\n" in EXIT_CODES


def test_wrong_settings_are_told_with_what_can_be_said_without_them(bare: Any) -> None:
    bare.file("scannerd.toml", "[inbox]\nsettle = 5\ndrop = 1\n")
    answer = bare("doctor", "--json")

    assert answer.code == 78
    assert len(found(answer, "settings", "trouble")) == 2
    assert len(found(answer, "clock", "ok")) == 1


def test_a_database_that_is_away_is_told_beside_all_else(used: Any) -> None:
    answer = used("doctor", "--json", "--set", "database.url=postgresql://me@127.0.0.1:1/none")

    assert answer.code == 1
    [told] = found(answer, "database", "trouble")
    assert told.startswith("the database cannot be reached: ")
    assert found(answer, "tables") == []
    assert len(found(answer, "shelves", "ok")) == 2


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_database_that_never_answers_does_not_hold_it_up(
    used: Any, silent_server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "_SECONDS", 2)  # as it is for whoever asks the doctor
    answer = used("doctor", "--json", "--set", f"database.url=postgresql://me@127.0.0.1:{silent_server}/none")

    assert answer.code == 1
    assert len(found(answer, "database", "trouble")) == 1
    assert len(found(answer, "clock", "ok")) == 1


def test_a_password_that_everybody_may_read_is_told_and_never_shown(used: Any) -> None:
    url = os.environ["SCANNERD_DATABASE__URL"]
    file = used.file("scannerd.toml", '[database]\nurl = "postgresql://me:s3cret@127.0.0.1:1/none"\n')
    file.chmod(0o644)
    answer = used("doctor", "--json", "--set", f"database.url={url}")

    assert found(answer, "settings", "warning") == [
        f"{file} holds the password of the database, and everybody may read it"
    ]
    assert "s3cret" not in answer.out
    file.chmod(0o640)
    assert found(used("doctor", "--json", "--set", f"database.url={url}"), "settings", "warning") == []


def test_settings_that_everybody_may_write_are_trouble(used: Any) -> None:
    file = used.file("scannerd.toml", "")
    file.chmod(0o666)

    assert found(used("doctor", "--json"), "settings", "trouble") == [f"everybody may write to {file}"]


def test_a_daemon_that_holds_the_state_folder_is_seen(used: Any, tmp_path: Path) -> None:
    assert found(used("doctor", "--json"), "daemon") == ["not running"]
    with hold_state(tmp_path / "state"):
        answer = used("doctor", "--json")

    assert found(answer, "daemon") == [f"running, process {os.getpid()}"]


def test_a_daemon_that_was_not_restarted_after_an_update_is_told(used: Any, tmp_path: Path) -> None:
    published = tmp_path / "status.json"
    Published(published).publish(DaemonState(os.getpid(), "0.0.9", 0.0))
    with hold_state(tmp_path / "state", published=published):
        answer = used("doctor", "--json")

    assert found(answer, "daemon", "warning") == [
        f"process {os.getpid()} is scannerd 0.0.9, this is {scannerd.__version__}"
    ]


def test_a_name_cannot_move_the_cursor(used: Any, tmp_path: Path) -> None:
    (tmp_path / "state" / "drop" / "a\x1b[2J.json").symlink_to("/etc/hosts")

    assert "\x1b" not in used("doctor").out


@pytest.mark.parametrize("setting", ["library", "state.folder"])
def test_a_drive_that_does_not_answer_is_told_and_the_program_ends(
    used: Any, hanging: Path, tmp_path: Path, setting: str
) -> None:
    value = f'[{{"name": "music", "roots": ["{hanging}"]}}]' if setting == "library" else str(hanging)
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    # A process of its own: that it ends is part of the matter. All else answers, be it on a machine that stands still
    # for some of these seconds.
    program = (
        "import sys; from scannerd.cli import main; from scannerd.doctor import rounds\n"
        "rounds.of.__kwdefaults__['seconds'] = 10.0\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "doctor", "--set", f"{setting}={value}"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert f"{hanging}" in done.stdout
    assert "does not answer within 10 s" in done.stdout
    assert "ok       clock" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_told_what_cannot_be_said_to_him(used: Any, tmp_path: Path, new_open_folder: Any) -> None:
    state = new_open_folder() / "state"
    (state / "postgres" / "data").mkdir(parents=True)
    (state / "postgres").chmod(0o700)
    (state / "scannerd.lock").touch(mode=0o600)
    nobody = pwd.getpwnam("nobody")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SCANNERD_")}
    program = "from scannerd.cli import main; raise SystemExit(main(['doctor']))"
    script = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r}); import scannerd.cli_doctor, scannerd.cli, encodings.idna\n"
    )
    script += "import scannerd.cli_verbs, scannerd.cli_output, psycopg, rich.cells\n"
    script += "from scannerd.doctor import rounds; rounds.of.__kwdefaults__['seconds'] = 60.0; rounds._FIRST = 60.0\n"
    script += f"os.setgroups([]); os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n{program}\n"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd="/",
        env=environ | {"SCANNERD_STATE__FOLDER": str(state), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode in {0, 1}, done.stderr
    assert "warning  daemon" in done.stdout
    assert "whether it runs is hidden from this user" in done.stdout
    assert "the private database belongs to another user" in done.stdout
    assert f"mend:  sudo {sys.executable} -m scannerd --set state.folder={state} doctor" in done.stdout
    assert stat.S_IMODE((state / "postgres").stat().st_mode) == 0o700


def test_no_thread_is_left_where_nothing_hangs(used: Any) -> None:
    before = {*threading.enumerate()}  # those of earlier tests may end meanwhile
    used("doctor")

    assert {*threading.enumerate()} <= before
