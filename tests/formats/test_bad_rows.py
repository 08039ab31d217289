"""Files and rows that nobody should have written: each ends as a row with a reason or as one plain error."""

from __future__ import annotations

import io
import json
from zoneinfo import ZoneInfo

import pytest

from scannerd.errors import ExportError
from scannerd.formats.audioscrobbler import AUDIOSCROBBLER_LOG
from scannerd.formats.benjaminbenben import BENJAMINBENBEN_CSV
from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.lastfm import (
    LASTFM_API_JSON,
    LASTFM_GHAN_CSV,
    LASTFM_GHAN_JSON,
    LASTFM_PAGE_JSON,
    LASTFM_TRACKS_JSON,
)
from scannerd.formats.lastfmstats import LASTFMSTATS_CSV, LASTFMSTATS_JSON
from scannerd.formats.librefm import LIBREFM_CSV
from scannerd.formats.listenbrainz import LISTENBRAINZ_JSON, LISTENBRAINZ_JSONL
from scannerd.formats.pano import PANO_CSV, PANO_JSONL
from scannerd.model.listen import Failed, Listen, Row, Skipped

ALL = [
    LASTFM_GHAN_JSON,
    LASTFM_PAGE_JSON,
    LASTFM_API_JSON,
    LASTFM_TRACKS_JSON,
    LASTFM_GHAN_CSV,
    LASTFMSTATS_JSON,
    LASTFMSTATS_CSV,
    BENJAMINBENBEN_CSV,
    LIBREFM_CSV,
    LISTENBRAINZ_JSONL,
    LISTENBRAINZ_JSON,
    AUDIOSCROBBLER_LOG,
    PANO_JSONL,
    PANO_CSV,
]
GHAN = b"uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
STATS = b"Artist;Album;AlbumId;Track;Date#somebody\n"
LIBRE = b"Time,Artist,Track,Album\n"
LOG = b"#AUDIOSCROBBLER/1.1\n#TZ/UTC\n"
PANO = b"timeMs,artist,track\n"
PLAYED = b"Blur\t13\tTender\t1\t460\t"
NO_NUMBER = ", where a whole number belongs"
NO_TEXT = ", where text belongs"
NO_TIME = ", where a time in Unix seconds belongs"


def read(kind: Format, data: bytes) -> list[Row]:
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("America/New_York"), len(data))))


def lb(**fields: object) -> bytes:
    """One line of a ListenBrainz file with these fields changed."""
    metadata = {"track_name": "Desert", "artist_name": "OurR"}
    metadata.update({key: fields.pop(key) for key in list(fields) if key not in ("listened_at", "track_metadata")})
    return json.dumps({"listened_at": 1700000300, "track_metadata": metadata} | fields).encode()


