"""What the doctor says of the daemon, its units, and the machine: by files of an image, and by plain values."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pytest

from scannerd import service_files
from scannerd.doctor import machine, service, units, watches, whom
from scannerd.doctor.examination import Look, examine
from scannerd.doctor.finding import Finding, Level, ok
from scannerd.doctor.patient import Database, Patient, Root, SettingsFile
from scannerd.doctor.sample import Sample
from scannerd.doctor.watches import Limits, Used
from scannerd.errors import ConfigError
from scannerd.hearing.inotify import held

STATE = Path("/var/lib/scannerd")
MB = 1024 * 1024
GB = 1024 * MB


def patient(drop: str = "/var/lib/scannerd/drop", libraries: tuple[str, ...] = ()) -> Patient:
    return Patient(
        settings=SettingsFile(None),
        state=STATE,
        drop=Path(drop),
        done=Path(drop) / "done",
        failed=Path(drop) / "failed",
        ignore=(),
        roots=tuple(Root("music", Path(one), "auto") for one in libraries),
        database=Database(None, None, None),
        workers=0,
        time_zone="UTC",
        instance="main",
        whom=whom.caller(),
        daemon_pid=None,
        published=None,
    )


def odd(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(one.level, one.what) for one in findings if one.level is not Level.OK]


def levels(findings: list[Finding]) -> list[Level]:
    return [one.level for one in findings]


@pytest.fixture
def program(tmp_path: Path) -> str:
    """Something that can be started."""
    file = tmp_path / "scannerd"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def image(tmp_path: Path, program: str) -> Callable[..., Path]:
    """The root of a machine on which the service was installed for these folders, and starts at boot."""

    def install(one: Patient, *, systemd: int = 252) -> Path:
        root = tmp_path / "image"
        folders = service_files.Folders(one.state, (one.drop, *one.shelves), tuple(lib.path for lib in one.roots))
        for file in service_files.system_files([program, "run"], folders, systemd=systemd):
            place = root / file.path.relative_to("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(service_files.signed(file.text))
        (root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
        wants = root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        if not (wants / "scannerd.service").exists():
            (wants / "scannerd.service").symlink_to("/etc/systemd/system/scannerd.service")
        return root

    return install


def look(one: Patient, root: Path) -> list[Finding]:
    return list(service.look_at_units(one, root=root))


# -- Units -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("systemd", [252, 257])
@pytest.mark.parametrize("drop", ["/var/lib/scannerd/drop", "/srv/my drop"])
def test_a_service_installed_for_these_settings_is_fine(image: Callable[..., Path], systemd: int, drop: str) -> None:
    one = patient(drop)

    assert odd(look(one, image(one, systemd=systemd))) == []


def test_the_unit_is_read_as_systemd_reads_it(image: Callable[..., Path], program: str) -> None:
    unit = units.find(image(patient("/srv/my drop")))

    assert unit is not None
    assert (unit.user, unit.program, unit.last("ProtectSystem")) == ("scannerd", [program, "run"], "strict")
    assert unit.words("ReadWritePaths") == ["/srv/my drop"]
    assert unit.place_of(Path("/srv/my drop/done")) == Path("/srv/my drop")
    assert unit.place_of(Path("/var/lib/scannerd/drop")) == STATE
    assert not unit.cannot_write(STATE)
    assert unit.cannot_write(Path("/srv/other"))


def test_a_drop_in_of_the_owner_counts(image: Callable[..., Path]) -> None:
    root = image(patient())
    own = root / "etc/systemd/system/scannerd.service.d/override.conf"
    own.write_text('[Service]\nUser=alice\nReadWritePaths=\nReadWritePaths=-/srv/a "/srv/b c" \\\n  /srv/d\n')

    unit = units.find(root)

    assert unit is not None
    assert (unit.user, unit.words("ReadWritePaths")) == ("alice", ["/srv/a", "/srv/b c", "/srv/d"])


def test_a_drop_folder_that_the_unit_does_not_know_is_trouble(image: Callable[..., Path]) -> None:
    root = image(patient())

    found = look(patient("/srv/drop"), root)

    assert (Level.TROUBLE, "the service may not write to /srv/drop, /srv/drop/done, /srv/drop/failed") in odd(found)
    assert [one.remedy for one in found if one.level is Level.TROUBLE] == ["scannerd install-service"]
    assert any("would be written otherwise now" in what for level, what in odd(found) if level is Level.WARNING)


def test_shelves_in_another_writable_place_are_two_mounts_to_the_service(image: Callable[..., Path]) -> None:
    one = replace(patient("/srv/drop", ("/srv/music",)), done=Path("/srv/done"))

    assert odd(look(one, image(one))) == [(Level.WARNING, "files move between /srv/done and /srv/drop")]


def test_a_file_that_was_changed_by_hand_is_told_and_no_fault(image: Callable[..., Path]) -> None:
    root = image(patient())
    file = root / "etc/systemd/system/scannerd.service"
    file.write_text(file.read_text() + "# mine\n")

    found = look(patient(), root)

    assert odd(found) == []
    assert "/etc/systemd/system/scannerd.service: changed by hand" in [one.what for one in found]


def test_a_program_that_went_away_is_trouble(image: Callable[..., Path], program: str) -> None:
    root = image(patient())
    Path(program).unlink()

    assert odd(look(patient(), root)) == [
        (Level.TROUBLE, f"{root}/etc/systemd/system/scannerd.service starts {program}, which is no program")
    ]


def test_a_service_that_does_not_start_at_boot_is_a_warning(image: Callable[..., Path]) -> None:
    root = image(patient())
    (root / "etc/systemd/system/multi-user.target.wants/scannerd.service").unlink()

    assert odd(look(patient(), root)) == [(Level.WARNING, "it is not started at boot")]


def test_what_the_service_cannot_see_is_trouble(image: Callable[..., Path]) -> None:
    root = image(patient(libraries=("/tmp/music",)))

    assert odd(look(patient(libraries=("/tmp/music",)), root)) == [
        (Level.TROUBLE, "the service does not see /tmp/music")
    ]
    (root / "etc/systemd/system/scannerd.service.d/home.conf").write_text("[Service]\nProtectHome=yes\n")
    assert (Level.TROUBLE, "the service does not see /home/a/music") in odd(
        look(patient(libraries=("/home/a/music",)), root)
    )


def test_no_service_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert levels(look(patient(), tmp_path)) == [Level.OK]


def test_a_service_of_a_user_ends_with_the_session_without_linger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pwd

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "systemd/user").mkdir(parents=True)
    (tmp_path / "systemd/user/scannerd.service").write_text("")

    assert odd(look(patient(), tmp_path)) == [(Level.WARNING, "it ends when you log out")]
    linger = tmp_path / "var/lib/systemd/linger" / pwd.getpwuid(os.geteuid()).pw_name
    linger.parent.mkdir(parents=True)
    linger.touch()
    assert odd(look(patient(), tmp_path)) == []


# -- The daemon --------------------------------------------------------------------------------------------------------


def test_a_daemon_of_another_version_is_told() -> None:
    found = odd(list(service.judge_version(7, "0.0.9", "0.1.0")))

    assert found == [(Level.WARNING, "process 7 is scannerd 0.0.9, this is 0.1.0")]
    assert odd(list(service.judge_version(7, "0.1.0", "0.1.0"))) == []
    assert odd(list(service.judge_version(7, None, "0.1.0"))) == []


# -- Watches -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folders", "limits", "used", "is_whole", "said"),
    [
        (50_000, Limits(192_536, 128, 16_384), Used(0, 0), True, []),
        (8_000, Limits(8_192, 128, 16_384), Used(1_000, 3), True, ["max_user_watches=32768"]),
        (5_000, Limits(8_192, 128, 16_384), Used(0, 0), False, ["max_user_watches=32768"]),
        (5_000, Limits(8_192, 128, 16_384), Used(0, 0), True, []),
        (10, Limits(8_192, 128, 16_384), Used(0, 125), True, ["max_user_instances=256"]),
        (10, Limits(8_192, 128, 64), Used(0, 0), True, ["max_queued_events=16384"]),
    ],
)
def test_watches_are_judged(folders: int, limits: Limits, used: Used, is_whole: bool, said: list[str]) -> None:
    found = list(watches.judge(folders, limits, used, is_whole=is_whole))

    remedies = [one.remedy for one in found if one.level is Level.WARNING]
    assert [f"fs.inotify.{one} |" in remedy for one, remedy in zip(said, remedies, strict=True)] == [True] * len(said)


def test_what_others_watch_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
import ctypes, sys
libc = ctypes.CDLL(None)
handle = libc.inotify_init()
print(handle >= 0 and libc.inotify_add_watch(handle, b"/", 0x100) > 0, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        # What else goes on here watches now more, now less.
        monkeypatch.setattr(watches, "held", lambda process: held(process) if process.name == str(other.pid) else {})
        found, without_it = (watches._used(os.geteuid(), pid) for pid in (None, other.pid))

    assert (found, without_it) == (Used(1, 1), Used(0, 0))


# -- The machine -------------------------------------------------------------------------------------------------------


def test_a_clock_from_before_the_program_is_trouble() -> None:
    made = datetime(2026, 11, 21, tzinfo=UTC)

    assert levels(list(machine.judge_clock(datetime(1970, 1, 2, tzinfo=UTC), made))) == [Level.TROUBLE]
    assert levels(list(machine.judge_clock(made - timedelta(hours=3), made))) == [Level.OK]
    assert levels(list(machine.judge_clock(made + timedelta(days=900), made))) == [Level.OK]


@pytest.mark.parametrize(
    ("zone", "is_known", "level"),
    [
        ("UTC", False, Level.WARNING),
        ("UTC", True, Level.OK),
        ("Europe/Berlin", False, Level.OK),
    ],
)
def test_a_zone_that_nobody_chose_is_told(zone: str, is_known: bool, level: Level) -> None:
    assert levels(list(machine.judge_zone(zone, is_known=is_known))) == [level]


@pytest.mark.parametrize(
    ("memory", "cores", "workers", "level", "remedy"),
    [
        (8 * GB, 4, 0, Level.OK, ""),
        (GB, 2, 0, Level.OK, ""),
        (512 * MB, 4, 0, Level.WARNING, "set scan.workers = 1"),
        (8 * GB, 2, 16, Level.WARNING, "set scan.workers = 2"),
        (400 * MB, 1, 2, Level.WARNING, "add memory, or use a database elsewhere"),
    ],
)
def test_memory_is_judged(memory: int, cores: int, workers: int, level: Level, remedy: str) -> None:
    [found] = machine.judge_memory(memory, cores, workers)

    assert (found.level, found.remedy) == (level, remedy)


def test_few_open_files_are_told() -> None:
    assert levels(list(machine.judge_open_files(256))) == [Level.WARNING]
    assert levels(list(machine.judge_open_files(1024))) == [Level.OK]
    assert machine._open_files(os.getpid()) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_packed_comics_want_a_program_that_unpacks_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert list(machine.look_for_helpers([Sample()])) == []
    assert levels(list(machine.look_for_helpers([Sample(packed_comics=3)]))) == [Level.WARNING]
    (tmp_path / "unar").write_text("")
    (tmp_path / "unar").chmod(0o755)
    assert list(machine.look_for_helpers([Sample(packed_comics=3)])) == []


def test_a_folder_for_temporary_files_that_is_closed_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.tempfile, "tempdir", "/proc")

    assert levels(list(machine._temporary())) == [Level.TROUBLE]


# -- Asking ------------------------------------------------------------------------------------------------------------


def raising(exc: Exception) -> Callable[[], list[Finding]]:
    def ask() -> list[Finding]:
        raise exc

    return ask


def test_a_look_that_fails_hides_none_of_the_others() -> None:
    looks = [
        Look("a", "/a", raising(PermissionError(13, "Permission denied", "/a/b"))),
        Look("b", "/b", raising(OSError(5, "Input/output error"))),
        Look("c", "/c", raising(ConfigError("it is wrong", hint="mend it"))),
        Look("d", "/d", raising(ValueError("no\nsense"))),
        Look("e", "/e", lambda: [ok("e", "fine")]),
    ]

    found = examine(looks, seconds=60.0)

    assert [(one.about, one.level, one.what, one.remedy) for one in found] == [
        ("a", Level.WARNING, "/a/b is closed to this user", "sudo scannerd doctor"),
        ("b", Level.TROUBLE, "/b cannot be looked at: input/output error", ""),
        ("c", Level.TROUBLE, "it is wrong", "mend it"),
        ("d", Level.WARNING, "the doctor's own look broke: ValueError: no sense", ""),
        ("e", Level.OK, "fine", ""),
    ]
