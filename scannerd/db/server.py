"""The server process of a cluster: seen, started, stopped.

Whether one runs is judged by its socket, which answers even out of another container, and by the processes that work
in the data folder, since a process number alone may by now be anybody's.
"""

from __future__ import annotations

import os
import shlex
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from scannerd.db.binaries import Binaries
from scannerd.db.conf_files import DATABASE, ROLE
from scannerd.db.folders import Folders
from scannerd.db.owner import Owner
from scannerd.db.room import has_no_room, is_full, no_room
from scannerd.errors import EmbeddedError

START_SECONDS = 900
"""How long a start may take: it may have to recover from a crash, on slow disks."""
STOP_SECONDS = 300
PATIENCE_SECONDS = 30
"""After which a server that was asked to stop is told to: both fit into the patience of systemd and Docker's users."""
_DO_YOU_ENCRYPT = (8).to_bytes(4) + (80877103).to_bytes(4)  # SSLRequest, the shortest question the protocol knows
_WHO = f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
_LET_ME_IN = (8 + len(_WHO)).to_bytes(4) + (196608).to_bytes(4) + _WHO  # StartupMessage
_NOT_NOW = b"C57P03\0"  # cannot_connect_now: it starts, recovers, or stops
_TICK = 0.05

# Every process of a server works in its data folder. Asked as its owner: in a container even root may not look.
_WHO_WORKS_THERE = 'for p in /proc/[0-9]*; do if [ "$p/cwd" -ef "$1" ]; then echo "${p#/proc/}"; fi; done'


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says of a server that was started."""

    pid: int
    port: int
    folder: Path  # of its socket
    loopback: bool  # it listens on TCP too
    status: str  # in its own words: starting, ready, stopping

    @property
    def ready(self) -> bool:
        """Whether its start is over."""
        return self.status == "ready"

    @property
    def answers(self) -> bool:
        """Whether it takes connections; one that was killed does not, even while its children live.

        Connecting proves nothing: the kernel still takes a connection for a process it is about to end.
        """
        return self._ask(_DO_YOU_ENCRYPT) in {b"N", b"S"}

    @property
    def recovers(self) -> bool:
        """Whether it lets nobody in, though nobody told it to stop: a session of it crashed."""
        return self.status != "stopping" and _NOT_NOW in self._ask(_LET_ME_IN)

    def _ask(self, question: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(5)
            try:
                probe.connect(os.fsencode(self.folder / f".s.PGSQL.{self.port}"))
                probe.sendall(question)
                return probe.recv(1024)
            except OSError:
                return b""


def look(data: Path) -> Postmaster | None:
    """The server that was last started on `data` and has not been stopped; it may be dead."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return None
    # The server writes the file in steps: until the status is there, it is not ready.
    if len(lines) < 5 or not (lines[0].isdecimal() and lines[3].isdecimal()):
        return None
    status = lines[7].strip() if len(lines) > 7 else ""
    return Postmaster(int(lines[0]), int(lines[3]), Path(lines[4]), bool(lines[5:6] and lines[5]), status)


def processes(data: Path, owner: Owner) -> list[int]:
    """The processes of any server on `data`: a postmaster, or the orphans of one that was killed."""
    return [int(pid) for pid in owner.run("/bin/sh", "-c", _WHO_WORKS_THERE, "sh", data).stdout.split()]


def running(data: Path, owner: Owner, *, patience: float) -> Postmaster | None:
    """The server that runs on `data`, once it is ready; None as soon as it is certain that none does.

    A server that is starting gets START_SECONDS, the orphans of a killed one `patience`.
    """
    begun = time.monotonic()
    while True:
        found = look(data)
        if found and found.answers:
            if found.ready:
                return found
            limit: float = START_SECONDS
        else:
            if not processes(data, owner):
                return None
            limit = patience
        if time.monotonic() - begun > limit:
            raise _not_over(data, found.pid if found else None, processes(data, owner))
        time.sleep(_TICK)


