"""One settled file is imported, put away and reported on; what stays where it is, is told of once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.inbox.importing import How, Outcome
from scannerd.inbox.intake import Owner, Shelves, intake, refuse_empty
from scannerd.inbox.listing import Candidate
from scannerd.inbox.settle import Stamp
from scannerd.model.artist_names import split_rules

SAMPLE = (Path(__file__).parents[1] / "samples" / "maloja-api-list.json").read_bytes()
PAGE = b"<html>Please log in</html>"


@pytest.fixture
def session(database: str) -> Iterator[psycopg.Connection[Any]]:
    with connect.connect(database, autocommit=True) as conn:
        yield conn


def dropped(drop: Path, name: str, content: bytes, listener: str | None = None) -> Candidate:
    path = drop / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return Candidate(path, listener, Stamp.of(path.stat()))


def take_in(conn: psycopg.Connection[Any], candidate: Candidate, drop: Path, *, may_move: bool) -> Outcome:
    shelves = Shelves(drop / "done", drop / "failed", may_move, drop)
    return intake(conn, candidate, owner=Owner("me", "UTC"), shelves=shelves, how=How(split_rules())).outcome


def names_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_failed_file_that_stays_is_not_tried_again_after_a_restart(
    session: psycopg.Connection[Any], drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    candidate = dropped(drop, "page.json", PAGE)

    outcomes = [take_in(session, candidate, drop, may_move=False) for _ in range(3)]

    assert outcomes == [Outcome.FAILED] * 3
    assert session.execute("select state from export").fetchall() == [("failed",)]
    assert [record.levelname for record in caplog.records if record.name == "scannerd.inbox.intake"] == ["WARNING"]


def test_a_failed_file_that_stayed_goes_to_its_shelf_once_it_may(session: psycopg.Connection[Any], drop: Path) -> None:
    candidate = dropped(drop, "page.json", PAGE)
    take_in(session, candidate, drop, may_move=False)

    take_in(session, candidate, drop, may_move=True)

    assert names_below(drop) == ["failed/page.json", "failed/page.json.why.txt"]
    assert session.execute("select state, shelved_as from export").fetchall() == [
        ("failed", bytes(drop / "failed" / "page.json"))
    ]


def test_other_bytes_under_the_name_of_a_failed_file_are_read(session: psycopg.Connection[Any], drop: Path) -> None:
    take_in(session, dropped(drop, "a.json", PAGE), drop, may_move=False)

    assert take_in(session, dropped(drop, "a.json", SAMPLE), drop, may_move=False) is Outcome.IMPORTED


def test_a_failed_file_that_is_dropped_again_is_tried_again(session: psycopg.Connection[Any], drop: Path) -> None:
    for _ in range(2):
        take_in(session, dropped(drop, "page.json", PAGE), drop, may_move=True)

    assert session.execute("select state from export order by id").fetchall() == [("failed",), ("failed",)]


def test_an_imported_file_that_stays_is_told_of_once_and_its_copy_too(
    session: psycopg.Connection[Any], drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "scannerd.inbox.intake")
    candidate = dropped(drop, "a.json", SAMPLE)
    for _ in range(3):
        take_in(session, candidate, drop, may_move=False)
    assert [message.split(":")[0] for message in caplog.messages] == ["took in a.json"]

    take_in(session, dropped(drop, "b.json", SAMPLE), drop, may_move=False)
    assert caplog.messages[1:] == ["b.json is already imported as export 1 (a.json)"]


def test_an_empty_file_goes_to_its_listeners_shelf(drop: Path) -> None:
    shelves = Shelves(drop / "done", drop / "failed", drop=drop)

    for _ in range(2):
        refuse_empty(dropped(drop, "anna/empty.json", b"", "anna"), shelves=shelves)
    refuse_empty(dropped(drop, "mine.json", b""), shelves=shelves)

    assert names_below(drop) == [
        "failed/anna/empty-e3b0c442.json",
        "failed/anna/empty-e3b0c442.json.why.txt",
        "failed/anna/empty.json",
        "failed/anna/empty.json.why.txt",
        "failed/mine.json",
        "failed/mine.json.why.txt",
    ]


def test_an_empty_file_goes_to_a_shelf_on_another_disk(drop: Path, elsewhere: Path) -> None:
    refuse_empty(dropped(drop, "empty.json", b""), shelves=Shelves(drop / "done", elsewhere / "failed"))

    assert names_below(drop) == []
    assert names_below(elsewhere) == ["failed/empty.json", "failed/empty.json.why.txt"]
