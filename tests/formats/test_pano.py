"""Pano Scrobbler's JSONL and CSV."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.pano import PANO_CSV, PANO_JSONL
from scannerd.model.listen import Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"
TENDER = Written(title="Tender", artists=("Blur",), album="13", album_artists=("Blur",), duration_ms=460_000)
ARMS = Written(title="Arms", artists=("Seabear",))


def sample(kind: Format, name: str) -> list[Row]:
    data = (SAMPLES / name).read_bytes()
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


@pytest.mark.parametrize(
    ("kind", "name", "tender", "arms", "loved"), [(PANO_JSONL, "pano.jsonl", 1, 3, 2), (PANO_CSV, "pano.csv", 2, 3, 4)]
)
def test_a_love_is_no_listen_and_times_are_milliseconds(
    kind: Format, name: str, tender: int, arms: int, loved: int
) -> None:
    rows = {row.row_no: row for row in sample(kind, name)}

    assert rows[tender] == Listen(tender, datetime(2025, 6, 13, 0, 30, tzinfo=UTC), TENDER, client="Poweramp")
    assert rows[arms] == Listen(arms, datetime(2025, 6, 13, 0, 37, 40, tzinfo=UTC), ARMS, client="org.videolan.vlc")
    assert isinstance(rows[loved], Skipped)
    assert rows[loved].reason is SkipReason.NOT_HEARD
    assert len(rows) == 3
