"""`make soak`: a daemon on which everything happens at once, for minutes, and a model of what must come of it.

SECONDS=600 says how long, SEED=N repeats the same choices (not the same moments). Every round drops exports of a known
truth, edits two libraries and disturbs: kills, signals, frozen processes, other monotonic clocks. Each ends with the
question whether anything is lost, doubled or left, and whether the libraries are what a first scan makes of them. The
later rounds leave the daemon itself alive: its memory and descriptors must stay flat. Exit code 1 says what differs.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# The folders and the comparison of databases are those of the library's own tests.
sys.path += [
    str(Path(__file__).parents[1] / below)
    for below in ("faults", "parsers", "parsers/books", "library", "library/books")
]

import book_content
import library_content
from home import Home
from made_exports import Play, history, write_listenbrainz, write_maloja, write_spotify
from odd_shelf import BookTree
from odd_tree import Tree
from psycopg import sql
from psycopg.conninfo import make_conninfo
from running import PATIENCE, children_of, environment, wait_until, working_in
from truth import Truth

from scannerd.config import load
from scannerd.db import binaries, connect, migrate
from scannerd.library.scan import Mode, scan
from scannerd.wiring import libraries_of, scan_how_of

_SONGS = "add add_album delete move move_folder rename_case replace copy copy_over swap retag"
_BOOKS = "add add_beside delete move rename move_folder replace copy swap"
SONGS, BOOKS = frozenset(_SONGS.split(" ")), frozenset(_BOOKS.split(" "))
LISTENERS = ("", "anna", "béla")
LONGEST = 800
"""So many listens are in one export at most."""
ROUND = 25.0
"""Seconds of trouble between two looks at the outcome."""
GROWTH_MB, GROWTH_HANDLES = 16, 6
"""So much more than when it was warm a daemon may hold in the end."""


class Size(NamedTuple):
    """What a daemon holds."""

    pid: int
    memory: int  # MB
    handles: int
    threads: int


class Soak:
    """One home and all that happens to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        settings = {
            "state": {"folder": str(folder / "state")},
            "database": {"binaries": str(next(iter([*binaries.system(), *binaries.wheel()])).folder)},
            "inbox": {"settle": "100ms", "rescan": "1s", "time_zone": "Europe/Berlin", "listener": "me"},
            "log": {"format": "json"},
        }
        self.home = Home(folder, settings)
        self.home.drop.mkdir(parents=True)
        self.told = history(20_000, 4_000)
        self.truth = Truth()
        self.done: Counter[str] = Counter()
        self.sizes: list[Size] = []
        self.songs, self.books = self._libraries(folder)
        self._made: list[Path] = []
        self._number = 0
        self._asked: list[tuple[str, str, int]] = []
        self._ended_by_us = True  # it was never started

    def _libraries(self, folder: Path) -> tuple[Tree, BookTree]:
        roots = [folder / "music", folder / "books" / "one", folder / "books" / "two"]
        for root in roots:
            root.mkdir(parents=True)
        self.home.daemon.add_library("music", roots[0])
        self.home.daemon.add_library("books", *roots[1:], kind="books")
        songs, books = Tree(roots[0], self.chance, SONGS), BookTree(folder / "books", self.chance, BOOKS)
        for number in range(12):
            songs.make_album(f"Artist {number % 5}/Album {number}", f"Artist {number % 5}", f"Album {number}", 8)
            books.do_add()
        return songs, books

    def round(self, seconds: float, *, gentle: bool) -> list[str]:
        """Trouble, then peace, then what is wrong. A gentle one leaves the daemon itself alive."""
        until = time.monotonic() + seconds
        trouble = [self.kill_child, self.kill_backend, self.kill_server, self.hang_up, self.freeze]
        if not gentle:
            trouble += [self.kill_all, self.kill_daemon, self.stop, self.kill_all]
        work: list[Callable[[], None]] = [self.drop] * 8 + [self.edit_songs] * 5 + [self.edit_books] * 4
        while time.monotonic() < until:
            self._alive()
            act = self.chance.choice(work + trouble)
            self.done[act.__name__] += 1
            act()
            time.sleep(self.chance.choice((0.0, 0.01, 0.1, 0.5, 1.0)))
        return self.faults()

    def drop(self) -> None:
        """An export nobody has seen, one that overlaps, the same bytes again, or no export at all."""
        self._number += 1
        listener = self.chance.choice(LISTENERS)
        kind = self.chance.choice(("maloja", "maloja", "listenbrainz", "spotify", "again", "garbage"))
        made = self.home.folder / f"made-{self._number}"
        if kind == "again" and self._made:
            self._lay(Path(shutil.copy(self.chance.choice(self._made), made)), listener, "done", again=True)
            return
        if kind == "garbage":
            made.write_text(f"Dear diary, this is day {self._number}.\n" * 9)
            self._lay(made, listener, "failed")
            return
        listener, kind, first = self._export_of(listener, kind)
        plays = self.told[first : first + self.chance.randint(2, LONGEST)]
        {"listenbrainz": write_listenbrainz, "spotify": write_spotify}.get(kind, self._maloja)(made, plays)
        self.truth.tell(listener or "me", plays)
        self._lay(made, listener, "done")

    def _export_of(self, listener: str, kind: str) -> tuple[str, str, int]:
        """Whose, by which service, from where on: often by one that was asked before, for some of the same time."""
        first = self.chance.randrange(len(self.told) - LONGEST)
        if self._asked and self.chance.random() < 0.5:
            listener, kind, first = self.chance.choice(self._asked)
            first += self.chance.randint(-LONGEST, LONGEST) // 2
        self._asked.append((listener, kind, max(0, min(first, len(self.told) - LONGEST))))
        return self._asked[-1]

    def _maloja(self, made: Path, plays: list[Play]) -> None:
        write_maloja(made, plays, exported_at=self._number)

    def _lay(self, made: Path, listener: str, ends: str, *, again: bool = False) -> None:
        self.truth.put(ends, made)
        if ends == "done" and not again and len(self._made) < 30 and not listener:
            self._made.append(Path(shutil.copy(made, self.home.folder / f"kept-{self._number}")))
        if again:
            # The same bytes may be another listener's first ones.
            listener = ""
        place = self.home.drop / listener
        place.mkdir(exist_ok=True)
        made.rename(place / f"{self._number}{self.chance.choice(('.json', '.zip', '', '.txt'))}")

    def edit_songs(self) -> None:
        self.songs.edit()

    def edit_books(self) -> None:
        names = sorted(self.books.features)
        if len(self.books.files()) < 5:
            names = ["add"]
        getattr(self.books, f"do_{self.chance.choice(names)}")()

    def kill_all(self) -> None:
        self._ended_by_us = True
        self.home.daemon.kill()

    def kill_daemon(self) -> None:
        self._ended_by_us = True
        self.home.daemon.kill_alone()

    def stop(self) -> None:
        self._ended_by_us = True
        self.home.look.close()
        pid = self.home.daemon.pid
        try:
            code = self.home.daemon.stop()
        except subprocess.TimeoutExpired:
            _signal(pid, signal.SIGABRT)  # it says where it hangs
            wait_until(lambda: not self.home.daemon.is_running, "it ends at last")
            code = None
        assert code == 0, f"it ended with {code}:\n{self.home.daemon.errors()}"

    def kill_child(self) -> None:
        """A reader, a worker, the watcher: whichever of them, or of theirs."""
        found = children_of(self.home.daemon.pid)
        found += [below for child in found for below in children_of(child)]
        theirs = set(self.home.server.processes())
        if found := [pid for pid in found if pid not in theirs]:
            _signal(self.chance.choice(found), signal.SIGKILL)

    def kill_backend(self) -> None:
        rows = self.home.look.rows("select pid from pg_stat_activity where application_name = 'scannerd'") or []
        if rows:
            end = self.chance.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGTERM))
            _signal(self.chance.choice(rows)[0], end)

    def kill_server(self) -> None:
        pid = self.home.server.postmaster()
        if pid is not None:
            _signal(pid, self.chance.choice((signal.SIGKILL, signal.SIGQUIT)))

    def hang_up(self) -> None:
        _signal(self.home.daemon.pid, signal.SIGHUP)

    def freeze(self) -> None:
        with self.home.daemon.frozen():
            time.sleep(self.chance.uniform(0.1, 3))

    def _alive(self) -> None:
        """Start it where it was ended, perhaps under another monotonic clock; by itself it must not have ended."""
        if self.home.daemon.is_running:
            return
        assert self._ended_by_us, f"it ended by itself:\n{self.home.daemon.errors()}"
        self._ended_by_us = False
        within: tuple[str, ...] = ()
        if self.chance.random() < 0.3 and _can_turn_clocks():
            within = (*_TURNED, str(self.chance.choice((-int(time.monotonic()) + 5, 86_400, 315_360_000))))
        self.home.daemon.start(*within, PYTHONFAULTHANDLER="1")
        wait_until(lambda: self.home.daemon.count("watching") > 0 or not self.home.daemon.is_running, "it watches")

    def faults(self) -> list[str]:
        """What is not as it must be, once all is quiet."""
        self._alive()
        self.home.wait_until_idle()
        self._scan_everything()
        self.home.wait_for_a_look()
        told = [*self.truth.wrong_listens(self.home.look), *self.truth.wrong_files(self.home.drop)]
        told += self._wrong_libraries()
        told += [line for line in self.home.daemon.errors().splitlines() if "Traceback" in line or "mistake in" in line]
        self.sizes.append(_size(self.home.daemon.pid))
        return told

    def _scan_everything(self) -> None:
        """Beside the daemon, which may be at it already."""
        command = [sys.executable, "-P", "-m", "scannerd", "scan", "--accept-missing", "--config"]
        until = time.monotonic() + PATIENCE
        while True:
            config = str(self.home.daemon.config)
            done = subprocess.run(
                [*command, config], env=environment(), cwd=self.home.folder, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return
            assert done.returncode in {69, 75}, done.stderr
            assert time.monotonic() < until, done.stderr
            time.sleep(0.5)

    def _wrong_libraries(self) -> list[str]:
        conninfo = self.home.server.conninfo()
        assert conninfo is not None
        admin, name = make_conninfo(conninfo, user="postgres", dbname="postgres"), sql.Identifier("fresh")
        with connect.connect(admin, autocommit=True) as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            conn.execute(sql.SQL("create database {} owner scannerd").format(name))
        with (
            connect.connect(make_conninfo(conninfo, dbname="fresh"), autocommit=True) as fresh,
            connect.connect(conninfo, autocommit=True) as ours,
        ):
            migrate.migrate(fresh)
            settings = load(self.home.daemon.config, environ={})
            for spec in libraries_of(settings):
                scan(fresh, spec, how=scan_how_of(settings), mode=Mode(), stop=threading.Event())
            told = library_content.differences(library_content.content(fresh), library_content.content(ours))
            told += book_content.differing(fresh, ours)
        return told[:10]

    def grown(self) -> list[str]:
        """How much more the daemon of the last rounds held in the end than when it was warm."""
        own = [size for size in self.sizes if size.pid == self.sizes[-1].pid][1:]
        if len(own) < 3:
            return []
        first, last = own[0], own[-1]
        told = []
        if last.memory - first.memory > GROWTH_MB:
            told.append(f"memory grew from {first.memory} to {last.memory} MB in {len(own)} rounds")
        if last.handles - first.handles > GROWTH_HANDLES:
            told.append(f"descriptors grew from {first.handles} to {last.handles} in {len(own)} rounds")
        return told


_TURNED = (sys.executable, str(Path(__file__).with_name("odd_clock.py")))


def _can_turn_clocks() -> bool:
    tried = subprocess.run([*_TURNED, "86400", sys.executable, "-c", ""], capture_output=True, check=False)
    return tried.returncode == 0


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _size(pid: int) -> Size:
    status = Path(f"/proc/{pid}/status").read_text()
    said = dict(line.split(":", 1) for line in status.splitlines())
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Size(pid, int(said["VmRSS"].split()[0]) // 1024, handles, int(said["Threads"]))


def main() -> int:
    """Run it, and say how it went."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files are told as well
    seconds, seed = float(os.environ.get("SECONDS", "600")), int(os.environ.get("SEED", time.time_ns() % 10**6))
    print(f"soak of {seconds:.0f} s, SEED={seed}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    folder.chmod(0o755)
    soak, began = Soak(folder, seed), time.monotonic()
    told: list[str] = []
    try:
        while not told and (passed := time.monotonic() - began) < seconds:
            told = soak.round(min(ROUND, seconds / 4), gentle=passed > seconds / 2)
            size = soak.sizes[-1]
            print(
                f"{time.monotonic() - began:4.0f} s: {soak.truth.files.total()} files, "
                f"{len(soak.truth.listens)} listens, {len(soak.songs.files())} songs, "
                f"{len(soak.books.files())} files of books, daemon {size.pid} with "
                f"{size.memory} MB, {size.handles} descriptors, {size.threads} threads",
                flush=True,
            )
        told += soak.grown()
        soak.stop()
        told += [f"left running: {one}" for one in (*soak.home.server.processes(), *working_in(folder))]
    except AssertionError as exc:
        told.append(f"{exc}\n{soak.home.daemon.errors()[-3000:]}")
    finally:
        print(", ".join(f"{name} {count}" for name, count in sorted(soak.done.items())))
        print("\n".join(told), flush=True)
        soak.home.end()
    if told:
        print(f"SEED={seed}; all of it lies in {folder}")
        return 1
    print("nothing is lost, nothing doubled, nothing left")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
