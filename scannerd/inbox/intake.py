"""One settled file of the drop folder: imported, reported on, put away.

The order is the safety: the import is committed, then the file moves, then its report is written, then the export is
marked as shelved. What a killed daemon left between two of these steps is finished when the file, or its empty place,
is seen again, the latter by `unfinished`.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.inbox.importing import How, Imported, Outcome, Tell, import_file
from scannerd.inbox.listing import Candidate
from scannerd.inbox.settle import Stamp
from scannerd.inbox.shelves import REPORT, WHY, shelve, write_report
from scannerd.listens import exports
from scannerd.listens.listener import get_listener
from scannerd.listens.report import Report, as_text, one_line
from scannerd.model.shown import shown

logger = logging.getLogger(__name__)

_MAY_NOT_MOVE = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_BYTES = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where files go; `may_move` is False where the drop folder is read-only and files stay."""

    done: Path
    failed: Path
    may_move: bool = True
    drop: Path | None = None  # what lies below it, a link too, may be the work of whoever drops files

    def root_of(self, place: Path) -> Path:
        """The folder from which on no link is followed on the way to this place on a shelf."""
        roots = (self.drop, self.done, self.failed)
        return next(root for root in roots if root is not None and place.is_relative_to(root))


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
    patient: bool = False,
    stop: threading.Event | None = None,
    tell: Tell | None = None,
) -> Imported:
    """Take one settled file in and put it away; with `patient`, one that ends in the middle stays, CUT_OFF.

    Raises DatabaseUnavailable or OSError: the file stays, try again.
    """
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
        retry_failed=False,
        patient=patient,
    )


def refuse_empty(candidate: Candidate, *, shelves: Shelves) -> None:
    """An empty file that stayed empty: nothing to import, and no copy will finish it any more."""
    why = text_for_empty(candidate.path.name)
    shelved = _move(candidate, shelves, shelves.failed, _NO_BYTES, resumed=False)
    if shelved is not None:
        write_report(shelved, WHY, why, below=shelves.root_of(shelved))
    what = "put aside" if shelved is not None else "left where it is"
    logger.warning("%s is empty: %s", shown(candidate.path.name), what, extra={"action": "intake_empty"})


def text_for_empty(name: str) -> str:
    """What a person reads beside it."""
    return (
        f"{shown(name)}: this file is empty (0 bytes)\n"
        "It stayed so for a while, so it was moved here. A copy or a download probably failed: drop the file again.\n"
    )


def _put_away(
    conn: Connection[Any], candidate: Candidate, imported: Imported, report: Report, shelves: Shelves
) -> None:
    failed = imported.outcome is Outcome.FAILED
    shelf = shelves.failed if failed else shelves.done
    # Only an export that was there before may have got as far as the shelf.
    shelved = _move(candidate, shelves, shelf, imported.sha256, resumed=imported.resumed)
    if shelved is not None:
        text = text_for(imported, report)
        write_report(shelved, WHY if failed else REPORT, text, below=shelves.root_of(shelved))
    place = os.fsencode(shelved or candidate.path)
    if failed:
        exports.remember_failed_file(conn, report.id, place)
    elif imported.outcome is Outcome.IMPORTED:
        exports.mark_shelved(conn, report.id, place)
    _log(imported, report, shelved, is_old=report.shelved_as == place)


def _move(candidate: Candidate, shelves: Shelves, shelf: Path, sha256: bytes, *, resumed: bool) -> Path | None:
    """Where the file lies now; None where it may not be moved, or changed in the last moment and settles again."""
    if not shelves.may_move:
        return None
    own, below = shelf / (candidate.listener or ""), shelves.root_of(shelf)
    try:
        return shelve(candidate.path, own, stamp=candidate.stamp, sha256=sha256, resumed=resumed, below=below)
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


def _log(imported: Imported, report: Report, shelved: Path | None, *, is_old: bool) -> None:
    """One line; of a file that stays where it is, and was told of by an earlier run, only to who debugs."""
    words: tuple[object, ...]
    match imported.outcome:
        case Outcome.FAILED:
            place = f" (put aside as {shown(shelved.name)})" if shelved else ""
            said, words = "%s was not imported: %s%s", (report.file, report.error, place)
            level, action = logging.WARNING, "intake_failed"
        case Outcome.KNOWN:
            said, words = "%s is already imported as %s", (imported.file, _held(imported, report))
            level, action = logging.INFO, "intake_known"
        case _:
            said, words = "took in %s", (one_line(report),)
            level, action = logging.INFO, "intake_done"
    logger.log(logging.DEBUG if is_old else level, said, *words, extra={"action": action})


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file named on the command line, which nobody waits for to settle."""
    return Stamp.of(path.stat())
