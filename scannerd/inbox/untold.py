"""Files on the shelves that nothing was told of: a kill came between their move and their text.

Of an export that brought something, its row remembers that the text is due (`scannerd.inbox.unfinished`). A copy of a
known export and an empty file leave no such row; what is to be said of them can be told from the files alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd.inbox.importing import Imported, Outcome
from scannerd.inbox.intake import Owner, Shelves, text_for, text_for_empty
from scannerd.inbox.shelves import REPORT, WHY, write_report
from scannerd.listens import exports
from scannerd.listens.listener import get_listener
from scannerd.listens.report import as_text
from scannerd.model.shown import shown

RECENT = 24 * 3600
"""Seconds since a file came to its shelf: whoever removes a text later than that does not find it there again."""


def tell_untold(conn: Connection[Any], shelves: Shelves, owner: Owner, *, now: float) -> int:
    """Write the texts that killed daemons did not come to; `now` is the wall clock. How many there were."""
    told = 0
    for path, size in _untold(shelves.failed, now):
        if not size:
            write_report(path, WHY, text_for_empty(path.name), below=shelves.root_of(shelves.failed))
            told += 1
    for path, size in _untold(shelves.done, now):
        text = _text(conn, path, shelves, owner) if size else None
        if text is not None:
            write_report(path, REPORT, text, below=shelves.root_of(shelves.done))
            told += 1
    return told


def _untold(shelf: Path, now: float) -> Iterator[tuple[Path, int]]:
    """Files that came to the shelf, or to a listener's folder on it, not long ago, and have no text beside them."""
    for folder in (shelf, *sorted(path for path in shelf.glob("*") if path.is_dir() and not path.is_symlink())):
        names = {entry.name for entry in os.scandir(folder)} if folder.is_dir() else set()
        for name in sorted(names):
            if name.startswith(".") or name.endswith((REPORT, WHY)) or {name + REPORT, name + WHY} & names:
                continue
            seen = (folder / name).lstat()
            if (folder / name).is_file() and not (folder / name).is_symlink() and now - seen.st_ctime < RECENT:
                yield folder / name, seen.st_size


def _text(conn: Connection[Any], path: Path, shelves: Shelves, owner: Owner) -> str | None:
    """What a report says of a file whose bytes are in the database; None of others, which are not ours."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").digest()
    name = owner.name if path.parent == shelves.done else path.parent.name
    held = exports.find_held(conn, get_listener(conn, name, time_zone=owner.time_zone), sha256)
    if held is None or held.state is not exports.State.SHELVED:
        return None
    report = exports.get_report(conn, held.id)
    if report.shelved_as == os.fsencode(path):
        return as_text(report)
    return text_for(Imported(Outcome.KNOWN, sha256, report, file=shown(path.name)), report)
