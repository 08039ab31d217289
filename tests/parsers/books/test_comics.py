from __future__ import annotations

import io
import json
import tarfile
from decimal import Decimal
from pathlib import Path

import pytest
from archive_files import (
    PICTURE,
    Counted,
    broken_forms,
    cbr,
    cbr5,
    cbr_with_hidden_names,
    cbt,
    cbz,
    comic_info,
    encrypted,
    pages,
)
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
from scannerd.model.media import Unreadable
from scannerd.parsers.books import parse
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.comics import read_comic

REAL = Path(__file__).parents[4] / "shared" / "data" / "media"
ONE_PAGE = pages("page1.jpg")


def read(archive: bytes) -> BookFileSaid:
    return read_comic(io.BytesIO(archive))


def with_info(**elements: str) -> BookFileSaid:
    return read(cbz(ONE_PAGE | {"ComicInfo.xml": comic_info(**elements)}))


def test_a_full_comic_info_is_told() -> None:
    said = with_info(
        Title="The Beginning",
        Series="Captain Science",
        Number="1.5",
        Count="10",
        Volume="1950",
        AlternateSeries="Crossover",
        AlternateNumber="3",
        AlternateCount="6",
        Summary="&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second.&lt;/p&gt;",
        Notes="Tagged by hand",
        Year="1950",
        Month="11",
        Day="5",
        Writer="Walter Johnson, Wally Wood",
        Penciller="Wally Wood; Joe Orlando",
        Inker="Robert Downey, Jr.",
        Colorist="Someone",
        Letterer="Ben Oda",
        CoverArtist="Moebius, Hergé",
        Editor="Sol Cohen",
        Translator="Jane Doe",
        Publisher="DC Comics",
        Imprint="Vertigo",
        Genre="Science Fiction, Adventure",
        Tags="space; rockets, Science",
        Web="https://comics.example/1 https://other.example/2 nonsense",
        LanguageISO="en",
        Manga="No",
        AgeRating="Teen",
        CommunityRating="4.5",
        Characters="Captain Science, Rip",
        Teams="The Team",
        Locations="Mars",
        StoryArc="One, Two",
        StoryArcNumber="3, 4",
        SeriesGroup="Science",
        Format="Annual",
        GTIN="978-3-16-148410-0",
        ScanInformation="by hand",
        PageCount="99",
        BlackAndWhite="Unknown",
    )

    assert said.told == Told(
        title="The Beginning",
        description="First.\n\nSecond.",
        language="en",
        published="1950-11-05",
        publisher="Vertigo",
        contributors=(
            BookContributor(BookRole.WRITER, "Walter Johnson"),
            BookContributor(BookRole.WRITER, "Wally Wood"),
            BookContributor(BookRole.PENCILLER, "Wally Wood"),
            BookContributor(BookRole.PENCILLER, "Joe Orlando"),
            BookContributor(BookRole.INKER, "Robert Downey, Jr."),
            BookContributor(BookRole.COLORIST, "Someone"),
            BookContributor(BookRole.LETTERER, "Ben Oda"),
            BookContributor(BookRole.COVER_ARTIST, "Moebius"),
            BookContributor(BookRole.COVER_ARTIST, "Hergé"),
            BookContributor(BookRole.EDITOR, "Sol Cohen"),
            BookContributor(BookRole.TRANSLATOR, "Jane Doe"),
        ),
        series=(InSeries("Captain Science", SeriesNumber(Decimal("1.5"))),),
        genres=("Science Fiction", "Adventure"),
        tags=("space", "rockets", "Science"),
        identifiers=(Identifier(IdentifierType.ISBN_13, "9783161484100"),),
    )
    assert said.details == {
        "count": "10",
        "alternate_series": "Crossover",
        "alternate_number": "3",
        "alternate_count": "6",
        "notes": "Tagged by hand",
        "volume": "1950",
        "publishing_house": "DC Comics",
        "url": "https://comics.example/1",
        "more_urls": ["https://other.example/2"],
        "manga": "No",
        "age_rating": "Teen",
        "community_rating": "4.5",
        "characters": ["Captain Science", "Rip"],
        "teams": ["The Team"],
        "locations": ["Mars"],
        "story_arcs": ["One", "Two"],
        "story_arc_numbers": ["3", "4"],
        "series_groups": ["Science"],
        "comic_format": "Annual",
        "scan_information": "by hand",
    }
    assert (said.format, said.kind, said.pages, said.has_picture) == ("cbz", BookKind.COMIC, 1, True)


