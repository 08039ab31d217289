"""ListenBrainz: the JSONL files of its zip, wherever they lie, and the JSON array of its older export.

What the user's player submitted goes before what ListenBrainz mapped it to; `listenbrainz_artists` says the same for
the artists. A path tells nothing: files of one month hold listens of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import line_places, places
from scannerd.formats.listenbrainz_artists import Submitted, artists
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, milliseconds, objects, skipped
from scannerd.formats.values import WrongValue, mbid, moment, optional_text, text
from scannerd.model.listen import Listen, Row, SkipReason, Written

_NEEDED = ("listened_at", "track_metadata.track_name", "track_metadata.artist_name")
_isrc = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_spotify_track = re.compile(r"(?:.*spotify\.com/(?:[a-z-]+/)?track/|spotify:track:)?([0-9A-Za-z]{22})(?:[?#/].*)?")


def _listen(row_no: int, row: Fields) -> Row:
    """One listen; what was playing when the export was made has no time."""
    if row.get("listened_at") is None:
        return skipped(row_no, SkipReason.NOW_PLAYING, row)
    at = moment(row["listened_at"], "listened_at")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    metadata = _object(row, "track_metadata")
    info = _object(metadata, "additional_info")
    return Listen(
        row_no,
        at,
        _written(metadata, info, _object(metadata, "mbid_mapping")),
        played_for_ms=milliseconds(info.get("ms_played")) or milliseconds(info.get("duration_played"), per=1000),
        client=_client(info),
    )


def _written(metadata: Fields, info: Fields, mapping: Fields) -> Written:
    track_mbid = mbid(info.get("track_mbid"))
    recording_mbid = mbid(info.get("recording_mbid"))
    if recording_mbid is not None and recording_mbid == track_mbid:
        recording_mbid = None  # many clients put the id of the track, which is another thing, into both
    submitted = Submitted(text(metadata.get("artist_name"), "artist_name"), info)
    names, form, artist_mbids, joiners = artists(submitted, mapping)
    return Written(
        title=text(metadata.get("track_name"), "track_name"),
        artists=names,
        form=form,
        artist_mbids=artist_mbids,
        joiners=joiners,
        album=optional_text(metadata.get("release_name"), "release_name"),
        album_artists=_album_artists(info),
        recording_mbid=recording_mbid or mbid(mapping.get("recording_mbid")),
        release_mbid=mbid(info.get("release_mbid")) or mbid(mapping.get("release_mbid")),
        release_group_mbid=mbid(info.get("release_group_mbid")),
        track_mbid=track_mbid,
        isrc=_isrc_of(info.get("isrc")),
        source_track_id=_spotify_uri(info.get("spotify_id")),
        duration_ms=milliseconds(info.get("duration_ms")) or milliseconds(info.get("duration"), per=1000),
        guessed_artist_mbid=mbid(info.get("lastfm_artist_mbid")),
        guessed_recording_mbid=mbid(info.get("lastfm_track_mbid")),
        guessed_release_mbid=mbid(info.get("lastfm_release_mbid")),
    )


def _object(fields: Fields, key: str) -> Fields:
    """The object at `key`; an empty one for nothing."""
    value = fields.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongValue(key, value, "an object")
    return value


def _client(info: Fields) -> str | None:
    """Who played it; the one that only handed it on comes last."""
    for key in ("original_submission_client", "media_player", "submission_client"):
        value = info.get(key)
        if isinstance(value, str) and (name := text(value)):
            return name
    return None


def _album_artists(info: Fields) -> tuple[str, ...]:
    for key in ("release_artist_names", "release_artist_name", "albumartist", "album_artist_name"):
        value = info.get(key)
        given = value if isinstance(value, list) else [value]
        if names := tuple([name for one in given if isinstance(one, str) and (name := text(one))]):
            return names
    return ()


def _isrc_of(value: object) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, str):
        return None
    isrc = first.replace("-", "").strip().upper()
    return isrc if _isrc.fullmatch(isrc) else None


def _spotify_uri(value: object) -> str | None:
    found = _spotify_track.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"spotify:track:{found[1]}" if found else None


def _lines_score(head: Head) -> int:
    return 90 if any(keys.issuperset(_NEEDED) for keys in line_places(head.text)) else 0


def _array_score(head: Head) -> int:
    return 90 if places(head.text).issuperset([f"item.{key}" for key in _NEEDED]) else 0


def _read_lines(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return objects(json_rows.lines(file), _listen)


def _read_array(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return objects(json_rows.items(file, options.size, "item"), _listen)


LISTENBRAINZ_JSONL = Format(
    name="listenbrainz-jsonl",
    source="listenbrainz",
    title="ListenBrainz: the zip of Settings > Export data, as it is, or the .jsonl files inside",
    score=_lines_score,
    read=_read_lines,
    by_line=True,
)
LISTENBRAINZ_JSON = Format(
    name="listenbrainz-json",
    source="listenbrainz",
    title="ListenBrainz: the single JSON file of its older export, *_lb-YYYY-MM-DD.json",
    score=_array_score,
    read=_read_array,
)
