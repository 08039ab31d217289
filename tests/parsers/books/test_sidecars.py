from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import (
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Chapter,
    Identifier,
    IdentifierType,
    InSeries,
    NumberUnit,
    SeriesNumber,
    Told,
)
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.metadata_json import read_metadata
from scannerd.parsers.books.sidecars import read_description, read_narrators, read_picture

AUDIOBOOKSHELF = {
    "tags": ["Favourite"],
    "chapters": [
        {"id": 0, "start": 0, "end": 10.5, "title": "One"},
        {"id": 1, "start": 10.5, "end": 20, "title": "Two"},
    ],
    "title": "The Title",
    "subtitle": "And more",
    "authors": ["Jane Doe", "Le Guin, Ursula K."],
    "narrators": ["John Roe"],
    "series": ["The Series #2.5", "Another Series"],
    "genres": ["Fantasy", "Sea"],
    "publishedYear": "2003",
    "publishedDate": None,
    "publisher": "Penguin",
    "description": "<p>About it</p>",
    "isbn": "978-3-16-148410-0",
    "asin": "B00ABCDEFG",
    "language": "en",
    "explicit": True,
    "abridged": False,
}


def read(said: object) -> BookFileSaid:
    return read_metadata(io.BytesIO(json.dumps(said).encode()))


def test_what_audiobookshelf_writes_is_told() -> None:
    assert read(AUDIOBOOKSHELF) == BookFileSaid(
        "json",
        BookKind.SIDECAR,
        Told(
            title="The Title",
            subtitle="And more",
            description="About it",
            language="en",
            published="2003",
            publisher="Penguin",
            is_abridged=False,
            contributors=(
                BookContributor(BookRole.AUTHOR, "Jane Doe"),
                BookContributor(BookRole.AUTHOR, "Le Guin, Ursula K."),
                BookContributor(BookRole.NARRATOR, "John Roe"),
            ),
            series=(InSeries("The Series", SeriesNumber(Decimal("2.5"))), InSeries("Another Series")),
            genres=("Fantasy", "Sea"),
            tags=("Favourite",),
            identifiers=(
                Identifier(IdentifierType.ISBN_13, "9783161484100"),
                Identifier(IdentifierType.ASIN, "B00ABCDEFG"),
            ),
        ),
        chapters=(
            Chapter("One", start_ms=0, end_ms=10_500),
            Chapter("Two", start_ms=10_500, end_ms=20_000),
        ),
        details={"explicit": True},
    )


def test_what_older_versions_of_audiobookshelf_nested_is_told() -> None:
    inner = {key: value for key, value in AUDIOBOOKSHELF.items() if key != "chapters"}

    assert read({"metadata": inner, "chapters": AUDIOBOOKSHELF["chapters"]}) == read(AUDIOBOOKSHELF)


def test_what_shisho_writes_of_a_book_is_told() -> None:
    said = read(
        {
            "version": 1,
            "title": "Naruto v005",
            "sort_title": "Naruto v005",
            "authors": [
                {"name": "Jane Doe", "sort_name": "Doe, Jane", "sort_order": 1, "role": "writer"},
                {"name": "John Roe", "role": "cover_artist"},
                {"name": "Somebody", "role": None},
            ],
            "series": [{"name": "Naruto", "number": 5.0, "number_end": 7, "unit": "volume"}, {"name": "Other"}],
        }
    )

    assert said.told == Told(
        title="Naruto v005",
        sort_title="Naruto v005",
        contributors=(
            BookContributor(BookRole.WRITER, "Jane Doe", "Doe, Jane"),
            BookContributor(BookRole.COVER_ARTIST, "John Roe"),
            BookContributor(BookRole.AUTHOR, "Somebody"),
        ),
        series=(
            InSeries("Naruto", SeriesNumber(Decimal(5), Decimal(7), NumberUnit.VOLUME)),
            InSeries("Other"),
        ),
    )


