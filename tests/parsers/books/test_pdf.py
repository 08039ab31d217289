from __future__ import annotations

import io
import logging
import threading
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest
from archive_files import Counted, broken_forms
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_files import outline, pdf, xmp

from scannerd.model.book import (
    MOST_CHAPTERS,
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Chapter,
    Identifier,
    IdentifierType,
    InSeries,
    SeriesNumber,
    Told,
)
from scannerd.model.media import Unreadable
from scannerd.parsers.books import parse
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.pdf import read_pdf

REAL = Path(__file__).parents[4] / "shared" / "data" / "media"


def read(content: bytes) -> BookFileSaid:
    return read_pdf(io.BytesIO(content))


def authors(*names: str) -> tuple[BookContributor, ...]:
    return tuple(BookContributor(BookRole.AUTHOR, name) for name in names)


def test_the_document_information_is_told() -> None:
    said = read(
        pdf(
            {
                "Title": "Größe",
                "Author": "Jane Doe; John Roe",
                "Subject": "What it is about",
                "Keywords": "one, two; three",
                "CreationDate": "D:20030512101112+02'00'",
            },
            catalog="/Lang(en-GB)",
        )
    )

    assert said == BookFileSaid(
        "pdf",
        BookKind.TEXT,
        Told(
            title="Größe",
            description="What it is about",
            language="en-GB",
            published="2003-05-12",
            contributors=authors("Jane Doe", "John Roe"),
            tags=("one", "two", "three"),
        ),
        pages=3,
    )


LISTED = "<dc:{0}><rdf:{1}>{2}</rdf:{1}></dc:{0}>"


def test_xmp_is_told_before_the_document_information() -> None:
    elements = (
        '<dc:title><rdf:Alt><rdf:li xml:lang="de">Titel</rdf:li><rdf:li xml:lang="x-default">Title</rdf:li>'
        "</rdf:Alt></dc:title>"
        "<dc:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li><rdf:li>John Roe</rdf:li></rdf:Seq></dc:creator>"
        "<dc:description><rdf:Alt><rdf:li>&lt;p&gt;About it&lt;/p&gt;</rdf:li></rdf:Alt></dc:description>"
        "<dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dc:subject>"
        "<dc:language><rdf:Bag><rdf:li>de</rdf:li></rdf:Bag></dc:language>"
        "<dc:publisher><rdf:Bag><rdf:li>Penguin</rdf:li></rdf:Bag></dc:publisher>"
        "<dc:date><rdf:Seq><rdf:li>2001-02-03T04:05:06Z</rdf:li></rdf:Seq></dc:date>"
        "<prism:isbn>978-3-16-148410-0</prism:isbn>"
        "<prism:url>https://book.example/</prism:url>"
        '<calibre:series rdf:parseType="Resource"><rdf:value>The Series</rdf:value>'
        "<calibreSI:series_index>2</calibreSI:series_index></calibre:series>"
        "<calibre:title_sort>Title, The</calibre:title_sort>"
    )
    info = {"Title": "Old", "Author": "Old Author", "Subject": "Old", "Keywords": "old", "CreationDate": "D:1999"}
    said = read(pdf(info, xmp(elements), catalog="/Lang(en)"))

    assert said.told == Told(
        title="Title",
        sort_title="Title, The",
        description="About it",
        language="de",
        published="2001-02-03",
        publisher="Penguin",
        contributors=authors("Jane Doe", "John Roe"),
        series=(InSeries("The Series", SeriesNumber(Decimal(2))),),
        tags=("one", "two"),
        identifiers=(Identifier(IdentifierType.ISBN_13, "9783161484100"),),
    )
    assert said.details == {"url": "https://book.example/"}


def test_identifiers_are_read_as_calibre_writes_them() -> None:
    item = '<rdf:li rdf:parseType="Resource"><xmpidq:Scheme>{}</xmpidq:Scheme><rdf:value>{}</rdf:value></rdf:li>'
    items = item.format("isbn", "9783161484100") + item.format("amazon", "B00ABCDEFG")
    said = read(pdf(xmp=xmp(f"<xmp:Identifier><rdf:Bag>{items}</rdf:Bag></xmp:Identifier>")))

    assert said.told.identifiers == (
        Identifier(IdentifierType.ISBN_13, "9783161484100"),
        Identifier(IdentifierType.ASIN, "B00ABCDEFG"),
    )


