"""The libraries' one lane: look at what is due, one scan after the other, and say what came of it.

A library is due at the start, when its schedule says so, when the watcher heard something, and every so often in any
case: events are hints, the listing is the truth. Trouble with one library holds up that library only; trouble with the
database is the caller's: what was due stays due.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from scannerd.db.connect import translated
from scannerd.db.locks import try_lead
from scannerd.errors import AlreadyRunning, ConfigError, DatabaseUnavailable
from scannerd.hearing.told import why_of
from scannerd.library.due import Due, Wanted
from scannerd.library.ears import Ears, Hearing
from scannerd.library.libraries import LibrarySpec
from scannerd.library.outcome import BROKEN_OFF, Ended, counts, of_failure, of_summary
from scannerd.library.scan import How, Tell, scan
from scannerd.library.summary import Summary
from scannerd.library.watcher import Word

logger = logging.getLogger(__name__)

SETTLE = 5.0
"""Seconds without a change before a folder is looked at."""
LOOK_HEARD, LOOK_DEAF = 6 * 3600.0, 600.0
"""Seconds from one look at everything to the next: where a watcher hears changes, and where none does."""
REST = 50
"""So many times as long as it took, a look without a watcher is not repeated: the disks of a NAS have other jobs."""
STAND_BY = 60.0
"""Seconds before it is asked again whether somebody else's scan of the library is over."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 3600.0
"""Seconds before a scan that failed is tried again: at first, and at most."""
MOST_WARNINGS = 10
"""So many of one scan are told."""

_NUMBERS = re.compile(r"\d[\d,.]*")


@dataclass(frozen=True, slots=True)
class Job:
    """One scan that is due."""

    library: str
    due: Due


class _Followed:
    """One library, and what is remembered of it from one scan to the next."""

    def __init__(self, spec: LibrarySpec, *, settle: float) -> None:
        self.spec = spec
        self.wanted = Wanted(settle=settle)
        self.ears = Ears(spec)
        self.stands_by = False
        self._next_look = float("inf")
        self._took = 0.0
        self._ended: float | None = None  # the last look at everything
        self._failures = 0
        self._standing: dict[str, str] = {}  # warnings of the last complete scan, by what they say but for numbers

    def due(self) -> float:
        return min(self.wanted.due(), self._next_look)

    def take(self, now: float) -> Due | None:
        if self._next_look <= now:
            self.wanted.ask(now)
            self._next_look = float("inf")
        return self.wanted.take(now)

    def rest(self) -> None:
        """Set the next look at everything, counted from the last one."""
        if self._ended is not None:
            self._next_look = self._ended + (LOOK_HEARD if self.ears.hear_all else self._rhythm)

    @property
    def _rhythm(self) -> float:
        """Seconds between two looks, where not all is heard."""
        return max(LOOK_DEAF, REST * self._took)

    def done(self, due: Due, now: float, *, took: float) -> None:
        self._failures = 0
        if due.folders is None:
            self._ended, self._took = now, took
            self.rest()

    def count_unheard(self, due: Due, summary: Summary) -> None:
        """What was found without a word; to be called before it is done."""
        if due.folders is None and self._ended is not None:
            self.ears.looked(summary, last=self._ended - self._took)
        if self.wanted.due() == float("inf"):
            self.ears.rest()

    def hearing(self, root: bytes) -> Hearing:
        return self.ears.hearing(root, rhythm=self._rhythm)

    def failed(self) -> float:
        """How long to wait before the next attempt."""
        self._failures += 1
        return float(min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE))

    def new_warnings(self, due: Due, summary: Summary) -> list[str]:
        """Those that did not stand before, one of a kind; only a complete scan shows which have passed."""
        found = {_NUMBERS.sub("N", warning): warning for warning in reversed(summary.warnings)}
        new = [warning for kind, warning in found.items() if kind not in self._standing]
        self._standing = found if due.folders is None else self._standing | found
        return new[::-1]


