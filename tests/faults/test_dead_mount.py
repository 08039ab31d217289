"""A share whose server is gone hangs whoever looks at it: not the drop folder, and not the end of the daemon."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from dead_mount import dead_mount
from home import Home
from made_exports import Play, drop_all
from running import wait_until


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """The root of a library where every look hangs."""
    root = tmp_path / "share"
    root.mkdir()
    with ExitStack() as stack:
        try:
            stack.enter_context(dead_mount(root))
        except OSError as exc:
            pytest.skip(f"no file system can be mounted here: {exc.strerror}")
        yield root


def test_a_share_that_does_not_answer_holds_up_neither_the_drop_folder_nor_the_end(
    new_home: Callable[..., Home], hanging: Path, told: list[Play]
) -> None:
    home = new_home()
    home.change("daemon", stop_within="500ms")
    home.daemon.add_library("music", hanging)
    home.daemon.start()
    wait_until(lambda: any(waits_for_disk(task) for task in threads(home.daemon.pid)), "the scan hangs")
    drop_all(home.drop, told)

    home.wait_until_idle()
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.daemon.count("left_behind") == 1
    assert home.server.processes() == []


def threads(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").glob("*/stat"))


def waits_for_disk(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "D"
    except OSError:
        return False
