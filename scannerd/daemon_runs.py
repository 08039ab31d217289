"""When the timed work of an installation was last done, and how it ended: kept in the database, for all its daemons.

A run is noted when it ends: whatever is killed leaves the run before it, and nothing seems to be under way for ever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run


class Runs:
    """The last run of each job."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self.last: dict[str, tuple[datetime, str | None]] = {}  # when it ended, and how

    def read(self, conn: Connection[Any]) -> None:
        """As the database has it: another daemon of this installation may have done some."""
        rows = run(conn, "list_job_runs", instance=self._instance)
        self.last = {job: (ended, outcome) for job, ended, outcome in rows}

    def note(self, conn: Connection[Any], job: str, *, began: datetime, outcome: str) -> None:
        """One ended."""
        run(conn, "note_job", instance=self._instance, job=job, began_at=began, outcome=outcome)
        self.read(conn)
