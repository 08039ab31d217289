"""EPUB 2 and 3: what is read of the archive, where it is looked for, and what may be broken without harm."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import epub_files as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.epub import read_epub

UUID = Identifier(IdentifierType.UUID, "6f1b9a3e-26a2-4c1c-9a2e-3f6f5d3f7f10")
JANE = BookContributor(BookRole.AUTHOR, "Jane Doe")
OPF, NAV, NCX = "OEBPS/content.opf", "OEBPS/nav.xhtml", "OEBPS/toc.ncx"
CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"


def said_by(data: bytes) -> BookFileSaid:
    return read_epub(io.BytesIO(data))


def reason_for(data: bytes) -> str:
    with pytest.raises(Damaged) as caught:
        said_by(data)
    return str(caught.value)


@pytest.mark.parametrize("version", [2, 3])
def test_a_book_says_the_same_in_both_versions(version: int) -> None:
    data = made.epub(
        "Small Gods",
        ["Terry Pratchett", "Jane Doe"],
        version=version,
        chapters=["One", "Two & three"],
        series=("Discworld", "13"),
        publisher="Gollancz",
        date="1992-05-01",
        description="<p>A god is a tortoise.</p>",
        subjects=["Fantasy", "Humour"],
    )

    assert said_by(data) == BookFileSaid(
        format="epub",
        kind=BookKind.TEXT,
        told=Told(
            title="Small Gods",
            description="A god is a tortoise.",
            language="en",
            published="1992-05-01",
            publisher="Gollancz",
            contributors=(BookContributor(BookRole.AUTHOR, "Terry Pratchett"), JANE),
            series=(InSeries("Discworld", SeriesNumber(number=13)),),  # type: ignore[arg-type]
            genres=("Fantasy", "Humour"),
            identifiers=(UUID,),
        ),
        has_picture=True,
        chapters=(Chapter("One", 0, href="OEBPS/c1.xhtml"), Chapter("Two & three", 0, href="OEBPS/c2.xhtml")),
        details={"package_version": f"{version}.0"},
    )


def moved(to: str, stated: str | None = None, container: str | None = "") -> bytes:
    """An EPUB whose package document is at `to`, while the container says `stated`."""
    if container == "":
        container = made.CONTAINER.format(path=to if stated is None else stated)
    return made.epub(files={OPF: None, to: made.opf("Moved"), CONTAINER: container})


@pytest.mark.parametrize(
    "data",
    [
        moved("content.opf"),
        moved("a/b/c.opf"),
        moved("A book/the package.opf", "A%20book/the%20package.opf"),
        moved("100%25.opf", "100%25.opf"),
        moved("OEBPS/package.opf", "./OEBPS/package.opf"),
        moved("OEBPS/package.opf", "/OEBPS/package.opf"),
        moved("OEBPS/package.opf", "text/../OEBPS/package.opf"),
        moved("OEBPS/Package.OPF", "oebps/package.opf"),
        moved("OEBPS\\package.opf", "OEBPS/package.opf"),
        moved("OEBPS/Größe.opf"),
        moved("no.xml"),
        moved("OEBPS/package.opf", "gone.opf"),
        moved("OEBPS/package.opf", ""),
        moved("OEBPS/package.opf", container=None),
        moved("OEBPS/package.opf", container="<broken"),
        moved("OEBPS/package.opf", container=" " * 70_000),
        made.epub(files={OPF: None, CONTAINER: None, "__MACOSX/._content.opf": b"\0", "x.opf": made.opf("Moved")}),
        made.zipped({"My book/content.opf": made.opf("Moved")}),
    ],
)
def test_the_package_document_is_where_the_container_says_or_anywhere(data: bytes) -> None:
    assert said_by(data).told.title == "Moved"


def test_the_first_rendition_that_is_there_counts() -> None:
    both = made.CONTAINER.format(path="gone.opf").replace(
        "</rootfiles>", '<rootfile full-path="second.opf"/></rootfiles>'
    )

    assert said_by(made.epub(files={CONTAINER: both, "second.opf": made.opf("Second")})).told.title == "Second"


def test_of_two_files_of_one_name_the_last_counts() -> None:
    data = io.BytesIO(made.epub())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(data, "a") as archive:
        archive.writestr(OPF, made.opf("Last"))

    assert said_by(data.getvalue()).told.title == "Last"


NESTED = (
    '<li><a href="p1.xhtml">Part One</a><ol><li><a href="c1.xhtml">One</a></li>'
    '<li><a href="c1.xhtml#s2">Two</a><ol><li><a href="c1.xhtml#s3">Aside</a></li></ol></li></ol></li>'
    '<li><span>Part Two</span><ol><li><a href="../text/c%202.xhtml#x%20y">Three</a></li></ol></li>'
)
NESTED_POINTS = (
    '<navPoint id="a" playOrder="1"><navLabel><text>Part One</text></navLabel><content src="p1.xhtml"/>'
    '<navPoint><navLabel><text>One</text></navLabel><content src="c1.xhtml"/></navPoint>'
    '<navPoint><navLabel><text>Two</text></navLabel><content src="c1.xhtml#s2"/>'
    '<navPoint><navLabel><text>Aside</text></navLabel><content src="c1.xhtml#s3"/></navPoint></navPoint></navPoint>'
    "<navPoint><navLabel><text>Part Two</text></navLabel>"
    '<navPoint><navLabel><text>Three</text></navLabel><content src="../text/c%202.xhtml#x%20y"/></navPoint></navPoint>'
)
IN_ORDER = (
    Chapter("Part One", 0, href="OEBPS/p1.xhtml"),
    Chapter("One", 1, href="OEBPS/c1.xhtml"),
    Chapter("Two", 1, href="OEBPS/c1.xhtml#s2"),
    Chapter("Aside", 2, href="OEBPS/c1.xhtml#s3"),
    Chapter("Part Two", 0),
    Chapter("Three", 1, href="text/c 2.xhtml#x%20y"),
)


def test_chapters_lie_in_each_other_and_come_in_order() -> None:
    assert said_by(made.epub(files={NAV: made.nav(NESTED)})).chapters == IN_ORDER
    assert said_by(made.epub(version=2, files={NCX: made.ncx(NESTED_POINTS)})).chapters == IN_ORDER


def chapters_of(items: str) -> tuple[Chapter, ...]:
    return said_by(made.epub(files={NAV: made.nav(items)})).chapters


@pytest.mark.parametrize(
    ("items", "chapters"),
    [
        (
            '<li><a href="c1.xhtml">One<br/>\n  The   beginning</a></li>',
            [Chapter("One The beginning", href="OEBPS/c1.xhtml")],
        ),
        ('<li><a href="c1.xhtml"><i>On</i>e&nbsp;&hellip;</a></li>', [Chapter("One …", href="OEBPS/c1.xhtml")]),
        ('<li><a href="c1.xhtml"><img src="1.png" alt="One"/></a></li>', [Chapter("One", href="OEBPS/c1.xhtml")]),
        ('<li><a href="c1.xhtml"/></li>', [Chapter(None, href="OEBPS/c1.xhtml")]),
        ('<li><a href="#s1">One</a></li>', [Chapter("One", href="OEBPS/nav.xhtml#s1")]),
        ('<li><a href="/c1.xhtml">One</a></li>', [Chapter("One", href="c1.xhtml")]),
        ('<li><a href="../../../c1.xhtml">One</a></li>', [Chapter("One", href="c1.xhtml")]),
        ('<li><a href="https://example.org/">One</a></li>', [Chapter("One")]),
        ('<li><p><a href="c1.xhtml">One</a></p></li>', [Chapter("One", href="OEBPS/c1.xhtml")]),
        ('<li><span>1</span> <a href="c1.xhtml">One</a></li>', [Chapter("One", href="OEBPS/c1.xhtml")]),
        ("<li>One</li>", [Chapter("One")]),
        ('<li><ol><li><a href="c1.xhtml">One</a></li></ol></li>', [Chapter("One", 0, href="OEBPS/c1.xhtml")]),
        ("<li> </li>", []),
    ],
)
def test_a_chapter_however_it_is_marked(items: str, chapters: list[Chapter]) -> None:
    assert chapters_of(items) == tuple(chapters)


def one(title: str) -> str:
    return f'<ol><li><a href="c1.xhtml">{title}</a></li></ol>'


LANDMARKS = f'<nav epub:type="landmarks">{one("Cover")}</nav>'
PAGES = f'<nav role="doc-pagelist" epub:type="page-list">{one("1")}{one("2")}</nav>'


@pytest.mark.parametrize(
    ("navs", "titles", "pages"),
    [
        (LANDMARKS + PAGES + f'<nav epub:type="frontmatter toc">{one("One")}</nav>', ["One"], 2),
        (LANDMARKS + f'<nav role="doc-toc">{one("One")}</nav>', ["One"], None),
        (LANDMARKS + f"<section><nav>{one('One')}</nav></section>", ["One"], None),
        (LANDMARKS + PAGES, [], None),
    ],
    ids=["by type", "by role", "plain", "none"],
)
def test_of_several_navs_the_table_of_contents_is_taken(navs: str, titles: list[str], pages: int | None) -> None:
    whole = made.nav("").replace('<nav epub:type="toc"><h1>Contents</h1><ol></ol></nav>', navs)
    said = said_by(made.epub(files={NAV: whole}))

    assert [chapter.title for chapter in said.chapters] == titles
    assert said.details.get("number_of_pages") == pages


def test_pages_of_the_printed_edition_are_counted_in_an_ncx_too() -> None:
    listed = "<pageList>" + '<pageTarget><content src="c1.xhtml#p"/></pageTarget>' * 3 + "</pageList>"

    assert said_by(made.epub(version=2, files={NCX: made.ncx(NESTED_POINTS, listed)})).details == {
        "package_version": "2.0",
        "number_of_pages": 3,
    }


def test_what_the_package_says_of_pages_goes_before_what_is_counted() -> None:
    pages = '<nav epub:type="page-list"><ol><li><a href="c1.xhtml">1</a></li></ol></nav>'
    stated = '<meta property="schema:numberOfPages">312</meta>'
    said = said_by(made.epub(metadata=stated, files={NAV: made.nav(NESTED, pages)}))

    assert said.details["number_of_pages"] == 312


WITH_NCX = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'


@pytest.mark.parametrize(
    "broken", ["<html", made.nav(""), "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", None, b"\0" * 9_000_000]
)
def test_without_a_navigation_document_that_can_be_read_there_is_the_ncx(broken: str | bytes | None) -> None:
    data = made.epub(manifest=WITH_NCX, files={NAV: broken, NCX: made.ncx(NESTED_POINTS)})

    assert said_by(data).chapters == IN_ORDER


def test_an_ncx_that_the_spine_does_not_name_is_found_by_its_kind() -> None:
    document = made.opf(version=2).replace('toc="ncx"', "")
    data = made.epub(version=2, files={OPF: document, NCX: made.ncx(NESTED_POINTS)})

    assert said_by(data).chapters == IN_ORDER


@pytest.mark.parametrize("broken", ["<ncx", "", "<ncx/>", "<ncx><navMap/></ncx>", None])
def test_a_book_without_a_table_of_contents_is_a_book(broken: str | None) -> None:
    said = said_by(made.epub(version=2, files={NCX: broken}))

    assert (said.told.title, said.chapters) == ("Title", ())


def test_chapters_without_end_or_bottom_are_bounded() -> None:
    many = '<li><a href="c1.xhtml">One</a></li>' * (MOST_CHAPTERS + 10)
    assert len(chapters_of(many)) == MOST_CHAPTERS

    deep = '<li><a href="c1.xhtml">One</a><ol>' * 5000 + "</ol></li>" * 5000
    assert [chapter.level for chapter in chapters_of(deep)] == [*range(15), *([15] * 4985)]


COVER = '<item id="{id}" href="front.jpg" media-type="image/jpeg"{more}/>'


@pytest.mark.parametrize(
    ("metadata", "manifest", "has_picture"),
    [
        ('<meta name="cover" content="x1"/>', COVER.format(id="x1", more=""), True),
        ('<meta name="cover" content="front.jpg"/>', COVER.format(id="x1", more=""), True),
        ("", COVER.format(id="x1", more=' properties="svg Cover-Image"'), True),
        ("", COVER.format(id="Cover-Image", more=""), True),
        ("", COVER.format(id="x1", more=""), False),
        ('<meta name="cover" content="x2"/>', COVER.format(id="x1", more=""), False),
        ('<meta name="cover" content="x1"/>', COVER.format(id="x1", more="").replace("front", "gone"), False),
        ('<meta name="cover" content="x1"/>', COVER.format(id="x1", more="").replace("image/jpeg", "text/html"), False),
    ],
)
def test_a_cover_counts_where_it_is_named_and_there(metadata: str, manifest: str, has_picture: bool) -> None:
    data = made.epub(has_cover=False, metadata=metadata, manifest=manifest, files={"OEBPS/front.jpg": made.JPEG})

    assert said_by(data).has_picture is has_picture


def encrypted(*methods: str) -> str:
    data = "".join(
        f'<enc:EncryptedData><enc:EncryptionMethod Algorithm="{method}"/><enc:CipherData><enc:CipherReference'
        ' URI="OEBPS/c1.xhtml"/></enc:CipherData></enc:EncryptedData>'
        for method in methods
    )
    return (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"'
        f' xmlns:enc="http://www.w3.org/2001/04/xmlenc#">{data}</encryption>'
    )


@pytest.mark.parametrize(
    ("encryption", "drm"),
    [
        (encrypted("http://www.w3.org/2001/04/xmlenc#aes128-cbc"), True),
        (encrypted("http://www.idpf.org/2008/embedding", "http://www.w3.org/2001/04/xmlenc#aes256-cbc"), True),
        (encrypted("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"), None),
        (encrypted(), None),
        ("<broken", None),
        (None, None),
    ],
)
def test_a_protected_book_tells_who_it_is_and_that_it_is_protected(encryption: str | None, drm: bool | None) -> None:
    said = said_by(made.epub(files={ENCRYPTION: encryption}))

    assert (said.told.title, said.told.contributors) == ("Title", (JANE,))
    assert said.details.get("drm") is drm


def with_password(data: bytes, name: str) -> bytes:
    """The archive with that entry marked as encrypted, which needs nothing but the flag to be so."""
    raw = bytearray(data)
    at = -1
    while (at := raw.find(b"PK\x01\x02", at + 1)) >= 0:
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46 : at + 46 + length] == name.encode():
            raw[at + 8] |= 1
    return bytes(raw)


BOMB = made.opf("x" * (5 << 20))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no ZIP archive"),
        (b"%PDF-1.7 and so on", "no ZIP archive"),
        (made.epub()[:-100], "it ends too early: the directory at the end of the archive is missing"),
        (made.epub()[:500], "it ends too early: the directory at the end of the archive is missing"),
        (made.zipped({"mimetype": "application/epub+zip"}), "there is no package document (.opf) in it"),
        (made.zipped({}), "there is no package document (.opf) in it"),
        (with_password(made.epub(), OPF), "it is encrypted: its contents need a password"),
        (made.epub(files={OPF: "<package"}), "its XML is broken: unclosed token at line 1, column 0"),
        (made.epub(files={OPF: "<html/>"}), "its package document (.opf) is another kind of XML"),
        (made.epub(files={OPF: BOMB}), f"'OEBPS/content.opf' in it is too large ({len(BOMB)} bytes; 4194304 are read)"),
    ],
    ids=["empty", "PDF", "cut off", "half", "no package", "no files", "password", "broken", "a web page", "bomb"],
)
def test_what_cannot_be_read_is_told(data: bytes, reason: str) -> None:
    assert reason_for(data) == reason


def test_an_entry_that_lies_about_its_size_is_cut_at_the_limit() -> None:
    data = bytearray(made.epub(files={OPF: BOMB}))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = -1
        while (start := data.find(signature, start + 1)) >= 0:
            if struct.unpack_from("<L", data, start + at)[0] == len(BOMB):
                struct.pack_into("<L", data, start + at, 1000)

    assert reason_for(bytes(data)) == "'OEBPS/content.opf' in it unpacks to more than it says: a trap, or damaged"


def test_a_password_on_the_chapters_alone_does_no_harm() -> None:
    said = said_by(with_password(with_password(made.epub(), "OEBPS/c1.xhtml"), NAV))

    assert (said.told.title, said.chapters) == ("Title", ())


class Counted(io.BytesIO):
    """Counts the bytes that are read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_of_a_large_book_only_the_ends_that_matter_are_read() -> None:
    pictures = {f"OEBPS/{number}.jpg": random.Random(number).randbytes(100_000) for number in range(30)}
    file = Counted(made.epub(files=pictures))

    assert read_epub(file).told.title == "Title"
    assert file.taken < 200_000 < len(file.getvalue())


