"""The lane of the housework: what a database wants now and then, and what others may read of this daemon."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from scannerd import schedule
from scannerd.config import Settings
from scannerd.daemon_bell import Bell
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.daemon_runs import Runs
from scannerd.db.identity import identity_of, lead_of
from scannerd.db.locks import try_lead
from scannerd.db.queries import run
from scannerd.status.daemon_state import DaemonState

logger = logging.getLogger(__name__)

JOB = "upkeep"
TELL_EVERY = 60.0
"""Seconds at least from one word to the database about this daemon to the next."""
SEEN_EVERY = 86400.0
"""Seconds after which it is said again though nothing changed: each time a disk wakes that would rather sleep."""
_AT_ONCE = 10_000


class UpkeepWork:
    """Fresh statistics, old rows forgotten, jobs that were missed while the daemon was off."""

    name = "upkeep"

    def __init__(
        self, settings: Settings, pulse: Pulse, state: Callable[[], DaemonState], runs: Runs | None = None
    ) -> None:
        self._settings = settings
        self._pulse = pulse
        self._state = state
        self._runs = runs or Runs(settings.state.instance)
        self._identity = identity_of(settings.state.folder)
        self._told: str | None = None
        self._told_at = 0.0
        self._asked = 0  # how often, since it was last done
        self._looked_for_missed = False
        self.bell = Bell()

    @property
    def last(self) -> dict[str, tuple[datetime, str | None]]:
        """Of each job when it was last done, and how it ended."""
        return self._runs.last

    async def work(self, lane: Lane, conn: Connection[Any]) -> None:
        """What is due, then what there is to say."""
        if not self._looked_for_missed:
            await lane.aside(self._look_for_missed, conn)
        if asked := self._asked:
            lane.begin("looking after the database")
            await lane.aside(self._do, conn)
            self._asked -= asked  # and not to 0: whoever asked meanwhile wants it again
        await lane.aside(self._runs.read, conn)
        await lane.aside(self._tell, conn)

    def rest(self) -> float:
        """Seconds until the next word about this daemon; an idle one has nothing to say."""
        return TELL_EVERY

    def ask(self) -> None:
        """It is due."""
        self._asked += 1
        self.bell.wake()

    def _look_for_missed(self, conn: Connection[Any]) -> None:
        """A run that was missed while nobody was there is made up once."""
        self._runs.read(conn)
        self._looked_for_missed = True
        line, zone = self._settings.upkeep.schedule, self._settings.inbox.time_zone
        done = self.last.get(JOB)
        if line and (done is None or schedule.was_missed(line, zone, since=done[0], now=datetime.now(UTC))):
            self._asked += 1

    def _do(self, conn: Connection[Any]) -> None:
        began = datetime.now(UTC)
        keep = self._settings.upkeep.keep_rows
        forgotten = self._forget(conn, keep)
        if keep:
            run(conn, "forget_old_daemons", keep=keep)
        if self._pulse.is_set():
            return
        run(conn, "analyze_tables")
        outcome = f"{forgotten:,} old rows forgotten" if forgotten else "done"
        self._runs.note(conn, JOB, began=began, outcome=outcome)
        logger.info("looked after the database: %s", outcome, extra={"action": "upkeep_done"})

    def _forget(self, conn: Connection[Any], keep: timedelta) -> int:
        """Some at a time, for listens are imported meanwhile."""
        forgotten = 0
        while keep and not self._pulse.is_set():
            some = run(conn, "forget_raw_rows", keep=keep, most=_AT_ONCE).rowcount
            forgotten += some
            if some < _AT_ONCE:
                break
        return forgotten

    def _tell(self, conn: Connection[Any]) -> None:
        """By holding the lead on itself as long as it lives, which costs nothing; and what changed, in words."""
        if (ours := self._identity) is None:
            return
        try_lead(conn, *lead_of(ours.key))
        state = self._state()
        said = json.dumps(state.as_dict())
        if said == self._told and time.monotonic() - self._told_at < SEEN_EVERY:
            return
        self._told, self._told_at = said, time.monotonic()
        run(
            conn,
            "tell_daemon",
            identity=ours.key,
            instance=self._settings.state.instance,
            host=ours.host,
            state_folder=ours.folder,
            pid=state.pid,
            started_at=datetime.fromtimestamp(state.started_at, UTC),
            state=said,
        )