def test_xmp_may_have_its_properties_as_attributes() -> None:
    assert read(pdf(xmp=xmp(attributes='dc:title="Title" dc:language="fr"'))).told == Told(title="Title", language="fr")


def test_what_xmp_lacks_the_document_information_says() -> None:
    said = read(pdf({"Title": "Title", "Author": "Jane Doe"}, xmp("<dc:title/>")))

    assert said.told == Told(title="Title", contributors=authors("Jane Doe"))


DAMAGED_XMP = [b"", b"<x", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\xff" * 100, b" " * (5 << 20)]


@pytest.mark.parametrize("damaged", DAMAGED_XMP, ids=range(len(DAMAGED_XMP)))
def test_damaged_xmp_does_not_matter(damaged: bytes) -> None:
    assert read(pdf({"Title": "Title"}, damaged)).told == Told(title="Title")


NO_TITLES = [
    "Microsoft Word - Dissertation.doc",
    "Microsoft PowerPoint - talk",
    "PowerPoint Presentation",
    "untitled",
    "Untitled-1",
    "Unbenannt",
    "Document1",
    "book_final.indd",
    "0465026567.qxd",
    "thesis.dvi",
    "C:\\books\\a.tif",
    "file:///tmp/a",
    "Layout 1",
    "-",
]


@pytest.mark.parametrize("title", NO_TITLES)
def test_what_programs_put_in_place_of_a_title_is_none(title: str) -> None:
    assert read(pdf({"Title": title})).told.title is None
    assert read(pdf({"Title": "Real"}, xmp(attributes=f'dc:title="{title}"'))).told.title == "Real"


@pytest.mark.parametrize("title", ["Untitled Goose", "The Document", "Model", "1984", "Title Deeds", "Dr. No"])
def test_titles_that_resemble_those_stay(title: str) -> None:
    assert read(pdf({"Title": title})).told.title == title


@pytest.mark.parametrize("author", ["Administrator", "anonymous", "Unknown", "user", "1671251", "-", ""])
def test_what_programs_put_in_place_of_an_author_is_nobody(author: str) -> None:
    assert read(pdf({"Author": author})).told.contributors == ()


def chaptered(*entries: tuple[int, str, str], **more: object) -> tuple[Chapter, ...]:
    objects = outline(entries) | more.pop("objects", {})  # type: ignore[operator]
    catalog = "/Outlines 10 0 R" + str(more.pop("catalog", ""))
    return read(pdf(catalog=catalog, objects=objects, pages=9, **more)).chapters  # type: ignore[arg-type]


def test_the_outline_is_flattened_with_levels_and_pages() -> None:
    assert chaptered(
        (0, "One", "/Dest[100 0 R/Fit]"),
        (1, "One A", "/Dest[100 0 R/Fit]"),
        (1, "One B", "/A<</S/GoTo/D[102 0 R/XYZ 0 0 0]>>"),
        (2, "One B i", "/Dest[103 0 R/Fit]"),
        (0, "Two", "/Dest[5/Fit]"),
        (0, "Web", "/A<</S/URI/URI(https://a.example)>>"),
        (0, "Three", "/Dest[107 0 R]"),
    ) == (
        Chapter("One", 0, start_page=1, end_page=5),
        Chapter("One A", 1, start_page=1, end_page=2),
        Chapter("One B", 1, start_page=3, end_page=5),
        Chapter("One B i", 2, start_page=4, end_page=5),
        Chapter("Two", 0, start_page=6, end_page=7),
        Chapter("Web", 0),
        Chapter("Three", 0, start_page=8, end_page=9),
    )


def test_destinations_may_have_names() -> None:
    assert chaptered(
        (0, "By tree", "/Dest(first)"),
        (0, "By dictionary", "/A<</S/GoTo/D/second>>"),
        (0, "Unknown", "/Dest(third)"),
        catalog="/Names<</Dests 50 0 R>>/Dests<</second[104 0 R/Fit]>>",
        objects={50: "<</Kids[51 0 R 50 0 R]>>", 51: "<</Names[(first)<</D[102 0 R/Fit]>>(odd)]>>"},
    ) == (
        Chapter("By tree", start_page=3, end_page=4),
        Chapter("By dictionary", start_page=5, end_page=9),
        Chapter("Unknown"),
    )


def test_pages_are_numbered_through_the_branches_of_their_tree() -> None:
    objects = outline([(0, "A", "/Dest[73 0 R]"), (0, "B", "/Dest[75 0 R]")]) | {
        2: "<</Type/Pages/Count 4/Kids[70 0 R 73 0 R 71 0 R]>>",
        70: "<</Type/Pages/Count 2/Kids[72 0 R 74 0 R]>>",
        71: "<</Type/Pages/Count 1/Kids[75 0 R]>>",
        **dict.fromkeys((72, 73, 74, 75), "<</Type/Page>>"),
    }

    assert read(pdf(catalog="/Outlines 10 0 R", objects=objects, pages=0)).chapters == (
        Chapter("A", start_page=3, end_page=3),
        Chapter("B", start_page=4, end_page=4),
    )


CIRCLES = [
    pytest.param({11: "<</Title(a)/Next 11 0 R>>"}, 1, id="next is itself"),
    pytest.param({11: "<</Title(a)/First 11 0 R>>"}, 1, id="below itself"),
    pytest.param({11: "<</Title(a)/Next 12 0 R>>", 12: "<</Title(b)/Next 11 0 R/First 10 0 R>>"}, 3, id="in a circle"),
    pytest.param({11: "<</Title(a)/Next 99 0 R/First 98 0 R>>"}, 1, id="to nowhere"),
    pytest.param({11: "(a text)"}, 0, id="no entry"),
    pytest.param({10: "10 0 R"}, 0, id="a reference to itself"),
    pytest.param({11: "<</Title(a)/Dest 12 0 R>>", 12: "[12 0 R]"}, 1, id="a destination that is itself"),
]


@pytest.mark.parametrize(("objects", "count"), CIRCLES)
def test_outlines_that_go_in_circles_end(objects: dict[int, str], count: int) -> None:
    said = read(pdf({"Title": "Title"}, catalog="/Outlines 10 0 R", objects={10: "<</First 11 0 R>>"} | objects))

    assert len(said.chapters) == count
    assert (said.told.title, said.pages) == ("Title", 3)


def test_an_outline_without_end_is_cut() -> None:
    entries = {number: f"<</Title(a)/Next {number + 1} 0 R>>" for number in range(11, MOST_CHAPTERS + 20)}

    assert len(read(pdf(catalog="/Outlines 10 0 R", objects={10: "<</First 11 0 R>>"} | entries)).chapters) == 10_000


PAGE_TREES = [
    pytest.param("<</Type/Pages/Count 12345/Kids[100 0 R]>>", 12345, id="as it says"),
    pytest.param("<</Type/Pages/Count -1/Kids[100 0 R 101 0 R]>>", 2, id="counted"),
    pytest.param("<</Type/Pages/Count 99999999/Kids[2 0 R 100 0 R]>>", 1, id="below itself"),
    pytest.param("<</Type/Pages/Kids[2 0 R]>>", None, id="nothing but itself"),
    pytest.param("(a text)", None, id="no tree"),
]


@pytest.mark.parametrize(("tree", "count"), PAGE_TREES)
def test_pages_are_counted(tree: str, count: int | None) -> None:
    said = read(pdf({"Title": "Title"}, objects={2: tree}))

    assert (said.told.title, said.pages) == ("Title", count)


def test_tables_that_go_in_circles_end() -> None:
    whole = pdf({"Title": "Title"})
    at = whole.rindex(b"xref\n0 1")
    looping = whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % at)

    assert read(looping).told.title == "Title"


