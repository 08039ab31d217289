"""What a database and a drop folder hold, told without the numbers that a second try may give differently."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from running import Look

Content = dict[str, list[tuple[Any, ...]]]

QUERIES = {
    "exports": """
        select export.name, listener.name, encode(sha256, 'hex'), size, format, state, members, rows_read, rows_stored,
            rows_duplicate, rows_skipped, rows_failed, new_artists, new_releases, new_tracks, first_at, last_at,
            left_out::text, warnings, error,
            substring(convert_from(shelved_as, 'UTF8') from '(?:done|failed)/.*')
        from export join listener on listener.id = listener_id""",
    "listens": """
        select listener.name, listen.listened_at, encode(lookup.lookup_key, 'hex'), listen.nth, listen.source,
            listen.time_kind, listen.played_for_ms, listen.end_reason, listen.client, listen.day, export.name,
            listen.member, listen.row_no, root.listened_at, encode(root_lookup.lookup_key, 'hex'), root.source
        from listen
        join listener on listener.id = listen.listener_id
        join track_lookup as lookup on lookup.id = listen.lookup_id
        left join export on export.id = listen.export_id
        left join listen as root on root.id = listen.duplicate_of
        left join track_lookup as root_lookup on root_lookup.id = root.lookup_id""",
    "ledger": """
        select export.name, export_row.member, export_row.row_no, outcome, reason, raw, listen.listened_at,
            encode(lookup.lookup_key, 'hex')
        from export_row
        join export on export.id = export_row.export_id
        left join listen on listen.id = export_row.listen_id
        left join track_lookup as lookup on lookup.id = listen.lookup_id""",
    "book_listens": """
        select export.name, member, row_no, listened_at, source, time_kind, played_for_ms, title,
            author, chapter, client, source_id
        from book_listen
        join export on export.id = book_listen.export_id""",
    "lookups": """
        select encode(lookup_key, 'hex'), lookup.artists, lookup.title, lookup.album, lookup.recording_mbid,
            lookup.duration_ms, play_key, resolved_by, rules_version, track.title, track.artist_credit, release.title,
            person.name
        from track_lookup as lookup
        left join track on track.id = lookup.track_id
        left join release on release.id = lookup.release_id
        left join person on person.id = lookup.person_id""",
    "persons": """
        select name, person.match_key, mbid, mbid_source, array(
            select (alias, source, is_primary, resolves)::text from person_alias where person_id = person.id order by 1)
        from person""",
    "releases": """
        select release.title, release.match_key, person.name, release.mbid, is_compilation, title_is_provisional, array(
            select (c.name, position, credited_as)::text from release_contribution join person as c on c.id = person_id
            where release_id = release.id order by 1)
        from release left join person on person.id = artist_id""",
    "tracks": """
        select track.title, track.match_key, artist_credit, release.title, duration_ms, recording_mbid,
            track.mbid_source, array(
                select (c.name, role, position, credited_as)::text
                from track_contribution join person as c on c.id = person_id where track_id = track.id order by 1)
        from track left join release on release.id = release_id""",
}

OF_ITSELF = ("daemon", "job_run", "library_keeper")
TABLES = "select relname from pg_class where relnamespace = 'scannerd'::regnamespace and relkind = 'r' order by 1"


def content(look: Look) -> Content:
    """Everything an import brings, by content, in an order of its own."""
    told = {}
    for name, query in QUERIES.items():
        rows = look.rows(query)
        assert rows is not None, f"no database to ask for {name}"
        told[name] = sorted(rows, key=repr)
    return told


def differences(expected: Content, found: Content) -> list[str]:
    """The first few rows that are only here or only there, for a person to read."""
    told = []
    for name in QUERIES:
        ours, theirs = set(map(repr, expected[name])), set(map(repr, found[name]))
        told += [f"lost from {name}: {row}" for row in sorted(ours - theirs)[:3]]
        told += [f"new in {name}: {row}" for row in sorted(theirs - ours)[:3]]
        if len(expected[name]) != len(found[name]):
            told.append(f"{name}: {len(found[name])} instead of {len(expected[name])}")
    return told


def written(look: Look) -> dict[str, list[tuple[Any, ...]] | None]:
    """Changes with every row that is written, whatever it says; what a daemon says of itself is no content."""
    count = "select count(*), sum(xmin::text::bigint) from scannerd."
    return {table: look.rows(count + table) for (table,) in look.rows(TABLES) or [] if table not in OF_ITSELF}


def lying_in(folder: Path) -> dict[str, str]:
    """Every file by its relative name, with the hash of its bytes; the texts beside them by their first word only."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            ours = path.name.endswith((".report.txt", ".why.txt"))
            held = path.read_bytes()
            told = held.partition(b":")[0].decode() if ours else hashlib.sha256(held).hexdigest()
            found[str(path.relative_to(folder))] = told
    return found
