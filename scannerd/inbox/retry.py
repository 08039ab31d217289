"""An export once more, from where its file lies now: one that failed or was undone, or that a killed run left."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.errors import NotFound, UsageError
from scannerd.inbox.importing import How, Imported, Outcome, Tell, finish, import_file
from scannerd.inbox.intake import Shelves, stamp_of, text_for
from scannerd.inbox.shelves import REPORT, WHY, shelve, write_report
from scannerd.listens import exports
from scannerd.listens.exports import State
from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.report import Report
from scannerd.model.shown import shown


def retry(
    conn: Connection[Any],
    export_id: int,
    *,
    shelves: Shelves,
    how: How,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Imported:
    """Import its file again; what failed or was undone becomes an export of a new number."""
    report = exports.get_report(conn, export_id)
    if report.state == State.SHELVED:
        raise UsageError(
            f"export {export_id} is in the database already", hint=f'"scannerd exports undo {export_id}" takes it back'
        )
    listener = get_listener(conn, report.listener, time_zone="UTC")
    path = _find(report)
    if path is None:
        return _without_file(conn, report, listener, how, stop)
    return import_file(
        conn,
        path,
        stamp=stamp_of(path),
        listener=listener,
        how=how,
        stop=stop,
        tell=tell,
        then=lambda imported, report: _put_away(conn, path, imported, report, shelves),
    )


def _find(report: Report) -> Path | None:
    """Where the file lies now: on its shelf, or where it was taken from."""
    places = (Path(os.fsdecode(place)) for place in (report.shelved_as, report.path) if place is not None)
    return next((place for place in places if place.is_file() and not place.is_symlink()), None)


def _without_file(
    conn: Connection[Any], report: Report, listener: Listener, how: How, stop: threading.Event | None
) -> Imported:
    """All rows of a stored export are in the database: it goes on without its file."""
    if report.state not in {State.STORED, State.RESOLVED}:
        place = shown(os.fsdecode(report.shelved_as or report.path or report.file.encode()))
        raise NotFound(
            f"the file of export {report.id} is no longer at {place}", hint="drop it again, or import it by its path"
        )
    if report.state == State.STORED and not finish(conn, report.id, listener, how, stop):
        return Imported(Outcome.STOPPED)
    exports.mark_shelved(conn, report.id)
    return Imported(Outcome.IMPORTED, report.sha256, exports.get_report(conn, report.id), resumed=True)


def _put_away(conn: Connection[Any], path: Path, imported: Imported, report: Report, shelves: Shelves) -> None:
    """Off the shelf of what failed, when it did not fail this time; a file elsewhere stays where it is."""
    failed = imported.outcome is Outcome.FAILED
    on_failed = path.is_relative_to(shelves.failed)
    place: Path = path
    if on_failed and not failed:
        shelf = shelves.done / path.parent.relative_to(shelves.failed)
        stamp, below = stamp_of(path), shelves.root_of(shelf)
        place = shelve(path, shelf, stamp=stamp, sha256=imported.sha256, resumed=True, below=below) or path
        path.with_name(path.name + WHY).unlink(missing_ok=True)
    if on_failed or path.is_relative_to(shelves.done):
        text = text_for(imported, report)
        write_report(place, WHY if failed else REPORT, text, below=shelves.root_of(place))
    if failed:
        exports.remember_failed_file(conn, report.id, os.fsencode(place))
    elif imported.outcome is Outcome.IMPORTED:
        exports.mark_shelved(conn, report.id, os.fsencode(place))
