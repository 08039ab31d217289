"""What a service manager hears of a real daemon, over a real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SECONDS = 60.0
ROOT = Path(__file__).parents[1]


@dataclass
class Manager:
    """Listens as systemd does."""

    socket: socket.socket
    heard: list[bytes] = field(default_factory=list)

    def until(self, word: bytes) -> None:
        """Listen until a datagram says it."""
        while not any(said.startswith(word) for said in self._next()):
            pass

    def rest(self) -> None:
        """All that was said and not yet heard."""
        self.socket.setblocking(False)
        try:
            while True:
                self.heard.append(self.socket.recv(65536))
        except BlockingIOError:
            self.socket.settimeout(SECONDS)

    def _next(self) -> list[bytes]:
        self.heard.append(self.socket.recv(65536))
        return self.heard[-1:]

    def words(self, *kinds: bytes) -> list[bytes]:
        """The datagrams of these kinds, in order."""
        return [said for said in self.heard if said.startswith(kinds)]


@pytest.fixture
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, str]]:
    """One with a socket in a folder, as on a machine, or, asked for, without a place in any, as in some containers."""
    is_abstract = getattr(request, "param", "path") == "abstract"
    name = f"@scannerd-test-{os.getpid()}" if is_abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(name.replace("@", "\0", 1))
        opened.settimeout(SECONDS)
        yield Manager(opened), name


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a daemon on a database of its own, whose folders have names that are not ASCII."""
    drop, library = tmp_path / "Ablage für Ω", tmp_path / "Müsik"
    drop.mkdir()
    library.mkdir()
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SCANNERD_", "WATCHDOG_"))}
    ours |= {
        "SCANNERD_STATE__FOLDER": str(tmp_path / "state"),
        "SCANNERD_DATABASE__URL": database,
        "SCANNERD_INBOX__DROP_FOLDER": str(drop),
        "SCANNERD_INBOX__TIME_ZONE": "UTC",
        "SCANNERD_LIBRARY": json.dumps([{"name": "Müsik – Ω", "roots": [str(library)]}]),
    }
    started: list[subprocess.Popen[bytes]] = []

    def begin(notify: str, **environ: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            command = [sys.executable, "-m", "scannerd", "run", "--json"]
            environment = ours | {"NOTIFY_SOCKET": notify} | environ
            # Without a terminal, as a service: SIGHUP is then a wish and no farewell.
            started.append(
                subprocess.Popen(
                    command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
                )
            )
        return started[-1]

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.parametrize("manager", ["path", "abstract"], indirect=True)
def test_it_says_ready_alone_then_stopping_and_ends_well(
    manager: tuple[Manager, str], start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    systemd, name = manager
    process = start(name)
    systemd.until(b"READY")
    process.terminate()
    systemd.until(b"STOPPING")

    assert process.wait(SECONDS) == 0, (tmp_path / "log").read_text()
    systemd.rest()
    assert systemd.words(b"READY", b"STOPPING", b"RELOADING") == [b"READY=1", b"STOPPING=1"]
    assert [said for said in systemd.heard if not said.isascii()] == []


def test_of_many_words_none_takes_another_along(
    manager: tuple[Manager, str], start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    systemd, name = manager
    process = start(name, WATCHDOG_USEC="300000")
    systemd.until(b"READY")
    systemd.until(b"WATCHDOG")
    systemd.until(b"WATCHDOG")
    process.send_signal(signal.SIGHUP)
    systemd.until(b"RELOADING")
    systemd.until(b"READY")
    process.terminate()
    process.wait(SECONDS)
    systemd.rest()

    reloading = systemd.words(b"RELOADING")
    assert [said.split(b"\n")[0] for said in reloading] == [b"RELOADING=1"]
    assert reloading[0].split(b"\n")[1].startswith(b"MONOTONIC_USEC=")
    alone = {said for said in systemd.heard if not said.startswith((b"STATUS=", b"RELOADING="))}
    assert alone == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}
    status = systemd.words(b"STATUS=")
    assert status
    assert all(said.isascii() and said.count(b"\n") == 0 and len(said) <= 210 for said in status)
    assert process.returncode == 0, (tmp_path / "log").read_text()


def test_a_socket_that_nobody_listens_on_is_no_hindrance(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = start(str(tmp_path / "nobody"))
    log = tmp_path / "log"
    end = time.monotonic() + SECONDS
    while "watching" not in log.read_text():
        assert time.monotonic() < end
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    process.terminate()

    assert process.wait(SECONDS) == 0
