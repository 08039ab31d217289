"""`.scrobbler.log`: zones, ratings, clocks that were never set."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.audioscrobbler import AUDIOSCROBBLER_LOG
from scannerd.formats.format import ReadOptions
from scannerd.model.listen import Failed, Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"


def read(data: bytes, zone: str = "Europe/Berlin") -> list[Row]:
    return list(AUDIOSCROBBLER_LOG.read(io.BytesIO(data), ReadOptions(ZoneInfo(zone), len(data))))


def starts(rows: list[Row]) -> list[datetime]:
    return [row.listened_at for row in rows if isinstance(row, Listen)]


def test_an_unknown_zone_is_the_listeners_and_only_what_was_heard_counts() -> None:
    rows = read((SAMPLES / "audioscrobbler-zone-unknown.log").read_bytes())

    assert [row.reason if isinstance(row, Skipped) else row for row in rows] == [
        Listen(
            5,
            datetime(2025, 6, 12, 22, 30, tzinfo=UTC),  # 00:30 in Berlin's summer
            Written(
                title="Tender",
                artists=("Blur",),
                album="13",
                track_mbid="f3a4bd1d-8b3c-4da8-8ee4-e984fe79d14f",
                duration_ms=460_000,
            ),
            client="Rockbox sansaclipzip",
        ),
        Listen(
            6,
            datetime(2025, 1, 16, 3, 0, tzinfo=UTC),  # 04:00 in Berlin's winter
            Written(title='"Return To', artists=("#1 Dads",), duration_ms=234_000),
            client="Rockbox sansaclipzip",
        ),
        SkipReason.NOT_HEARD,
        # No artist: the rule every source shares skips it.
        Listen(
            8,
            datetime(2025, 6, 12, 22, 38, 20, tzinfo=UTC),
            Written(title="file_1.mp3", artists=("",), duration_ms=61_000),
            client="Rockbox sansaclipzip",
        ),
        SkipReason.NO_TIME,
        SkipReason.NO_TIME,
        Failed(11, "the row has 3 fields, where 8 belong", '["Blur","13","Battle"]'),
    ]


def test_version_1_0_in_utc_and_latin_1_is_read() -> None:
    assert read((SAMPLES / "audioscrobbler-1.0-latin-1.log").read_bytes()) == [
        Listen(
            4,
            datetime(2025, 6, 13, 0, 30, tzinfo=UTC),
            Written(title="Hoppípolla", artists=("Sigur Rós",), album="Takk...", duration_ms=268_000),
            client="iPod 1.2",
        )
    ]


def test_a_log_without_a_word_about_the_zone_is_in_the_listeners() -> None:
    rows = read(b"#AUDIOSCROBBLER/1.1\nBlur\t13\tTender\t1\t460\tL\t1749774600\t\n")

    assert starts(rows) == [datetime(2025, 6, 12, 22, 30, tzinfo=UTC)]


def test_logs_that_were_joined_each_keep_their_zone() -> None:
    row = b"Blur\t13\tTender\t1\t460\tL\t1749774600\t\n"

    rows = read(b"#AUDIOSCROBBLER/1.1\n#TZ/UTC\n" + row + b"#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n" + row, "Asia/Kolkata")

    assert starts(rows) == [datetime(2025, 6, 13, 0, 30, tzinfo=UTC), datetime(2025, 6, 12, 19, 0, tzinfo=UTC)]


def test_an_hour_that_the_clock_showed_twice_or_never_has_an_answer() -> None:
    twice, never = 1761445800, 1743301800  # 2025-10-26 02:30 and 2025-03-30 02:30 as the clock showed it
    rows = read(b"".join(b"Blur\t13\tTender\t1\t460\tL\t%d\t\n" % shown for shown in (twice, never)))

    assert starts(rows) == [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)]
