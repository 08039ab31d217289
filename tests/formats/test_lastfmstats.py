"""lastfmstats.com: JSON and CSV."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.lastfmstats import LASTFMSTATS_CSV, LASTFMSTATS_JSON
from scannerd.model.listen import Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(kind: Format, name: str) -> list[Row]:
    data = (SAMPLES / name).read_bytes()
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


def test_json_times_are_milliseconds_and_zero_is_no_time() -> None:
    assert sample(LASTFMSTATS_JSON, "lastfmstats.json") == [
        Listen(1, datetime(2025, 6, 13, 0, 30, tzinfo=UTC), Written(title="Tender", artists=("Blur",), album="13")),
        Skipped(
            2,
            SkipReason.NO_TIME,
            '{"track":"Arms","artist":"Seabear","album":"","albumId":"","date":0}',
        ),
    ]


def test_csv_may_begin_with_a_byte_order_mark_and_hold_semicolons() -> None:
    assert sample(LASTFMSTATS_CSV, "lastfmstats-byte-order-mark.csv") == [
        Listen(
            2, datetime(2025, 6, 13, 0, 30, tzinfo=UTC), Written(title="Tender; or not", artists=("Blur",), album="13")
        ),
        Listen(3, datetime(2025, 6, 13, 0, 25, tzinfo=UTC), Written(title="Arms", artists=("Seabear",))),
    ]


def test_older_csv_has_no_album_id() -> None:
    assert sample(LASTFMSTATS_CSV, "lastfmstats-older-without-album-id.csv") == [
        Listen(2, datetime(2025, 6, 13, 0, 25, tzinfo=UTC), Written(title="Coffee & TV", artists=("Blur",), album="13"))
    ]
