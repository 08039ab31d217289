"""Look, and take in what has settled; trouble with one file holds up that file only."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.errors import DatabaseUnavailable
from scannerd.inbox.importing import How
from scannerd.inbox.intake import Owner, Shelves
from scannerd.inbox.lane import FIRST_PAUSE, Lane
from scannerd.model.artist_names import split_rules

SAMPLE = (Path(__file__).parents[1] / "samples" / "maloja-api-list.json").read_bytes()
SETTLE = 5.0


@pytest.fixture
def session(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(database, autocommit=True) as opened:
        yield opened


def lane_of(drop: Path, *, patience: float = 0.0) -> Lane:
    return Lane(
        drop,
        owner=Owner("me", "UTC"),
        shelves=Shelves(drop / "done", drop / "failed"),
        how=How(split_rules()),
        settle=SETTLE,
        patience=patience,
    )


def names(lane: Lane, now: float) -> list[str]:
    return [candidate.path.name for candidate in lane.look(now)]


def states(conn: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return conn.execute("select name, state from export order by id").fetchall()


def test_files_are_offered_once_settled_the_longest_unchanged_first(drop: Path) -> None:
    lane = lane_of(drop)
    (drop / "b.json").write_bytes(SAMPLE)
    assert names(lane, 0.0) == []
    assert lane.seconds_to_next(1.0) == 4.0

    (drop / "a.json").write_bytes(SAMPLE)
    assert names(lane, 3.0) == []
    assert names(lane, 5.0) == ["b.json"]
    assert names(lane, 8.0) == ["b.json", "a.json"]


def test_a_file_that_is_taken_in_is_gone_from_the_folder(drop: Path, session: psycopg.Connection[Any]) -> None:
    lane = lane_of(drop)
    (drop / "a.json").write_bytes(SAMPLE)
    lane.look(0.0)
    [candidate] = lane.look(5.0)

    lane.take_in(session, candidate, 5.0)

    assert states(session) == [("a.json", "shelved")]
    assert names(lane, 6.0) == []
    assert lane.seconds_to_next(6.0) == float("inf")


def test_files_of_a_read_only_folder_are_taken_in_once_and_stay(
    read_only: Path, session: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    lane = lane_of(read_only)
    lane.look(0.0)
    [candidate] = lane.look(5.0)

    lane.take_in(session, candidate, 5.0)

    assert states(session) == [("a.json", "failed")]
    assert [path.name for path in read_only.iterdir()] == ["a.json"]
    assert names(lane, 100.0) == []
    assert "the drop folder is read-only: files stay there after they were taken in" in caplog.messages


def test_a_file_whose_shelf_cannot_be_made_is_tried_again_later_and_the_others_go_on(
    drop: Path, session: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    lane = lane_of(drop)
    (drop / "done").write_text("a file where the shelf belongs")
    (drop / "good.json").write_bytes(SAMPLE)
    (drop / "bad.json").write_bytes(b"<html>")
    lane.look(0.0)
    for candidate in lane.look(5.0):
        if candidate.path.name != "done":
            lane.take_in(session, candidate, 5.0)

    assert [path.name for path in drop.glob("*.json")] == ["good.json"]
    assert sum("good.json stays where it is, and is tried again" in said for said in caplog.messages) == 1
    assert "good.json" not in names(lane, 5.0 + FIRST_PAUSE / 2)

    (drop / "done").unlink()
    [candidate] = [one for one in lane.look(5.0 + FIRST_PAUSE) if one.path.name == "good.json"]
    lane.take_in(session, candidate, 5.0 + FIRST_PAUSE)
    assert states(session) == [("bad.json", "failed"), ("good.json", "shelved")]
    assert sorted(path.name for path in (drop / "done").iterdir()) == ["good.json", "good.json.report.txt"]


@pytest.mark.parametrize(("link", "dropped"), [("done", "a.json"), ("done/anna", "anna/a.json")])
def test_a_shelf_that_is_a_link_is_never_followed_and_told_once(
    drop: Path,
    tmp_path: Path,
    session: psycopg.Connection[Any],
    caplog: pytest.LogCaptureFixture,
    link: str,
    dropped: str,
) -> None:
    elsewhere, path = tmp_path / "elsewhere", drop / dropped
    for folder in (elsewhere, path.parent, (drop / link).parent):
        folder.mkdir(exist_ok=True)
    (drop / link).symlink_to(elsewhere)
    path.write_bytes(SAMPLE)
    lane = lane_of(drop)
    lane.look(0.0)
    for now in (5.0, 5.0 + FIRST_PAUSE):
        [candidate] = lane.look(now)
        lane.take_in(session, candidate, now)

    assert (path.read_bytes(), list(elsewhere.iterdir())) == (SAMPLE, [])
    assert states(session) == [("a.json", "resolved")]
    why = f"{drop / link} is a symbolic link, which is never followed: set inbox.done_folder or failed_folder instead"
    assert [said for said in caplog.messages if "stays" in said] == [
        f"a.json stays where it is, and is tried again: {why}"
    ]

    (drop / link).unlink()
    [candidate] = lane.look(60.0)
    lane.take_in(session, candidate, 60.0)
    assert states(session) == [("a.json", "shelved")]
    assert (drop / link / "a.json.report.txt").is_file()


def test_a_file_that_somebody_else_imports_is_looked_at_again(
    drop: Path, session: psycopg.Connection[Any], database: str
) -> None:
    from hashlib import sha256

    from scannerd.listens import exports
    from scannerd.listens.listener import get_listener

    lane = lane_of(drop)
    (drop / "a.json").write_bytes(SAMPLE)
    lane.look(0.0)
    [candidate] = lane.look(5.0)
    with connect.connect(database, autocommit=True) as other:
        listener = get_listener(other, "me", time_zone="UTC")
        with exports.only_taker(other, listener, sha256(SAMPLE).digest()) as mine:
            assert mine
            lane.take_in(session, candidate, 5.0)
    assert states(session) == []
    assert 0.0 < lane.seconds_to_next(5.0) <= FIRST_PAUSE

    [candidate] = lane.look(5.0 + FIRST_PAUSE)
    lane.take_in(session, candidate, 5.0 + FIRST_PAUSE)
    assert states(session) == [("a.json", "shelved")]


@pytest.mark.parametrize(("patience", "told"), [(900.0, "15 minutes"), (90.0, "90 seconds")])
def test_a_file_that_ends_in_the_middle_is_given_time_to_become_whole(
    drop: Path, session: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture, patience: float, told: str
) -> None:
    caplog.set_level("INFO")
    lane, half = lane_of(drop, patience=patience), len(SAMPLE) // 2
    (drop / "a.json").write_bytes(SAMPLE[:half])
    lane.look(0.0)
    [candidate] = lane.look(5.0)
    lane.take_in(session, candidate, 5.0)

    assert (states(session), names(lane, patience - 1)) == ([], [])
    assert lane.seconds_to_next(patience - 1) == 1.0
    [said] = [said for said in caplog.messages if "a.json" in said]
    assert said.startswith(f"a.json is not whole yet, and has {told} to become so: ")
    assert "is cut off" in said

    with (drop / "a.json").open("ab") as file:
        file.write(SAMPLE[half:])
    assert names(lane, patience - 1) == []
    [candidate] = lane.look(patience + 4)
    lane.take_in(session, candidate, patience + 4)
    assert states(session) == [("a.json", "shelved")]


def test_a_file_that_never_becomes_whole_fails_in_the_end(drop: Path, session: psycopg.Connection[Any]) -> None:
    lane = lane_of(drop, patience=900.0)
    (drop / "a.json").write_bytes(SAMPLE[:-20])
    lane.look(0.0)
    for now in (5.0, 900.0):
        [candidate] = lane.look(now)
        lane.take_in(session, candidate, now)

    assert states(session) == [("a.json", "failed")]
    assert (drop / "failed" / "a.json").read_bytes() == SAMPLE[:-20]


def test_a_file_that_somebody_has_open_for_writing_waits_until_it_is_closed(
    drop: Path, session: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lane = lane_of(drop, patience=900.0)
    with (drop / "a.json").open("wb", buffering=0) as file:
        file.write(SAMPLE)
        lane.look(0.0)
        for now in (5.0, 10.0):
            [candidate] = lane.look(now)
            lane.take_in(session, candidate, now)
            assert (states(session), names(lane, now + 4.0)) == ([], [])

    [candidate] = lane.look(15.0)
    lane.take_in(session, candidate, 15.0)
    assert states(session) == [("a.json", "shelved")]
    why = "somebody still has it open for writing"
    assert [said for said in caplog.messages if "not whole" in said] == [
        f"a.json is not whole yet, and has 15 minutes to become so: {why}"
    ]


def test_a_file_that_somebody_never_closes_is_taken_in_after_all(drop: Path, session: psycopg.Connection[Any]) -> None:
    lane = lane_of(drop, patience=900.0)
    with (drop / "a.json").open("wb", buffering=0) as file:
        file.write(SAMPLE)
        lane.look(0.0)
        for now in (899.0, 900.0):
            [candidate] = lane.look(now)
            lane.take_in(session, candidate, now)

    assert states(session) == [("a.json", "shelved")]


def test_a_lost_database_leaves_the_file_to_be_offered_again(
    drop: Path, session: psycopg.Connection[Any], database: str
) -> None:
    lane = lane_of(drop)
    (drop / "a.json").write_bytes(SAMPLE)
    lane.look(0.0)
    [candidate] = lane.look(5.0)
    with connect.connect(database, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", [session.info.backend_pid])

    with pytest.raises(DatabaseUnavailable):
        lane.take_in(session, candidate, 5.0)

    assert names(lane, 5.0) == ["a.json"]


def test_an_unforeseen_error_sets_its_file_aside_until_it_changes(
    drop: Path, session: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    lane = lane_of(drop)
    path = drop / "a.json"
    path.write_bytes(SAMPLE)
    session.execute("alter table export rename to moved_away")
    lane.look(0.0)
    [candidate] = lane.look(5.0)

    lane.take_in(session, candidate, 5.0)

    assert "a.json is left alone until it changes" in caplog.messages
    assert names(lane, 100.0) == []
    path.write_bytes(SAMPLE + b" ")
    lane.look(101.0)
    assert names(lane, 106.0) == ["a.json"]


def test_what_is_odd_is_told_once_for_as_long_as_it_lies_there(drop: Path, caplog: pytest.LogCaptureFixture) -> None:
    lane = lane_of(drop)
    os.mkfifo(drop / "odd\nfifo")
    lane.look(0.0)
    lane.look(1.0)
    assert caplog.messages == ["odd\\nfifo is a FIFO"]

    (drop / "odd\nfifo").unlink()
    lane.look(2.0)
    os.mkfifo(drop / "odd\nfifo")
    lane.look(3.0)
    assert len(caplog.messages) == 2


def test_a_folder_that_cannot_be_read_is_told_once_and_welcomed_back(
    drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    lane = lane_of(drop)
    away = drop.rename(drop.with_name("away"))
    assert lane.look(0.0) == lane.look(1.0) == []
    away.rename(drop)
    lane.look(2.0)

    assert caplog.messages == [
        f"the drop folder {drop} cannot be read: no such file or directory",
        f"the drop folder {drop} is back",
    ]


def test_a_folder_that_has_no_room_for_a_probe_is_not_called_unreadable(
    drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs", drop], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"cannot mount a small filesystem here: {done.stderr.decode().strip()}")
    try:
        (drop / "a.json").write_bytes(SAMPLE)
        lane = lane_of(drop)
        assert lane.look(0.0) == lane.look(5.0) == lane.look(6.0) == []
        (drop / "a.json").unlink()
        assert lane.look(7.0) == []
    finally:
        subprocess.run(["umount", "--lazy", drop], check=True)

    assert caplog.messages == [
        f"the drop folder {drop} cannot be written: no space left on device",
        f"the drop folder {drop} can be written again",
    ]