def test_what_shisho_writes_of_a_file_is_told() -> None:
    said = read(
        {
            "version": 1,
            "narrators": [{"name": "John Roe", "sort_name": "Roe, John"}],
            "identifiers": [{"type": "isbn_13", "value": "9783161484100"}, {"type": "asin", "value": "B00ABCDEFG"}],
            "url": "https://book.example/",
            "release_date": "2003-05-12",
            "publisher": "Random House",
            "imprint": "Penguin",
            "abridged": True,
            "chapters": [
                {"title": "One", "start_timestamp_ms": 0, "children": [{"title": "One A", "start_timestamp_ms": 500}]},
                {"title": "Two", "start_page": 0},
                {"title": "Three", "href": "three.xhtml"},
            ],
        }
    )

    assert said.told == Told(
        published="2003-05-12",
        publisher="Penguin",
        is_abridged=True,
        contributors=(BookContributor(BookRole.NARRATOR, "John Roe", "Roe, John"),),
        identifiers=(
            Identifier(IdentifierType.ISBN_13, "9783161484100"),
            Identifier(IdentifierType.ASIN, "B00ABCDEFG"),
        ),
    )
    assert said.chapters == (
        Chapter("One", 0, start_ms=0),
        Chapter("One A", 1, start_ms=500),
        Chapter("Two", 0, start_page=1),
        Chapter("Three", 0, href="three.xhtml"),
    )
    assert said.details == {"url": "https://book.example/", "publishing_house": "Random House"}


TOLERATED: list[tuple[dict[str, Any], Told]] = [
    ({"title": ["T"]}, Told()),
    ({"title": None, "authors": None, "series": None, "chapters": {}}, Told()),
    ({"title": True, "publishedYear": 2003}, Told(published="2003")),
    ({"title": 1984}, Told(title="1984")),
    ({"authors": "Jane Doe"}, Told(contributors=(BookContributor(BookRole.AUTHOR, "Jane Doe"),))),
    ({"authors": [None, 5, {}, {"name": 5.5}, ["x"], "Jane Doe"]},
     Told(contributors=(BookContributor(BookRole.AUTHOR, "Jane Doe"),))),
    ({"authors": [{"name": "Jane Doe", "role": ["x"]}, {"name": "John Roe", "role": "barber"}]},
     Told(contributors=(BookContributor(BookRole.AUTHOR, "Jane Doe"), BookContributor(BookRole.AUTHOR, "John Roe")))),
    ({"narrator": "Jane Doe"}, Told(contributors=(BookContributor(BookRole.NARRATOR, "Jane Doe"),))),
    ({"series": "The Series #3"}, Told(series=(InSeries("The Series", SeriesNumber(Decimal(3))),))),
    ({"series": {"name": "S", "sequence": "4"}}, Told(series=(InSeries("S", SeriesNumber(Decimal(4))),))),
    ({"series": [{"name": "S", "number": 4, "number_end": 3}]},
     Told(series=(InSeries("S", SeriesNumber(Decimal(4))),))),
    ({"series": [{"number": 4}, 5, None, {"name": "S", "number": [4]}]}, Told(series=(InSeries("S"),))),
    ({"genres": "Fantasy", "tags": [{"name": "Sea"}, 7]}, Told(genres=("Fantasy",), tags=("Sea",))),
    ({"abridged": "no", "description": 5, "language": 5, "isbn": {}}, Told()),
    ({"identifiers": [5, {"type": 5, "value": []}]}, Told()),
]  # fmt: skip


@pytest.mark.parametrize(("said", "told"), TOLERATED)
def test_a_value_of_a_wrong_type_is_not_there(said: dict[str, Any], told: Told) -> None:
    assert read(said).told == told


NO_CHAPTERS: list[object] = [
    5,
    [5, None, "One"],
    [{"title": "One"}],
    [{"title": "One", "start": "soon"}],
    [{"title": "One", "start": -1, "start_page": -1}],
    [{"title": "One", "start": 1e300}],
]


