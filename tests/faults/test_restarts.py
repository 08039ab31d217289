"""Started and stopped again and again, in whatever it is at: the service manager hears of each, and nothing stays."""

import random
import socket
from collections.abc import Callable
from pathlib import Path

from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from running import PATIENCE

RESTARTS = 500 if ALL else 4


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

    def close(self) -> None:
        self._socket.close()


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
