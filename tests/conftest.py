"""A real PostgreSQL for the tests: one cluster per pytest process, one database per test; a shell for commands; and
books without files.

SCANNERD_TEST_POSTGRES says which: `system`, `wheel`, or by default the system's if there is one.
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# pytest's importlib mode gives tests no folder to import from.
sys.path.append(str(Path(__file__).parent))

from made_books import MadeBooks
from waiting import PATIENCE, wait_until

from scannerd import cli_status
from scannerd.cli import main
from scannerd.db import binaries, connect, migrate
from scannerd.db.binaries import Binaries

ROOT = Path(__file__).parents[1]
TEMPLATE = "migrated"

# How long an example takes is the machine's affair. What refuses a change must be repeatable; new examples are looked
# for in runs by hand.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("unhurried"), derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "unhurried")
ROOMY = 2 * 1024**3
"""From so many free bytes on, the cluster lies in memory: a new database then costs 10 ms instead of 400."""


def pytest_configure() -> None:
    """Under nohup, or behind a shell's "&", signals are ignored, and so by every daemon that a test starts."""
    for number, answer in {signal.SIGHUP: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}.items():
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, answer)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker("db")


@pytest.fixture(scope="session")
def postgres() -> Binaries:
    """The programs that the database tests use."""
    wanted = os.environ.get("SCANNERD_TEST_POSTGRES", "")
    kinds = {"system": binaries.system, "wheel": binaries.wheel}
    found = [item for kind, look in kinds.items() if wanted in ("", kind) for item in look()]
    if not found:
        pytest.fail(f"there is no PostgreSQL of the kind {wanted or 'system or wheel'!r} here")
    return found[0]


@pytest.fixture(scope="session")
def new_open_folder() -> Iterator[Callable[[], Path]]:
    """Make an empty folder with a short path that every user may pass through, unlike pytest's own."""
    made: list[Path] = []
    shm = Path("/dev/shm")
    roomy = os.access(shm, os.W_OK | os.X_OK) and shutil.disk_usage(shm).free > ROOMY

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="scannerd-test-", dir=shm if roomy else None)))
        made[-1].chmod(0o755)
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_tmp(new_open_folder: Callable[[], Path]) -> Iterator[Path]:
    """An empty folder that every user may pass through."""
    folder = new_open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(postgres: Binaries, new_open_folder: Callable[[], Path]) -> Iterator[str]:
    """How to reach this session's server as scannerd; nothing in it is durable."""
    folder = new_open_folder()
    command = [sys.executable, str(ROOT / "tests" / "cluster_guard.py"), str(folder / "state"), str(postgres.folder)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,  # Ctrl-C must not end it before it has cleaned up
    ) as guard:
        assert guard.stdout is not None
        conninfo = guard.stdout.readline().strip()
        assert conninfo, "the test cluster did not start; its error is above"
        yield conninfo


@pytest.fixture(scope="session")
def admin(cluster: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser of this session's server, in a database of his own; autocommit."""
    with connect.connect(make_conninfo(cluster, user="postgres", dbname="postgres"), autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="session")
def new_database(cluster: str, admin: psycopg.Connection[Any]) -> Callable[[str], str]:
    """Make a database as a copy of another one, owned by scannerd."""
    owner = sql.Identifier(str(conninfo_to_dict(cluster)["user"]))
    numbers = count(1)
    how = sql.SQL("strategy file_copy" if admin.info.server_version >= 150_000 else "")

    def make(template: str) -> str:
        name = f"test_{next(numbers)}"
        statement = sql.SQL("create database {} template {} owner {} {}")
        admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template), owner, how))
        return make_conninfo(cluster, dbname=name)

    return make


