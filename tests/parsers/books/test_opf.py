"""What a package document says: each rule in a table, the values written out in full."""

from __future__ import annotations

import io
from decimal import Decimal

import epub_files as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.book import (
    LONGEST_DESCRIPTION,
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Identifier,
    IdentifierType,
    InSeries,
    SeriesNumber,
    Told,
)
from scannerd.model.media import LONGEST_VALUE
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.opf import LARGEST_OPF, MOST_VALUES, read_opf


def said_by(document: str | bytes) -> BookFileSaid:
    return read_opf(io.BytesIO(document.encode() if isinstance(document, str) else document))


def told_by(metadata: str, version: int = 3) -> Told:
    """What these lines alone say."""
    document = made.opf(None, (), language=None, identifiers=(), version=version, metadata=metadata)
    return said_by(document).told


def is_answered(document: bytes) -> bool:
    try:
        return isinstance(said_by(document), BookFileSaid)
    except Damaged as exc:
        return str(exc).isprintable()


def author(name: str, sort_name: str | None = None) -> BookContributor:
    return BookContributor(BookRole.AUTHOR, name, sort_name)


def place(name: str, number: str | None = None, end: str | None = None) -> InSeries:
    if number is None:
        return InSeries(name)
    return InSeries(name, SeriesNumber(Decimal(number), Decimal(end) if end else None))


METADATA_OPF = """<?xml version='1.0' encoding='utf-8'?>
<package xmlns="http://www.idpf.org/2007/opf" unique-identifier="uuid_id" version="2.0">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">
    <dc:identifier opf:scheme="calibre" id="calibre_id">42</dc:identifier>
    <dc:identifier opf:scheme="uuid" id="uuid_id">6F1B9A3E-26A2-4C1C-9A2E-3F6F5D3F7F10</dc:identifier>
    <dc:title>The Lathe of Heaven</dc:title>
    <dc:creator opf:file-as="Le Guin, Ursula K." opf:role="aut">Ursula K. Le Guin</dc:creator>
    <dc:contributor opf:file-as="calibre" opf:role="bkp">calibre (6.11.0) [https://calibre-ebook.com]</dc:contributor>
    <dc:date>1971-10-31T22:00:00+00:00</dc:date>
    <dc:description>&lt;p&gt;George Orr dreams.&lt;/p&gt;&lt;p&gt;It comes true.&lt;/p&gt;</dc:description>
    <dc:publisher>Scribner</dc:publisher>
    <dc:identifier opf:scheme="ISBN">978-1-4165-5696-1</dc:identifier>
    <dc:identifier opf:scheme="MOBI-ASIN">B000FC1PWA</dc:identifier>
    <dc:language>eng</dc:language>
    <dc:subject>Science Fiction</dc:subject>
    <dc:subject>Dreams</dc:subject>
    <meta name="calibre:author_link_map" content="{&quot;Ursula K. Le Guin&quot;: &quot;&quot;}"/>
    <meta name="calibre:series" content="SF Masterworks"/>
    <meta name="calibre:series_index" content="44.0"/>
    <meta name="calibre:rating" content="8.0"/>
    <meta name="calibre:timestamp" content="2023-01-28T12:14:40+00:00"/>
    <meta name="calibre:title_sort" content="Lathe of Heaven, The"/>
  </metadata>
  <guide><reference type="cover" title="Cover" href="cover.jpg"/></guide>
</package>
"""


def test_a_sidecar_of_calibre_says_all_this() -> None:
    assert said_by(METADATA_OPF) == BookFileSaid(
        format="opf",
        kind=BookKind.SIDECAR,
        told=Told(
            title="The Lathe of Heaven",
            sort_title="Lathe of Heaven, The",
            description="George Orr dreams.\n\nIt comes true.",
            language="en",
            published="1971-10-31",
            publisher="Scribner",
            contributors=(author("Ursula K. Le Guin", "Le Guin, Ursula K."),),
            series=(place("SF Masterworks", "44.0"),),
            genres=("Science Fiction", "Dreams"),
            identifiers=(
                Identifier(IdentifierType.UUID, "6f1b9a3e-26a2-4c1c-9a2e-3f6f5d3f7f10"),
                Identifier(IdentifierType.ISBN_13, "9781416556961"),
                Identifier(IdentifierType.ASIN, "B000FC1PWA"),
            ),
        ),
        details={"rating": 8.0, "package_version": "2.0"},
    )


