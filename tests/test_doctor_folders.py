"""What the doctor says of folders: of real ones, with real rights, on real mounts where we are root."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scannerd.doctor import drop_folder, leftovers, library_roots, room, state_folder, whom
from scannerd.doctor.drives import unmounted
from scannerd.doctor.finding import Finding, Level
from scannerd.doctor.patient import Root
from scannerd.doctor.room import Room
from scannerd.doctor.sample import Sample, glance
from scannerd.doctor.whom import Whom
from scannerd.mounts import Drive, drive_of

pytestmark = pytest.mark.usefixtures("patient_doctor")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask in the name of others")
GB = 1024**3
MOUNTS = [
    "22 1 0:20 / / rw,relatime - ext4 /dev/sda1 rw",
    "40 22 0:30 / /volume rw,relatime shared:1 - btrfs /dev/sdb rw",
    "41 40 0:31 / /volume/nas\\040share rw,relatime - cifs //nas/share rw",
    "42 22 0:32 / /mem rw - tmpfs none rw",
]
FSTAB = """\
# <file system> <mount point> <type>
/dev/sda1 / ext4 defaults 0 1
//nas/share /volume/nas\\040share cifs credentials=/root/c 0 0
/dev/sdc1\t/srv/media ext4 noauto 0 2
/dev/sdd1 none swap sw 0 0
"""


@pytest.fixture
def folder(new_open_folder: Callable[[], Path]) -> Path:
    """An empty one that every user may pass through."""
    made = new_open_folder() / "folder"
    made.mkdir()
    made.chmod(0o755)
    return made


@pytest.fixture
def nobody() -> Whom:
    """Somebody else than root."""
    found = whom.named("nobody")
    assert found is not None
    return found


@pytest.fixture
def two_mounts(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Two folders of one file system, each a mount of its own."""
    drop, done = folder / "drop", folder / "done"
    mounted = []
    for one in (drop, done):
        one.mkdir()
        made = subprocess.run(["mount", "--bind", one, one], capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"nothing can be mounted here: {made.stderr.strip()}")
        mounted.append(one)
    yield drop, done
    for one in mounted:
        subprocess.run(["umount", "--lazy", one], check=True)


@pytest.fixture
def read_only(folder: Path) -> Iterator[Path]:
    """A folder mounted so that not even root can write to it."""
    for command in (["mount", "--bind", folder, folder], ["mount", "-o", "remount,ro,bind", folder]):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            subprocess.run(["umount", folder], capture_output=True, check=False)
            pytest.skip(f"nothing can be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def odd(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(one.level, one.what) for one in findings if one.level is not Level.OK]


def judged(level: Level, what: str) -> list[tuple[Level, str]]:
    return [(level, what)]


def look_at_drop(drop: Path, who: Whom) -> list[Finding]:
    return list(drop_folder.look(drop, who, state=drop.parent))


# -- Drives ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "drive"),
    [
        ("/srv", Drive(Path("/"), "ext4", "/dev/sda1")),
        ("/volume/a/b", Drive(Path("/volume"), "btrfs", "/dev/sdb")),
        ("/volume/nas share/a", Drive(Path("/volume/nas share"), "cifs", "//nas/share")),
        ("/mem", Drive(Path("/mem"), "tmpfs", "none")),
    ],
)
def test_a_folder_lies_on_the_innermost_mount(path: str, drive: Drive) -> None:
    assert drive_of(Path(path), MOUNTS) == drive


@pytest.mark.parametrize(
    ("path", "point"),
    [
        ("/srv/media/music", "/srv/media"),
        ("/srv/other", None),
        ("/volume/nas share/music", None),
        ("/srv/mediathek", None),
    ],
)
def test_what_should_be_mounted_and_is_not_is_known(path: str, point: str | None) -> None:
    assert unmounted(Path(path), FSTAB, MOUNTS) == (Path(point) if point else None)


# -- Room --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        (Room(500 * GB, 1000 * GB, 10**7, 10**8), [Level.OK]),
        (Room(900 * 1024**2, 1000 * GB, 10**7, 10**8), [Level.WARNING]),
        (Room(900 * 1024**2, 2 * GB, 0, 0), [Level.OK]),  # a small disk that is half empty, without inodes
        (Room(50 * 1024**2, 1000 * GB, 10**7, 10**8), [Level.TROUBLE]),
        (Room(500 * GB, 1000 * GB, 9_000, 10**8), [Level.OK, Level.WARNING]),
    ],
)
def test_room_is_judged(given: Room, levels: list[Level]) -> None:
    assert [one.level for one in room.judge("disk", Path("/srv"), given)] == levels


def test_room_is_asked_of_the_disk_on_which_a_missing_folder_would_be(tmp_path: Path) -> None:
    assert room.look(tmp_path / "not" / "there").total == room.look(tmp_path).total


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 kB"), (10 * GB, "10 GB"), (5000 * GB, "4.9 TB")],
)
def test_an_amount_is_written_for_people(size: int, text: str) -> None:
    assert room.amount(size) == text


