"""What leaves the catalogue, what takes its place, and what thereby becomes equal: the common part of merge and delete.

Everything is worked out first (`leaving_*` and `changing_*`, temp tables), then written, in a fixed number of
statements. Identities follow from what they name: releases of one title and artist, and tracks of one release, artists
and title, are one. So whatever becomes equal leaves too, into one of its equals; the order of merges does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from psycopg import Connection

from scannerd.db.locks import lock_catalogue
from scannerd.db.queries import run
from scannerd.errors import NotFound, UsageError

Kind = Literal["person", "release", "track"]


class Remark(Protocol):
    """Derive a listener's same plays anew, for the titles that some lookups have now and had before.

    This is `scannerd.listens.duplicates.mark_lookups`, handed in by the caller: the catalogue stands beside the
    listens, not above them.
    """

    def __call__(self, conn: Connection[Any], lookup_ids: Sequence[int], *, listener_id: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Gone:
    """What left the catalogue, whatever was asked for included."""

    releases: int
    tracks: int


@contextmanager
def locked(conn: Connection[Any], kind: Kind, *ids: int) -> Iterator[int]:
    """One transaction that nobody else changes the catalogue of these rows in; gives the catalogue's number."""
    with conn.transaction():
        catalogue_id = _catalogue_of(conn, kind, ids)
        lock_catalogue(conn, catalogue_id)
        # Again: whoever held the lock may have merged or deleted them.
        _catalogue_of(conn, kind, ids)
        run(conn, "create_leaving")
        yield catalogue_id


def leave(conn: Connection[Any], *, catalogue_id: int, remark: Remark) -> Gone:
    """Let go what the `leaving_*` tables name. Belongs into `locked`."""
    run(conn, "create_changing_releases")
    run(conn, "find_equal_releases", catalogue_id=catalogue_id)
    run(conn, "create_changing_tracks")
    run(conn, "find_equal_tracks", catalogue_id=catalogue_id)
    run(conn, "create_left")
    run(conn, "create_touched_lookups")
    _move_contributions(conn)
    run(conn, "repoint_lookups")
    _let_tracks_go(conn, catalogue_id)
    _let_releases_go(conn, catalogue_id)
    _let_persons_go(conn, catalogue_id)
    _mark_again(conn, remark)
    releases, tracks = run(conn, "count_leaving").fetchone() or (0, 0)
    run(conn, "drop_leaving")
    return Gone(releases, tracks)


def _catalogue_of(conn: Connection[Any], kind: Kind, ids: Sequence[int]) -> int:
    found: dict[int, int] = dict(run(conn, "find_catalogues", kind=kind, ids=list(ids)).fetchall())
    missing = [number for number in ids if number not in found]
    if missing:
        raise NotFound(f"there is no {kind} {missing[0]}: it was merged, deleted, or never there")
    if len(set(found.values())) > 1:
        raise UsageError(f"{kind} {ids[0]} and {kind} {ids[1]} belong to different catalogues")
    return found[ids[0]]


def _move_contributions(conn: Connection[Any]) -> None:
    run(conn, "drop_second_contributions")
    run(conn, "move_contributions")
    run(conn, "drop_second_release_contributions")
    run(conn, "move_release_contributions")
    run(conn, "attach_release_contributions")
    run(conn, "drop_second_book_contributions")
    run(conn, "move_book_contributions")
    run(conn, "drop_second_file_contributions")
    run(conn, "move_file_contributions")


def _let_tracks_go(conn: Connection[Any], catalogue_id: int) -> None:
    run(conn, "drop_changing_track_aliases", catalogue_id=catalogue_id)
    run(conn, "move_track_aliases")
    run(conn, "yield_primary_files")
    run(conn, "move_files_of_merged_tracks")
    run(conn, "release_files_of_deleted_tracks")
    run(conn, "move_labels_of_merged_tracks")
    run(conn, "delete_leaving_tracks")
    run(conn, "change_tracks")
    run(conn, "fill_merged_tracks")
    run(conn, "drop_shadowed_track_aliases", catalogue_id=catalogue_id)
    run(conn, "insert_merged_track_aliases", catalogue_id=catalogue_id)


def _let_releases_go(conn: Connection[Any], catalogue_id: int) -> None:
    run(conn, "drop_changing_release_aliases", catalogue_id=catalogue_id)
    run(conn, "move_release_aliases")
    run(conn, "move_release_mbids")
    run(conn, "delete_leaving_releases")
    run(conn, "change_releases")
    run(conn, "title_merged_releases")
    run(conn, "fill_merged_releases")
    run(conn, "insert_release_mbids", catalogue_id=catalogue_id)
    run(conn, "drop_shadowed_release_aliases", catalogue_id=catalogue_id)
    run(conn, "insert_merged_release_aliases", catalogue_id=catalogue_id)


def _let_persons_go(conn: Connection[Any], catalogue_id: int) -> None:
    run(conn, "move_person_aliases")
    run(conn, "move_person_mbids")
    run(conn, "delete_leaving_persons")
    run(conn, "fill_merged_persons")
    run(conn, "insert_person_mbids", catalogue_id=catalogue_id)


def _mark_again(conn: Connection[Any], remark: Remark) -> None:
    lookup_ids = [lookup_id for (lookup_id,) in run(conn, "list_touched_lookups")]
    for (listener_id,) in run(conn, "list_touched_listeners").fetchall():
        remark(conn, lookup_ids, listener_id=listener_id)
