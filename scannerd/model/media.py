"""What a parser makes of one media file: `Parsed`, or `Unreadable` with the reason.

Texts are cleaned (NFC, no control character but the line feeds of comments and lyrics, trimmed, never empty, of limited
length); lists are in the file's order and hold each value once. MBIDs are lower-case hyphenated UUID strings; what is
no UUID is not here. Dates are `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Nothing is taken apart that a person might have meant
as one name: that is decided later, by the rules that listens follow too (`scannerd.model.names.artists_of`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

LONGEST_VALUE = 1024
"""Characters kept of one value; `LONGEST_COMMENT` of a comment or a description."""
LONGEST_COMMENT = 4096

Details = dict[str, str | int | float | bool | list[str]]
"""What is kept as it is, by the field in lower-case words (`replaygain_track_gain`, `label`, `catalog_number`)."""


class Role(StrEnum):
    """A person's part in a track. The words are those of `track_contribution.role`."""

    ARTIST = "artist"
    FEATURED = "featured"
    COMPOSER = "composer"
    LYRICIST = "lyricist"
    WRITER = "writer"
    CONDUCTOR = "conductor"
    PERFORMER = "performer"
    ARRANGER = "arranger"
    PRODUCER = "producer"
    ENGINEER = "engineer"
    MIXER = "mixer"
    DJ_MIXER = "dj-mixer"
    REMIXER = "remixer"


@dataclass(frozen=True, slots=True)
class Named:
    """One name as a file gives it, with what the file pairs with it; pairs only where the lists are equally long."""

    name: str
    mbid: str | None = None
    sort_name: str | None = None


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody who is no artist of the track: the composer, a performer and their instrument."""

    role: Role
    named: Named
    detail: str | None = None  # the instrument or voice of a performer


@dataclass(frozen=True, slots=True)
class Properties:
    """What the audio stream is, as far as its header says."""

    codec: str | None = None  # lower-case: mp3, flac, aac, alac, vorbis, opus, ...
    duration_ms: int | None = None
    bitrate: int | None = None  # bits per second
    sample_rate: int | None = None  # Hz
    channels: int | None = None
    bit_depth: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """Everything one music file says of itself."""

    format: str  # the parser's word: mp3, mp4, flac, ogg, opus, ...
    properties: Properties = Properties()
    has_picture: bool = False
    title: str | None = None
    artist: str | None = None  # the artist credit as printed
    artists: tuple[Named, ...] = ()  # one by one, where the file lists them (ARTISTS, several ARTIST values)
    album: str | None = None
    album_artist: str | None = None  # as printed
    album_artists: tuple[Named, ...] = ()
    is_compilation: bool = False
    disc: int | None = None
    disc_total: int | None = None
    position: int | None = None
    position_total: int | None = None
    date: str | None = None  # of this edition
    original_date: str | None = None  # of the first edition
    genres: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # a user's labels: grouping, mood, tags
    contributors: tuple[Contributor, ...] = ()
    recording_mbid: str | None = None
    track_mbid: str | None = None  # MusicBrainz's release track: this recording at this place on this release
    release_mbid: str | None = None
    release_group_mbid: str | None = None
    isrc: str | None = None
    details: Details = field(default_factory=dict)  # the rest: label, barcode, ReplayGain, lyrics, sort names, ...

    @property
    def is_tagged(self) -> bool:
        """Whether the file says anything that could name it."""
        return bool(self.title or self.artist or self.artists or self.album)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of a kind we know that cannot be read, and why: one line, lower-case, for its owner."""

    reason: str
    format: str | None = None
