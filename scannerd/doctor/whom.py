"""The user that scannerd runs as here, and what that user may do: tried, not computed, wherever we are let.

Root may ask in the name of any user, each time in a child process. Who is neither root nor that user cannot know.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scannerd.inbox.passing import PREFIX, passing_file

_SECONDS = 3.0  # that a child process may take
_FIRST_HUMAN = 1000

_WHICH_ARE_CLOSED = """\
for p; do { [ -r "$p" ] && { [ ! -d "$p" ] || [ -x "$p" ]; }; } || printf '%s\\0' "$p"; done"""
# Nothing is ever overwritten (set -C); what a kill leaves has the name of a passing file, and goes like one.
_WRITE = f'set -C; f="$1/{PREFIX}doctor-$$.tmp"; : >"$f" && rm -f "$f"'


@dataclass(frozen=True, slots=True)
class Whom:
    """A user of this machine, with the groups it has at work."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    @property
    def is_caller(self) -> bool:
        """Whether that is who we are."""
        return self.uid == os.geteuid()

    @property
    def can_be_tried(self) -> bool:
        """Whether we may find out what this user may do."""
        return self.is_caller or os.geteuid() == 0

    @property
    def is_service(self) -> bool:
        """Whether it is no person: what only it may do, no person may."""
        return 0 < self.uid < _FIRST_HUMAN

    def closed(self, paths: Sequence[Path]) -> list[Path]:
        """Those that it may not read, or enter."""
        if not paths:
            return []
        if self.is_caller:
            return [path for path in paths if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0))]
        told = self._run(_WHICH_ARE_CLOSED, *paths).stdout
        return [Path(os.fsdecode(one)) for one in told.split(b"\0") if one]

    def why_not_written(self, folder: Path) -> str | None:
        """Why it cannot write there, or None when it can; an OSError says that the trial itself went wrong."""
        if self.is_caller:
            try:
                with passing_file(folder):
                    return None
            except OSError as exc:
                return (exc.strerror or str(exc)).lower()
        done = self._run(_WRITE, folder)
        return None if done.returncode == 0 else _last_words(done.stdout)

    def _run(self, script: str, *words: Path) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603 - a script of our own; names are its arguments, never part of it
                ["/bin/sh", "-c", script, "sh", *words],
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                umask=0o077,
                user=self.uid,
                group=self.gid,
                extra_groups=self.groups,
            )
        except subprocess.TimeoutExpired as exc:
            raise TimeoutError(f"{words[0]} does not answer") from exc


def caller() -> Whom:
    """Who we are."""
    uid = os.geteuid()
    return Whom(_name(uid), uid, os.getegid(), tuple(os.getgroups()))


def named(name: str) -> Whom | None:
    """A user by its name, in all of its groups."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Whom(name, entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))


def of_process(pid: int) -> Whom | None:
    """Who a process works as."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    said = dict(_fields(status))
    try:
        uid, gid = int(said["Uid"][1]), int(said["Gid"][1])  # the effective ones
    except (KeyError, IndexError, ValueError):
        return None
    return Whom(_name(uid), uid, gid, tuple(map(int, said.get("Groups", ()))))


def _fields(status: str) -> Iterator[tuple[str, list[str]]]:
    for line in status.splitlines():
        key, _, values = line.partition(":")
        yield key, values.split()


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"the user id {uid}"


def _last_words(said: bytes) -> str:
    """`sh: 1: cannot create /x: Permission denied` without what is known."""
    return said.decode("utf-8", "replace").strip().rpartition(": ")[2].lower() or "it said nothing"
