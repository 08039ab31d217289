"""A process of ours that handles foreign files: what it gets of our environment, and how it is seen to end."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import scannerd

_NOT_FOR_CHILDREN = ("SCANNERD_", "PG", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
_REAPING_SECONDS = 2.0
_HOME = str(Path(scannerd.__file__).parent.parent)


def environment() -> dict[str, str]:
    """Ours, but for settings, secrets and the way to the database: hostile files may take such a process over."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_CHILDREN)}
    path = kept.get("PYTHONPATH")
    return kept | {"PYTHONPATH": f"{_HOME}{os.pathsep}{path}" if path else _HOME}


def exit_code(process: subprocess.Popen[bytes]) -> int:
    """Of one that said its last word; it is killed if it does not end with that."""
    try:
        return process.wait(_REAPING_SECONDS)
    except subprocess.TimeoutExpired:  # it hung up without ending, or waits for a disk that does not answer
        process.kill()
    with suppress(subprocess.TimeoutExpired):  # it may have died of something else before, and slowly
        return process.wait(_REAPING_SECONDS)
    return -signal.SIGKILL


def bury(process: subprocess.Popen[bytes]) -> None:
    """Wait a little for one that was killed, but not for one that a dead disk holds: a later Popen reaps it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_REAPING_SECONDS)