VOLUME, CHAPTER = NumberUnit.VOLUME, NumberUnit.CHAPTER
SERIES = [
    ({"Series": "S", "Number": "7"}, InSeries("S", SeriesNumber(Decimal(7)))),
    ({"Series": "S", "Number": "7", "Volume": "2"}, InSeries("S", SeriesNumber(Decimal(7)))),
    ({"Series": "S", "Volume": "2"}, InSeries("S", SeriesNumber(Decimal(2), None, VOLUME))),
    ({"Series": "S", "Volume": "2019"}, InSeries("S")),
    ({"Series": "S", "Volume": "-1", "Number": "-1"}, InSeries("S")),
    ({"Series": "S", "Number": "1-3"}, InSeries("S", SeriesNumber(Decimal(1), Decimal(3)))),
    ({"Series": "S", "Number": "Annual"}, InSeries("S", None, "Annual")),
    (
        {"Series": "S", "Number": "12", "Title": "Chapter 12: Home"},
        InSeries("S", SeriesNumber(Decimal(12), None, CHAPTER)),
    ),
    ({"Series": "S", "Number": "012", "Title": "Ch.12"}, InSeries("S", SeriesNumber(Decimal(12), None, CHAPTER))),
    ({"Series": "S", "Number": "3", "Title": "Vol. 03"}, InSeries("S", SeriesNumber(Decimal(3), None, VOLUME))),
    ({"Series": "S", "Number": "3", "Title": "Chapter 4"}, InSeries("S", SeriesNumber(Decimal(3)))),
    ({"Series": "S", "Number": "3", "Title": "Punch 3"}, InSeries("S", SeriesNumber(Decimal(3)))),
]


@pytest.mark.parametrize(("elements", "place"), SERIES)
def test_the_place_in_the_series(elements: dict[str, str], place: InSeries) -> None:
    assert with_info(**elements).told.series == (place,)


def test_a_number_without_series_is_nothing() -> None:
    assert with_info(Number="3", Title="T").told.series == ()


DATES = [
    ({"Year": "2001"}, "2001"),
    ({"Year": "2001", "Month": "2"}, "2001-02"),
    ({"Year": "2001", "Day": "3"}, "2001"),
    ({"Year": "2001", "Month": "-1", "Day": "-1"}, "2001"),
    ({"Year": "0", "Month": "1"}, None),
    ({"Year": "0591", "Month": "11"}, None),
    ({"Month": "1"}, None),
    ({"Year": "soon"}, None),
]


@pytest.mark.parametrize(("elements", "date"), DATES)
def test_the_date(elements: dict[str, str], date: str | None) -> None:
    assert with_info(Title="T", **elements).told.published == date


def test_a_publisher_alone_is_the_publisher() -> None:
    said = with_info(Publisher="DC Comics")

    assert said.told.publisher == "DC Comics"
    assert said.details == {}


def test_elements_are_known_in_any_case() -> None:
    info = b"<comicinfo><TITLE>T</TITLE><series>S</series></comicinfo>"

    assert read(cbz(ONE_PAGE | {"comicinfo.XML": info})).told == Told(title="T", series=(InSeries("S"),))


def test_the_comic_info_that_lies_highest_counts() -> None:
    files = {"a/ComicInfo.xml": comic_info(Title="below"), "__MACOSX/ComicInfo.xml": b"", "z/._ComicInfo.xml": b"\0"}

    assert read(cbz(files | ONE_PAGE)).told.title == "below"
    assert read(cbz(files | {"ComicInfo.xml": comic_info(Title="above")} | ONE_PAGE)).told.title == "above"


NO_INFO = [
    (b"<ComicInfo><Title>cut", "its XML is broken: "),
    (b"<html></html>", "it is no ComicInfo"),
    (b"<!DOCTYPE x [<!ENTITY a 'aaa'>]><ComicInfo><Title>&a;</Title></ComicInfo>", "its XML "),
    (b" " * (5 << 20), "'ComicInfo.xml' in it is too large"),
]