def track(**fields: object) -> bytes:
    """A list of one Last.fm track with these fields changed."""
    plain = {"name": "Tender", "artist": {"#text": "Blur"}, "album": {"#text": "13"}, "date": {"uts": "1749774600"}}
    return json.dumps([plain | fields]).encode()


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        (LASTFM_TRACKS_JSON, track(name=5), "name is 5" + NO_TEXT),
        (LASTFM_TRACKS_JSON, track(name=["Tender"]), "name is a list" + NO_TEXT),
        (LASTFM_TRACKS_JSON, track(artist=7.5), "artist is 7.5" + NO_TEXT),
        (LASTFM_TRACKS_JSON, track(artist={"#text": {}}), "artist is an object" + NO_TEXT),
        (LASTFM_TRACKS_JSON, track(album=True), "album is true" + NO_TEXT),
        (LASTFM_TRACKS_JSON, track(date={"uts": "soon"}), "date is 'soon'" + NO_NUMBER),
        (LASTFM_TRACKS_JSON, track(date=[1]), "date is a list" + NO_NUMBER),
        (LASTFM_TRACKS_JSON, b"[5]", "the row is 5, where an object belongs"),
        (LASTFM_GHAN_JSON, b'[{"track":["x"]}]', "the row is 'x', where an object belongs"),
        (LASTFM_TRACKS_JSON, track(date={"uts": 10**15}), "date is 1000000000000000" + NO_TIME),
        (LASTFMSTATS_JSON, b'{"scrobbles":[{"date":NaN,"track":"a","artist":"b"}]}', "date is nan" + NO_NUMBER),
        (LASTFMSTATS_JSON, b'{"scrobbles":[{"date":Infinity,"track":"a","artist":"b"}]}', "date is inf" + NO_NUMBER),
        (LASTFMSTATS_JSON, b'{"scrobbles":[{"date":true,"track":"a","artist":"b"}]}', "date is true" + NO_NUMBER),
        (LASTFMSTATS_CSV, STATS + b"Blur;13;x;Tender;2025-06-13\n", "date is '2025-06-13'" + NO_NUMBER),
        (LASTFMSTATS_CSV, STATS + b"Blur;13;x;Ten;der;1749774600000\n", "the row has 6 fields, where 5 belong"),
        (
            LASTFM_GHAN_CSV,
            GHAN + b'1270468794,"05 Apr 2010, 11:59",Blur,,,,Ten',
            "the row has 7 fields, where 8 belong",
        ),
        (LASTFM_GHAN_CSV, GHAN + b"x,,Blur,,,,Tender,\n", "uts is 'x'" + NO_NUMBER),
        (LASTFM_GHAN_CSV, GHAN + b"1e9,,Blur,,,,Tender,\n", "uts is '1e9'" + NO_NUMBER),
        (LIBREFM_CSV, LIBRE + b",Blur,Tender,13\n", "time is ''" + NO_NUMBER),
        (LIBREFM_CSV, LIBRE + b"1270468794,Blur\n", "the row has 2 fields, where 4 belong"),
        (
            BENJAMINBENBEN_CSV,
            b"Blur,13,Tender,31 Feb 2010 11:59\n",
            "date is '31 Feb 2010 11:59', where a day of the calendar belongs",
        ),
        (
            BENJAMINBENBEN_CSV,
            b"Blur,13,Tender,01 Foo 2010 11:59\n",
            "date is '01 Foo 2010 11:59', where a date like 13 Jun 2025 00:55 belongs",
        ),
        (BENJAMINBENBEN_CSV, b"Blur\n", "the row has 1 field, where 4 belong"),
        (LISTENBRAINZ_JSONL, lb(listened_at="yesterday"), "listened_at is 'yesterday'" + NO_NUMBER),
        (LISTENBRAINZ_JSONL, lb(listened_at={}), "listened_at is an object" + NO_NUMBER),
        (LISTENBRAINZ_JSONL, lb(listened_at=1e300), "listened_at is 1e+300" + NO_TIME),
        (LISTENBRAINZ_JSONL, lb(track_metadata=5), "track_metadata is 5, where an object belongs"),
        (LISTENBRAINZ_JSONL, lb(track_name=["a"]), "track_name is a list" + NO_TEXT),
        (LISTENBRAINZ_JSONL, lb(artist_name=1), "artist_name is 1" + NO_TEXT),
        (LISTENBRAINZ_JSONL, lb(release_name=False), "release_name is false" + NO_TEXT),
        (LISTENBRAINZ_JSONL, lb(additional_info=[]), "additional_info is a list, where an object belongs"),
        (LISTENBRAINZ_JSONL, lb(mbid_mapping="x"), "mbid_mapping is 'x', where an object belongs"),
        (
            LISTENBRAINZ_JSONL,
            lb(additional_info={"artist_names": "OurR"}),
            "artist_names is 'OurR', where a list of names belongs",
        ),
        (LISTENBRAINZ_JSONL, lb(additional_info={"artist_names": [1]}), "artist_names is 1" + NO_TEXT),
        (AUDIOSCROBBLER_LOG, LOG + PLAYED + b"X\t1749774600\t\n", "rating is 'X', where L or S belongs"),
        (AUDIOSCROBBLER_LOG, LOG + PLAYED + b"L\tnow\t\n", "time is 'now'" + NO_NUMBER),
        (
            AUDIOSCROBBLER_LOG,
            LOG + b"Blur\t13\tTen\tder\t1\t460\tL\t1749774600\t\n",
            "the row has 9 fields, where 8 belong",
        ),
        (
            AUDIOSCROBBLER_LOG,
            b"#TZ/UNKNOWN\nBlur\t13\tTender\t1\t460\tL\t253402300799\t\n",
            "time is '9999-12-31T23:59:59+00:00'" + NO_TIME,
        ),
        (PANO_JSONL, b'{"artist":"Blur","track":"Tender"}', "timeMs is missing" + NO_NUMBER),
        (
            PANO_JSONL,
            b'{"timeMs":1749774600123.5,"artist":"Blur","track":"T"}',
            "timeMs is 1749774600123.5" + NO_NUMBER,
        ),
        (PANO_CSV, PANO + b"never,Blur,Tender\n", "timeMs is 'never'" + NO_NUMBER),
    ],
)
def test_a_wrong_field_fails_its_row_and_says_which(kind: Format, data: bytes, reason: str) -> None:
    (row,) = read(kind, data)

    assert isinstance(row, Failed)
    assert row.reason == reason
    assert row.raw


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (LASTFM_TRACKS_JSON, track(date={"uts": "-5"})),
        (LASTFM_TRACKS_JSON, track(date={"uts": 0})),
        (LASTFM_GHAN_CSV, GHAN + b"-99999999,,Blur,,,,Tender,\n"),
        (LASTFMSTATS_CSV, STATS + b"Blur;13;x;Tender;-1\n"),
        (LISTENBRAINZ_JSONL, lb(listened_at=-1)),
        (AUDIOSCROBBLER_LOG, LOG + b"Blur\t13\tTender\t1\t460\tL\t946684800\t\n"),
        (PANO_JSONL, b'{"timeMs":0,"artist":"Blur","track":"Tender"}'),
    ],
)
def test_a_time_before_any_listen_is_no_usable_time(kind: Format, data: bytes) -> None:
    (row,) = read(kind, data)

    assert isinstance(row, Skipped)
    assert row.reason.value == "no usable time"


