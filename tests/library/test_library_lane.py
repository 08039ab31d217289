"""The libraries' lane: what is due is scanned, one after the other, and nothing that was due is lost."""

import logging
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from waiting import wait_until

from scannerd.db import connect
from scannerd.errors import DatabaseUnavailable
from scannerd.library.due import Due
from scannerd.library.ears import Hearing
from scannerd.library.lane import LOOK_DEAF, LOOK_HEARD, MOST_WARNINGS, REST, STAND_BY, Job, Lane
from scannerd.library.libraries import LibrarySpec, keep_library, only_scan
from scannerd.library.scan import How, PoolLimits
from scannerd.library.watcher import Word

BLUR = {"artist": "Blur", "album": "13"}


@dataclass
class Hands:
    """A lane whose clock the test turns."""

    conn: psycopg.Connection[Any]
    specs: Sequence[LibrarySpec]
    rules: Any
    now: float = 1000.0
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        how = How(self.rules, PoolLimits(workers=1))
        self.lane = Lane(self.specs, how=how, stop=self.stop, settle=5, clock=lambda: self.now)

    def work(self, after: float = 0.0) -> list[Job]:
        """Scan all that is due after a while."""
        self.now += after
        done = []
        while (job := self.lane.next()) is not None:
            self.lane.scan(self.conn, job)
            done.append(job)
        return done

    def hear(self, word: Word, what: bytes = b"", *, library: int = 0) -> None:
        self.lane.hear(self.specs[library].roots[0], word, what)


EVERYTHING = [Job("music", Due(None))]


