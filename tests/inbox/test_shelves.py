"""A finished file goes to its shelf under a name of its own, with its report, and is never lost on the way."""

import errno
import fcntl
import hashlib
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scannerd.inbox import moving
from scannerd.inbox.folders import opened
from scannerd.inbox.moving import can_move, move, open_unchanged
from scannerd.inbox.passing import LONGEST_WRITE, passing_file, remove_abandoned
from scannerd.inbox.settle import Stamp
from scannerd.inbox.shelves import REPORT, WHY, clear_shelf, find_shelved, shelve, write_report
from scannerd.model.shown import shown

DATA = b'[{"ts": "2020-01-01T00:00:00Z"}]'
HASH = hashlib.sha256(DATA).digest()
MARK = HASH.hex()[:8]


@pytest.fixture
def shelf(drop: Path) -> Path:
    return drop / "done"


@pytest.fixture(params=["rename", "reserve", "copy"])
def any_shelf(request: pytest.FixtureRequest, drop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf beside the drop folder, on a filesystem that knows no careful rename, or on another filesystem."""
    if request.param == "reserve":
        monkeypatch.setattr(moving, "_RENAMEAT2", None)
    return request.getfixturevalue("elsewhere") / "done" if request.param == "copy" else drop / "done"


def dropped(drop: Path, name: str | bytes = "a.json", data: bytes = DATA) -> Path:
    path = drop / os.fsdecode(name)
    path.write_bytes(data)
    return path


def put_away(source: Path, shelf: Path, *, resumed: bool = False, data: bytes = DATA) -> Path | None:
    return shelve(source, shelf, stamp=Stamp.of(source.lstat()), sha256=hashlib.sha256(data).digest(), resumed=resumed)


def names_on(shelf: Path) -> list[str]:
    return sorted(path.name for path in shelf.iterdir())


def test_a_file_goes_to_its_shelf_with_time_and_rights(drop: Path, any_shelf: Path) -> None:
    source = dropped(drop)
    source.chmod(0o640)
    os.utime(source, ns=(1_500_000_000_000_000_000, 1_500_000_000_123_000_000))

    target = put_away(source, any_shelf)

    assert target == any_shelf / "a.json"
    assert target.read_bytes() == DATA
    assert not source.exists()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.stat().st_mtime_ns == 1_500_000_000_123_000_000
    assert names_on(any_shelf) == ["a.json"]


def test_a_taken_name_is_never_replaced(drop: Path, any_shelf: Path) -> None:
    for _ in range(4):
        assert put_away(dropped(drop, "a.tar.gz"), any_shelf) is not None
    other = put_away(dropped(drop, "a.tar.gz", b"other"), any_shelf, data=b"other")

    assert other is not None
    assert names_on(any_shelf) == sorted(
        ["a.tar.gz", f"a.tar-{MARK}.gz", f"a.tar-{MARK}-2.gz", f"a.tar-{MARK}-3.gz", other.name]
    )
    assert other.read_bytes() == b"other"
    assert {path.read_bytes() for path in any_shelf.iterdir()} == {DATA, b"other"}


def test_a_name_whose_report_is_there_is_taken(drop: Path, shelf: Path) -> None:
    shelf.mkdir()
    (shelf / f"a.json{REPORT}").write_text("of a file that was taken away")
    (shelf / f"b.json{WHY}").write_text("of a file that was taken away")

    assert put_away(dropped(drop, "a.json"), shelf) == shelf / f"a-{MARK}.json"
    assert put_away(dropped(drop, "b.json"), shelf) == shelf / f"b-{MARK}.json"


def test_a_link_in_the_place_of_the_target_is_not_followed(drop: Path, any_shelf: Path) -> None:
    any_shelf.mkdir()
    (any_shelf / "a.json").symlink_to("not-there")

    assert put_away(dropped(drop), any_shelf) == any_shelf / f"a-{MARK}.json"
    assert (any_shelf / "a.json").is_symlink()


@pytest.mark.parametrize(
    ("name", "shelved"),
    [
        (b"line\nbreak\x1b[31m.json", "line_break_[31m.json"),
        (b"bad-\xff\xfe.json", "bad-__.json"),
        ("日本語 🎵.json".encode(), "日本語 🎵.json"),
        (b"-rf", "-rf"),
        (b".json", ".json"),
    ],
)
def test_a_name_is_made_safe_to_print(drop: Path, any_shelf: Path, name: bytes, shelved: str) -> None:
    assert put_away(dropped(drop, name), any_shelf) == any_shelf / shelved


@pytest.mark.parametrize("name", ["x" * 250 + ".json", "é" * 125 + ".json", "x" * 255, "x." + "y" * 253])
def test_a_name_of_full_length_leaves_room_for_mark_and_report(drop: Path, any_shelf: Path, name: str) -> None:
    for _ in range(3):
        target = put_away(dropped(drop, name), any_shelf)
        assert target is not None
        assert target.suffix in {".json", ""} or name.startswith("x.")
        write_report(target, REPORT, "kept")

    assert len(names_on(any_shelf)) == 6


def test_a_file_that_changed_since_stays(drop: Path, any_shelf: Path) -> None:
    source = dropped(drop)
    stamp = Stamp.of(source.lstat())
    source.write_bytes(DATA + b" ")

    assert shelve(source, any_shelf, stamp=stamp, sha256=HASH) is None
    assert source.read_bytes() == DATA + b" "
    assert not any_shelf.exists()


def test_a_file_that_is_gone_or_became_a_link_is_not_shelved(drop: Path, shelf: Path) -> None:
    source = dropped(drop)
    stamp = Stamp.of(source.lstat())
    source.unlink()
    assert shelve(source, shelf, stamp=stamp, sha256=HASH) is None

    source.symlink_to("/etc/passwd")
    assert shelve(source, shelf, stamp=stamp, sha256=HASH) is None


def test_other_bytes_than_were_imported_are_not_copied_away(drop: Path, elsewhere: Path) -> None:
    source = dropped(drop, data=b"other bytes, same stamp")

    assert not move(source, elsewhere / "a.json", stamp=Stamp.of(source.lstat()), sha256=HASH)
    assert source.exists()
    assert names_on(elsewhere) == []


def test_a_file_written_through_the_rename_goes_back(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = dropped(drop)
    stamp = Stamp.of(source.lstat())
    rename = moving._rename
    writer = source.open("ab")

    def rename_while_written(source: Path, target: Path) -> None:
        rename(source, target)
        writer.write(b"more")
        writer.flush()

    monkeypatch.setattr(moving, "_rename", rename_while_written)
    with writer:
        assert not move(source, drop / "target", stamp=stamp, sha256=HASH)

    assert source.read_bytes().startswith(DATA + b"more")
    assert names_on(drop) == ["a.json"]


def test_a_move_that_got_to_the_shelf_is_finished_not_repeated(drop: Path, any_shelf: Path) -> None:
    any_shelf.mkdir()
    (any_shelf / "a.json").write_bytes(b"another file of that name")
    (any_shelf / f"a-{MARK}.json").write_bytes(DATA)
    source = dropped(drop)

    assert put_away(source, any_shelf, resumed=True) == any_shelf / f"a-{MARK}.json"
    assert not source.exists()
    assert names_on(any_shelf) == [f"a-{MARK}.json", "a.json"]


def test_what_an_earlier_run_shelved_is_found_by_its_bytes(drop: Path, shelf: Path) -> None:
    assert find_shelved(shelf, "a.json", HASH) is None
    first = put_away(dropped(drop), shelf)
    second = put_away(dropped(drop, data=b"other"), shelf, data=b"other")

    assert find_shelved(shelf, "a.json", HASH) == first
    assert find_shelved(shelf, "a.json", hashlib.sha256(b"other").digest()) == second
    assert find_shelved(shelf, "a.json", hashlib.sha256(b"third").digest()) is None
    assert find_shelved(shelf, "b.json", HASH) is None

    assert first is not None
    first.unlink()
    assert find_shelved(shelf, "a.json", hashlib.sha256(b"other").digest()) == second


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from scannerd.inbox import moving
from scannerd.inbox.settle import Stamp
from scannerd.inbox.shelves import shelve

source, shelf, sha256, calls = Path(sys.argv[1]), Path(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])

def count_down(event, args):
    global calls
    if event in ("open", "os.rename", "os.remove", "os.utime", "os.chmod", "os.mkdir", "ctypes.call_function"):
        calls -= 1
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)

stamp = Stamp.of(source.lstat())
sys.addaudithook(count_down)
shelve(source, shelf, stamp=stamp, sha256=sha256)
"""


def test_a_kill_at_any_step_loses_nothing_and_the_next_run_finishes(drop: Path, elsewhere: Path) -> None:
    killed = 0
    for step in range(1, 40):
        source, shelf = dropped(drop), elsewhere / f"done-{step}"
        command = [sys.executable, "-c", KILLED_AT, str(source), str(shelf), HASH.hex(), str(step)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        killed += 1
        if source.exists():
            assert source.read_bytes() == DATA
            target = put_away(source, shelf, resumed=True)
        else:
            target = find_shelved(shelf, "a.json", HASH)
        assert target == shelf / "a.json"
        assert target.read_bytes() == DATA
        assert not source.exists()
        assert [name for name in names_on(shelf) if not name.startswith(".scannerd-")] == ["a.json"]

    assert killed > 5


def test_a_full_disk_leaves_the_file_where_it_is(drop: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount a small filesystem here: {done.stderr.decode().strip()}")
    try:
        data = os.urandom(1_000_000)
        source = dropped(drop, data=data)
        with pytest.raises(OSError, match="No space left") as caught:
            put_away(source, small, data=data)
        assert caught.value.errno == errno.ENOSPC
        assert source.read_bytes() == data
        assert names_on(small) == []
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def test_a_report_is_written_whole_and_may_be_written_again(drop: Path, shelf: Path) -> None:
    target = put_away(dropped(drop), shelf)
    assert target is not None
    write_report(target, REPORT, "first")

    report = write_report(target, REPORT, "new 12, from \udcff\n")

    assert report == shelf / "a.json.report.txt"
    assert report.read_text() == "new 12, from \\udcff\n"
    assert stat.S_IMODE(report.stat().st_mode) == 0o644
    assert names_on(shelf) == ["a.json", "a.json.report.txt"]


def test_what_killed_writers_left_goes_and_what_is_written_stays(shelf: Path) -> None:
    (shelf / "anna").mkdir(parents=True)
    for name in (".scannerd-dead.tmp", "anna/.scannerd-dead.tmp", "a.json", ".other.tmp"):
        (shelf / name).write_bytes(b"")

    with passing_file(shelf / "anna") as (mine, _):
        assert clear_shelf(shelf, now=time.time()) == 2
        assert names_on(shelf) == [".other.tmp", "a.json", "anna"]
        assert names_on(shelf / "anna") == [mine.name]
    assert names_on(shelf / "anna") == []


def test_without_locks_only_age_tells_what_was_left(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    shelf.mkdir()
    with passing_file(shelf) as (mine, _):
        now = mine.stat().st_mtime + LONGEST_WRITE
        assert clear_shelf(shelf, now=now) == 0
        assert clear_shelf(shelf, now=now + 1) == 1


def test_a_passing_file_taken_for_left_over_before_it_was_locked_is_made_anew(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.mkdir()
    lock = fcntl.flock

    def be_late(handle: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        assert remove_abandoned(shelf, now=0) == 1
        lock(handle, how)

    monkeypatch.setattr(fcntl, "flock", be_late)
    with passing_file(shelf) as (mine, _):
        assert names_on(shelf) == [mine.name]


def test_files_can_be_moved_out_of_a_folder_one_may_write_to(drop: Path) -> None:
    assert can_move(drop)
    assert names_on(drop) == []


def test_files_cannot_be_moved_out_of_a_read_only_folder(read_only: Path, elsewhere: Path) -> None:
    assert not can_move(read_only)
    with pytest.raises(OSError, match=r"Read-only file system|Permission denied"):
        put_away(read_only / "a.json", elsewhere, data=b"[]")
    assert (read_only / "a.json").read_bytes() == b"[]"
    assert names_on(elsewhere) == []


def test_only_the_very_file_is_opened(drop: Path) -> None:
    source = dropped(drop)
    stamp = Stamp.of(source.lstat())
    opened = open_unchanged(source, stamp)
    assert opened is not None
    with opened:
        assert opened.read() == DATA

    source.rename(drop / "b.json")
    assert open_unchanged(source, stamp) is None
    source.symlink_to(drop / "b.json")
    assert open_unchanged(source, stamp) is None
    source.unlink()
    os.mkfifo(source)
    assert open_unchanged(source, stamp) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.json", "a.json"), ("a\nb\x1b", "a\\nb\\x1b"), ("é\udcff", "é\\xff"), ("\u202eexe", "\\u202eexe")],
)
def test_a_name_is_shown_without_what_moves_the_cursor(name: str, expected: str) -> None:
    assert shown(name) == expected


@pytest.mark.parametrize("name", ["done", "done/anna"])
def test_from_the_drop_folder_on_no_link_is_followed(drop: Path, tmp_path: Path, name: str) -> None:
    elsewhere, link = tmp_path / "elsewhere", drop / name
    elsewhere.mkdir()
    (elsewhere / "a.json").write_bytes(DATA)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    source = dropped(drop)
    stamp = Stamp.of(source.lstat())

    says = rf"{link} is a symbolic link, which is never followed"
    with pytest.raises(OSError, match=says) as caught:
        shelve(source, link, stamp=stamp, sha256=HASH, below=drop)
    assert caught.value.errno == errno.ELOOP
    with pytest.raises(OSError, match=says):
        find_shelved(link, "a.json", HASH, below=drop)
    with pytest.raises(OSError, match=says):
        write_report(link / "a.json", REPORT, "text", below=drop)
    assert source.read_bytes() == DATA
    assert names_on(elsewhere) == ["a.json"]


def test_a_shelf_outside_the_drop_folder_may_be_reached_by_a_link(drop: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "done").symlink_to(tmp_path / "elsewhere")
    shelf = tmp_path / "done" / "anna"
    source = dropped(drop)

    target = shelve(source, shelf, stamp=Stamp.of(source.lstat()), sha256=HASH, below=tmp_path / "done")

    assert target == shelf / "a.json"
    assert names_on(tmp_path / "elsewhere" / "anna") == ["a.json"]


def test_a_folder_that_is_open_is_used_whatever_takes_its_name(drop: Path, tmp_path: Path) -> None:
    (drop / "done").mkdir()
    with opened(drop / "done", below=drop) as held:
        (drop / "done").rename(drop / "moved")
        (drop / "done").symlink_to(tmp_path)
        (held / "a.json").write_bytes(DATA)

    assert names_on(drop / "moved") == ["a.json"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can work for others")
@pytest.mark.parametrize("on_another_disk", [False, True])
def test_what_root_makes_belongs_to_whose_files_they_are(drop: Path, elsewhere: Path, on_another_disk: bool) -> None:
    place = elsewhere if on_another_disk else drop
    os.chown(place, 12345, 12346)
    source = dropped(drop)
    os.chown(source, 23456, 23457)
    source.chmod(0o4755)

    target = shelve(source, place / "done" / "anna", stamp=Stamp.of(source.lstat()), sha256=HASH, below=place)
    assert target is not None
    report = write_report(target, REPORT, "text", below=place)

    owners = {
        path: (path.stat().st_uid, path.stat().st_gid) for path in (place / "done", target.parent, target, report)
    }
    assert owners == {
        place / "done": (12345, 12346),
        target.parent: (12345, 12346),
        target: (23456, 23457),
        report: (12345, 12346),
    }
    assert stat.S_IMODE(target.stat().st_mode) == (0o644 if on_another_disk else 0o4755)
