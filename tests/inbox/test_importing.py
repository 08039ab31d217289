"""The import itself, on a real database with a real reader."""

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.inbox.importing import How, Imported, Outcome, import_file
from scannerd.inbox.settle import Stamp
from scannerd.listens import exports
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


def unread(conn: Conn, path: Path, **more: Any) -> str:
    """Why a file that seems unfinished was not taken in; nothing of it is in the database."""
    imported = import_patiently(conn, path, **more)

    assert imported.outcome is Outcome.CUT_OFF
    assert len(imported.sha256) == 32
    assert imported.report is None
    for table in ("export", "export_row", "listen", "track_lookup"):
        assert conn.execute(f"select count(*) from {table}").fetchone() == (0,)
    return imported.why


def import_patiently(conn: Conn, path: Path, **more: Any) -> Imported:
    listener = get_listener(conn, "me", time_zone="UTC")
    stamp = Stamp.of(path.stat())
    return import_file(conn, path, stamp=stamp, listener=listener, how=How(split_rules()), patient=True, **more)


LINES = ROWS.splitlines(keepends=True)
CUT_OFF = {
    "json": (
        b'{"maloja": {}, "scrobbles": [{"time": 17000000',
        "'half' is cut off: it ends in the middle of item 1 (line 1, column 47)",
    ),
    "a head": (
        b'{"maloj',
        "'half' is in no known format (tried 19 formats); it looks like a JSON object that breaks off",
    ),
    "a torn line": ("".join(LINES[:9])[:-30].encode(), "'half' is cut off: it ends in the middle of a line"),
    "zeros": (
        "".join(LINES[:9]).encode() + bytes(5000),
        "'half' is cut off: it ends in the middle of a line",
    ),
    "gzip": (gzip.compress(LINES[0].encode())[:-9], "'half' is damaged: it ends too early"),
}


@pytest.mark.parametrize("kind", CUT_OFF)
def test_a_file_that_ends_in_the_middle_waits_without_a_trace_and_fails_only_in_the_end(
    conn: Conn, tmp_path: Path, kind: str
) -> None:
    half, (data, why) = tmp_path / "half", CUT_OFF[kind]
    half.write_bytes(data)

    assert unread(conn, half) == why
    assert unread(conn, half) == why
    lines = kind in ("a torn line", "zeros")
    assert take_in(conn, half) is (Outcome.IMPORTED if lines else Outcome.FAILED)
    assert conn.execute("select outcome from export_row where reason like '%broken JSON%'").fetchall() == (
        [("failed",)] if lines else []
    )


def test_a_file_that_has_become_whole_is_taken_in_like_any_other(conn: Conn, tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.write_text("".join(LINES[:9])[:-30])
    unread(conn, half)
    half.write_text("".join(LINES[:20]))
    imported = import_patiently(conn, half)

    assert imported.outcome is Outcome.IMPORTED
    assert conn.execute("select rows_read, rows_stored, rows_failed from export").fetchall() == [(20, 20, 0)]


def test_one_that_is_damaged_fails_at_once_however_patient_we_are(conn: Conn, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"maloja": {}, "scrobbles": [}]')

    assert import_patiently(conn, bad).outcome is Outcome.FAILED


def test_one_that_a_killed_import_had_taken_waits_as_well(conn: Conn, tmp_path: Path) -> None:
    half, (data, why) = tmp_path / "half", CUT_OFF["json"]
    half.write_bytes(data)
    listener = get_listener(conn, "me", time_zone="UTC")
    sha256 = hashlib.sha256(data).digest()
    exports.take(conn, listener, name="half", sha256=sha256, size=len(data), path=os.fsencode(half))

    assert unread(conn, half) == why


def test_who_waits_is_told_of_no_end(conn: Conn, tmp_path: Path) -> None:
    half = tmp_path / "half"
    half.write_bytes(CUT_OFF["json"][0])
    ended: list[Outcome] = []
    unread(conn, half, then=lambda imported, _report: ended.append(imported.outcome))

    assert ended == []