class Lane:
    """All libraries of one daemon. It may be told of changes by another thread than the one that scans."""

    def __init__(
        self,
        specs: Sequence[LibrarySpec],
        *,
        how: How,
        stop: threading.Event | None = None,
        tell: Tell | None = None,
        settle: float = SETTLE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._how = how
        self._stop = stop or threading.Event()
        self._tell = tell
        self._clock = clock
        self._lock = threading.Lock()
        self._ended: list[Ended] = []
        self._libraries = {spec.name: _Followed(spec, settle=settle) for spec in specs}
        self._by_root = {root: self._libraries[spec.name] for spec in specs for root in spec.roots}
        for name in self._libraries:
            self.ask(name)

    def ask(self, name: str) -> None:
        """Have a library looked at as a whole; while it is being scanned, once more afterwards."""
        with self._lock:
            self._libraries[name].wanted.ask(self._clock())

    def hear(self, root: bytes, word: Word, what: bytes) -> None:
        """Heed the watcher."""
        with self._lock:
            library = self._by_root[root]
            if word is Word.CHANGED:
                library.ears.change(root)
                library.wanted.hear((root, what), self._clock())
                return
            if library.ears.heed(root, word, why_of(what), self._clock()):
                library.wanted.ask(self._clock())
            library.rest()

    def next(self) -> Job | None:
        """The scan that is due longest."""
        now = self._clock()
        with self._lock:
            name, library = min(self._libraries.items(), key=lambda item: item[1].due())
            due = library.take(now)
        return None if due is None else Job(name, due)

    def seconds_to_next(self) -> float:
        """How long until something is due."""
        with self._lock:
            return max(0.0, min(library.due() for library in self._libraries.values()) - self._clock())

    def count_due(self) -> int:
        """How many libraries wait for their scan."""
        now = self._clock()
        with self._lock:
            return sum(library.due() <= now for library in self._libraries.values())

    def hearing(self) -> dict[bytes, Hearing]:
        """How changes are noticed, root by root."""
        with self._lock:
            return {root: library.hearing(root) for root, library in self._by_root.items()}

    def scan(self, conn: Connection[Any], job: Job) -> None:
        """One scan. Raises what nobody foresaw, and DatabaseUnavailable; in both cases it is due again."""
        library, due = self._libraries[job.library], job.due
        began, since = self._clock(), datetime.now(UTC)
        try:
            with translated():
                if not self._leads(conn, library):
                    self._give_back(library, due, pause=STAND_BY)
                    return
                summary = scan(conn, library.spec, how=self._how, stop=self._stop, folders=due.folders, tell=self._tell)
        except AlreadyRunning as exc:
            logger.debug("%s; it is asked again in %d s", exc, STAND_BY)
            self._give_back(library, due, pause=STAND_BY)
        except DatabaseUnavailable as exc:
            self._failed(job, since, exc)
            self._give_back(library, due, pause=0.0)
            raise
        except ConfigError as exc:
            hint = f" ({exc.hint})" if exc.hint else ""
            logger.error("%s is not scanned: %s%s", library.spec.name, exc, hint, extra={"action": "scan_refused"})
            self._failed(job, since, exc)
            self._give_back(library, due, pause=LONGEST_PAUSE)
        except BaseException as exc:
            self._failed(job, since, exc)
            self._give_back(library, due, pause=library.failed())
            raise
        else:
            with self._lock:
                library.count_unheard(due, summary)
                library.done(due, self._clock(), took=self._clock() - began)
            self._note(job, since, of_summary(summary))
            _tell(summary, library.new_warnings(due, summary))

    def take_ended(self) -> list[Ended]:
        """What ended since this was last asked."""
        ended, self._ended = self._ended, []
        return ended

    def standing_by(self) -> list[str]:
        """The libraries that another daemon works on."""
        return [name for name, library in self._libraries.items() if library.stands_by]

    def _failed(self, job: Job, since: datetime, exc: BaseException) -> None:
        self._note(job, since, BROKEN_OFF if self._stop.is_set() else of_failure(exc))

    def _note(self, job: Job, since: datetime, outcome: str) -> None:
        if job.due.folders is None:
            self._ended.append(Ended(job.library, since, outcome))

    def _leads(self, conn: Connection[Any], library: _Followed) -> bool:
        """Whether this is the daemon that keeps the library: the first one of its installation."""
        leads = try_lead(conn, "library", library.spec.instance, library.spec.name)
        if leads == library.stands_by:
            said = "taking over the library %s" if leads else "standing by: another scannerd keeps the library %s"
            logger.info(said, library.spec.name, extra={"action": "lead" if leads else "stand_by"})
        library.stands_by = not leads
        return leads

    def _give_back(self, library: _Followed, due: Due, *, pause: float) -> None:
        with self._lock:
            library.wanted.give_back(due, self._clock(), pause=pause)


def _tell(summary: Summary, warnings: list[str]) -> None:
    if len(warnings) > MOST_WARNINGS:
        left_out = f'{len(warnings) - MOST_WARNINGS} more warnings; "scannerd scan" shows all'
        warnings = [*warnings[:MOST_WARNINGS], left_out]
    for warning in warnings:
        logger.warning("library %s: %s", summary.library, warning, extra={"action": "scan_warned"})
    if not summary.complete:
        return
    told = counts(summary)
    logger.log(
        logging.INFO if told else logging.DEBUG,
        "scanned library %s: %s (files seen: %s, %.1f s)",
        summary.library,
        ", ".join(told) or "nothing new",
        f"{summary.files.seen:,}",
        sum(summary.seconds.values()),
        extra={"action": "scan_done"},
    )
