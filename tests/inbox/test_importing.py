"""The import itself, on a real database with a real reader."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.inbox.importing import How, Outcome, import_file
from scannerd.inbox.settle import Stamp
from scannerd.listens.listener import get_listener
from scannerd.model.artist_names import split_rules

Conn = psycopg.Connection[Any]
ROWS = "".join(
    f'{{"listened_at": {1_700_000_000 + 300 * number}, "track_metadata": {{"track_name": "Song {number % 50}",'
    f' "artist_name": "Somebody"}}}}\n'
    for number in range(12_000)
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "listens.jsonl"
    path.write_text(ROWS)
    return path


def take_in(conn: Conn, path: Path, **more: Any) -> Outcome:
    listener = get_listener(conn, "me", time_zone="UTC")
    return import_file(
        conn, path, stamp=Stamp.of(path.stat()), listener=listener, how=How(split_rules()), **more
    ).outcome


@pytest.mark.parametrize("added", ["one more line, cut of", ROWS[:200]])
def test_a_file_that_is_written_to_while_it_is_read_is_left_to_settle_and_leaves_no_trace(
    conn: Conn, export: Path, added: str
) -> None:
    def write(phase: str, _done: int, _all: int) -> None:
        if phase == "reading" and len(export.read_text()) == len(ROWS):
            with export.open("a") as file:
                file.write(added)

    assert take_in(conn, export, tell=write) is Outcome.CHANGED
    assert conn.execute("select count(*) from export").fetchone() == (0,)
    assert conn.execute("select count(*) from listen").fetchone() == (0,)


def test_an_export_that_is_damaged_only_because_it_still_grows_has_not_failed(conn: Conn, tmp_path: Path) -> None:
    half = tmp_path / "half.json"
    half.write_text('{"maloja": {}, "scrobbles": [{"time": 17000000')

    def write(phase: str, done: int, all_: int) -> None:
        if phase == "hashing" and done == all_:
            with half.open("a") as file:
                file.write("00")

    assert take_in(conn, half, tell=write) is Outcome.CHANGED
    assert conn.execute("select count(*) from export").fetchone() == (0,)
    assert take_in(conn, half) is Outcome.FAILED
