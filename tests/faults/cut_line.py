"""A line between scannerd and its PostgreSQL that is cut at a COMMIT, before or after the server has it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from struct import unpack
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_PATIENCE = 60.0
_DONE = b"COMMIT\0"


class Cut(StrEnum):
    """What the server knows when the line goes."""

    ASKED = "the server never hears of it"
    ANSWERED = "the server has done it, and its answer is lost"


class CutLine:
    """A UNIX socket in front of the server's; the commits are counted over all connections, from 1."""

    def __init__(self, folder: Path, conninfo: str, cuts: dict[int, Cut]) -> None:
        there = conninfo_to_dict(conninfo)
        name = f".s.PGSQL.{there.get('port', 5432)}"
        self._server = str(Path(str(there["host"])) / name)
        self._cuts = cuts
        self._lock = threading.Lock()
        self.commits = 0
        self.made: list[Cut] = []
        self.conninfo = make_conninfo(conninfo, host=str(folder))
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / name))
        self._door.listen()
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._let_in)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        _hang_up(self._door, *self._lines)
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive()
        for line in (self._door, *self._lines):
            line.close()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._lines += [client, server]
                swallow = threading.Event()
                for work in (self._ask, self._answer):
                    self._threads.append(threading.Thread(target=work, args=(client, server, swallow)))
                    self._threads[-1].start()

    def _ask(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        """What the client says, message by message; the first one has no letter."""
        with suppress(OSError, EOFError):
            server.sendall(_message(client, letter=False))
            while True:
                said = _message(client)
                cut = self._cut_at(said)
                if cut is Cut.ASKED:
                    break
                if cut is Cut.ANSWERED:
                    swallow.set()
                server.sendall(said)
        if not swallow.is_set():
            _hang_up(client, server)

    def _answer(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        swallowed = bytearray()
        with suppress(OSError):
            while _DONE not in swallowed and (data := server.recv(65536)):
                if swallow.is_set():
                    swallowed += data
                else:
                    client.sendall(data)
        _hang_up(client, server)

    def _cut_at(self, said: bytes) -> Cut | None:
        if not _commits(said):
            return None
        with self._lock:
            self.commits += 1
            cut = self._cuts.get(self.commits)
            if cut is not None:
                self.made.append(cut)
        return cut


def _commits(said: bytes) -> bool:
    """A simple query, or one that is parsed under a name."""
    query = said[5:] if said[:1] == b"Q" else said[5:].partition(b"\0")[2] if said[:1] == b"P" else b""
    return query.partition(b"\0")[0].strip().upper() == b"COMMIT"


def _message(line: socket.socket, *, letter: bool = True) -> bytes:
    head = _exactly(line, 5 if letter else 4)
    (length,) = unpack("!I", head[-4:])
    return head + _exactly(line, length - 4)


def _exactly(line: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _hang_up(*lines: socket.socket) -> None:
    for line in lines:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
