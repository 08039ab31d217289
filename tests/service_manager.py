"""A service manager's end of the socket over which a daemon says how it is."""

import socket
import subprocess
import threading
import time
from typing import Any

from waiting import PATIENCE

_OVER = b"\0"


class Manager:
    """Listens as systemd does.

    At every moment: the kernel may hold no more than ten words for whoever does not, and a daemon that waited a second
    for room goes on without its word.
    """

    def __init__(self, name: str) -> None:
        """`name` is that of the socket: a path, or with an `@` in front one that lies in no folder."""
        self._address = name.replace("@", "\0", 1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self._heard: list[str] = []
        self._asked = 0  # how much of it `until` has been through
        self._overs = 0
        self._news = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def until(self, word: str, process: "subprocess.Popen[Any]", *, times: int = 1) -> None:
        """Wait until the process said this so many times more; one that ended says no more than it has said."""
        until = time.monotonic() + PATIENCE
        while times:
            has_ended = process.poll() is not None
            if has_ended:
                self.hear_all()
            with self._news:
                self._news.wait_for(lambda: len(self._heard) > self._asked, 0 if has_ended else 0.1)
                new, self._asked = self._heard[self._asked : self._asked + 1], min(self._asked + 1, len(self._heard))
            times -= any(said.startswith(word) for said in new)
            assert new or not has_ended, f"it ended and never said {word}: {self.heard}"
            assert time.monotonic() < until, f"it never said {word}: {self.heard}"

    def hear_all(self) -> list[str]:
        """All that was said until now."""
        with self._news:
            wanted = self._overs + 1
        self._socket.sendto(_OVER, self._address)  # behind all that waits there
        with self._news:
            assert self._news.wait_for(lambda: self._overs >= wanted, PATIENCE)
            return self._heard[:]

    @property
    def heard(self) -> list[str]:
        """What was heard of it so far."""
        with self._news:
            return self._heard[:]

    def words(self, *kinds: str) -> list[str]:
        """All that was said of these kinds, in order."""
        return [said for said in self.hear_all() if said.startswith(kinds)]

    def close(self) -> None:
        self._ends = True
        self._socket.sendto(_OVER, self._address)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            said = self._socket.recv(65536)
            with self._news:
                if said == _OVER:
                    self._overs += 1
                else:
                    self._heard.append(said.decode("latin-1"))
                self._news.notify_all()
                if self._ends and said == _OVER:
                    return
