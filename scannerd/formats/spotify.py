"""Spotify: the extended streaming history, and the account data's list of the last twelve months.

Both tell when a play ENDED. The extended history also tells `offline_timestamp`, which is the start of a play that was
made offline and synced later, in seconds or in milliseconds, and junk as often as not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import places
from scannerd.formats.reading import Fields, objects, skipped
from scannerd.formats.values import WrongValue, instant, moment, optional_text, optional_whole, text
from scannerd.model.listen import ArtistForm, AudiobookListen, Listen, Row, SkipReason, TimeKind, Written

_EXTENDED = {"item.ts", "item.ms_played", "item.master_metadata_track_name"}
_ACCOUNT = {"item.endTime", "item.msPlayed"}

_MILLISECONDS = 100_000_000_000
"""A Unix time beyond this is in milliseconds: in seconds it would be the year 5138."""
_SYNCED_WITHIN = timedelta(days=366)
_LONGEST_MS = 7 * 24 * 3600 * 1000
_KEPT = 20_000
_PLACEHOLDER_ARTIST = "Unknown Artist"
_PLACEHOLDER_TITLE = "Unknown Track"
_player = re.compile(r"OS X|[^\s(;,\[\d]+", re.IGNORECASE)


def score_extended(head: Head) -> int:
    """How surely this is the extended history."""
    return 95 if places(head.text) >= _EXTENDED else 0


def score_account(head: Head) -> int:
    """How surely this is the account data: music, podcasts or audiobooks."""
    return 90 if places(head.text) >= _ACCOUNT else 0


def read_extended(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    """The plays of the extended history; podcasts, audiobooks and videos are skipped rows.

    What was heard of audiobooks stands in their rows.
    """
    known: dict[tuple[object, ...], Written] = {}
    return objects(json_rows.items(file, options.size, "item"), partial(_extended, known))


def read_account(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    """The plays of the account data, which knows minutes, and neither albums nor ids."""
    return objects(json_rows.items(file, options.size, "item"), _account)


def _extended(known: dict[tuple[object, ...], Written], row_no: int, row: Fields) -> Row:
    title, artist = row.get("master_metadata_track_name"), row.get("master_metadata_album_artist_name")
    if not title or not artist:
        why = _why_none(row, bool(title))
        return skipped(row_no, why, row, _extended_book(row) if why is SkipReason.AUDIOBOOK else None)
    if not row.get("ts"):
        return skipped(row_no, SkipReason.NO_TIME, row)
    written = _remembered(
        row, (title, artist, row.get("master_metadata_album_album_name"), row.get("spotify_track_uri")), known
    )
    played = _played(row.get("ms_played"), "ms_played")
    start, kind = _start(row, instant(row["ts"], "ts"), played)
    return Listen(
        row_no, start, written, kind, played, optional_text(row.get("reason_end"), "reason_end"), _client(row)
    )


def _remembered(row: Fields, key: tuple[object, ...], known: dict[tuple[object, ...], Written]) -> Written:
    """Each distinct track once: most rows repeat one, and building costs more than looking up."""
    try:
        found = known.get(key)
    except TypeError:  # a list or an object cannot be looked up, nor can it be a name, which `_written` says
        return _written(row)
    if found is None:
        if len(known) >= _KEPT:
            known.clear()
        found = known[key] = _written(row)
    return found


def _why_none(row: Fields, has_title: bool) -> SkipReason:
    if row.get("episode_name") or row.get("episode_show_name") or row.get("spotify_episode_uri"):
        return SkipReason.PODCAST
    if row.get("audiobook_title") or row.get("audiobook_uri") or row.get("audiobook_chapter_uri"):
        return SkipReason.AUDIOBOOK
    uri = row.get("spotify_track_uri")
    if isinstance(uri, str) and uri.startswith("spotify:video:"):
        return SkipReason.VIDEO
    return SkipReason.NO_ARTIST if has_title else SkipReason.NO_TITLE


def _written(row: Fields) -> Written:
    artist = text(row.get("master_metadata_album_artist_name"), "master_metadata_album_artist_name")
    return Written(
        title=text(row.get("master_metadata_track_name"), "master_metadata_track_name"),
        artists=(artist,),
        form=ArtistForm.LIST,
        album=optional_text(row.get("master_metadata_album_album_name"), "master_metadata_album_album_name"),
        album_artists=(artist,),
        source_track_id=optional_text(row.get("spotify_track_uri"), "spotify_track_uri"),
    )


def _start(row: Fields, end: datetime, played: int | None) -> tuple[datetime, TimeKind]:
    if row.get("offline") is True:
        offline = _offline(row.get("offline_timestamp"))
        if offline is not None and abs(end - offline) <= _SYNCED_WITHIN:
            return offline, TimeKind.START
    return _before(end, played), TimeKind.END


def _offline(value: object) -> datetime | None:
    """When an offline play began; None for junk, which is no reason to lose the play."""
    try:
        number = optional_whole(value, "offline_timestamp")
        if not number or number < 0:
            return None
        return moment(number // 1000 if number > _MILLISECONDS else number)
    except WrongValue:
        return None


def _account(row_no: int, row: Fields) -> Row:
    if "podcastName" in row or "episodeName" in row:
        return skipped(row_no, SkipReason.PODCAST, row)
    if "audiobookName" in row or "chapterName" in row:
        return skipped(row_no, SkipReason.AUDIOBOOK, row, _account_book(row))
    title, artist = text(row.get("trackName"), "trackName"), text(row.get("artistName"), "artistName")
    if not artist or artist == _PLACEHOLDER_ARTIST:
        return skipped(row_no, SkipReason.NO_ARTIST, row)
    if not title or title == _PLACEHOLDER_TITLE:
        return skipped(row_no, SkipReason.NO_TITLE, row)
    if not row.get("endTime"):
        return skipped(row_no, SkipReason.NO_TIME, row)
    played = _played(row.get("msPlayed"), "msPlayed")
    start = _before(instant(row["endTime"], "endTime"), played)
    return Listen(row_no, start, Written(title, (artist,), ArtistForm.LIST), TimeKind.MINUTE, played)


def _extended_book(row: Fields) -> AudiobookListen | None:
    """What was heard of an audiobook; None where a field is broken: the row is no listen of a track anyhow."""
    with suppress(WrongValue):
        title = text(row.get("audiobook_title"))
        if title and row.get("ts"):
            played = _played(row.get("ms_played"), "ms_played")
            start, kind = _start(row, instant(row["ts"]), played)
            return AudiobookListen(
                title,
                start,
                kind,
                chapter=optional_text(row.get("audiobook_chapter_title")),
                played_for_ms=played,
                client=_client(row),
                source_id=optional_text(row.get("audiobook_uri")),
            )
    return None


def _account_book(row: Fields) -> AudiobookListen | None:
    """The same of the account data, which knows the author and only the minute."""
    with suppress(WrongValue):
        title = text(row.get("audiobookName"))
        if title and row.get("endTime"):
            played = _played(row.get("msPlayed"), "msPlayed")
            start = _before(instant(row["endTime"]), played)
            author, chapter = optional_text(row.get("authorName")), optional_text(row.get("chapterName"))
            return AudiobookListen(title, start, TimeKind.MINUTE, author, chapter, played)
    return None


def _played(value: object, field: str) -> int | None:
    number = optional_whole(value, field)
    if number is not None and not 0 <= number <= _LONGEST_MS:
        raise WrongValue(field, value, "a number of milliseconds up to a week")
    return number


def _before(end: datetime, played: int | None) -> datetime:
    """The start, in whole seconds rounded down; a play of unknown length starts at its end."""
    if not played:
        return end
    try:
        return end - timedelta(seconds=-(-played // 1000))
    except OverflowError as exc:
        raise WrongValue("the time", end.isoformat(), "a moment after the year 1") from exc


def _client(row: Fields) -> str | None:
    """The kind of player, without the device: `Android` of `Android OS 13 API 33 (samsung, SM-…)`."""
    platform = optional_text(row.get("platform"), "platform")
    found = _player.match(platform) if platform else None
    word = found[0].lower().replace(" ", "") if found else ""
    return word if word not in ("", "not_applicable", "unknown") else None


SPOTIFY_EXTENDED = Format(
    name="spotify-extended",
    source="spotify",
    title="Spotify extended streaming history: account privacy page, 'Extended streaming history', up to 30 days",
    score=score_extended,
    read=read_extended,
)
SPOTIFY_ACCOUNT = Format(
    name="spotify-account",
    source="spotify",
    title="Spotify account data, the last 12 months to the minute: account privacy page, 'Account data', a few days",
    score=score_account,
    read=read_account,
)
