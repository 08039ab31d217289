"""What lies in the drop folder and is not taken: odd things, and files that wait for long."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from scannerd.doctor.finding import Finding, counted, ok, warning
from scannerd.doctor.whom import Whom
from scannerd.inbox.listing import Oddity, list_drop
from scannerd.model.shown import shown

_ABOUT = "dropped files"
_LONG = 3600.0
"""Seconds after which a file that a running daemon did not take is worth a word; without one it is a day."""
_DAY = 86_400.0


def look(
    folder: Path, *, ignore: Collection[str], shelves: Collection[Path], whom: Whom, is_running: bool
) -> Iterator[Finding]:
    """Judge what is there now."""
    if not folder.is_dir():
        return
    found = [*list_drop(folder, ignore=ignore, shelves=shelves)]
    odd = [one for one in found if isinstance(one, Oddity)]
    yield from _odd(folder, odd)
    paths = sorted(one.path for one in found if not isinstance(one, Oddity))
    if whom.can_be_tried and (closed := whom.closed(paths[:500])):
        what = f"{counted(len(closed), 'file')} in {folder} cannot be read by {whom.name}: {_some(folder, closed)}"
        yield warning(_ABOUT, what, "they are not taken in", f"chmod -R g+rX {folder}")
    limit = _LONG if is_running else _DAY
    old = [path for path in paths if _age(path) > limit]
    if old and (not whom.can_be_tried or whom.why_not_written(folder) is None):
        why = "a running scannerd takes a file in within a minute" if is_running else "scannerd does not run"
        what = f"{counted(len(old), 'file')} in {folder} {_wait(len(old))} for long: {_some(folder, old)}"
        yield warning(_ABOUT, what, why, "scannerd status")
    elif not odd:
        yield ok(_ABOUT, f"{counted(len(paths), 'file')} in the drop folder" if paths else "none is waiting")


def _odd(folder: Path, odd: list[Oddity]) -> Iterator[Finding]:
    if odd:
        first = odd[0]
        more = f", and {len(odd) - 1:,} more" if len(odd) > 1 else ""
        what = f"{shown(os.fspath(first.path.relative_to(folder)))} in {folder} {first.why}{more}"
        yield warning(_ABOUT, what, "it is never taken in", "scannerd status")


def _age(path: Path) -> float:
    """Since it came, or was touched: a copy may keep the time at which its content was written."""
    try:
        return time.time() - path.lstat().st_ctime
    except OSError:
        return 0.0  # taken just now


def _some(folder: Path, paths: list[Path]) -> str:
    names = [shown(os.fspath(path.relative_to(folder))) for path in paths[:3]]
    return ", ".join(names) + (", ..." if len(paths) > 3 else "")


def _wait(count: int) -> str:
    return "waits" if count == 1 else "wait"