@pytest.fixture
def hands(shelf: Any) -> Hands:
    """A lane of one library."""
    return Hands(shelf.conn, [shelf.spec], shelf.rules)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The lines at info and above since it was last asked."""
    caplog.set_level(logging.INFO, "scannerd.library.lane")

    def lines() -> list[str]:
        found = [f"{one.levelname} {re.sub(', [0-9.]+ s.$', ')', one.getMessage())}" for one in caplog.records]
        caplog.clear()
        return found

    return lines


def test_every_library_is_scanned_at_the_start(shelf: Any, hands: Hands, told: Callable[[], list[str]]) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)

    assert hands.work() == EVERYTHING
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present", "Blur/13/02 Bugman.flac": "present"}
    assert told() == ["INFO scanned library music: 2 new (files seen: 2)"]


def test_a_folder_that_changed_is_scanned_when_it_is_quiet_and_nothing_else_is(shelf: Any, hands: Hands) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.album("Pulp/Different Class", ["Mile End"], artist="Pulp", album="Different Class")
    hands.work()
    shutil.rmtree(shelf.root / "Pulp")
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    hands.hear(Word.CHANGED, b"Blur/13/")

    assert (hands.lane.seconds_to_next(), hands.work(4)) == (5, [])
    assert hands.work(1) == [Job("music", Due(((os.fsencode(shelf.root), b"Blur/13/"),)))]
    assert shelf.files() == {
        "Blur/13/01 Tender.flac": "present",
        "Blur/13/02 Bugman.flac": "present",
        "Pulp/Different Class/01 Mile End.flac": "present",
    }


def test_a_moved_folder_keeps_its_files_though_both_ends_are_told_apart(shelf: Any, hands: Hands) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    hands.work()
    [before] = shelf.ids().values()
    (shelf.root / "Blur").rename(shelf.root / "B")
    for folder in (b"Blur/13/", b"B/13/"):
        hands.hear(Word.CHANGED, folder)
        hands.work(5)

    assert shelf.ids() == {"B/13/01 Tender.flac": before}


def test_what_is_asked_for_during_a_scan_is_done_after_it(hands: Hands) -> None:
    job = hands.lane.next()
    assert job is not None
    hands.lane.ask("music")
    hands.lane.scan(hands.conn, job)

    assert hands.work() == EVERYTHING


def test_libraries_are_scanned_in_the_order_they_became_due(shelf: Any, tmp_path: Path) -> None:
    specs = [replace(shelf.spec, name=name, roots=(os.fsencode(tmp_path / name),)) for name in ("one", "two")]
    hands = Hands(shelf.conn, specs, shelf.rules)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    assert [job.library for job in hands.work()] == ["one", "two"]
    hands.now += 1
    hands.lane.ask("two")
    hands.now += 1
    hands.lane.ask("one")
    assert [job.library for job in hands.work()] == ["two", "one"]


def test_another_daemons_scan_is_waited_for(hands: Hands, database: str, told: Callable[[], list[str]]) -> None:
    with connect.connect(database, autocommit=True) as other:
        library = keep_library(other, hands.specs[0])
        with only_scan(other, library, "music"):
            assert hands.work() == EVERYTHING
            assert (hands.lane.seconds_to_next(), hands.work(STAND_BY - 1)) == (STAND_BY, [])
            assert told() == []

    assert hands.work(1) == EVERYTHING
    assert hands.work(STAND_BY) == []


def test_a_lost_database_leaves_it_due(hands: Hands, admin: psycopg.Connection[Any], database: str) -> None:
    with connect.connect(database, autocommit=True) as lost:
        job = hands.lane.next()
        assert job is not None
        admin.execute("select pg_terminate_backend(%s)", (lost.info.backend_pid,))
        with pytest.raises(DatabaseUnavailable):
            hands.lane.scan(lost, job)

    assert hands.work() == EVERYTHING


def test_what_nobody_foresaw_in_one_library_does_not_hold_up_the_others(shelf: Any, tmp_path: Path) -> None:
    broken = replace(shelf.spec, name="broken", kind="no kind", roots=(os.fsencode(tmp_path),))
    hands = Hands(shelf.conn, [broken, shelf.spec], shelf.rules)
    pauses = []
    for _ in range(3):
        with pytest.raises(psycopg.errors.CheckViolation):
            hands.work()
        hands.work()
        pauses.append(hands.lane.seconds_to_next())
        hands.now += pauses[-1]

    assert pauses == [1, 2, 4]


def test_a_library_nobody_hears_is_looked_at_every_so_often(hands: Hands) -> None:
    hands.work()

    assert hands.work(LOOK_DEAF - 1) == []
    assert hands.work(1) == EVERYTHING


def test_a_library_that_is_heard_is_looked_at_now_and_then(hands: Hands) -> None:
    hands.hear(Word.HEARING)
    hands.work()

    assert hands.work(LOOK_HEARD - 1) == []
    assert hands.work(1) == EVERYTHING


def test_what_took_long_is_not_repeated_soon(hands: Hands) -> None:
    slow = Hands(hands.conn, hands.specs, hands.rules)
    moments = iter([1000.0, 1000.0, 1060.0])
    slow.lane._clock = lambda: next(moments, 1060.0)
    job = slow.lane.next()
    assert job is not None
    slow.lane.scan(slow.conn, job)

    assert slow.lane.seconds_to_next() == 60 * REST


def test_a_root_that_begins_to_be_heard_or_goes_away_is_looked_at(hands: Hands) -> None:
    hands.work()
    for word in (Word.HEARING, Word.AWAY, Word.HEARING, Word.DEAF):
        hands.hear(word)
        assert hands.work() == EVERYTHING
    hands.hear(Word.DEAF)
    assert hands.work() == []
    assert hands.lane.seconds_to_next() == LOOK_DEAF


def test_a_root_that_is_away_is_told_once_until_it_is_back(
    shelf: Any, hands: Hands, told: Callable[[], list[str]]
) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    hands.work()
    told()
    lines = []
    for _ in range(2):
        away = shelf.root.rename(shelf.root.with_name("away"))
        for _ in range(3):
            hands.work(LOOK_DEAF)
        lines.append(told())
        away.rename(shelf.root)
        hands.work(LOOK_DEAF)

    assert [len(some) for some in lines] == [1, 1]
    assert lines[0][0].startswith(f"WARNING library music: {shelf.root}: cannot be listed: no such file or directory")
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}


def test_of_many_warnings_the_first_ones_are_told(
    shelf: Any, hands: Hands, told: Callable[[], list[str]], tmp_path: Path
) -> None:
    spec = replace(shelf.spec, roots=tuple(os.fsencode(tmp_path / f"away {number:c}") for number in range(97, 110)))
    Hands(hands.conn, [spec], hands.rules).work()

    lines = told()
    assert len(lines) == MOST_WARNINGS + 1
    assert lines[-1] == 'WARNING library music: 3 more warnings; "scannerd scan" shows all'


def test_a_scan_that_found_nothing_new_is_no_line(shelf: Any, hands: Hands, told: Callable[[], list[str]]) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    hands.work()
    told()
    hands.lane.ask("music")
    hands.hear(Word.CHANGED, b"Blur/")

    assert len(hands.work()) == 1
    assert told() == []


def test_a_scan_that_is_stopped_is_no_line_and_loses_nothing(
    shelf: Any, hands: Hands, told: Callable[[], list[str]]
) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    hands.stop.set()
    hands.work()
    assert (told(), shelf.files()) == ([], {})

    hands.stop.clear()
    hands.lane.ask("music")
    hands.work()
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}


def test_how_each_scan_of_a_whole_library_ended_can_be_asked_once(
    shelf: Any, hands: Hands, admin: psycopg.Connection[Any], database: str
) -> None:
    def ended(count: int = 1) -> list[str]:
        found = hands.lane.take_ended()
        assert [one.library for one in found] == ["music"] * count
        return [one.outcome for one in found]

    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    hands.work()
    assert (ended(), ended(0)) == (["2 new"], [])
    hands.hear(Word.CHANGED, b"Blur/13/")
    hands.work(5)
    assert ended(0) == []

    away = shelf.root.rename(shelf.root.with_name("away"))
    hands.work(LOOK_DEAF)
    assert ended() == ["nothing new, 1 warning"]
    away.rename(shelf.root)
    with connect.connect(database, autocommit=True) as lost:
        hands.now += LOOK_DEAF
        job = hands.lane.next()
        assert job is not None
        admin.execute("select pg_terminate_backend(%s)", (lost.info.backend_pid,))
        with pytest.raises(DatabaseUnavailable):
            hands.lane.scan(lost, job)
    [failure] = ended()
    assert failure.startswith("failed: the database ")

    hands.stop.set()
    hands.work()
    assert ended() == ["broken off"]


def test_a_scan_that_is_refused_or_breaks_says_why_it_failed(shelf: Any, tmp_path: Path) -> None:
    books = replace(shelf.spec, kind="books")
    broken = replace(shelf.spec, name="broken", kind="no kind", roots=(os.fsencode(tmp_path),))
    Hands(shelf.conn, [shelf.spec], shelf.rules).work()
    hands = Hands(shelf.conn, [books, broken], shelf.rules)
    with pytest.raises(psycopg.errors.CheckViolation):
        hands.work()

    refused, broke = hands.lane.take_ended()
    assert refused.outcome == 'failed: the library "music" holds music, and the settings call it books now'
    assert broke.outcome.startswith('failed: new row for relation "library" violates check constraint')


def test_a_library_that_another_daemon_works_on_is_no_run_and_told_by_name(hands: Hands, database: str) -> None:
    with connect.connect(database, autocommit=True) as other:
        leader = Hands(other, hands.specs, hands.rules)
        leader.work()
        hands.work()
        assert (hands.lane.standing_by(), hands.lane.take_ended()) == (["music"], [])
        assert leader.lane.standing_by() == []
        ended = other.info.backend_pid

    session = "select 1 from pg_stat_activity where pid = %s"
    wait_until(lambda: not hands.conn.execute(session, [ended]).fetchall(), "the server ended the session")
    hands.work(STAND_BY)
    assert hands.lane.standing_by() == []
    assert [one.outcome for one in hands.lane.take_ended()] == ["nothing new"]


def test_what_a_look_finds_in_a_root_that_came_back_was_not_to_be_heard(shelf: Any, hands: Hands) -> None:
    root = os.fsencode(shelf.root)
    hands.hear(Word.HEARING)
    hands.work()
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    hands.hear(Word.AWAY)
    hands.work(1)
    shelf.album("Blur/13", ["Tender", "Bugman", "Swamp Song"], **BLUR)
    hands.hear(Word.HEARING)
    hands.work(1)
    assert hands.lane.hearing()[root].unheard == 0

    shelf.album("Pulp/Different Class", ["Mile End"], artist="Pulp", album="Different Class")
    hands.hear(Word.CHANGED, b"Pulp/")
    hands.lane.ask("music")
    hands.work()
    assert hands.lane.hearing()[root].unheard == 0

    shutil.rmtree(shelf.root / "Pulp")
    shelf.album("Blur/Blur", ["Beetlebum", "Song 2"], **BLUR)
    hands.work(LOOK_HEARD)
    assert hands.lane.hearing()[root].unheard == 3


def test_a_root_that_is_not_heard_says_why_and_how_often_it_is_looked_at(shelf: Any, hands: Hands) -> None:
    hands.work()
    hands.hear(Word.DEAF, b"the limit of inotify watches\necho fs.inotify")

    assert hands.lane.hearing()[os.fsencode(shelf.root)] == Hearing(
        "music", "polling", None, 0, "the limit of inotify watches", LOOK_DEAF
    )


def test_a_drive_that_does_not_answer_is_not_looked_at_for_that(shelf: Any, hands: Hands) -> None:
    hands.hear(Word.HEARING)
    hands.work()
    hands.hear(Word.SILENT)

    assert hands.work() == []
    assert hands.lane.hearing()[os.fsencode(shelf.root)].mode == "silent"
    hands.hear(Word.HEARING)
    assert hands.work() == EVERYTHING
