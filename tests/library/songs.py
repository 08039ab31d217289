"""Small real music files with tags."""

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from mutagen.flac import FLAC

RATE = 44_100
OLD = 1_700_000_000
"""A time of last change that no test is near to, in seconds."""
_lengths = count(1)


def flac(path: Path, *, milliseconds: int | None = None, **tags: str | Sequence[str]) -> Path:
    """Write a FLAC file without a sound in it, of a length that no other has, last changed long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = RATE * (milliseconds or 100_000 + next(_lengths) * 10) // 1000
    numbers = (RATE << 44 | 1 << 41 | 15 << 36 | samples).to_bytes(8, "big")
    info = (4096).to_bytes(2, "big") * 2 + bytes(6) + numbers + bytes(16)
    path.write_bytes(b"fLaC\x80\x00\x00\x22" + info + b"\xff\xf8" + os.urandom(64))
    retag(path, **tags)
    os.utime(path, (OLD, OLD))
    return path


def retag(path: Path, **tags: str | Sequence[str]) -> None:
    """Other tags for a file: an empty one goes."""
    file = FLAC(path)
    for name, value in tags.items():
        if value:
            file[name] = [value] if isinstance(value, str) else list(value)
        else:
            file.pop(name, None)
    file.save()