# -- The state folder --------------------------------------------------------------------------------------------------


def test_a_state_folder_of_ours_is_fine(folder: Path) -> None:
    assert odd(list(state_folder.look(folder, whom.caller(), private=False))) == []
    assert list(folder.iterdir()) == []


def test_a_state_folder_others_may_write_to_is_trouble(folder: Path) -> None:
    folder.chmod(0o777)

    found = odd(list(state_folder.look(folder, whom.caller(), private=False)))

    assert found == judged(Level.TROUBLE, f"everybody may write to {folder}")


def test_a_file_in_the_place_of_the_state_folder_is_trouble(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")

    found = odd(list(state_folder.look(tmp_path / "state", whom.caller(), private=False)))

    assert found == judged(Level.TROUBLE, f"{tmp_path}/state is no folder")


@AS_ROOT
def test_a_state_folder_closed_to_its_user_is_trouble_with_the_command_that_mends_it(
    folder: Path, nobody: Whom
) -> None:
    *_, last = state_folder.look(folder, nobody, private=False)

    assert (last.level, last.what) == (Level.TROUBLE, f"nobody cannot write to {folder}: permission denied")
    subprocess.run(last.remedy, shell=True, check=True)
    assert odd(list(state_folder.look(folder, nobody, private=False))) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "is_network", "private", "level"),
    [
        ("ext4", False, True, None),
        ("nfs4", True, True, Level.TROUBLE),
        ("nfs4", True, False, Level.WARNING),
        ("tmpfs", False, True, Level.WARNING),
        ("tmpfs", False, False, None),
        ("overlay", False, True, Level.WARNING),
    ],
)
def test_a_private_database_needs_a_drive_it_can_trust(
    kind: str, is_network: bool, private: bool, level: Level | None
) -> None:
    found = state_folder.judge_drive(Path("/s"), Drive(Path("/s"), kind), is_network=is_network, private=private)

    assert [one.level for one in found] == ([level] if level else [])


# -- The drop folder ---------------------------------------------------------------------------------------------------


def test_a_drop_folder_of_ours_is_fine_and_left_as_it_was(folder: Path) -> None:
    assert odd(look_at_drop(folder, whom.caller())) == []
    assert list(folder.iterdir()) == []


def test_a_drop_folder_that_is_read_only_is_a_warning(read_only: Path) -> None:
    [found] = [one for one in look_at_drop(read_only, whom.caller()) if one.level is not Level.OK]

    assert found.level is Level.WARNING
    assert found.what.endswith(f"cannot write to {read_only}: read-only file system")
    assert found.remedy == "mount its drive for writing, if that was not meant"
    assert list(drop_folder.look_at_shelves(read_only, (read_only / "done",), whom.caller())) == []


@AS_ROOT
def test_a_drop_folder_closed_to_the_service_is_trouble_with_the_command_that_mends_it(
    folder: Path, nobody: Whom
) -> None:
    folder.chmod(0o700)
    [found] = look_at_drop(folder, nobody)

    assert (found.level, found.what) == (Level.TROUBLE, f"nobody may not read {folder}")
    subprocess.run(found.remedy, shell=True, check=True)
    assert odd(look_at_drop(folder, nobody)) == []


@AS_ROOT
@pytest.mark.parametrize(
    ("mode", "what"),
    [(0o755, "only a service may write to"), (0o775, "belong to the group of whoever dropped them"), (0o2775, None)],
)
def test_who_drops_needs_the_group_of_a_services_folder(folder: Path, mode: int, what: str | None) -> None:
    service = Whom("a service", 123, 123)
    os.chown(folder, 123, 123)
    folder.chmod(mode)

    found = odd(look_at_drop(folder, service))

    assert [level for level, _ in found] == ([Level.WARNING] if what else [])
    assert all(what in told for _, told in found if what)


def test_shelves_below_the_drop_folder_are_fine(folder: Path) -> None:
    shelves = (folder / "done", folder / "failed")
    shelves[0].mkdir()

    found = list(drop_folder.look_at_shelves(folder, shelves, whom.caller()))

    assert [(one.level, one.what.endswith("renamed into it")) for one in found] == [(Level.OK, True), (Level.OK, False)]
    assert [path.name for path in folder.iterdir()] == ["done"]
    assert list(shelves[0].iterdir()) == []


def test_a_link_in_the_place_of_a_shelf_is_trouble(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "failed").symlink_to(folder / "real")

    _, found = drop_folder.look_at_shelves(folder, (folder / "done", folder / "failed"), whom.caller())

    assert (found.level, found.remedy) == (Level.TROUBLE, f'set inbox.failed_folder = "{folder}/real"')


def test_files_cannot_be_renamed_between_two_mounts_of_one_file_system(two_mounts: tuple[Path, Path]) -> None:
    drop, done = two_mounts

    [found] = drop_folder.look_at_shelves(drop, (done,), whom.caller())

    assert found.level is Level.WARNING
    assert found.what == f"files cannot be renamed from {drop} to {done}: these are two mounts"
    assert (list(drop.iterdir()), list(done.iterdir())) == ([], [])


