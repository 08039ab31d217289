"""Real files of other projects, when they are there: what their publishers' own tests state."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.worker import open_export
from scannerd.model.batch import Batch, Window

REAL = Path(__file__).parents[3] / "shared" / "data" / "listens"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")


def read(name: str) -> tuple[list[Batch], str]:
    window = Window(now=datetime(2026, 1, 1, tzinfo=UTC))
    with open_export(str(REAL / name), name=name, time_zone=ZoneInfo("UTC"), window=window) as stream:
        batches = [item for item in stream if isinstance(item, Batch)]
    return batches, stream.reading.members[0].format


@pytest.mark.parametrize(
    ("name", "format_name", "listens", "others"),
    [
        ("Streaming_History_Audio_spotify_import_test.json", "spotify-extended", 39, 0),
        ("koito_export_test.json", "koito", 13, 0),
        ("maloja_import_test.json", "maloja", 38, 0),
        ("maloja_import_null_album_test.json", "maloja", 2, 1),
        ("maloja_api_format_test.json", "maloja-api", 2, 0),
        ("recenttracks-shoko2-1749776100.json", "lastfm-ghan-json", 10, 0),
        ("listenbrainz_shoko1_1749780844.zip", "listenbrainz-jsonl", 5, 0),
        ("listenbrainz_shoko1_123456789.zip", "listenbrainz-jsonl", 19, 0),
    ],
)
def test_every_row_is_accounted_for(name: str, format_name: str, listens: int, others: int) -> None:
    batches, found = read(name)

    assert found == format_name
    assert sum(len(batch.listens) for batch in batches) == listens
    assert sum(len(batch.others) for batch in batches) == others


def test_spotify_times_are_starts_and_the_length_heard_is_kept() -> None:
    (batch,), _ = read("Streaming_History_Audio_spotify_import_test.json")
    (clairvoyant,) = [row for row in batch.listens if row[4] == 181_028]

    assert clairvoyant[1] == datetime(2025, 4, 29, 0, 34, 7, tzinfo=UTC)
    assert clairvoyant[3:] == ("end", 181_028, "trackdone", "windows")
    assert len(batch.lookups) == 38
    assert Counter(row[6] for row in batch.listens) == {"windows": 38, "android": 1}


def test_koito_keeps_every_name() -> None:
    (batch,), _ = read("koito_export_test.json")
    titles = {row[5]: row for row in batch.lookups}

    assert len(batch.lookups) == 4
    assert titles["虹の色よ鮮やかであれ (NELKE ver.)"][16] == 218_000
    assert "Nijinoiroyo Azayakadeare (NELKE ver.)" in str(titles["虹の色よ鮮やかであれ (NELKE ver.)"][20])
    assert "Masayuki Suzuki" in str([row[20] for row in batch.lookups])
