"""A person, a release or a track goes. What sources wrote of it stays, and so does every listen: its lookups point to
nothing, until the next import or re-resolve brings back what their words name.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from scannerd.catalogue.leaving import Gone, Remark, leave, locked
from scannerd.db.queries import run


def delete_person(conn: Connection[Any], *, person_id: int, remark: Remark) -> Gone:
    """A person, their releases, and the tracks they lead; from others only their contribution goes."""
    with locked(conn, "person", person_id) as catalogue_id:
        run(conn, "insert_leaving_person", id=person_id, into_id=None)
        run(conn, "delete_releases_of_person")
        run(conn, "delete_tracks_of_release")
        run(conn, "delete_tracks_of_person")
        return leave(conn, catalogue_id=catalogue_id, remark=remark)


def delete_release(conn: Connection[Any], *, release_id: int, remark: Remark) -> Gone:
    """A release and its tracks."""
    with locked(conn, "release", release_id) as catalogue_id:
        run(conn, "insert_leaving_release", id=release_id, into_id=None)
        run(conn, "delete_tracks_of_release")
        return leave(conn, catalogue_id=catalogue_id, remark=remark)


def delete_track(conn: Connection[Any], *, track_id: int, remark: Remark) -> Gone:
    """A track; its release stays."""
    with locked(conn, "track", track_id) as catalogue_id:
        run(conn, "insert_leaving_track", id=track_id, into_id=None)
        return leave(conn, catalogue_id=catalogue_id, remark=remark)
