"""Last.fm as lastfm.ghan.nl and other crawlers of its API write it: JSON pages and lists, and ghan's CSV.

Last.fm has no export of its own; all of these are answers to `user.getRecentTracks`, in which every number is text,
a page of one track holds the track instead of a list, and the track that is playing has no date. The MBIDs are
guesses of Last.fm, often wrong, and are kept apart as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from scannerd.formats import json_rows
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.json_shape import places
from scannerd.formats.reading import CLOCK_NEVER_SET, Fields, header, objects, records, skipped
from scannerd.formats.values import WrongValue, mbid, moment, optional_text, text
from scannerd.model.listen import Listen, Row, SkipReason, Written

_CSV_COLUMNS = frozenset({"uts", "artist", "track"})


def _track(row_no: int, track: Fields) -> Row:
    """One track of the API's answer."""
    uts = _played_at(track)
    if uts is None:
        return skipped(row_no, SkipReason.NOW_PLAYING, track)
    at = moment(uts, "date")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, track)
    artist, artist_mbid = _named(track.get("artist"), "artist")
    album, album_mbid = _named(track.get("album"), "album")
    written = Written(
        title=text(track.get("name"), "name"),
        artists=(artist,),
        album=album or None,
        guessed_artist_mbid=artist_mbid,
        guessed_recording_mbid=mbid(track.get("mbid")),
        guessed_release_mbid=album_mbid,
    )
    return Listen(row_no, at, written)


def _played_at(track: Fields) -> object:
    """The Unix seconds as written; None for the track that is playing, which may carry the date of an earlier play."""
    marks = track.get("@attr")
    if isinstance(marks, dict) and str(marks.get("nowplaying")).lower() == "true":
        return None
    date = track.get("date")
    if date is None or date == "" or date == {}:
        return None
    if not isinstance(date, dict):
        return date
    if (uts := date.get("uts")) is None:
        raise WrongValue("date.uts", uts, "a time in Unix seconds")
    return None if uts == "" else uts


def _named(value: object, field: str) -> tuple[str, str | None]:
    """Name and guessed MBID of an artist or album, which is an object in either of the API's spellings, or a name."""
    if not isinstance(value, dict):
        return text(value, field), None
    name = value.get("#text")
    return text(value.get("name") if name is None else name, field), mbid(value.get("mbid"))


def _csv_row(row_no: int, row: Fields) -> Row:
    if not row["uts"]:
        return skipped(row_no, SkipReason.NOW_PLAYING, row)
    at = moment(row["uts"], "uts")
    if at < CLOCK_NEVER_SET:
        return skipped(row_no, SkipReason.NO_TIME, row)
    written = Written(
        title=text(row["track"]),
        artists=(text(row["artist"]),),
        album=optional_text(row.get("album")),
        guessed_artist_mbid=mbid(row.get("artistmbid")),
        guessed_recording_mbid=mbid(row.get("trackmbid")),
        guessed_release_mbid=mbid(row.get("albummbid")),
    )
    return Listen(row_no, at, written)


def _flat(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, object]]:
    """Tracks of a list whose items may themselves be lists, one per page, counted through."""
    row_no = 0
    for _, value in values:
        for track in value if isinstance(value, list) else [value]:
            row_no += 1
            yield row_no, track


def _json_reader(prefix: str) -> Callable[[BinaryIO, ReadOptions], Iterator[Row]]:
    def read(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
        return objects(_flat(json_rows.items(file, options.size, prefix)), _track)

    return read


def _json_score(tracks: str, page: str | None) -> Callable[[Head], int]:
    """A judge of documents that hold their tracks at the place `tracks`, in pages at `page`."""

    def score(head: Head) -> int:
        keys = places(head.text)
        for at in (tracks, f"{tracks}.item"):
            dated = {f"{at}.date.uts", f"{at}.date.#text", f"{at}.@attr.nowplaying"} & keys
            if dated and {f"{at}.artist", f"{at}.name"} <= keys:
                return 90
        return 50 if page is not None and {f"{page}track", f"{page}@attr"} <= keys else 0

    return score


def _csv_score(head: Head) -> int:
    return 95 if header(head.text, _CSV_COLUMNS) else 0


def _read_csv(file: BinaryIO, options: ReadOptions) -> Iterator[Row]:
    return records(file, _CSV_COLUMNS, _csv_row)


LASTFM_GHAN_JSON = Format(
    name="lastfm-ghan-json",
    source="lastfm",
    title="Last.fm as JSON pages: lastfm.ghan.nl/export, file recenttracks-*.json",
    score=_json_score("item.track", "item."),
    read=_json_reader("item.track.item"),
)
LASTFM_PAGE_JSON = Format(
    name="lastfm-page-json",
    source="lastfm",
    title="Last.fm as a single JSON page, as some exporters write a short history",
    score=_json_score("track", ""),
    read=_json_reader("track.item"),
)
LASTFM_API_JSON = Format(
    name="lastfm-api-json",
    source="lastfm",
    title="Last.fm as its API answers: a saved user.getRecentTracks, format=json",
    score=_json_score("recenttracks.track", "recenttracks."),
    read=_json_reader("recenttracks.track.item"),
)
LASTFM_TRACKS_JSON = Format(
    name="lastfm-tracks-json",
    source="lastfm",
    title="Last.fm as a JSON list of tracks: home-made crawlers of its API",
    score=_json_score("item", None),
    read=_json_reader("item"),
)
LASTFM_GHAN_CSV = Format(
    name="lastfm-ghan-csv",
    source="lastfm",
    title="Last.fm as CSV: lastfm.ghan.nl/export or mainstream.ghan.nl/export.html",
    score=_csv_score,
    read=_read_csv,
    by_line=True,
)
