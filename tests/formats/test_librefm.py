"""Libre.fm's CSV."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.format import ReadOptions
from scannerd.formats.librefm import LIBREFM_CSV
from scannerd.model.listen import Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"


def read(data: bytes) -> list[Row]:
    return list(LIBREFM_CSV.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


def test_columns_stand_in_any_order_and_case_below_comments() -> None:
    assert read((SAMPLES / "librefm-odd-header.csv").read_bytes()) == [
        Listen(
            5,
            datetime(2010, 4, 5, 11, 59, 54, tzinfo=UTC),
            Written(title="Guinnevere", artists=("Crosby, Stills & Nash",), album="Crosby Stills & Nash"),
        ),
        # An artist whose name begins like a comment.
        Listen(6, datetime(2010, 4, 5, 11, 55, tzinfo=UTC), Written(title="Return To", artists=("#1 Dads",))),
        Skipped(7, SkipReason.NO_TIME, '{"artist":"Seabear","track":"Arms","album":"","time":"0"}'),
    ]


def test_what_a_server_adds_is_taken_and_unknown_columns_are_passed_over() -> None:
    data = (
        b"Time,Artist,Track,Album,Album Artist,Length,MBID,Rating\n"
        b"1270468794,Blur,Tender,13,Blur,460,F3A4BD1D-8B3C-4DA8-8EE4-E984FE79D14F,L\n"
    )

    assert read(data) == [
        Listen(
            2,
            datetime(2010, 4, 5, 11, 59, 54, tzinfo=UTC),
            Written(
                title="Tender",
                artists=("Blur",),
                album="13",
                album_artists=("Blur",),
                track_mbid="f3a4bd1d-8b3c-4da8-8ee4-e984fe79d14f",
                duration_ms=460_000,
            ),
        )
    ]
