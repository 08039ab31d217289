"""`scannerd status`: is it running, what waits, what is there; and the first words of `scannerd run`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from scannerd import cli_now
from scannerd import cli_output as out
from scannerd.cli_command import reaching, this_command
from scannerd.cli_database import psql_line
from scannerd.config import Settings
from scannerd.config_library import Library
from scannerd.db.identity import identity_of
from scannerd.db.opening import Database
from scannerd.db.state_lock import running_daemon
from scannerd.errors import DatabaseUnavailable, ScannerdError
from scannerd.listens.report import Report, as_json
from scannerd.model.shown import shown
from scannerd.status import places
from scannerd.status.daemon_state import read
from scannerd.status.deadline import answered, asked
from scannerd.status.notices import Notice, notices
from scannerd.status.snapshot import DropFolder, LibraryState, OtherDaemon, Snapshot, Stored, drop_folder, stored
from scannerd.wiring import NothingYet, reading, rules_of

_MOST_NAMES = 10
_PATIENCE, _DATABASE_PATIENCE = 2.0, 5.0
"""Seconds for a folder and for a server to answer: somebody waits who wants to know what is wrong."""
_SILENT = DatabaseUnavailable(
    f"the database does not answer within {_DATABASE_PATIENCE:.0f} s",
    hint="its machine stands still, or is very busy; the daemon waits for it by itself",
)
Answer = tuple[Stored | None, ScannerdError | None]
_SILENCE: Answer = (None, _SILENT)
_BOOTED, _SERVICE = Path("/run/systemd/system"), Path("/etc/systemd/system/scannerd.service")


def show_status(settings: Settings, *, config: Path | None, as_json_document: bool) -> int:
    """Tell all that can be told, whatever is broken; the exit code says what is."""
    snapshot = _look(settings)
    is_new = isinstance(snapshot.problem, NothingYet)
    told = _notices(replace(snapshot, problem=None) if is_new else snapshot, settings, config)
    if as_json_document:
        out.document(_document(snapshot, settings.library) | {"warnings": [asdict(notice) for notice in told]})
    else:
        _print(snapshot, settings.library)
        _print_notices(told)
    return 0 if snapshot.problem is None or is_new else snapshot.problem.exit_code


def _look(settings: Settings) -> Snapshot:
    """All of it; what does not answer in time is told so."""
    inbox = settings.inbox
    pid, published = running_daemon(settings.state.folder) or (None, None)
    listing = asked(
        partial(drop_folder, inbox.drop_folder, ignore=inbox.ignore, shelves=(inbox.done_folder, inbox.failed_folder)),
        DropFolder(inbox.drop_folder, (), (), problem=f"it does not answer within {_PATIENCE:.0f} s"),
    )
    if pid is None and settings.database.url is None:
        # Whoever started the private server has to stop it, and is waited for.
        found, problem = _ask_database(settings)
    else:
        found, problem = answered(partial(_ask_database, settings), _SILENCE, seconds=_DATABASE_PATIENCE)
    return Snapshot(pid, read(published) if published else None, listing(_PATIENCE), found, problem)


def _ask_database(settings: Settings) -> Answer:
    try:
        with reading(settings) as conn:
            ours = identity_of(settings.state.folder, make=False)
            version, instance = rules_of(settings).version, settings.state.instance
            return stored(conn, rules_version=version, instance=instance, identity=ours.key if ours else None), None
    except ScannerdError as exc:
        return None, exc


def _notices(snapshot: Snapshot, settings: Settings, config: Path | None) -> list[Notice]:
    """What there is to do, in words that can be typed here."""
    command = this_command(settings, config)
    roots = [places.Place(root, one.name, one.polling) for one in settings.library for root in one.roots]
    folders = places.look(
        [places.Place(settings.inbox.drop_folder, None, settings.inbox.polling), *roots], seconds=_PATIENCE
    )
    start = "systemctl start scannerd" if _SERVICE.exists() and _BOOTED.exists() else "scannerd run"
    if (found := snapshot.stored) is not None:
        snapshot = replace(
            snapshot, stored=answered(partial(places.without_what_was_removed, found), found, seconds=_PATIENCE)
        )
    told = notices(snapshot, folders, start=start, now=time.time())
    return [replace(notice, mend=reaching(command, notice.mend)) for notice in told]


def _document(snapshot: Snapshot, configured: Sequence[Library]) -> dict[str, object]:
    drop, found = snapshot.drop_folder, snapshot.stored
    return {
        "daemon": _daemon(snapshot),
        "drop_folder": {**asdict(drop), "path": str(drop.path)},
        "database": {"server": found.server, **asdict(found.amounts)} if found else _problem(snapshot),
        "libraries": [_library(*one) for one in _libraries(configured, found)],
        "other_daemons": [_other(one) for one in found.others] if found else [],
        "exports": [as_json(report) for report in found.latest] if found else [],
    }


def _daemon(snapshot: Snapshot) -> dict[str, object]:
    told = snapshot.daemon.as_dict() if snapshot.daemon else {}
    return {**told, "running": snapshot.daemon_pid is not None, "pid": snapshot.daemon_pid}


def _other(one: OtherDaemon) -> dict[str, object]:
    return {"place": one.place, "running": one.is_running, "seen_at": one.seen_at.isoformat()}


def _problem(snapshot: Snapshot) -> object:
    return None if snapshot.problem is None else {"problem": out.problem(snapshot.problem)}


Pair = tuple[str, Library | None, LibraryState | None]
"""A library by its name: as it is in the settings, and in the database."""


def _libraries(configured: Sequence[Library], found: Stored | None) -> Iterator[Pair]:
    """Those of the settings in their order, then those that are no longer there."""
    known = {state.name: state for state in found.libraries} if found else {}
    yield from ((library.name, library, known.pop(library.name, None)) for library in configured)
    yield from ((name, None, state) for name, state in known.items())


def _library(name: str, settings: Library | None, state: LibraryState | None) -> dict[str, object]:
    return {
        "name": name,
        "roots": [shown(str(root)) for root in settings.roots] if settings else [],
        "configured": settings is not None,
        "scanning": state is not None and state.is_scanning,
        "scanned_at": state.scanned_at.isoformat() if state and state.scanned_at else None,
        "files": state.files if state else 0,
        "present": state.present if state else 0,
        "missing": state.missing if state else 0,
        "unreadable": state.unreadable if state else 0,
        "also_kept_by": list(state.also_kept_by) if state else [],
    }


def _print(snapshot: Snapshot, configured: Sequence[Library]) -> None:
    _print_daemon(snapshot)
    _print_drop(snapshot)
    if snapshot.problem is not None:
        out.line(f"Database:     {snapshot.problem}")
        if isinstance(snapshot.problem, NothingYet):
            out.line(f"              {snapshot.problem.hint}")
    if snapshot.stored is not None:
        _print_stored(snapshot.stored, configured)


def _print_daemon(snapshot: Snapshot) -> None:
    if snapshot.daemon_pid is None:
        out.line("Daemon:       not running")
        return
    out.line(f"Daemon:       running, process {snapshot.daemon_pid}")
    for line in cli_now.lines(snapshot.daemon) if snapshot.daemon else ():
        out.line(line)


def _print_drop(snapshot: Snapshot) -> None:
    drop = snapshot.drop_folder
    out.line(f"Drop folder:  {drop.path}{f' ({drop.problem})' if drop.problem else ''}")
    for name in drop.waiting[:_MOST_NAMES]:
        out.line(f"    waiting:  {name}")
    if (more := max(0, len(drop.waiting) - _MOST_NAMES)) or drop.has_more:
        out.line(f"    waiting:  and {'more than ' if drop.has_more else ''}{more:,} more")
    for what in drop.odd[:_MOST_NAMES]:
        out.line(f"    not taken: {what}")


def _print_stored(found: Stored, configured: Sequence[Library]) -> None:
    out.line(f"Database:     {found.server}")
    there = found.amounts
    out.line(f"    {out.number(there.listens, 'listen')} of {out.number(there.listeners, 'listener')}")
    names = ((there.artists, "artist"), (there.releases, "release"), (there.tracks, "track"))
    out.line("    " + ", ".join(out.number(count, noun) for count, noun in names))
    if libraries := list(_libraries(configured, found)):
        out.line("Libraries:")
        for library in libraries:
            out.line(f"    {_library_line(*library)}")
    if found.others:
        out.line("Other scannerds on this database:")
        for other in found.others:
            out.line(f"    {_other_line(other)}")
    out.line()
    if found.latest:
        out.line("Latest exports:")
        for report in found.latest:
            out.line(f"    {_export_line(report)}")
    else:
        out.line("Nothing was imported yet.")


def _other_line(other: OtherDaemon) -> str:
    return f"{other.place}: " + ("running" if other.is_running else f"not running since {other.seen_at:%Y-%m-%d %H:%M}")


def _export_line(report: Report) -> str:
    rows = report.rows
    told = [f"{rows.stored:,} new of {out.number(rows.read, 'row')}"]
    told += [f"{rows.failed:,} failed"] if rows.failed else []
    if report.state == "taken":
        told = ["being taken in"]
    elif report.state in {"failed", "undone"}:
        told = [report.state]
    return f"{report.id}, {report.taken_at:%Y-%m-%d %H:%M}, {report.file}: {', '.join(told)}"


def _print_notices(told: Sequence[Notice]) -> None:
    """In one place, below all the rest, where one looks last."""
    if told:
        out.line("\nTo look after:")
    for notice in told:
        out.line(f"    {notice.about}: {notice.what}")
        out.line(f"        {notice.mend}")


def _library_line(name: str, settings: Library | None, state: LibraryState | None) -> str:
    if state is None:
        return f"{name}: not scanned yet"
    told = [out.number(state.files, "file")]
    told += [
        f"{count:,} {what}" for count, what in ((state.missing, "missing"), (state.unreadable, "unreadable")) if count
    ]
    if state.is_scanning:
        told.append("being scanned now")
    elif state.scanned_at is None:
        told.append("no scan was finished yet")
    else:
        told.append(f"scanned {state.scanned_at:%Y-%m-%d %H:%M}")
    if state.also_kept_by:
        told.append(f"{'' if settings is None else 'also '}in the settings of {', '.join(state.also_kept_by)}")
    elif settings is None:
        told.append("no longer in the settings")
    return f"{name}: {', '.join(told)}"


def greet(settings: Settings) -> None:
    """The first words of the daemon, before the database is up."""
    inbox = settings.inbox
    out.line("scannerd is starting. Drop what Spotify, Last.fm and others gave you into:")
    out.line(f"\n    {inbox.drop_folder}\n")
    out.line(f"Taken in, a file moves to    {inbox.done_folder}")
    out.line(f"and if that failed, to       {inbox.failed_folder}")
    out.line("each with a report beside it.\n")
    for library in settings.library:
        out.line(f"Scanned as {library.name}: {', '.join(map(str, library.roots))}")
    if settings.library:
        out.line()


def introduce(settings: Settings, database: Database, *, config: Path | None) -> None:
    """What can be done now that the database is up; `config` is the settings file, if one was named."""
    with suppress(ScannerdError):  # without a psql there is still "scannerd db query"
        out.line(f"The database:\n\n    {psql_line(database)}\n")
    out.line("From another terminal, what is going on, and what was imported:\n")
    command = this_command(settings, config)
    verbs = ("status", "exports", "scan") if settings.library else ("status", "exports")
    out.line("\n".join(f"    {command} {verb}" for verb in verbs) + "\n")
    out.line("Ctrl-C stops it.\n")


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
        "libraries": {library.name: [str(root) for root in library.roots] for library in settings.library},
        "database": {"psql": line},
    }
