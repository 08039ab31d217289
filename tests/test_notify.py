"""What a service manager hears of a real daemon, over a real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from service_manager import Manager
from waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[1]


@pytest.fixture
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, str]]:
    """One with a socket in a folder, as on a machine, or, asked for, without a place in any, as in some containers."""
    is_abstract = getattr(request, "param", "path") == "abstract"
    name = f"@scannerd-test-{uuid4()}" if is_abstract else str(tmp_path / "notify")
    made = Manager(name)
    yield made, name
    made.close()


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
    systemd.until("READY", process)
    process.terminate()
    systemd.until("STOPPING", process)

    assert process.wait(PATIENCE) == 0, (tmp_path / "log").read_text()
    assert systemd.words("READY", "STOPPING", "RELOADING") == ["READY=1", "STOPPING=1"]
    assert [said for said in systemd.hear_all() if not said.isascii()] == []


def test_of_many_words_none_takes_another_along(
    manager: tuple[Manager, str], start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    systemd, name = manager
    process = start(name, WATCHDOG_USEC="3000000")
    systemd.until("READY", process)
    systemd.until("WATCHDOG", process, times=2)
    process.send_signal(signal.SIGHUP)
    systemd.until("RELOADING", process)
    systemd.until("READY", process)
    process.terminate()
    assert process.wait(PATIENCE) == 0, (tmp_path / "log").read_text()

    [reloading] = systemd.words("RELOADING")
    first, second = reloading.split("\n")
    assert (first, second.partition("=")[0]) == ("RELOADING=1", "MONOTONIC_USEC")
    alone = {said for said in systemd.hear_all() if not said.startswith(("STATUS=", "RELOADING="))}
    assert alone == {"READY=1", "WATCHDOG=1", "STOPPING=1"}
    status = systemd.words("STATUS=")
    assert status
    assert all(said.isascii() and said.count("\n") == 0 and len(said) <= 210 for said in status)


def test_a_socket_that_nobody_listens_on_is_no_hindrance(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = start(str(tmp_path / "nobody"))
    log = tmp_path / "log"

    def watches() -> bool:
        assert process.poll() is None, log.read_text()
        return "watching" in log.read_text()

    wait_until(watches, "it watches", tell=log.read_text)
    process.terminate()

    assert process.wait(PATIENCE) == 0


def test_a_service_manager_that_is_busy_for_a_while_still_hears_that_we_are_ready(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    name = str(tmp_path / "busy")
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as us,
    ):
        busy.bind(name)
        us.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                us.sendto(b"of another service", name)
        process = start(name)
        wait_until(lambda: "watching" in said(tmp_path), "it has tried to say so", tell=lambda: said(tmp_path))
        heard = []
        busy.settimeout(PATIENCE)
        while "READY=1" not in heard:
            heard.append(busy.recv(65536).decode())
        assert set(heard) <= {"of another service", "READY=1"}
    process.terminate()
    assert process.wait(PATIENCE) == 0, said(tmp_path)


def said(folder: Path) -> str:
    return (folder / "log").read_text()
