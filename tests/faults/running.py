"""A real scannerd on folders of its own: started, watched, frozen, killed, and seen to be gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from scannerd.db import connect, embedded, owner, server
from scannerd.errors import DatabaseUnavailable

PATIENCE = 900.0 if os.environ.get("SCANNERD_TEST_FAULTS") == "all" else 120.0
"""Seconds until something that must come is said to never come; nothing is ever waited for that long."""
TICK = 0.02
HELD = 50  # looks in a row, a second of them or more
_STILL = {"T", "t", "Z", "X", "gone"}


def wait_until(holds: Callable[[], bool], what: str, *, tick: float = TICK, patience: float = PATIENCE) -> None:
    """Look again and again; a fact that never comes is an AssertionError that names it."""
    began = time.monotonic()
    until = began + patience
    while not holds():
        now = time.monotonic()
        assert now < until, f"it never came to be: {what}"
        time.sleep(max(tick, 3 * (now - began)))  # whoever looks at much leaves the machine to those who work
        began = time.monotonic()


class Daemon:
    """One `python -m scannerd run` after the other, with the same settings."""

    def __init__(self, home: Path, python_settings: dict[str, dict[str, str]], said: Path | None = None) -> None:
        """`said` is where its output goes, if not to its home: a disk that is full keeps no log."""
        self.home = home
        self._said = said or home
        self.config = home / "scannerd.toml"
        self.config.write_text(_toml(python_settings), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._runs = 0

    def add_library(self, name: str, *roots: Path, kind: str = "music") -> None:
        """One more library, before the next start."""
        with self.config.open("a", encoding="utf-8") as config:
            config.write(f"\n[[library]]\nname = '{name}'\nkind = '{kind}'\nroots = {[*map(str, roots)]}\n")

    @property
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended, by itself or by us."""
        return self._process is not None and self._process.poll() is None

    def start(self, *within: str, **environ: str) -> None:
        """Start one; its whole process group is `pid`. `within` is a program that becomes it, `environ` is added."""
        assert not self.is_running
        self._runs += 1
        out = self._said / f"run-{self._runs}"
        with out.with_suffix(".out").open("wb") as stdout, out.with_suffix(".err").open("wb") as stderr:
            self._process = subprocess.Popen(
                [*within, sys.executable, "-P", "-m", "scannerd", "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self.home,
                env=environment() | environ,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill -9 of the whole process group: the daemon and its reader, but not PostgreSQL."""
        assert self.is_running, self.errors()
        os.killpg(self.pid, signal.SIGKILL)
        self.ended()

    def kill_alone(self) -> None:
        """Kill -9 of the daemon only."""
        assert self.is_running, self.errors()
        os.kill(self.pid, signal.SIGKILL)
        self.ended()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.is_running, self.errors()
        os.kill(self.pid, signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end, and the exit code."""
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(PATIENCE)
        raise AssertionError(f"it never ended:\n{self.errors()}")

    def children(self) -> list[int]:
        """Its readers."""
        return children_of(self.pid)

    def wait_until_it_hangs(self) -> None:
        """A dead mount holds one of its threads, and for good.

        For a moment, or a second, every disk does that, be it with our own code, and to the first thread before there
        is any other.
        """
        seen: Counter[str] = Counter()

        def hangs() -> bool:
            assert self.is_running, self.errors()
            others = [task for task in self._threads() if task.name != str(self.pid)]
            held = {task.name for task in others if state_of(task) == "D" and _may_be_in_a_dead_mount(task)}
            for name in seen.keys() - held:
                del seen[name]
            seen.update(held)
            return max(seen.values(), default=0) > HELD

        wait_until(hangs, "a look at the drive hangs")

    def reader(self) -> int | None:
        """The process that reads an export just now."""
        for pid in self.children():
            with suppress(OSError):
                if b"scannerd.formats.child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it moves meanwhile; what is killed in here is killed in just the state that was seen."""
        os.kill(self.pid, signal.SIGSTOP)
        # Each thread stops by itself: the first may stand still while another is on its way.
        while self.is_running and not {state_of(task) for task in self._threads()} <= _STILL:
            pass
        try:
            yield
        finally:
            if self.is_running:
                os.kill(self.pid, signal.SIGCONT)

    def _threads(self) -> list[Path]:
        with suppress(OSError):
            return [*Path(f"/proc/{self.pid}/task").iterdir()]
        return []

    def told(self) -> list[dict[str, Any]]:
        """Every line of the log of the run that is on, or was the last; the last one may be half written."""
        lines = self.errors().split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def errors(self) -> str:
        """What it wrote to stderr, for a failed assertion."""
        return (self._said / f"run-{self._runs}.err").read_text(encoding="utf-8", errors="replace")

    def count(self, action: str) -> int:
        """How often it told of something."""
        return sum(line.get("action") == action for line in self.told())

    def warnings(self) -> list[str]:
        """Every warning and error of this run."""
        return [str(line["message"]) for line in self.told() if line["level"] in {"warning", "error", "critical"}]

    def end(self) -> None:
        """Whatever a failed test left: gone."""
        if self.is_running:
            self.kill()


class Server:
    """The private PostgreSQL of a state folder, as seen from outside."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._data = state / "postgres" / "data"

    def conninfo(self) -> str | None:
        """How to connect while it runs."""
        return embedded.running(self.state)

    def postmaster(self) -> int | None:
        """Its first process, while it answers."""
        found = server.look(self._data)
        return found.pid if found and found.answers else None

    def processes(self) -> list[int]:
        """All of it, and what is left of one that was killed."""
        if not self._data.exists():
            return []
        return server.processes(self._data, owner.choose(None, data=self._data))

    def end(self) -> None:
        """Whatever a failed test left: gone."""

        def is_gone() -> bool:
            left = self.processes()
            for pid in left:  # again and again: one may just have been started
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        wait_until(is_gone, "the server is gone")


class Look:
    """A connection to whatever database the daemon uses, opened again when it is lost."""

    def __init__(self, conninfo: Callable[[], str | None]) -> None:
        self._conninfo = conninfo
        self._conn: psycopg.Connection[Any] | None = None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]] | None:
        """The answer, or None while there is no database to ask."""
        try:
            if self._conn is None or self._conn.closed:
                conninfo = self._conninfo()
                if conninfo is None:
                    return None
                self._conn = connect.connect(conninfo, application_name="faults", autocommit=True)
            return self._conn.execute(query.encode(), values or None).fetchall()
        except (psycopg.Error, DatabaseUnavailable) as exc:
            self.close()
            if connect.is_lost(exc):
                return None
            raise

    def value(self, query: str, *values: object) -> Any:
        """The one value of the one row; None while there is none."""
        rows = self.rows(query, *values)
        return rows[0][0] if rows else None

    def close(self) -> None:
        """Let go: the last one out stops the server."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.close()


def environment() -> dict[str, str]:
    """Ours, without anything that is said to another scannerd."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SCANNERD_", "PG", "NOTIFY_"))}


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def working_in(folder: Path) -> list[str]:
    """Every process whose working folder is this one or below."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cwd").readlink().is_relative_to(folder):
                found.append(f"{place.name}: {(place / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}")
    return found


def state_of(process: Path) -> str:
    """The letter by which the kernel tells what this process or thread, by its place in /proc, does."""
    try:
        return (process / "stat").read_text(errors="replace").rpartition(") ")[2][0]
    except OSError:
        return "gone"


def _may_be_in_a_dead_mount(thread: Path) -> bool:
    """Where the kernel shows in what code of its own a thread is, that is the one of FUSE."""
    try:
        return "fuse" in (thread / "stack").read_text()
    except OSError:
        return True


def _toml(settings: dict[str, dict[str, str]]) -> str:
    lines = []
    for section, values in settings.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"
