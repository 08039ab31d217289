"""How a scan goes about it: what its caller chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from scannerd.library.guard import Guard
from scannerd.model.artist_names import SplitRules

Tell = Callable[[str, int, int], None]
"""Told what a scan is at: phase, how many of how many (0 where nobody knows)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """How a scan goes about it."""

    full: bool = False  # every file is read again
    dry_run: bool = False
    accept_missing: bool = False  # what vanished is missing, however much it is


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What the parse pool may use."""

    workers: int | None = None
    deadline: float = 60.0
    memory: int = 1024**3


@dataclass(frozen=True, slots=True)
class How:
    """What all scans have in common."""

    rules: SplitRules
    pool: PoolLimits = field(default_factory=PoolLimits)
    guard: Guard = field(default_factory=Guard)