def test_a_file_that_breaks_the_standard_is_read_all_the_same() -> None:
    whole = pdf({"Title": "Title"})
    for broken in (
        b"junk before it\n" + whole,
        whole + b"junk behind it" * 10,
        whole.replace(b"startxref\n", b"startxref\n1"),
        whole.replace(b"0000000", b"0000009"),
    ):
        assert read(broken).told.title == "Title"


def test_an_encryption_without_password_is_no_obstacle() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(pdf({"Title": "Title"}))))
    writer.encrypt("", "owner", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)
    said = read(made.getvalue())

    assert (said.told.title, said.pages, said.details) == ("Title", 3, {"encrypted": True})


def test_a_password_is_an_obstacle() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(pdf({"Title": "Title"}))))
    writer.encrypt("secret", algorithm="RC4-128")
    made = io.BytesIO()
    writer.write(made)

    with pytest.raises(Damaged, match=r"^it is encrypted: it needs a password$"):
        read(made.getvalue())


def test_what_ends_too_early_says_so() -> None:
    with pytest.raises(Damaged, match=r"^it ends too early$"):
        read(pdf({"Title": "Title"})[:200])


def test_a_file_that_is_half_copied_is_not_read_whole() -> None:
    whole = pdf({"Title": "Title"}, objects={10: "<<>>", 11: "(" + "a line\n" * (1 << 20) + ")"})
    half = Counted(whole[: len(whole) // 2])

    with pytest.raises(Damaged, match=r"^it ends too early$"):
        read_pdf(half)
    assert half.bytes_read < 2 << 20


def test_what_is_no_pdf_says_so() -> None:
    with pytest.raises(Damaged, match=r"^no PDF header$"):
        read(b"something else")


def test_objects_that_are_missing_are_not_searched_for_without_end() -> None:
    entries = {number: f"<</Title(a)/First {number + 20_000} 0 R/Next {number + 1} 0 R>>" for number in range(11, 3000)}
    content = pdf({"Title": "T"}, catalog="/Outlines 10 0 R", objects={10: "<</First 11 0 R>>"} | entries)

    assert read(content[:9] + b"%" + bytes(4 << 20) + b"\n" + content[9:]).chapters == ()


def test_nothing_is_logged_or_printed(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        read(pdf({"Title": "Title"}).replace(b"startxref\n", b"startxref\n1"))

    # A thread that another test left behind may say something.
    assert [record for record in caplog.records if record.thread == threading.get_ident()] == []
    assert capsys.readouterr() == ("", "")


WHOLE = pdf(
    {"Title": "Title", "Author": "Jane Doe"},
    xmp('<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Title</rdf:li></rdf:Alt></dc:title>'),
    "/Outlines 10 0 R/Lang(en)",
    objects=outline([(0, "One", "/Dest[100 0 R/Fit]"), (1, "Two", "/Dest(name)"), (0, "Three", "/Dest[102 0 R]")]),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 255)), max_size=3),
    st.lists(st.integers(0, len(WHOLE)), max_size=1),
)
def test_any_damage_is_survived(flips: list[tuple[int, int]], cuts: list[int]) -> None:
    for broken in broken_forms(WHOLE, flips, cuts):
        try:
            assert read(broken).kind is BookKind.TEXT
        except Damaged:
            continue


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_any_bytes_are_survived(content: bytes) -> None:
    for whole in (content, b"%PDF-1.7\n" + content, WHOLE[:-200] + content + WHOLE[-40:]):
        try:
            assert read(whole).kind is BookKind.TEXT
        except Damaged:
            continue


