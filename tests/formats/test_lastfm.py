"""Last.fm pages, lists and CSV."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.lastfm import (
    LASTFM_API_JSON,
    LASTFM_GHAN_CSV,
    LASTFM_GHAN_JSON,
    LASTFM_PAGE_JSON,
    LASTFM_TRACKS_JSON,
)
from scannerd.model.listen import ArtistForm, Failed, Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"
REAL = Path(__file__).parents[3] / "shared/data/listens/recenttracks-shoko2-1749776100.json"

TENDER = Listen(1, datetime(2025, 6, 13, 0, 30, tzinfo=UTC), Written(title="Tender", artists=("Blur",), album="13"))
COFFEE = Listen(
    2, datetime(2025, 6, 13, 0, 25, tzinfo=UTC), Written(title="Coffee & TV", artists=("Blur",), album="13")
)


def read(kind: Format, data: bytes) -> list[Row]:
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


def sample(kind: Format, name: str) -> list[Row]:
    return read(kind, (SAMPLES / name).read_bytes())


def outcomes(rows: list[Row]) -> list[object]:
    return [row.reason if isinstance(row, Skipped) else row for row in rows]


def test_pages_give_their_tracks_with_guessed_ids_and_skip_what_has_no_time() -> None:
    rows = sample(LASTFM_GHAN_JSON, "lastfm-pages.json")

    assert outcomes(rows) == [
        SkipReason.NOW_PLAYING,
        Listen(
            2,
            datetime(2025, 6, 13, 0, 40, tzinfo=UTC),
            Written(
                title="Uncomfortably Numb (feat. Hayley Williams)",
                artists=("American Football",),
                form=ArtistForm.JOINED,
                album="American Football",
                guessed_artist_mbid="4ebb5ad3-9018-407d-8c24-c03011ab9ac6",
                guessed_recording_mbid="f3a4bd1d-8b3c-4da8-8ee4-e984fe79d14f",
                guessed_release_mbid="c05482c2-7fa4-4827-9ba1-2bc99d4b6239",
            ),
        ),
        Listen(3, datetime(2025, 6, 13, 0, 35, tzinfo=UTC), Written(title="because I'm stupid?", artists=("CHUU",))),
        SkipReason.NO_TIME,
    ]


def test_a_page_of_one_track_may_hold_it_without_a_list() -> None:
    assert sample(LASTFM_GHAN_JSON, "lastfm-single-track-is-a-dict.json") == [TENDER, COFFEE]


def test_a_single_page_may_stand_without_a_list() -> None:
    assert sample(LASTFM_PAGE_JSON, "lastfm-single-page-is-a-dict.json") == [TENDER]


def test_an_extended_answer_of_the_api_names_its_artist_otherwise() -> None:
    assert sample(LASTFM_API_JSON, "lastfm-api-answer-extended.json") == [
        Listen(
            1,
            datetime(2025, 6, 13, 0, 30, tzinfo=UTC),
            Written(
                title="Tender",
                artists=("Blur",),
                album="13",
                guessed_artist_mbid="ba853904-ae25-4ebb-89d6-c44cfbd71bd2",
            ),
        )
    ]


def test_a_plain_list_of_tracks_is_read() -> None:
    assert sample(LASTFM_TRACKS_JSON, "lastfm-plain-list-of-tracks.json") == [TENDER]


def test_a_list_of_lists_is_counted_through() -> None:
    assert sample(LASTFM_TRACKS_JSON, "lastfm-list-of-lists.json") == [TENDER, COFFEE]


def test_a_playing_track_is_no_listen_although_it_carries_a_date() -> None:
    data = b'[{"name":"A","artist":"B","@attr":{"nowplaying":true},"date":{"uts":"1749774600"}}]'

    assert outcomes(read(LASTFM_TRACKS_JSON, data)) == [SkipReason.NOW_PLAYING]


def test_a_date_without_its_seconds_has_failed() -> None:
    data = b'[{"name":"A","artist":"B","date":{"#text":"13 Jun 2025, 00:30"}}]'

    assert read(LASTFM_TRACKS_JSON, data) == [
        Failed(
            1,
            "date.uts is missing, where a time in Unix seconds belongs",
            '{"name":"A","artist":"B","date":{"#text":"13 Jun 2025, 00:30"}}',
        )
    ]


def test_csv_keeps_commas_quotes_and_guessed_ids() -> None:
    assert outcomes(sample(LASTFM_GHAN_CSV, "lastfm-ghan.csv")) == [
        Listen(
            2,
            datetime(2010, 4, 5, 11, 59, 54, tzinfo=UTC),
            Written(
                title='Fantasy "live", take 1',
                artists=("Earth, Wind & Fire",),
                album="All 'N All",
                guessed_artist_mbid="535afeda-2538-435d-9dd1-5e10be586774",
                guessed_recording_mbid="01e7de04-3c5a-4bd1-b6fd-2e3f1b6dbd8a",
            ),
        ),
        Listen(3, datetime(2010, 4, 5, 11, 55, tzinfo=UTC), Written(title="I Sing I Swim", artists=("Seabear",))),
        SkipReason.NO_TIME,
        SkipReason.NOW_PLAYING,
    ]


@pytest.mark.skipif(not REAL.exists(), reason="the real files are not here")
def test_the_real_export_gives_ten_listens_five_minutes_apart() -> None:
    rows = read(LASTFM_GHAN_JSON, REAL.read_bytes())

    times = [int(row.listened_at.timestamp()) for row in rows if isinstance(row, Listen)]
    assert times == [1749776100 - 300 * number for number in range(10)]
    assert [row.written for row in rows if isinstance(row, Listen) and row.written.title == "放課後の記憶"] == [
        Written(
            title="放課後の記憶",
            artists=("Necry Talkie",),
            album="ZOO!!",
            guessed_release_mbid="e9e78802-0bf8-4ca3-9655-1d943d2d2fa0",
        )
    ]
