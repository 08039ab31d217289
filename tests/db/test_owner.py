"""Who runs the private PostgreSQL, and that whoever it is can get where he must."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scannerd.db import binaries, connect, owner, server
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded
from scannerd.db.owner import Owner
from scannerd.errors import EmbeddedError

ROOT = Path(__file__).parents[2]
QUICK = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other users")

# Python itself may lie where only root can go, so everything is imported before root becomes somebody else.
USE_IT = """
import encodings.ascii, os, sys
from pathlib import Path
from scannerd.db import connect
from scannerd.db.embedded import Embedded

state, folder, uid, gid = sys.argv[1:]
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))
with Embedded(Path(state), binaries=Path(folder)) as conninfo, connect.connect(conninfo) as conn:
    print(conn.execute("select current_user, 1 + 1").fetchone())
"""


@pytest.fixture
def nobody() -> Owner:
    entry = pwd.getpwnam("nobody")
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid)


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder from which programs may run, unlike /dev/shm in some containers."""
    folder = Path(tempfile.mkdtemp(prefix="scannerd-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def answer(conninfo: str) -> object:
    with connect.connect(conninfo) as conn:
        return conn.execute("select 1").fetchone()


def holder_of(path: Path) -> str:
    return pwd.getpwuid(path.stat().st_uid).pw_name


@as_root
def test_root_has_it_run_by_the_first_user_there_is(open_tmp: Path, postgres: Binaries) -> None:
    users = {entry.pw_name for entry in pwd.getpwall()}
    expected = next(name for name in ("scannerd", "postgres", "nobody") if name in users)
    with Embedded(open_tmp / "state", binaries=postgres.folder, settings=QUICK) as conninfo:
        answered = answer(conninfo)
        found = server.look(open_tmp / "state" / "postgres" / "data")
        assert found is not None
        runner = holder_of(Path(f"/proc/{found.pid}"))

    assert (answered, runner) == ((1,), expected)
    assert holder_of(open_tmp / "state" / "postgres" / "conf") == "root"


@as_root
def test_root_has_it_run_by_the_user_it_is_told(open_tmp: Path, postgres: Binaries) -> None:
    with Embedded(open_tmp / "state", binaries=postgres.folder, owner="nobody", settings=QUICK):
        pass

    assert holder_of(open_tmp / "state" / "postgres" / "data") == "nobody"
    with Embedded(open_tmp / "state", binaries=postgres.folder, settings=QUICK) as conninfo:
        assert answer(conninfo) == (1,)


@as_root
def test_data_that_belongs_to_another_user_is_not_taken_over(open_tmp: Path) -> None:
    os.chown(open_tmp, 65534, 65534)

    with pytest.raises(EmbeddedError, match=r" belongs to nobody, the database is to run as "):
        owner.choose(next(name for name in ("postgres", "daemon", "bin") if _exists(name)), data=open_tmp)


@pytest.mark.parametrize(("name", "says"), [("no-such-user", "^there is no user 'no-such-user'"), ("root", "root")])
@as_root
def test_a_user_who_cannot_be_the_owner_is_refused(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(EmbeddedError, match=says):
        owner.choose(name, data=tmp_path / "data")


@as_root
def test_the_first_folder_that_blocks_the_owner_is_named(open_tmp: Path, postgres: Binaries) -> None:
    state = open_tmp / "open" / "shut" / "below" / "state"
    state.parent.mkdir(parents=True)
    (open_tmp / "open" / "shut").chmod(0o700)

    with pytest.raises(EmbeddedError) as caught:
        Embedded(state, binaries=postgres.folder, owner="nobody").start()

    assert str(caught.value) == (
        f"nobody, who runs the database, may not enter {open_tmp / 'open' / 'shut'}, on the way to {state / 'postgres'}"
    )
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(f"chmod o+x {open_tmp / 'open' / 'shut'}, or ")


@as_root
def test_programs_of_the_system_that_the_owner_cannot_reach_are_refused(open_tmp: Path, on_disk: Path) -> None:
    system = binaries.system()
    if not system:
        pytest.skip("this system has no PostgreSQL")
    (on_disk / "shut").mkdir(mode=0o700)
    (on_disk / "shut" / "bin").symlink_to(system[0].folder)

    with pytest.raises(EmbeddedError, match=rf"may not enter {on_disk / 'shut'}, on the way to "):
        Embedded(open_tmp / "state", binaries=on_disk / "shut" / "bin", owner="nobody").start()


@as_root
def test_programs_of_the_wheel_that_the_owner_cannot_reach_are_copied(on_disk: Path) -> None:
    wheel = binaries.wheel()
    if not wheel:
        pytest.skip("the wheel is not installed")
    package = wheel[0].folder.parents[1]
    shut = on_disk / "shut"
    shut.mkdir(mode=0o700)
    for name in (package.name, f"{package.name}.libs"):
        (shut / name).symlink_to(package.with_name(name))
    hidden = shut / package.name / wheel[0].folder.relative_to(package)

    for _ in range(2):
        with Embedded(on_disk / "state", binaries=hidden, owner="nobody", settings=QUICK) as conninfo:
            assert answer(conninfo) == (1,)

    copies = on_disk / "state" / "postgres" / "binaries"
    assert [copy.name for copy in copies.iterdir()] == [f"{wheel[0].major}.{wheel[0].minor}"]
    shutil.rmtree(shut)
    found = binaries.find(owner.caller(), cluster_major=wheel[0].major, copies=copies, system_folders=[])
    assert (found.major, found.is_wheel) == (wheel[0].major, True)


@pytest.mark.parametrize("kind", ["system", "wheel"])
@as_root
def test_a_plain_user_has_all_of_it_in_a_folder_of_his_own(open_tmp: Path, nobody: Owner, kind: str) -> None:
    found = {"system": binaries.system, "wheel": binaries.wheel}[kind]()
    if not found:
        pytest.skip(f"there is no PostgreSQL of the kind {kind}")
    if blocked := nobody.first_blocked(found[0].folder):
        pytest.skip(f"nobody may not enter {blocked}")
    os.chown(open_tmp, nobody.uid, nobody.gid)
    arguments = [open_tmp / "state", found[0].folder, str(nobody.uid), str(nobody.gid)]
    done = subprocess.run(
        [sys.executable, "-c", USE_IT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("('scannerd', 2)\n", "")
    assert {holder_of(path) for path in open_tmp.rglob("*")} == {"nobody"}
    assert oct((open_tmp / "state" / "postgres").stat().st_mode & 0o777) == "0o700"


@as_root
def test_root_comes_in_beside_a_plain_users_server(open_tmp: Path, nobody: Owner, postgres: Binaries) -> None:
    state = open_tmp / "state"
    with Embedded(state, binaries=postgres.folder, owner="nobody", settings=QUICK):
        pass
    os.chown(state, nobody.uid, nobody.gid)
    (state / "postgres.lock").unlink()

    with Embedded(state, binaries=postgres.folder, settings=QUICK):
        pass

    assert holder_of(state / "postgres.lock") == "nobody"


def test_a_plain_user_cannot_have_another_run_it(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root can")
    with pytest.raises(EmbeddedError, match="cannot run the database as root"):
        owner.choose("root", data=tmp_path / "data")


def test_our_own_user_needs_no_change_of_user(tmp_path: Path) -> None:
    assert owner.caller().is_caller
    assert owner.caller().run("/bin/sh", "-c", "id -u").stdout == f"{os.geteuid()}\n"


def test_what_it_runs_sees_neither_our_secrets_nor_the_settings_of_another_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCANNERD_DATABASE__URL", "postgresql://me:secret@db/scannerd")
    monkeypatch.setenv("PGDATA", "/elsewhere")

    seen = owner.caller().run("/usr/bin/env").stdout

    assert "secret" not in seen
    assert "PGDATA" not in seen


def _exists(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())