@pytest.mark.parametrize(
    ("kind", "data", "title", "artist"),
    [
        (LASTFM_GHAN_CSV, GHAN + b'1270468794,,Bl"ur,,,,"Ten\nder",\n', "Ten der", 'Bl"ur'),
        (LASTFM_GHAN_CSV, GHAN + "1270468794,,Björk,,,,Jóga,\n".encode("latin-1"), "Jóga", "Björk"),
        (LASTFM_GHAN_CSV, (GHAN.decode() + "1270468794,,Björk,,,,Jóga,\n").encode("utf-16"), "Jóga", "Björk"),
        (LASTFM_GHAN_CSV, GHAN + b"1270468794,,Bl\0ur,,,,Tender,\n", "Tender", "Blur"),
        (LASTFM_GHAN_CSV, b"x,track,artist,uts\n?,Tender,Blur,1270468794\n", "Tender", "Blur"),
        (LASTFM_GHAN_CSV, GHAN.replace(b"\n", b"\r\n") + b"1270468794,,Blur,,,,Tender,\r\n", "Tender", "Blur"),
        (LASTFM_GHAN_CSV, GHAN + b"1270468794,,Blur,,,,Tender,,,\n", "Tender", "Blur"),
        (LASTFM_TRACKS_JSON, track(name="Ten\0der"), "Tender", "Blur"),
        (LASTFM_TRACKS_JSON, track(name="Tender\ud800"), "Tender�", "Blur"),
        (LASTFM_TRACKS_JSON, track().decode().encode("utf-16"), "Tender", "Blur"),
        (LASTFM_TRACKS_JSON, track(mbid=5, streamable=[]), "Tender", "Blur"),
        (LASTFM_TRACKS_JSON, track(name=None), "", "Blur"),
        (LASTFM_TRACKS_JSON, track(artist=None), "Tender", ""),
        (LIBREFM_CSV, LIBRE + "1270468794,Björk,Jóga,\n".encode("latin-1"), "Jóga", "Björk"),
        (LISTENBRAINZ_JSONL, lb(track_name="\ufeff Desert\u200b"), "Desert", "OurR"),
        (LISTENBRAINZ_JSONL, lb(additional_info={"artist_mbids": 5, "isrc": 5, "spotify_id": []}), "Desert", "OurR"),
        (PANO_CSV, b"\xef\xbb\xbf" + PANO + b"1749774600123,Blur,Tender\n", "Tender", "Blur"),
    ],
)
def test_an_odd_row_is_read_for_what_it_says(kind: Format, data: bytes, title: str, artist: str) -> None:
    (row,) = read(kind, data)

    assert isinstance(row, Listen)
    assert (row.written.title, row.written.artists) == (title, (artist,))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (LASTFM_GHAN_JSON, b'[{"track":[{"name":"Tender","artist":{"#te'),
        (LASTFM_GHAN_JSON, b""),
        (LASTFM_TRACKS_JSON, b"[" * 100_000),
        (LASTFM_TRACKS_JSON, track() + track()),
        (LASTFMSTATS_JSON, b'{"scrobbles":[{"date":1749774600000'),
        (LASTFM_GHAN_CSV, GHAN + b'1270468794,,"Blur,,,,Tender,\n'),
        (LASTFM_GHAN_CSV, b"artist,track\nBlur,Tender\n"),
        (LIBREFM_CSV, b""),
        (PANO_CSV, b"\0\0\0\0"),
        (LISTENBRAINZ_JSON, b'[{"listened_at":'),
    ],
)
def test_a_damaged_file_is_one_plain_error(kind: Format, data: bytes) -> None:
    with pytest.raises(ExportError) as caught:
        read(kind, data)

    assert "\n" not in str(caught.value)
    assert not str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (LASTFM_GHAN_CSV, GHAN),
        (LASTFMSTATS_CSV, STATS),
        (LIBREFM_CSV, b"# nothing heard yet\n" + LIBRE),
        (PANO_CSV, PANO),
        (AUDIOSCROBBLER_LOG, LOG),
        (LASTFM_GHAN_JSON, b"[]"),
        (LASTFMSTATS_JSON, b'{"username":"somebody","scrobbles":[]}'),
        (LISTENBRAINZ_JSONL, b"\n\n"),
    ],
)
def test_a_file_without_rows_has_none(kind: Format, data: bytes) -> None:
    assert read(kind, data) == []


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_what_is_shown_of_a_row_is_short_and_storable(kind: Format) -> None:
    long = "x" * 9000
    data = b"\n".join([lb(track_name=[long]), track(name=[long]), f"{long},{long},{long},{long}".encode()])

    try:
        rows = read(kind, data)
    except ExportError:
        return
    assert all(len(row.raw) <= 4096 for row in rows if not isinstance(row, Listen))
