"""A signal that is meant for the daemon reaches the process that reads a file as well."""

import os
import signal

from home import Home, Undisturbed
from made_exports import Play, drop_all
from readers import Readers
from running import wait_until


def test_a_hangup_of_every_process_costs_no_export(home: Home, told: list[Play], undisturbed: Undisturbed) -> None:
    readers = Readers(home.folder)
    readers.stand_still()
    drop_all(home.drop, told)
    home.daemon.start(**readers.environ)
    reader = readers.standing(home.daemon)
    readers.no_more()
    os.killpg(home.daemon.pid, signal.SIGHUP)
    os.kill(reader, signal.SIGCONT)

    wait_until(lambda: home.daemon.count("reloaded") == 1, "the settings are read again")
    home.wait_until_idle()
    undisturbed.check(home)
    assert home.daemon.count("reader_killed") == 0
    assert home.surprises() == []
    assert home.daemon.stop() == 0, home.daemon.errors()
