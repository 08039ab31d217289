"""What a running daemon is at, as it publishes it: whole at any moment, in a file that only changes when it does.

Snapshot and presentation are kept apart: `scannerd status` prints this, and others may show it otherwise. Moments are
seconds of the wall clock (Unix time).
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_MODE = 0o640


@dataclass(frozen=True, slots=True)
class LaneState:
    """What one lane does, or why it waits."""

    name: str
    doing: str
    problem: str | None = None
    phase: str = ""
    done: int = 0
    total: int = 0  # 0: nobody knows how much there is
    since: float | None = None  # when the phase began
    waiting: int = 0  # pieces of work behind the one in hand


@dataclass(frozen=True, slots=True)
class FolderState:
    """How changes in one folder are noticed."""

    path: str
    library: str | None  # None: the drop folder
    mode: str  # events, polling, away, silent
    last_event: float | None = None
    unheard: int = 0  # files that only a look found though a watcher should have heard of them
    stands_by: bool = False  # another scannerd works on it
    why: str = ""  # nobody hears them
    every: float | None = None  # seconds between two looks, where looks are all there is


@dataclass(frozen=True, slots=True)
class JobState:
    """One job of the timetable."""

    name: str
    schedule: str
    next: float | None = None
    last: float | None = None  # when it was last done
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class DaemonState:
    """All of it."""

    pid: int
    version: str
    started_at: float
    lanes: tuple[LaneState, ...] = ()
    folders: tuple[FolderState, ...] = ()
    jobs: tuple[JobState, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Published:
    """Where a daemon's state stands for others to read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = ""

    def publish(self, state: DaemonState) -> bool:
        """Replace what stood there, unless it said the same; whether it was replaced. OSError where nothing fits."""
        text = json.dumps(state.as_dict(), ensure_ascii=False)
        if text == self._last:
            return False
        handle, name = tempfile.mkstemp(prefix=".scannerd-", dir=self.path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                os.fchmod(handle, _MODE)
                file.write(text)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._last = text
        return True

    def withdraw(self) -> None:
        """Nobody is at anything any more."""
        self.path.unlink(missing_ok=True)


def place(state_folder: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Where a daemon publishes: in memory where the system gives a place for that, for disks want to sleep."""
    for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"):
        folder = Path(environ.get(name, "").partition(":")[0])
        if folder.is_absolute() and os.access(folder, os.W_OK | os.X_OK):
            mark = hashlib.sha256(os.fsencode(state_folder)).hexdigest()[:8]
            return folder / f"scannerd-{mark}.json"
    return state_folder / "status.json"


def read(path: Path) -> DaemonState | None:
    """What a daemon published there; None where nothing can be read, or nothing of ours."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return DaemonState(
            said["pid"],
            said["version"],
            said["started_at"],
            tuple(LaneState(**one) for one in said["lanes"]),
            tuple(FolderState(**one) for one in said["folders"]),
            tuple(JobState(**one) for one in said["jobs"]),
        )
    except (OSError, ValueError, TypeError, KeyError):  # another version's, or just being withdrawn
        return None