@pytest.mark.parametrize(
    ("metadata", "title", "subtitle"),
    [
        ("<dc:title>Dune</dc:title>", "Dune", None),
        ("<dc:title>\n  Dune\n  Messiah </dc:title>", "Dune Messiah", None),
        ("<dc:title> </dc:title><dc:title>Dune</dc:title>", "Dune", None),
        ("<dc:title>Dune</dc:title><dc:title>Dune, English Edition</dc:title>", "Dune", None),
        ('<dc:title>Dune</dc:title><dc:title id="subtitle">A Novel</dc:title>', "Dune", "A Novel"),
        ('<dc:title id="subtitle">A Novel</dc:title><dc:title>Dune</dc:title>', "Dune", "A Novel"),
        ('<dc:title>Dune!</dc:title><dc:title id="title-main">Dune</dc:title>', "Dune", None),
        (
            (
                '<dc:title id="b">A Novel</dc:title><meta refines="#b" property="title-type">subtitle</meta>'
                '<dc:title id="a">Dune</dc:title><meta refines="#a" property="title-type">main</meta>'
            ),
            "Dune",
            "A Novel",
        ),
        (
            (
                '<dc:title id="s">Dune</dc:title><meta refines="#s" property="title-type">short</meta>'
                "<dc:title>Dune, or the Desert</dc:title>"
            ),
            "Dune, or the Desert",
            None,
        ),
        (
            '<dc:title id="e">Fifth</dc:title><meta refines="#e" property="title-type">edition</meta>',
            "Fifth",
            None,
        ),
        ("<dc:title><b>Du</b>ne</dc:title>", "Dune", None),
        ("", None, None),
    ],
)
def test_the_main_title_is_the_title(metadata: str, title: str | None, subtitle: str | None) -> None:
    told = told_by(metadata)

    assert (told.title, told.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    ("metadata", "sort_title"),
    [
        ('<dc:title>The Road</dc:title><meta name="calibre:title_sort" content="Road, The"/>', "Road, The"),
        ('<dc:title id="t">The Road</dc:title><meta refines="#t" property="file-as">Road, The</meta>', "Road, The"),
        ('<dc:title opf:file-as="Road, The">The Road</dc:title>', "Road, The"),
        ("<dc:title>The Road</dc:title>", None),
    ],
)
def test_a_title_is_sorted_as_stated(metadata: str, sort_title: str | None) -> None:
    assert told_by(metadata).sort_title == sort_title


