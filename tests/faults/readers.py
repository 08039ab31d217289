"""The readers of one daemon, made to stand still where a test wants them: no test is fast enough to catch one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from running import Daemon, state_of, wait_until

_HERE = Path(__file__).parent


class Readers:
    """Those of a daemon that is started with `environ`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "readers"
        self._folder.mkdir()
        self._stand = self._folder / "stand"
        self._killed: set[int] = set()
        path = [str(_HERE / "watched_readers"), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environ = {"PYTHONPATH": os.pathsep.join(path), "WATCHED_READERS": str(self._folder)}

    def stand_still(self) -> None:
        """Whoever has said its first rows from now on is stopped, in the middle of its file."""
        self._stand.touch()

    def no_more(self) -> None:
        """The next ones read on; whoever stands still does so until somebody lets it go on."""
        self._stand.unlink()

    def standing(self, daemon: Daemon) -> int:
        """Wait for one that stands still and was not killed."""
        found: list[int] = []

        def stands() -> bool:
            assert daemon.is_running, daemon.errors()
            pid = daemon.reader()
            if pid is not None and pid not in self._killed and state_of(Path(f"/proc/{pid}")) == "T":
                found.append(pid)
            return found != []

        wait_until(stands, "a reader is in the middle of its file")
        return found[0]

    def kill(self, pid: int) -> None:
        """Kill -9 of one that stands still."""
        self._killed.add(pid)
        os.kill(pid, signal.SIGKILL)

    def most_memory(self) -> int:
        """How many bytes any of them ever had; 0 where none said anything."""
        told = [path.read_text(encoding="ascii") for path in self._folder.glob("[0-9]*")]
        return max((int(text) * 1024 for text in told if text), default=0)
