"""What a killed daemon left is ended where its file lies now."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.inbox.importing import How
from scannerd.inbox.intake import Shelves, finish_what_was_left
from scannerd.listens import exports
from scannerd.listens.listener import get_listener
from scannerd.model.artist_names import split_rules

pytestmark = pytest.mark.db

DATA = b"[]"
HASH = hashlib.sha256(DATA).digest()


@pytest.fixture
def session(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(database, autocommit=True) as conn:
        yield conn


def left_by(conn: psycopg.Connection[Any], listener: str, path: Path, state: str) -> int:
    """An export that a killed daemon left in this state."""
    owner = get_listener(conn, listener, time_zone="UTC")
    taken = exports.take(conn, owner, name=path.name, sha256=HASH, size=len(DATA), path=bytes(path))
    conn.execute("update scannerd.export set state = %s where id = %s", [state, taken])
    return taken


def finish(conn: psycopg.Connection[Any], drop: Path) -> None:
    shelves = Shelves(drop / "done", drop / "failed")
    finish_what_was_left(conn, drop, shelves=shelves, how=How(split_rules()))


@pytest.mark.parametrize(
    ("listener", "dropped", "shelved"),
    [
        ("drop", "a.json", "done/a.json"),  # the drop folder itself has that name, as /home/me/drop has "me"
        ("Anna", "anna/a.json", "done/anna/a.json"),
        ("anna", "anna/deep/a.json", "done/anna/a.json"),
        ("me", "MyData/a.json", "done/a.json"),
        ("anna", "failed/anna/a.json", "done/anna/a.json"),  # retried from the shelf of what failed
    ],
)
def test_a_file_that_was_moved_before_the_kill_gets_its_report_and_its_place(
    session: psycopg.Connection[Any], drop: Path, listener: str, dropped: str, shelved: str
) -> None:
    left = left_by(session, listener, drop / dropped, "resolved")
    place = drop / shelved
    place.parent.mkdir(parents=True)
    place.write_bytes(DATA)

    finish(session, drop)

    report = exports.get_report(session, left)
    assert (report.state, report.shelved_as) == ("shelved", bytes(place))
    assert place.with_name("a.json.report.txt").is_file()


def test_a_file_that_went_away_before_it_was_read_is_new_when_it_comes_back(
    session: psycopg.Connection[Any], drop: Path
) -> None:
    left = left_by(session, "me", drop / "a.json", "taken")

    finish(session, drop)

    assert exports.get_report(session, left).state == "failed"
    assert (
        exports.find_failed(session, get_listener(session, "me", time_zone="UTC"), HASH, bytes(drop / "a.json")) is None
    )