@pytest.mark.parametrize(
    ("metadata", "contributors"),
    [
        ("<dc:creator>Ursula Vernon</dc:creator>", (author("Ursula Vernon"),)),
        (
            "<dc:creator>Terry Pratchett</dc:creator><dc:creator>Neil Gaiman</dc:creator>",
            (author("Terry Pratchett"), author("Neil Gaiman")),
        ),
        ("<dc:creator>Terry Pratchett; Neil Gaiman</dc:creator>", (author("Terry Pratchett"), author("Neil Gaiman"))),
        (
            '<dc:creator opf:role="aut" opf:file-as="Mann, Thomas">Thomas Mann</dc:creator>',
            (author("Thomas Mann", "Mann, Thomas"),),
        ),
        (
            (
                '<dc:creator id="c">Thomas Mann</dc:creator><meta refines="#c" property="role">aut</meta>'
                '<meta refines="#c" property="file-as">Mann, Thomas</meta>'
            ),
            (author("Thomas Mann", "Mann, Thomas"),),
        ),
        ('<dc:creator opf:file-as="Thomas Mann">Thomas Mann</dc:creator>', (author("Thomas Mann"),)),
        (
            (
                '<dc:creator opf:file-as="Gaiman, Neil &amp; Pratchett, Terry">Neil Gaiman</dc:creator>'
                '<dc:creator opf:file-as="Gaiman, Neil &amp; Pratchett, Terry">Terry Pratchett</dc:creator>'
            ),
            (author("Neil Gaiman"), author("Terry Pratchett")),
        ),
        (
            '<dc:creator opf:file-as="Gaiman, Neil">Neil Gaiman; Terry Pratchett</dc:creator>',
            (author("Neil Gaiman"), author("Terry Pratchett")),
        ),
        ("<dc:creator>Thomas Mann</dc:creator><dc:creator>THOMAS MANN</dc:creator>", (author("Thomas Mann"),)),
        (
            '<dc:contributor opf:role="bkp">calibre (5.0)</dc:contributor><dc:contributor>Max Brod</dc:contributor>',
            (BookContributor(BookRole.CONTRIBUTOR, "Max Brod"),),
        ),
        (
            (
                '<dc:contributor id="n">Joe Speaker</dc:contributor>'
                '<meta refines="#n" property="role" scheme="marc:relators">http://id.loc.gov/vocabulary/relators/nrt</meta>'
            ),
            (BookContributor(BookRole.NARRATOR, "Joe Speaker"),),
        ),
        (
            (
                '<dc:creator id="c">Shaun Tan</dc:creator><meta refines="#c" property="role">aut</meta>'
                '<meta refines="#c" property="role">ill</meta>'
            ),
            (author("Shaun Tan"), BookContributor(BookRole.ILLUSTRATOR, "Shaun Tan")),
        ),
        ('<meta property="media:narrator">Joe Speaker</meta>', (BookContributor(BookRole.NARRATOR, "Joe Speaker"),)),
        (
            """<meta name="calibre:user_metadata:#narrators" content='{"#value#": ["Joe Speaker", "Jo Voice"]}'/>""",
            (BookContributor(BookRole.NARRATOR, "Joe Speaker"), BookContributor(BookRole.NARRATOR, "Jo Voice")),
        ),
        (
            """<meta property="calibre:user_metadata">{"#narrators": {"#value#": "Joe Speaker"}}</meta>""",
            (BookContributor(BookRole.NARRATOR, "Joe Speaker"),),
        ),
        ("""<meta name="calibre:user_metadata:#narrators" content='{"#value#": [1, null]}'/>""", ()),
        ("""<meta name="calibre:user_metadata:#narrators" content='["Joe"'/>""", ()),
        (
            '<dc:creator opf:role="aut">Jane Doe; Max Brod (Translator)</dc:creator>',
            (author("Jane Doe"), BookContributor(BookRole.TRANSLATOR, "Max Brod")),
        ),
        ("<dc:creator> ; </dc:creator><dc:creator/>", ()),
        ('<dc:creator opf:role="aut" opf:file-as="Unknown">Unknown</dc:creator>', ()),
    ],
)
def test_who_took_part_and_how_they_are_sorted(metadata: str, contributors: tuple[BookContributor, ...]) -> None:
    assert told_by(metadata).contributors == contributors


