"""Which folders a watch has to be asked for."""

import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from scannerd.hearing.tree import tree_of

STOP = threading.Event()


def paths(root: Path) -> list[str]:
    return [os.fsdecode(path).removeprefix(f"{root}") for path in tree_of(os.fsencode(root), STOP).paths]


def test_where_all_can_be_read_the_root_is_all_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "file").touch()

    assert paths(tmp_path) == [""]
    assert tree_of(os.fsencode(tmp_path), STOP).folders == 3


def test_links_are_followed_once_and_not_back_into_the_root(tmp_path: Path) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    (tmp_path / "beside" / "b").mkdir(parents=True)
    (tmp_path / "root" / "up").symlink_to("../root")
    (tmp_path / "root" / "loop").symlink_to("loop")
    for name in ("one", "two"):
        (tmp_path / "root" / name).symlink_to("../beside")

    assert tree_of(os.fsencode(tmp_path / "root"), STOP).folders == 4


def test_a_root_that_is_gone_or_closed_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tree_of(os.fsencode(tmp_path / "gone"), STOP)


def test_around_closed_folders_all_is_asked_for(
    partly_closed: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    with as_nobody():
        asked = paths(partly_closed)

    assert asked == ["", "", *(f"/{number}" for number in (1, 2, 4, 5, 7, 8, 9)), "/3", "/3/in"]
    with as_nobody(), pytest.raises(PermissionError):
        tree_of(os.fsencode(partly_closed / "6"), STOP)
