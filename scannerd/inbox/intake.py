"""One settled file of the drop folder: imported, reported on, put away.

The order is the safety: the import is committed, then the file moves, then its report is written, then the export is
marked as shelved. What a killed daemon left between two of these steps is finished when the file, or its empty place,
is seen again.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.inbox.importing import How, Imported, Outcome, Tell, finish, import_file
from scannerd.inbox.listing import Candidate, listener_at
from scannerd.inbox.settle import Stamp
from scannerd.inbox.shelves import REPORT, WHY, find_shelved, shelve, shown, write_report
from scannerd.listens import exports
from scannerd.listens.exports import State, Unfinished
from scannerd.listens.listener import Listener, get_listener, listener_of
from scannerd.listens.report import Report, as_text, one_line

logger = logging.getLogger(__name__)

_MAY_NOT_MOVE = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where files go; `may_move` is False where the drop folder is read-only and files stay."""

    done: Path
    failed: Path
    may_move: bool = True


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files lie in the drop folder itself, and the zone of listeners made on first use."""

    name: str
    time_zone: str


def intake(
    conn: Connection[Any],
    candidate: Candidate,
    *,
    owner: Owner,
    shelves: Shelves,
    how: How,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Imported:
    """Take one settled file in and put it away. Raises DatabaseUnavailable or OSError: the file stays, try again."""
    listener = get_listener(conn, candidate.listener or owner.name, time_zone=owner.time_zone)
    return import_file(
        conn,
        candidate.path,
        stamp=candidate.stamp,
        listener=listener,
        how=how,
        stop=stop,
        tell=tell,
        then=lambda imported, report: _put_away(conn, candidate, imported, report, shelves),
    )


def refuse_empty(conn: Connection[Any], candidate: Candidate, *, owner: Owner, shelves: Shelves) -> None:
    """An empty file that stayed empty: nothing to import, and no copy will finish it any more."""
    why = (
        f"{shown(candidate.path.name)}: this file is empty (0 bytes)\n"
        "It stayed so for a while, so it was moved here. A copy or a download probably failed: drop the file again.\n"
    )
    shelved = _move(candidate, shelves, shelves.failed, b"", resumed=False)
    if shelved is not None:
        write_report(shelved, WHY, why)
    what = "put aside" if shelved is not None else "left where it is"
    logger.warning("%s is empty: %s", shown(candidate.path.name), what, extra={"action": "intake_empty"})


def finish_what_was_left(
    conn: Connection[Any], drop: Path, *, shelves: Shelves, how: How, stop: threading.Event | None = None
) -> None:
    """End the imports of files that are not in the drop folder any more; the others are seen again.

    What a killed daemon left, or ours when there was no room for a report.
    """
    for left in exports.list_unfinished(conn, os.fsencode(drop) + b"/"):
        path = Path(os.fsdecode(left.path))
        if stop is not None and stop.is_set():
            return
        if os.path.lexists(path):
            continue
        listener = listener_of(conn, left.listener_id)
        with exports.only_taker(conn, listener, left.sha256) as mine:
            # Another daemon may be at it, or have ended it since we asked.
            if mine and exports.get_report(conn, left.id).state == left.state:
                _end_without_file(conn, left, drop, listener, shelves, how, stop)


def _end_without_file(
    conn: Connection[Any],
    left: Unfinished,
    drop: Path,
    listener: Listener,
    shelves: Shelves,
    how: How,
    stop: threading.Event | None,
) -> None:
    path = Path(os.fsdecode(left.path))
    if left.state is State.TAKEN:
        with conn.transaction():
            exports.mark_failed(conn, left.id, "the file went away before it was read; nothing of it is stored")
            # It has no place on a shelf to find; back in the drop folder, it is read like any new file.
            exports.remember_failed_file(conn, left.id, left.path)
        return
    if left.state is State.STORED and not finish(conn, left.id, listener, how, stop):
        return
    report = exports.get_report(conn, left.id)
    sub_folder = _sub_folder(drop, path, shelves)
    if left.state is State.FAILED:
        shelved = find_shelved(shelves.failed / sub_folder, path.name, report.sha256)
        if shelved is not None:
            write_report(shelved, WHY, text_for(Imported(Outcome.FAILED, left.sha256, report), report))
        exports.remember_failed_file(conn, left.id, os.fsencode(shelved or path))
        return
    shelved = find_shelved(shelves.done / sub_folder, path.name, report.sha256)
    if shelved is not None:
        write_report(shelved, REPORT, as_text(report))
    exports.mark_shelved(conn, left.id, os.fsencode(shelved) if shelved else None)
    logger.info("finished %s", one_line(report), extra={"action": "intake_finished"})


def _sub_folder(drop: Path, path: Path, shelves: Shelves) -> Path:
    """A listener's files stand apart on the shelf, as they did in the drop folder or on the shelf they were on."""
    for shelf in (shelves.done, shelves.failed):
        if path.is_relative_to(shelf):
            return path.parent.relative_to(shelf)
    return Path(listener_at(drop, path) or "")


