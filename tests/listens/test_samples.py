"""The samples of tests/samples, from the file to the views."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from scannerd.formats.worker import open_export
from scannerd.listens.store import Counts
from scannerd.model.batch import Batch, Window

SAMPLES = Path(__file__).parents[1] / "samples"


def take_in(home: Any, name: str) -> Any:
    window = Window(datetime(2026, 1, 1, tzinfo=UTC))
    with open_export(str(SAMPLES / name), name=name, time_zone=ZoneInfo("UTC"), window=window) as stream:
        return home.take_in_batches(item for item in stream if isinstance(item, Batch))


def test_an_answer_of_malojas_api_is_taken_in(home: Any) -> None:
    imported = take_in(home, "maloja-api-list.json")

    assert imported.counts == Counts(read=1, stored=1)
    assert home.ask("select artist, title, album from listens") == [
        ("API Format Artist", "API Format Track", "API Format Album")
    ]


def test_albums_that_are_null_and_rows_that_are_broken_stop_nothing(home: Any) -> None:
    imported = take_in(home, "maloja-null-album-and-various-artists.json")

    assert imported.counts == Counts(read=9, stored=4, skipped=2, failed=3)
    assert home.ask("select artist, title, album from listens order by listened_at") == [
        ("Magnify Tokyo, Kanade Ishihara", "伊吹", "Magnify Tokyo"),
        ("A", "No Album", None),
        ("A", "On a Sampler", "Sampler"),
        ("A", "Whose Album", "Unknown Hands"),
    ]
    assert home.ask("select reason from export_row where outcome = 'skipped' order by row_no") == [
        ("no artist",),
        ("no usable time",),
    ]