@pytest.mark.parametrize(("info", "reason"), NO_INFO, ids=range(len(NO_INFO)))
def test_a_comic_is_read_though_its_comic_info_is_damaged(info: bytes, reason: str) -> None:
    said = read(cbz(ONE_PAGE | {"ComicInfo.xml": info}))

    assert said.told == Told()
    assert said.pages == 1
    assert str(said.details["note"]).startswith(f"ComicInfo.xml is not read: {reason}")


def test_an_encrypted_comic_tells_its_pages() -> None:
    said = read(encrypted(cbz(ONE_PAGE | {"ComicInfo.xml": comic_info(Title="T")})))

    assert said.pages == 1
    assert said.details == {
        "note": "ComicInfo.xml is not read: it is encrypted: its contents need a password",
        "encrypted": True,
    }


def test_the_comment_of_the_archive_is_read_where_there_is_no_comic_info() -> None:
    comment = {
        "appID": "ComicBookLover/888",
        "ComicBookInfo/1.0": {
            "title": "The Beginning",
            "series": "Captain Science",
            "issue": 1,
            "publisher": "Youthful",
            "publicationYear": 1950,
            "publicationMonth": 11,
            "comments": "How it began.",
            "genre": "Science Fiction",
            "credits": [
                {"person": "Wally Wood", "role": "Artist", "primary": True},
                {"person": "Walter Johnson", "role": "Writer"},
                {"person": "Somebody", "role": "Barber"},
                "nobody",
            ],
            "tags": ["space", 5],
        },
    }

    assert read(cbz(ONE_PAGE, json.dumps(comment).encode())).told == Told(
        title="The Beginning",
        description="How it began.",
        published="1950-11",
        publisher="Youthful",
        contributors=(
            BookContributor(BookRole.PENCILLER, "Wally Wood"),
            BookContributor(BookRole.WRITER, "Walter Johnson"),
            BookContributor(BookRole.CONTRIBUTOR, "Somebody"),
        ),
        series=(InSeries("Captain Science", SeriesNumber(Decimal(1))),),
        genres=("Science Fiction",),
        tags=("space",),
    )


@pytest.mark.parametrize(
    "comment", [b"scanned by me", b'{"ComicBookInfo/1.0": [', b'["ComicBookInfo/1.0"]', b"ComicBookInfo/1.0"]
)
def test_other_comments_say_nothing(comment: bytes) -> None:
    assert read(cbz(ONE_PAGE, comment)).told == Told()


def test_pages_are_the_pictures_that_are_seen() -> None:
    kinds = pages(*(f"{kind}.{kind}" for kind in ("JPG", "jpeg", "png", "gif", "webp", "avif", "bmp", "jxl", "tif")))
    others = pages("__MACOSX/a.jpg", "__MACOSX/._a.jpg", "a/.hidden.jpg", ".hidden/a.jpg", "notes.txt", "a.jpg.part")

    assert read(cbz(kinds | others)).pages == 9


def pages_of(*chapters: tuple[str, int, int]) -> tuple[Chapter, ...]:
    return tuple(Chapter(title, start_page=start, end_page=end) for title, start, end in chapters)


CHAPTERS = [
    pytest.param(["b/2.jpg", "b/10.jpg", "a/1.jpg"], pages_of(("a", 1, 1), ("b", 2, 3)), id="folders"),
    pytest.param(["a/1.jpg", "a/2.jpg"], (), id="a single folder"),
    pytest.param(["1.jpg", "a/2.jpg"], (), id="pages and a single folder"),
    pytest.param(
        ["N v01/Ch 2/1.jpg", "N v01/Ch 10/1.jpg", "N v01/Ch 1/1.jpg"],
        pages_of(("Ch 1", 1, 1), ("Ch 2", 2, 2), ("Ch 10", 3, 3)),
        id="a folder around them, and natural order",
    ),
    pytest.param(
        ["Cover.jpg", "Part 1/1.jpg", "Part 2/1.jpg"], pages_of(("Part 1", 2, 2), ("Part 2", 3, 3)), id="cover"
    ),
    pytest.param(
        ["a/1.jpg", "a/b/1.jpg", "a/c/1.jpg"], pages_of(("a", 1, 1), ("a/b", 2, 2), ("a/c", 3, 3)), id="folders in one"
    ),
    pytest.param(["/a/1.jpg", "b/1.jpg"], pages_of(("/a", 1, 1), ("b", 2, 2)), id="absolute"),
    pytest.param(
        ["N ch001_001.jpg", "N ch001_002.jpg", "N ch002_001.jpg", "N ch010.5_001.jpg"],
        pages_of(("Chapter 1", 1, 2), ("Chapter 2", 3, 3), ("Chapter 10.5", 4, 4)),
        id="names",
    ),
    pytest.param(
        ["Chapter 1 - 1.jpg", "Chapter-2 - 1.jpg"], pages_of(("Chapter 1", 1, 1), ("Chapter 2", 2, 2)), id="words"
    ),
    pytest.param(["N ch001_001.jpg", "N ch001_002.jpg"], (), id="a single chapter"),
    pytest.param(["batch 1.jpg", "batch 2.jpg", "3.jpg"], (), id="no chapters"),
]


