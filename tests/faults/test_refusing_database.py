"""A database that is there and will not have us, or is not there for long: the exit code, the words, and the quiet."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from psycopg.conninfo import make_conninfo
from running import Daemon, wait_until
from test_restarts import Manager

from scannerd.db import connect
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded
from scannerd.db.share import Share

AWAY = 600
"""Seconds for which there is no database, at the start and again in the middle."""
LAZY = 0.01
"""The part of one core that a daemon may take who waits."""

TERMINATE = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database()"""
in_full = pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")


def cpu_seconds(daemon: Daemon) -> float:
    """What it and its readers that ended have used."""
    stat = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:15])) / os.sysconf("SC_CLK_TCK")


def waits_quietly(home: Home, seconds: float) -> None:
    """For so long, and not busy."""
    before, began = cpu_seconds(home.daemon), time.monotonic()
    time.sleep(seconds)
    used = (cpu_seconds(home.daemon) - before) / (time.monotonic() - began)
    print(f"{used:.2%} of a core over {seconds} s without a database")
    assert home.daemon.is_running
    assert used < LAZY


@in_full
@pytest.mark.timeout(3600)
def test_a_database_that_is_away_for_long_is_waited_for_quietly(
    new_home: Callable[..., Home], told: list[Play], postgres: Binaries
) -> None:
    theirs = new_home()
    with Embedded(theirs.state, binaries=postgres.folder) as url:
        pass
    home = new_home(url=url)
    manager = Manager(home.folder / "notify")
    try:
        home.daemon.start(NOTIFY_SOCKET=str(manager.place))
        assert manager.hear_until("READY=1", home.daemon) == ["READY=1"]  # nobody is to end it for what it cannot help
    finally:
        manager.close()
    for times in (1, 2):
        wait_until(lambda times=times: home.daemon.count("database_lost") == times, "it says that it has no database")
        write_maloja(home.drop / f"{times}.json", told[times * 100 : (times + 1) * 100])
        waits_quietly(home, AWAY)
        with Embedded(theirs.state, binaries=postgres.folder):
            home.wait_until_idle()
            home.look.close()
            postmaster = theirs.server.postmaster()
            assert postmaster is not None
            os.kill(postmaster, signal.SIGQUIT)
    assert home.daemon.stop() == 0


def free_port() -> int:
    """One that is free, and that the system gives to nobody who does not ask for it by its number, if there is one."""
    own = range(1_024, int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]))
    for port in [*random.Random().sample(own, min(len(own), 100)), 0]:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return int(free.getsockname()[1])
    raise AssertionError("no port is free")


def test_a_password_that_is_wrong_is_told_and_ends_it(new_home: Callable[..., Home], postgres: Binaries) -> None:
    theirs, port = new_home(), free_port()
    with Embedded(theirs.state, binaries=postgres.folder, share=Share(port=port)):
        wrong = make_conninfo(host="127.0.0.1", port=port, user="scannerd_read", password="geheim", dbname="scannerd")
        home = new_home(url=wrong)
        home.daemon.start()
        assert home.daemon.ended() == 78
    said = home.daemon.errors()
    assert "password authentication failed" in said
    assert "geheim" not in said
    assert "Traceback" not in said


@in_full
def test_a_database_of_tomorrow_ends_it_before_it_touches_anything(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    with connect.connect(database, autocommit=True) as conn:
        conn.execute("insert into scannerd.migration (name, checksum) values ('9999_tomorrow.sql', '')")
    home = new_home(url=database)
    dropped = write_maloja(home.drop / "a.json", told[:100])
    home.daemon.start()

    assert home.daemon.ended() == 78
    assert "its migration 9999_tomorrow.sql is not known here" in home.daemon.errors()
    assert "Traceback" not in home.daemon.errors()
    assert dropped.exists()
    assert home.look.value("select count(*) from export") == 0


@in_full
def test_a_database_that_was_brought_up_to_tomorrow_by_another_is_waited_for(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    home.daemon.start()
    home.wait_for_a_look()
    wait_until(lambda: home.daemon.count("upkeep_done") == 1, "nothing is at work")
    with connect.connect(database, autocommit=True) as conn:
        conn.execute("insert into scannerd.migration (name, checksum) values ('9999_tomorrow.sql', '')")
    home.look.rows(TERMINATE)
    wait_until(lambda: any("9999_tomorrow" in line for line in home.daemon.warnings()), "it says why it waits")
    dropped = write_maloja(home.drop / "a.json", told[:100])
    assert "Traceback" not in home.daemon.errors()
    with connect.connect(database, autocommit=True) as conn:
        conn.execute("delete from scannerd.migration where name like '9999%'")
    home.wait_until_idle()
    assert not dropped.exists()
    home.look.close()
    assert home.daemon.stop() == 0