@pytest.mark.parametrize(
    ("stated", "of_creator", "of_contributor"),
    [
        ("", BookRole.AUTHOR, BookRole.CONTRIBUTOR),
        ("aut", BookRole.AUTHOR, BookRole.AUTHOR),
        ("AUT ", BookRole.AUTHOR, BookRole.AUTHOR),
        ("Author", BookRole.AUTHOR, BookRole.AUTHOR),
        ("marc:trl", BookRole.TRANSLATOR, BookRole.TRANSLATOR),
        ("nrt", BookRole.NARRATOR, BookRole.NARRATOR),
        ("edt", BookRole.EDITOR, BookRole.EDITOR),
        ("com", BookRole.EDITOR, BookRole.EDITOR),
        ("ill", BookRole.ILLUSTRATOR, BookRole.ILLUSTRATOR),
        ("art", BookRole.ILLUSTRATOR, BookRole.ILLUSTRATOR),
        ("clr", BookRole.COLORIST, BookRole.COLORIST),
        ("cov", BookRole.COVER_ARTIST, BookRole.COVER_ARTIST),
        ("pht", BookRole.PHOTOGRAPHER, BookRole.PHOTOGRAPHER),
        ("cmp", BookRole.COMPOSER, BookRole.COMPOSER),
        ("aui", BookRole.INTRODUCTION, BookRole.INTRODUCTION),
        ("win", BookRole.INTRODUCTION, BookRole.INTRODUCTION),
        ("aft", BookRole.AFTERWORD, BookRole.AFTERWORD),
        ("ctb", BookRole.CONTRIBUTOR, BookRole.CONTRIBUTOR),
        ("xyz", BookRole.AUTHOR, BookRole.CONTRIBUTOR),
        ("bkp", None, None),
        ("pbl", None, None),
    ],
)
def test_a_role_is_what_the_relator_says(
    stated: str, of_creator: BookRole | None, of_contributor: BookRole | None
) -> None:
    for element, role in (("creator", of_creator), ("contributor", of_contributor)):
        expected = (BookContributor(role, "Jane Doe"),) if role else ()
        by_attribute = f'<dc:{element} opf:role="{stated}">Jane Doe</dc:{element}>'
        refined = f'<dc:{element} id="x">Jane Doe</dc:{element}><meta refines="#x" property="role">{stated}</meta>'

        assert told_by(by_attribute, 2).contributors == expected
        assert told_by(refined).contributors == expected


COLLECTION = '<meta property="belongs-to-collection" id="c">Discworld</meta>'
AS_SERIES = '<meta refines="#c" property="collection-type">series</meta>'
FIFTH = '<meta refines="#c" property="group-position">5</meta>'
OF_CALIBRE = '<meta name="calibre:series" content="Rincewind"/>'
THIRD = '<meta name="calibre:series_index" content="3.0"/>'


@pytest.mark.parametrize(
    ("metadata", "series"),
    [
        (OF_CALIBRE + THIRD, (place("Rincewind", "3.0"),)),
        (THIRD + OF_CALIBRE, (place("Rincewind", "3.0"),)),
        (OF_CALIBRE, (place("Rincewind"),)),
        (THIRD, ()),
        (
            OF_CALIBRE + THIRD + OF_CALIBRE.replace("Rincewind", "Discworld") + THIRD.replace("3", "5"),
            (place("Rincewind", "3.0"), place("Discworld", "5.0")),
        ),
        (OF_CALIBRE + OF_CALIBRE.replace("Rincewind", "Discworld") + THIRD, (place("Rincewind"), place("Discworld"))),
        (OF_CALIBRE + OF_CALIBRE.upper().replace("META", "meta"), (place("Rincewind"),)),
        (COLLECTION + AS_SERIES + FIFTH, (place("Discworld", "5"),)),
        (COLLECTION + FIFTH, (place("Discworld", "5"),)),
        (COLLECTION + AS_SERIES, (place("Discworld"),)),
        (COLLECTION + AS_SERIES.replace("series", "set") + FIFTH, ()),
        (COLLECTION + AS_SERIES + FIFTH.replace("5", "1-3"), (place("Discworld", "1", "3"),)),
        (COLLECTION + FIFTH.replace("5", "last"), (InSeries("Discworld", None, "last"),)),
        (COLLECTION + '<meta property="belongs-to-collection" refines="#c">Everything</meta>', (place("Discworld"),)),
        (COLLECTION + AS_SERIES + FIFTH + OF_CALIBRE + THIRD, (place("Rincewind", "3.0"),)),
        (
            '<meta property="calibre:series">Rincewind</meta><meta property="calibre:series_index">3</meta>',
            (place("Rincewind", "3"),),
        ),
        (
            '<dc:title>Sourcery</dc:title><dc:title id="c">Discworld</dc:title>'
            '<meta refines="#c" property="title-type">collection</meta>' + FIFTH,
            (place("Discworld", "5"),),
        ),
        (COLLECTION.replace("Discworld", " "), ()),
        (COLLECTION + FIFTH + OF_CALIBRE.replace("Rincewind", " ") + THIRD, (place("Discworld", "5"),)),
    ],
)
def test_a_series_is_calibres_or_a_collection(metadata: str, series: tuple[InSeries, ...]) -> None:
    assert told_by(metadata).series == series


