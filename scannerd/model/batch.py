"""Rows on their way from a worker to a COPY: plain tuples, each distinct `Written` once per batch.

Pickling thousands of dataclasses costs more than reading the file; tuples of strings and numbers cost next to
nothing and go into `COPY` as they are. Lists travel as one string joined by U+001F, which the SQL takes apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scannerd.model.listen import AudiobookListen, Listen, Row, Skipped, SkipReason, Written, lookup_key
from scannerd.model.names import clean, match_key

SEPARATOR = "\x1f"
RAW_LIMIT = 4096
FIRST_LISTEN = datetime(2002, 10, 1, tzinfo=UTC)
"""When Audioscrobbler began; ListenBrainz refuses what is older, and what is older is a clock that was never set."""

LookupRow = tuple[bytes | str | int | bool | None, ...]
"""One value per `LOOKUP_COLUMNS`."""
ListenRow = tuple[int, datetime, bytes, str, int | None, str | None, str | None]
"""One value per `LISTEN_COLUMNS`."""
OtherRow = tuple[int, str, str, str]
"""One value per `OTHER_COLUMNS`."""
BookRow = tuple[int, datetime, str, int | None, str, str, str | None, str | None, str | None, str | None, str | None]
"""One value per `BOOK_COLUMNS`."""

LOOKUP_COLUMNS = (
    "lookup_key",
    "form",
    "artists",
    "artist_mbids",
    "joiners",
    "title",
    "album",
    "album_key",
    "album_artists",
    "is_compilation",
    "recording_mbid",
    "release_mbid",
    "release_group_mbid",
    "track_mbid",
    "isrc",
    "source_track_id",
    "duration_ms",
    "guessed_artist_mbid",
    "guessed_recording_mbid",
    "guessed_release_mbid",
    "aliases",
)
LISTEN_COLUMNS = ("row_no", "listened_at", "lookup_key", "time_kind", "played_for_ms", "end_reason", "client")
OTHER_COLUMNS = ("row_no", "outcome", "reason", "raw")
BOOK_COLUMNS = (
    "row_no",
    "listened_at",
    "time_kind",
    "played_for_ms",
    "title",
    "title_key",
    "author",
    "author_key",
    "chapter",
    "client",
    "source_id",
)


@dataclass(slots=True)
class Batch:
    """Some rows of one member. `len(listens) + len(others)` rows were read to make it."""

    member: str  # path inside the archive; "" for a plain file
    source: str
    format: str
    lookups: list[LookupRow] = field(default_factory=list)
    listens: list[ListenRow] = field(default_factory=list)
    others: list[OtherRow] = field(default_factory=list)
    books: list[BookRow] = field(default_factory=list)  # what some of the skipped rows tell of audiobooks


@dataclass(frozen=True, slots=True)
class Window:
    """Which moments an import takes; both ends inclusive."""

    now: datetime
    after: datetime | None = None
    before: datetime | None = None


def pack(rows: Iterable[Row], *, member: str, source: str, format_name: str, window: Window) -> Batch:
    """Turn rows into one batch; a listen that may not be one becomes a skipped row with its reason."""
    batch = Batch(member, source, format_name)
    keys: dict[Written, bytes] = {}
    for row in rows:
        if isinstance(row, Listen):
            reason = why_not(row, window)
            if reason is not None:
                batch.others.append((row.row_no, "skipped", reason.value, _shown(row)))
                continue
            key = keys.get(row.written)
            if key is None:
                key = keys[row.written] = lookup_key(row.written)
                batch.lookups.append(_lookup_row(key, row.written))
            batch.listens.append(
                (row.row_no, row.listened_at, key, row.time_kind.value, row.played_for_ms, row.end_reason, row.client)
            )
        elif isinstance(row, Skipped):
            batch.others.append((row.row_no, "skipped", row.reason.value, row.raw[:RAW_LIMIT]))
            heard = row.audiobook
            if heard is not None and clean(heard.title) and _when_not(heard.listened_at, window) is None:
                batch.books.append(_book_row(row.row_no, heard))
        else:
            batch.others.append((row.row_no, "failed", row.reason, row.raw[:RAW_LIMIT]))
    return batch


def why_not(listen: Listen, window: Window) -> SkipReason | None:
    """Why this listen is none, or None: the rules every source shares."""
    if not clean(listen.written.title):
        return SkipReason.NO_TITLE
    if not any(map(clean, listen.written.artists)):
        return SkipReason.NO_ARTIST
    return _when_not(listen.listened_at, window)


def _when_not(at: datetime, window: Window) -> SkipReason | None:
    if at < FIRST_LISTEN:
        return SkipReason.TOO_EARLY
    if at > window.now:
        return SkipReason.IN_THE_FUTURE
    if (window.after is not None and at < window.after) or (window.before is not None and at > window.before):
        return SkipReason.OUTSIDE_WINDOW
    return None


def _lookup_row(key: bytes, written: Written) -> LookupRow:
    aliases = [[alias.of.value, alias.position, alias.name, alias.source] for alias in written.aliases]
    return (
        key,
        written.form.value,
        SEPARATOR.join(written.artists),
        SEPARATOR.join(mbid or "" for mbid in written.artist_mbids),
        SEPARATOR.join(written.joiners),
        written.title,
        written.album,
        match_key(written.album) if written.album else None,
        SEPARATOR.join(written.album_artists),
        written.is_compilation,
        written.recording_mbid,
        written.release_mbid,
        written.release_group_mbid,
        written.track_mbid,
        written.isrc,
        written.source_track_id,
        written.duration_ms,
        written.guessed_artist_mbid,
        written.guessed_recording_mbid,
        written.guessed_release_mbid,
        json.dumps(aliases, ensure_ascii=False) if aliases else None,
    )


def _book_row(row_no: int, heard: AudiobookListen) -> BookRow:
    return (
        row_no,
        heard.listened_at,
        heard.time_kind.value,
        heard.played_for_ms,
        heard.title,
        match_key(heard.title),
        heard.author,
        match_key(heard.author) if heard.author else None,
        heard.chapter,
        heard.client,
        heard.source_id,
    )


def _shown(listen: Listen) -> str:
    written = listen.written
    shown = {"listened_at": listen.listened_at.isoformat(), "artists": written.artists, "title": written.title}
    return json.dumps(shown | {"album": written.album}, ensure_ascii=False)[:RAW_LIMIT]
