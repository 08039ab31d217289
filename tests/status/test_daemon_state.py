"""What a daemon publishes can be read whole at any moment, and is written only when it changed."""

import os
from pathlib import Path

import pytest

from scannerd.status.daemon_state import DaemonState, FolderState, JobState, LaneState, Published, place, read

STATE = DaemonState(
    pid=7,
    version="1.0",
    started_at=1_700_000_000,
    lanes=(LaneState("the libraries", "scanning music", None, "reading", 5, 10, 1_700_000_001.5, 2),),
    folders=(FolderState("/srv/Müsik", "music", "events", 1_700_000_002.0, 3),),
    jobs=(JobState("upkeep", "@weekly", 1_800_000_000.0, 1_600_000_000.0, "done"),),
)


def test_what_is_published_is_read_again(tmp_path: Path) -> None:
    assert Published(tmp_path / "state.json").publish(STATE)

    assert read(tmp_path / "state.json") == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o640


def test_what_did_not_change_is_not_written(tmp_path: Path) -> None:
    published = Published(tmp_path / "state.json")
    published.publish(STATE)
    before = (tmp_path / "state.json").stat()

    assert not published.publish(STATE)
    assert (tmp_path / "state.json").stat().st_ino == before.st_ino


def test_what_was_withdrawn_is_nothing(tmp_path: Path) -> None:
    published = Published(tmp_path / "state.json")
    published.withdraw()
    published.publish(STATE)
    published.withdraw()

    assert read(tmp_path / "state.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "lanes": [{"odd": 1}]}'])
def test_what_another_version_wrote_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)

    assert read(tmp_path / "state.json") is None


def test_it_stands_in_memory_where_the_system_has_a_place_for_it(tmp_path: Path) -> None:
    state, run = tmp_path / "state", tmp_path / "run"
    run.mkdir()

    found = place(state, {"RUNTIME_DIRECTORY": f"{run}:/elsewhere", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert (found.parent, found.suffix) == (run, ".json")
    assert place(tmp_path / "other", {"RUNTIME_DIRECTORY": str(run)}) != found
    assert place(state, {"XDG_RUNTIME_DIR": str(run)}) == found


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_is_not_ours_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o555)

    assert place(tmp_path / "state", {"XDG_RUNTIME_DIR": str(tmp_path / "run")}) == tmp_path / "state" / "status.json"


def test_without_such_a_place_it_stands_in_the_state_folder(tmp_path: Path) -> None:
    assert place(tmp_path, {"XDG_RUNTIME_DIR": "relative"}) == tmp_path / "status.json"
