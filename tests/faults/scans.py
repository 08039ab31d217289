"""`scannerd scan` as a real process on a music folder of its own, beside a database where nothing ever went wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The music folder and the comparison of databases are those of the library's own tests.
sys.path.append(str(Path(__file__).parents[1] / "library"))

from library_content import content, differences, left_over
from odd_tree import Tree
from running import PATIENCE, Look, environment, wait_until

from scannerd.db import connect
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import How, Mode, scan
from scannerd.model.artist_names import split_rules

ALBUMS, SONGS = 30, 12
_EDITS = "add add_album delete move move_folder rename_case replace break copy copy_over swap retag retag_folder"
KINDS = frozenset(_EDITS.split(" "))
READ = "select count(*) from scannerd.media_file where parsed_by is not null"


@dataclass
class MusicShelf:
    """A music folder, its settings, and the scans that run over it."""

    folder: Path
    settings: dict[str, dict[str, str]]
    look: Look
    runs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = self.folder / "music"
        self.root.mkdir()
        self.config = self.folder / "scan.toml"
        sections = [
            *(f"[{name}]\n" + "".join(f"{key} = '{value}'\n" for key, value in said.items())
              for name, said in self.settings.items()),
            f"[[library]]\nname = 'music'\nroots = ['{self.root}']\nschedule = ''\n",
        ]  # fmt: skip
        self.config.write_text("\n".join(sections), encoding="utf-8")

    def fill(self, chance: random.Random) -> Tree:
        """Some albums, to which things will happen."""
        tree = Tree(self.root, chance, KINDS)
        for number in range(ALBUMS):
            tree.make_album(f"Artist {number % 9}/Album {number}", f"Artist {number % 9}", f"Album {number}", SONGS)
        return tree

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
        assert self.start(*words).wait(PATIENCE) == 0, self.said()

    def struck(self, act: Callable[[subprocess.Popen[bytes]], None], chance: random.Random) -> int:
        """Start a scan and strike somewhere in it: before it reads, while it does, when it settles; its exit code."""
        before = self.look.value(READ) or 0
        run = self.start()
        share = chance.choice([-1.0, 0.0, 0.3, 0.6, 0.9, 1.0])
        delay = chance.uniform(0, 0.05)
        wanted = before + share * (ALBUMS * SONGS - before)
        if share < 0:
            delay = chance.uniform(0.2, 1.2)
        else:
            wait_until(
                lambda: run.poll() is not None or (self.look.value(READ) or 0) > wanted - 1,
                "files are read",
                tick=0.002,
            )
        with suppress(subprocess.TimeoutExpired):
            run.wait(delay)
        if run.poll() is None:
            act(run)
        return run.wait(PATIENCE)

    def end(self) -> None:
        self.look.close()
        for run in self.runs:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()

    def check(self, fresh: str, conninfo: str) -> None:
        """Equal to what one scan makes of the same folder in a new database."""
        spec = LibrarySpec("music", (os.fsencode(self.root),))
        with connected(fresh) as other, connected(conninfo) as ours:
            scan(other, spec, how=How(split_rules()), mode=Mode(), stop=threading.Event())
            told = differences(content(other), content(ours))
            assert not told, "\n".join(told)
            assert left_over(ours) == {}


@contextmanager
def connected(conninfo: str) -> Iterator[Any]:
    """An ordinary connection."""
    with connect.connect(conninfo, application_name="faults", autocommit=True) as conn:
        yield conn


def kill(run: subprocess.Popen[bytes]) -> None:
    """Kill -9 of the whole scan; its workers are in the same group, unless they have to notice by themselves."""
    os.kill(run.pid, signal.SIGKILL)
