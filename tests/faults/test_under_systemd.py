"""The service with every restriction of its unit in force: run by a real systemd, where one can be had."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from moments import ALL
from own_systemd import HERE, UID, Machine
from running import wait_until

sys.path.append(str(Path(__file__).parents[1] / "library"))
from songs import flac

from scannerd.db.binaries import Binaries
from scannerd.service_files import Folders, signed, system_files

pytestmark = pytest.mark.skipif(not ALL, reason="a machine of its own takes its time: make faults")

UNIT = "scannerd.service"
STATE = Path("/var/lib/scannerd")
ELSEWHERE = Path(HERE) / "else where"
LIBRARY = Path(HERE) / "music"

# What a test cannot wait for, and where it looks.
QUICK = f"""\
[Service]
RestartSec=100ms
StandardOutput=append:{HERE}/out
StandardError=append:{HERE}/err
Environment=PYTHONDONTWRITEBYTECODE=1
"""


class Service:
    """The service, installed on a machine of its own."""

    def __init__(self, machine: Machine, binaries: Path) -> None:
        self.machine = machine
        self.binaries = binaries
        self.log_file = machine.folder / "err"
        for folder in ("music", "else where"):
            (machine.folder / folder).mkdir(mode=0o755)
        os.chown(machine.folder / "else where", UID, UID)
        self._moments = count(1_300_000_000, 1_000)

    def install(self, *, drop: Path) -> None:
        """Write what `install-service` writes, and start it."""
        toml = f"""
            [database]
            binaries = "{self.binaries}"
            [inbox]
            drop_folder = "{drop}"
            settle = "200ms"
            rescan = "500ms"
            [[library]]
            name = "music"
            roots = ["{LIBRARY}"]
        """
        (self.machine.folder / "config.toml").write_text(toml)
        program = (sys.executable, "-P", "-m", "scannerd", "run", "--config", f"{HERE}/config.toml")
        folders = Folders(STATE, (drop, drop / "done", drop / "failed"), (LIBRARY,))
        units = self.machine.folder / "units"
        for one in system_files(program, folders, systemd=252):
            if one.path.is_relative_to("/etc/systemd/system"):
                place = units / one.path.relative_to("/etc/systemd/system")
                place.parent.mkdir(exist_ok=True)
                place.write_text(signed(one.text))
        (units / f"{UNIT}.d" / "90-quick.conf").write_text(QUICK)
        self.log_file.write_text("")
        assert self.machine.systemctl("daemon-reload").returncode == 0
        started = self.machine.systemctl("restart", UNIT)
        assert started.returncode == 0, started.stderr + self.machine.systemctl("status", UNIT).stdout + self.log()

    def add(self, *lines: str) -> Path:
        """A drop-in of the test's own."""
        place = self.machine.folder / "units" / f"{UNIT}.d" / "95-more.conf"
        place.parent.mkdir(exist_ok=True)
        place.write_text("\n".join(["[Service]", *lines, ""]))
        return place

    @property
    def pid(self) -> int:
        """The number that the service's main process has inside."""
        return int(self.machine.shows(UNIT, "MainPID")[0])

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def until_told(self, words: str, *, times: int = 1) -> None:
        wait_until(lambda: self.log().count(words) >= times, f"the log says {words!r}")

    def put(self, name: str, drop: Path) -> None:
        """Drop an export that nobody has seen before, as the service's own user."""
        track = {"artists": ["Artist"], "title": "One", "album": None, "length": None}
        rows = [{"time": next(self._moments), "track": track}]
        (self.machine.folder / name).write_text(json.dumps({"status": "ok", "list": rows}))
        done = self.machine.run("install", "-o", "scannerd", "-g", "scannerd", "-m", "640", f"{HERE}/{name}", drop)
        assert done.returncode == 0, done.stderr

    def shelved(self, name: str, drop: Path) -> bool:
        return self.machine.run("test", "-e", drop / "done" / f"{name}.report.txt").returncode == 0

    def ask(self, sql: str) -> str:
        """As root, past the sandbox, by the socket of the private PostgreSQL."""
        words = (
            sys.executable,
            "-P",
            "-m",
            "scannerd",
            "db",
            "query",
            "--config",
            f"{HERE}/config.toml",
            "--json",
            sql,
        )
        done = self.machine.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def warnings(self) -> list[str]:
        return [line for line in self.log().splitlines() if " INFO " not in line]


@pytest.fixture(scope="module")
def service(new_open_folder: Callable[[], Path], postgres: Binaries) -> Iterator[Service]:
    machine = Machine(new_open_folder())
    try:
        yield Service(machine, postgres.folder)
    finally:
        machine.systemctl("stop", UNIT)
        machine.end()


