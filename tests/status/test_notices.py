"""What of a snapshot wants somebody's attention."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scannerd import __version__
from scannerd.errors import DatabaseUnavailable
from scannerd.listens.report import Report
from scannerd.listens.store import Counts
from scannerd.status.daemon_state import DaemonState, FolderState, JobState, LaneState
from scannerd.status.notices import Notice, notices
from scannerd.status.places import Place, without_what_was_removed
from scannerd.status.snapshot import Amounts, DropFolder, LibraryState, Snapshot, Stored

NOW = 1_700_000_000.0
MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUIET = DaemonState(7, __version__, NOW - 86_400, (LaneState("upkeep", "waiting for something to do"),))
STORED = Stored("PostgreSQL 15.18", Amounts(0, 0, 0, 0, 0, 0), (LibraryState("music", 9, 0, 0, MOMENT, False),), ())
WELL = Snapshot(7, QUIET, DropFolder(Path("/drop"), (), ()), STORED, None)
DROP = Place(Path("/drop"), None, "auto", is_heard=True)
MUSIC = Place(Path("/music"), "music", "auto", is_heard=True)
DOCTOR = "scannerd doctor"


def told(snapshot: Snapshot, *places: Place) -> list[Notice]:
    return notices(snapshot, places, start="scannerd run", now=NOW)


def daemon(**change: Any) -> Snapshot:
    return replace(WELL, daemon=replace(QUIET, **change))


def report(state: str, **change: Any) -> Report:
    given: dict[str, Any] = dict.fromkeys(Report.__slots__)
    given |= {"id": 3, "file": "page.json", "state": state, "rows": Counts(0, 0, 0, 0, 0), "taken_at": MOMENT}
    return Report(**(given | change))


def test_where_all_is_well_there_is_nothing_to_do() -> None:
    assert told(WELL, DROP, MUSIC) == []


def test_a_daemon_that_does_not_run_comes_first() -> None:
    away = replace(MUSIC, problem="is not there")

    assert told(replace(WELL, daemon_pid=None, daemon=None), DROP, away) == [
        Notice("daemon", "not running: nothing is taken in, and nothing scanned", "scannerd run"),
        Notice(
            "library music",
            "/music is not there",
            "see that its drive is mounted and answers, or correct the library's roots in the settings",
        ),
    ]


def test_a_drop_folder_that_the_first_start_makes_is_nothing_to_look_after() -> None:
    missing = replace(DROP, problem="is not there")

    assert [notice.about for notice in told(replace(WELL, daemon_pid=None, daemon=None), missing)] == ["daemon"]
    assert told(WELL, missing) == [
        Notice(
            "drop folder",
            "/drop is not there",
            "see that its drive is mounted and answers, or correct inbox.drop_folder",
        )
    ]


def test_a_database_that_is_away_is_told_once_with_its_remedy() -> None:
    lost = DatabaseUnavailable("the database cannot be reached", hint="see whether the server runs")
    waiting = LaneState("the libraries", "waiting", "the database cannot be reached")

    snapshot = replace(daemon(lanes=(waiting,)), stored=None, problem=lost)

    assert told(snapshot) == [Notice("database", "the database cannot be reached", "see whether the server runs")]


@pytest.mark.parametrize(
    ("mode", "why", "what", "mend"),
    [
        ("away", "", "/music is there, but the daemon does not find it", DOCTOR),
        ("polling", "", "changes in /music should be heard, and are not", DOCTOR),
        (
            "polling",
            "the limit of inotify watches",
            "changes in /music should be heard, and are not: the limit of inotify watches",
            DOCTOR,
        ),
        (
            "polling",
            "a name that is no UTF-8: /music/a\\xE9",
            "changes in /music should be heard, and are not: a name that is no UTF-8: /music/a\\xE9",
            "rename it",
        ),
        (
            "silent",
            "",
            "/music does not answer the daemon",
            "see that its drive is mounted and answers, or correct the library's roots in the settings",
        ),
    ],
)
def test_a_folder_that_is_watched_otherwise_than_it_could_be_is_told(mode: str, why: str, what: str, mend: str) -> None:
    snapshot = daemon(folders=(FolderState("/music", "music", mode, why=why),))

    assert told(snapshot, MUSIC) == [Notice("library music", what, mend)]


def test_a_folder_that_is_watched_as_it_should_be_is_nothing_to_look_after() -> None:
    heard = daemon(folders=(FolderState("/music", "music", "events"),))
    polled = daemon(folders=(FolderState("/music", "music", "polling", why="a network drive", every=600.0),))

    assert told(heard, MUSIC) == []
    assert told(polled, replace(MUSIC, is_heard=False)) == []


def test_a_daemon_that_just_started_may_still_be_setting_up_its_watches() -> None:
    snapshot = daemon(folders=(FolderState("/music", "music", "polling"),), started_at=NOW - 60)

    assert told(snapshot, MUSIC) == []


def test_files_that_nobody_heard_of_are_told_once_for_a_library() -> None:
    folders = (
        FolderState("/drop", None, "events", unheard=1),
        FolderState("/a", "music", "events", unheard=5),
        FolderState("/b", "music", "events", unheard=2),
        FolderState("/c", "books", "events"),
    )

    assert told(daemon(folders=folders)) == [
        Notice(
            "drop folder",
            "1 file was found only by looking, though changes are heard",
            'if the number grows, set polling = "always" in its section [inbox]',
        ),
        Notice(
            "library music",
            "7 files were found only by looking, though changes are heard",
            'if the number grows, set polling = "always" in its section [[library]]',
        ),
    ]


@pytest.mark.parametrize(
    ("change", "notice"),
    [
        ({"version": "0.0"}, Notice("daemon", f"it is scannerd 0.0, this is {__version__}", "restart it")),
        (
            {"lanes": (LaneState("upkeep", "waiting", "it broke"),)},
            Notice("upkeep", "it broke; it is tried again by itself", DOCTOR),
        ),
        (
            {"lanes": (LaneState("the drop folder", "standing by: another scannerd works on the drop folder"),)},
            Notice(
                "the drop folder",
                "standing by: another scannerd works on the drop folder",
                "nothing, if two are meant to: this one takes over when the other ends",
            ),
        ),
        (
            {"jobs": (JobState("upkeep", "@weekly", NOW - 301),)},
            Notice("upkeep", "it is overdue: the daemon seems to hang", DOCTOR),
        ),
    ],
)
def test_a_daemon_that_is_not_at_its_work_is_told(change: dict[str, Any], notice: Notice) -> None:
    assert told(daemon(**change)) == [notice]


def test_what_is_stored_may_want_a_look() -> None:
    shelved = report("failed", shelved_as=b"/drop/failed/page.json")
    library = LibraryState("music", 7, 0, 2, MOMENT, False)
    stored = replace(
        STORED, amounts=Amounts(1, 9, 9, 9, 9, 4), libraries=(library,), latest=(shelved, report("shelved"))
    )

    assert told(replace(WELL, stored=stored)) == [
        Notice(
            "export 3",
            "page.json could not be taken in; it lies at /drop/failed/page.json",
            "scannerd exports show 3",
        ),
        Notice(
            "library music",
            "2 files cannot be read",
            """scannerd db query "select path, reason from library_health where problem = 'unreadable'\"""",
        ),
        Notice("names", "4 names were resolved under older rules", "scannerd listens resolve"),
    ]


def test_a_refused_file_that_was_taken_off_its_shelf_needs_nobody(tmp_path: Path) -> None:
    (tmp_path / "there.json").touch()
    there = report("failed", id=1, shelved_as=os.fsencode(tmp_path / "there.json"))
    gone = report("failed", id=2, shelved_as=os.fsencode(tmp_path / "gone.json"))
    left = report("failed", id=3, shelved_as=None)
    done = report("shelved", id=4, shelved_as=os.fsencode(tmp_path / "taken away.json"))

    found = without_what_was_removed(replace(STORED, latest=(there, gone, left, done)))

    assert found.latest == [there, left, done]


def test_things_that_are_not_taken_are_told_by_their_number() -> None:
    snapshot = replace(WELL, drop_folder=DropFolder(Path("/drop"), (), ("link is a symbolic link",)))

    assert told(snapshot) == [
        Notice(
            "drop folder", "1 thing in it is not taken (see above)", "move what it names, or name it in inbox.ignore"
        )
    ]
