"""`scannerd install-service`: files that fit this installation, and that nobody's changes are lost by."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scannerd import cli_service
from scannerd.errors import UsageError
from scannerd.service_files import Folders, is_unedited, quoted, signed, system_files, template, user_files

STATE = Path("/var/lib/scannerd")
PROGRAM = ("/opt/scannerd/bin/scannerd", "run")
UNIT = "etc/systemd/system/scannerd.service"
FOLDERS = "etc/systemd/system/scannerd.service.d/20-folders.conf"


@pytest.fixture(autouse=True)
def settings_of_nobody(bare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable is set that a service would not see."""
    for name in [name for name in os.environ if name.startswith("SCANNERD_")]:
        monkeypatch.delenv(name)


def folders(*inbox: str, state: Path = STATE, libraries: tuple[str, ...] = ()) -> Folders:
    return Folders(state, tuple(map(Path, inbox)), tuple(map(Path, libraries)))


def text_of(made: list[Any], name: str) -> str:
    (text,) = [one.text for one in made if one.path.name == name]
    return str(text)


def said_in(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def test_the_unit_is_the_one_we_ship_but_for_the_program() -> None:
    unit = text_of(system_files(PROGRAM, folders(), systemd=252), "scannerd.service")

    assert unit == template("scannerd.service")
    other = text_of(
        system_files(("/usr/bin/py thon", "-m", "100%", "$HOME"), folders(), systemd=252), "scannerd.service"
    )
    assert said_in(other, "ExecStart") == ['"/usr/bin/py thon" -m 100%% $$HOME']
    lines = zip(other.splitlines(), unit.splitlines(), strict=True)
    assert [ours for ours, theirs in lines if ours != theirs] == [f"ExecStart={said_in(other, 'ExecStart')[0]}"]


@pytest.mark.parametrize(("version", "there"), [(0, False), (252, False), (253, True), (257, True)])
def test_only_a_systemd_that_knows_it_gets_notify_reload(version: int, there: bool) -> None:
    system = [one.path.name for one in system_files(PROGRAM, folders(), systemd=version)]
    user = [one.path.name for one in user_files(PROGRAM, Path("/home/a/.config"), systemd=version)]

    assert ("10-notify-reload.conf" in system, "10-notify-reload.conf" in user) == (there, there)


def test_folders_below_the_state_folder_need_no_word() -> None:
    made = system_files(PROGRAM, folders("/var/lib/scannerd/drop", "/var/lib/scannerd/drop/done"), systemd=252)

    text = text_of(made, "20-folders.conf")
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []


def test_a_drop_folder_elsewhere_may_be_written_to_and_is_made_once() -> None:
    inbox = ("/srv/my drop", "/srv/my drop/done", "/srv/my drop/failed")
    made = system_files(PROGRAM, folders(*inbox, libraries=("/srv/music",)), systemd=252)

    text = text_of(made, "20-folders.conf")
    assert said_in(text, "RequiresMountsFor") == ['"/srv/my drop"']
    assert said_in(text, "ReadWritePaths") == ['"-/srv/my drop"']
    tmpfiles = next(one.text for one in made if str(one.path) == "/etc/tmpfiles.d/scannerd.conf")
    assert tmpfiles.splitlines()[-3:] == [
        'd "/srv/my drop" :2770 :scannerd :scannerd -',
        'd "/srv/my drop/done" :2770 :scannerd :scannerd -',
        'd "/srv/my drop/failed" :2770 :scannerd :scannerd -',
    ]


@pytest.mark.parametrize(
    ("inbox", "libraries", "writable"),
    [
        (("/srv/nas/drop", "/srv/nas/done"), (), ["/srv/nas"]),
        (("/srv/nas/drop", "/srv/nas/done"), ("/srv/nas/music",), ["/srv/nas/done", "/srv/nas/drop"]),
        (("/volume1/drop", "/volume1/done"), (), ["/volume1/done", "/volume1/drop"]),
        (("/var/lib/scannerd/drop", "/srv/nas/done"), (), ["/srv/nas/done"]),
        (("/srv/a", "/srv/a-done", "/srv/a/failed"), ("/srv/music",), ["/srv/a", "/srv/a-done"]),
    ],
)
def test_what_files_move_between_is_one_place_where_no_library_lies(
    inbox: tuple[str, ...], libraries: tuple[str, ...], writable: list[str]
) -> None:
    assert list(map(str, folders(*inbox, libraries=libraries).writable())) == writable


def test_a_state_folder_elsewhere_is_made_and_may_be_written_to() -> None:
    made = system_files(PROGRAM, folders("/srv/s/drop", state=Path("/srv/s")), systemd=252)

    assert said_in(text_of(made, "20-folders.conf"), "ReadWritePaths") == ["-/srv/s"]
    tmpfiles = next(one.text for one in made if str(one.path) == "/etc/tmpfiles.d/scannerd.conf")
    assert "d /srv/s 0755 scannerd scannerd -" in tmpfiles.splitlines()


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/srv/drop", "/srv/drop"),
        ("/srv/100%", "/srv/100%%"),
        ("/srv/it's", '"/srv/it\'s"'),
        ('/srv/12" vinyl', "'/srv/12\" vinyl'"),
        ("#5;", '"#5;"'),
        ("", '""'),
    ],
)
def test_a_word_is_quoted_where_it_must_be(word: str, written: str) -> None:
    assert quoted(word) == written


