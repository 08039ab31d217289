"""Whose listens they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.errors import NotFound
from scannerd.model.names import clean, match_key


@dataclass(frozen=True, slots=True)
class Listener:
    """A row of `listener`."""

    id: int
    catalogue_id: int
    time_zone: str  # IANA name
    name: str


def find_listener(conn: Connection[Any], name: str) -> Listener | None:
    """The listener of that name, however it is written."""
    row = run(conn, "find_listener", match_key=match_key(name)).fetchone()
    return Listener(*row) if row else None


def get_listener(conn: Connection[Any], name: str, *, time_zone: str) -> Listener:
    """The listener of that name, created on first use with this time zone. Commits nothing."""
    run(conn, "insert_listener", name=clean(name), match_key=match_key(name), time_zone=time_zone)
    found = find_listener(conn, name)
    if found is None:
        raise NotFound(f"the listener '{name}' was deleted while its export came in")
    return found


def set_time_zone(conn: Connection[Any], time_zone: str) -> None:
    """Let all listeners live in this zone: local times read from now on are meant in it, and days begin by it.

    What was read before keeps its moment: an export of local times is undone and imported again.
    """
    run(conn, "set_time_zone", time_zone=time_zone)


def listener_of(conn: Connection[Any], listener_id: int) -> Listener:
    """The listener of that number."""
    row = run(conn, "get_listener", listener_id=listener_id).fetchone()
    if row is None:
        raise NotFound(f"there is no listener {listener_id}")
    return Listener(*row)
