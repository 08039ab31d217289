"""Languages and dates, whatever way they are written."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.model.book_values import book_date, language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("eng", "en"),
        ("ENG", "en"),
        ("en_US", "en-US"),
        ("en-us", "en-US"),
        ("English", "en"),
        ("English (US)", "en"),
        ("Deutsch", "de"),
        ("Français", "fr"),
        ("中文", "zh"),
        ("ger", "de"),
        ("deu", "de"),
        ("chi", "zh"),
        ("zho-TW", "zh-TW"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("en-419", "en-419"),
        ("sl-rozaj-biske-1994", "sl-rozaj-biske-1994"),
        ("en-x-private", "en"),
        ("de-u-co-phonebk", "de"),
        ("de_DE.UTF-8", "de-DE"),
        ("ger/eng", "de"),
        ("eng; fre", "en"),
        ("und, fr", "fr"),
        ("grc", "grc"),
        ("iw", "he"),
        ("jp", "ja"),
        (" en\x00", "en"),
        ("und", None),
        ("zxx", None),
        ("mul", None),
        ("XXX", None),
        ("xx", None),
        ("", None),
        ("N/A", None),
        ("Klingonisch", None),
        ("en--US", None),
        ("123", None),
    ],
)
def test_a_language_is_a_bcp_47_tag(text: str, tag: str | None) -> None:
    assert language_tag(text) == tag


@given(st.one_of(st.text(max_size=20), st.from_regex(r"[a-z]{2,3}([-_][A-Za-z]{4})?([-_][A-Z]{2})?", fullmatch=True)))
def test_the_tag_of_a_tag_is_itself(text: str) -> None:
    tag = language_tag(text)

    assert tag is None or language_tag(tag) == tag


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2003", "2003"),
        ("2003-05", "2003-05"),
        ("2003-05-12", "2003-05-12"),
        ("2003-5-1", "2003-05-01"),
        ("2003/05/12", "2003-05-12"),
        ("2003.05.12", "2003-05-12"),
        ("2012-04-02T12:47:00Z", "2012-04-02"),
        ("2003-05-12T23:30:00-08:00", "2003-05-12"),
        ("2003-05-12 10:15", "2003-05-12"),
        ("20030512", "2003-05-12"),
        ("20030512101500", "2003-05-12"),
        ("D:20030512101500+02'00'", "2003-05-12"),
        ("D:200305", "2003-05"),
        ("D:2003", "2003"),
        ("May 2003", "2003-05"),
        ("Sept. 2003", "2003-09"),
        ("12 May 2003", "2003-05-12"),
        ("May 12, 2003", "2003-05-12"),
        ("12th of May 2003", "2003-05-12"),
        ("2003 May 5", "2003-05-05"),
        ("12. Mai 2003", "2003-05-12"),
        ("12 de mayo de 2003", "2003-05-12"),
        ("1er août 2003", "2003-08-01"),
        ("Mon, 12 May 2003 00:00:00 +0000", "2003-05-12"),
        ("2003年5月12日", "2003-05-12"),
        ("12.05.2003", "2003-05-12"),
        ("25/12/2003", "2003-12-25"),
        ("12/25/2003", "2003-12-25"),
        ("05/05/2003", "2003-05-05"),
        ("05/12/2003", "2003"),
        ("05/2003", "2003-05"),
        ("c2003", "2003"),
        ("©2003 by Jane Doe", "2003"),
        ("circa 1850", "1850"),
        ("2003-2005", "2003"),
        ("0850", "0850"),
        # What cannot be is left out.
        ("2003-02-31", "2003-02"),
        ("2003-13-01", "2003"),
        ("2003-00-00", "2003"),
        ("31 February 2003", "2003-02"),
        # Before Christ.
        ("-0380", None),
        ("-0380-01-01T00:00:00Z", None),
        # Nobody knows.
        ("0101-01-01T00:00:00+00:00", None),
        ("0100-12-31", None),
        ("0001-01-01", None),
        ("0000", None),
        ("0000-00-00", None),
        ("9999-12-31", None),
        ("1052697600", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_date_is_a_year_a_month_or_a_day(text: str, told: str | None) -> None:
    assert book_date(text) == told


@given(st.one_of(st.text(max_size=20), st.text("0123456789-/.:TD ", max_size=20)))
def test_a_date_is_in_the_calendar_and_its_date_is_itself(text: str) -> None:
    told = book_date(text)

    assert told is None or re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", told)
    assert told is None or book_date(told) == told
    assert told is None or date.fromisoformat(told + "0000-01-01"[len(told) :])