# -- What lies there ---------------------------------------------------------------------------------------------------


def waiting(drop: Path, *, is_running: bool) -> list[tuple[Level, str]]:
    who = whom.caller()
    return odd(list(leftovers.look(drop, ignore=(".*",), shelves=(), whom=who, is_running=is_running)))


def test_a_file_that_came_just_now_waits_for_nothing(folder: Path) -> None:
    (folder / "a.json").write_text("[]")
    os.utime(folder / "a.json", (0, 0))  # when its content was written says nothing

    assert waiting(folder, is_running=True) == []


def test_a_file_that_waits_for_long_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.json").write_text("[]")
    later = time.time() + 2 * 3600
    monkeypatch.setattr(leftovers.time, "time", lambda: later)

    assert waiting(folder, is_running=True) == judged(Level.WARNING, f"1 file in {folder} waits for long: a.json")
    assert waiting(folder, is_running=False) == []


def test_what_is_never_taken_in_is_told(folder: Path) -> None:
    os.mkfifo(folder / "pipe")

    assert waiting(folder, is_running=True) == judged(Level.WARNING, f"pipe in {folder} is a FIFO")


# -- Libraries ---------------------------------------------------------------------------------------------------------


def look_at_root(
    path: Path, who: Whom | None = None, *, seconds: float = 60.0
) -> tuple[list[Finding], dict[Path, Sample]]:
    samples: dict[Path, Sample] = {}
    root = Root("music", path, "auto")
    return list(library_roots.look(root, who or whom.caller(), samples, seconds=seconds)), samples


def test_a_library_is_told_with_what_is_in_it(folder: Path) -> None:
    (folder / "Artist" / "Album").mkdir(parents=True)
    (folder / "Artist" / "Album" / "1.flac").write_bytes(b"")

    found, samples = look_at_root(folder)

    assert odd(found) == []
    assert f"{folder}: 3 folders, 1 file, on " in found[0].what
    assert samples[folder].is_whole


def test_an_empty_root_may_be_a_mount_that_is_not_there(folder: Path) -> None:
    found, _ = look_at_root(folder)

    assert odd(found) == judged(Level.WARNING, f"{folder} is empty")


def test_names_that_are_no_utf8_are_told(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/J\xf6rg.mp3")).write_bytes(b"")

    found, _ = look_at_root(folder)

    what = f"1 name below {folder} not in UTF-8, such as {folder}/J\\xf6rg.mp3"
    assert odd(found) == judged(Level.WARNING, what)


@AS_ROOT
def test_what_the_service_may_not_read_is_told(folder: Path, nobody: Whom) -> None:
    (folder / "open").mkdir(mode=0o755)
    (folder / "closed").mkdir(mode=0o700)
    (folder / "closed" / "1.mp3").write_bytes(b"")

    [*_, last] = look_at_root(folder, nobody)[0]

    assert last.level is Level.WARNING
    assert last.what.endswith(f"below {folder}, such as {folder}/closed")
    subprocess.run(last.remedy, shell=True, check=True)
    (folder / "closed").chmod(0o755)
    assert odd(look_at_root(folder, nobody)[0]) == []
    folder.chmod(0o700)
    assert odd(look_at_root(folder, nobody)[0]) == judged(Level.TROUBLE, f"nobody may not read {folder}")


def test_a_glance_ends_when_the_time_is_up(folder: Path) -> None:
    for name in "abc":
        (folder / name / "below").mkdir(parents=True)

    seen = glance(os.fsencode(folder), seconds=-1.0)

    assert (seen.folders, seen.is_whole) == (1, False)


def test_a_glance_does_not_go_in_circles(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "back").symlink_to(folder)

    seen = glance(os.fsencode(folder), seconds=60.0)

    assert (seen.folders, seen.files, seen.is_whole) == (2, 1, True)


# -- Whom --------------------------------------------------------------------------------------------------------------


@AS_ROOT
def test_another_user_is_asked_by_trying(folder: Path, nobody: Whom) -> None:
    (folder / "-n odd; name").write_text("")
    (folder / "closed").write_text("")
    (folder / "closed").chmod(0o600)

    assert nobody.closed([folder, folder / "-n odd; name", folder / "closed"]) == [folder / "closed"]
    assert nobody.why_not_written(folder) == "permission denied"
    folder.chmod(0o777)
    assert nobody.why_not_written(folder) is None
    assert sorted(path.name for path in folder.iterdir()) == ["-n odd; name", "closed"]


def test_a_process_works_as_its_user() -> None:
    found = whom.of_process(os.getpid())

    assert found is not None
    assert (found.uid, found.gid, found.is_caller) == (os.geteuid(), os.getegid(), True)
    assert whom.of_process(2**22 + 1) is None
    assert whom.named("no such user") is None
