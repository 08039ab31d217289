"""What is examined, in plain values: what the settings say, and who works under them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scannerd.doctor.whom import Whom


@dataclass(frozen=True, slots=True)
class Root:
    """One folder of a library."""

    library: str
    path: Path
    polling: str  # auto, always, never


@dataclass(frozen=True, slots=True)
class Database:
    """Which one it is."""

    url: str | None
    binaries: Path | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """Where the settings stand, and whether their secret stands there too."""

    path: Path | None
    holds_password: bool = False
    password_in_flags: bool = False  # which every user of the machine can read


@dataclass(frozen=True, slots=True)
class Patient:
    """One installation."""

    settings: SettingsFile
    state: Path
    drop: Path
    done: Path
    failed: Path
    ignore: tuple[str, ...]
    roots: tuple[Root, ...]
    database: Database
    workers: int
    time_zone: str
    instance: str
    whom: Whom
    daemon_pid: int | None
    published: Path | None  # where a running daemon says what it is at

    @property
    def shelves(self) -> tuple[Path, Path]:
        """Where finished files go."""
        return self.done, self.failed
