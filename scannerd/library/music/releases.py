"""Releases that files name: which one each is, found by rule or created.

The rule, surest first:

    1  the verified release MBID
    2  a release of this title and album artist that files of this folder hold
    3  album artist and title, or an alias of those, unless MBIDs or editions contradict
    4  album artist, title and edition

The edition is the date that all tracks of the album in one folder agree on: a remaster in a folder of its own is a
release of its own, while an album whose tracks state different years stays one. Two releases with different verified
MBIDs are never one. What nothing finds is created: under title and artist where that is free, else with the edition,
else under its MBID.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.music.identity import identity


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """A release as the files of one folder name it."""

    title: str
    match_key: str
    owners: tuple[tuple[int, str], ...]  # person and name as printed, the primary artist first; empty: various
    root_id: int
    folder: bytes
    mbid: UUID | None = None
    group_mbid: UUID | None = None
    edition: str | None = None
    owner_is_guessed: bool = False  # the files name no album artist

    @property
    def key(self) -> Hashable:
        return self.mbid or (self.root_id, self.folder, self.match_key, self.artist_id)

    @property
    def artist_id(self) -> int | None:
        """The primary artist; None for a release by various artists."""
        return self.owners[0][0] if self.owners else None

    @property
    def plain_identity(self) -> bytes:
        """Title and artist: what a listen finds it by."""
        return identity("title", self.match_key, str(self.artist_id or "various"))

    @property
    def dated_identity(self) -> bytes | None:
        """The same with the edition."""
        if not self.edition:
            return None
        return identity("title", self.match_key, str(self.artist_id or "various"), self.edition)


class Candidate(NamedTuple):
    """A release that a wanted one may be."""

    surety: int
    id: int
    mbid: UUID | None  # verified
    edition: str | None
    identity_key: bytes
    is_provisional: bool


Claims = dict[int, tuple[UUID | None, str | None]]
"""What releases were given in this batch: MBID and edition, by id."""


def choose(wanted: ReleaseName, candidates: Sequence[Candidate], claims: Claims) -> int | None:
    """The first candidate, in order of surety, that nothing contradicts; it is then claimed. Pure."""
    for one in candidates:
        claimed_mbid, claimed_edition = claims.get(one.id, (None, None))
        mbid, edition = one.mbid or claimed_mbid, one.edition or claimed_edition
        if one.surety > 1 and wanted.mbid and mbid and wanted.mbid != mbid:
            continue
        if one.surety == 3 and not wanted.mbid and _differ(wanted.edition, edition):
            continue
        claims[one.id] = (mbid or wanted.mbid, edition or wanted.edition)
        return one.id
    return None


def _differ(one: str | None, other: str | None) -> bool:
    """Whether both are known, and not the same."""
    return bool(one and other and one != other)


def new_identity(wanted: ReleaseName, taken: set[bytes]) -> bytes:
    """What a new release is found by from now on. Pure."""
    choices = [wanted.plain_identity, wanted.dated_identity, wanted.mbid and identity("mbid", str(wanted.mbid))]
    free = (choice for choice in choices if choice and choice not in taken)
    return next(free, identity("folder", str(wanted.root_id), wanted.folder.hex(), wanted.match_key))


def create_releases(conn: Connection[Any], catalogue_id: int, wanted: Sequence[ReleaseName]) -> Mapping[Hashable, int]:
    """Releases by their keys, found or created. The caller holds the catalogue's lock."""
    candidates = _candidates(conn, catalogue_id, wanted)
    claims: Claims = {}
    chosen = {one.key: choose(one, candidates.get(n, []), claims) for n, one in enumerate(wanted)}
    found = {key: release_id for key, release_id in chosen.items() if release_id is not None}
    _fill(conn, catalogue_id, [(found[one.key], one) for one in wanted if one.key in found])
    taken = {candidate.identity_key for those in candidates.values() for candidate in those}
    return found | _insert(conn, catalogue_id, [one for one in wanted if one.key not in found], taken)


