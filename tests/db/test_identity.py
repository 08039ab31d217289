"""A state folder says who it is, once and for good."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scannerd.db.identity import identity_of


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_state_folder_stays_who_it_is_wherever_it_is_mounted(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    first = identity_of(state)
    moved = state.rename(tmp_path / "elsewhere")
    second = identity_of(moved)

    assert first is not None
    assert second is not None
    assert (first.key, first.folder, second.folder) == (second.key, str(state), str(moved))
    assert second.place == f"{second.host}:{moved}"
    assert names(moved) == ["identity"]
    assert stat.S_IMODE((moved / "identity").stat().st_mode) == 0o600


def test_two_state_folders_are_two(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    one, other = map(identity_of, folders)

    assert one is not None
    assert other is not None
    assert one.key != other.key


def test_many_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(identity_of, [tmp_path] * 40))

    assert len(found) == 1
    assert names(tmp_path) == ["identity"]


def test_a_word_that_never_reached_the_disk_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "identity").write_bytes(b"\0" * 33)
    found = identity_of(tmp_path)

    assert found is not None
    assert identity_of(tmp_path) == found
    assert names(tmp_path) == ["identity"]


def test_who_only_looks_makes_nothing_and_a_folder_that_is_not_there_is_nobody(tmp_path: Path) -> None:
    assert identity_of(tmp_path, make=False) is None
    assert identity_of(tmp_path / "missing") is None
    assert names(tmp_path) == []
