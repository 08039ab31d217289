"""The private PostgreSQL killed, or stopped at once, in mid-import: the daemon waits, starts it again and goes on."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from home import Home, Undisturbed
from made_exports import Play, drop_all, write_maloja
from moments import ALL, Moment, strikes
from running import children_of, wait_until

OURS = "from pg_stat_activity where application_name = 'scannerd' and datname = current_database()"


def hit(pid: int | None, blow: signal.Signals) -> bool:
    """Whether there was somebody to hit."""
    with suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, blow)
            return True
    return False


def goes_on_by_itself(
    home: Home,
    moment: Moment,
    told: list[Play],
    undisturbed: Undisturbed,
    victim: Callable[[], int | None],
    blow: signal.Signals = signal.SIGKILL,
) -> None:
    def strike() -> None:
        def is_hit() -> bool:
            assert home.daemon.is_running, home.daemon.errors()
            return hit(victim(), blow)

        # A server that stands still does not answer, and between two sessions there is none.
        wait_until(is_hit, "the victim is there", tick=0.0)

    drop_all(home.drop, told)
    home.daemon.start()
    daemon = home.daemon.pid
    moment.strike(home.daemon, home.look, home.drop, strike)

    home.wait_until_idle()
    undisturbed.check(home)
    assert home.daemon.pid == daemon
    # Whoever does nothing just then connects anew, and has lost nothing.
    home.wait_until_back()
    lost = home.daemon.count("database_lost")
    assert lost == home.daemon.count("database_back") <= 1
    assert len(home.surprises()) == lost, home.daemon.errors()
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.server.processes() == []


@strikes(in_full=5, in_sample=1)
def test_a_killed_postmaster_is_replaced_and_the_import_goes_on(
    home: Home, moment: Moment, told: list[Play], undisturbed: Undisturbed
) -> None:
    goes_on_by_itself(home, moment, told, undisturbed, home.server.postmaster)


@strikes(in_full=5, in_sample=1)
def test_a_killed_backend_takes_its_server_down_and_the_import_goes_on(
    home: Home, moment: Moment, told: list[Play], undisturbed: Undisturbed
) -> None:
    goes_on_by_itself(home, moment, told, undisturbed, lambda: home.look.value(f"select pid {OURS}"))


@strikes(in_full=20, in_sample=1)
def test_a_server_that_is_stopped_at_once_is_started_again_and_the_import_goes_on(
    home: Home, moment: Moment, told: list[Play], undisturbed: Undisturbed
) -> None:
    goes_on_by_itself(home, moment, told, undisturbed, home.server.postmaster, signal.SIGQUIT)


@pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")
def test_a_daemon_that_is_told_to_end_while_its_server_recovers_ends(home: Home, told: list[Play]) -> None:
    home.daemon.start()
    home.wait_for_a_look()
    write_maloja(home.drop / "a.json", told)
    wait_until(lambda: home.look.value("select count(*) from export") == 1, "it is taken in", tick=0.002)
    postmaster, log = home.server.postmaster(), home.state / "postgres" / "log"
    assert postmaster is not None
    os.kill(home.look.value(f"select min(pid) {OURS}"), signal.SIGKILL)
    home.look.close()
    wait_until(lambda: called(b"startup", postmaster) != [], "it recovers", tick=0.0)
    [startup] = called(b"startup", postmaster)
    os.kill(startup, signal.SIGSTOP)
    wait_until(lambda: called(b"checkpointer", postmaster) != [], "it has what it needs to recover")
    os.kill(home.daemon.pid, signal.SIGTERM)
    told_to_end = "received fast shutdown request"
    wait_until(lambda: any(told_to_end in file.read_text() for file in log.glob("*.log")), "the server is told to end")
    os.kill(startup, signal.SIGCONT)

    assert home.daemon.ended() == 0
    assert home.server.processes() == []


def called(name: bytes, postmaster: int) -> list[int]:
    """Which of the server's processes has this name."""
    found = []
    for pid in children_of(postmaster):
        with suppress(OSError):
            if name in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found
