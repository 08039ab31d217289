"""What a value means: tables of what is seen in files, and what holds for any text at all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.model.media import LONGEST_COMMENT, LONGEST_VALUE
from scannerd.parsers import values

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=3000)
A, B = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3", "b1b8520f-b35c-418f-b5cc-65bef582015c"


@pytest.mark.parametrize(
    ("raw", "pair"),
    [
        ("3", (3, None)),
        ("03", (3, None)),
        ("3/12", (3, 12)),
        (" 3 / 12 ", (3, 12)),
        ("3 of 12", (3, 12)),
        ("3/", (3, None)),
        ("/12", (None, 12)),
        ("3.0", (3, None)),
        ("0/0", (None, None)),
        ("0", (None, None)),
        ("", (None, None)),
        ("A1", (None, None)),
        ("-3", (None, None)),
        ("٣", (None, None)),
        ("40000", (None, None)),
        ("999999999999999999", (None, None)),
        (" " * 100_000 + "3", (None, None)),
    ],
)
def test_a_place_is_a_number_and_a_total(raw: str, pair: tuple[int | None, int | None]) -> None:
    assert values.number_pair(raw) == pair


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        ("1995", "1995"),
        ("1995-10", "1995-10"),
        ("1995-10-03", "1995-10-03"),
        ("1995-1-3", "1995-01-03"),
        ("1995.10.03", "1995-10-03"),
        ("1995/10/03", "1995-10-03"),
        ("19951003", "1995-10-03"),
        ("1987-03-31T07:00:00Z", "1987-03-31"),
        ("2004-05-06 07:08:09", "2004-05-06"),
        ("Oct 3, 1995", "1995"),
        ("03.10.1995", "1995"),
        ("03/10/1995", "1995"),
        ("℗ 1995 Label", "1995"),
        ("1995-00-00", "1995"),
        ("1995-02-30", "1995-02"),
        ("1995-13-01", "1995"),
        ("0000", None),
        ("95", None),
        ("19951", None),
        ("3195", None),
        ("", None),
    ],
)
def test_a_date_is_as_exact_as_it_can_be(raw: str, date: str | None) -> None:
    assert values.date([raw]) == date


@pytest.mark.parametrize(
    ("raws", "genres"),
    [
        (["Rock"], ["Rock"]),
        (["Rock; Pop, Jazz/Funk"], ["Rock", "Pop", "Jazz", "Funk"]),
        (["Rock", "Pop", "Rock"], ["Rock", "Pop"]),
        (["17"], ["Rock"]),
        (["(17)"], ["Rock"]),
        (["(17)Rock"], ["Rock"]),
        (["(51)(39)"], ["Techno-Industrial", "Noise"]),
        (["(4)Eurodisco"], ["Disco", "Eurodisco"]),
        (["RX", "(CR)"], ["Remix", "Cover"]),
        (["((Odd"], ["(Odd"]),
        (["255"], []),
        (["80s", "2-Step", "1980"], ["80s", "2-Step", "1980"]),
        (["Unknown"], ["Unknown"]),
        ([" ", ";", ""], []),
    ],
)
def test_genres_are_parted_and_numbers_have_names(raws: list[str], genres: list[str]) -> None:
    assert values.genres(raws) == genres


@pytest.mark.parametrize(
    ("raws", "people"),
    [
        (["Lennon/McCartney"], ["Lennon", "McCartney"]),
        (["John Lennon; Paul McCartney"], ["John Lennon", "Paul McCartney"]),
        (["AC/DC"], ["AC/DC"]),
        (["AC/DC; Lennon/McCartney"], ["AC/DC", "Lennon", "McCartney"]),
        (["Lennon/McCartney", "Harrison"], ["Lennon/McCartney", "Harrison"]),
        (["Bach, Johann Sebastian"], ["Bach, Johann Sebastian"]),
        (["Simon & Garfunkel"], ["Simon & Garfunkel"]),
    ],
)
def test_a_single_value_of_a_role_is_taken_apart(raws: list[str], people: list[str]) -> None:
    assert values.people(raws) == people


@pytest.mark.parametrize(
    ("raw", "performer"),
    [
        ("Jane Doe (guitar)", ("Jane Doe", "guitar")),
        ("Jane Doe (guitar (electric))", ("Jane Doe", "guitar (electric)")),
        ("Jane (J.) Doe (guitar)", ("Jane (J.) Doe", "guitar")),
        ("Jane Doe", ("Jane Doe", None)),
        ("Jane Doe ()", ("Jane Doe", None)),
        ("(guitar)", ("(guitar)", None)),
        ("Jane guitar)", ("Jane guitar)", None)),
    ],
)
def test_an_instrument_is_in_the_last_brackets(raw: str, performer: tuple[str, str | None]) -> None:
    assert values.performer(raw) == performer


@pytest.mark.parametrize(
    ("raws", "mbids"),
    [
        ([A], [A]),
        ([A.upper()], [A]),
        ([f"{A}/{B}"], [A, B]),
        ([f"{A}; {B}"], [A, B]),
        ([A, A], [A, A]),
        ([f"urn:uuid:{A}"], [A]),
        ([f"http://musicbrainz.org/artist/{A}"], [A]),
        ([A.replace("-", "")], []),
        (["00000000-0000-0000-0000-000000000000"], []),
        ([A + "0"], []),
        (["[unknown]"], []),
    ],
)
def test_mbids_are_uuids_with_hyphens(raws: list[str], mbids: list[str]) -> None:
    assert values.mbids(raws) == mbids


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("-6.30 dB", -6.3),
        ("+1,5 db", 1.5),
        ("0.99", 0.99),
        ("128 BPM", 128.0),
        ("1e-3", 0.001),
        ("1e999", None),
        ("nan", None),
        ("inf", None),
        ("loud", None),
        ("", None),
    ],
)
def test_a_number_may_have_a_unit(raw: str, number: float | None) -> None:
    assert values.decimal([raw]) == number


@pytest.mark.parametrize(
    ("raw", "isrc"),
    [
        ("USEE11400516", "USEE11400516"),
        ("us-ee1-14-00516", "USEE11400516"),
        ("US EE1 14 00516", "USEE11400516"),
        ("US-EE1-14", None),
        ("", None),
    ],
)
def test_an_isrc_has_no_hyphens(raw: str, isrc: str | None) -> None:
    assert values.isrc([raw]) == isrc


@pytest.mark.parametrize(("raw", "truth"), [("1", True), ("true", True), ("Yes", True), ("0", False), ("", False)])
def test_yes_has_several_spellings(raw: str, truth: bool) -> None:
    assert values.truth([raw]) is truth


def test_a_text_is_composed_trimmed_and_freed_of_what_cannot_be_stored() -> None:
    assert values.text(" Bjo\u0308rk\0 \ufeff") == "Björk"
    assert values.text("a\x07b\nc") == "ab c"
    assert values.text("x" * 5000) == "x" * LONGEST_VALUE


def test_values_behind_a_nul_are_values_of_their_own() -> None:
    assert values.texts(["A\0B", "B", " "]) == ["A", "B"]


def test_lyrics_keep_their_lines_and_nothing_else_that_cannot_be_seen() -> None:
    assert values.long_text(["", "one\r\n\ttwo\x07\n\nthree\n"]) == "one\ntwo\n\nthree"
    assert len(values.long_text(["line\n" * 10_000])) <= LONGEST_COMMENT


@given(ANY_TEXT)
def test_a_stored_text_is_clean_short_and_stays_as_it_is(raw: str) -> None:
    stored = values.text(raw)

    assert len(stored) <= LONGEST_VALUE
    assert unicodedata.is_normalized("NFC", stored)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in stored)
    assert values.text(stored) == stored


@given(st.lists(ANY_TEXT, max_size=5))
def test_a_list_holds_each_value_once_and_none_that_is_empty(raws: list[str]) -> None:
    for stored in (values.texts(raws), values.genres(raws), values.people(raws), values.labels(raws)):
        assert all(stored)
        assert len(stored) == len(set(stored)) <= values.MOST_VALUES


@given(ANY_TEXT)
def test_no_text_is_too_odd_to_be_asked_for_a_number_or_a_date(raw: str) -> None:
    number, total = values.number_pair(raw)

    assert number is None or 0 < number < 2**15
    assert total is None or 0 < total < 2**15
    assert (found := values.date([raw])) is None or 4 <= len(found) <= 10
    values.decimal([raw])
    values.mbids([raw])
    values.isrc([raw])
    name, detail = values.performer(raw)
    assert name or not raw.strip()
    assert detail != ""