def test_it_imports_and_scans_with_all_restrictions_in_force(service: Service) -> None:
    drop = STATE / "drop"
    flac(service.machine.folder / "music" / "Album" / "one.flac", artist="Artist", album="Album", title="One")
    service.install(drop=drop)
    service.put("first.json", drop)
    service.until_told("took in first.json")
    service.until_told("scanned library music")

    assert "One" in service.ask("select title from tracks where owned")
    assert service.warnings() == []
    status = service.machine.run("cat", f"/proc/{service.pid}/status").stdout
    told = dict(line.split(":\t", 1) for line in status.splitlines())
    assert (told["NoNewPrivs"], told["Seccomp"], int(told["CapBnd"], 16)) == ("1", "2", 0)
    for place in (LIBRARY / "new", Path("/etc/new"), Path("/home/new"), Path("/var/lib/new")):
        refused = service.machine.run_beside(service.pid, "touch", place)
        assert "Read-only file system" in refused.stderr
    assert service.machine.run_beside(service.pid, "touch", "/run/scannerd/new").returncode == 0


def test_a_drop_folder_elsewhere_may_be_written_to(service: Service) -> None:
    service.install(drop=ELSEWHERE)
    service.put("elsewhere.json", ELSEWHERE)
    service.until_told("took in elsewhere.json")

    wait_until(lambda: service.shelved("elsewhere.json", ELSEWHERE), "the file lies on its shelf")
    assert service.warnings() == []
    assert service.machine.run("stat", "-c", "%a", ELSEWHERE / "done").stdout == "770\n"


def test_a_group_gets_its_socket(service: Service) -> None:
    share = service.add(
        "SupplementaryGroups=users",
        "Environment=SCANNERD_DATABASE__SHARE=group SCANNERD_DATABASE__SHARE_GROUP=users",
    )
    try:
        service.install(drop=STATE / "drop")
        socket = ("stat", "-c", "%G %a", STATE / "postgres-share")
        wait_until(lambda: service.machine.run(*socket).stdout == "users 750\n", "the group has its socket")
    finally:
        share.unlink()  # the tests that follow have no such group
    assert service.warnings() == []


def test_a_reload_keeps_the_process_and_takes_the_settings(service: Service) -> None:
    service.install(drop=STATE / "drop")
    before = service.pid
    config = service.machine.folder / "config.toml"
    config.write_text(config.read_text().replace('settle = "200ms"', 'settle = "300ms"'))
    done = service.machine.systemctl("reload", UNIT)

    assert done.returncode == 0, done.stderr
    service.until_told("settings read again: inbox")
    assert service.pid == before


def test_the_killed_one_comes_back_and_its_database_with_it(service: Service) -> None:
    drop = STATE / "drop"
    service.install(drop=drop)
    service.until_told("watching library music")
    before = service.pid
    service.machine.run("kill", "-KILL", str(before))
    wait_until(lambda: service.pid not in {0, before}, "systemd starts it again")
    service.put("after-kill.json", drop)

    service.until_told("after-kill.json")
    wait_until(lambda: service.shelved("after-kill.json", drop), "the file lies on its shelf")
    assert service.machine.shows(UNIT, "ActiveState") == ["active"]


def test_one_that_hangs_is_started_again(service: Service) -> None:
    quick = service.add("WatchdogSec=20")  # one that a slow machine meets, and nobody has to wait for long
    try:
        service.install(drop=STATE / "drop")
        service.until_told("watching library music")
        before = service.pid
        service.machine.run("kill", f"-{signal.SIGSTOP.value}", str(before))
        wait_until(lambda: service.pid not in {0, before}, "the watchdog ends it, and systemd starts it again")
    finally:
        quick.unlink()
    service.until_told("watching library music", times=2)


def test_a_credential_is_the_url_of_the_database(service: Service) -> None:
    secret = "postgresql://me:geheim@127.0.0.1:1/nowhere"
    write = f"umask 077; mkdir -p /etc/credstore; echo '{secret}' >/etc/credstore/scannerd.database_url"
    assert service.machine.run("sh", "-c", write).returncode == 0
    try:
        service.install(drop=STATE / "drop")
        service.until_told('connection to server at "127.0.0.1", port 1 failed')
    finally:
        service.machine.run("rm", "/etc/credstore/scannerd.database_url")

    assert service.machine.shows(UNIT, "ActiveState") == ["active"]
    assert "geheim" not in service.log()


def test_a_stop_leaves_nothing_behind(service: Service) -> None:
    service.install(drop=STATE / "drop")
    service.until_told("watching library music")
    assert len(service.machine.in_service(UNIT)) > 1
    stopped = service.machine.systemctl("stop", UNIT)

    assert stopped.returncode == 0
    assert service.machine.shows(UNIT, "Result", "ExecMainStatus", "ActiveState") == ["success", "0", "inactive"]
    assert service.machine.in_service(UNIT) == []
    assert service.log().splitlines()[-1].endswith(" INFO stopped")


def test_a_wrong_setting_is_not_tried_again_and_again(service: Service) -> None:
    service.install(drop=STATE / "drop")
    config = service.machine.folder / "config.toml"
    config.write_text(config.read_text() + "\n[log]\nlevel = 'loud'\n")
    service.machine.systemctl("restart", UNIT)

    wait_until(lambda: service.machine.shows(UNIT, "ActiveState") == ["failed"], "systemd gives up")
    assert service.machine.shows(UNIT, "Result", "ExecMainStatus", "NRestarts") == ["exit-code", "78", "0"]
    assert "log.level" in service.log()
    service.machine.systemctl("reset-failed", UNIT)
