"""Whether there is room for one watch more, and the lines that make room."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scannerd.hearing.follower import reason
from scannerd.hearing.inotify import Lack, lack, limits, remedy, roomy, sysctl

FEW = Path(__file__).parents[1] / "faults" / "few_watches.py"
Within = Callable[[int, str], str]


@pytest.fixture(scope="session")
def within() -> Within:
    """Run code where so many folders may be watched, and return what it prints."""

    def run(watches: int, code: str) -> str:
        command = [sys.executable, str(FEW), str(watches), sys.executable, "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        run(1, "")
    except subprocess.CalledProcessError as exc:
        pytest.skip(f"the limit cannot be lowered here: {exc.stderr.strip()}")
    return run


def test_a_limit_that_is_reached_is_noticed(within: Within) -> None:
    code = "from scannerd.hearing.inotify import lack; print(lack())"

    assert (within(0, code), within(1, code)) == ("max_user_watches", "None")


def test_the_remedy_names_the_limit_that_binds_and_leaves_room_for_all(within: Within) -> None:
    code = "from scannerd.hearing.inotify import *; print(remedy(Lack.WATCHES, 400_000))"

    assert within(30, code) == (
        "echo user.max_inotify_watches=1048576 | sudo tee -a /etc/sysctl.d/60-scannerd.conf && sudo sysctl --system"
    )


def test_where_there_is_room_nothing_is_lacking() -> None:
    assert lack() is None
    assert limits() == limits()


def test_each_limit_has_its_setting() -> None:
    assert remedy(Lack.WATCHES).startswith("echo fs.inotify.max_user_watches=")
    assert remedy(Lack.INSTANCES).startswith("echo fs.inotify.max_user_instances=")
    assert sysctl("a.b", 3) == "echo a.b=3 | sudo tee -a /etc/sysctl.d/60-scannerd.conf && sudo sysctl --system"


@pytest.mark.parametrize(("wanted", "power"), [(0, 1), (1, 1), (2, 2), (3, 4), (8192, 8192), (8193, 16384)])
def test_room_comes_in_powers_of_two(wanted: int, power: int) -> None:
    assert roomy(wanted) == power


@pytest.mark.parametrize(
    ("broken", "why", "to_do"),
    [
        (
            RuntimeError('Unable to decode path "/m/caf\\xE9.mp3" to string'),
            b"a name that is no UTF-8: /m/caf\\xE9.mp3",
            b"rename it; ",
        ),
        (RuntimeError("Error creating watcher: (os error 24)"), b"the limit of inotify instances", b"echo fs.inotify."),
        (OSError("OS file watch limit reached. about ['/m']"), b"the limit of inotify watches", b"echo fs.inotify."),
        (PermissionError(13, "Permission denied"), b"it cannot be read", b""),
        (RuntimeError("something\nelse"), b"something else", b""),
    ],
)
def test_a_watch_that_broke_is_told_with_what_to_do(broken: Exception, why: bytes, to_do: bytes) -> None:
    told, _, mend = reason(broken).partition(b"\n")

    assert (told, mend[: len(to_do)], bool(mend)) == (why, to_do, bool(to_do))
