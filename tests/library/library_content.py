"""What a database says of a library, told without numbers, so that two databases can be compared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg

Content = dict[str, Any]

_TRACKS = """
    select track.id, release_id, title, match_key, artist_credit, disc, position, duration_ms,
        track_mbid, year, array(
            select (person.name, role, tc.position, credited_as, detail, tc.source)::text
            from track_contribution as tc join person on person.id = person_id where track_id = track.id order by 1),
        array(select genre.name from track_genre join genre on genre.id = genre_id where track_id = track.id
            order by position),
        array(select tag.name from track_tag join tag on tag.id = tag_id where track_id = track.id order by position),
        array(select person.name from unnest(artist_ids) as one (id) join person using (id) order by 1)
    from track where place_key is not null"""
_RELEASES = """
    select release.id, release.title, release.match_key, person.name, is_compilation, array(
            select (c.name, position, credited_as)::text from release_contribution join person as c on c.id = person_id
            where release_id = release.id order by 1)
    from release left join person on person.id = artist_id"""
_FILES = """
    select library.name, root.path, folder || media_file.name, state, track_id, is_primary, format, codec, duration_ms,
        has_picture, is_tagged, details::text, reason, size, mtime_ns
    from media_file join root on root.id = root_id join library on library.id = library_id"""

LEFT_OVER = {
    "tracks that no file holds and nobody heard": """
        select title from track
        where not exists (select from media_file where track_id = track.id)
            and not exists (select from track_lookup where track_id = track.id)""",
    "tracks that count as placed without a file": """
        select title from track
        where place_key is not null and not exists (select from media_file where track_id = track.id)""",
    "releases without tracks": """
        select title from release
        where not exists (select from track where release_id = release.id)
            and not exists (select from track_lookup where release_id = release.id)""",
    "persons without a part": """
        select name from person
        where not exists (select from track_contribution where person_id = person.id)
            and not exists (select from release_contribution where person_id = person.id)
            and not exists (select from release where artist_id = person.id)
            and not exists (select from track_lookup where person_id = person.id)""",
    "genres without tracks": """
        select name from genre where not exists (select from track_genre where genre_id = genre.id)""",
    "tags without tracks": "select name from tag where not exists (select from track_tag where tag_id = tag.id)",
    "tracks with files, and none whose tags count": """
        select title from track
        where exists (select from media_file where track_id = track.id and state = 'present')
            and not exists (select from media_file where track_id = track.id and is_primary)""",
    "files whose tags count and that are not here": """
        select convert_from(name, 'SQL_ASCII') from media_file where is_primary and state <> 'present'""",
    "tracks found under the name of their place though their own is free": """
        select title from track
        where place_key is not null and identity_key = place_key
            and exists (select from media_file where track_id = track.id and state = 'present')
            and not exists (
                select from track as other
                where other.catalogue_id = track.catalogue_id
                    and other.identity_key = scannerd.set_identity(
                        'track', track.release_id::text, array_to_string(track.artist_ids, ','), track.match_key))""",
}
"""What no scan may leave behind."""

TABLES = [
    "library",
    "root",
    "media_file",
    "track",
    "track_contribution",
    "track_genre",
    "track_tag",
    "track_alias",
    "release",
    "release_contribution",
    "release_alias",
    "person",
    "person_alias",
    "genre",
    "tag",
    "track_lookup",
]


def content(conn: psycopg.Connection[Any]) -> Content:
    """Present files, the tracks they hold and the releases those are on, each named by the files that belong to it."""
    files = conn.execute(_FILES).fetchall()
    of_track: dict[int, list[str]] = {}
    for row in files:
        if row[3] == "present":
            of_track.setdefault(row[4], []).append(_place(row))
    tracks = {row[0]: row[1:] for row in conn.execute(_TRACKS) if row[0] in of_track}
    releases = {row[0]: row[1:] for row in conn.execute(_RELEASES)}
    told: Content = {"files": {}, "tracks": {}, "releases": {}}
    for row in files:
        if row[3] == "present":
            told["files"][_place(row)] = (row[3], *row[6:])
        elif row[3] == "unreadable":
            told["files"][_place(row)] = (row[3], row[12], row[13], row[14])
    for track_id, places in of_track.items():
        row = tracks.get(track_id, (None, None, "not placed"))[1:]
        # Of several files the tags of the first one seen count, and which one that is depends on what happened.
        told["tracks"][" + ".join(sorted(places))] = row if len(places) == 1 else "one of several"
    of_release: dict[int | None, list[str]] = {}
    for track_id, row in tracks.items():
        of_release.setdefault(row[0], []).extend(of_track[track_id])
    for release_id, places in of_release.items():
        told["releases"][" + ".join(sorted(places))] = releases[release_id] if release_id is not None else None
    return told


def differences(expected: Content, found: Content) -> list[str]:
    """What is not as it should be, a line each."""
    told = []
    for kind in expected:
        for key in sorted({*expected[kind], *found[kind]}):
            one, other = expected[kind].get(key, "nothing"), found[kind].get(key, "nothing")
            if one != other:
                told.append(f"{kind} {key}:\n    should be {one}\n    and is    {other}")
    return told


def left_over(conn: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """What no scan may leave behind, and this one did."""
    found = {what: [str(value) for (value,) in conn.execute(query.encode())] for what, query in LEFT_OVER.items()}
    return {what: names for what, names in found.items() if names}


def written(conn: psycopg.Connection[Any]) -> dict[str, Any]:
    """Changes with every row that is written, but for the note that a scan ended."""
    return {
        table: conn.execute(f"select count(*), sum(xmin::text::bigint) from {table}".encode()).fetchone()
        for table in TABLES
        if table != "library"
    }


def _place(row: tuple[Any, ...]) -> str:
    return f"{row[0]}:{Path(os.fsdecode(row[1])).name}/{os.fsdecode(row[2])}"
