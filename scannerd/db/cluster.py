"""The cluster's data folder: made in one step, and of which major version it is.

A cluster is made beside its place, with its roles and its database, and moved there when it is complete; one that was
killed half-way is thrown away.

Letters: `lower('Ж')` and pg_trgm's idea of a word follow LC_CTYPE, so it is never C; sorting is by code point, which
no update of the C library can change under an index, and which serves LIKE 'x%'. From PostgreSQL 17 on, its own
C.UTF-8 does the former too, and LC_CTYPE remains for what asks the C library.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from scannerd.db.binaries import Binaries
from scannerd.db.conf_files import ADMIN, DATABASE, READ_ROLE, ROLE
from scannerd.db.owner import Owner
from scannerd.db.room import is_full, no_room
from scannerd.errors import DatabaseError, EmbeddedError

_UNFINISHED = "data.unfinished-"
_BUILTIN_LOCALE_SINCE = 17

_SETUP = f"""\
create role {ROLE} login
create role {READ_ROLE} nologin
alter role {READ_ROLE} set default_transaction_read_only = on
alter role {READ_ROLE} set statement_timeout = '5min'
alter role {READ_ROLE} set idle_in_transaction_session_timeout = '5min'
alter schema public owner to {ROLE}
revoke create on schema public from public
create database {DATABASE} owner {ROLE}
revoke all on database {DATABASE} from public
"""


def major(data: Path) -> int | None:
    """The PostgreSQL that made it, or None when there is no cluster yet."""
    try:
        text = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not text.isdecimal():
        raise EmbeddedError(f"{data / 'PG_VERSION'} does not hold a version", hint="restore the folder from a backup")
    return int(text)


def create(data: Path, binaries: Binaries, owner: Owner, *, durable: bool = True) -> None:
    """Make a cluster at `data`, whole or not at all."""
    if data.exists():
        raise EmbeddedError(
            f"{data} is there, but is no PostgreSQL cluster", hint="move it away, or restore it from a backup"
        )
    for leftover in data.parent.glob(f"{_UNFINISHED}*"):
        # An initdb that outlived its killed scannerd may still be writing there; then it goes at a later start.
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=data.parent))
    if not owner.is_caller:
        os.chown(unfinished, owner.uid, owner.gid)
    try:
        _initdb(unfinished, binaries, owner)
        _set_up(unfinished, binaries, owner)
        if durable:
            _demand(owner, binaries.program("initdb"), "--sync-only", "-D", unfinished)
    except DatabaseError:
        shutil.rmtree(unfinished, ignore_errors=True)  # a full disk has better use for its space
        raise
    unfinished.rename(data)
    _sync_folder(data.parent)


def _initdb(data: Path, binaries: Binaries, owner: Owner) -> None:
    builtin = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= _BUILTIN_LOCALE_SINCE else []
    )
    for locale in _letters(owner):
        made = owner.run(
            binaries.program("initdb"),
            f"--pgdata={data}",
            f"--username={ADMIN}",
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C",
            f"--lc-ctype={locale}",
            *builtin,
            "--data-checksums",
            "--no-sync",  # once, at the end, with all that comes after
        )
        if made.returncode == 0:
            return
        if is_full(made.stdout):
            raise no_room(data.parent)
        if "invalid locale name" not in made.stdout:
            raise EmbeddedError(f"{binaries.program('initdb')} failed: {_last_line(made.stdout)}")
    raise EmbeddedError(
        "this system has no UTF-8 locale, without which letters beyond ASCII are none",
        hint="install C.UTF-8 or en_US.UTF-8",
    )


def _letters(owner: Owner) -> list[str]:
    """The locales that know all letters, the plainest first."""
    try:
        installed = owner.run("locale", "-a").stdout.splitlines()
    except OSError:
        installed = []
    others = [name for name in installed if name.lower().endswith((".utf8", ".utf-8"))]
    return list(dict.fromkeys(["C.UTF-8", "en_US.UTF-8", *others]))


def _set_up(data: Path, binaries: Binaries, owner: Owner) -> None:
    """Roles and database, by a server of one process that nobody can connect to."""
    stop_on_error = ("-c", "exit_on_error=on", "-c", "fsync=off")
    _demand(owner, binaries.program("postgres"), "--single", "-D", data, *stop_on_error, "template1", stdin=_SETUP)


def _demand(owner: Owner, *argv: str | Path, stdin: str = "") -> None:
    done = owner.run(*argv, stdin=stdin)
    if done.returncode and is_full(done.stdout):
        raise no_room("a new database")
    if done.returncode:
        raise EmbeddedError(f"{argv[0]} failed while making the database: {_last_line(done.stdout)}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in ("FATAL", "ERROR", "error:"))]
    return (telling or lines or ["it said nothing"])[-1]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
