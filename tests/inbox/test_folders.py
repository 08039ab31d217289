"""Whatever the umask, nothing that is made is for everybody to write to, and the drop folder's group is let in."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scannerd.inbox.folders import make_folder
from scannerd.inbox.settle import Stamp
from scannerd.inbox.shelves import REPORT, shelve, write_report

DATA = b"listens"
SOMEBODY, HIS_GROUP, MEDIA = 54_322, 54_322, 54_323

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Set the umask; it is as before afterwards."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.fixture
def become() -> Iterator[Callable[[int], None]]:
    """Become somebody who is in this group, too, until the test is over."""
    groups = os.getgroups()

    def become(group: int) -> None:
        os.setgroups([group])
        os.setegid(HIS_GROUP)
        os.seteuid(SOMEBODY)

    yield become
    os.seteuid(0)
    os.setegid(0)
    os.setgroups(groups)


def rights(*places: Path) -> list[str]:
    return [f"{stat.S_IMODE(place.stat().st_mode):04o}" for place in places]


def put_away(drop: Path, shelf: Path, mode: int = 0o640) -> tuple[Path, Path]:
    """Drop a file with these rights, put it on the shelf, and say where it and its report lie."""
    source = drop / "a.json"
    source.write_bytes(DATA)
    source.chmod(mode)
    below = drop if shelf.is_relative_to(drop) else shelf
    sha256 = hashlib.sha256(DATA).digest()
    target = shelve(source, shelf, stamp=Stamp.of(source.lstat()), sha256=sha256, below=below)
    assert target is not None
    return target, write_report(target, REPORT, "text", below=below)


@pytest.mark.parametrize(
    ("mask", "folder", "report"), [(0o000, "0775", "0644"), (0o022, "0755", "0644"), (0o077, "0700", "0644")]
)
def test_what_is_made_is_for_nobody_else_to_write_to(
    tmp_path: Path, umask: Callable[[int], int], mask: int, folder: str, report: str
) -> None:
    umask(mask)
    drop = tmp_path / "home" / "drop"
    make_folder(drop)
    target, text = put_away(drop, drop / "done" / "anna")

    assert rights(drop.parent, drop, drop / "done", target.parent, text) == [folder] * 4 + [report]


@pytest.mark.parametrize(("mode", "kept"), [(0o666, "0664"), (0o777, "0664"), (0o4755, "0644"), (0o600, "0600")])
def test_a_copy_is_for_nobody_else_to_write_to(drop: Path, elsewhere: Path, mode: int, kept: str) -> None:
    target, _ = put_away(drop, elsewhere / "done", mode)

    assert rights(target) == [kept]


def test_a_file_that_is_only_renamed_keeps_the_rights_its_owner_gave_it(drop: Path) -> None:
    target, _ = put_away(drop, drop / "done", 0o666)

    assert rights(target) == ["0666"]


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777, 0o1777, 0o2770])
def test_a_folder_that_is_there_keeps_its_mode(drop: Path, umask: Callable[[int], int], mode: int) -> None:
    umask(0o077)
    drop.chmod(mode)
    make_folder(drop)
    put_away(drop, drop / "done")

    assert rights(drop) == [f"{mode:04o}"]


def test_a_file_in_the_place_of_a_folder_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("")

    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "drop")


@as_root
@pytest.mark.parametrize(
    ("mask", "mode", "shelf"),
    [
        (0o000, 0o2770, "2775"),  # whoever may not enter the drop folder never gets to the shelf
        (0o022, 0o2770, "2775"),
        (0o007, 0o2770, "2770"),
        (0o077, 0o2770, "2770"),
        (0o077, 0o2750, "2750"),
        (0o022, 0o750, "0755"),
        (0o077, 0o770, "0770"),
        (0o077, 0o700, "0700"),
    ],
)
def test_who_may_drop_by_his_group_may_read_the_reports(
    open_tmp: Path, umask: Callable[[int], int], become: Callable[[int], None], mask: int, mode: int, shelf: str
) -> None:
    umask(mask)
    drop = open_tmp / "drop"
    drop.mkdir()
    os.chown(drop, SOMEBODY, MEDIA)
    drop.chmod(mode)
    become(MEDIA)
    target, report = put_away(drop, drop / "done" / "anna")

    shelves = (drop / "done", target.parent)
    assert [place.stat().st_gid for place in shelves] == [MEDIA, MEDIA]
    assert rights(*shelves, report) == [shelf, shelf, "0644"]


@as_root
def test_no_other_group_than_the_drop_folders_is_let_in(
    open_tmp: Path, umask: Callable[[int], int], become: Callable[[int], None]
) -> None:
    umask(0o077)
    drop = open_tmp / "drop"
    drop.mkdir()
    os.chown(drop, 0, MEDIA)
    drop.chmod(0o777)
    become(HIS_GROUP)
    put_away(drop, drop / "done")

    assert (drop / "done").stat().st_gid == HIS_GROUP
    assert rights(drop / "done") == ["0700"]
