"""What follows once the files of a scan are written: heirs, what nothing needs any more, years, and listens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection

from scannerd.db.locks import lock_catalogue
from scannerd.db.queries import run
from scannerd.library.libraries import Library
from scannerd.library.music.read import FileToRead

AT_ONCE = 10_000
"""Tracks that one statement looks after."""


def list_heirs(conn: Connection[Any], tracks: Collection[int], roots: Collection[int]) -> list[FileToRead]:
    """Of each track that lost the file whose tags count, the file below these roots that is to be read in its place."""
    return run(conn, "list_heirs", track_ids=list(tracks), root_ids=list(roots)).fetchall() if tracks else []


def pass_on(conn: Connection[Any], tracks: Collection[int], library: Library) -> None:
    """Where a file of another library comes next, its next scan has something to do."""
    if tracks:
        run(conn, "unsettle_heirs", track_ids=list(tracks), library_id=library.id)


def list_companions(conn: Connection[Any], albums: Collection[tuple[int, bytes, str]]) -> list[FileToRead]:
    """Files that are to be read again together, to be of one mind about whose their album is.

    `albums` are root, folder and match key of albums without album artist, of which only some files may have been read.
    """
    if not albums:
        return []
    roots, folders, keys = zip(*sorted(albums), strict=True)
    return run(conn, "list_companions", root_ids=list(roots), folders=list(folders), keys=list(keys)).fetchall()


def list_left_behind(conn: Connection[Any], library: Library) -> tuple[set[int], list[int]]:
    """Where scans were broken off: the tracks that may have lost a file, and those whose tags were perhaps written."""
    left = run(conn, "list_left_behind", catalogue_id=library.catalogue_id)
    held = run(conn, "list_held", library_id=library.id)
    return {track_id for (track_id,) in left}, [track_id for (track_id,) in held]


def name_as_listened(conn: Connection[Any], catalogue_id: int) -> list[int]:
    """Of several tracks of one name listens find one; when that is gone, the next. Which ones those are now."""
    with conn.transaction():
        lock_catalogue(conn, catalogue_id)
        return [track_id for (track_id,) in run(conn, "name_as_listened", catalogue_id=catalogue_id)]


def tidy(
    conn: Connection[Any], tracks: Collection[int], releases: Collection[int] | None, *, catalogue_id: int
) -> None:
    """Take away what nothing needs any more: tracks without files and listens, then releases, persons and labels.

    `tracks` are those that lost a file, `releases` those that lost a track; None looks through all releases. What
    somebody listened to stays; a file that is only missing keeps its track.
    """
    with conn.transaction():
        lock_catalogue(conn, catalogue_id)
        run(conn, "keep_as_listened", track_ids=list(tracks))
        left = [id_ for (id_,) in run(conn, "delete_left_tracks", track_ids=list(tracks))]
        if releases is None:
            run(conn, "delete_all_left_releases", catalogue_id=catalogue_id)
        else:
            run(conn, "delete_left_releases", release_ids=[*left, *releases])
        for what in ("persons", "genres", "tags"):
            run(conn, f"delete_left_{what}", catalogue_id=catalogue_id)


def date_releases(conn: Connection[Any], tracks: Sequence[int], releases: Collection[int]) -> None:
    """The years of the releases that these tracks are on, and of these."""
    for start in range(0, len(tracks), AT_ONCE):
        run(conn, "date_releases", track_ids=list(tracks[start : start + AT_ONCE]), release_ids=list(releases))