@pytest.mark.parametrize(("names", "chapters"), CHAPTERS)
def test_chapters(names: list[str], chapters: tuple[Chapter, ...]) -> None:
    assert read(cbz(pages(*names))).chapters == chapters


def test_bookmarks_are_chapters() -> None:
    marks = (
        '<ComicInfo><Pages><Page Image="2" Bookmark="Two"/><Page Image="0" Bookmark="One"/><Page Image="1"/>'
        '<Page Image="-1" Bookmark="x"/><Page Image="99" Bookmark="x"/><Page Image="x" Bookmark="x"/></Pages>'
        "</ComicInfo>"
    )
    files = pages("a/1.jpg", "b/2.jpg", "c/3.jpg") | {"ComicInfo.xml": marks.encode()}

    assert read(cbz(files)).chapters == pages_of(("One", 1, 2), ("Two", 3, 3))


INFO_AND_PAGES = pages("a/1.jpg", "a/2.jpg", "b/1.jpg") | {"ComicInfo.xml": comic_info(Title="T")}
OTHER_ARCHIVES = [
    pytest.param(cbr(INFO_AND_PAGES), "cbr", id="RAR 3"),
    pytest.param(cbr5(INFO_AND_PAGES), "cbr", id="RAR 5"),
    pytest.param(cbt(INFO_AND_PAGES), "cbt", id="TAR"),
    pytest.param(cbt(INFO_AND_PAGES, tarfile.GNU_FORMAT), "cbt", id="GNU TAR"),
    pytest.param(cbt(INFO_AND_PAGES)[:4096], "cbt", id="TAR without its end"),
]


@pytest.mark.parametrize(("archive", "name"), OTHER_ARCHIVES)
def test_other_archives_are_read_likewise(archive: bytes, name: str) -> None:
    said = read(archive)

    assert (said.format, said.told, said.pages) == (name, Told(title="T"), 3)
    assert said.chapters == pages_of(("a", 1, 2), ("b", 3, 3))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_in_a_tar_are_read(form: int) -> None:
    folder = "a-folder-with-a-rather-long-name-" * 3
    names = [f"{folder}/1/Größe-{'x' * 60}.jpg", f"{folder}/2/b.jpg"]

    assert read(cbt(pages(*names), form)).chapters == pages_of(("1", 1, 1), ("2", 2, 2))


def test_of_a_packed_rar_without_a_program_for_it_the_pages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import rarfile

    monkeypatch.setattr(rarfile, "CURRENT_SETUP", None)
    monkeypatch.setenv("PATH", "/nowhere")
    said = read(cbr(INFO_AND_PAGES, method=0x33))

    assert said.pages == 3
    assert said.details == {
        "note": "ComicInfo.xml is not read: it is packed, and no program that unpacks RAR is installed here"
    }


def test_a_rar_that_is_packed_in_one_piece_is_not_unpacked() -> None:
    said = read(cbr(INFO_AND_PAGES, method=0x33, archive_flags=8))

    assert said.pages == 3
    assert said.details == {"note": "ComicInfo.xml is not read: it is packed in one piece with the pictures"}


