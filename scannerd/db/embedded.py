"""The private PostgreSQL of a user who named no other: made, started, shared, stopped, without a question.

Every scannerd that needs it takes part: the first one starts the server, whoever comes later uses it, the last one
out stops it. A kill -9 leaks nothing: the server lives on, and the next one takes it over.
"""

from __future__ import annotations

import logging
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from psycopg.conninfo import make_conninfo

from scannerd.db import binaries, cluster, conf_files, owner, server, share
from scannerd.db.binaries import Binaries
from scannerd.db.folders import Folders
from scannerd.db.memory import available_memory
from scannerd.db.owner import Owner
from scannerd.db.room import is_full, no_room
from scannerd.db.server import Postmaster
from scannerd.db.share import Share
from scannerd.db.users import Users
from scannerd.errors import EmbeddedError

logger = logging.getLogger(__name__)

PORT = 5432
"""Only part of the socket's name, as long as no port is shared."""
_LEAVING = 15.0  # seconds that whoever leaves waits for somebody who comes or goes
ORPHAN_SECONDS = 60.0
"""How long a start waits for the children of a server that was killed."""


class Embedded:
    """Our part in the private PostgreSQL below one state folder."""

    def __init__(
        self,
        state_dir: Path,
        *,
        binaries: Path | None = None,
        owner: str | None = None,
        share: Share | None = None,
        settings: Mapping[str, str] | None = None,
        orphan_seconds: float = ORPHAN_SECONDS,
    ) -> None:
        self._folders = Folders(state_dir.absolute())
        self._binaries = binaries
        self._owner = owner
        self._share = share or Share()
        self._settings = settings or {}
        self._orphan_seconds = orphan_seconds
        self._users = Users(self._folders.state)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Make sure that the server runs, take part in it, and say how to connect."""
        with _disk_errors(self._folders.root):
            who = owner.choose(self._owner, data=self._folders.data)
            self._folders.make(who)
            with self._users.one_at_a_time(), ExitStack() as undo:
                self._users.join()
                undo.callback(self._leave)
                found = self._attach_or_start(who)
                undo.pop_all()
        return _conninfo(found)

    def stop(self) -> None:
        """Take part no more; the last one out stops the server. Stopping twice is harmless."""
        if not self._users.joined:
            return
        with _disk_errors(self._folders.root):
            try:
                with self._users.one_at_a_time(within=_LEAVING):
                    self._leave()
            except TimeoutError:  # whoever comes or goes so slowly is the last one then
                self._users.leave()

    def _leave(self) -> None:
        try:
            if self._users.is_last() and server.look(self._folders.data):
                server.stop(self._folders, owner.choose(None, data=self._folders.data))
        finally:
            self._users.leave()

    def _attach_or_start(self, who: Owner) -> Postmaster:
        found = server.running(self._folders.data, who, patience=self._orphan_seconds)
        if found is None:
            found = self._start(who)
            self._set_door(found)
        elif self._is_shared and not self._has_door(found):
            logger.warning("the database runs already, without database.share; restart every scannerd to open it")
        elif self._is_shared:
            self._set_door(found)
        return found

    def _start(self, who: Owner) -> Postmaster:
        programs = self._find(who)
        if cluster.major(self._folders.data) is None:
            durable = self._settings.get("fsync") != "off"
            cluster.create(self._folders.data, programs, who, durable=durable)
        self._write_conf(who)
        return server.start(self._folders, programs, who)

    def _find(self, who: Owner) -> Binaries:
        found = binaries.find(
            who,
            named=self._binaries,
            cluster_major=cluster.major(self._folders.data),
            copies=self._folders.binaries,
        )
        blocked = None if who.is_caller else who.first_blocked(found.folder)
        if blocked is None:
            return found
        if found.is_wheel:
            return binaries.copy_wheel(found, self._folders.binaries)
        raise EmbeddedError(
            f"{who.name}, who runs the database, may not enter {blocked}, on the way to {found.folder}",
            hint=f"chmod o+x {blocked}, or set database.owner to a user who may",
        )

    def _write_conf(self, who: Owner) -> None:
        folders, port = self._folders, self._share.port or PORT
        sockets = [folders.make_socket_folder(who, port)]
        if self._share.group:
            share.make_group_socket(folders.group_socket, self._share.group, who)
            sockets.append(folders.group_socket)
        settings = conf_files.server_settings(
            conf=folders.conf,
            log=folders.log,
            sockets=sockets,
            port=port,
            loopback=self._share.port is not None,
            group=self._share.group is not None,
            memory=available_memory(),
        )
        folders.write_conf("postgresql.conf", conf_files.postgresql_conf(settings | dict(self._settings)), who)
        folders.write_conf("pg_hba.conf", conf_files.hba_conf(shared=self._is_shared), who)
        folders.write_conf("pg_ident.conf", conf_files.ident_conf([who.name, "root"]), who)

    @property
    def _is_shared(self) -> bool:
        return self._share.port is not None or self._share.group is not None

    def _has_door(self, found: Postmaster) -> bool:
        group_socket = self._folders.group_socket / f".s.PGSQL.{found.port}"
        return (self._share.port is None or (found.loopback and found.port == self._share.port)) and (
            self._share.group is None or group_socket.exists()
        )

    def _set_door(self, found: Postmaster) -> None:
        admin = make_conninfo(_conninfo(found), user=conf_files.ADMIN, dbname="postgres")
        if self._is_shared:
            share.open_door(admin, share.read_password(self._folders.state))
        else:
            share.close_door(admin)


def running(state_dir: Path) -> str | None:
    """How to connect to the server that runs below this state folder, if one does; starts nothing."""
    found = _look(Folders(state_dir.absolute()))
    return _conninfo(found) if found else None


def psql_line(state_dir: Path) -> str:
    """A shell command that opens psql on the running private database."""
    folders = Folders(state_dir.absolute())
    found = _look(folders)
    if found is None:
        raise EmbeddedError(f"the private PostgreSQL of {state_dir} is not running", hint="start it: scannerd run")
    words = ["-h", str(found.folder), "-p", str(found.port), "-U", conf_files.ROLE, "-d", conf_files.DATABASE]
    program = "psql" if shutil.which("psql") else _own_psql(folders)
    return shlex.join([program, *words])


def _own_psql(folders: Folders) -> str:
    who = owner.choose(None, data=folders.data)
    found = binaries.find(who, cluster_major=cluster.major(folders.data), copies=folders.binaries)
    return str(found.program("psql"))


def _look(folders: Folders) -> Postmaster | None:
    with _disk_errors(folders.root):
        found = server.look(folders.data)
    return found if found and found.ready and found.answers else None


def _conninfo(found: Postmaster) -> str:
    return make_conninfo(host=str(found.folder), port=found.port, user=conf_files.ROLE, dbname=conf_files.DATABASE)


@contextmanager
def _disk_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if is_full(exc):
            raise no_room(exc.filename or root) from exc
        raise EmbeddedError(
            f"the private PostgreSQL cannot use {exc.filename or root}: {exc.strerror or exc}",
            hint="see who owns the state folder, and whether its disk is read-only",
        ) from exc
