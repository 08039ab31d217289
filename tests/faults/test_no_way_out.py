"""What keeps a daemon from ending in order: it ends all the same, and says why where somebody listens."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from dead_mount import dead_mount
from home import Home
from moments import ALL
from psycopg.conninfo import make_conninfo


@pytest.mark.skipif(not ALL, reason="it waits for ten seconds: SCANNERD_TEST_FAULTS=all")
def test_a_database_that_is_not_there_ends_the_daemon_though_its_drop_folder_hangs(
    new_home: Callable[..., Home], database: str, tmp_path: Path
) -> None:
    home = new_home(url=make_conninfo(database, dbname="nowhere"), drop=tmp_path / "drop")
    with dead_mount(home.drop):
        home.daemon.start()
        assert home.daemon.ended() == 78, home.daemon.errors()
    assert 'database "nowhere" does not exist' in home.daemon.warnings()[-1]


@pytest.mark.skipif(not ALL, reason="it waits for more than a minute: SCANNERD_TEST_FAULTS=all")
def test_a_daemon_whose_log_nobody_reads_ends(new_home: Callable[..., Home], database: str, tmp_path: Path) -> None:
    home = new_home(url=database)
    home.change("daemon", stop_within="500ms")
    log = tmp_path / "log"
    os.mkfifo(log)
    handle = os.open(log, os.O_RDWR | os.O_NONBLOCK)
    try:
        home.daemon.start("sh", "-c", f'exec "$0" "$@" 2>{log}')
        home.wait_for_a_look()
        with suppress(BlockingIOError):  # it is full
            while True:
                os.write(handle, bytes(4096))
        assert home.daemon.stop() == 1
    finally:
        os.close(handle)
