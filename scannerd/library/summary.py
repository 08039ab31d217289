"""What a scan did, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from scannerd.library.scan_cache import Counts, Kind


@dataclass(slots=True)
class Files:
    """How many files became what; `seen` are all media files that the walk met."""

    seen: int = 0
    unchanged: int = 0
    new: int = 0
    changed: int = 0
    parsed: int = 0
    moved: int = 0
    missing: int = 0  # marked by this scan
    back: int = 0
    unreadable: int = 0  # found so by this scan
    failed: int = 0  # not written, tried again next time


@dataclass(slots=True)
class Summary:
    """One scan of one library."""

    library: str
    files: Files = field(default_factory=Files)
    found: Counter[bytes] = field(default_factory=Counter)  # by root: files that are new, changed or gone
    books: int = 0  # written by this scan
    workers: int = 0
    worker_restarts: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    cache: dict[Kind, Counts] = field(default_factory=dict)
    adopted_lookups: int = 0
    warnings: list[str] = field(default_factory=list)
    complete: bool = True  # False when it was stopped; what is left is found again by the next scan
    dry_run: bool = False

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Count the seconds spent inside."""
        began = monotonic()
        try:
            yield
        finally:
            self.seconds[phase] = self.seconds.get(phase, 0.0) + monotonic() - began

    def as_dict(self) -> dict[str, Any]:
        """The document that `scan --json` prints; the keys are stable, more may come."""
        files = {name: getattr(self.files, name) for name in Files.__slots__}
        return {
            "library": self.library,
            "files": files,
            "books": self.books,
            "workers": self.workers,
            "worker_restarts": self.worker_restarts,
            "seconds": {phase: round(seconds, 3) for phase, seconds in self.seconds.items()},
            "cache": {
                str(kind): {"hits": counts.hits, "misses": counts.misses, "size": counts.size}
                for kind, counts in self.cache.items()
            },
            "lookups_resolved_again": self.adopted_lookups,
            "warnings": self.warnings,
            "complete": self.complete,
            "dry_run": self.dry_run,
        }