def _put_away(
    conn: Connection[Any], candidate: Candidate, imported: Imported, report: Report, shelves: Shelves
) -> None:
    failed = imported.outcome is Outcome.FAILED
    shelf = (shelves.failed if failed else shelves.done) / (candidate.listener or "")
    # Only an export that was there before may have got as far as the shelf.
    shelved = _move(candidate, shelves, shelf, imported.sha256, resumed=imported.resumed)
    if shelved is not None:
        write_report(shelved, WHY if failed else REPORT, text_for(imported, report))
    place = os.fsencode(shelved or candidate.path)
    if failed:
        exports.remember_failed_file(conn, report.id, place)
    elif imported.outcome is Outcome.IMPORTED:
        exports.mark_shelved(conn, report.id, place)
    _log(imported, report, shelved)


def _move(candidate: Candidate, shelves: Shelves, shelf: Path, sha256: bytes, *, resumed: bool) -> Path | None:
    """Where the file lies now; None where it may not be moved, or changed in the last moment and settles again."""
    if not shelves.may_move:
        return None
    try:
        return shelve(candidate.path, shelf, stamp=candidate.stamp, sha256=sha256, resumed=resumed)
    except OSError as exc:
        if exc.errno not in _MAY_NOT_MOVE:
            raise
        logger.warning("%s cannot be moved: %s", shown(candidate.path.name), exc.strerror)
        return None


def text_for(imported: Imported, report: Report, *, dry_run: bool = False) -> str:
    """What a person reads beside the file; of a dry run there is no export to name afterwards."""
    if imported.outcome is Outcome.KNOWN:
        when = report.shelved_at or report.taken_at
        return (
            f"{imported.file}: already imported on {when:%Y-%m-%d %H:%M} UTC as {_held(imported, report)}\n"
            "The very same bytes are in the database, so nothing was stored again.\n"
        )
    if imported.outcome is not Outcome.FAILED:
        return as_text(report, dry_run=dry_run)
    hint = imported.hint or 'run "scannerd formats" to see what is understood'
    then = f'Then:           drop the file again, or run "scannerd exports retry {report.id}"\n'
    return (
        f"{report.file}: not imported\n\nWhat is wrong:  {report.error}\nWhat to do:     {hint}\n"
        f"{'' if dry_run else then}\n"
        "Nothing of this file is in the database; the file itself was not changed.\n"
    )


def _held(imported: Imported, report: Report) -> str:
    """The export that has these bytes, with its file's name where that was another."""
    return f"export {report.id}" + ("" if imported.file == report.file else f" ({report.file})")


def _log(imported: Imported, report: Report, shelved: Path | None) -> None:
    match imported.outcome:
        case Outcome.FAILED:
            place = f" (put aside as {shown(shelved.name)})" if shelved else ""
            logger.warning(
                "%s was not imported: %s%s", report.file, report.error, place, extra={"action": "intake_failed"}
            )
        case Outcome.KNOWN:
            held = _held(imported, report)
            logger.info("%s is already imported as %s", imported.file, held, extra={"action": "intake_known"})
        case _:
            logger.info("took in %s", one_line(report), extra={"action": "intake_done"})


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file named on the command line, which nobody waits for to settle."""
    return Stamp.of(path.stat())