@pytest.mark.parametrize(
    ("metadata", "published"),
    [
        ("<dc:date>2001-02-03</dc:date>", "2001-02-03"),
        ("<dc:date>2001</dc:date>", "2001"),
        ("<dc:date>2001-02-03T04:05:06+00:00</dc:date>", "2001-02-03"),
        (
            '<dc:date opf:event="modification">2020-01-01</dc:date><dc:date opf:event="publication">2001</dc:date>',
            "2001",
        ),
        ('<dc:date opf:event="creation">1999</dc:date><dc:date>2001</dc:date>', "2001"),
        ("<dc:date>2003</dc:date><dc:date>2001</dc:date>", "2003"),
        ('<dc:date opf:event="modification">2020-01-01</dc:date>', None),
        ('<dc:date opf:event="conversion">2020-01-01</dc:date>', None),
        ('<meta property="dcterms:modified">2020-01-01T00:00:00Z</meta>', None),
        ('<meta property="dcterms:issued">2001-02</meta>', "2001-02"),
        ("<dc:date>0101-01-01T00:00:00+00:00</dc:date>", None),
        ("<dc:date>soon</dc:date><dc:date>2001</dc:date>", "2001"),
    ],
)
def test_the_day_of_publication_counts_and_never_that_of_a_change(metadata: str, published: str | None) -> None:
    assert told_by(metadata, 2).published == published


@pytest.mark.parametrize(
    ("metadata", "publisher", "house"),
    [
        ("<dc:publisher>Macmillan</dc:publisher>", "Macmillan", None),
        ('<dc:publisher>Macmillan</dc:publisher><meta property="ibooks:imprint">Tor</meta>', "Tor", "Macmillan"),
        ('<meta property="ibooks:imprint">Tor</meta>', "Tor", None),
        ('<dc:publisher>Tor</dc:publisher><meta property="ibooks:imprint">Tor</meta>', "Tor", None),
        ("<dc:publisher>Simon & Schuster</dc:publisher>", "Simon & Schuster", None),
    ],
)
def test_an_imprint_is_the_publisher_and_its_house_is_kept(metadata: str, publisher: str, house: str | None) -> None:
    said = said_by(made.opf(metadata=metadata))

    assert said.told.publisher == publisher
    assert said.details.get("publishing_house") == house


def test_subjects_are_genres_and_what_a_reader_set_are_tags() -> None:
    told = told_by(
        "<dc:subject>Fantasy</dc:subject><dc:subject>FANTASY; Magic, Black</dc:subject><dc:subject> </dc:subject>"
        '<meta name="calibre:tags" content="to read, lent"/><dc:tag>lent; signed</dc:tag>'
    )

    assert told.genres == ("Fantasy", "Magic, Black")
    assert told.tags == ("to read", "lent", "signed")


@pytest.mark.parametrize(
    ("metadata", "description"),
    [
        ("<dc:description>One &amp; two</dc:description>", "One & two"),
        ("<dc:description>&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;</dc:description>", "One\n\ntwo"),
        ("<dc:description><![CDATA[<b>One</b> two]]></dc:description>", "One two"),
        ('<dc:description><p xmlns="x">One</p> <p xmlns="x"><i>two</i></p></dc:description>', "One\ntwo"),
        ("<dc:description> </dc:description><dc:description>Two</dc:description>", "Two"),
        ("<dc:description/>", None),
    ],
)
def test_a_description_is_plain_text(metadata: str, description: str | None) -> None:
    assert told_by(metadata).description == description