@pytest.mark.parametrize("word", ["/srv/two\nlines", "/srv/back\\slash", "/srv/a'b\"c", os.fsdecode(b"/srv/\xe9")])
def test_a_name_that_systemd_cannot_be_told_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="cannot be written into a unit of systemd"):
        quoted(word)


def test_a_signed_text_is_known_until_somebody_edits_it() -> None:
    text = signed("[Service]\nNice=10\n")

    assert is_unedited(text)
    assert not is_unedited(text.replace("10", "19"))
    assert not is_unedited("[Service]\n")


def test_what_is_written_starts_this_very_installation(bare: Any, tmp_path: Path) -> None:
    answer = bare("install-service", "--root", tmp_path / "image", "--set", "inbox.drop_folder=in box", "--json")

    assert answer.code == 0, answer.err
    unit = (tmp_path / "image" / UNIT).read_text()
    (command,) = said_in(unit, "ExecStart")
    assert command.endswith(f' run --set "inbox.drop_folder={tmp_path}/in box"')
    program = command.split(" run ", maxsplit=1)[0].split()
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True, cwd="/")
    assert said.stdout.startswith("scannerd ")
    assert next((file["path"], file["state"]) for file in answer.json["files"]) == (f"/{UNIT}", "written")
    assert answer.json["next"][:4] == [
        "systemd-sysusers scannerd.conf",
        "systemd-tmpfiles --create scannerd.conf",
        "systemctl daemon-reload",
        "systemctl enable --now scannerd",
    ]
    assert said_in((tmp_path / "image" / FOLDERS).read_text(), "ReadWritePaths") == [f'"-{tmp_path}/in box"']


def test_the_settings_file_goes_along_unless_the_service_finds_it_anyway(bare: Any, tmp_path: Path) -> None:
    file = bare.file("mine.toml", '[inbox]\nlistener = "Anna"\n')
    bare("install-service", "--root", tmp_path / "image", "--config", file)

    (command,) = said_in((tmp_path / "image" / UNIT).read_text(), "ExecStart")
    assert command.endswith(f" run --config {file}")


def test_systemd_takes_what_is_written_for_odd_folders(bare: Any, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    odd = tmp_path / "it's 100% $HOME; #1"
    bare("install-service", "--root", tmp_path / "image", "--set", f"inbox.drop_folder={odd}")

    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "image" / UNIT], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_second_time_changes_nothing_and_a_new_version_replaces_its_own(bare: Any, tmp_path: Path) -> None:
    image = tmp_path / "image"
    bare("install-service", "--root", image)
    (image / FOLDERS).write_text(signed("# as an older version wrote it\n"))
    answer = bare("install-service", "--root", image, "--json")

    states = {file["path"]: file["state"] for file in answer.json["files"]}
    assert (states.pop(f"/{FOLDERS}"), set(states.values())) == ("replaced", {"unchanged"})
    assert is_unedited((image / FOLDERS).read_text())


