"""The read-only door: other programs read the public views, through a loopback port or a group's own socket.

Off unless `database.share` says otherwise. The role exists always, and can log in only while the door is open.
"""

from __future__ import annotations

import grp
import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from scannerd.db import connect
from scannerd.db.conf_files import DATABASE, READ_ROLE
from scannerd.db.folders import make_private
from scannerd.db.owner import Owner
from scannerd.errors import EmbeddedError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Share:
    """Which doors are open: a port on 127.0.0.1, a socket for an OS group, or both."""

    port: int | None = None
    group: str | None = None


def read_password(state_dir: Path) -> str:
    """The read-only role's password, made at the first call; only we can read its file."""
    file = state_dir / "postgres" / "read_password"
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    password = secrets.token_urlsafe(24)
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(password + "\n")
    unfinished.rename(file)
    return password


def open_door(admin: str, password: str) -> None:
    """Let the read-only role in; the server sees the password's SCRAM verifier, never the password.

    What it may read there, the views, is granted where they are made.
    """
    with connect.connect(admin, autocommit=True) as conn:
        verifier = conn.pgconn.encrypt_password(password.encode(), READ_ROLE.encode(), b"scram-sha-256")
        statement = sql.SQL("alter role {} login password {}")
        conn.execute(statement.format(sql.Identifier(READ_ROLE), sql.Literal(verifier.decode())))
        may_enter = sql.SQL("grant connect on database {} to {}")
        conn.execute(may_enter.format(sql.Identifier(DATABASE), sql.Identifier(READ_ROLE)))


def close_door(admin: str) -> None:
    """Keep the read-only role out, and end the sessions it has."""
    with connect.connect(admin, autocommit=True) as conn:
        conn.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(READ_ROLE)))
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [READ_ROLE])


def make_group_socket(folder: Path, group: str, owner: Owner) -> None:
    """The folder of the group's own socket: its members may enter, nobody else."""
    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError as exc:
        raise EmbeddedError(f"there is no group {group!r}", hint="correct database.share_group") from exc
    make_private(folder, owner)
    try:
        os.chown(folder, -1, gid)
    except PermissionError as exc:
        raise EmbeddedError(
            f"{owner.name} is not in the group {group}, and so cannot share with it",
            hint=f"usermod -aG {group} {owner.name}, then log in anew",
        ) from exc
    folder.chmod(0o750)
    blocked = [step for step in folder.parents if not _lets_in(step, gid)]
    if blocked:
        logger.warning("the group %s may not enter %s, on the way to %s", group, blocked[-1], folder)


def _lets_in(folder: Path, gid: int) -> bool:
    mark = folder.stat()
    return bool(mark.st_mode & (0o011 if mark.st_gid == gid else 0o001))
