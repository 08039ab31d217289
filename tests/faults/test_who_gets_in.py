"""Whatever the umask and whoever runs it: strangers of this machine read nothing private, write nothing, hold nothing.

A real daemon made all there is to see; then another user tries every file, folder and socket of it.
"""

import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from home import Home
from made_exports import REFUSED, Play, write_maloja
from moments import ALL
from running import wait_until

WAYS = [("root", "000"), ("root", "077"), ("nobody", "000"), ("nobody", "077")]
SAMPLE = WAYS[1:2]
STRANGER, MEMBER = 54_322, 54_323
TRY = """
import json, os, socket, stat, sys
found = {}
for place in json.load(sys.stdin):
    may = found.setdefault(place, [])
    for word, mode in (("read", os.R_OK), ("write", os.W_OK)):
        if os.access(place, mode, effective_ids=True):
            may.append(word)
json.dump(found, sys.stdout)
"""
UMASK = "import os, sys; os.umask(int(sys.argv[1], 8)); os.execv(sys.argv[2], sys.argv[2:])"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def tried_by(uid: int, gid: int, places: list[Path]) -> dict[str, list[str]]:
    """What this user may do with each of them, relative to the first."""
    asked = subprocess.run(
        ["/usr/bin/env", "python3", "-I", "-c", TRY],
        input=json.dumps([str(place) for place in places]),
        user=uid,
        group=gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(asked.stdout)
    return {str(Path(place).relative_to(places[0])): may for place, may in found.items() if may}


def everything(state: Path) -> list[Path]:
    return [state, *sorted(state.rglob("*"))]


def run_one(home: Home, told: list[Play], umask: str, within: tuple[str, ...]) -> None:
    """Until a good file and a bad one are on their shelves."""
    if shutil.which("setpriv") is None and within:
        pytest.skip("there is no setpriv to become somebody else with")
    home.daemon.start(*within, sys.executable, "-c", UMASK, umask)

    def watches() -> bool:
        assert home.daemon.is_running, home.daemon.errors()
        return home.drop.is_dir() and home.daemon.count("watching") == 1

    wait_until(watches, "it watches")
    made = [write_maloja(home.folder / "a.json", told[:10]), home.folder / REFUSED]
    made[1].write_text("Dear diary\n" * 50)
    for path in made:
        path.chmod(0o600)
        os.chown(path, home.drop.stat().st_uid, home.drop.stat().st_gid)
        path.rename(home.drop / path.name)  # with its rights: once it lies there it may be taken away
    home.wait_until_idle()


@pytest.fixture
def empty_home(new_home: Callable[..., Home]) -> Home:
    """A home in which the daemon makes everything itself."""
    home = new_home()
    shutil.rmtree(home.state)
    return home


def nobody(home: Home) -> tuple[str, ...]:
    """Become that user, who owns the home, and may read a Python that lies in another's."""
    entry = pwd.getpwnam("nobody")
    os.chown(home.folder, entry.pw_uid, entry.pw_gid)
    who = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    return ("setpriv", *who, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")


def private(may: dict[str, list[str]]) -> dict[str, list[str]]:
    """All but the drop folder and the settings that scannerd writes for PostgreSQL, which hold no secret."""
    return {
        place: words
        for place, words in may.items()
        if not place.startswith("drop") and (not place.startswith("postgres/conf/") or words != ["read"])
    }


@as_root
@pytest.mark.parametrize(("runs_as", "umask"), WAYS if ALL else SAMPLE)
def test_a_stranger_may_neither_read_nor_write_nor_hold_what_is_not_his(
    empty_home: Home, told: list[Play], umask: str, runs_as: str
) -> None:
    run_one(empty_home, told, umask, nobody(empty_home) if runs_as == "nobody" else ())
    may = tried_by(STRANGER, STRANGER, everything(empty_home.state))

    assert private(may) == {".": ["read"]}  # the way to the drop folder
    reports = {"drop/done/a.json.report.txt": ["read"], f"drop/failed/{REFUSED}.why.txt": ["read"]}
    folders = {place: ["read"] for place in ("drop", "drop/done", "drop/failed")}
    # Who may see that something was dropped is the umask's to say, but whoever is to drop files is let in by name or by
    # group; what was dropped keeps its own rights wherever it goes.
    expected = {} if umask == "077" else folders | reports
    assert {place: words for place, words in may.items() if place.startswith("drop")} == expected
    empty_home.look.close()
    assert empty_home.daemon.stop() == 0


@as_root
@pytest.mark.parametrize("umask", ["000", "077"] if ALL else ["000"])
def test_a_group_that_is_let_in_finds_its_door_and_no_other(empty_home: Home, told: list[Play], umask: str) -> None:
    gid = pwd.getpwnam("nobody").pw_gid
    empty_home.change("database", share="group", share_group=grp.getgrgid(gid).gr_name)
    run_one(empty_home, told, umask, nobody(empty_home))
    places = everything(empty_home.state)
    strangers, members = tried_by(STRANGER, STRANGER, places), tried_by(MEMBER, gid, places)

    assert private(strangers) == {".": ["read"]}
    door = {
        "postgres-share": ["read"],
        "postgres-share/.s.PGSQL.5432": ["read", "write"],
        "status.json": ["read"],  # what the daemon is at, where the system has no runtime folder for that
    }
    assert private(members) == {".": ["read"], **door}
    assert (empty_home.state / "postgres" / "read_password").stat().st_mode & 0o777 == 0o600
    empty_home.look.close()
    assert empty_home.daemon.stop() == 0
