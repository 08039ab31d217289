"""Started and stopped again and again, in whatever it is at: the service manager hears of each, and nothing stays."""

import random
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from running import PATIENCE, wait_until

RESTARTS = 5_000 if ALL else 3


class Manager:
    """Hears what a daemon tells its service manager."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(place))
        self._socket.settimeout(PATIENCE)

    def hear_until(self, word: str) -> list[str]:
        """All but the lines for people, the word last."""
        heard: list[str] = []
        while word not in heard:
            said = self._socket.recv(4096).decode()
            if not said.startswith(("STATUS=", "WATCHDOG=")):
                heard.append(said)
        return heard

    def heard(self) -> list[str]:
        """What was said since, without waiting for more."""
        said: list[str] = []
        self._socket.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                said.append(self._socket.recv(4096).decode())
        self._socket.settimeout(PATIENCE)
        return said

    def close(self) -> None:
        self._socket.close()


@pytest.mark.timeout(6 * 3600)
def test_each_of_many_starts_says_ready_and_each_stop_says_so_and_nothing_is_lost(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    chance = random.Random(RESTARTS)
    manager = Manager(home.folder / "notify")
    try:
        for number in range(RESTARTS):
            write_maloja(home.drop / f"{number}.json", told[number * 2 : number * 2 + 2])
            home.daemon.start(NOTIFY_SOCKET=str(manager.place))
            assert manager.hear_until("READY=1") == ["READY=1"]
            if chance.random() < 0.5:
                home.wait_for_a_look()
            assert home.daemon.stop() == 0
            assert manager.hear_until("STOPPING=1") == ["STOPPING=1"]
            assert home.daemon.warnings() == []
    finally:
        manager.close()

    home.daemon.start()
    home.wait_until_idle()
    assert home.look.rows("select state, count(*) from export group by state") == [("shelved", RESTARTS)]
    assert home.look.value("select count(*) from listen") == 2 * RESTARTS
    home.look.close()
    assert home.daemon.stop() == 0


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
def test_work_that_stands_still_for_no_reason_stops_the_watchdog(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    manager = Manager(home.folder / "notify")
    try:
        within = (sys.executable, str(Path(__file__).with_name("stuck.py")))
        home.daemon.start(*within, NOTIFY_SOCKET=str(manager.place), WATCHDOG_USEC="300000")
        manager.hear_until("READY=1")
        wait_until(lambda: "WATCHDOG=1" in manager.heard(), "it is alive")
        write_maloja(home.drop / "a.json", told[:10])
        wait_until(lambda: home.daemon.count("lane_hangs") == 1, "it says that its work hangs")
        manager.heard()
        time.sleep(2)
        assert "WATCHDOG=1" not in manager.heard()
    finally:
        manager.close()
