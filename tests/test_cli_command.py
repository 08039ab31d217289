"""What has to be typed to reach this very scannerd from another terminal."""

import sys
from pathlib import Path

import pytest

from scannerd.cli_command import reaching, this_command
from scannerd.config import load


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where nothing is set yet; the program is found by its name."""
    program = tmp_path / "bin" / "scannerd"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr("sys.argv", [str(program)])
    monkeypatch.chdir(tmp_path)
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def command(home: dict[str, str], config: Path | None = None, **flags: object) -> str:
    return this_command(load(config, flags, home), config, home)


def test_where_everything_is_found_by_itself_the_name_is_enough(home: dict[str, str]) -> None:
    file = Path(home["XDG_CONFIG_HOME"]) / "scannerd" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[state]\nfolder = "/srv/scannerd"\n')

    assert command(home) == "scannerd"


def test_a_file_that_names_the_state_folder_is_enough(home: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[state]\nfolder = "/srv/scannerd"\n')

    assert command(home, file) == f"scannerd --config {file}"


def test_a_file_found_in_this_folder_or_by_a_variable_is_named(home: dict[str, str], tmp_path: Path) -> None:
    here = tmp_path / "scannerd.toml"
    here.write_text("")
    assert command(home) == f"scannerd --config {here}"

    other = tmp_path / "other.toml"
    other.write_text("")
    assert command(home | {"SCANNERD_CONFIG": str(other)}) == f"scannerd --config {other}"


def test_a_state_folder_that_no_file_names_is_said(home: dict[str, str]) -> None:
    assert command(home, None, **{"state.folder": "/srv/scan nerd"}) == "scannerd --set 'state.folder=/srv/scan nerd'"
    assert command(home | {"SCANNERD_STATE__FOLDER": "/srv/s"}) == "scannerd --set state.folder=/srv/s"


def test_a_program_of_another_name_is_reached_by_its_python(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["-c"])

    assert command(home) == f"{sys.executable} -m scannerd"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("scannerd doctor", "/opt/s --config c doctor"),
        ("sudo scannerd doctor", "sudo /opt/s --config c doctor"),
        ("systemctl start scannerd", "systemctl start scannerd"),
        ("scannerd", "scannerd"),
    ],
)
def test_a_remedy_is_told_as_it_has_to_be_typed(text: str, typed: str) -> None:
    assert reaching("/opt/s --config c", text) == typed