def test_of_an_encrypted_rar_the_pages_are_told() -> None:
    said = read(cbr(INFO_AND_PAGES, flags=4))

    assert said.pages == 3
    assert said.details == {
        "note": "ComicInfo.xml is not read: it is encrypted: its contents need a password",
        "encrypted": True,
    }


def test_of_seven_zip_no_more_is_known_than_that_it_is_one() -> None:
    assert read(b"7z\xbc\xaf\x27\x1c" + bytes(100)) == BookFileSaid(
        "cb7", BookKind.COMIC, details={"note": "7-Zip archives are not looked into"}
    )


DAMAGED = [
    pytest.param(cbz({"a.txt": b"text"}), "there are no pictures in it", id="no pictures"),
    pytest.param(b"", "no ZIP archive", id="empty"),
    pytest.param(
        cbz(ONE_PAGE)[:-30], "it ends too early: the directory at the end of the archive is missing", id="ZIP"
    ),
    pytest.param(cbr_with_hidden_names(), "it is encrypted: even the names in it need a password", id="hidden names"),
    pytest.param(cbr(ONE_PAGE)[:-12], "it ends too early", id="RAR"),
    pytest.param(cbt(ONE_PAGE)[:520], "it ends too early", id="TAR"),
    pytest.param(cbt(ONE_PAGE).replace(b"page1", b"page2"), "no TAR archive", id="checksum of TAR"),
]


@pytest.mark.parametrize(("archive", "reason"), DAMAGED)
def test_what_is_damaged_says_why(archive: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        read(archive)
    assert str(caught.value) == reason


def test_the_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    for content, name in ((cbz(ONE_PAGE), "cbz"), (cbr(ONE_PAGE), "cbr"), (cbt(ONE_PAGE), "cbt")):
        for suffix in (".cbz", ".cbr", ".cbt", ".cb7", ".epub"):
            path = tmp_path / f"comic{suffix}"
            path.write_bytes(content)
            said = parse(bytes(path))
            assert isinstance(said, BookFileSaid)
            assert (said.format, said.pages) == (name, 1)


def test_no_picture_is_read_of_ten_thousand() -> None:
    files = {f"Chapter {number // 500}/{number}.jpg": PICTURE * 20 for number in range(10_000)}
    file = Counted(cbz(files | {"ComicInfo.xml": comic_info(Title="T")}, method=0))

    said = read_comic(file)

    assert (said.pages, len(said.chapters)) == (10_000, 20)
    assert file.reads <= 6
    assert file.bytes_read < len(file.getvalue()) / 4


def test_of_a_tar_only_headers_are_read() -> None:
    file = Counted(cbt(dict.fromkeys((f"{number}.jpg" for number in range(100)), bytes(100_000))))

    assert read_comic(file).pages == 100
    assert file.bytes_read < 100_000


WHOLE = [cbz(INFO_AND_PAGES), cbr(INFO_AND_PAGES), cbr5(INFO_AND_PAGES), cbt(INFO_AND_PAGES)]


def is_survived(archive: bytes) -> bool:
    try:
        return read(archive).kind is BookKind.COMIC
    except Damaged as exc:
        return str(exc).isprintable()


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=4),
    st.lists(st.integers(0, 1 << 20), max_size=2),
)
def test_any_damage_is_survived(whole: bytes, flips: list[tuple[int, int]], cuts: list[int]) -> None:
    assert all(map(is_survived, broken_forms(whole, flips, cuts)))


HEADS = [b"PK\x03\x04", b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c", b""]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HEADS), st.binary())
def test_any_bytes_are_survived(head: bytes, rest: bytes) -> None:
    assert is_survived(head + rest)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.parametrize(
    ("number", "name", "count"),
    [("C001", "cbz", None), ("C006", "cbz", 5), ("C041", "cb7", None), ("C046", "cbz", 1), ("C051", "cbz", 4)],
)
def test_real_comics(number: str, name: str, count: int | None) -> None:
    said = parse(bytes(next((REAL / number).iterdir())))

    assert isinstance(said, BookFileSaid)
    assert (said.format, said.pages) == (name, count)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.parametrize("number", ["C011", "C016"])
def test_real_archives_without_pictures(number: str) -> None:
    said = parse(bytes(next((REAL / number).iterdir())))

    assert said == Unreadable("damaged, or not a CBZ file: there are no pictures in it", "cbz")
