"""The parent's view of one worker: start it, give it pieces, take its answers without waiting, learn how it died."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from time import monotonic

from scannerd.child import bury, environment, exit_code
from scannerd.library.chunks import Piece
from scannerd.library.in_hand import InHand
from scannerd.library.job import OUT_OF_MEMORY, Answer, Ready, Start
from scannerd.library.stamps import Stamp
from scannerd.model.media import Unreadable

_READ_AT_ONCE = 256 * 1024
_LENGTH = 8
_LONGEST_LOOK = 1.0
"""Seconds counted against a file between two looks; more means that we were away, or the whole machine was."""


class WorkerProcess:
    """One worker. It ends with the thread that started it, or earlier."""

    def __init__(self, start: Start, *, for_one_piece: bool = False) -> None:
        self.pieces: deque[Piece] = deque()  # given and not yet answered, in order
        self.is_ready = False
        self.for_one_piece = for_one_piece
        self._was_late = False
        self._waiting_out = bytearray()
        self._coming_in = bytearray()
        self._beat = 0
        self._seconds = 0.0  # that it has had the same file in hand, as far as we looked
        self._looked = monotonic()
        self._memory = start.memory
        ours, theirs = socket.socketpair()
        note = InHand.create()
        try:
            self._process = _started(theirs.fileno(), note)
            self.in_hand = InHand(note)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(note)
        ours.setblocking(False)
        self._socket = ours
        self._say(start)

    @property
    def pid(self) -> int:
        """The system's number for it."""
        return self._process.pid

    def fileno(self) -> int:
        """What to poll."""
        return self._socket.fileno()

    def give(self, piece: Piece) -> None:
        """Queue a piece; it is sent as far as there is room, so the worker goes on while nobody looks."""
        self.pieces.append(piece)
        self._say(piece.jobs)

    def _say(self, value: object) -> None:
        self._waiting_out += pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        self.send()

    @property
    def has_more_to_send(self) -> bool:
        """Whether something waits for room."""
        return bool(self._waiting_out)

    def send(self) -> None:
        """Send what there is room for."""
        try:
            while self._waiting_out:
                del self._waiting_out[: self._socket.send(self._waiting_out)]
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError):
            self._waiting_out.clear()  # it is dead; whoever receives finds out

    def receive(self) -> list[Ready | Answer]:
        """What has come, as far as it is whole; EOFError when the worker is dead and everything it said was heard."""
        try:
            data = self._socket.recv(_READ_AT_ONCE)
        except BlockingIOError:
            return []
        except ConnectionResetError as exc:
            raise EOFError from exc
        if not data:
            raise EOFError
        self._coming_in += data
        return self._whole()

    def _whole(self) -> list[Ready | Answer]:
        values = []
        while len(self._coming_in) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._coming_in[:_LENGTH], "little")
            if len(self._coming_in) < end:
                break
            values.append(pickle.loads(self._coming_in[_LENGTH:end]))  # noqa: S301  # only our own worker writes here
            del self._coming_in[:end]
        return values

    def stop_if_late(self, deadline: float) -> None:
        """Kill it when it has had one file in hand for too long; how the chunk as a whole fares does not matter."""
        number, beat = self.in_hand.look()
        before, self._looked = self._looked, monotonic()
        if number is None or beat != self._beat:
            self._beat, self._seconds = beat, 0.0
            return
        self._seconds += min(self._looked - before, _LONGEST_LOOK)
        if self._seconds > deadline:
            self._was_late = True
            self._process.kill()

    def why_it_died(self, deadline: float) -> Unreadable:
        """In words for the owner of the file it had in hand."""
        code = exit_code(self._process)
        if self._was_late:
            return Unreadable(f"the parser needed more than {deadline:g} s")
        if code == OUT_OF_MEMORY:
            return Unreadable(f"the parser needed more memory than {self._memory >> 20} MB")
        if code == -signal.SIGKILL:
            return Unreadable("the parser was killed (signal 9), maybe because the machine was short of memory")
        if code < 0:
            return Unreadable(f"the parser crashed (signal {-code})")
        return Unreadable(f"the parser ended its process (exit code {code})")

    def what_was_in_hand(self) -> tuple[int | None, Stamp | None]:
        """The job and the file's stamp, as far as it came."""
        number, _ = self.in_hand.look()
        return number, None if number is None else self.in_hand.stamp()

    def kill(self) -> None:
        """Ask no more of it."""
        self._process.kill()

    def bury(self) -> None:
        """Take back what it cost us. Waits a little, but not for one that a dead disk holds."""
        self._socket.close()
        self.in_hand.close()
        bury(self._process)


def _started(channel: int, note: int) -> subprocess.Popen[bytes]:
    # A program of its own rather than multiprocessing: nothing of the caller's main module is imported again, its
    # parent is this process and no server in between, and no two workers share a pipe or a lock that one can break.
    return subprocess.Popen(  # noqa: S603  # nothing in it comes from outside
        [sys.executable, "-P", "-m", "scannerd.library.worker", str(channel), str(note)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=(channel, note),
        env=environment(),
    )
