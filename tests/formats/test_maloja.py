"""Maloja: the export and the API's list."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.maloja import MALOJA, MALOJA_API
from scannerd.formats.recognise import head_of, recognise
from scannerd.model.listen import ArtistForm, Failed, Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"
EXPORT = "maloja-null-album-and-various-artists.json"
API = "maloja-api-list.json"


def sample(kind: Format, name: str) -> list[Row]:
    data = (SAMPLES / name).read_bytes()
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


def test_names_are_kept_as_written_and_in_no_order() -> None:
    assert sample(MALOJA, EXPORT)[0] == Listen(
        1,
        datetime(2025, 5, 5, 8, 40, 10, tzinfo=UTC),
        Written(
            title="伊吹",
            artists=("Kanade Ishihara", "Magnify Tokyo • Kanade Ishihara"),
            form=ArtistForm.UNORDERED,
            album="Magnify Tokyo",
            album_artists=("Magnify Tokyo",),
            duration_ms=240_000,
        ),
        played_for_ms=181_000,
        client="navidrome",
    )


def test_no_album_a_sampler_and_an_album_of_unknown_artists_are_three_things() -> None:
    assert sample(MALOJA, EXPORT)[1:4] == [
        Listen(2, datetime(2025, 5, 5, 8, 44, 42, tzinfo=UTC), Written("No Album", ("A",), ArtistForm.UNORDERED)),
        Listen(
            3,
            datetime(2025, 5, 5, 8, 48, 20, tzinfo=UTC),
            Written("On a Sampler", ("A",), ArtistForm.UNORDERED, album="Sampler", is_compilation=True),
            client="spotify",
        ),
        Listen(
            4,
            datetime(2025, 5, 5, 8, 50, tzinfo=UTC),
            Written("Whose Album", ("A",), ArtistForm.UNORDERED, album="Unknown Hands"),
        ),
    ]


def test_a_row_without_artist_or_time_is_skipped_and_a_broken_one_fails_alone() -> None:
    rows = sample(MALOJA, EXPORT)

    assert [(row.row_no, row.reason) for row in rows if isinstance(row, Skipped)] == [
        (5, SkipReason.NO_ARTIST),
        (6, SkipReason.NO_TIME),
    ]
    assert [(row.row_no, row.reason) for row in rows if isinstance(row, Failed)] == [
        (7, "track is 'A - Title', where an object with artists and title belongs"),
        (8, "time is true, where a whole number belongs"),
        (9, "artists is 'A', where a list of names belongs"),
    ]


def test_the_answer_of_the_api_is_read_too() -> None:
    assert sample(MALOJA_API, API) == [
        Listen(
            1,
            datetime(2025, 5, 5, 8, 40, 10, tzinfo=UTC),
            Written(
                title="API Format Track",
                artists=("API Format Artist",),
                form=ArtistForm.UNORDERED,
                album="API Format Album",
                album_artists=("API Format Artist",),
            ),
        )
    ]


def test_both_are_recognised_by_content() -> None:
    assert recognise(head_of("a", (SAMPLES / EXPORT).read_bytes())) is MALOJA
    assert recognise(head_of("a", (SAMPLES / API).read_bytes())) is MALOJA_API
    assert recognise(head_of("a", b'{"scrobbles":[{"time":1,"track":{"artists":["A"],"title":"T"}}]}')) is MALOJA
    assert recognise(head_of("a", b'{"maloja":{"export_time":1},"scrobbles":[]}')) is MALOJA
