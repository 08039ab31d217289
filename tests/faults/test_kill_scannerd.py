"""Kill -9 of scannerd in the middle of an import: the next one goes on, and the outcome is the same."""

from content import written
from home import Home, Undisturbed
from made_exports import Play, drop_all
from moments import Moment, strikes


@strikes(in_full=20, in_sample=2)
def test_killed_anywhere_every_export_ends_exactly_once(
    home: Home, moment: Moment, told: list[Play], undisturbed: Undisturbed
) -> None:
    drop_all(home.drop, told)
    home.daemon.start()
    moment.strike(home.daemon, home.look, home.drop, home.daemon.kill)

    home.daemon.start()
    home.wait_until_idle()
    undisturbed.check(home)
    assert home.surprises() == []
    before = written(home.look)
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.server.processes() == []

    home.daemon.start()
    home.wait_for_a_look()
    assert written(home.look) == before
    undisturbed.check(home)
