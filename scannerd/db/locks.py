"""Advisory locks, in the order in which whoever needs several takes them: lookups, storing, catalogue, listener,
book listens.

A scan's lock on its library belongs to its session, and is taken before all of these. So does a daemon's lead on a
folder or a library, which it keeps for as long as its session lives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run

# Classes of numbers for our locks; another program's would have to guess them.
_CATALOGUE = 0x5CA9
_LISTENER = 0x5CAA
_LOOKUPS = 0x5CAB
_STORING = 0x5CAC
LIBRARY = 0x5CAD
_BOOK_LISTENS = 0x5CAE


_LEAD = 0x5CAF


def try_lead(conn: Connection[Any], *what: str) -> bool:
    """Whether this session leads in what these words name, from now on or already; another one has to stand by.

    The server ends a lead with its session: who takes over need not ask whether the other is still alive.
    """
    return run(conn, "try_lead", lock=_LEAD, key=_lead_key(*what)).fetchone() == (True,)


def are_led(conn: Connection[Any], whats: Sequence[tuple[str, ...]]) -> list[bool]:
    """Of each of these whether some session leads in it now."""
    keys = [_lead_key(*what) for what in whats]
    led = {key for (key,) in run(conn, "list_led", lock=_LEAD, keys=keys)}
    return [key in led for key in keys]


def _lead_key(*what: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(what).encode("utf-8", "surrogateescape")).digest()[:4]) >> 1


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


def lock_storing(conn: Connection[Any], listener_id: int) -> None:
    """Wait until nobody else stores several of this listener's listens; held until the transaction ends.

    Two exports that overlap tell the same listens in different orders: each would wait for the other's.
    """
    run(conn, "lock_listener", lock=_STORING, listener_id=listener_id)


def lock_book_listens(conn: Connection[Any]) -> None:
    """Wait until nobody else finds books for what was heard of them; held until the transaction ends."""
    run(conn, "lock_book_listens", lock=_BOOK_LISTENS)


def try_library(conn: Connection[Any], library_id: int) -> bool:
    """Whether nobody else scans this library, on any machine; from now on nobody can, until `free_library`."""
    return run(conn, "try_library_lock", lock=LIBRARY, library_id=library_id).fetchone() == (True,)


def free_library(conn: Connection[Any], library_id: int) -> None:
    """The scan is over."""
    run(conn, "free_library", lock=LIBRARY, library_id=library_id)