SMALL = made.epub(version=2, metadata="<dc:subject>Fantasy</dc:subject>")


def is_answered(data: bytes) -> bool:
    try:
        return isinstance(said_by(data), BookFileSaid)
    except Damaged as exc:
        return str(exc).isprintable() and len(str(exc)) < 240


@pytest.mark.parametrize("sixteenths", range(16))
def test_a_file_cut_off_is_refused(sixteenths: int) -> None:
    assert reason_for(SMALL[: len(SMALL) * sixteenths // 16])


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 7)), min_size=1, max_size=8))
def test_flipped_bits_are_answered(flips: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, bit in flips:
        data[at] ^= 1 << bit

    assert is_answered(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([OPF, NCX, CONTAINER, ENCRYPTION]), st.binary(max_size=200), st.integers(0, 400))
def test_noise_in_a_file_of_the_archive_is_answered(name: str, noise: bytes, kept: int) -> None:
    files = {OPF: made.opf(version=2), NCX: made.ncx(NESTED_POINTS), CONTAINER: made.CONTAINER.format(path=OPF)}
    whole = files.get(name, encrypted("x")).encode()

    assert is_answered(made.epub(version=2, files={name: whole[:kept] + noise + whole[kept:]}))


REAL = Path(__file__).parents[4] / "shared" / "data" / "media"


def real_epubs() -> list[Any]:
    return list(_real_epubs()) if REAL.is_dir() else []


def _real_epubs() -> Iterator[Any]:
    for row in (REAL / "MANIFEST.tsv").read_text(encoding="utf-8").splitlines():
        number, _, format_, name, expected, _ = row.split("\t")
        if "epub" in format_:
            yield pytest.param(REAL / number / name, json.loads(expected), id=number)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.parametrize(("path", "expected"), real_epubs())
def test_a_real_file_says_what_other_readers_found(path: Path, expected: dict[str, Any]) -> None:
    with path.open("rb") as file:
        said = read_epub(file)
    told = said.told

    assert told.title == expected["titles"][0]
    assert [told.subtitle] == (expected["titles"][1:] or [None])
    assert [one.name for one in told.contributors] == [name for name, _ in expected["creators"] if name != "Unknown"]
    assert [told.language] == (expected["languages"] or [None])
    assert told.publisher == expected.get("publisher")
    assert [one.name for one in told.series] == expected.get("collections", [])
    assert said.details["package_version"] == expected["version"]
    assert said.chapters or expected["version"] == "2.0"
