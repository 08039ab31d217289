"""What a daemon does for the database, and says of itself there: as seldom as it can."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from waiting import wait_until

from scannerd import daemon_upkeep
from scannerd.config import Settings, State
from scannerd.config_daemon import Upkeep
from scannerd.daemon_database import Session
from scannerd.daemon_lanes import Lane, Pulse
from scannerd.daemon_upkeep import UpkeepWork
from scannerd.db import connect
from scannerd.db.identity import identity_of
from scannerd.status.daemon_state import DaemonState
from scannerd.status.snapshot import OtherDaemon, stored

ROW = "select xmin::text, pid, seen_at from daemon"


class Told:
    """A daemon's upkeep, without the daemon; `pid` is all that changes of its state."""

    def __init__(self, state: Path, upkeep: Upkeep) -> None:
        state.mkdir()
        self.pid = 1
        settings = Settings(state=State(folder=state), upkeep=upkeep)
        pulse = Pulse(threading.Event())
        self.upkeep = UpkeepWork(settings, pulse, lambda: DaemonState(self.pid, "1.0", 0.0))
        self._lane = Lane("upkeep", Session(lambda: pytest.fail("asked")), self.upkeep.bell, pulse, self.upkeep)

    def work(self, conn: psycopg.Connection[Any]) -> None:
        asyncio.run(self.upkeep.work(self._lane, conn))


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Told]:
    """Make one with a state folder of its own."""
    return lambda name="state", **upkeep: Told(tmp_path / name, Upkeep(**({"schedule": ""} | upkeep)))


def seen(conn: psycopg.Connection[Any], folder: Path) -> list[OtherDaemon]:
    """The other daemons, as the one of that folder sees them."""
    ours = identity_of(folder)
    assert ours is not None
    return list(stored(conn, rules_version=1, instance="main", identity=ours.key).others)


def test_an_idle_daemon_writes_nothing_and_is_seen_to_live_all_the_same(
    told: Callable[..., Told], conn: psycopg.Connection[Any], database: str, tmp_path: Path
) -> None:
    _, other = told("looking"), told("other")
    with connect.connect(database, autocommit=True) as its:
        other.work(its)
        before = conn.execute(ROW).fetchall()
        for _ in range(3):
            other.work(its)
        assert conn.execute(ROW).fetchall() == before
        [found] = seen(conn, tmp_path / "looking")
        assert (found.place.endswith(f":{tmp_path / 'other'}"), found.is_running) == (True, True)
        assert seen(conn, tmp_path / "other") == []

        other.pid = 2
        other.work(its)
        assert [pid for _, pid, _ in conn.execute(ROW)] == [2]

    def runs() -> bool:
        [found] = seen(conn, tmp_path / "looking")
        return found.is_running

    # The server ends a session, and lets go of its locks, after the client went.
    wait_until(lambda: not runs(), "the daemon whose session ended is seen to be gone")


def test_a_daemon_says_once_a_day_that_it_is_there(
    told: Callable[..., Told], conn: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = told()
    one.work(conn)
    conn.execute("update daemon set seen_at = now() - interval '2 days'")
    one.work(conn)
    stale = "select seen_at < now() - interval '1 day' from daemon"
    assert conn.execute(stale).fetchall() == [(True,)]

    monkeypatch.setattr(daemon_upkeep, "SEEN_EVERY", 0.0)
    one.work(conn)
    assert conn.execute(stale).fetchall() == [(False,)]


@pytest.mark.parametrize(("keep", "left"), [(timedelta(days=365), ["here"]), (timedelta(), ["gone", "here"])])
def test_daemons_that_were_not_heard_of_for_long_are_forgotten(
    told: Callable[..., Told], conn: psycopg.Connection[Any], keep: timedelta, left: list[str]
) -> None:
    for name in ("gone", "here"):
        told(name).work(conn)
    folder = "split_part(state_folder, '/', -1)"
    conn.execute(f"update daemon set seen_at = now() - interval '366 days' where {folder} = 'gone'")
    one = told("here too", keep_rows=keep)
    one.upkeep.ask()
    one.work(conn)

    found = conn.execute(f"select {folder} from daemon where {folder} <> 'here too' order by 1").fetchall()
    assert [name for (name,) in found] == left


def test_upkeep_that_a_lost_database_broke_off_is_still_due(
    told: Callable[..., Told], conn: psycopg.Connection[Any], database: str
) -> None:
    one = told(schedule="30 3 * * 0")
    with connect.connect(database, autocommit=True) as lost:
        one.upkeep.ask()
        conn.execute("alter table export_row rename column raw to hidden")
        with pytest.raises(psycopg.errors.UndefinedColumn):
            one.work(lost)
    conn.execute("alter table export_row rename column hidden to raw")
    assert one.upkeep.last == {}
    one.work(conn)

    assert [(job, outcome) for job, (_, outcome) in one.upkeep.last.items()] == [("upkeep", "done")]


def test_upkeep_that_is_asked_for_while_it_is_done_is_done_again(
    told: Callable[..., Told], conn: psycopg.Connection[Any], database: str, caplog: pytest.LogCaptureFixture
) -> None:
    one, waits = told(), "select exists (select from pg_locks where relation = 'export_row'::regclass and not granted)"
    one.upkeep.ask()
    with caplog.at_level(logging.INFO, "scannerd.daemon_upkeep"), connect.connect(database, autocommit=True) as its:
        work = threading.Thread(target=one.work, args=(its,))
        with conn.transaction():
            conn.execute("lock table export_row")
            work.start()
            wait_until(lambda: conn.execute(waits).fetchall() == [(True,)], "it is at work, and waits")
            one.upkeep.ask()
        work.join()
        for _ in range(2):
            one.work(its)

    assert caplog.messages == ["looked after the database: done"] * 2
