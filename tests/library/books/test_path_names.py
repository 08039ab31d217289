"""What the path says of a book."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_books import by, read_by

from scannerd.library.books.comic_titles import comic_title, with_comic_title
from scannerd.library.books.path_names import BookPath, told_by_path
from scannerd.model.book import Identifier, IdentifierType, InSeries, NumberUnit, SeriesNumber, Told


def number(start: str, end: str | None = None, unit: NumberUnit | None = None) -> SeriesNumber:
    return SeriesNumber(Decimal(start), Decimal(end) if end else None, unit)


def volume(name: str, start: str, end: str | None = None) -> InSeries:
    return InSeries(name, number(start, end, NumberUnit.VOLUME))


def alone(folder: str, *stems: str) -> Told:
    return told_by_path(BookPath(folder.encode(), stems or ("book",)))


def one_of_many(folder: str, stem: str) -> Told:
    return told_by_path(BookPath(folder.encode(), (stem,), is_alone=False))


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("Dune/", Told(title="Dune")),
        ("Frank Herbert/Dune/", Told(title="Dune", contributors=by("Frank Herbert"))),
        (
            "Frank Herbert/Dune Saga/Dune/",
            Told(title="Dune", contributors=by("Frank Herbert"), series=(InSeries("Dune Saga"),)),
        ),
        (
            "SF/Frank Herbert/Dune Saga/Dune/",
            Told(title="Dune", contributors=by("Frank Herbert"), series=(InSeries("Dune Saga"),)),
        ),
        ("Audiobooks/H/Frank Herbert/Dune/", Told(title="Dune", contributors=by("Frank Herbert"))),
        ("Audiobooks/Dune/", Told(title="Dune")),
        ("Books/", Told(title="Books")),
        ("Unknown Author/Dune/", Told(title="Dune")),
        ("Various Artists/Dune/", Told(title="Dune")),
        (
            "Terry Pratchett; Neil Gaiman/Good Omens/",
            Told(title="Good Omens", contributors=by("Terry Pratchett", "Neil Gaiman")),
        ),
        ("[Frank Herbert] Dune/", Told(title="Dune", contributors=by("Frank Herbert"))),
        (
            "[Frank Herbert] Dune {Scott Brick}/",
            Told(title="Dune", contributors=(*by("Frank Herbert"), *read_by("Scott Brick"))),
        ),
        ("Dune (1965)/", Told(title="Dune", published="1965")),
        ("(1965) - Dune/", Told(title="Dune", published="1965")),
        ("1965 - Dune/", Told(title="Dune", published="1965")),
        ("1984/", Told(title="1984")),
        ("101 Dalmatians/", Told(title="101 Dalmatians")),
        ("Blade Runner 2049/", Told(title="Blade Runner 2049")),
        ("1. FC Köln/", Told(title="1. FC Köln")),
        ("01 - Dune/", Told(title="Dune")),
        ("Book 1 - Dune/", Told(title="Dune")),
        ("Frank Herbert - Dune/", Told(title="Frank Herbert - Dune")),
        ("Frank Herbert/Frank Herbert - Dune/", Told(title="Dune", contributors=by("Frank Herbert"))),
        ("Frank Herbert/Dune - Frank Herbert/", Told(title="Dune", contributors=by("Frank Herbert"))),
        (
            "Frank Herbert/Dune - A Novel/",
            Told(title="Dune", subtitle="A Novel", contributors=by("Frank Herbert")),
        ),
        ("Elton John/Elton John/", Told(title="Elton John", contributors=by("Elton John"))),
        ("Dune (Unabridged)/", Told(title="Dune", is_abridged=False)),
        ("Dune [Abridged]/", Told(title="Dune", is_abridged=True)),
        ("Dune (Ungekürzt)/", Told(title="Dune", is_abridged=False)),
        ("Dune (Deluxe Edition)/", Told(title="Dune (Deluxe Edition)")),
        ("Dune [MP3 64]/", Told(title="Dune")),
        ("Messiah (Dune #2)/", Told(title="Messiah", series=(InSeries("Dune", number("2")),))),
        (
            "Messiah (Dune, Book 2) (1969)/",
            Told(title="Messiah", published="1969", series=(InSeries("Dune", number("2")),)),
        ),
        (
            "Dune [B002V1OF70]/",
            Told(title="Dune", identifiers=(Identifier(IdentifierType.ASIN, "B002V1OF70"),)),
        ),
        (
            "Dune {ASIN.B002V1OF70}/",
            Told(title="Dune", identifiers=(Identifier(IdentifierType.ASIN, "B002V1OF70"),)),
        ),
        (
            "Dune [978-0-441-17271-9]/",
            Told(title="Dune", identifiers=(Identifier(IdentifierType.ISBN_13, "9780441172719"),)),
        ),
        (
            "Robert Jordan/The Wheel of Time 00 - New Spring/",
            Told(
                title="New Spring",
                contributors=by("Robert Jordan"),
                series=(InSeries("The Wheel of Time", number("0")),),
            ),
        ),
        ("Wheel of Time, Book 1 - The Eye/", Told(title="The Eye", series=(InSeries("Wheel of Time", number("1")),))),
        ("Discworld #5 - Sourcery/", Told(title="Sourcery", series=(InSeries("Discworld", number("5")),))),
        ("The Jungle Book 2 - More/", Told(title="The Jungle Book 2 - More")),
        ("Agent 007 - Goldfinger/", Told(title="Agent 007 - Goldfinger")),
        ("Ray Bradbury/Fahrenheit 451/", Told(title="Fahrenheit 451", contributors=by("Ray Bradbury"))),
        (
            "Ray Bradbury/Fahrenheit 451 - A Novel/",
            Told(title="Fahrenheit 451", subtitle="A Novel", contributors=by("Ray Bradbury")),
        ),
        ("Calibre Library/Frank Herbert/Dune (12)/", Told(title="Dune", contributors=by("Frank Herbert"))),
        ("Dune_ Part One/", Told(title="Dune: Part One")),
        ("The_Left_Hand/", Told(title="The Left Hand")),
    ],
)
def test_folders_name_title_author_and_series(folder: str, told: Told) -> None:
    assert alone(folder) == told


@pytest.mark.parametrize(
    ("folder", "title", "place"),
    [
        ("Vol 1 - Title", "Title", number("1")),
        ("Vol. 1 - Title", "Title", number("1")),
        ("Volume 1. Title", "Title", number("1")),
        ("Book 2 Title", "Title", number("2")),
        ("Band 3 - Title", "Title", number("3")),
        ("#4 - Title", "Title", number("4")),
        ("6. Title", "Title", number("6")),
        ("0.5 - Title", "Title", number("0.5")),
        ("Book 1-3 - Title", "Title", number("1", "3")),
        ("1994 - Book 1 - Title", "Title", number("1")),
        ("Book 1 - 1994 - Title", "Title", number("1")),
        ("Book 3-1 - Title", "Book 3-1", None),
        ("01 Title", "Title", number("1")),
        ("Series 01 - Title", "Title", number("1")),
        ("Series, Book 2 - Title", "Title", number("2")),
        ("Other 01 - Title", "Title", None),
        ("101 Dalmatians", "101 Dalmatians", None),
        ("Title", "Title", None),
        ("Vol 1", "Series Vol 1", number("1")),
        ("7", "Series 7", number("7")),
    ],
)
def test_below_a_series_a_folder_may_begin_with_the_number(folder: str, title: str, place: SeriesNumber | None) -> None:
    told = alone(f"Jane Doe/Series/{folder}/")

    assert (told.title, told.series) == (title, (InSeries("Series", place),))


def test_everything_that_a_folder_can_say_at_once() -> None:
    assert alone("Jane Doe/Series/Vol 1 - 1994 - Title - Subtitle {Scott Brick} [B002V1OF70]/") == Told(
        title="Title",
        subtitle="Subtitle",
        published="1994",
        contributors=(*by("Jane Doe"), *read_by("Scott Brick")),
        series=(InSeries("Series", number("1")),),
        identifiers=(Identifier(IdentifierType.ASIN, "B002V1OF70"),),
    )


def test_the_number_that_calibre_gives_its_folders_is_no_year() -> None:
    author = by("Frank Herbert")

    assert alone("Frank Herbert/Dune (77)/", "Dune - Frank Herbert") == Told(title="Dune", contributors=author)
    assert alone("Frank Herbert/Dune (1965)/", "Dune - Frank Herbert") == Told(title="Dune", contributors=author)
    assert alone("Frank Herbert/Dune (1965)/", "Dune") == Told(title="Dune", published="1965", contributors=author)
    assert alone("Apollo (13)/") == Told(title="Apollo (13)")


@pytest.mark.parametrize(
    ("folder", "stem", "told"),
    [
        ("", "Dune", Told(title="Dune")),
        (
            "",
            "[Frank Herbert] Dune {Scott Brick}",
            Told(title="Dune", contributors=(*by("Frank Herbert"), *read_by("Scott Brick"))),
        ),
        ("", "Frank Herbert - Dune", Told(title="Frank Herbert - Dune")),
        ("Frank Herbert/", "Dune", Told(title="Dune", contributors=by("Frank Herbert"))),
        ("Frank Herbert/", "Dune - Frank Herbert", Told(title="Dune", contributors=by("Frank Herbert"))),
        ("Books/", "Dune", Told(title="Dune")),
        ("Magazines/Wired/", "Wired 2020-01", Told(title="Wired 2020-01", series=(InSeries("Wired"),))),
        (
            "Frank Herbert/Saga/",
            "02 - Messiah",
            Told(title="Messiah", contributors=by("Frank Herbert"), series=(InSeries("Saga", number("2")),)),
        ),
        (
            "Frank Herbert/Saga/",
            "Book 2",
            Told(title="Saga Book 2", contributors=by("Frank Herbert"), series=(InSeries("Saga", number("2")),)),
        ),
    ],
)
def test_one_file_of_many_is_a_title_and_the_folder_its_author(folder: str, stem: str, told: Told) -> None:
    assert one_of_many(folder, stem) == told


@pytest.mark.parametrize(
    ("folder", "stems", "told"),
    [
        ("[Jane Doe]/", ["book"], Told(title="book", contributors=by("Jane Doe"))),
        ("[Jane Doe]/", ["Dune (1965)"], Told(title="Dune", published="1965", contributors=by("Jane Doe"))),
        ("", ["[Ann Lee] [Bo Berg]"], Told(title="[Ann Lee] [Bo Berg]", contributors=by("Ann Lee"))),
        ("{Scott Brick}/", ["book"], Told(title="book", contributors=read_by("Scott Brick"))),
        ("", [" "], Told(title="?")),
        ("", ["\x01"], Told(title="?")),
    ],
)
def test_the_title_is_never_empty(folder: str, stems: list[str], told: Told) -> None:
    assert alone(folder, *stems) == told


def test_narrators_in_the_file_s_name_count_before_those_of_the_folder() -> None:
    assert alone("Dune {Tim Curry}/", "Dune {Scott Brick}").contributors == read_by("Scott Brick")
    assert alone("Dune {Tim Curry}/", "01", "02").contributors == read_by("Tim Curry")


@pytest.mark.parametrize(
    ("folder", "is_alone", "told"),
    [
        ("SF/Frank Herbert/Dune/", True, Told(title="Dune", contributors=by("Frank Herbert"))),
        (
            "Frank Herbert/SF/Dune/",
            True,
            Told(title="Dune", contributors=by("Frank Herbert"), series=(InSeries("SF"),)),
        ),
        ("Frank Herbert/", True, Told(title="file", contributors=by("Frank Herbert"))),
        ("Herbert, Frank/", True, Told(title="file", contributors=by("Herbert, Frank"))),
        ("Frank Herbert/", False, Told(title="file", contributors=by("Frank Herbert"))),
        ("SF/Frank Herbert/", False, Told(title="file", contributors=by("Frank Herbert"))),
        ("Frank Herbert - Dune/", True, Told(title="Dune")),
        ("Dune - The Novel/", True, Told(title="Dune", subtitle="The Novel")),
    ],
)
def test_who_is_known_to_have_written_it_tells_which_folder_is_the_author(
    folder: str, is_alone: bool, told: Told
) -> None:
    path = BookPath(folder.encode(), ("file",), is_alone=is_alone)

    assert told_by_path(path, {"frank herbert"}) == told


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("Downloads 2019/", Told(title="file")),
        ("SF/Space Opera/", Told(title="file", series=(InSeries("Space Opera"),))),
    ],
)
def test_a_folder_of_books_by_others_is_no_author(folder: str, told: Told) -> None:
    assert told_by_path(BookPath(folder.encode(), ("file",), is_alone=False, is_by_others=True)) == told


@pytest.mark.parametrize(
    ("folder", "is_alone", "stem", "told"),
    [
        ("", True, "Naruto v005", Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        (
            "",
            True,
            "Naruto v05 (2004) (digital)",
            Told(title="Naruto v005", published="2004", series=(volume("Naruto", "5"),)),
        ),
        ("Naruto/", False, "Naruto Vol. 5", Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        ("Naruto/", False, "v05", Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        ("Naruto/", False, "005", Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        ("Naruto (2003)/", False, "005", Told(title="Naruto v005", published="2003", series=(volume("Naruto", "5"),))),
        (
            "Naruto/",
            False,
            "Chapter 42",
            Told(title="Naruto c042", series=(InSeries("Naruto", number("42", unit=NumberUnit.CHAPTER)),)),
        ),
        (
            "Asterix/",
            False,
            "01 - Asterix der Gallier",
            Told(title="Asterix der Gallier", series=(volume("Asterix", "1"),)),
        ),
        ("Asterix/", False, "2. Die Sichel", Told(title="Die Sichel", series=(volume("Asterix", "2"),))),
        ("Asterix/", True, "01 - Asterix der Gallier", Told(title="Asterix")),
        ("Naruto/", False, "The Lost Story", Told(title="The Lost Story", series=(InSeries("Naruto"),))),
        ("Comics/", False, "Watchmen", Told(title="Watchmen")),
        ("Naruto/", True, "Naruto v001-003", Told(title="Naruto v001-003", series=(volume("Naruto", "1", "3"),))),
        (
            "[Kishimoto] Naruto #005/",
            True,
            "comic",
            Told(title="Naruto v005", contributors=by("Kishimoto"), series=(volume("Naruto", "5"),)),
        ),
        ("[Jane Doe]/", True, "comic", Told(title="comic", contributors=by("Jane Doe"))),
        ("Watchmen (1987) (digital)/", True, "w", Told(title="Watchmen", published="1987")),
        ("Alan Moore/Watchmen/", True, "Watchmen", Told(title="Watchmen")),
    ],
)
def test_a_comic_is_told_by_series_and_number(folder: str, is_alone: bool, stem: str, told: Told) -> None:
    assert told_by_path(BookPath(folder.encode(), (stem,), is_alone=is_alone, is_comic=True)) == told


@pytest.mark.parametrize(
    ("place", "title"),
    [
        (number("5"), "Naruto v005"),
        (number("5", unit=NumberUnit.VOLUME), "Naruto v005"),
        (number("42", unit=NumberUnit.CHAPTER), "Naruto c042"),
        (number("1", "3"), "Naruto v001-003"),
        (number("1.5"), "Naruto v001.5"),
        (number("1.10"), "Naruto v001.10"),
        (number("1000"), "Naruto v1000"),
        (number("-1"), "Naruto v-001"),
    ],
)
def test_numbers_of_comics_are_padded_so_that_titles_sort(place: SeriesNumber, title: str) -> None:
    assert comic_title("Naruto", place) == title


@pytest.mark.parametrize(
    ("told", "better"),
    [
        (Told(title="Naruto #5"), Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        (Told(title="Naruto 5"), Told(title="Naruto v005", series=(volume("Naruto", "5"),))),
        (
            Told(title="Naruto, Vol. 5", series=(InSeries("NARUTO", number("5")),)),
            Told(title="Naruto v005", series=(InSeries("NARUTO", number("5")),)),
        ),
        (
            Told(title="The Road 2", series=(InSeries("Naruto", number("7")),)),
            Told(title="The Road 2", series=(InSeries("Naruto", number("7")),)),
        ),
        (Told(title="Watchmen"), Told(title="Watchmen")),
        (
            Told(series=(InSeries("Naruto", number("7")),)),
            Told(title="Naruto v007", series=(InSeries("Naruto", number("7")),)),
        ),
        (
            Told(series=(InSeries("Batman", None, "Annual"),)),
            Told(title="Batman Annual", series=(InSeries("Batman", None, "Annual"),)),
        ),
        (Told(series=(InSeries("Batman"),)), Told(series=(InSeries("Batman"),))),
    ],
)
def test_a_comic_s_own_title_takes_the_same_form(told: Told, better: Told) -> None:
    assert with_comic_title(told) == better
    assert with_comic_title(better) == better


NAMES = st.one_of(
    st.text(max_size=12),
    st.lists(
        st.sampled_from(
            ["Vol 1", " - ", "1994", "[A]", "{B}", "(2001)", "Dune", "#3", "CD", "_", "Frank Herbert", "(", "]"]
        ),
        max_size=6,
    ).map("".join),
)


@given(st.lists(NAMES, max_size=4), st.lists(NAMES, min_size=1, max_size=3), st.booleans(), st.booleans())
def test_any_path_tells_a_title_and_no_empty_names(
    folders: list[str], stems: list[str], is_alone: bool, is_comic: bool
) -> None:
    unit = "".join(f"{one.replace('/', '')}/" for one in folders).encode("utf-8", "surrogatepass")

    told = told_by_path(BookPath(unit, stems, is_alone, is_comic), {"frank herbert"})

    assert told.title
    assert told.subtitle != ""
    assert all(one.name for one in (*told.contributors, *told.series))
