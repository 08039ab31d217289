"""benjaminbenben.com/lastfm-to-csv: no header, minutes only."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.benjaminbenben import BENJAMINBENBEN_CSV
from scannerd.formats.format import ReadOptions
from scannerd.model.listen import Listen, Row, Skipped, SkipReason, TimeKind, Written

SAMPLES = Path(__file__).parent.parent / "samples"
ANDROID = Written(title="Paranoid Android", artists=("Radiohead",), album="OK Computer")


def sample(name: str) -> list[Row]:
    data = (SAMPLES / name).read_bytes()
    # A zone that is not UTC: these times never are the listener's wall clock.
    return list(BENJAMINBENBEN_CSV.read(io.BytesIO(data), ReadOptions(ZoneInfo("Asia/Tokyo"), len(data))))


def test_times_are_start_minutes_in_utc_and_no_date_is_now_playing() -> None:
    rows = sample("benjaminbenben-four-columns.csv")

    assert [row.reason if isinstance(row, Skipped) else row for row in rows] == [
        SkipReason.NOW_PLAYING,
        Listen(2, datetime(2007, 6, 15, 22, 30, tzinfo=UTC), ANDROID, TimeKind.MINUTE),
        Listen(
            3,
            datetime(2007, 6, 15, 22, 26, tzinfo=UTC),
            Written(title='Fantasy "live"', artists=("Earth, Wind & Fire",), album="All 'N All"),
            TimeKind.MINUTE,
        ),
        Listen(4, datetime(2007, 6, 15, 22, 26, tzinfo=UTC), ANDROID, TimeKind.MINUTE),
        SkipReason.NO_TIME,
    ]


def test_an_older_build_left_out_the_album_and_a_comma_may_stand_in_the_date() -> None:
    assert sample("benjaminbenben-three-columns.csv") == [
        Listen(
            1,
            datetime(2007, 6, 5, 22, 30, tzinfo=UTC),
            Written(title="Paranoid Android", artists=("Radiohead",)),
            TimeKind.MINUTE,
        ),
        Listen(
            2, datetime(2007, 6, 5, 22, 26, tzinfo=UTC), Written(title="Arms", artists=("Seabear",)), TimeKind.MINUTE
        ),
    ]
