"""One look at everything: the daemon, the drop folder, the database, the libraries, the latest exports."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.db.identity import lead_of
from scannerd.db.locks import LIBRARY, are_led
from scannerd.db.queries import run
from scannerd.errors import ScannerdError
from scannerd.inbox.listing import Oddity, list_drop
from scannerd.listens.exports import list_reports
from scannerd.listens.report import Report
from scannerd.model.shown import shown
from scannerd.status.daemon_state import DaemonState

LATEST = 5
MOST_LISTED = 1_000
"""So much is looked at in the drop folder: somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class DropFolder:
    """What waits there; a file settles before it is taken in."""

    path: Path
    waiting: Sequence[str]
    odd: Sequence[str]
    has_more: bool = False  # there lies more than was looked at
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much there is."""

    listeners: int
    listens: int
    artists: int
    releases: int
    tracks: int
    outdated_lookups: int  # resolved under other name rules than today's, or not yet


@dataclass(frozen=True, slots=True)
class LibraryState:
    """A library that was scanned at least once, or is being scanned for the first time."""

    name: str
    present: int
    missing: int
    unreadable: int
    scanned_at: datetime | None  # the last complete scan
    is_scanning: bool  # by whomever
    also_kept_by: Sequence[str] = ()  # other scannerds whose settings name it

    @property
    def files(self) -> int:
        """All that are known."""
        return self.present + self.missing + self.unreadable


@dataclass(frozen=True, slots=True)
class OtherDaemon:
    """Another scannerd that works on this database, or did."""

    place: str  # machine and state folder
    is_running: bool
    seen_at: datetime  # when it last said something


@dataclass(frozen=True, slots=True)
class Stored:
    """What is in the database."""

    server: str
    amounts: Amounts
    libraries: Sequence[LibraryState]
    latest: Sequence[Report]
    others: Sequence[OtherDaemon] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it at one moment; of the database either what is stored or why that cannot be said."""

    daemon_pid: int | None
    daemon: DaemonState | None  # what it is at, as far as it says so
    drop_folder: DropFolder
    stored: Stored | None
    problem: ScannerdError | None


def drop_folder(folder: Path, *, ignore: Collection[str], shelves: Collection[Path]) -> DropFolder:
    """Look into the drop folder."""
    found = list_drop(folder, ignore=ignore, shelves=shelves)
    try:
        first = [*islice(found, MOST_LISTED)]
        has_more = next(found, None) is not None
    except OSError as exc:
        return DropFolder(folder, (), (), problem=(exc.strerror or str(exc)).lower())
    names = [(one, shown(os.fspath(one.path.relative_to(folder)))) for one in first]
    waiting = sorted(name for one, name in names if not isinstance(one, Oddity))
    odd = sorted(f"{name} {one.why}" for one, name in names if isinstance(one, Oddity))
    return DropFolder(folder, waiting, odd, has_more=has_more)


def stored(conn: Connection[Any], *, rules_version: int, instance: str, identity: str | None = None) -> Stored:
    """Count what there is; `identity` is that of our own state folder."""
    counts = run(conn, "count_everything", rules_version=rules_version).fetchone() or (0,) * 6
    version = conn.info.server_version
    server = f"PostgreSQL {version // 10_000}.{version % 10_000}"
    rows = run(conn, "list_libraries", instance=instance, lock=LIBRARY, keeper=identity)
    libraries = [LibraryState(*row) for row in rows]
    return Stored(server, Amounts(*counts), libraries, list_reports(conn, most=LATEST), _others(conn, identity))


def _others(conn: Connection[Any], identity: str | None) -> list[OtherDaemon]:
    rows = run(conn, "list_other_daemons", identity=identity).fetchall()
    alive = are_led(conn, [lead_of(key) for key, _, _ in rows])
    return [OtherDaemon(place, is_led, seen) for (_, place, seen), is_led in zip(rows, alive, strict=True)]
