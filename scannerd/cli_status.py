"""`scannerd status`: is it running, what waits, what is in the database; and the first words of `scannerd run`."""

from __future__ import annotations

import shlex
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from scannerd import cli_output as out
from scannerd.cli_database import psql_line
from scannerd.cli_exports import show_exports
from scannerd.config import Settings, default_state
from scannerd.db.opening import Database
from scannerd.db.state_lock import daemon_pid
from scannerd.errors import ScannerdError
from scannerd.listens.report import as_json
from scannerd.status.snapshot import Snapshot, Stored, drop_folder, stored
from scannerd.wiring import NothingYet, reading, rules_of

_MOST_NAMES = 10


def show_status(settings: Settings, *, as_json_document: bool) -> int:
    """Tell all that can be told, whatever is broken; the exit code says what is."""
    snapshot = _look(settings)
    if as_json_document:
        out.document(_document(snapshot))
    else:
        _print(snapshot)
    return 0 if snapshot.problem is None or isinstance(snapshot.problem, NothingYet) else snapshot.problem.exit_code


def _look(settings: Settings) -> Snapshot:
    inbox, found, problem = settings.inbox, None, None
    try:
        with reading(settings) as conn:
            found = stored(conn, rules_version=rules_of(settings).version)
    except ScannerdError as exc:
        problem = exc
    drop = drop_folder(inbox.drop_folder, ignore=inbox.ignore, shelves=(inbox.done_folder, inbox.failed_folder))
    return Snapshot(daemon_pid(settings.state.folder), drop, found, problem)


def _document(snapshot: Snapshot) -> dict[str, object]:
    drop, found = snapshot.drop_folder, snapshot.stored
    return {
        "daemon": {"running": snapshot.daemon_pid is not None, "pid": snapshot.daemon_pid},
        "drop_folder": {"path": str(drop.path), "waiting": drop.waiting, "odd": drop.odd, "problem": drop.problem},
        "database": {"server": found.server, **asdict(found.amounts)} if found else _problem(snapshot),
        "exports": [as_json(report) for report in found.latest] if found else [],
    }


def _problem(snapshot: Snapshot) -> object:
    return None if snapshot.problem is None else {"problem": out.problem(snapshot.problem)}


def _print(snapshot: Snapshot) -> None:
    pid = snapshot.daemon_pid
    out.line(f"Daemon:       {f'running, process {pid}' if pid is not None else 'not running'}")
    _print_drop(snapshot)
    if snapshot.problem is not None:
        out.line(f"Database:     {snapshot.problem}")
        if snapshot.problem.hint:
            out.line(f"              {snapshot.problem.hint}")
    if snapshot.stored is not None:
        _print_stored(snapshot.stored)


def _print_drop(snapshot: Snapshot) -> None:
    drop = snapshot.drop_folder
    out.line(f"Drop folder:  {drop.path}{f' ({drop.problem})' if drop.problem else ''}")
    for name in drop.waiting[:_MOST_NAMES]:
        out.line(f"    waiting:  {name}")
    if len(drop.waiting) > _MOST_NAMES:
        out.line(f"    waiting:  and {len(drop.waiting) - _MOST_NAMES:,} more")
    for what in drop.odd[:_MOST_NAMES]:
        out.line(f"    not taken: {what}")


def _print_stored(found: Stored) -> None:
    out.line(f"Database:     {found.server}")
    there = found.amounts
    out.line(f"    {out.number(there.listens, 'listen')} of {out.number(there.listeners, 'listener')}")
    names = ((there.artists, "artist"), (there.releases, "release"), (there.tracks, "track"))
    out.line("    " + ", ".join(out.number(count, noun) for count, noun in names))
    if there.outdated_lookups:
        out.line(f"    {there.outdated_lookups:,} names were resolved under older rules: scannerd listens resolve")
    out.line()
    if found.latest:
        out.line("Latest exports:")
        show_exports(list(found.latest))
    else:
        out.line("Nothing was imported yet.")


def greet(settings: Settings) -> None:
    """The first words of the daemon, before the database is up."""
    inbox = settings.inbox
    out.line("scannerd is starting. Drop what Spotify, Last.fm and others gave you into:")
    out.line(f"\n    {inbox.drop_folder}\n")
    out.line(f"Taken in, a file moves to    {inbox.done_folder}")
    out.line(f"and if that failed, to       {inbox.failed_folder}")
    out.line("each with a report beside it.\n")


def introduce(settings: Settings, database: Database) -> None:
    """What can be done now that the database is up."""
    with suppress(ScannerdError):  # without a psql there is still "scannerd db query"
        out.line(f"The database:\n\n    {psql_line(database)}\n")
    out.line("From another terminal, what is going on, and what was imported:\n")
    command = _this_command(settings)
    out.line(f"    {command} status\n    {command} exports\n")
    out.line("Ctrl-C stops it.\n")


def _this_command(settings: Settings) -> str:
    """What has to be typed to reach this daemon: as short as it works."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        words = [sys.executable, "-m", "scannerd"]
    else:
        found = shutil.which(program.name)
        words = [program.name if found and Path(found).samefile(program) else str(program.absolute())]
    if settings.state.folder != default_state():
        words += ["--set", f"state.folder={settings.state.folder}"]
    return shlex.join(words)


def welcome_document(settings: Settings, database: Database) -> dict[str, object]:
    """The same for a program."""
    line = None
    with suppress(ScannerdError):
        line = psql_line(database)
    inbox = settings.inbox
    return {
        "drop_folder": str(inbox.drop_folder),
        "done_folder": str(inbox.done_folder),
        "failed_folder": str(inbox.failed_folder),
        "database": {"psql": line},
    }
