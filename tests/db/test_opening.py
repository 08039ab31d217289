"""A way to the private database that several threads use at once, and that is left while somebody still makes it."""

import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from waiting import PATIENCE

from scannerd.db import embedded, opening, server
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded, running
from scannerd.db.opening import Database
from scannerd.db.owner import caller
from scannerd.db.users import Users
from scannerd.errors import DatabaseUnavailable


@pytest.fixture
def state(open_tmp: Path, made: Path) -> Iterator[Path]:
    """A state folder with a stopped cluster."""
    folder = open_tmp / "state"
    subprocess.run(["cp", "-a", made, folder], check=True)
    yield folder
    for pid in server.processes(folder / "postgres" / "data", caller()):
        with suppress(ProcessLookupError):  # what a failed test left running
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def database(state: Path, postgres: Binaries) -> Database:
    return Database(url=None, state=state, binaries=postgres.folder)


def connect_and_close(database: Database) -> None:
    with suppress(DatabaseUnavailable):  # it was stopped meanwhile
        database.connect().close()


def started(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Set once somebody starts the server, and what that waits for."""
    begun, may_go_on = threading.Event(), threading.Event()
    start = Embedded.start

    def slow(self: Embedded) -> str:
        begun.set()
        assert may_go_on.wait(PATIENCE)
        return start(self)

    monkeypatch.setattr(Embedded, "start", slow)
    return begun, may_go_on


def test_two_threads_that_find_no_server_start_one_and_leaving_stops_it(database: Database, state: Path) -> None:
    together = threading.Barrier(2)

    def one() -> None:
        together.wait(PATIENCE)
        connect_and_close(database)

    threads = [started(one) for _ in range(2)]
    for thread in threads:
        thread.join()
    assert running(state)

    database.close()
    assert not running(state)


def test_whoever_leaves_while_the_server_is_being_started_stops_it_all_the_same(
    database: Database, state: Path, gate: tuple[threading.Event, threading.Event]
) -> None:
    begun, may_go_on = gate
    comes = started(lambda: connect_and_close(database))
    assert begun.wait(PATIENCE)
    leaves = started(database.close)
    may_go_on.set()
    comes.join()
    leaves.join()

    assert not running(state)


def test_a_start_that_takes_too_long_is_left_to_itself(
    database: Database,
    state: Path,
    gate: tuple[threading.Event, threading.Event],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(opening, "_STARTED_WITHIN", 0.05)
    begun, may_go_on = gate
    comes = started(lambda: connect_and_close(database))
    assert begun.wait(PATIENCE)
    with caplog.at_level(logging.WARNING):
        database.close()
    assert [line.message.partition(":")[0] for line in caplog.records] == [
        "PostgreSQL does not come to its feet so soon"
    ]

    may_go_on.set()
    comes.join()
    assert running(state)
    database.close()
    assert not running(state)


def test_whoever_leaves_does_not_wait_for_ever_for_one_who_comes(
    database: Database, state: Path, postgres: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_LEAVING", 0.05)
    connect_and_close(database)
    with Users(state).one_at_a_time():
        database.close()
    assert running(state)  # whoever held the door is the one who goes last

    with Embedded(state, binaries=postgres.folder):
        pass
    assert not running(state)
