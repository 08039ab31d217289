"""What a daemon was killed before it could say is said at the next start."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.inbox.importing import How
from scannerd.inbox.intake import Owner, Shelves
from scannerd.inbox.lane import Lane
from scannerd.inbox.untold import RECENT, tell_untold
from scannerd.model.artist_names import split_rules

pytestmark = pytest.mark.db

OWNER = Owner("me", "UTC")
DATA = json.dumps(
    {
        "status": "ok",
        "list": [{"time": 1_300_000_000, "track": {"artists": ["A"], "title": "T", "album": None, "length": None}}],
    }
).encode()


@pytest.fixture
def session(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(database, autocommit=True) as conn:
        yield conn


@pytest.fixture
def shelves(drop: Path, session: psycopg.Connection[Any]) -> Shelves:
    """With `a.json` taken in."""
    made = Shelves(drop / "done", drop / "failed", drop=drop)
    for folder in (made.done, made.failed):
        folder.mkdir()
    (drop / "a.json").write_bytes(DATA)
    lane = Lane(drop, owner=OWNER, shelves=made, how=How(split_rules()), settle=0.0)
    lane.look()
    (candidate,) = lane.look()
    lane.take_in(session, candidate)
    assert (made.done / "a.json.report.txt").exists()
    return made


def test_a_known_file_without_a_text_gets_one(session: psycopg.Connection[Any], shelves: Shelves) -> None:
    (shelves.done / "again.json").write_bytes(DATA)

    assert tell_untold(session, shelves, OWNER, now=time.time()) == 1
    assert "again.json: already imported on " in (shelves.done / "again.json.report.txt").read_text()
    assert tell_untold(session, shelves, OWNER, now=time.time()) == 0


def test_an_empty_file_without_a_text_gets_one(session: psycopg.Connection[Any], shelves: Shelves) -> None:
    (shelves.failed / "nothing.json").write_bytes(b"")

    assert tell_untold(session, shelves, OWNER, now=time.time()) == 1
    assert (shelves.failed / "nothing.json.why.txt").read_text().startswith("nothing.json: this file is empty")


def test_a_report_that_was_removed_soon_after_is_the_whole_one(
    session: psycopg.Connection[Any], shelves: Shelves
) -> None:
    report = shelves.done / "a.json.report.txt"
    said = report.read_text()
    report.unlink()

    assert tell_untold(session, shelves, OWNER, now=time.time()) == 1
    assert report.read_text() == said


def test_what_is_not_ours_or_came_long_ago_is_left_alone(session: psycopg.Connection[Any], shelves: Shelves) -> None:
    (shelves.done / "photo.jpg").write_bytes(b"no export")
    (shelves.done / "again.json").write_bytes(DATA)
    (shelves.failed / "refused.json").write_bytes(b"no export")

    assert tell_untold(session, shelves, OWNER, now=time.time() + RECENT + 60) == 0
    (shelves.done / "again.json").unlink()
    assert tell_untold(session, shelves, OWNER, now=time.time()) == 0


def test_without_shelves_there_is_nothing_to_tell(session: psycopg.Connection[Any], tmp_path: Path) -> None:
    assert tell_untold(session, Shelves(tmp_path / "x", tmp_path / "y", drop=tmp_path), OWNER, now=time.time()) == 0