@pytest.mark.parametrize(
    ("metadata", "identifiers"),
    [
        ("<dc:identifier>urn:isbn:9781416556961</dc:identifier>", [(IdentifierType.ISBN_13, "9781416556961")]),
        ('<dc:identifier opf:scheme="ISBN">1416556966</dc:identifier>', [(IdentifierType.ISBN_10, "1416556966")]),
        ('<dc:identifier opf:scheme="ISBN">9781416556962</dc:identifier>', []),
        (
            (
                '<dc:identifier id="i">9781416556961</dc:identifier>'
                '<meta refines="#i" property="identifier-type" scheme="onix:codelist5">15</meta>'
            ),
            [(IdentifierType.ISBN_13, "9781416556961")],
        ),
        (
            f"<dc:identifier>{made.UUID}</dc:identifier><dc:identifier>{made.UUID.upper()}</dc:identifier>",
            [(IdentifierType.UUID, made.UUID.removeprefix("urn:uuid:"))],
        ),
        ('<dc:identifier opf:scheme="AMAZON">B000FC1PWA</dc:identifier>', [(IdentifierType.ASIN, "B000FC1PWA")]),
        ("<dc:identifier> </dc:identifier>", []),
    ],
)
def test_identifiers_are_typed_and_checked(metadata: str, identifiers: list[tuple[IdentifierType, str]]) -> None:
    assert told_by(metadata, 2).identifiers == tuple(Identifier(*one) for one in identifiers)


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ("<dc:language>eng</dc:language>", "en"),
        ("<dc:language>pt_BR</dc:language>", "pt-BR"),
        ("<dc:language>und</dc:language><dc:language>de</dc:language>", "de"),
        ("<dc:language/>", None),
    ],
)
def test_the_first_language_that_is_one_counts(metadata: str, language: str | None) -> None:
    assert told_by(metadata).language == language


def test_what_else_is_worth_keeping() -> None:
    said = said_by(
        made.opf(
            metadata="<dc:source>https://example.org/source</dc:source><dc:relation>a book</dc:relation>"
            "<dc:relation>https://example.org/book</dc:relation><dc:rights>https://example.org/rights</dc:rights>"
            '<dc:title id="e">Third</dc:title><meta refines="#e" property="title-type">edition</meta>'
            '<meta property="rendition:layout">pre-paginated</meta><meta property="schema:numberOfPages">312</meta>'
            '<meta name="calibre:rating" content="nan"/>'
        ).replace("<spine", '<spine page-progression-direction="rtl"')
    )

    assert said.details == {
        "url": "https://example.org/book",
        "edition": "Third",
        "layout": "pre-paginated",
        "number_of_pages": 312,
        "reading_direction": "rtl",
        "package_version": "3.0",
    }


PLAIN = Told(title="Title", language="en", contributors=(author("Jane Doe", "Doe, Jane"),))


