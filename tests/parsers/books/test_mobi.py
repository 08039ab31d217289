from __future__ import annotations

import io

import pytest
from archive_files import Counted, broken_forms
from hypothesis import given, settings
from hypothesis import strategies as st
from mobi_files import mobi, palm

from scannerd.model.book import (
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Identifier,
    IdentifierType,
    Told,
)
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.mobi import read_mobi

UUID = "6f1b9a3e-26a2-4c1c-9a2e-3f6f5d3f7f10"


def read(content: bytes) -> BookFileSaid:
    return read_mobi(io.BytesIO(content))


def test_everything_is_told() -> None:
    said = read(
        mobi(
            "Old title",
            [
                (100, "Jane Doe"),
                (100, "John Roe"),
                (101, "Penguin"),
                (103, "<p>About it</p><p>More</p>"),
                (104, "9783161484100"),
                (105, "Fiction"),
                (105, "Crime; Sea"),
                (106, "2003-05-12T00:00:00+00:00"),
                (108, "calibre (3.0) [https://calibre-ebook.com]"),
                (108, "Somebody"),
                (112, f"calibre:{UUID}"),
                (113, "B00ABCDEFG"),
                (201, b"\0\0\0\0"),
                (501, "EBOK"),
                (503, "Größe"),
                (524, "de"),
            ],
        )
    )

    assert said == BookFileSaid(
        "mobi",
        BookKind.TEXT,
        Told(
            title="Größe",
            description="About it\n\nMore",
            language="de",
            published="2003-05-12",
            publisher="Penguin",
            contributors=(
                BookContributor(BookRole.AUTHOR, "Jane Doe"),
                BookContributor(BookRole.AUTHOR, "John Roe"),
                BookContributor(BookRole.CONTRIBUTOR, "Somebody"),
            ),
            genres=("Fiction", "Crime", "Sea"),
            identifiers=(
                Identifier(IdentifierType.ISBN_13, "9783161484100"),
                Identifier(IdentifierType.ASIN, "B00ABCDEFG"),
                Identifier(IdentifierType.UUID, UUID),
            ),
        ),
        has_picture=True,
        details={"document_type": "EBOK"},
    )


def test_without_records_the_header_tells_the_title() -> None:
    assert read(mobi("Größe", locale=0x0407)) == BookFileSaid("mobi", BookKind.TEXT, Told(title="Größe", language="de"))


@pytest.mark.parametrize("encoding", [1252, 65001])
def test_the_encoding_is_that_of_the_header(encoding: int) -> None:
    said = read(mobi("Größe", [(100, "Jürgen Groß")], encoding=encoding))

    assert said.told == Told(title="Größe", contributors=(BookContributor(BookRole.AUTHOR, "Jürgen Groß"),))


def test_a_wrong_encoding_is_seen_through() -> None:
    assert read(mobi("T", [(503, "Größe".encode())], encoding=1252)).told.title == "Größe"
    assert read(mobi("T", [(503, "Größe".encode("cp1252"))])).told.title == "Größe"


def test_kindle_format_8_is_called_by_its_name() -> None:
    assert read(mobi(version=8)).format == "azw3"


DETAILS = [
    ([(112, "https://book.example/")], {"url": "https://book.example/"}),
    ([(123, "comic")], {"book_type": "comic"}),
    ([(501, "PDOC")], {"document_type": "PDOC"}),
    ([], {}),
]


@pytest.mark.parametrize(("exth", "details"), DETAILS)
def test_details(exth: list[tuple[int, str]], details: dict[str, str]) -> None:
    assert read(mobi(exth=exth)).details == details


def test_of_an_encrypted_book_everything_is_told() -> None:
    said = read(mobi("Title", [(100, "Jane Doe")], encryption=2))

    assert said.told == Told(title="Title", contributors=(BookContributor(BookRole.AUTHOR, "Jane Doe"),))
    assert said.details == {"drm": True}


COVERS = [
    ([(201, b"\xff\xff\xff\xff")], False),
    ([(201, b"\0\0\0\x05")], True),
    ([(129, b"kindle:embed:0001")], True),
    ([(129, b"")], False),
    ([], False),
]


@pytest.mark.parametrize(("exth", "has_picture"), COVERS)
def test_covers(exth: list[tuple[int, bytes]], has_picture: bool) -> None:
    assert read(mobi(exth=exth)).has_picture is has_picture


def test_what_calibre_puts_in_place_of_an_asin_is_a_uuid() -> None:
    assert read(mobi(exth=[(113, UUID)])).told.identifiers == (Identifier(IdentifierType.UUID, UUID),)


WHOLE = mobi("Title", [(100, "Jane Doe"), (503, "Title"), (106, "2003"), (113, "B00ABCDEFG")])
DAMAGED = [
    pytest.param(b"", "its first bytes are those of something else", id="empty"),
    pytest.param(palm([b"text"], b"TEXtREAd"), "its first bytes are those of something else", id="PalmDOC"),
    pytest.param(WHOLE[:-10], "it ends too early", id="truncated"),
    pytest.param(WHOLE[:85], "it ends too early", id="truncated in the list"),
    pytest.param(palm([]), "it ends too early", id="no records"),
    pytest.param(palm([bytes(300), b""]), "its header is missing", id="no header"),
    pytest.param(palm([b"", b"text"]), "its list of records makes no sense", id="no first record"),
]


@pytest.mark.parametrize(("content", "reason"), DAMAGED)
def test_what_is_damaged_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        read(content)
    assert str(caught.value) == reason


def test_only_the_head_of_a_large_book_is_read() -> None:
    file = Counted(palm([mobi()[96:], *[bytes(4096)] * 5000]))

    assert read_mobi(file).told.title == "Title"
    assert file.bytes_read < 100_000


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 255)), max_size=5),
    st.lists(st.integers(0, len(WHOLE)), max_size=2),
)
def test_any_damage_is_survived(flips: list[tuple[int, int]], cuts: list[int]) -> None:
    for broken in broken_forms(WHOLE, flips, cuts):
        try:
            assert read(broken).kind is BookKind.TEXT
        except Damaged:
            continue


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_survived(content: bytes) -> None:
    for whole in (content, palm([content, b"text"]), palm([WHOLE[96:320] + content])):
        try:
            assert read(whole).kind is BookKind.TEXT
        except Damaged:
            continue