def test_what_somebody_changed_is_kept_and_the_difference_shown(bare: Any, tmp_path: Path) -> None:
    image = tmp_path / "image"
    bare("install-service", "--root", image)
    unit = image / UNIT
    unit.write_text(unit.read_text().replace("Nice=10", "Nice=19"))
    (image / FOLDERS).unlink()
    refused = bare("install-service", "--root", image)

    assert refused.code == 64
    assert refused.err.splitlines()[0] == (
        f"scannerd: {unit} was written or changed by somebody else; nothing was written"
    )
    assert "-Nice=19" in refused.err.splitlines()
    assert "+Nice=10" in refused.err.splitlines()
    assert not (image / FOLDERS).exists()
    assert bare("install-service", "--root", image, "--force").code == 0
    assert said_in(unit.read_text(), "Nice") == ["10"]


def test_a_unit_that_is_masked_stays_so(bare: Any, tmp_path: Path) -> None:
    unit = tmp_path / "image" / UNIT
    unit.parent.mkdir(parents=True)
    unit.symlink_to("/dev/null")

    assert bare("install-service", "--root", tmp_path / "image").code == 64
    assert unit.is_symlink()


def test_print_shows_all_and_writes_nothing(bare: Any, tmp_path: Path) -> None:
    answer = bare("install-service", "--print", "--root", tmp_path / "image")

    assert answer.code == 0
    assert not (tmp_path / "image").exists()
    headings = [line for line in answer.out.splitlines() if line.startswith("## ")]
    assert headings[0] == f"## /{UNIT}: the service, each line with its reason"
    assert "d /var/lib/scannerd/drop 2770 scannerd scannerd -" in answer.out.splitlines()
    document = bare("install-service", "--print", "--json").json
    assert {file["state"] for file in document["files"]} == {"printed"}
    assert "StateDirectory=scannerd" in document["files"][0]["text"]


def test_a_user_gets_a_service_without_root(bare: Any, tmp_path: Path) -> None:
    answer = bare("install-service", "--user", "--root", tmp_path / "image", "--json")

    # XDG_CONFIG_HOME is the test's own folder.
    [file, *_] = answer.json["files"]
    assert file["path"] == f"{tmp_path}/systemd/user/scannerd.service"
    unit = (tmp_path / "image" / file["path"].lstrip("/")).read_text()
    assert said_in(unit, "WantedBy") == ["default.target"]
    assert said_in(unit, "User") == []
    assert answer.json["next"][2] == "loginctl enable-linger"


def test_without_systemd_it_says_what_to_do_instead(bare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli_service, "_BOOTED", tmp_path / "not there")
    answer = bare("install-service")

    assert answer.code == 64
    assert answer.err.splitlines()[0] == "scannerd: this machine is not run by systemd"
    for word in ("nohup", "Synology", "rc.local", "Containerfile", "--root"):
        assert word in answer.err


def test_who_may_not_write_there_is_told_what_he_may(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.mkdir(mode=0o555)
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and setpriv is not here to take that away")
    powerless = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
    command = [*powerless, sys.executable, "-m", "scannerd", "install-service", "--root", str(image)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 64
    assert done.stderr.splitlines()[0].endswith(f" may not write to {image}")
    assert '"--print"' in done.stderr
    assert list(image.iterdir()) == []


def test_a_password_is_not_written_where_everybody_reads_it(bare: Any, tmp_path: Path) -> None:
    secret = "database.url=postgresql://me:geheim@db/scannerd"
    answer = bare("install-service", "--root", tmp_path / "image", "--set", secret)

    assert answer.code == 64
    assert "/etc/credstore/scannerd.database_url" in answer.err
    assert "geheim" not in answer.out + answer.err
    assert not (tmp_path / "image").exists()


def test_variables_that_the_service_will_not_see_are_told_and_not_heeded(
    bare: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCANNERD_STATE__FOLDER", "/somewhere/else")
    answer = bare("install-service", "--root", tmp_path / "image", "--json")

    assert any(warning.startswith("SCANNERD_STATE__FOLDER: ") for warning in answer.json["warnings"])
    assert "/somewhere/else" not in (tmp_path / "image" / FOLDERS).read_text()
