"""Which track each file of a batch holds, and whether it is the file whose tags count.

A file finds its track by, in this order:

    place      the release track MBID, else release, disc, position and title (a file without artist, title and album:
               its content)
    held       the track it held so far, where it is still the same recording (a corrected tag), and no other file's
    identity   release, artists and title: what a listen is found by; then the track was only listened to so far
    alias      what a merge left: several files and their listens are one track for good
    recording  the verified recording on that release, likewise

What nothing finds is a new track. Of several files of one track the first one present is primary: its tags count. The
others are files of that track, and nothing more, until the primary goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.library.music.identity import identity
from scannerd.library.music.resolve import Wanted
from scannerd.library.scan_cache import Ids


@dataclass(frozen=True, slots=True)
class Placed:
    """A file's track by its keys: names have numbers by now."""

    wanted: Wanted
    file_id: int | None  # None for a file that was never seen
    release_id: int | None
    artist_ids: tuple[int, ...]
    identity_key: bytes
    place_key: bytes


class Candidate(NamedTuple):
    """A track that a file may hold."""

    how: str
    id: int
    is_placed: bool  # a file holds it, or held it
    release_id: int | None
    disc: int | None
    position: int | None
    title_key: str
    artist_ids: list[int]
    duration_ms: int | None
    recording_mbid: UUID | None
    track_mbid: UUID | None
    primary_file_id: int | None
    others: int  # further present files


@dataclass(slots=True)
class Plan:
    """What is to be written of one file."""

    placed: Placed
    track_id: int
    is_new: bool
    is_primary: bool
    identity_key: bytes
    left_track_id: int | None  # the track it held before, where that is another one
    left_release_id: int | None = None  # the release its track was on before, where that is another one


def place(wanted: Wanted, *, file_id: int | None, release_id: int | None, persons: Ids, content_hash: bytes) -> Placed:
    """The keys of a file's track. Pure."""
    artist_ids = tuple(sorted({persons[one.key] for one in wanted.artists}))
    release, artists = str(release_id or ""), ",".join(map(str, artist_ids))
    return Placed(
        wanted=wanted,
        file_id=file_id,
        release_id=release_id,
        artist_ids=artist_ids,
        identity_key=identity("track", release, artists, wanted.title_key),
        place_key=_place_key(wanted, release, artists, content_hash),
    )


def _place_key(wanted: Wanted, release: str, artists: str, content_hash: bytes) -> bytes:
    parsed = wanted.parsed
    if parsed.track_mbid:
        return identity("place", "mbid", parsed.track_mbid)
    if not parsed.is_tagged:
        return identity("place", "content", content_hash.hex())
    if not release:
        return identity("place", "no release", artists, wanted.title_key)
    return identity("place", release, str(parsed.disc or 1), str(parsed.position or ""), wanted.title_key)


def plan(conn: Connection[Any], catalogue_id: int, batch: Sequence[Placed]) -> list[Plan]:
    """Which track each file of a batch holds; new ones have their numbers already."""
    candidates = _candidates(conn, catalogue_id, batch)
    known = choose_all(batch, candidates)
    new = [key for key in dict.fromkeys(placed.place_key for placed in batch) if key not in known]
    numbers = [track_id for (track_id,) in run(conn, "take_track_ids", count=len(new))] if new else []
    return plans(batch, candidates, known | dict(zip(new, numbers, strict=True)), set(new))


def choose_all(batch: Sequence[Placed], candidates: Mapping[int, list[Candidate]]) -> dict[bytes, int]:
    """The known track of each place of the batch that has one, and no track for two places. Pure."""
    chosen: dict[bytes, int] = {}
    taken: set[int] = set()
    for hows in (("place",), ("held",), ("identity", "alias", "recording")):
        for n, placed in enumerate(batch):
            if placed.place_key not in chosen:
                track_id = _choose(placed, candidates.get(n, ()), hows, taken)
                if track_id is not None:
                    chosen[placed.place_key] = track_id
                    taken.add(track_id)
    return chosen


def _choose(placed: Placed, candidates: Iterable[Candidate], hows: Sequence[str], taken: set[int]) -> int | None:
    for one in candidates:
        if one.how not in hows:
            continue
        if one.how == "alias":
            return one.id  # a person said that several are one
        if one.id in taken:
            continue
        if one.how == "place":
            return one.id
        if one.how == "held":
            if not one.others and is_same_recording(placed, one):
                return one.id
        elif not one.is_placed:
            return one.id
    return None


def is_same_recording(placed: Placed, held: Candidate) -> bool:
    """Whether new tags of a file are a correction, and not another recording under the old name. Pure."""
    parsed = placed.wanted.parsed
    duration = parsed.properties.duration_ms
    if parsed.recording_mbid and held.recording_mbid:
        return UUID(parsed.recording_mbid) == held.recording_mbid
    same_place = (placed.release_id, parsed.disc or 1, parsed.position) == (
        held.release_id,
        held.disc or 1,
        held.position,
    )
    same_name = placed.wanted.title_key == held.title_key and set(placed.artist_ids) & set(held.artist_ids)
    return bool(
        (same_place and held.release_id is not None and held.position is not None)
        or same_name
        or (duration is not None and duration == held.duration_ms)
    )


def plans(
    batch: Sequence[Placed], candidates: Mapping[int, list[Candidate]], tracks: Mapping[bytes, int], new: set[bytes]
) -> list[Plan]:
    """What is to be written of each file: of several files of one track the first writes it. Pure."""
    planned: list[Plan] = []
    identities: set[bytes] = set()
    have_primary: set[int] = set()
    primes = {one.id: one.primary_file_id for those in candidates.values() for one in those}
    for n, placed in enumerate(batch):
        track_id = tracks[placed.place_key]
        known = candidates.get(n, [])
        is_primary = track_id not in have_primary and primes.get(track_id) in (None, placed.file_id)
        identity_key = _free_identity(placed, track_id, known, identities)
        if is_primary:
            have_primary.add(track_id)
            identities.add(identity_key)
        held = next((one.id for one in known if one.how == "held"), None)
        left = held if held != track_id else None
        release_id = next((one.release_id for one in known if one.id == track_id), None)
        planned.append(
            Plan(
                placed,
                track_id,
                is_primary and placed.place_key in new,
                is_primary,
                identity_key,
                left_track_id=left,
                left_release_id=release_id if is_primary and release_id != placed.release_id else None,
            )
        )
    return planned


def _free_identity(placed: Placed, track_id: int, known: Iterable[Candidate], taken: set[bytes]) -> bytes:
    """What listens find the track by, unless another track is found by it already: "Intro" on two discs."""
    has_other = any(one.id != track_id for one in known if one.how in ("identity", "alias"))
    return placed.place_key if has_other or placed.identity_key in taken else placed.identity_key


def _candidates(conn: Connection[Any], catalogue_id: int, batch: Sequence[Placed]) -> dict[int, list[Candidate]]:
    rows = run(
        conn,
        "list_track_candidates",
        catalogue_id=catalogue_id,
        place_keys=[one.place_key for one in batch],
        identity_keys=[one.identity_key for one in batch],
        recordings=[one.wanted.parsed.recording_mbid for one in batch],
        releases=[one.release_id for one in batch],
        file_ids=[one.file_id for one in batch],
    )
    found: dict[int, list[Candidate]] = {}
    for n, *row in rows:
        found.setdefault(n - 1, []).append(Candidate(*row))
    return found
