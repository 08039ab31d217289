"""Where the private PostgreSQL keeps everything: one folder below the state folder.

postgres.lock, postgres.users    who starts, stops and uses it (`users`)
postgres/data                    the cluster; its owner's alone
postgres/socket                  the door; its owner's alone
postgres/log                     one file per day of the week
postgres/conf                    written at every start; `local.conf` is the user's
postgres/binaries                copies of programs whose place the owner cannot reach
postgres/read_password           of the read-only role, when `database.share` is on
postgres-share                   the second door, for a group
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scannerd.db.owner import Owner
from scannerd.db.state_lock import make_state
from scannerd.errors import EmbeddedError

SOCKET_PATH_LIMIT = 107
"""Bytes of a socket's whole path, by the kernel's `sockaddr_un`."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The places of one cluster."""

    state: Path

    @property
    def root(self) -> Path:
        """All but the locks and the group's door."""
        return self.state / "postgres"

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """What the server writes about itself."""
        return self.root / "log"

    @property
    def conf(self) -> Path:
        """The three configuration files; outside `data`, so that root never writes into another user's folder."""
        return self.root / "conf"

    @property
    def binaries(self) -> Path:
        """Copies of the wheel's programs."""
        return self.root / "binaries"

    @property
    def group_socket(self) -> Path:
        """The door of `database.share` for a group."""
        return self.state / "postgres-share"

    def make(self, owner: Owner) -> None:
        """Make what is missing, each with the right owner, and make sure that the owner can get there."""
        make_state(self.state)
        passage = 0o700 if owner.is_caller else 0o711
        for folder in (self.root, self.conf):
            folder.mkdir(exist_ok=True)
            folder.chmod(passage)
        self._check_way(owner)
        make_private(self.log, owner)

    def _check_way(self, owner: Owner) -> None:
        """Refuse, by name, the first folder that keeps the owner from its data."""
        if not owner.is_caller and (blocked := owner.first_blocked(self.root)):
            raise EmbeddedError(
                f"{owner.name}, who runs the database, may not enter {blocked}, on the way to {self.root}",
                hint=f"chmod o+x {blocked}, or put state.folder somewhere else, such as /var/lib/scannerd",
            )

    def write_conf(self, name: str, text: str, owner: Owner) -> None:
        """Replace one configuration file; the server reads it, only we can write it."""
        unfinished = self.conf / f"{name}.new"
        unfinished.write_text(text, encoding="utf-8", errors="surrogateescape")
        unfinished.chmod(0o600 if owner.is_caller else 0o644)
        unfinished.replace(self.conf / name)

    def make_socket_folder(self, owner: Owner, port: int) -> Path:
        """The folder for the socket: below the state folder, or, if that is too deep for the kernel, a runtime one.

        The server writes the choice into its `postmaster.pid`, where everyone finds it.
        """
        for folder in (self.root / "socket", *self._runtime_folders()):
            if not fits(folder, port):
                continue
            if folder.parent == self.root or _usable(folder, owner):
                make_private(folder, owner)
                return folder
        raise EmbeddedError(
            f"{self.root / 'socket'} is too long for a UNIX socket or has a comma, and no other folder will do",
            hint="choose a shorter state.folder, or set XDG_RUNTIME_DIR",
        )

    def _runtime_folders(self) -> list[Path]:
        name = "scannerd-" + hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        # systemd gives a unit the first; /tmp comes last, as units often have a /tmp that nobody else sees.
        places = (os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0], os.environ.get("XDG_RUNTIME_DIR"))
        return [Path(place) / name for place in (*places, tempfile.gettempdir()) if place]


def fits(folder: Path, port: int) -> bool:
    """Whether a socket in this folder has a path that the kernel takes, and libpq, to which a comma ends a host."""
    return b"," not in os.fsencode(folder) and len(os.fsencode(folder / f".s.PGSQL.{port}")) <= SOCKET_PATH_LIMIT


def _usable(folder: Path, owner: Owner) -> bool:
    """Whether the owner can go there, and nobody else put something of that name there first."""
    if folder.is_symlink() or (folder.exists() and folder.stat().st_uid != owner.uid):
        return False
    return os.access(folder.parent, os.W_OK) and owner.first_blocked(folder.parent) is None


def make_private(folder: Path, owner: Owner) -> None:
    """A folder for its owner only; one that somebody else has put there is never taken over."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.lstat().st_uid not in {owner.uid, os.geteuid()} or folder.is_symlink():
            raise EmbeddedError(f"{folder} belongs to somebody else", hint="move it away") from None
    if not owner.is_caller:
        os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    elif folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