REAL_ONES = [
    ("E204", "Model", (), 1),
    ("X197", None, (), 7),
    ("E213", None, (), 1),  # Microsoft Word's title, and a staff number for an author
    ("X203", None, ("cheng",), 1),
    ("E222", None, (), 1),
    ("E231", None, (), 1),
    ("E240", None, (), 1),
    ("X221", None, (), 1),
    ("E245", None, (), 1),
]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.parametrize(("number", "title", "names", "count"), REAL_ONES)
def test_real_files(number: str, title: str | None, names: tuple[str, ...], count: int) -> None:
    said = parse(bytes(next((REAL / number).iterdir())))

    assert isinstance(said, BookFileSaid)
    assert (said.told.title, said.told.contributors, said.pages) == (title, authors(*names), count)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
def test_a_real_file_with_a_password() -> None:
    said = parse(bytes(next((REAL / "X209").iterdir())))

    assert said == Unreadable("damaged, or not a PDF file: it is encrypted: it needs a password", "pdf")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.skipif(find_spec("cryptography") is not None, reason="what needs cryptography is read with it")
def test_a_real_file_that_needs_aes_is_a_book_without_a_title() -> None:
    said = parse(bytes(next((REAL / "X215").iterdir())))

    assert said == BookFileSaid("pdf", BookKind.TEXT, details={"encrypted": True})