@pytest.fixture(scope="session")
def migrated(admin: psycopg.Connection[Any], new_database: Callable[[str], str]) -> str:
    """The name of a database that is up to date and empty, to be copied and never used."""
    conninfo = new_database("template1")
    with connect.connect(conninfo) as conn:
        migrate.migrate(conn)
    name = str(conninfo_to_dict(conninfo)["dbname"])
    # A session ends after its client went; the server itself waits five seconds for that.
    there = "select from pg_stat_activity where datname = %s and backend_type = 'client backend'"
    wait_until(lambda: not admin.execute(there, [name]).fetchall(), "nobody uses the new database")
    admin.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
    return TEMPLATE


@pytest.fixture
def database(admin: psycopg.Connection[Any], new_database: Callable[[str], str], migrated: str) -> Iterator[str]:
    """How to reach a fresh database that is up to date."""
    conninfo = new_database(migrated)
    yield conninfo
    name = sql.Identifier(str(conninfo_to_dict(conninfo)["dbname"]))
    drop = sql.SQL("drop database {} with (force)").format(name)

    def is_dropped() -> bool:
        try:
            admin.execute(drop)
        except psycopg.errors.ObjectInUse:  # by a session that did not heed within five seconds that it is to end
            return False
        return True

    wait_until(is_dropped, f"{conninfo} is dropped")


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to `database`, as scannerd opens them."""
    with connect.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def books(conn: psycopg.Connection[Any]) -> MadeBooks:
    """Books without files."""
    return MadeBooks(conn)


@dataclass
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs commands, in this process, with settings of the test's own."""

    capture: pytest.CaptureFixture[str]
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | Path) -> Answer:
        self.capture.readouterr()
        code = main([str(word) for word in words])
        return Answer(code, *self.capture.readouterr())

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


@pytest.fixture(autouse=True)
def _every_worker_is_seen_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who killed a worker, or lost it, waits two seconds for it. On a machine that stands still for longer the worker
    would be left to the garbage collector, which is a ResourceWarning, or its death would be told as another."""
    monkeypatch.setattr("scannerd.child._REAPING_SECONDS", PATIENCE)


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Whatever logs go to, and from which level on: what a command sets up is no concern of the next test."""
    root, ours, its = (logging.getLogger(name) for name in ("", "scannerd", "psycopg"))
    handlers, levels = root.handlers[:], [one.level for one in (root, ours, its)]
    yield
    root.handlers[:] = handlers
    for one, level in zip((root, ours, its), levels, strict=True):
        one.setLevel(level)


@pytest.fixture
def bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logging_as_before: None
) -> Shell:
    """Commands of an installation that was never used, without a database; none of them is in a hurry."""
    for patience in ("_PATIENCE", "_DATABASE_PATIENCE"):
        monkeypatch.setattr(cli_status, patience, PATIENCE)
    for name in [name for name in os.environ if name.startswith("SCANNERD_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SCANNERD_STATE__FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Shell(capsys, tmp_path)


@pytest.fixture
def shell(bare: Shell, database: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The same with a database that is up to date and empty."""
    monkeypatch.setenv("SCANNERD_DATABASE__URL", database)
    return bare


@pytest.fixture
def patient_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doctor who takes nothing for silent only because the machine stands still for a while."""
    from scannerd.doctor import rounds, stored, whom
    from scannerd.doctor.examination import examine

    monkeypatch.setattr(rounds, "examine", lambda looks, *, seconds: examine(looks, seconds=PATIENCE))
    for module, seconds in ((rounds, "_FIRST"), (rounds, "_GLANCE"), (whom, "_SECONDS")):
        monkeypatch.setattr(module, seconds, PATIENCE)
    monkeypatch.setattr(stored, "_SECONDS", int(PATIENCE))


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """A folder where every look hangs."""
    from faults.dead_mount import dead_mount

    root = tmp_path / "share"
    root.mkdir()
    with ExitStack() as stack:
        try:
            stack.enter_context(dead_mount(root))
        except OSError as exc:
            pytest.skip(f"no file system can be mounted here: {exc.strerror}")
        yield root
