"""Lookups -> artists, releases, tracks, in sets.

The rules, in the order they are asked:

    artists   a verified (name, MBID) pair by its MBID, then by adopting the one of that name who has none; a bare name
              by alias; of several holders the one already on that release, else the one without MBID, else a new one
    release   by MBID, then by title and primary artist (or "various"); no album means no release; a release known only
              by its MBID takes the track's title until somebody tells its own
    track     the one a file holds, by artist and title, on a release of that title or where no album is named; then by
              verified recording on that release, then by release, artists and title

Names are taken apart here (`scannerd.model.names`), everything else is SQL (`sql/queries/resolve*.sql`). Each batch is
one short transaction under the catalogue's lock: whatever it creates is committed together with the lookups that use
it, and no merge can come between. Where there are several batches, all verified pairs go before the first, so that the
size of a batch decides nothing. Whoever was created and then not needed, because a track or release that was there is
told otherwise, goes again. `track_lookup.resolved_by` says which rules found a lookup's rows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from scannerd.db.copying import copy_rows
from scannerd.db.locks import lock_catalogue
from scannerd.db.queries import run
from scannerd.listens.taken import Taken, take_apart, take_pairs
from scannerd.model.artist_names import SplitRules

BATCH_SIZE = 10_000

_RESOLVING_TYPES = [
    *["int8"] * 2, *["text"] * 6, *["bool"] * 2, *["uuid"] * 3, "text", "int4", *["uuid"] * 3,
]  # fmt: skip
NAME_TYPES = ["int8", "bool", "int2", "text", "text", "uuid", "bool"]
_ALIAS_TYPES = ["int8", "text", "int2", "text", "text", "text"]


@dataclass(slots=True)
class NewNames:
    """What resolving brought into the catalogue."""

    artists: int = 0
    releases: int = 0
    tracks: int = 0

    def add(self, other: NewNames) -> None:
        """Count another batch in."""
        self.artists += other.artists
        self.releases += other.releases
        self.tracks += other.tracks


def resolve_export(
    conn: Connection[Any],
    export_id: int,
    *,
    catalogue_id: int,
    rules: SplitRules,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    batch_size: int = BATCH_SIZE,
) -> NewNames:
    """Resolve what one export's listens need, batch by batch, each committed; a restart goes on where it ended.

    `progress` is told the batches done and all; `stop` is looked at between batches.
    """
    with conn.transaction():
        run(conn, "create_pending", export_id=export_id, batch_size=batch_size)
    return resolve_pending(
        conn, catalogue_id=catalogue_id, rules=rules, stop=stop, progress=progress, export_id=export_id
    )


def resolve_again(
    conn: Connection[Any],
    *,
    catalogue_id: int,
    rules: SplitRules,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    batch_size: int = BATCH_SIZE,
) -> NewNames:
    """Resolve what points to no track, and what was resolved under other name rules than these."""
    with conn.transaction():
        run(
            conn,
            "create_pending_again",
            catalogue_id=catalogue_id,
            rules_version=rules.version,
            batch_size=batch_size,
        )
    return resolve_pending(conn, catalogue_id=catalogue_id, rules=rules, stop=stop, progress=progress)


def resolve_some(conn: Connection[Any], lookup_ids: Sequence[int], *, catalogue_id: int, rules: SplitRules) -> NewNames:
    """Resolve these lookups, where they are not resolved yet: the live path."""
    with conn.transaction():
        run(conn, "create_pending_some", lookup_ids=list(lookup_ids))
    return resolve_pending(conn, catalogue_id=catalogue_id, rules=rules)


def resolve_pending(
    conn: Connection[Any],
    *,
    catalogue_id: int,
    rules: SplitRules,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    export_id: int | None = None,
) -> NewNames:
    """Resolve what the temp table `pending` lists, batch by batch, and drop it; an export is told what that brought."""
    total = NewNames()
    batches = [batch_no for (batch_no,) in run(conn, "list_pending_batches")]
    if len(batches) > 1:
        with conn.transaction():
            total.artists = _resolve_pairs(conn, catalogue_id=catalogue_id, rules=rules, export_id=export_id)
            _count(conn, export_id, total)
    for done, batch_no in enumerate(batches):
        if stop is not None and stop.is_set():
            break
        if progress is not None:
            progress(done, len(batches))
        with conn.transaction():
            new = _resolve_next(conn, batch_no, catalogue_id=catalogue_id, rules=rules)
            _count(conn, export_id, new)
        total.add(new)
    else:
        if export_id is not None or len(batches) > 1:
            with conn.transaction():
                unneeded = _forget_announced(conn, catalogue_id, export_id)
                _count(conn, export_id, unneeded)
            total.add(unneeded)
    with conn.transaction():
        run(conn, "drop_pending")
    return total


def _count(conn: Connection[Any], export_id: int | None, new: NewNames) -> None:
    """Tell the export what resolving it brought, in the transaction that brings it."""
    if export_id is not None and new != NewNames():
        run(conn, "add_new_names", export_id=export_id, artists=new.artists, releases=new.releases, tracks=new.tracks)


def _resolve_next(conn: Connection[Any], batch_no: int, *, catalogue_id: int, rules: SplitRules) -> NewNames:
    lock_catalogue(conn, catalogue_id)
    # Under the lock: of lookups that an undo takes away meanwhile nothing may be created.
    taken = [take_apart(row, rules) for row in run(conn, "list_pending_lookups", batch_no=batch_no)]
    left = run(conn, "create_left_lookups", batch_no=batch_no).rowcount
    new = _resolve_batch(conn, taken, catalogue_id=catalogue_id, rules_version=rules.version)
    if left:
        run(conn, "create_undone")
        delete_unneeded(conn)
    return new


def _forget_announced(conn: Connection[Any], catalogue_id: int, export_id: int | None) -> NewNames:
    """Delete whom the pairs brought and no lookup needed, where an earlier try was killed as well; counted down."""
    lock_catalogue(conn, catalogue_id)
    return NewNames(artists=-run(conn, "delete_announced_persons", export_id=export_id).rowcount)


def _resolve_pairs(conn: Connection[Any], *, catalogue_id: int, rules: SplitRules, export_id: int | None) -> int:
    """All verified pairs before any bare name, so that who is meant does not depend on where a batch ends."""
    lock_catalogue(conn, catalogue_id)
    pairs = take_pairs(run(conn, "list_pending_pairs"), rules)
    if not pairs:
        return 0
    run(conn, "create_resolving")
    copy_rows(conn, "copy_resolving_names", NAME_TYPES, pairs)
    run(conn, "analyze_resolving")
    created = resolve_verified(conn, catalogue_id)
    run(conn, "announce_persons", export_id=export_id)
    return created


def _resolve_batch(conn: Connection[Any], taken: Sequence[Taken], *, catalogue_id: int, rules_version: int) -> NewNames:
    run(conn, "create_resolving")
    copy_rows(conn, "copy_resolving", _RESOLVING_TYPES, (one.title for one in taken))
    copy_rows(conn, "copy_resolving_names", NAME_TYPES, (name for one in taken for name in one.names))
    copy_rows(conn, "copy_resolving_aliases", _ALIAS_TYPES, (alias for one in taken for alias in one.aliases))
    run(conn, "analyze_resolving")
    new = NewNames(
        artists=_resolve_persons(conn, catalogue_id),
        releases=_resolve_releases(conn, catalogue_id),
        tracks=_resolve_tracks(conn, catalogue_id),
    )
    _learn_aliases(conn, catalogue_id, taken)
    run(conn, "point_lookups", rules_version=rules_version)
    if new.artists:
        new.artists -= run(conn, "delete_new_persons").rowcount
    return new


def delete_unneeded(conn: Connection[Any]) -> NewNames:
    """Delete what lookups left behind and nothing else needs; the temp tables of `create_undone` say what they left."""
    tracks = run(conn, "delete_unneeded_tracks").rowcount
    releases = run(conn, "delete_unneeded_releases").rowcount
    return NewNames(run(conn, "delete_unneeded_persons").rowcount, releases, tracks)


def resolve_verified(conn: Connection[Any], catalogue_id: int) -> int:
    run(conn, "create_wanted_persons")
    run(conn, "withdraw_guessed_persons", catalogue_id=catalogue_id)
    run(conn, "find_persons_by_mbid", catalogue_id=catalogue_id)
    if run(conn, "adopt_persons", catalogue_id=catalogue_id).rowcount:
        run(conn, "find_persons_by_mbid", catalogue_id=catalogue_id)
    created = run(conn, "insert_persons_with_mbid", catalogue_id=catalogue_id).rowcount
    run(conn, "find_persons_by_mbid", catalogue_id=catalogue_id)
    return created


def _resolve_persons(conn: Connection[Any], catalogue_id: int) -> int:
    created = resolve_verified(conn, catalogue_id)
    run(conn, "find_persons_by_name", catalogue_id=catalogue_id)
    run(conn, "point_names")
    run(conn, "prefer_persons_on_release", catalogue_id=catalogue_id)
    created += run(conn, "insert_persons", catalogue_id=catalogue_id).rowcount
    run(conn, "point_names")
    run(conn, "fill_guessed_persons", catalogue_id=catalogue_id)
    run(conn, "choose_leads")
    run(conn, "point_primary_artists")
    return created


def _resolve_releases(conn: Connection[Any], catalogue_id: int) -> int:
    run(conn, "prefer_owned_releases", catalogue_id=catalogue_id)
    run(conn, "keep_to_known_releases", catalogue_id=catalogue_id)
    run(conn, "agree_on_release_identities")
    run(conn, "create_wanted_releases")
    run(conn, "withdraw_guessed_releases", catalogue_id=catalogue_id)
    run(conn, "find_releases", catalogue_id=catalogue_id)
    run(conn, "title_provisional_releases", catalogue_id=catalogue_id)
    run(conn, "fill_releases")
    created = run(conn, "insert_releases", catalogue_id=catalogue_id).rowcount
    run(conn, "insert_release_contributions")
    run(conn, "point_releases")
    run(conn, "fill_guessed_releases", catalogue_id=catalogue_id)
    return created


def _resolve_tracks(conn: Connection[Any], catalogue_id: int) -> int:
    run(conn, "prefer_owned_tracks")
    run(conn, "agree_on_track_identities")
    run(conn, "create_wanted_tracks")
    run(conn, "find_tracks_by_recording", catalogue_id=catalogue_id)
    run(conn, "find_tracks", catalogue_id=catalogue_id)
    run(conn, "fill_tracks")
    created = run(conn, "insert_tracks", catalogue_id=catalogue_id).rowcount
    run(conn, "insert_track_contributions")
    run(conn, "point_tracks")
    run(conn, "follow_tracks")
    return created


def _learn_aliases(conn: Connection[Any], catalogue_id: int, taken: Sequence[Taken]) -> None:
    if any(one.aliases for one in taken):
        for of in ("person", "release", "track"):
            run(conn, f"insert_{of}_aliases", catalogue_id=catalogue_id)
