"""Today's name rules, applied to everything that was imported under others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.listens.duplicates import mark_all
from scannerd.listens.listener import Listener
from scannerd.listens.resolve import NewNames, resolve_again
from scannerd.model.artist_names import SplitRules


@dataclass(slots=True)
class Reapplied:
    """What came of it; `complete` is False when `stop` came first, and the same call then goes on."""

    new: NewNames = field(default_factory=NewNames)
    marks: int = 0  # listens that became, or are no longer, duplicates
    complete: bool = True


def reapply(
    conn: Connection[Any],
    *,
    rules: SplitRules,
    stop: threading.Event | None = None,
    tell: Callable[[str, int, int], None] | None = None,
) -> Reapplied:
    """Resolve again, catalogue by catalogue, then derive each listener's duplicates anew."""
    stop = stop or threading.Event()
    done = Reapplied()
    listeners = list_listeners(conn)
    for catalogue_id in sorted({listener.catalogue_id for listener in listeners}):
        progress = None if tell is None else lambda batches, all_: tell("resolving", batches, all_)
        done.new.add(resolve_again(conn, catalogue_id=catalogue_id, rules=rules, stop=stop, progress=progress))
    for number, listener in enumerate(listeners):
        if stop.is_set():
            done.complete = False
            break
        if tell is not None:
            tell("marking duplicates", number, len(listeners))
        with conn.transaction():
            done.marks += mark_all(conn, listener_id=listener.id)
    return done


def list_listeners(conn: Connection[Any]) -> list[Listener]:
    """Everybody whose listens are here."""
    return [Listener(*row) for row in run(conn, "list_listeners")]