def start(folders: Folders, binaries: Binaries, owner: Owner) -> Postmaster:
    """Start a server that `running` did not find, and wait until it is ready."""
    _remove_stale(folders.data)
    first_words = folders.log / "start.log"
    first_words.unlink(missing_ok=True)
    started = owner.run(
        binaries.program("pg_ctl"),
        *("start", "--silent", f"--timeout={START_SECONDS}", f"--log={first_words.name}"),
        f"--options=-c config_file={shlex.quote(str(folders.conf / 'postgresql.conf'))}",
        # By the environment: a folder on the command line would pass through a shell, `$` and all.
        env={"PGDATA": str(folders.data)},
        cwd=folders.log,
    )
    found = look(folders.data)
    if started.returncode or not found:
        why = _last_words(folders.log) or started.stdout.strip()
        if is_full(why) or has_no_room(folders.data):
            raise no_room(folders.data)
        raise EmbeddedError(
            f"the private PostgreSQL did not start: {why}",
            hint=f"its log is in {folders.log}",
        )
    return found


def stop(folders: Folders, owner: Owner) -> None:
    """Stop the server: its sessions are ended, everything is on disk when this returns.

    By signal, so that it works even when an upgrade has just taken the programs away.
    """
    found = look(folders.data)
    if not found or found.pid not in processes(folders.data, owner):
        return
    # Asked for a fast shutdown while it recovers from a crashed session, PostgreSQL (15 to 18) waits for ever. At once
    # is safe too: no commit is newer than the log on the disk, from which the next start recovers.
    is_pressed = found.recovers
    _tell("QUIT" if is_pressed else "INT", found, owner)
    begun = time.monotonic()
    while processes(folders.data, owner):
        if time.monotonic() - begun > PATIENCE_SECONDS and not is_pressed:
            _tell("QUIT", found, owner)
            is_pressed = True
        if time.monotonic() - begun > STOP_SECONDS:
            raise EmbeddedError(
                f"the private PostgreSQL (pid {found.pid}) did not stop within {STOP_SECONDS} s",
                hint=f"its log is in {folders.log}",
            )
        time.sleep(_TICK)


def _tell(signal: str, server: Postmaster, owner: Owner) -> None:
    owner.run("/bin/sh", "-c", 'kill -"$1" "$2"', "sh", signal, str(server.pid))


def _remove_stale(data: Path) -> None:
    """Remove the lock files of a dead server whose number now belongs to another process.

    PostgreSQL does so itself unless that process has our user, as happens after every restart of a container.
    """
    found = look(data)
    if found and Path(f"/proc/{found.pid}").exists():
        (data / "postmaster.pid").unlink()
        (found.folder / f".s.PGSQL.{found.port}.lock").unlink(missing_ok=True)


def _not_over(data: Path, postmaster: int | None, left: list[int]) -> EmbeddedError:
    pids = ", ".join(str(pid) for pid in left)
    if postmaster in left:
        return EmbeddedError(
            f"the PostgreSQL on {data} (pid {postmaster}) runs but does not answer",
            hint=f"see what it does, or stop it: kill -INT {postmaster}",
        )
    return EmbeddedError(
        f"a PostgreSQL that was killed still holds {data}: process {pids}",
        hint=f"wait until they are gone, or end them: kill {pids.replace(',', '')}",
    )


def _last_words(log: Path) -> str:
    """Why it failed, in its own words, from its newest log."""
    logs = sorted(log.glob("*.log"), key=lambda file: file.stat().st_mtime)
    lines = [line for file in logs[-2:] for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    telling = [
        line.split("] ", 1)[-1] for line in lines[-40:] if any(mark in line for mark in ("FATAL:", "PANIC:", "HINT:"))
    ]
    return "; ".join(" ".join(line.split()) for line in (telling or lines)[-3:])
