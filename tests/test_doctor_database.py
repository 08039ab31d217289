"""What the doctor says of databases: of real ones, old, new, foreign and private."""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scannerd.db import connect, embedded, owner, server
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded
from scannerd.doctor import programs, stored
from scannerd.doctor import server as doctor_server
from scannerd.doctor.finding import Finding, Level
from scannerd.doctor.patient import Database
from scannerd.doctor.server import Server, judge, judge_release
from scannerd.errors import EmbeddedError

pytestmark = pytest.mark.usefixtures("patient_doctor")
NOT_DURABLE = (Level.TROUBLE, "fsync is off")  # as the cluster of the tests is
HEALTHY = Server(
    keeps_on_disk=True,
    whole_pages=True,
    has_checksums=True,
    knows_letters=True,
    ctype="C.UTF-8",
    is_standby=False,
    may_change=True,
    most_connections=97,
    connections=3,
    size=10_000_000,
    extensions=["pg_trgm", "unaccent"],
    seconds_ahead=0.0,
    version=150_018,
)


def odd(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(one.level, one.what) for one in findings if one.level is not Level.OK]


def look(conninfo: str, state: Path = Path("/nowhere")) -> list[tuple[Level, str]]:
    found = list(stored.look(Database(conninfo, None, None), state, instance="main"))
    return [one for one in odd(found) if one != NOT_DURABLE]


def test_a_database_of_today_is_fine(database: str) -> None:
    assert look(database) == []


def test_the_facts_of_a_real_server_are_asked_for(conn: psycopg.Connection[Any]) -> None:
    facts = doctor_server.look(conn)

    assert (facts.keeps_on_disk, facts.has_checksums, facts.knows_letters, facts.may_change) == (
        False,
        True,
        True,
        True,
    )
    assert (facts.is_standby, facts.old_transactions) == (False, ())
    assert facts.version == conn.info.server_version
    assert facts.most_connections > facts.connections > 0
    assert facts.size > 1_000_000
    assert abs(facts.seconds_ahead) < 1.0


@pytest.mark.parametrize(
    ("change", "level", "said"),
    [
        ({}, None, ""),
        ({"keeps_on_disk": False}, Level.TROUBLE, "fsync is off"),
        ({"whole_pages": False}, Level.TROUBLE, "full_page_writes is off"),
        ({"has_checksums": False}, Level.WARNING, "data checksums are off"),
        ({"is_standby": True}, Level.TROUBLE, "the server is a standby, which only follows another"),
        ({"may_change": False}, Level.TROUBLE, "the user of database.url may not make tables in this database"),
        (
            {"knows_letters": False, "ctype": "C"},
            Level.WARNING,
            "this database knows no letters beyond ASCII (its ctype is C)",
        ),
        ({"extensions": []}, None, ""),
        ({"connections": 90}, Level.WARNING, "90 of 97 connections are in use"),
        ({"seconds_ahead": -90.0}, Level.WARNING, "the server's clock is 1 minute behind ours"),
        ({"seconds_ahead": 86_400.0}, Level.WARNING, "the server's clock is 1 day ahead of ours"),
        (
            {"old_transactions": (("grafana", "Grafana", 7200.0),)},
            Level.WARNING,
            "a transaction of grafana (Grafana) is open for 2 hours",
        ),
    ],
)
def test_a_server_is_judged(change: dict[str, Any], level: Level | None, said: str) -> None:
    found = odd(list(judge(replace(HEALTHY, **change), private=False)))

    assert found == ([(level, said)] if level else [])


@pytest.mark.parametrize(
    ("major", "minor", "is_old"), [(14, 14, True), (14, 15, False), (15, 18, False), (17, 0, True), (18, 0, False)]
)
def test_a_release_with_known_holes_is_told(major: int, minor: int, is_old: bool) -> None:
    assert bool(list(judge_release(major, minor))) is is_old


def test_a_clock_is_asked_within_a_time(conn: psycopg.Connection[Any]) -> None:
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    at = moment.timestamp()

    assert doctor_server._apart(moment, at - 1, at + 1) == 0.0
    assert doctor_server._apart(moment, at + 10, at + 11) == -10.0
    assert doctor_server._apart(moment, at - 11, at - 10) == 10.0


def test_an_older_schema_is_told_with_the_command_that_mends_it(database: str, conn: psycopg.Connection[Any]) -> None:
    [last] = conn.execute("select max(name) from scannerd.migration where name ~ '^\\d'").fetchone() or ()
    conn.execute("delete from scannerd.migration where name = %s", [last])

    found = list(stored.look(Database(database, None, None), Path("/nowhere"), instance="main"))

    [tables] = [one for one in found if one.about == "tables"]
    assert (tables.level, tables.what) == (Level.WARNING, f"they are of an older scannerd, without {last}")
    assert tables.remedy == "scannerd db migrate"


def test_a_newer_schema_is_refused_as_any_command_would(shell: Any, conn: psycopg.Connection[Any]) -> None:
    conn.execute("insert into scannerd.migration (name, checksum) values ('9999_later.sql', '')")

    answer = shell("doctor", "--json")

    assert answer.code == 1
    told = [one["what"] for one in answer.json["findings"] if one["about"] == "database" and one["level"] == "trouble"]
    assert told[-1].startswith("the database is newer than this scannerd")


