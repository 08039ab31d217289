"""A place of its own for one test: a state folder with its server, a drop folder, and the daemons that work on them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from content import Content, content, differences, lying_in
from made_exports import REFUSED
from moments import UNFINISHED
from running import Daemon, Look, Server, wait_until, working_in

from scannerd.db.queries import load

OPEN = f"select count(*) from export where {UNFINISHED}"
_LAST_OF_A_LOOK = [
    load()[name].sql.partition("%")[0] for name in ("list_unfinished_exports", "unlock_export_content")
]  # fmt: skip
_LOOKED = """
    select pid, md5(query), state_change::text from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database() and state = 'idle'
        and exists (select from unnest(%s::text[]) as said where starts_with(query, said))"""
"""When each session was done with what it says last before it lists the drop folder, or before it looks anew."""


@dataclass
class Home:
    """One state folder, its server, its drop folder, and the daemon that works on them."""

    folder: Path
    settings: dict[str, dict[str, str]]
    url: str | None = None
    said: Path | None = None  # where the daemon's output goes, if not to the folder
    others: list[Daemon] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.drop = Path(self.settings["inbox"].get("drop_folder", self.state / "drop"))
        self.server = Server(self.state)
        self.look = Look(self.server.conninfo if self.url is None else lambda: self.url)
        self.daemon = Daemon(self.folder, self.settings, self.said)

    def change(self, section: str, **values: str) -> None:
        """Other settings, before the first start."""
        self.settings[section] = self.settings.get(section, {}) | values
        self.daemon = Daemon(self.folder, self.settings, self.said)

    def another(self, name: str) -> Daemon:
        """A second daemon on the same database and drop folder, with a state folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        own = self.settings | {"state": {"folder": str(folder / "state")}}
        self.others.append(Daemon(folder, own))
        return self.others[-1]

    @property
    def waiting(self) -> list[Path]:
        """The files that still lie in the drop folder itself."""
        shelves = (self.drop / "done", self.drop / "failed")
        found = []
        for place, folders, names in os.walk(self.drop):
            folders[:] = [name for name in folders if Path(place, name) not in shelves]
            found += [path for path in (Path(place, name) for name in names) if path.is_file()]
        return found

    def surprises(self) -> list[str]:
        """Every warning of every daemon's last run, but for the file that is no export."""
        told = [line for daemon in (self.daemon, *self.others) for line in daemon.warnings()]
        return [line for line in told if not line.startswith(REFUSED)]

    def wait_until_idle(self) -> None:
        """Every file is put away, every export has ended."""

        def is_idle() -> bool:
            self._assert_running()
            return not self.waiting and self.look.value(OPEN) == 0

        wait_until(is_idle, f"every file of {self.drop} is put away")
        self.wait_for_a_look()

    def wait_for_a_look(self) -> None:
        """The daemon has looked at the whole drop folder once more and found nothing to do."""
        seen: dict[tuple[int, str], set[str]] = {}

        def has_looked() -> bool:
            self._assert_running()
            for pid, said, moment in self.look.rows(_LOOKED, _LAST_OF_A_LOOK) or []:
                seen.setdefault((pid, said), set()).add(moment)
            # The first may be from before we asked; what begins with the second is over with the third.
            return any(len(moments) > 2 for moments in seen.values())

        wait_until(has_looked, "the daemon looks at the drop folder")

    def wait_until_back(self) -> None:
        """Each time without a database was told of, and its end too: every lane has to be served first."""

        def is_back() -> bool:
            self._assert_running()
            return self.daemon.count("database_lost") == self.daemon.count("database_back")

        wait_until(is_back, "the daemon says that the database is back")

    def _assert_running(self) -> None:
        assert self.daemon.is_running or any(other.is_running for other in self.others), self.daemon.errors()

    def end(self) -> None:
        self.look.close()
        for daemon in (self.daemon, *self.others):
            daemon.end()
        self.server.end()
        wait_until(lambda: not working_in(self.folder), f"nothing works in {self.folder} any more")


@dataclass(frozen=True)
class Undisturbed:
    """What must come out, however often it was killed."""

    content: Content
    files: dict[str, str]

    def check(self, home: Home) -> None:
        """Nothing lost, nothing doubled, nothing left."""
        told = differences(self.content, content(home.look))
        lying = lying_in(home.drop)
        told += [
            f"{path} is not as it was: {lying.get(path)}" for path in self.files if lying.get(path) != self.files[path]
        ]
        told += [f"{path} is left" for path in lying.keys() - self.files.keys()]
        assert not told, "\n".join(told)
