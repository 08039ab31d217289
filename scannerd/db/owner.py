"""The OS user that the private PostgreSQL runs as, and what that user can reach.

PostgreSQL refuses to run as root. Then everything that touches its data runs as another user, each time in a child
process: scannerd itself never changes its own user.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scannerd.errors import EmbeddedError

FALLBACKS = ("scannerd", "postgres", "nobody")
"""Whom root takes when nobody is named, in this order."""

_KEPT = (
    "PATH",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
)  # the rest could hold our secrets, or PG… settings of another server


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the data and runs the server."""

    name: str
    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        """Whether that is who we are already."""
        return self.uid == os.geteuid()

    def run(
        self, *argv: str | Path, env: Mapping[str, str] | None = None, cwd: Path = Path("/"), stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, away from our terminal; its output and errors come back as one text."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return subprocess.run(  # noqa: S603 - programs we found or name ourselves, and no shell
            argv,
            check=False,
            cwd=cwd,
            env=kept | {"LC_ALL": "C"} | dict(env or {}),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            umask=0o077,
            start_new_session=True,  # Ctrl-C is for us: the server must outlive it until we are done
            user=None if self.is_caller else self.uid,
            group=None if self.is_caller else self.gid,
            extra_groups=None if self.is_caller else [],
        )

    def first_blocked(self, folder: Path) -> Path | None:
        """The first folder on the way to `folder`, from the top, that this user may not enter."""
        if self._can_enter(folder):
            return None
        return next((step for step in [*reversed(folder.parents), folder] if not self._can_enter(step)), folder)

    def _can_enter(self, folder: Path) -> bool:
        # Tried, not computed: ACLs and NFS decide beside the mode bits.
        return self.run("/bin/sh", "-c", 'cd "$1"', "sh", folder).returncode == 0


def caller() -> Owner:
    """Who we are, whether that user has a name or not."""
    return Owner(str(os.geteuid()), os.geteuid(), os.getegid())


def choose(name: str | None, *, data: Path) -> Owner:
    """Who runs the server: the caller; for root the named user, else who owns `data` already, else a fallback."""
    if os.geteuid() != 0:
        return _ourselves(name, data)
    holder = _holder(data)
    owner = _named(name) if name else holder or _fallback()
    if owner.uid == 0:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root", hint="name another user in database.owner, or leave it empty"
        )
    if holder and holder.uid != owner.uid:
        raise EmbeddedError(
            f"the data in {data} belongs to {holder.name}, the database is to run as {owner.name}",
            hint=f"chown -R {owner.name} {data}, or set database.owner to {holder.name}",
        )
    return owner


def _ourselves(name: str | None, data: Path) -> Owner:
    uid = os.geteuid()
    try:
        ourselves = _entry(pwd.getpwuid(uid))
    except KeyError as exc:
        raise EmbeddedError(
            f"the user id {uid} has no name, and PostgreSQL runs for named users only",
            hint="add it to /etc/passwd, or run as a user that is there",
        ) from exc
    if name and name != ourselves.name:
        raise EmbeddedError(
            f"{ourselves.name} cannot run the database as {name}", hint=f"start scannerd as root or as {name}"
        )
    holder = _holder(data)
    if holder and holder.uid != uid:
        raise EmbeddedError(f"the data in {data} belongs to {holder.name}", hint=f"run as {holder.name} or as root")
    return ourselves


def _holder(data: Path) -> Owner | None:
    try:
        uid = data.stat().st_uid
    except FileNotFoundError:
        return None
    try:
        return _entry(pwd.getpwuid(uid))
    except KeyError as exc:
        raise EmbeddedError(
            f"the data in {data} belongs to the user id {uid}, which has no name here",
            hint="chown -R the folder to a user of this machine",
        ) from exc


def _named(name: str) -> Owner:
    try:
        return _entry(pwd.getpwnam(name))
    except KeyError as exc:
        raise EmbeddedError(
            f"there is no user {name!r} to run the database as", hint="correct or remove database.owner"
        ) from exc


def _fallback() -> Owner:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in FALLBACKS:
        if name in known:
            return _entry(known[name])
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and there is no user {', '.join(FALLBACKS)}",
        hint="name a user in database.owner",
    )


def _entry(entry: pwd.struct_passwd) -> Owner:
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid)
