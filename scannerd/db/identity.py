"""Who a state folder is to a database that several share: a random word in it, made once.

The name of a machine would not do: that of a container changes with each new one, and two may both be called "nas".
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_NAME = "identity"
_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """One state folder."""

    key: str
    host: str
    folder: str

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{self.host}:{self.folder}"


def lead_of(key: str) -> tuple[str, str]:
    """What a session leads in for as long as that daemon lives."""
    return ("daemon", key)


def identity_of(state: Path, *, make: bool = True) -> Identity | None:
    """Who this state folder is; None where it cannot say so: not there, closed to us, no room for the word."""
    try:
        key = _read(state) or (_make(state) if make else None)
    except OSError:
        return None
    return Identity(key, socket.gethostname(), str(state)) if key else None


def _read(state: Path) -> str | None:
    """None where nothing was written yet, or the machine went down before the disk had it."""
    try:
        key = (state / _NAME).read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    return key if len(key) == _LENGTH and key.isalnum() else None


def _make(state: Path) -> str:
    """Write it whole or not at all; of two that do so at once both take the one that came first."""
    key = secrets.token_hex(_LENGTH // 2)
    place = state / f".{_NAME}-{key}"
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            folder = state.stat()
            if os.geteuid() == 0 and os.fstat(handle).st_uid != folder.st_uid:
                os.fchown(handle, folder.st_uid, folder.st_gid)
            file.write(f"{key}\n")
            file.flush()
            os.fsync(handle)
        try:
            os.link(place, state / _NAME)
        except OSError:  # it is there, or this is a drive without links
            if (known := _read(state)) is not None:
                return known
            place.replace(state / _NAME)
        return key
    finally:
        place.unlink(missing_ok=True)