@pytest.mark.parametrize(
    "document",
    [
        (
            '<ns0:package xmlns:ns0="http://www.idpf.org/2007/opf" xmlns:ns1="http://purl.org/dc/elements/1.1/">'
            "<ns0:metadata><ns1:title>Title</ns1:title>"
            '<ns1:creator ns0:role="aut" ns0:file-as="Doe, Jane">Jane Doe</ns1:creator>'
            "<ns1:language>en</ns1:language></ns0:metadata></ns0:package>"
        ),
        (
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            '<dc:title>Title</dc:title><dc:creator opf:role="aut" opf:file-as="Doe, Jane">Jane Doe</dc:creator>'
            "<dc:language>en</dc:language></metadata></package>"
        ),
        (
            "<package><metadata><dc:title>Title</dc:title>"
            '<dc:creator role="aut" file-as="Doe, Jane">Jane Doe</dc:creator>'
            "<dc:language>en</dc:language></metadata></package>"
        ),
        (
            '<package><metadata><title>Title</title><creator role="aut" file-as="Doe, Jane">Jane Doe</creator>'
            "<language>en</language></metadata></package>"
        ),
        (
            '<?xml version="1.0"?><!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN"'
            ' "http://openebook.org/dtds/oeb-1.2/oebpkg12.dtd"><package><metadata>'
            '<dc-metadata xmlns:dc="http://purl.org/dc/elements/1.0/"><dc:Title>Title</dc:Title>'
            '<dc:Creator role="aut" file-as="Doe, Jane">Jane Doe</dc:Creator><dc:Language>en</dc:Language>'
            "</dc-metadata><x-metadata/></metadata></package>"
        ),
        (
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Title</dc:title>'
            '<dc:creator file-as="Doe, Jane">Jane Doe</dc:creator><dc:language>en</dc:language></metadata>'
        ),
    ],
    ids=["ns0", "opf undeclared", "nothing declared", "no prefix", "OEB 1.2", "metadata alone"],
)
def test_namespaces_however_they_are_written_change_nothing(document: str) -> None:
    assert said_by(document).told == PLAIN


@pytest.mark.parametrize("pages", ["", "many", "-3", "٣", "1" * 5000])
def test_a_number_of_pages_that_is_none_is_left(pages: str) -> None:
    said = said_by(made.opf(metadata=f'<meta property="schema:numberOfPages">{pages}</meta>'))

    assert said.details == {"package_version": "3.0"}


def test_refinements_of_nothing_and_fields_nobody_knows_are_left() -> None:
    assert (
        told_by(
            '<meta refines="#gone" property="role">aut</meta><meta refines="" property="file-as">x</meta><meta/>'
            '<meta name="" content=""/><meta property="role">aut</meta><dc:unknown>x</dc:unknown><link href="x"/>'
        )
        == Told()
    )


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "its XML is broken: no element found at line 1, column 0"),
        ("<html><body>404</body></html>", "its package document (.opf) is another kind of XML"),
        (METADATA_OPF[:1000], "its XML is broken: "),
        (" " * (LARGEST_OPF + 1), "its package document (.opf) is larger than 4 MB"),
        ('<!DOCTYPE package [<!ENTITY a "b">]><package/>', "its XML declares entities or attributes of its own"),
    ],
    ids=["empty", "a web page", "cut off", "too large", "entities"],
)
def test_what_is_no_package_document_is_told(document: str, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        said_by(document)

    assert str(caught.value).startswith(reason)


def test_values_without_end_are_cut() -> None:
    said = said_by(
        made.opf(
            "x" * 100_000,
            [f"Jane Doe {number}" for number in range(1000)],
            subjects=[f"Subject {number}" for number in range(1000)],
            description="y" * 100_000,
            identifiers=[f"urn:isbn:{number}" for number in range(1000)],
            metadata=OF_CALIBRE * 1000 + '<meta refines="#creator0" property="role">ill</meta>' * 1000,
        )
    )

    assert len(said.told.title or "") == LONGEST_VALUE
    assert len(said.told.description or "") <= LONGEST_DESCRIPTION
    assert len(said.told.contributors) == MOST_VALUES
    assert len(said.told.genres) == MOST_VALUES
    assert said.told.series == (place("Rincewind"),)


@pytest.mark.parametrize("element", ["title", "creator", "date", "subject", "identifier", "description", "language"])
def test_a_field_repeated_without_end_is_answered(element: str) -> None:
    often = f"<dc:{element} id='a'>a b c</dc:{element}>" * 50_000 + "<meta refines='#a' property='role'/>" * 10_000

    assert is_answered(made.opf(metadata=often).encode())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(METADATA_OPF)), st.integers(0, 60), st.binary(max_size=12))
def test_a_document_with_a_hole_in_it_is_answered(at: int, length: int, instead: bytes) -> None:
    document = METADATA_OPF.encode()

    assert is_answered(document[:at] + instead + document[at + length :])
