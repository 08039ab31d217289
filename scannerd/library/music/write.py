"""One file, its track and all relations of it, in one transaction; many such transactions in one pipeline.

A track that nobody knew is one statement, and so a transaction by itself; a known one has its own BEGIN and COMMIT
(`scannerd.db.pipeline`). Killed between any two statements, a track is there with all its relations or as it was
before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from scannerd.db.pipeline import Statement, run_each
from scannerd.library.music.resolve import Part
from scannerd.library.music.tracks import Plan
from scannerd.library.scan_cache import Ids
from scannerd.library.stamps import Stamp
from scannerd.model.media import Details, Parsed, Role, Unreadable
from scannerd.parsers import VERSION


@dataclass(frozen=True, slots=True)
class FileRow:
    """Where a file lies, and what it was when it was read."""

    root_id: int
    folder: bytes
    name: bytes
    stamp: Stamp
    content_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Writing:
    """Everything that one transaction writes."""

    file: FileRow
    statements: tuple[Statement, ...]
    plan: Plan | None = None  # None for a file that cannot be read


def track_writing(file: FileRow, plan: Plan, *, catalogue_id: int, persons: Ids, genres: Ids, tags: Ids) -> Writing:
    """A file that holds a track; only the primary file of a track writes the track itself. Pure."""
    row = _file_row(file, plan.placed.wanted.parsed, track_id=plan.track_id, is_primary=plan.is_primary)
    if not plan.is_primary:
        return Writing(file, (("write_file", row),), plan)
    relations = _relations(plan, persons, genres, tags)
    if plan.is_new and not plan.placed.file_id:
        whole = row | _track_row(plan) | relations | {"catalogue_id": catalogue_id}
        return Writing(file, (("insert_track", whole),), plan)
    return Writing(file, (*_statements(plan, relations, catalogue_id), ("write_file", row)), plan)


def unreadable_writing(file: FileRow, unreadable: Unreadable) -> Writing:
    """A file that is there but broken: it keeps the track it held. Pure."""
    return Writing(file, (("write_unreadable_file", _place(file) | {
        "format": unreadable.format, "reason": unreadable.reason, "parsed_by": VERSION,
    }),))  # fmt: skip


def write(conn: Connection[Any], writings: Sequence[Writing]) -> list[tuple[Writing, psycopg.Error]]:
    """Write each in a transaction of its own, many on their way at once; return those that failed, with the reason.

    `conn` must be outside a transaction, in autocommit mode. Raises psycopg.Error when the connection is lost.
    """
    outcomes = run_each(conn, [writing.statements for writing in writings])
    return [(writing, exc) for writing, exc in zip(writings, outcomes, strict=True) if exc is not None]


def _statements(plan: Plan, relations: dict[str, Any], catalogue_id: int) -> Iterator[Statement]:
    """A track that is there already takes what its file says now, relation by relation."""
    track = {"track_id": plan.track_id}
    if plan.is_new:
        yield "make_track", _track_row(plan) | {"catalogue_id": catalogue_id}
    else:
        yield "update_track", _track_row(plan)
    yield "write_contributions", {name: relations[name] for name in _CONTRIBUTION} | track
    yield "write_genres", {"genres": relations["genres"]} | track
    yield "write_tags", {"tags": relations["tags"]} | track


_CONTRIBUTION = ("persons", "roles", "positions", "names", "part_details")


def _relations(plan: Plan, persons: Ids, genres: Ids, tags: Ids) -> dict[str, Any]:
    wanted = plan.placed.wanted
    parts: dict[tuple[int, Role], Part] = {}
    for part in wanted.parts:
        parts.setdefault((persons[part.person.key], part.role), part)  # two names can be one person: an alias
    return {
        "persons": [person_id for person_id, _ in parts],
        "roles": [role for _, role in parts],
        "positions": list(range(len(parts))),
        "names": [part.person.name for part in parts.values()],
        "part_details": [part.detail for part in parts.values()],
        "genres": _each(genres, wanted.genres),
        "tags": _each(tags, wanted.tags),
    }


def _each(ids: Ids, labels: Sequence[Any]) -> list[int]:
    """Two names can be one row: an alias and its genre."""
    return list(dict.fromkeys(ids[label.key] for label in labels))


def _track_row(plan: Plan) -> dict[str, Any]:
    wanted, placed, parsed = plan.placed.wanted, plan.placed, plan.placed.wanted.parsed
    return {
        "id": plan.track_id,
        "release_id": placed.release_id,
        "title": wanted.title,
        "match_key": wanted.title_key,
        "artist_ids": list(placed.artist_ids),
        "artist_credit": wanted.credit,
        "identity_key": plan.identity_key,
        "place_key": placed.place_key,
        "disc": parsed.disc,
        "position": parsed.position,
        "duration_ms": parsed.properties.duration_ms,
        "recording_mbid": parsed.recording_mbid,
        "track_mbid": parsed.track_mbid,
        "isrc": parsed.isrc,
        "year": wanted.year,
    }


def _file_row(file: FileRow, parsed: Parsed, *, track_id: int, is_primary: bool) -> dict[str, Any]:
    properties = parsed.properties
    return _place(file) | {
        "track_id": track_id,
        "is_primary": is_primary,
        "format": parsed.format,
        "codec": properties.codec,
        "duration_ms": properties.duration_ms,
        "bitrate": properties.bitrate,
        "sample_rate": properties.sample_rate,
        "channels": properties.channels,
        "bit_depth": properties.bit_depth,
        "has_picture": parsed.has_picture,
        "is_tagged": parsed.is_tagged,
        "details": _json(parsed.details),
        "parsed_by": VERSION,
    }


def _place(file: FileRow) -> dict[str, Any]:
    return {
        "root_id": file.root_id,
        "folder": file.folder,
        "name": file.name,
        "size": file.stamp.size,
        "mtime_ns": file.stamp.mtime_ns,
        "inode": file.stamp.inode,
        "content_hash": file.content_hash,
    }


def _json(details: Details) -> str:
    return json.dumps(details, ensure_ascii=False) if details else "{}"
