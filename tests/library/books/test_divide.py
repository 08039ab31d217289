"""The books in one unit, told apart; the parts of a reading, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_books import lies, missing, path_of, unreadable

from scannerd.library.books.book import BookFile
from scannerd.library.books.divide import SUPPLEMENTS, Group, divide
from scannerd.library.books.parts import in_order, readings
from scannerd.model.book import Told


def shelves(groups: list[Group]) -> list[str]:
    """One line per book: its files, then `+` supplements, then `*` sidecars."""
    return [
        " ".join(
            [
                *map(path_of, one.main),
                *(f"+{path_of(file)}" for file in one.supplements),
                *(f"*{path_of(file)}" for file in one.sidecars),
            ]
        )
        for one in groups
    ]


def lying(names: str) -> list[BookFile]:
    return [lies(f"D/{name}") for name in names.split()]


@pytest.mark.parametrize(
    ("names", "books"),
    [
        ("a.epub", ["a.epub"]),
        ("a.epub a.mobi a.azw3 a.pdf", ["a.azw3 a.epub a.mobi a.pdf"]),
        ("a.epub A.MOBI", ["a.epub A.MOBI"]),
        ("a.epub b.cbz", ["a.epub b.cbz"]),
        ("a.epub b.cbz c.m4b", ["a.epub b.cbz c.m4b"]),
        ("1.mp3 2.mp3 10.mp3", ["1.mp3 2.mp3 10.mp3"]),
        ("1.mp3 2.flac 3.ogg", ["1.mp3 2.flac 3.ogg"]),
        ("1.mp3 2.mp3 a.m4b b.epub", ["1.mp3 2.mp3 a.m4b b.epub"]),
        ("a.epub b.epub", ["a.epub", "b.epub"]),
        ("a.epub b.epub b.m4b", ["a.epub", "b.epub b.m4b"]),
        ("a.epub b.epub b.m4b c.m4b", ["a.epub", "b.epub b.m4b", "c.m4b"]),
        ("a.epub b.epub c.pdf", ["a.epub", "b.epub", "c.pdf"]),
        ("a.mobi b.azw3", ["a.mobi", "b.azw3"]),
        ("a.pdf b.pdf", ["a.pdf", "b.pdf"]),
        ("v1.cbz v2.cbr v3.cbz", ["v1.cbz", "v2.cbr", "v3.cbz"]),
        ("v1.cbz v1.cbr v2.cbz", ["v1.cbr v1.cbz", "v2.cbz"]),
        ("a.epub b.epub 1.mp3 2.mp3", ["1.mp3 2.mp3", "a.epub", "b.epub"]),
        ("a.epub b.epub a-1.mp3 a-2.mp3", ["a-1.mp3 a-2.mp3 a.epub", "b.epub"]),
        ("a.epub b.epub a.mp3", ["a.epub a.mp3", "b.epub"]),
        ("a.m4b b.m4b", ["a.m4b", "b.m4b"]),
        ("a.m4b b.m4b b.epub", ["a.m4b", "b.epub b.m4b"]),
        ("a.m4b b.m4b c.epub d.cbz", ["a.m4b", "b.m4b", "c.epub", "d.cbz"]),
        ("a-1.m4b a-2.m4b", ["a-1.m4b a-2.m4b"]),
        ("a_part1.m4b a_part2.m4b b.m4b", ["a_part1.m4b a_part2.m4b", "b.m4b"]),
        ("a.epub b.epub a-1.m4b a-2.m4b", ["a-1.m4b a-2.m4b a.epub", "b.epub"]),
        ("01.m4b 02.m4b", ["01.m4b 02.m4b"]),
        ("a_book_1.m4b a_book_2.m4b", ["a_book_1.m4b", "a_book_2.m4b"]),
        ("a_vol.1.m4b a_vol.2.m4b", ["a_vol.1.m4b", "a_vol.2.m4b"]),
        ("", []),
    ],
)
def test_one_folder_is_one_book_unless_one_format_is_there_twice(names: str, books: list[str]) -> None:
    expected = [" ".join(f"D/{name}" for name in one.split()) for one in books]

    assert shelves(divide(lying(names))) == expected


def test_files_of_disc_folders_are_of_the_book_above() -> None:
    files = [lies("B/CD 2/01.mp3"), lies("B/CD 1/01.mp3"), lies("B/book.epub"), lies("B/CD 1/cover.jpg")]

    assert shelves(divide(files)) == ["B/book.epub B/CD 1/01.mp3 B/CD 2/01.mp3 *B/CD 1/cover.jpg"]


@pytest.mark.parametrize(
    ("albums", "books"),
    [
        (("Dune", "Dune"), ["D/x.m4b D/y.m4b"]),
        (("Dune", "DUNE"), ["D/x.m4b D/y.m4b"]),
        (("Dune (Part 1)", "Dune (Part 2)"), ["D/x.m4b D/y.m4b"]),
        (("Dune", "Dune Messiah"), ["D/x.m4b", "D/y.m4b"]),
        (("Dune", None), ["D/x.m4b", "D/y.m4b"]),
        ((None, None), ["D/x.m4b", "D/y.m4b"]),
        (("Discworld, Book 1", "Discworld, Book 2"), ["D/x.m4b", "D/y.m4b"]),
    ],
)
def test_m4bs_of_one_album_are_parts(albums: tuple[str | None, str | None], books: list[str]) -> None:
    x, y = albums

    assert shelves(divide([lies("D/x.m4b", Told(title=x)), lies("D/y.m4b", Told(title=y))])) == books


def test_m4bs_whose_names_differ_in_a_number_are_no_parts_where_their_albums_contradict() -> None:
    files = [lies("D/HP 1.m4b", Told(title="The Stone")), lies("D/HP 2.m4b", Told(title="The Chamber"))]

    assert shelves(divide(files)) == ["D/HP 1.m4b", "D/HP 2.m4b"]
    assert shelves(divide([*files, unreadable("D/HP 3.m4b")])) == ["D/HP 1.m4b D/HP 3.m4b", "D/HP 2.m4b"]


def test_an_m4b_with_the_name_of_an_e_book_is_that_book_though_the_album_is_the_series() -> None:
    told = Told(title="Discworld")
    files = [lies("D/a.epub"), lies("D/b.epub"), lies("D/a.m4b", told), lies("D/b.m4b", told)]

    assert shelves(divide(files)) == ["D/a.epub D/a.m4b", "D/b.epub D/b.m4b"]


@pytest.mark.parametrize(
    ("names", "books"),
    [
        ("1.mp3 2.mp3 notes.pdf", ["1.mp3 2.mp3 +notes.pdf"]),
        ("a.m4b b.pdf c.pdf", ["a.m4b +b.pdf +c.pdf"]),
        ("a.m4b a.pdf", ["a.m4b +a.pdf"]),
        ("a.m4b a.epub a.pdf", ["a.epub a.m4b a.pdf"]),
        ("a.epub booklet.pdf", ["a.epub +booklet.pdf"]),
        ("a.epub Errata.PDF", ["a.epub +Errata.PDF"]),
        ("a.pdf errata.pdf", ["a.pdf +errata.pdf"]),
        ("errata.pdf", ["errata.pdf"]),
        ("map.pdf guide.pdf", ["guide.pdf", "map.pdf"]),
        ("guide.epub guide.pdf", ["guide.epub guide.pdf"]),
        ("a.epub guidebook.pdf", ["a.epub guidebook.pdf"]),
        ("a.epub roadmap.pdf", ["a.epub roadmap.pdf"]),
        ("a.cbz extras.pdf", ["a.cbz +extras.pdf"]),
        ("a.epub extras.epub", ["a.epub", "extras.epub"]),
        ("a.m4b ab.m4b ab-map.pdf", ["a.m4b", "ab.m4b +ab-map.pdf"]),
        ("a.m4b b.m4b ab.pdf", ["a.m4b +ab.pdf", "b.m4b"]),
        ("a.epub b.epub b.m4b map.pdf", ["a.epub", "b.epub b.m4b +map.pdf"]),
        ("a.epub b.epub map.pdf", ["a.epub +map.pdf", "b.epub"]),
    ],
)
def test_supplements_come_with_a_book_and_are_none(names: str, books: list[str]) -> None:
    expected = [" ".join("+D/" + name[1:] if name[0] == "+" else f"D/{name}" for name in one.split()) for one in books]

    assert shelves(divide(lying(names))) == expected


@pytest.mark.parametrize("name", sorted(SUPPLEMENTS))
def test_a_pdf_of_such_a_name_is_a_supplement_and_one_that_only_holds_it_is_not(name: str) -> None:
    beside = divide([lies("D/a.epub"), lies(f"D/{name.title()}.pdf"), lies(f"D/The {name} of Mars.pdf")])

    assert shelves(beside) == [f"D/a.epub D/The {name} of Mars.pdf +D/{name.title()}.pdf"]


@pytest.mark.parametrize(
    ("names", "books"),
    [
        ("a.epub metadata.opf cover.jpg", ["a.epub *cover.jpg *metadata.opf"]),
        ("a.epub other.opf", ["a.epub *other.opf"]),
        ("a.epub b.epub metadata.opf cover.jpg", ["a.epub", "b.epub"]),
        ("a.epub b.epub b.opf b.metadata.json", ["a.epub", "b.epub *b.metadata.json *b.opf"]),
        ("a.epub b.epub b.epub.metadata.json b.jpg", ["a.epub", "b.epub *b.epub.metadata.json *b.jpg"]),
        ("a-1.m4b a-2.m4b b.m4b a.opf", ["a-1.m4b a-2.m4b *a.opf", "b.m4b"]),
        ("metadata.opf cover.jpg", []),
    ],
)
def test_a_sidecar_speaks_of_the_book_of_its_name_or_of_the_only_one(names: str, books: list[str]) -> None:
    expected = [" ".join("*D/" + name[1:] if name[0] == "*" else f"D/{name}" for name in one.split()) for one in books]

    assert shelves(divide(lying(names))) == expected


def test_what_is_missing_has_no_place_and_what_cannot_be_read_has_one_by_its_name() -> None:
    files = [lies("D/a.epub"), missing("D/b.epub"), unreadable("D/a.mobi"), unreadable("D/metadata.opf")]

    assert shelves(divide(files)) == ["D/a.epub D/a.mobi *D/metadata.opf"]
    assert shelves(divide([*files, unreadable("D/c.epub")])) == ["D/a.epub D/a.mobi", "D/c.epub"]


FILES = st.lists(
    st.builds(
        lambda folder, stem, suffix, album: lies(f"D/{folder}{stem}.{suffix}", Told(title=album)),
        st.sampled_from(["", "CD 1/", "CD 2/"]),
        st.sampled_from(["a", "A", "b", "a 1", "a 2", "1", "2", "map", "metadata", "a map"]),
        st.sampled_from(["epub", "mobi", "pdf", "cbz", "m4b", "mp3", "flac", "opf", "jpg"]),
        st.sampled_from([None, "X", "X 1", "Y"]),
    ),
    max_size=9,
    unique_by=lambda file: file.place,
)


@given(FILES, st.randoms(use_true_random=False))
def test_every_file_has_at_most_one_place_whatever_the_order(files: list[BookFile], random: object) -> None:
    shuffled = sorted(files, key=lambda _: random.random())  # type: ignore[attr-defined]

    groups = divide(files)

    assert divide(shuffled) == groups
    placed = [file.place for one in groups for file in (*one.main, *one.supplements, *one.sidecars)]
    assert len(placed) == len(set(placed))
    books = {one.place for one in files if not one.name.endswith((b"opf", b"jpg"))}
    assert books <= set(placed)
    assert all(one.main for one in groups)
    assert {one.is_alone for one in groups} <= {len(groups) == 1}


@pytest.mark.parametrize(
    ("files", "order"),
    [
        (
            [lies("B/Chapter 10.mp3"), lies("B/Chapter 2.mp3"), lies("B/Chapter 1.mp3")],
            ["B/Chapter 1.mp3", "B/Chapter 2.mp3", "B/Chapter 10.mp3"],
        ),
        (
            [lies("B/Disc 10/01.mp3"), lies("B/Disc 2/02.mp3"), lies("B/Disc 2/01.mp3"), lies("B/00.mp3")],
            ["B/00.mp3", "B/Disc 2/01.mp3", "B/Disc 2/02.mp3", "B/Disc 10/01.mp3"],
        ),
        (
            [lies("B/a.mp3", position=2), lies("B/b.mp3", position=1)],
            ["B/b.mp3", "B/a.mp3"],
        ),
        (
            [lies("B/a.mp3", disc=2, position=1), lies("B/b.mp3", disc=1, position=2), lies("B/c.mp3", position=1)],
            ["B/c.mp3", "B/b.mp3", "B/a.mp3"],
        ),
        (
            [lies("B/CD 2/a.mp3", position=1), lies("B/CD 1/a.mp3", position=2), lies("B/CD 1/b.mp3", position=1)],
            ["B/CD 1/b.mp3", "B/CD 1/a.mp3", "B/CD 2/a.mp3"],
        ),
        (
            [lies("B/a.mp3", position=2), lies("B/b.mp3")],
            ["B/a.mp3", "B/b.mp3"],
        ),
        (
            [lies("B/b.mp3", position=1), lies("B/a.mp3", position=1)],
            ["B/a.mp3", "B/b.mp3"],
        ),
        (
            [lies("B/a.mp3", position=3), unreadable("B/b.mp3"), lies("B/c.mp3", position=1)],
            ["B/c.mp3", "B/a.mp3", "B/b.mp3"],
        ),
        (
            [unreadable("B/a.mp3"), lies("B/b.mp3", position=2), lies("B/c.mp3", position=1)],
            ["B/a.mp3", "B/c.mp3", "B/b.mp3"],
        ),
    ],
    ids=[
        "names",
        "discs",
        "tags",
        "tagged discs",
        "half-tagged discs",
        "one untagged",
        "twice the same",
        "bad",
        "bad 1",
    ],
)
def test_parts_are_ordered_by_complete_tags_and_else_by_name(files: list[BookFile], order: list[str]) -> None:
    assert [path_of(one) for one in in_order(files)] == order
    assert [path_of(one) for one in in_order(files[::-1])] == order


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("1.mp3 2.mp3", ["1.mp3 2.mp3"]),
        ("1.mp3 2.flac", ["1.mp3 2.flac"]),
        ("1.mp3 2.mp3 1.flac 2.flac", ["1.flac 2.flac", "1.mp3 2.mp3"]),
        ("a.m4b 1.mp3 2.mp3", ["a.m4b", "1.mp3 2.mp3"]),
        ("", []),
    ],
)
def test_the_same_names_in_two_formats_are_two_readings(names: str, found: list[str]) -> None:
    said = [" ".join(one.name.decode() for one in reading) for reading in readings(lying(names))]

    assert said == found
