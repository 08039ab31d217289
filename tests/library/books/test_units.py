"""What lies together, the names of files, and their natural order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.books.natural_order import natural_key
from scannerd.library.books.stems import folded, shown, stem, stem_key, without_part
from scannerd.library.books.units import disc_number, unit_of

NAMES = st.binary(min_size=1, max_size=20).filter(lambda name: b"/" not in name and b"\0" not in name)


@pytest.mark.parametrize(
    ("folder", "unit"),
    [
        ("Author/Dune/", "Author/Dune/"),
        ("Author/Dune/CD 1/", "Author/Dune/"),
        ("Author/Dune/CD1/", "Author/Dune/"),
        ("Author/Dune/cd_01/", "Author/Dune/"),
        ("Author/Dune/Disc 02/", "Author/Dune/"),
        ("Author/Dune/DISK3/", "Author/Dune/"),
        ("Author/Dune/Disc 1 of 3/", "Author/Dune/"),
        ("Author/Dune/CD 1 (von 3)/", "Author/Dune/"),
        ("Author/Dune/Disque 2/", "Author/Dune/"),
        ("Author/Dune/Disco 2/", "Author/Dune/"),
        ("Author/Dune/Kassette 2/", "Author/Dune/"),
        ("Author/Dune/Tape #2/", "Author/Dune/"),
        ("Author/Dune/Side A/", "Author/Dune/"),
        ("Author/Dune/Seite 2/", "Author/Dune/"),
        ("Author/Dune/CD 1/Disc 2/", "Author/Dune/CD 1/"),
        ("Author/Dune/Extras/", "Author/Dune/Extras/"),
        ("Author/Dune/CD/", "Author/Dune/CD/"),
        ("Author/Dune/CD 1 - Arrakis/", "Author/Dune/CD 1 - Arrakis/"),
        ("Author/Dune/Part 1/", "Author/Dune/Part 1/"),
        ("Author/Dune/Teil 2/", "Author/Dune/Teil 2/"),
        ("Author/Dune/Vol 1/", "Author/Dune/Vol 1/"),
        ("Author/Discworld 1/", "Author/Discworld 1/"),
        ("Author/Sidekick/", "Author/Sidekick/"),
        ("CD 1/", "CD 1/"),
    ],
)
def test_a_folder_with_its_disc_folders_lies_together(folder: str, unit: str) -> None:
    assert unit_of(folder.encode(), b"01.mp3") == unit.encode()


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Dune.epub", "dune"),
        ("DUNE.M4B", "dune"),
        ("Dune.opf", "dune"),
        ("Dune.metadata.json", "dune"),
        ("Dune.epub.metadata.json", "dune"),
        ("Dune.jpg", "dune"),
        ("Dune.m4b.cover.jpg", "dune"),
        ("Dune [EPUB].epub", "dune"),
        ("Dune (azw3).azw3", "dune"),
        ("Dr. Watson.epub", "dr. watson"),
        ("Dune.part 2.mp3", "dune.part 2"),
        ("Cafe\u0301.epub", "café"),
        ("Straße.epub", "strasse"),
        ("(epub).epub", "(epub)"),
        (".epub", ".epub"),
        ("README", "readme"),
    ],
)
def test_right_below_the_root_one_name_lies_together(name: str, unit: str) -> None:
    assert unit_of(b"", name.encode()) == unit.encode()


def test_a_name_that_is_no_utf_8_lies_together_with_its_like() -> None:
    assert unit_of(b"", b"Caf\xe9.epub") == unit_of(b"", b"CAF\xe9.m4b") == b"caf\xe9"


@given(NAMES)
def test_the_unit_of_a_name_is_never_empty_and_never_a_folder(name: bytes) -> None:
    unit = unit_of(b"", name)

    assert unit
    assert b"/" not in unit


@given(st.lists(NAMES, min_size=1, max_size=4), NAMES)
def test_the_unit_of_a_folder_is_it_or_the_one_above(folders: list[bytes], name: bytes) -> None:
    folder = b"/".join(folders) + b"/"

    unit = unit_of(folder, name)

    assert folder.startswith(unit)
    assert unit.endswith(b"/")
    assert folder[len(unit) :].count(b"/") <= 1


@pytest.mark.parametrize(
    ("folder", "number"),
    [("CD 1/", 1), ("A/Disc 012/", 12), ("A/Side B/", 2), ("A/Seite 3/", 3), ("A/", None), ("", None), ("A/CD/", None)],
)
def test_the_number_of_a_disc_folder(folder: str, number: int | None) -> None:
    assert disc_number(folder.encode()) == number


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Dune.epub", "Dune"),
        ("Dune (Unabridged).m4b", "Dune (Unabridged)"),
        ("Dune (M4B).m4b", "Dune"),
        ("[MP3].mp3", "[MP3]"),
        ("metadata.opf", "metadata"),
        ("cover.jpg", "cover"),
        ("Mr. Cover.jpg", "Mr. Cover"),
        ("Dune.mobi.opf", "Dune"),
        ("1.5.cbz", "1.5"),
    ],
)
def test_the_stem_is_what_names_the_book(name: str, text: str) -> None:
    assert stem(name.encode()) == text


@given(NAMES)
def test_a_stem_is_never_empty_and_the_key_does_not_see_case(name: bytes) -> None:
    assert stem(name)
    assert stem_key(name) == folded(stem(name))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Dune", "Dune"),
        ("Dune 1", "Dune"),
        ("Dune - 01", "Dune"),
        ("Dune, Part 2", "Dune"),
        ("Dune Part 2 of 3", "Dune"),
        ("Dune (1 of 3)", "Dune"),
        ("Dune [Disc 2]", "Dune"),
        ("Dune - CD01", "Dune"),
        ("Dune Teil 2", "Dune"),
        ("Dune_pt2", "Dune"),
        ("Dune: Kapitel 3", "Dune"),
        ("01 - Dune", "Dune"),
        ("01. Dune", "Dune"),
        ("Part 1 - Dune", "Dune"),
        ("01", ""),
        ("Track 01", ""),
        ("Dune, Book 2", "Dune, Book 2"),
        ("Dune Vol. 2", "Dune Vol. 2"),
        ("Dune Band 2", "Dune Band 2"),
        ("Dune #2", "Dune #2"),
        ("Naruto v01", "Naruto v01"),
        ("1984", "1984"),
        ("Dune 1984", "Dune 1984"),
        ("Apartment", "Apartment"),
    ],
)
def test_the_number_of_a_part_is_told_from_the_number_of_a_book(text: str, left: str) -> None:
    assert without_part(text) == left


def test_a_name_is_shown_whatever_its_bytes() -> None:
    assert shown(stem(b"Caf\xe9\x01.epub")) == "Caf\ufffd"


@pytest.mark.parametrize(
    "names",
    [
        ["1.mp3", "2.mp3", "10.mp3"],
        ["Chapter 1.mp3", "chapter 2.mp3", "Chapter 10.mp3"],
        ["1-1.mp3", "1-2.mp3", "1-10.mp3", "2-1.mp3"],
        ["Dune 001.mp3", "Dune 02.mp3", "Dune 3.mp3"],
        ["01 Intro.mp3", "02 Dune.mp3", "Afterword.mp3"],
        ["9" * 5000, "1" + "0" * 5000],
    ],
)
def test_numbers_in_names_are_ordered_by_value(names: list[str]) -> None:
    assert sorted([one.encode() for one in reversed(names)], key=natural_key) == [one.encode() for one in names]


@given(NAMES, NAMES)
def test_two_names_have_an_order_and_only_equal_ones_the_same(one: bytes, other: bytes) -> None:
    before, after = natural_key(one) < natural_key(other), natural_key(one) > natural_key(other)

    assert (before or after) == (one != other)
