"""A database of the user's own that goes away and comes back: the daemon says so, waits, and goes on."""

import os
import signal
from collections.abc import Callable

from home import Home, Undisturbed
from made_exports import Play, drop_all
from moments import Moment, strikes
from running import wait_until

from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded


@strikes(in_full=4, in_sample=1)
def test_a_database_that_is_away_and_then_lost_is_waited_for(
    new_home: Callable[..., Home], moment: Moment, told: list[Play], undisturbed: Undisturbed, postgres: Binaries
) -> None:
    theirs = new_home()
    with Embedded(theirs.state, binaries=postgres.folder) as url:
        pass
    home = new_home(url=url)
    drop_all(home.drop, told)
    home.daemon.start()
    daemon = home.daemon.pid
    wait_until(lambda: home.daemon.count("database_lost") == 1, "the daemon says that there is no database")
    assert home.daemon.is_running

    def stop_immediately() -> None:
        wait_until(lambda: theirs.server.postmaster() is not None, "the server answers", tick=0.0)
        pid = theirs.server.postmaster()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)

    with Embedded(theirs.state, binaries=postgres.folder):
        home.wait_until_back()  # a second loss while a lane still waits is part of the first
        moment.strike(home.daemon, home.look, home.drop, stop_immediately)
        wait_until(lambda: home.daemon.count("database_lost") == 2, "the daemon says that the database was lost")
    with Embedded(theirs.state, binaries=postgres.folder) as again:
        assert again == url
        home.wait_until_idle()
        undisturbed.check(home)
        home.wait_until_back()
        assert home.daemon.pid == daemon
        assert (home.daemon.count("database_lost"), home.daemon.count("database_back")) == (2, 2)
        home.look.close()
        assert home.daemon.stop() == 0
