"""Series and the places in them."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import InSeries, NumberUnit, SeriesNumber
from scannerd.model.series_names import comic_place, in_series, series_in, series_number

VOLUME, CHAPTER = NumberUnit.VOLUME, NumberUnit.CHAPTER
PIECES = [
    "Naruto",
    " ",
    "v",
    "c",
    "#",
    "1",
    "05",
    "-",
    "–",
    ".",
    ",",
    "½",
    "(",
    ")",
    "[",
    " of ",
    "Book ",
    "Vol. ",
    "IV",
    ";",
    "_",
]
TEXTS = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=10).map("".join))


def number(start: str, end: str | None = None, unit: NumberUnit | None = None) -> SeriesNumber:
    return SeriesNumber(Decimal(start), Decimal(end) if end else None, unit)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("5", "5", None),
        ("05", "5", None),
        ("0", "0", None),
        ("5.0", "5", None),
        ("1.5", "1.5", None),
        ("1,5", "1.5", None),
        ("1.10", "1.10", None),
        (".5", "0.5", None),
        ("5.", "5", None),
        ("½", "0.5", None),
        ("1½", "1.5", None),
        ("-1", "-1", None),
        ("−1", "-1", None),
        ("+3", "3", None),
        ("1-3", "1", "3"),
        ("1–3", "1", "3"),
        ("1 — 3", "1", "3"),
        ("0.5-1.5", "0.5", "1.5"),
        ("-1-3", "-1", "3"),
        ("#1-#3", "1", "3"),
        ("#5", "5", None),
        ("Book 5", "5", None),
        ("BOOK 5", "5", None),
        ("Vol. 5", "5", None),
        ("vol5", "5", None),
        ("v05", "5", None),
        ("No. 5", "5", None),
        ("Band 3", "3", None),
        ("№ 3", "3", None),
        ("5 of 10", "5", None),
        ("IV", "4", None),
        ("XXXIX", "39", None),
        ("Book V", "5", None),
        ("999999.1234", "999999.1234", None),
    ],
)
def test_a_number_or_a_range(text: str, start: str, end: str | None) -> None:
    assert series_number(text, CHAPTER) == number(start, end, CHAPTER)


def test_a_number_is_written_as_it_was_but_for_zeros_that_calibre_adds() -> None:
    told = [series_number(text) for text in ("5.0", "005", "1.10", "-0")]

    assert [str(one.number) for one in told if one] == ["5", "5", "1.10", "0"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "Book",
        "Annual",
        "1-A",
        "3-1",
        "1-1",
        "1--3",
        "1-3-5",
        "1, 2",
        "1,000",
        "1/2",
        "5/10",
        "1234567",
        "1.12345",
        "NaN",
        "Infinity",
        "1e5",
        "X",
        "IIII",
        "XL",
        "book ii",
        "１",
        "1 2",
        "five",
        "1" * 100,
    ],
)
def test_what_is_no_number_is_nothing(text: str) -> None:
    assert series_number(text) is None


@pytest.mark.parametrize(
    ("name", "place", "told"),
    [
        ("Discworld", "5", InSeries("Discworld", number("5"))),
        (" The  Expanse ", "1-3", InSeries("The Expanse", number("1", "3"))),
        ("Saga", "½", InSeries("Saga", number("0.5"))),
        ("Saga", "Annual", InSeries("Saga", None, "Annual")),
        ("Saga", "1-A", InSeries("Saga", None, "1-A")),
        ("Saga", "3-1", InSeries("Saga", None, "3-1")),
        ("Saga", " ", InSeries("Saga")),
        ("Saga", None, InSeries("Saga")),
        ("Discworld #5", None, InSeries("Discworld", number("5"))),
        ("Discworld, Book 5", "", InSeries("Discworld", number("5"))),
        ("Discworld #5", "5", InSeries("Discworld", number("5"))),
        ("Discworld #5", "6", InSeries("Discworld #5", number("6"))),
        ("Area (51)", None, InSeries("Area (51)")),
        ("#5", None, InSeries("#5")),
    ],
)
def test_a_series_with_its_place(name: str, place: str | None, told: InSeries) -> None:
    assert in_series(name, place) == told


def test_the_unit_is_the_one_that_is_given() -> None:
    assert in_series("Naruto", "7", VOLUME) == InSeries("Naruto", number("7", None, VOLUME))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A #1; B, Book 2", [InSeries("A", number("1")), InSeries("B", number("2"))]),
        ("Discworld #5", [InSeries("Discworld", number("5"))]),
        ("Discworld #1-3", [InSeries("Discworld", number("1", "3"))]),
        ("Discworld, Book 1.5", [InSeries("Discworld", number("1.5"))]),
        ("Discworld: Book 5", [InSeries("Discworld", number("5"))]),
        ("Discworld - Vol. 5", [InSeries("Discworld", number("5"))]),
        ("Discworld – Volume 5", [InSeries("Discworld", number("5"))]),
        ("Discworld Vol. 5", [InSeries("Discworld", number("5"))]),
        ("Discworld (Book 5)", [InSeries("Discworld", number("5"))]),
        ("Discworld (#5)", [InSeries("Discworld", number("5"))]),
        ("Discworld (5)", [InSeries("Discworld", number("5"))]),
        ("The Expanse, Book III", [InSeries("The Expanse", number("3"))]),
        ("Wheel of Time, The #3", [InSeries("Wheel of Time, The", number("3"))]),
        ("Star Wars: Thrawn #1", [InSeries("Star Wars: Thrawn", number("1"))]),
        ("A #1; a #2", [InSeries("A", number("1"))]),
        ("A #1; B #2; A #3", [InSeries("A", number("1")), InSeries("B", number("2"))]),
        ("Discworld", []),
        ("Dune (1965)", []),
        ("The Jungle Book 2", []),
        ("Discworld - 5", []),
        ("A #3-1", []),
        ("#5", []),
        ("Book 5", []),
        ("; ;", []),
        ("", []),
    ],
)
def test_a_grouping_with_a_number_names_a_series(text: str, told: list[InSeries]) -> None:
    assert list(series_in(text)) == told


@pytest.mark.parametrize(
    ("stem", "title", "place"),
    [
        ("Naruto v005", "Naruto", number("5", None, VOLUME)),
        ("Naruto #005", "Naruto", number("5", None, VOLUME)),
        ("[Author] Naruto #005", "Naruto", number("5", None, VOLUME)),
        ("Naruto volume 3", "Naruto", number("3", None, VOLUME)),
        ("Naruto Vol. 3", "Naruto", number("3", None, VOLUME)),
        ("Naruto_v01", "Naruto", number("1", None, VOLUME)),
        ("Naruto - 05", "Naruto", number("5", None, VOLUME)),
        ("Naruto v001-003", "Naruto", number("1", "3", VOLUME)),
        ("Naruto v01-v03", "Naruto", number("1", "3", VOLUME)),
        ("Naruto 001-003", "Naruto", number("1", "3", VOLUME)),
        ("Naruto c042", "Naruto", number("42", None, CHAPTER)),
        ("Naruto c10.5", "Naruto", number("10.5", None, CHAPTER)),
        ("Naruto chapter 12", "Naruto", number("12", None, CHAPTER)),
        ("Naruto Ch. 12", "Naruto", number("12", None, CHAPTER)),
        ("Naruto v05 c042", "Naruto", number("42", None, CHAPTER)),
        ("Naruto Vol.01 Ch.005", "Naruto", number("5", None, CHAPTER)),
        ("Naruto v05 - The Challengers (2019)", "Naruto", number("5", None, VOLUME)),
        ("One Piece v98 (2021) (Digital) (danke-Empire)", "One Piece", number("98", None, VOLUME)),
        ("Saga #012 (2014) (digital) [Empire]", "Saga", number("12", None, VOLUME)),
        ("Fables 01 (of 12) (2002)", "Fables", number("1", None, VOLUME)),
        ("Fables 01 of 12", "Fables", number("1", None, VOLUME)),
        ("Batman 7", "Batman", number("7", None, VOLUME)),
        ("Batman Book 3", "Batman", number("3", None, VOLUME)),
        ("X-Men 141 (1981)", "X-Men", number("141", None, VOLUME)),
        ("X-Men #½", "X-Men", number("0.5", None, VOLUME)),
        ("X-Men #-1", "X-Men", number("-1", None, VOLUME)),
        ("Amazing Spider-Man v2 #5", "Amazing Spider-Man v2", number("5", None, VOLUME)),
        ("Amazing Spider-Man v2018 001 (2018)", "Amazing Spider-Man v2018", number("1", None, VOLUME)),
        ("Spider-Man 2099 003", "Spider-Man 2099", number("3", None, VOLUME)),
        ("Vitamin C 3", "Vitamin C", number("3", None, VOLUME)),
    ],
)
def test_the_name_of_a_comic_tells_its_place(stem: str, title: str, place: SeriesNumber) -> None:
    assert comic_place(stem) == (title, place)


@pytest.mark.parametrize(
    "stem",
    [
        "Watchmen",
        "2001 A Space Odyssey",
        "Blade Runner 2049",
        "300",
        "Ranma 1/2",
        "Catch-22",
        "Title #1.MU",
        "Naruto v3-1",
        "Vol. 3",
        "c042",
        "#5",
        "(2019)",
        "[Author]",
        "Foo ch12v3",
        "v2019",
        "- 5",
        "",
    ],
)
def test_a_name_without_a_title_or_a_number_tells_none(stem: str) -> None:
    assert comic_place(stem) is None


@settings(deadline=None)
@given(TEXTS)
def test_a_place_is_finite_and_rises_and_its_name_is_never_empty(text: str) -> None:
    placed = comic_place(text)
    told = [series_number(text), in_series(text).number, *(one.number for one in series_in(text)), placed and placed[1]]

    assert placed is None or placed[0].strip()
    assert all(one.name for one in series_in(text))
    for one in filter(None, told):
        assert abs(one.number) < 1_000_000
        assert one.end is None or one.end > one.number


@settings(deadline=None)
@given(TEXTS.filter(lambda text: text.strip(" \t\n")))
def test_a_series_read_again_is_the_same(text: str) -> None:
    once = in_series("Saga", text)
    again = str(once.number.number) if once.number and once.number.end is None else once.number_text

    assert again is None or in_series("Saga", again) == once


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["a #", "#", "1-", "(", "[(", "a, book ", "1 ", "v1 ", "c1", "I", " vol", "½", ";"])
def test_a_hostile_name_of_a_series_takes_no_longer_than_its_length(piece: str) -> None:
    for text in (piece * 50_000, f"a{piece * 1000}"[:1023] + "x"):
        series_number(text)
        in_series(text, text)
        series_in(text)
        comic_place(text)
