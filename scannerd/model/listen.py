"""What a reader makes of one row of an export: a `Listen`, or why there is none.

A listen points to the `Written` words of its source. Those words are stored once, as a `track_lookup`, and are
resolved to the catalogue later: a listen is stored before anything is known about it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TimeKind(StrEnum):
    """What moment the source told; `Listen.listened_at` is always our best knowledge of the START."""

    START = "start"
    END = "end"  # the source told the end; the start is the end less `played_for_ms`
    MINUTE = "minute"  # the source told a minute: of the end where `played_for_ms` is known, else of the start


class ArtistForm(StrEnum):
    """How much the source knows about where one name ends and the next begins."""

    JOINED = "joined"  # one string as printed, which may hold several names
    LIST = "list"  # separate names in order, the primary artist first
    UNORDERED = "unordered"  # separate names in an order that means nothing (Maloja sorts them)
    CREDIT = "credit"  # an artist credit somebody verified: each name with its own MBID; never taken apart


class AliasOf(StrEnum):
    """What a further name, given by a source, is a name of."""

    ARTIST = "artist"
    RELEASE = "release"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Alias:
    """One more name for an artist (`position` says which of `Written.artists`), for the release or for the track."""

    of: AliasOf
    name: str
    source: str  # who says so, in the source's own lower-cased word: `manual`, `musicbrainz`, `canonical`, `import`
    position: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What a source wrote about a track, before anybody interprets it: the content of a `track_lookup`.

    Names are kept as written (cleaned of what no database can store, see `names.clean`). MBIDs are lower-case
    hyphenated UUID strings; `artist_mbids` is empty or exactly as long as `artists`, with None where unknown, and
    holds verified ids only. What a service merely guessed (Last.fm) goes into the `guessed_` fields.
    """

    title: str
    artists: tuple[str, ...]
    form: ArtistForm = ArtistForm.JOINED
    artist_mbids: tuple[str | None, ...] = ()
    joiners: tuple[str, ...] = ()  # as printed between and after the names, as long as `artists` where known
    album: str | None = None
    album_artists: tuple[str, ...] = ()
    is_compilation: bool = False  # the source says that the album is by various artists
    recording_mbid: str | None = None
    release_mbid: str | None = None
    release_group_mbid: str | None = None
    track_mbid: str | None = None  # a MusicBrainz track id, which is not a recording id
    isrc: str | None = None
    source_track_id: str | None = None  # the source's own id of the track: a Spotify URI
    duration_ms: int | None = None  # full length of the track
    guessed_artist_mbid: str | None = None
    guessed_recording_mbid: str | None = None
    guessed_release_mbid: str | None = None
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class Listen:
    """One playing of one track at one moment."""

    row_no: int  # 1-based place in its member: line of a JSONL or CSV file, item of a JSON array
    listened_at: datetime  # start, UTC, whole seconds
    written: Written
    time_kind: TimeKind = TimeKind.START
    played_for_ms: int | None = None  # how long it was heard
    end_reason: str | None = None  # the source's own word; `trackdone` is the natural end
    client: str | None = None


class SkipReason(StrEnum):
    """Why a row is no listen although nothing is wrong with it. The README lists these words for users."""

    NOW_PLAYING = "now playing"
    PODCAST = "podcast"
    AUDIOBOOK = "audiobook"
    VIDEO = "video"
    NO_ARTIST = "no artist"
    NO_TITLE = "no title"
    NO_TIME = "no usable time"
    TOO_EARLY = "before 2002-10-01"
    IN_THE_FUTURE = "in the future"
    OUTSIDE_WINDOW = "outside the import window"
    NOT_HEARD = "not heard"  # an Audioscrobbler log's own `S`: skipped by the player before half of it was played


@dataclass(frozen=True, slots=True)
class AudiobookListen:
    """One playing of an audiobook, as a source tells it; names are cleaned of what no database can store."""

    title: str
    listened_at: datetime  # start, UTC, whole seconds
    time_kind: TimeKind
    author: str | None = None
    chapter: str | None = None
    played_for_ms: int | None = None
    client: str | None = None
    source_id: str | None = None  # the source's own id of the book: a Spotify URI


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row we chose not to import."""

    row_no: int
    reason: SkipReason
    raw: str = ""  # the row as JSON or text after the reader's privacy strip, at most 4 kB
    audiobook: AudiobookListen | None = None  # what was heard, though it is no listen of a track


@dataclass(frozen=True, slots=True)
class Failed:
    """A row that is broken: a wrong type, a line that is no JSON."""

    row_no: int
    reason: str  # one line: the field, what was found, what belongs there
    raw: str = ""


Row = Listen | Skipped | Failed


def lookup_key(written: Written) -> bytes:
    """The 32-byte identity of what a source wrote: SHA-256 of names and verified ids, joined by U+001F.

    Every artist name (a guest list that differs is another lookup), title, album and verified ids; never a guess,
    a duration or an alias, which may differ between two exports of one history. Names are counted, so that no two
    different lists can join to one string; `names.clean` has already removed U+001F from every part.
    """
    parts = (
        written.form,
        str(len(written.artists)),
        *written.artists,
        str(len(written.album_artists)),
        *written.album_artists,
        written.title,
        written.album or "",
        "various" if written.is_compilation else "",
        ",".join(mbid or "" for mbid in written.artist_mbids),
        written.recording_mbid or "",
        written.release_mbid or "",
        written.track_mbid or "",
        written.isrc or "",
        written.source_track_id or "",
    )
    return hashlib.sha256("\x1f".join(parts).encode()).digest()
