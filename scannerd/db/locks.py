"""Advisory locks: who may create or merge names, who derives duplicates, who takes lookups away."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from scannerd.db.queries import run

# Three classes of numbers for our locks; another program's would have to guess them.
_CATALOGUE = 0x5CA9
_LISTENER = 0x5CAA
_LOOKUPS = 0x5CAB


def lock_catalogue(conn: Connection[Any], catalogue_id: int) -> None:
    """Wait until nobody else creates, merges or deletes names in this catalogue; held until the transaction ends."""
    run(conn, "lock_catalogue", lock=_CATALOGUE, catalogue_id=catalogue_id)


def lock_listener(conn: Connection[Any], listener_id: int) -> None:
    """Wait until nobody else derives this listener's duplicates; held until the transaction ends."""
    run(conn, "lock_listener", lock=_LISTENER, listener_id=listener_id)


def keep_lookups(conn: Connection[Any], catalogue_id: int) -> None:
    """Let nobody take lookups or listens away while an import finds what is there; held until the transaction ends."""
    run(conn, "keep_lookups", lock=_LOOKUPS, catalogue_id=catalogue_id)


def lock_lookups(conn: Connection[Any], catalogue_id: int) -> None:
    """Wait until no import relies on the lookups and listens of this catalogue; held until the transaction ends."""
    run(conn, "lock_lookups", lock=_LOOKUPS, catalogue_id=catalogue_id)
