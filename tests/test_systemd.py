"""The files of `systemd/`: systemd takes them without a word, they keep out what they can, each line has its reason."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SYSTEMD = ROOT / "systemd"
UNITS = ("scannerd.service", "user/scannerd.service")
DROP_INS = sorted((SYSTEMD / "scannerd.service.d").iterdir())
PLAIN = {
    *(
        "Description",
        "User",
        "Group",
        "ExecStart",
        "ExecReload",
        "Restart",
        "RestartSec",
        "SyslogIdentifier",
        "WantedBy",
    ),
    *("StartLimitBurst", "StateDirectoryMode", "RuntimeDirectoryMode", "IOSchedulingPriority", "IOWeight"),
}
"""What says itself why it is there, or belongs to the line above."""
TIGHTEST = 18
"""Tenths of the exposure that `systemd-analyze security` counts."""


def systemd_version() -> int:
    if shutil.which("systemd-analyze") is None:
        return 0
    said = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[1])


VERSION = systemd_version()
needs_systemd = pytest.mark.skipif(VERSION < 252, reason=f"systemd-analyze 252 or newer is not here (found {VERSION})")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The files as they would be installed, with a program that is there."""
    for unit in UNITS:
        place = tmp_path / unit
        place.parent.mkdir(exist_ok=True)
        text = (SYSTEMD / unit).read_text()
        place.write_text(re.sub("^ExecStart=.*$", f"ExecStart={sys.executable} run", text, flags=re.MULTILINE))
    return tmp_path


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Ask systemd-analyze; a version without `notify-reload` knows it from no drop-in either."""
    environ = os.environ | {"XDG_RUNTIME_DIR": "/tmp", "SYSTEMD_COLORS": "0"}
    command = ["systemd-analyze", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)


def add_drop_ins(unit: Path) -> None:
    shutil.copytree(SYSTEMD / "scannerd.service.d", unit.with_name("scannerd.service.d"))


@needs_systemd
def test_systemd_takes_the_unit_without_a_word(units: Path) -> None:
    done = analyze("verify", units / "scannerd.service")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_systemd_takes_the_unit_of_a_user_without_a_word(units: Path) -> None:
    done = analyze("--user", "verify", units / "user" / "scannerd.service")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(VERSION < 253, reason=f"systemd 253 or newer, which knows notify-reload, is not here ({VERSION})")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_drop_in_without_a_word(units: Path, unit: str) -> None:
    add_drop_ins(units / unit)
    done = analyze(*(["--user"] if unit.startswith("user/") else []), "verify", units / unit)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_the_service_may_do_little(units: Path) -> None:
    done = analyze("security", "--offline=true", f"--threshold={TIGHTEST}", "--no-pager", units / "scannerd.service")

    assert done.returncode == 0, done.stdout + done.stderr


def directives(file: Path) -> list[tuple[str, str, bool]]:
    """Each line of a unit: its key, its value, and whether a comment stands right above it."""
    lines = file.read_text().splitlines()
    settings = [(before, line.partition("=")) for before, line in pairwise(lines) if re.match(r"\w+=", line)]
    return [(key, value, before.startswith("#")) for before, (key, _, value) in settings]


@pytest.mark.parametrize("file", [*(SYSTEMD / unit for unit in UNITS), *DROP_INS], ids=lambda file: file.name)
def test_every_line_that_is_not_plain_has_its_reason(file: Path) -> None:
    assert {key for key, _, told in directives(file) if not told} <= PLAIN


def setting(key: str, file: Path = SYSTEMD / "scannerd.service") -> list[str]:
    return [value for name, value, _ in directives(file) if name == key]


def test_only_what_systemd_252_knows_stands_in_the_units() -> None:
    assert [setting("Type", SYSTEMD / unit) for unit in UNITS] == [["notify"], ["notify"]]
    assert setting("Type", DROP_INS[0]) == ["notify-reload"]


def test_the_watchdog_is_fed_by_the_daemon() -> None:
    fed = any("WATCHDOG=1" in file.read_text() for file in (ROOT / "scannerd").glob("*.py"))

    assert [setting("WatchdogSec", SYSTEMD / unit) for unit in UNITS] == [["60"] if fed else []] * 2


def test_what_a_reader_needs_is_not_forbidden() -> None:
    # Its own limits (setrlimit), the kernel's limits of watches, the group of a shared socket, the memory of a shared
    # PostgreSQL: each was seen to break with the line that systemd's score would like better.
    assert "~@resources" not in setting("SystemCallFilter")
    assert setting("ProcSubset") == ["all"]
    assert setting("PrivateUsers") == ["no"]
    assert setting("RemoveIPC") == ["no"]


def test_the_user_and_its_folders_are_made_as_the_files_say(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not (shutil.which("systemd-sysusers") and shutil.which("systemd-tmpfiles")):
        pytest.skip("systemd-sysusers and systemd-tmpfiles are not here, or not for this user")
    (tmp_path / "etc").mkdir()
    for command in (
        ["systemd-sysusers", f"--root={tmp_path}", SYSTEMD / "scannerd.sysusers.conf"],
        ["systemd-tmpfiles", f"--root={tmp_path}", "--create", SYSTEMD / "scannerd.tmpfiles.conf"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    (line,) = [one for one in (tmp_path / "etc/passwd").read_text().splitlines() if one.startswith("scannerd:")]
    name, _, uid, gid, *_, home, shell = line.split(":")
    assert (name, home, Path(shell).name) == ("scannerd", "/var/lib/scannerd", "nologin")
    modes = {}
    for place in ("var/lib/scannerd", "var/lib/scannerd/drop"):
        stat = (tmp_path / place).stat()
        assert (stat.st_uid, stat.st_gid) == (int(uid), int(gid))
        modes[place] = oct(stat.st_mode & 0o7777)
    assert modes == {"var/lib/scannerd": "0o755", "var/lib/scannerd/drop": "0o2770"}


def instructions() -> list[tuple[str, str]]:
    """The container file's own: the word, and the rest of its line or lines."""
    text = (SYSTEMD / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], " ".join(line.split()[1:])) for line in lines]


def test_all_that_the_container_copies_is_there_and_all_that_the_wheel_needs_is_copied() -> None:
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    sources = {source for line in copied for source in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = project["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources == {
        "pyproject.toml",
        project["project"]["readme"],
        *project["project"]["license-files"],
        *needed["packages"],
        *needed["force-include"],
    }


def test_the_container_starts_our_program_as_a_user_of_its_own_and_stops_it_as_it_wants() -> None:
    said = dict(instructions())

    assert said["ENTRYPOINT"] == '["/usr/bin/tini", "--", "scannerd"]'
    assert said["CMD"] == '["run"]'
    assert (said["USER"], said["STOPSIGNAL"]) == ("1000:1000", "SIGTERM")
    assert said["HEALTHCHECK"].endswith('CMD ["scannerd", "status"]')
    assert said["VOLUME"] == '["/var/lib/scannerd"]'
    assert "scannerd" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert "--uid 1000" in " ".join(rest for word, rest in instructions() if word == "RUN")


def test_the_python_of_the_container_is_one_that_we_run_on() -> None:
    (version,) = {match[1] for _, rest in instructions() if (match := re.match(r".*python:3\.(\d+)-slim", rest))}
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    assert int(version) >= int(lowest.removeprefix(">=3."))
