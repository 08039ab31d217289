"""Started and stopped again and again, in whatever it is at: the service manager hears of each, and nothing stays."""

import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from running import Daemon, wait_until

RESTARTS = 5_000 if ALL else 3
_SO_FAR = "all that was said before this"


class Manager:
    """Hears what a daemon tells its service manager, all the time: ten words that wait hold up who says the next."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(place))
        self._said: SimpleQueue[str] = SimpleQueue()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        while said := self._socket.recv(4096).decode():
            self._said.put(said)

    def hear_until(self, word: str, daemon: Daemon) -> list[str]:
        """All but the lines for people, the word last."""
        heard: list[str] = []

        def is_heard() -> bool:
            lives = daemon.is_running
            heard.extend(said for said in self.heard() if not said.startswith(("STATUS=", "WATCHDOG=")))
            assert word in heard or lives, f"it ended without {word}:\n{daemon.errors()}"
            return word in heard

        wait_until(is_heard, f"it says {word}")
        return heard

    def heard(self) -> list[str]:
        """What was said since, without waiting for more."""
        said: list[str] = []
        self._send(_SO_FAR)
        while (word := self._said.get()) != _SO_FAR:
            said.append(word)
        return said

    def close(self) -> None:
        self._send("")
        self._listener.join()
        self._socket.close()

    def _send(self, word: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as us:
            us.sendto(word.encode(), str(self.place))


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
            assert manager.hear_until("READY=1", home.daemon) == ["READY=1"]
            if chance.random() < 0.5:
                home.wait_for_a_look()
            assert home.daemon.stop() == 0
            assert manager.hear_until("STOPPING=1", home.daemon) == ["STOPPING=1"]
            assert home.daemon.warnings() == []
    finally:
        manager.close()

    home.daemon.start()
    home.wait_until_idle()
    assert home.look.rows("select state, count(*) from export group by state") == [("shelved", RESTARTS)]
    assert home.look.value("select count(*) from listen") == 2 * RESTARTS
    home.look.close()
    assert home.daemon.stop() == 0


def says_it_hangs(home: Home) -> bool:
    """Its drop folder, not a lane that only has to wait for a slow machine."""
    hanging = [line["message"] for line in home.daemon.told() if line.get("action") == "lane_hangs"]
    return any("work on the drop folder hangs" in message for message in hanging)


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
def test_work_that_stands_still_for_no_reason_stops_the_watchdog(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    manager = Manager(home.folder / "notify")
    try:
        within = (sys.executable, str(Path(__file__).with_name("stuck.py")))
        home.daemon.start(*within, NOTIFY_SOCKET=str(manager.place), WATCHDOG_USEC="300000")
        manager.hear_until("READY=1", home.daemon)
        wait_until(lambda: "WATCHDOG=1" in manager.heard(), "it is alive")
        write_maloja(home.folder / "a.json", told[:10]).rename(home.drop / "a.json")
        wait_until(lambda: says_it_hangs(home), "it says that its work hangs")
        manager.heard()
        time.sleep(2)
        assert "WATCHDOG=1" not in manager.heard()
    finally:
        manager.close()
