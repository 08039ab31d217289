"""Spotify: the extended history and the account data."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.recognise import head_of, recognise
from scannerd.formats.spotify import SPOTIFY_ACCOUNT, SPOTIFY_EXTENDED
from scannerd.model.listen import (
    ArtistForm,
    AudiobookListen,
    Failed,
    Listen,
    Row,
    Skipped,
    SkipReason,
    TimeKind,
    Written,
)

SAMPLES = Path(__file__).parent.parent / "samples"
EXTENDED = "spotify-extended-offline-podcast-audiobook.json"
ACCOUNT = "spotify-account-placeholders.json"


def sample(kind: Format, name: str) -> dict[int, Row]:
    data = (SAMPLES / name).read_bytes()
    return {row.row_no: row for row in kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("Asia/Tokyo"), len(data)))}


def track(title: str, album: str | None, uri: str, artist: str = "Clock") -> Written:
    return Written(
        title=title,
        artists=(artist,),
        form=ArtistForm.LIST,
        album=album,
        album_artists=(artist,),
        source_track_id=f"spotify:track:{uri}",
    )


def test_a_play_starts_as_long_before_its_end_as_it_was_heard_rounded_down() -> None:
    assert sample(SPOTIFY_EXTENDED, EXTENDED)[1] == Listen(
        1,
        datetime(2024, 3, 1, 9, 57, 28, tzinfo=UTC),
        track("Clairvoyant", "Split", "AAA", "The Story So Far"),
        TimeKind.END,
        181_028,
        "trackdone",
        "windows",
    )


def test_a_play_made_offline_starts_when_the_device_says_in_seconds_or_milliseconds() -> None:
    rows = sample(SPOTIFY_EXTENDED, EXTENDED)

    assert rows[2] == Listen(
        2,
        datetime(2024, 2, 29, 9, 46, 40, tzinfo=UTC),
        track("Offline in Seconds", None, "BBB"),
        TimeKind.START,
        60_000,
        "endplay",
        "android",
    )
    assert rows[3] == Listen(
        3,
        datetime(2019, 5, 4, 20, 0, tzinfo=UTC),
        track("Offline in Milliseconds", "Times", "CCC"),
        TimeKind.START,
        60_000,
        "endplay",
        "osx",
    )


def test_an_offline_time_that_is_junk_gives_way_to_the_end() -> None:
    rows = sample(SPOTIFY_EXTENDED, EXTENDED)

    assert rows[4] == Listen(
        4,
        datetime(2019, 5, 6, 7, 59, 59, tzinfo=UTC),
        track("Offline at Zero", "Times", "DDD"),
        TimeKind.END,
        999,
        None,
        "web_player",
    )
    assert rows[5] == Listen(
        5,
        datetime(2019, 5, 7, 8, 0, tzinfo=UTC),
        track("Offline in the Last Century", "Times", "EEE"),
        TimeKind.END,
        0,
        "fwdbtn",
        "ios",
    )


def test_what_is_no_music_is_skipped_with_its_reason_and_without_what_is_private() -> None:
    rows = sample(SPOTIFY_EXTENDED, EXTENDED)
    reasons = {number: row.reason for number, row in rows.items() if isinstance(row, Skipped)}

    assert reasons == {
        6: SkipReason.PODCAST,
        7: SkipReason.AUDIOBOOK,
        8: SkipReason.NO_TITLE,
        9: SkipReason.NO_ARTIST,
        10: SkipReason.NO_TIME,
    }
    assert rows[11] == Failed(
        11,
        "ts is 'yesterday', where a time like 2024-05-06T07:08:09Z belongs",
        '{"ts":"yesterday","ms_played":1000,"master_metadata_track_name":"Timeless",'
        '"master_metadata_album_artist_name":"Clock","spotify_track_uri":null}',
    )
    assert "203.0.113.9" not in repr(rows)
    assert "SM-G991B" not in repr(rows)
    assert "'DE'" not in repr(rows)


def test_account_data_knows_the_minute_of_the_end() -> None:
    rows = sample(SPOTIFY_ACCOUNT, ACCOUNT)

    assert rows[1] == Listen(
        1,
        datetime(2024, 1, 31, 23, 55, 24, tzinfo=UTC),
        Written("放課後の記憶", ("Necry Talkie",), ArtistForm.LIST),
        TimeKind.MINUTE,
        215_500,
    )
    assert {number: row.reason for number, row in rows.items() if isinstance(row, Skipped)} == {
        2: SkipReason.NO_ARTIST,
        3: SkipReason.NO_TITLE,
        4: SkipReason.PODCAST,
        5: SkipReason.AUDIOBOOK,
    }
    assert isinstance(rows[6], Failed)
    assert rows[6].reason == "msPlayed is 'much', where a whole number belongs"


def audiobook(kind: Format, **fields: object) -> AudiobookListen | None:
    """What a row of these fields, which is skipped as an audiobook, tells of it."""
    data = json.dumps([fields]).encode()
    [row] = kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("Asia/Tokyo"), len(data)))
    assert isinstance(row, Skipped)
    assert row.reason is SkipReason.AUDIOBOOK
    return row.audiobook


CHAPTER = {
    "ts": "2024-03-03T09:00:30Z",
    "platform": "Android OS 13 API 33 (samsung, SM-G991B)",
    "ms_played": 61_500,
    "master_metadata_track_name": None,
    "audiobook_title": " A Book ",
    "audiobook_uri": "spotify:show:AAA",
    "audiobook_chapter_uri": "spotify:episode:BBB",
    "audiobook_chapter_title": "Chapter 1",
    "offline": False,
    "offline_timestamp": 1709456300,
}


def test_the_extended_history_tells_what_was_heard_of_an_audiobook() -> None:
    assert audiobook(SPOTIFY_EXTENDED, **CHAPTER) == AudiobookListen(
        title="A Book",
        listened_at=datetime(2024, 3, 3, 8, 59, 28, tzinfo=UTC),
        time_kind=TimeKind.END,
        author=None,
        chapter="Chapter 1",
        played_for_ms=61_500,
        client="android",
        source_id="spotify:show:AAA",
    )


def test_a_chapter_heard_offline_starts_when_the_device_says() -> None:
    told = audiobook(SPOTIFY_EXTENDED, **CHAPTER | {"offline": True})

    assert told is not None
    assert (told.listened_at, told.time_kind) == (datetime(2024, 3, 3, 8, 58, 20, tzinfo=UTC), TimeKind.START)


def test_account_data_tells_the_author_and_the_minute() -> None:
    told = audiobook(
        SPOTIFY_ACCOUNT,
        endTime="2024-02-01 00:06",
        audiobookName="A Book",
        chapterName="One",
        authorName="Somebody",
        msPlayed=1_000,
    )

    assert told == AudiobookListen(
        "A Book", datetime(2024, 2, 1, 0, 5, 59, tzinfo=UTC), TimeKind.MINUTE, "Somebody", "One", 1_000
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"ts": None},
        {"ts": "yesterday"},
        {"ms_played": -1},
        {"ms_played": "much"},
        {"audiobook_title": ["A Book"]},
        {"audiobook_title": "\u200b"},
        {"audiobook_title": None},
        {"platform": 7},
        {"ts": "0001-01-01T00:00:00Z"},
    ],
)
def test_a_broken_row_of_an_audiobook_is_skipped_as_before_and_tells_nothing(broken: dict[str, object]) -> None:
    assert audiobook(SPOTIFY_EXTENDED, **CHAPTER | broken) is None


@pytest.mark.parametrize("broken", [{"endTime": 5}, {"msPlayed": {}}, {"authorName": 3}, {"audiobookName": ""}])
def test_so_is_one_of_account_data(broken: dict[str, object]) -> None:
    good = {"endTime": "2024-02-01 00:06", "audiobookName": "A Book", "chapterName": "One", "msPlayed": 1}

    assert audiobook(SPOTIFY_ACCOUNT, **good | broken) is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("ms_played", -5, "ms_played is -5, where a number of milliseconds up to a week belongs"),
        ("ms_played", True, "ms_played is true, where a whole number belongs"),
        ("ms_played", {}, "ms_played is an object, where a whole number belongs"),
        ("ts", 5, "ts is 5, where a time like 2024-05-06T07:08:09Z belongs"),
        ("master_metadata_track_name", ["x"], "master_metadata_track_name is a list, where text belongs"),
        ("spotify_track_uri", 7, "spotify_track_uri is 7, where text belongs"),
        ("platform", 7, "platform is 7, where text belongs"),
    ],
)
def test_a_wrong_type_fails_its_row_alone(field: str, value: object, reason: str) -> None:
    good = json.loads((SAMPLES / EXTENDED).read_text())[0]
    data = json.dumps([good | {field: value}, good]).encode()
    rows = list(SPOTIFY_EXTENDED.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))

    assert isinstance(rows[0], Failed)
    assert rows[0].reason == reason
    assert isinstance(rows[1], Listen)


def test_both_are_recognised_by_content() -> None:
    assert recognise(head_of("renamed.bin", (SAMPLES / EXTENDED).read_bytes())) is SPOTIFY_EXTENDED
    assert recognise(head_of("renamed.bin", (SAMPLES / ACCOUNT).read_bytes())) is SPOTIFY_ACCOUNT
    assert recognise(head_of("podcasts", b'[{"endTime":"2024-02-01 00:05","podcastName":"S","msPlayed":1}]')) is (
        SPOTIFY_ACCOUNT
    )
