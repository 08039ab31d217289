"""What a killed daemon left is ended where its file lies now; what cannot be ended holds up no other."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.errors import DatabaseRefused, DatabaseUnavailable
from scannerd.inbox.importing import How
from scannerd.inbox.intake import Shelves
from scannerd.inbox.unfinished import UnfinishedExports
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


def left_by(conn: psycopg.Connection[Any], listener: str, path: Path, state: str, *, sha256: bytes = HASH) -> int:
    """An export that a killed daemon left in this state."""
    owner = get_listener(conn, listener, time_zone="UTC")
    taken = exports.take(conn, owner, name=path.name.replace("\0", ""), sha256=sha256, size=len(DATA), path=bytes(path))
    conn.execute("update scannerd.export set state = %s where id = %s", [state, taken])
    return taken


def unfinished_in(drop: Path) -> UnfinishedExports:
    return UnfinishedExports(drop, shelves=Shelves(drop / "done", drop / "failed"), how=How(split_rules()))


def finish(conn: psycopg.Connection[Any], drop: Path) -> None:
    unfinished_in(drop).finish(conn)


def states(conn: psycopg.Connection[Any]) -> dict[str, str]:
    return dict(conn.execute("select name, state from export order by id").fetchall())


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


@pytest.mark.parametrize("state", ["taken", "failed"])
def test_a_file_that_went_away_before_it_was_taken_in_is_new_when_it_comes_back(
    session: psycopg.Connection[Any], drop: Path, state: str
) -> None:
    left = left_by(session, "me", drop / "a.json", state)

    finish(session, drop)

    listener = get_listener(session, "me", time_zone="UTC")
    assert exports.get_report(session, left).state == "failed"
    assert exports.find_failed(session, listener, HASH, bytes(drop / "a.json"), stays=True) is None
    assert exports.list_unfinished(session, bytes(drop)) == []


def test_while_the_drop_folder_is_away_none_of_its_files_has_left_it(
    session: psycopg.Connection[Any], drop: Path
) -> None:
    left_by(session, "me", drop / "a.json", "taken")
    away = drop.rename(drop.with_name("away"))

    finish(session, drop)
    assert states(session) == {"a.json": "taken"}

    away.rename(drop)
    finish(session, drop)
    assert states(session) == {"a.json": "failed"}


def test_one_that_cannot_be_ended_holds_up_no_other(
    session: psycopg.Connection[Any], drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "scannerd.inbox.unfinished")
    (drop / "done").mkdir()
    (drop / "done" / "anna").write_text("a file where the shelf belongs")
    left_by(session, "me", drop / "poi\0son.json", "resolved", sha256=bytes(32))
    left_by(session, "anna", drop / "anna" / "a.json", "resolved")
    left_by(session, "me", drop / "b.json", "resolved")
    unfinished = unfinished_in(drop)

    for _ in range(3):
        unfinished.finish(session)

    assert states(session) == {"poison.json": "resolved", "a.json": "resolved", "b.json": "shelved"}
    told = [(record.levelname, record.getMessage(), record.exc_info is not None) for record in caplog.records]
    assert told == [
        ("ERROR", "export 1 cannot be finished, and is left alone until the next start", True),
        ("WARNING", f"export 2 waits, for its report or its place on the shelf: {drop}/done/anna is no folder", False),
        ("INFO", "finished " + caplog.messages[2].removeprefix("finished "), False),
    ]

    (drop / "done" / "anna").unlink()
    unfinished.finish(session)
    assert states(session)["a.json"] == "shelved"


def test_one_that_another_ended_meanwhile_is_nobodys_concern(
    session: psycopg.Connection[Any], drop: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for name in ("a.json", "b.json", "c.json"):
        left_by(session, "me", drop / name, "taken", sha256=hashlib.sha256(name.encode()).digest())
    session.execute(
        "create function scannerd.forget() returns trigger language plpgsql as"
        " $$begin delete from scannerd.export where id = 2; return null; end$$"
    )
    session.execute(
        "create trigger forget after update on scannerd.export for each row when (new.id = 1)"
        " execute function scannerd.forget()"
    )

    finish(session, drop)

    assert states(session) == {"a.json": "failed", "c.json": "failed"}
    assert caplog.messages == []


def test_what_the_database_is_to_blame_for_goes_up(session: psycopg.Connection[Any], drop: Path, database: str) -> None:
    left_by(session, "me", drop / "a.json", "taken")
    session.execute("alter table export rename to moved_away")
    with pytest.raises(DatabaseRefused, match=r"^the database refused: relation \"export\" does not exist"):
        finish(session, drop)
    session.execute("alter table scannerd.moved_away rename to export")

    with connect.connect(database, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", [session.info.backend_pid])
    with pytest.raises(DatabaseUnavailable):
        finish(session, drop)


def test_a_link_in_the_place_of_a_shelf_gets_no_report(
    session: psycopg.Connection[Any], drop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.json").write_bytes(DATA)
    (drop / "done").symlink_to(elsewhere)
    left_by(session, "me", drop / "a.json", "resolved")

    finish(session, drop)

    assert [path.name for path in elsewhere.iterdir()] == ["a.json"]
    assert states(session) == {"a.json": "resolved"}
    assert f"{drop}/done is a symbolic link, which is never followed" in caplog.messages[0]
