"""Python values over a file descriptor, each with its length in front."""

from __future__ import annotations

import os
import pickle
import select

_LENGTH = 8
_LONGEST_LOOK = 1.0
"""Seconds counted as silence between two looks; if it was more, the whole machine stood still."""


class Silence(Exception):
    """Nothing came in time."""


def send(fd: int, value: object) -> None:
    """Write one value; blocks while the other side is busy."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    left = memoryview(len(data).to_bytes(_LENGTH, "little") + data)
    while left:
        left = left[os.write(fd, left) :]


def receive(fd: int, *, silence: float | None = None) -> object:
    """Read one value; EOFError when the other side is gone, Silence when it says nothing for so many seconds."""
    length = int.from_bytes(_exactly(fd, _LENGTH, silence), "little")
    return pickle.loads(_exactly(fd, length, silence))  # noqa: S301  # only our own worker writes here


def _exactly(fd: int, length: int, silence: float | None) -> bytearray:
    data = bytearray()
    while len(data) < length:
        if silence is not None:
            _wait(fd, silence)
        try:
            piece = os.read(fd, min(length - len(data), 1024 * 1024))
        except ConnectionResetError as exc:
            raise EOFError from exc
        if not piece:
            raise EOFError
        data += piece
    return data


def _wait(fd: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    while not poll.poll(min(seconds, _LONGEST_LOOK) * 1000):
        seconds -= _LONGEST_LOOK
        if seconds <= 0:
            raise Silence