def test_an_empty_database_is_fine(new_database: Callable[[str], str]) -> None:
    assert look(new_database("template1")) == []


def test_failed_and_unfinished_exports_are_told(database: str, conn: psycopg.Connection[Any]) -> None:
    listener = conn.execute(
        "with music as (insert into catalogue (name) values ('m') returning id)"
        " insert into listener (name, match_key, catalogue_id, time_zone)"
        " select 'a', 'a', id, 'UTC' from music returning id"
    ).fetchone()
    rows = [
        (1, "failed", "0 s", "it failed for good"),
        (2, "failed", "2 h", "it failed, and came again"),
        (2, "shelved", "0 s", None),
        (3, "taken", "0 s", None),
        (4, "stored", "2 h", None),
    ]
    for content, state, age, error in rows:
        conn.execute(
            "insert into export (listener_id, name, sha256, size, state, taken_at, error)"
            " values (%s, 'x', %s, 1, %s, now() - %s::interval, %s)",
            [(listener or (0,))[0], bytes([content]), state, age, error],
        )

    assert look(database) == [
        (Level.WARNING, "1 export failed and did not come again"),
        (Level.WARNING, "1 export began more than an hour ago and did not end"),
    ]


@pytest.mark.parametrize(("count", "is_told"), [(1, False), (51, True)])
def test_many_unreadable_files_are_told(
    database: str, conn: psycopg.Connection[Any], count: int, is_told: bool
) -> None:
    conn.execute(
        "insert into library (instance, name, kind, catalogue_id)"
        " select 'main', 'shelf', 'music', min(id) from catalogue"
    )
    conn.execute("insert into root (library_id, path) select id, '/srv/music' from library")
    conn.execute(
        "insert into media_file (root_id, folder, name, size, mtime_ns, inode, state, reason)"
        " select root.id, '', convert_to(n::text, 'UTF8'), 1, 1, 1, 'unreadable', 'broken'"
        " from root, generate_series(1, %s) as n",
        [count],
    )

    assert look(database) == ([(Level.WARNING, "51 files unreadable")] if is_told else [])


def test_a_transaction_that_somebody_forgot_is_seen(database: str, conn: psycopg.Connection[Any]) -> None:
    # Nobody waits ten minutes for this: what is asked is tried with another age.
    from scannerd.db.queries import load

    asked = load()["list_old_transactions"].sql.replace("interval '10 minutes'", "interval '0 s'")

    def found() -> list[tuple[str, str]]:
        # Nobody's are those of the server itself, which may look after the database just now.
        return [(user, program) for user, program, _ in conn.execute(asked) if user is not None]

    with connect.connect(database, application_name="Grafana") as other:
        other.execute("select 1")
        assert found() == [("scannerd", "Grafana")]
    with connect.connect(database, application_name="scannerd/worker") as ours:
        ours.execute("select 1")
        assert found() == []


# -- The private one ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def state(postgres: Binaries, new_open_folder: Callable[[], Path]) -> Path:
    """A state folder with a cluster that does not run."""
    folder = new_open_folder() / "state"
    with Embedded(folder, binaries=postgres.folder, settings={"fsync": "off"}):
        pass
    return folder


def private(state: Path, named: Path | None = None) -> list[Finding]:
    return list(stored.look(Database(None, named, None), state, instance="main"))


def test_a_private_database_that_rests_is_not_started(state: Path, postgres: Binaries) -> None:
    before = sorted(path.name for path in (state / "postgres" / "data").iterdir())
    [found] = private(state, postgres.folder)

    assert found.level is Level.OK
    assert found.what.startswith(f"{postgres.major}.{postgres.minor} of {postgres.folder} starts with scannerd, as ")
    assert embedded.running(state) is None
    assert sorted(path.name for path in (state / "postgres" / "data").iterdir()) == before


def test_a_private_database_that_runs_is_looked_into(state: Path, postgres: Binaries) -> None:
    with Embedded(state, binaries=postgres.folder, settings={"fsync": "off"}):
        found = private(state, postgres.folder)
        who = owner.choose(None, data=state / "postgres" / "data")
        assert server.processes(state / "postgres" / "data", who)

    assert odd(found) == [NOT_DURABLE]
    assert [one.what for one in found if one.about == "tables"] == ["none yet: made at the first start"]
    assert embedded.running(state) is None


def test_a_private_database_without_its_programs_is_an_error(state: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="holds no PostgreSQL 14 or newer"):
        private(state, tmp_path)


@pytest.fixture
def open_data(state: Path) -> Iterator[Path]:
    """Its data, open to everybody."""
    data = state / "postgres" / "data"
    data.chmod(0o755)
    yield data
    data.chmod(0o700)


def test_data_that_others_may_read_is_trouble_with_the_command_that_mends_it(
    state: Path, open_data: Path, postgres: Binaries
) -> None:
    [found] = [one for one in private(state, postgres.folder) if one.level is not Level.OK]

    assert (found.level, found.what) == (Level.TROUBLE, f"{open_data} is open to others (mode 755)")
    subprocess.run(found.remedy, shell=True, check=True)
    assert odd(private(state, postgres.folder)) == []


def test_a_folder_that_is_no_cluster_yet_is_closed_to_nobody(tmp_path: Path) -> None:
    assert not programs.is_closed(tmp_path)
