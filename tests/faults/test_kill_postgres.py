"""Kill -9 of the private PostgreSQL in the middle of an import: the daemon waits, starts it again and goes on."""

import os
import signal
from collections.abc import Callable

from home import Home, Undisturbed
from made_exports import Play, drop_all
from moments import Moment, strikes
from running import wait_until


def goes_on_by_itself(
    home: Home, moment: Moment, told: list[Play], undisturbed: Undisturbed, victim: Callable[[], int | None]
) -> None:
    def strike() -> None:
        pid = victim()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    drop_all(home.drop, told)
    home.daemon.start()
    daemon = home.daemon.pid
    moment.strike(home.daemon, home.look, home.drop, strike)

    wait_until(lambda: home.daemon.count("database_back") == 1, "the database is back")
    home.wait_until_idle()
    undisturbed.check(home)
    assert home.daemon.pid == daemon
    assert home.daemon.count("database_lost") == 1
    assert len(home.surprises()) == 1, home.daemon.errors()
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
    ours = "select pid from pg_stat_activity where application_name = 'scannerd'"
    goes_on_by_itself(home, moment, told, undisturbed, lambda: home.look.value(ours))