def _candidates(conn: Connection[Any], catalogue_id: int, wanted: Sequence[ReleaseName]) -> dict[int, list[Candidate]]:
    rows = run(
        conn,
        "list_release_candidates",
        catalogue_id=catalogue_id,
        mbids=[one.mbid for one in wanted],
        identities=[one.plain_identity for one in wanted],
        dated=[one.dated_identity for one in wanted],
        root_ids=[one.root_id for one in wanted],
        folders=[one.folder for one in wanted],
        keys=[one.match_key for one in wanted],
        artist_ids=[one.artist_id for one in wanted],
        guessed=[one.owner_is_guessed for one in wanted],
    )
    candidates: dict[int, list[Candidate]] = {}
    for n, *row in rows:
        candidates.setdefault(n - 1, []).append(Candidate(*row))
    return candidates


def _fill(conn: Connection[Any], catalogue_id: int, found: Sequence[tuple[int, ReleaseName]]) -> None:
    mbids = [one.mbid for _, one in found if one.mbid]
    if mbids:
        run(conn, "withdraw_guessed_releases_of_files", catalogue_id=catalogue_id, mbids=mbids)
    if found:
        run(
            conn,
            "fill_scanned_releases",
            ids=[id_ for id_, _ in found],
            mbids=[one.mbid for _, one in found],
            group_mbids=[one.group_mbid for _, one in found],
            editions=[one.edition for _, one in found],
            titles=[one.title for _, one in found],
            keys=[one.match_key for _, one in found],
            artist_ids=[one.artist_id for _, one in found],
            identities=[one.plain_identity for _, one in found],
        )


def _insert(
    conn: Connection[Any], catalogue_id: int, wanted: Sequence[ReleaseName], taken: set[bytes]
) -> dict[Hashable, int]:
    """Create what nobody knows; releases of this batch that nothing tells apart are one."""
    if not wanted:
        return {}
    new: dict[bytes, ReleaseName] = {}
    identities: dict[Hashable, bytes] = {}
    for one in wanted:
        shared = _same_in_batch(one, new)
        identities[one.key] = shared or new_identity(one, taken | new.keys())
        new.setdefault(identities[one.key], one)
    ids = _insert_rows(conn, catalogue_id, new)
    return {key: ids[identity_key] for key, identity_key in identities.items()}


def _same_in_batch(wanted: ReleaseName, new: Mapping[bytes, ReleaseName]) -> bytes | None:
    """One of the new releases that this one is too: discs of one album in folders of their own."""
    for identity_key, one in new.items():
        same_name = (one.match_key, one.artist_id) == (wanted.match_key, wanted.artist_id)
        if wanted.mbid and wanted.mbid == one.mbid:
            return identity_key
        if same_name and not (wanted.mbid and one.mbid) and not _differ(wanted.edition, one.edition):
            return identity_key
    return None


def _insert_rows(conn: Connection[Any], catalogue_id: int, new: Mapping[bytes, ReleaseName]) -> dict[bytes, int]:
    mbids = [one.mbid for one in new.values() if one.mbid]
    if mbids:
        run(conn, "withdraw_guessed_releases_of_files", catalogue_id=catalogue_id, mbids=mbids)
    ids: dict[bytes, int] = dict(
        run(
            conn,
            "insert_scanned_releases",
            catalogue_id=catalogue_id,
            titles=[one.title for one in new.values()],
            keys=[one.match_key for one in new.values()],
            artist_ids=[one.artist_id for one in new.values()],
            identities=list(new),
            mbids=[one.mbid for one in new.values()],
            group_mbids=[one.group_mbid for one in new.values()],
            editions=[one.edition for one in new.values()],
        )
    )
    owners = [
        (ids[identity_key], person_id, position, name)
        for identity_key, one in new.items()
        for position, (person_id, name) in enumerate(one.owners)
    ]
    if owners:
        releases, persons, positions, names = zip(*owners, strict=True)
        run(
            conn,
            "insert_scanned_release_contributions",
            release_ids=list(releases),
            person_ids=list(persons),
            positions=list(positions),
            names=list(names),
        )
    return ids
