"""`scannerd scan` as a real process on a folder of its own, beside a database where nothing ever went wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

# The folders and the comparison of databases are those of the library's own tests.
sys.path.append(str(Path(__file__).parents[1] / "library"))

from home import Home
from library_content import content, differences, left_over
from odd_tree import Tree
from running import PATIENCE, Look, children_of, environment, wait_until, working_in

from scannerd.db import connect
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import How, Mode, scan
from scannerd.model.artist_names import split_rules

ALBUMS, SONGS = 30, 12
_EDITS = "add add_album delete move move_folder rename_case replace break copy copy_over swap retag retag_folder"
KINDS = frozenset(_EDITS.split(" "))
UNAVAILABLE = 69
READ = "select count(*) from scannerd.media_file where parsed_by is not null"
SCANNING = "from pg_stat_activity where application_name = 'scannerd' and datname = current_database()"

Test = Any
"""A test function, with an attribute of ours."""


def strikes(*, in_full: int, in_sample: int) -> Callable[[Test], Test]:
    """Run a test so many times, each with its own `chance`."""

    def mark(test: Test) -> Test:
        test.strikes = (in_full, in_sample)
        return test

    return mark


@dataclass
class Shelf(ABC):
    """A folder of one kind of files, its settings, and the scans that run over it."""

    kind: ClassVar[str]
    full: ClassVar[int]  # files at the start

    folder: Path
    settings: dict[str, dict[str, str]]
    look: Look
    runs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.folder / self.kind
        self.root.mkdir()
        self.config = self.folder / "scan.toml"
        sections = [
            *(f"[{name}]\n" + "".join(f"{key} = '{value}'\n" for key, value in said.items())
              for name, said in self.settings.items()),
            f"[[library]]\nname = '{self.kind}'\nkind = '{self.kind}'\nroots = ['{self.root}']\nschedule = ''\n",
        ]  # fmt: skip
        self.config.write_text("\n".join(sections), encoding="utf-8")

    @classmethod
    @contextmanager
    def on(cls, folder: Path, database: str) -> Iterator[Self]:
        """A shelf in a new folder below this one, on a database that is there; at the end nothing works in it."""
        place = Path(tempfile.mkdtemp(prefix="scan-", dir=folder))
        settings = {"state": {"folder": str(place / "state")}, "database": {"url": database}}
        made = cls(place, settings, Look(lambda: database))
        try:
            yield made
        finally:
            made.end()
        wait_until(lambda: not working_in(place), "the workers noticed that their scan is dead")

    @abstractmethod
    def fill(self, chance: random.Random) -> Tree:
        """Some files, to which things will happen."""

    @abstractmethod
    def faults(self, other: Any, ours: Any) -> list[str]:
        """In what our database differs from the other one, and what is left over in it."""

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start one scan, in a process group of its own."""
        number = len(self.runs)
        with (
            (self.folder / f"scan-{number}.out").open("wb") as out,
            (self.folder / f"scan-{number}.err").open("wb") as err,
        ):
            run = subprocess.Popen(
                [sys.executable, "-P", "-m", "scannerd", "scan", *words, "--config", str(self.config)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.folder, env=environment(),
                start_new_session=True,
            )  # fmt: skip
        self.runs.append(run)
        return run

    def said(self) -> str:
        """What the last scan wrote on stderr."""
        return (self.folder / f"scan-{len(self.runs) - 1}.err").read_text(encoding="utf-8", errors="replace")

    def scan(self, *words: str) -> None:
        """One scan that nobody disturbs."""
        assert self.ended(self.start(*words)) == 0, self.said()

    def ended(self, run: subprocess.Popen[bytes]) -> int:
        """Wait for its end, and the exit code."""
        with suppress(subprocess.TimeoutExpired):
            return run.wait(PATIENCE)
        raise AssertionError(f"it never ended:\n{self.said()}")

    def struck(self, act: Callable[[subprocess.Popen[bytes]], None], chance: random.Random, *, read: str = READ) -> int:
        """Start a scan and strike somewhere in it: before it reads, while it does, when it settles; its exit code.

        `read` counts what was read of all that there is to read.
        """
        before = self.look.value(read) or 0
        run = self.start()
        share = chance.choice([-1.0, 0.0, 0.3, 0.6, 0.9, 1.0])
        delay = chance.uniform(0, 0.05)
        wanted = before + share * (self.full - before)
        if share < 0:
            delay = chance.uniform(0.2, 1.2)
        else:
            wait_until(
                lambda: run.poll() is not None or (self.look.value(read) or 0) > wanted - 1,
                "files are read",
                tick=0.002,
            )
        with suppress(subprocess.TimeoutExpired):
            run.wait(delay)
        if run.poll() is None:
            act(run)
        code = self.ended(run)
        # A session that is at work when its scan is killed holds the lock on the library until the server looks for it.
        wait_until(lambda: not self.look.value(f"select count(*) {SCANNING}"), "the server noticed that the scan ended")
        return code

    def end(self) -> None:
        self.look.close()
        for run in self.runs:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()

    def check(self, fresh: str, conninfo: str) -> None:
        """Equal to what one scan makes of the same folder in a new database."""
        spec = LibrarySpec(self.kind, (os.fsencode(self.root),), self.kind, self.kind)
        with connected(fresh) as other, connected(conninfo) as ours:
            scan(other, spec, how=How(split_rules()), mode=Mode(), stop=threading.Event())
            told = self.faults(other, ours)
            assert not told, "\n".join(told)

    @classmethod
    def outlives_its_server(cls, home: Home, folder: Path, chance: random.Random, fresh: str) -> None:
        """Kill -9 of PostgreSQL somewhere in a first scan: the next one makes it whole."""
        place = Path(tempfile.mkdtemp(prefix="scan-", dir=folder))
        place.chmod(0o755)
        shelf = cls(place, {name: home.settings[name] for name in ("state", "database")}, home.look)

        def strike(_run: subprocess.Popen[bytes]) -> None:
            pid = home.server.postmaster()
            if pid is not None:
                os.kill(pid, signal.SIGKILL)

        try:
            shelf.fill(chance)
            code = shelf.struck(strike, chance)
            assert code in {0, UNAVAILABLE}, shelf.said()
            assert "Traceback" not in shelf.said()
            shelf.look.close()
            wait_until(lambda: not home.server.processes(), "the killed server is gone")
            home.daemon.start()  # so that there is a server to look at afterwards: whoever is the last one out stops it
            home.wait_for_a_look()
            shelf.scan()
            conninfo = home.server.conninfo()
            assert conninfo is not None
            shelf.check(fresh, conninfo)
            assert home.daemon.stop() == 0
        finally:
            shelf.end()
        wait_until(lambda: not working_in(place), "the workers noticed that their scan is dead")


class MusicShelf(Shelf):
    """A music folder."""

    kind = "music"
    full = ALBUMS * SONGS

    def fill(self, chance: random.Random) -> Tree:
        """Some albums."""
        tree = Tree(self.root, chance, KINDS)
        for number in range(ALBUMS):
            tree.make_album(f"Artist {number % 9}/Album {number}", f"Artist {number % 9}", f"Album {number}", SONGS)
        return tree

    def faults(self, other: Any, ours: Any) -> list[str]:
        return [*differences(content(other), content(ours)), *map(str, left_over(ours).items())]


@contextmanager
def connected(conninfo: str) -> Iterator[Any]:
    """An ordinary connection."""
    with connect.connect(conninfo, application_name="faults", autocommit=True) as conn:
        yield conn


def kill(run: subprocess.Popen[bytes]) -> None:
    """Kill -9 of the scan; its workers have to notice by themselves."""
    run.kill()


def kill_group(run: subprocess.Popen[bytes]) -> None:
    """Kill -9 of the scan and its workers."""
    os.killpg(run.pid, signal.SIGKILL)


def kill_a_child(run: subprocess.Popen[bytes]) -> None:
    """Kill -9 of one of its workers, if there is any."""
    for pid in children_of(run.pid)[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
