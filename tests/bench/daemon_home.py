"""A real daemon to measure: started as systemd does it, heard on a notify socket of its own and on its log, and
looked at in /proc."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from scannerd.config import load
from scannerd.db import connect, embedded, server
from scannerd.status import daemon_state
from scannerd.status.daemon_state import DaemonState

PATIENCE = 900.0
"""Seconds until something that must come is said to never come."""
LIBRARY = "bench"
RESTING = "waiting for something to do"
QUIET = 8.0
"""Seconds in which nothing was done, after which a daemon rests."""
TICKS = os.sysconf("SC_CLK_TCK")
_WATCHDOG = 60  # seconds, as the unit has it
_LONGEST_STOP = 120.0  # as the unit has it too


class Home:
    """A state folder with its drop folder, one library or none, and the database they feed."""

    def __init__(
        self, folder: Path, *, url: str | None = None, root: Path | None = None, level: str = "info", **library: str
    ) -> None:
        self.state = folder / "state"
        self.drop = self.state / "drop"
        self.config = folder / "scannerd.toml"
        self._url = url
        sections: dict[str, dict[str, Any]] = {
            "state": {"folder": str(self.state), "instance": folder.name},
            "database": {"url": url} if url else {},
            "log": {"format": "json", "level": level},
        }
        if root is not None:
            sections["[library]"] = {"name": LIBRARY, "roots": [str(root)], "schedule": ""} | library
        self._write(sections)
        self.settings = load(self.config)

    def _write(self, sections: dict[str, dict[str, Any]]) -> None:
        lines = []
        for section, values in sections.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A session beside those of the running daemon."""
        conninfo = self._url or embedded.running(self.state)
        assert conninfo is not None
        with connect.connect(conninfo, application_name="bench", autocommit=True) as conn:
            yield conn

    def last_look(self) -> float:
        """How many seconds the last look at the whole library took."""
        with self.database() as conn:
            row = conn.execute("select summary -> 'seconds' from library where name = %s", [LIBRARY]).fetchone()
        assert row is not None
        return float(sum(row[0].values()))

    def postgres(self) -> list[int]:
        """The processes of the private server; none where the database is somebody else's."""
        found = None if self._url else server.look(self.state / "postgres" / "data")
        return [found.pid, *children(found.pid)] if found else []

    @contextmanager
    def running(self) -> Iterator[Running]:
        """A daemon, until the block ends; it must end well."""
        daemon = Running(self)
        try:
            yield daemon
        except BaseException:
            daemon.end()
            raise
        assert daemon.end() == 0, daemon.last_words()


class Running:
    """One `python -m scannerd run`; every moment counts from its start."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._first: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self._lines: list[str] = []
        self._published = daemon_state.place(home.state)
        notify = home.config.with_name("notify")
        notify.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(notify))
        self._began = time.monotonic()
        self._process = self._start(str(notify))
        for listen in (self._hear, self._read):
            threading.Thread(target=listen, daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the daemon."""
        return self._process.pid

    def _start(self, notify_socket: str) -> subprocess.Popen[str]:
        foreign = ("SCANNERD_", "PG", "NOTIFY_", "WATCHDOG_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environ |= {"NOTIFY_SOCKET": notify_socket, "WATCHDOG_USEC": str(_WATCHDOG * 1_000_000)}
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "scannerd", "run", "--config", str(self._home.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            start_new_session=True,  # Ctrl-C is for us, and we end it
        )

    def _hear(self) -> None:
        while word := self._socket.recv(4096).decode():
            self._note(word)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._lines.append(line)
            with suppress(ValueError):
                self._note(json.loads(line).get("action", ""))

    def _note(self, word: str) -> None:
        self._first.setdefault(word, time.monotonic() - self._began)
        self.counts[word] = self.counts.get(word, 0) + 1

    def seconds_to(self, word: str) -> float:
        """When it first said this to systemd or, as the action of a line, in its log."""
        self._wait_until(lambda: word in self._first, word)
        return self._first[word]

    def wait_for_rest(self, mode: str | None = None) -> None:
        """Nothing is left to do; the library, if there is one, is followed in this way."""
        since = time.monotonic()

        def has_rested() -> bool:
            nonlocal since
            state = daemon_state.read(self._published)
            if state is None or not _rests(state, mode):
                since = time.monotonic()
            return time.monotonic() - since > QUIET

        self._wait_until(has_rested, f"nothing is left to do, and the library is followed by {mode}", tick=0.2)

    def _wait_until(self, holds: Callable[[], bool], what: str, *, tick: float = 0.002) -> None:
        until = time.monotonic() + PATIENCE
        while not holds():
            assert self._process.poll() is None, self.last_words()
            assert time.monotonic() < until, f"it never came to be: {what}\n{self.last_words()}"
            time.sleep(tick)

    def end(self) -> int:
        """Ask it to stop, and what it answered; only one that hangs is killed, for its server would live on."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_LONGEST_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def last_words(self) -> str:
        """The end of its log."""
        return "".join(self._lines[-50:])


def _rests(state: DaemonState, mode: str | None) -> bool:
    modes = {folder.mode for folder in state.folders if folder.library is not None}
    return all(lane.doing == RESTING and not lane.problem for lane in state.lanes) and modes == ({mode} - {None})


class Used(NamedTuple):
    """What a process and all its threads had used at one moment."""

    moment: float
    cpu: float  # seconds, without children
    ended: float  # seconds of its children that have ended
    waits: dict[str, int]  # times that each thread gave up the processor by itself

    @classmethod
    def by(cls, pid: int) -> Used:
        numbers = _told(pid, "stat").rpartition(")")[2].split()
        user, system, ended_user, ended_system = (int(number) / TICKS for number in numbers[11:15])
        waits = {}
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                waits[task.name] = int(_field((task / "status").read_text(), "voluntary_ctxt_switches"))
        return cls(time.monotonic(), user + system, ended_user + ended_system, waits)

    def waits_since(self, before: Used) -> int:
        """How often its threads woke."""
        return sum(count - before.waits.get(thread, 0) for thread, count in self.waits.items())


def children(pid: int) -> list[int]:
    """The processes that this one started and that live."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


def module_of(pid: int) -> str:
    """What a process of ours is at."""
    words = (Path(f"/proc/{pid}/cmdline").read_bytes()).decode().split("\0")
    return words[words.index("-m") + 1] if "-m" in words else Path(words[0]).name


def resident(pid: int, field: str = "VmRSS") -> float:
    """Megabytes; `VmHWM` is the most there ever were."""
    return int(_field(_told(pid, "status"), field)) / 1024


def proportional(pid: int) -> float:
    """Megabytes, where what is shared counts only in part."""
    return int(_field(_told(pid, "smaps_rollup"), "Pss")) / 1024


def _told(pid: int, file: str) -> str:
    return Path(f"/proc/{pid}/{file}").read_text(errors="replace")


def _field(text: str, name: str) -> str:
    return next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name}:"))