@pytest.mark.parametrize("chapters", NO_CHAPTERS)
def test_chapters_without_a_place_are_none(chapters: object) -> None:
    assert read({"chapters": chapters}).chapters == ()


DAMAGED = [
    pytest.param(b"", "it is no JSON", id="empty"),
    pytest.param(b'{"title": "T"', "it is no JSON", id="cut off"),
    pytest.param(b"[" * 100_000, "it is no JSON", id="deep"),
    pytest.param(b"9" * 10_000, "it is no JSON", id="a long number"),
    pytest.param(b"[]", "it is a list or a single value, and no record of a book", id="a list"),
    pytest.param(b" " * (9 << 20), "it is larger than 8192 KB", id="large"),
]


@pytest.mark.parametrize(("content", "reason"), DAMAGED)
def test_what_is_damaged_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        read_metadata(io.BytesIO(content))
    assert str(caught.value) == reason


ENCODED = ["Größe\n\nMore".encode(name) for name in ("utf-8", "utf-8-sig", "utf-16", "cp1252")]


@pytest.mark.parametrize("content", ENCODED, ids=range(len(ENCODED)))
def test_a_description_is_read_in_any_encoding(content: bytes) -> None:
    said = read_description(io.BytesIO(content))

    assert said == BookFileSaid("txt", BookKind.SIDECAR, Told(description="Größe\n\nMore"))


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16"])
def test_json_is_read_in_any_encoding(name: str) -> None:
    assert read_metadata(io.BytesIO('{"title": "Größe"}'.encode(name))).told == Told(title="Größe")


def test_a_description_may_not_be_a_book() -> None:
    with pytest.raises(Damaged, match=r"^it is larger than 1024 KB$"):
        read_description(io.BytesIO(b"x" * (2 << 20)))


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("Jane Doe", ["Jane Doe"]),
        ("Jane Doe\r\nJohn Roe\n\nJane Doe\n", ["Jane Doe", "John Roe"]),
        ("Jane Doe; John Roe", ["Jane Doe", "John Roe"]),
        ("\n", []),
    ],
)
def test_narrators_are_told(content: str, names: list[str]) -> None:
    said = read_narrators(io.BytesIO(content.encode()))

    assert said.kind is BookKind.SIDECAR
    assert said.told == Told(contributors=tuple(BookContributor(BookRole.NARRATOR, name) for name in names))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0 and so on", "jpeg"),
        (b"\x89PNG\r\n\x1a\n and so on", "png"),
        (b"GIF89a and so on", "gif"),
        (b"RIFF\x0a\0\0\0WEBPVP8 ", "webp"),
    ],
)
def test_a_picture_is_one_by_its_content(content: bytes, kind: str) -> None:
    assert read_picture(io.BytesIO(content)) == BookFileSaid(kind, BookKind.PICTURE, has_picture=True)


@pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF\x0a\0\0\0WAVEfmt ", b"\0" * 100])
def test_what_is_no_picture_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged, match=r"^its first bytes are those of something else$"):
        read_picture(io.BytesIO(content))


READERS: list[Callable[[BinaryIO], BookFileSaid]] = [read_metadata, read_description, read_narrators, read_picture]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["A #1", "2003"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "title", "number", "value"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(READERS))
def test_any_bytes_are_survived(content: bytes, reader: Callable[[BinaryIO], BookFileSaid]) -> None:
    with suppress(Damaged):
        assert reader(io.BytesIO(content)).kind in (BookKind.SIDECAR, BookKind.PICTURE)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from([*AUDIOBOOKSHELF, "identifiers", "url", "sort_title", "release_date"]), VALUES))
def test_any_values_are_survived(said: dict[str, Any]) -> None:
    assert read(said).kind is BookKind.SIDECAR
