"""A share whose server is gone hangs whoever looks at it: not the drop folder, and not the end of the daemon."""

from collections.abc import Callable
from pathlib import Path

from home import Home
from made_exports import Play, drop_all


def test_a_share_that_does_not_answer_holds_up_neither_the_drop_folder_nor_the_end(
    new_home: Callable[..., Home], hanging: Path, told: list[Play]
) -> None:
    home = new_home()
    home.change("daemon", stop_within="500ms")
    home.daemon.add_library("music", hanging)
    home.daemon.start()
    home.daemon.wait_until_it_hangs()
    drop_all(home.drop, told)

    home.wait_until_idle()
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.daemon.count("left_behind") == 1
    assert home.server.processes() == []
