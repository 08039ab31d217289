"""What one field of a row holds, checked."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from scannerd.formats.values import WrongValue, instant, mbid, moment, optional_text, optional_whole, text, texts, whole

MBID = "30f851bb-dba3-4e9b-811c-5f27f595c86a"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (MBID, MBID),
        (MBID.upper(), MBID),
        (f" {{{MBID}}} ", MBID),
        (MBID.replace("-", ""), MBID),
        ("00000000-0000-0000-0000-000000000000", None),
        ("", None),
        ("30f851bb", None),
        (None, None),
        (5, None),
        ([MBID], None),
    ],
)
def test_an_mbid_is_one_or_none(written: object, found: str | None) -> None:
    assert mbid(written) == found


@pytest.mark.parametrize(
    ("written", "found"), [(5, 5), (5.0, 5), ("5", 5), (" -5 ", -5), ("5.000000", 5), (2**80, 2**80)]
)
def test_whole_numbers_are_taken_in_every_dress(written: object, found: int) -> None:
    assert whole(written) == found


@pytest.mark.parametrize("written", [True, None, "", "5.5", 5.5, math.nan, math.inf, "1e3", "٥", [], {}, "9" * 5000])
def test_what_is_no_whole_number_is_refused(written: object) -> None:
    with pytest.raises(WrongValue):
        whole(written)


def test_nothing_is_nothing() -> None:
    assert optional_whole("") is None
    assert optional_whole(None) is None
    assert optional_text("  ") is None
    assert text(None) == ""
    assert texts(None) == ()
    assert texts(["", "a", None]) == ("a",)


def test_text_is_cleaned() -> None:
    assert text(" \ufeffNuphory\0 ") == "Nuphory"


def test_moments_are_whole_seconds_in_utc() -> None:
    assert moment(1749780612) == datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC)
    assert moment(1749780612.9) == datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC)
    assert moment("1749780612.000000") == datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC)
    assert instant("2025-06-13T02:10:12.9Z") == datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC)
    assert instant("2025-06-13 02:10") == datetime(2025, 6, 13, 2, 10, tzinfo=UTC)
    assert instant("2025-06-13T04:10:12+02:00") == datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", [10**18, -(10**18), math.nan, math.inf, 10**400, "x", None, True, 1e300])
def test_a_moment_out_of_this_world_is_refused(written: object) -> None:
    with pytest.raises(WrongValue, match=r"time is .*, where "):
        moment(written, "time")


@pytest.mark.parametrize("written", ["", "yesterday", "0001-01-01T00:00:00+23:59", 5, None, "2024-13-01"])
def test_a_time_in_words_must_be_iso_8601(written: object) -> None:
    with pytest.raises(WrongValue, match=r"ts is .*, where a time like 2024-05-06T07:08:09Z belongs"):
        instant(written, "ts")


def test_the_message_is_short_and_on_one_line() -> None:
    with pytest.raises(WrongValue) as caught:
        whole("line\nbreak" * 1000, "time")

    assert str(caught.value) == "time is 'line\\nbreakline\\nbreakline\\nbreakline\\n…, where a whole number belongs"
