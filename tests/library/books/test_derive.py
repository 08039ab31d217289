"""A book out of what its files, sidecars and path say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told_books import by, lies, missing, path_of, read_by, unreadable

from scannerd.library.books.book import Book, BookFile, Label, Numbered, Person, PlacedFile, SeriesPlace
from scannerd.library.books.derive import derive_unit
from scannerd.library.books.voices import single_title
from scannerd.model.book import (
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Identifier,
    IdentifierType,
    InSeries,
    NumberUnit,
    SeriesNumber,
    Told,
)

ISBN = Identifier(IdentifierType.ISBN_13, "9780441172719")
OTHER_ISBN = Identifier(IdentifierType.ISBN_13, "9780593099322")
ASIN = Identifier(IdentifierType.ASIN, "B002V1OF70")


def book_of(*files: BookFile) -> Book:
    (book,) = derive_unit(files)
    return book


def number(start: str, end: str | None = None, unit: NumberUnit | None = None) -> SeriesNumber:
    return SeriesNumber(Decimal(start), Decimal(end) if end else None, unit)


def names(book: Book, role: BookRole = BookRole.AUTHOR) -> list[str]:
    return [one.name for one in book.persons if one.role is role]


def places(book: Book) -> list[tuple[InSeries, str]]:
    return [(one.place, one.source) for one in book.series]


def placed(book: Book) -> list[tuple[str, str, int | None]]:
    return [(path_of(one.file), one.role, one.part) for one in book.files]


def test_a_book_as_its_one_file_tells_it() -> None:
    told = Told(
        title="The Left Hand of Darkness",
        subtitle="A Novel",
        description="Genly Ai comes to Gethen.",
        language="en",
        published="1969-03",
        publisher="Ace",
        contributors=by("Le Guin, Ursula K."),
        series=(InSeries("Hainish Cycle", number("4")),),
        genres=("Science Fiction",),
        tags=("owned",),
        identifiers=(ISBN,),
    )
    file = lies("Ursula K. Le Guin/The Left Hand of Darkness/book.epub", told)

    assert derive_unit([file]) == [
        Book(
            files=(PlacedFile(file, "main"),),
            title="The Left Hand of Darkness",
            match_key="the left hand of darkness",
            sort_title="Left Hand of Darkness, The",
            subtitle="A Novel",
            description="Genly Ai comes to Gethen.",
            language="en",
            published=date(1969, 3, 1),
            published_precision="month",
            publisher="Ace",
            is_abridged=None,
            sources={
                "title": "file",
                "sort_title": "file",
                "subtitle": "file",
                "description": "file",
                "language": "file",
                "published": "file",
                "publisher": "file",
            },
            persons=(
                Person(
                    role=BookRole.AUTHOR,
                    match_key="ursula k. le guin",
                    name="Ursula K. Le Guin",
                    credited_as="Le Guin, Ursula K.",
                    source="file",
                    sort_name="Le Guin, Ursula K.",
                ),
            ),
            series=(SeriesPlace("hainish cycle", InSeries("Hainish Cycle", number("4")), "file"),),
            genres=(Label("science fiction", "Science Fiction", "file"),),
            tags=(Label("owned", "owned", "file"),),
            identifiers=(Numbered(ISBN, "file"),),
        )
    ]


def test_a_file_that_says_nothing_is_a_book_by_its_path() -> None:
    book = book_of(lies("Herbert/Dune/1 - Dune (1965)/x.m4b"))

    assert (book.title, book.published, book.published_precision) == ("Dune", date(1965, 1, 1), "year")
    assert names(book) == ["Herbert"]
    assert places(book) == [(InSeries("Dune", number("1")), "path")]
    assert book.sources == {"title": "path", "sort_title": "path", "published": "path"}
    assert {one.source for one in book.persons} == {"path"}


EPUB = lies("A/B/b.epub", Told(title="Epub", language="en", identifiers=(ISBN,)))
M4B = lies("A/B/b.m4b", Told(title="M4B", description="Heard", publisher="Ear"), own_title="Heard Title")
AZW3 = lies("A/B/b.azw3", Told(title="Kindle", description="Kindled", subtitle="Ebook", identifiers=(OTHER_ISBN, ASIN)))
CBZ = lies("A/B/b.cbz", Told(title="Comic"))
PDF = lies("A/B/b.pdf", Told(title="Pdf"))
OPF = lies("A/B/metadata.opf", Told(title="Opf", publisher="Opf House"))
JSON = lies("A/B/metadata.json", Told(title="Json"))
DESC = lies("A/B/desc.txt", Told(description="Described", title="Desc"))


@pytest.mark.parametrize(
    ("files", "title", "source"),
    [
        ([EPUB, M4B, AZW3, CBZ, PDF, OPF, JSON, DESC], "Json", "sidecar"),
        ([EPUB, M4B, AZW3, CBZ, PDF, OPF, DESC], "Opf", "sidecar"),
        ([EPUB, M4B, AZW3, CBZ, PDF, DESC], "Desc", "sidecar"),
        ([EPUB, M4B, AZW3, CBZ, PDF], "Epub", "file"),
        ([M4B, AZW3, CBZ, PDF], "Heard Title", "file"),
        ([AZW3, CBZ, PDF], "Kindle", "file"),
        ([CBZ, PDF], "Comic", "file"),
        ([PDF], "Pdf", "file"),
        ([lies("A/B/b.pdf")], "B", "path"),
    ],
)
def test_a_title_is_the_best_source_s(files: list[BookFile], title: str, source: str) -> None:
    book = book_of(*files)

    assert (book.title, book.sources["title"]) == (title, source)


def test_what_the_better_source_leaves_empty_a_lower_one_fills() -> None:
    book = book_of(EPUB, M4B, AZW3, OPF)

    assert (book.title, book.subtitle, book.description) == ("Opf", "Ebook", "Heard")
    assert (book.language, book.publisher) == ("en", "Opf House")
    assert book.identifiers == (Numbered(ISBN, "file"), Numbered(ASIN, "file"))
    assert book.sources == {
        "title": "sidecar",
        "sort_title": "sidecar",
        "subtitle": "file",
        "description": "file",
        "language": "file",
        "publisher": "sidecar",
    }


@pytest.mark.parametrize("title", [None, ""])
def test_an_empty_title_of_a_better_source_does_not_overwrite(title: str | None) -> None:
    assert book_of(EPUB, lies("A/B/metadata.opf", Told(title=title))).title == "Epub"


def test_not_abridged_is_something_said() -> None:
    book = book_of(lies("B/b.m4b", Told(is_abridged=False)), lies("B/b.mobi", Told(is_abridged=True)))

    assert book.is_abridged is False


@pytest.mark.parametrize("read", [lies("A/B/b.epub", Told(title="Two")), lies("A/B/x.mobi", Told(title="Two"))])
def test_two_sidecars_alike_the_one_of_the_book_s_name_counts_first(read: BookFile) -> None:
    named = lies(f"A/B/{read.name.decode()[0]}.opf", Told(title="Named"))

    assert book_of(read, named, OPF).title == "Named"


@pytest.mark.parametrize(
    ("own_title", "album", "title"),
    [
        ("Dune", None, "Dune"),
        ("Dune", "Dune Saga", "Dune"),
        (None, "Dune", "Dune"),
        ("Chapter 1", "Dune", "Dune"),
        ("01", "Dune", "Dune"),
        ("Track 01", "Dune", "Dune"),
        ("01 - Kapitel 1", "Dune", "Dune"),
        ("Part 1 of 2", "Dune", "Dune"),
        ("Opening Credits", "Dune", "Dune"),
        ("Chapter 1", None, None),
        ("1984", "Orwell", "1984"),
        ("11/22/63", "King", "11/22/63"),
        ("Part of Your World", "X", "Part of Your World"),
        (None, None, None),
    ],
)
def test_an_audio_file_alone_is_named_by_its_own_title(
    own_title: str | None, album: str | None, title: str | None
) -> None:
    assert single_title(BookFileSaid("mp3", BookKind.AUDIO, Told(title=album), own_title)) == title


@pytest.mark.parametrize(("disc", "position"), [(None, 2), (2, 1)])
def test_a_later_part_that_is_there_alone_is_named_by_its_album(disc: int | None, position: int) -> None:
    book = book_of(lies("B/2.mp3", Told(title="Dune"), own_title="The Gom Jabbar", disc=disc, position=position))

    assert book.title == "Dune"


def test_an_m4b_may_be_the_second_of_the_series_that_is_its_album() -> None:
    book = book_of(lies("B/2.m4b", Told(title="Discworld"), own_title="The Light Fantastic", position=2))

    assert book.title == "The Light Fantastic"


@pytest.mark.parametrize(
    ("albums", "title"),
    [
        (["Dune", "Dune", "dune"], "Dune"),
        (["Bonus", "Dune", "Dune"], "Dune"),
        (["Dune (Disc 1)", "Dune (Disc 2)", None], "Dune"),
        (["Dune, Book 1", "Dune, Book 2", "Dune, Book 2"], "Dune, Book 2"),
        ([None, None, None], "Folder"),
    ],
)
def test_a_book_in_parts_is_named_by_the_album_that_most_state(albums: list[str | None], title: str) -> None:
    files = [
        lies(f"Folder/{n}.mp3", Told(title=album), own_title=f"Chapter {n}", position=n)
        for n, album in enumerate(albums)
    ]

    assert book_of(*files).title == title


def test_the_title_of_a_part_is_never_the_book_s() -> None:
    files = [lies("Dune/1.mp3", own_title="The Gom Jabbar"), lies("Dune/2.mp3", own_title="The Gom Jabbar")]

    assert book_of(*files).title == "Dune"


def test_a_title_that_is_only_the_file_s_name_is_read_like_one() -> None:
    book = book_of(lies("x/[Frank Herbert] Dune (1965).epub", Told(title="[Frank Herbert] Dune (1965)")))

    assert (book.title, book.sources["title"]) == ("Dune", "file")


def test_parts_have_their_places_and_a_single_file_has_none() -> None:
    parts = [lies("B/CD 2/1.mp3"), lies("B/CD 1/10.mp3"), lies("B/CD 1/9.mp3"), unreadable("B/CD 1/8.mp3")]
    book = book_of(
        *parts, lies("B/b.epub"), lies("B/b.m4b"), lies("B/notes.pdf"), lies("B/cover.jpg"), missing("B/x.mp3")
    )

    assert placed(book) == [
        ("B/b.epub", "main", None),
        ("B/b.m4b", "main", None),
        ("B/CD 1/8.mp3", "main", 1),
        ("B/CD 1/9.mp3", "main", 2),
        ("B/CD 1/10.mp3", "main", 3),
        ("B/CD 2/1.mp3", "main", 4),
        ("B/notes.pdf", "supplement", None),
        ("B/cover.jpg", "sidecar", None),
    ]


def test_a_group_in_which_nothing_can_be_read_is_no_book() -> None:
    assert derive_unit([unreadable("B/a.epub"), lies("B/metadata.opf"), lies("B/cover.jpg")]) == []
    assert derive_unit([missing("B/a.epub"), lies("B/metadata.opf")]) == []
    # A PDF beside audio is none even if the audio is broken: mended, it has its supplement again.
    assert derive_unit([unreadable("B/a.mp3"), lies("B/a.pdf"), lies("B/b.pdf")]) == []
    assert derive_unit([]) == []
    books = derive_unit([unreadable("B/a.epub"), lies("B/b.epub")])
    assert [(one.title, placed(one)) for one in books] == [("b", [("B/b.epub", "main", None)])]


def test_one_bad_file_does_not_stop_a_book() -> None:
    book = book_of(unreadable("B/b.epub"), lies("B/b.mobi", Told(title="Dune")))

    assert book.title == "Dune"
    assert placed(book) == [("B/b.epub", "main", None), ("B/b.mobi", "main", None)]


def test_supplements_say_nothing_of_the_book() -> None:
    book = book_of(lies("B/b.m4b"), lies("B/b.pdf", Told(title="Booklet", contributors=by("Designer"))))

    assert (book.title, names(book)) == ("B", [])


def test_loose_e_books_are_by_their_folder_and_a_general_sidecar_speaks_of_none() -> None:
    files = [
        lies("Frank Herbert/Dune.epub"),
        lies("Frank Herbert/Messiah.epub", Told(title="Dune Messiah")),
        lies("Frank Herbert/Messiah.m4b"),
        lies("Frank Herbert/metadata.opf", Told(title="Everything", publisher="Ace")),
        lies("Frank Herbert/Messiah.opf", Told(publisher="Putnam")),
    ]

    books = derive_unit(files)

    assert [(one.title, names(one), one.publisher) for one in books] == [
        ("Dune", ["Frank Herbert"], None),
        ("Dune Messiah", ["Frank Herbert"], "Putnam"),
    ]
    assert [len(one.files) for one in books] == [1, 3]


@pytest.mark.parametrize(
    ("folder", "wrote", "found"),
    [
        ("Sorted by me", "Frank Herbert", []),
        ("Frank Herbert", "Herbert, Frank", ["Frank Herbert"]),
        ("Frank Herbert; Brian Herbert", "Brian Herbert", ["Frank Herbert", "Brian Herbert"]),
    ],
)
def test_a_folder_is_an_author_unless_the_books_in_it_are_by_others(folder: str, wrote: str, found: list[str]) -> None:
    silent, _ = derive_unit([lies(f"{folder}/A.epub"), lies(f"{folder}/B.epub", Told(contributors=by(wrote)))])

    assert names(silent) == found


def test_of_several_books_a_general_sidecar_speaks_of_the_one_whose_title_it_states() -> None:
    opf = lies("Kings/metadata.opf", Told(title="The Way of Kings", publisher="Tor"))
    files = [
        lies("Kings/Way.epub", Told(title="The way of kings")),
        lies("Kings/Sample.epub", Told(title="Sample")),
    ]

    assert [(one.title, one.publisher) for one in derive_unit([*files, opf])] == [
        ("Sample", None),
        ("The Way of Kings", "Tor"),
    ]
    twice = [*files, lies("Kings/Retail.epub", Told(title="The Way of Kings"))]
    assert {one.publisher for one in derive_unit([*twice, opf])} == {None}


def test_files_right_below_the_root_are_one_book_by_their_name() -> None:
    book = book_of(
        lies("[Frank Herbert] Dune.epub"), lies("[frank herbert] dune.m4b", Told(contributors=read_by("Scott Brick")))
    )

    assert book.title == "Dune"
    assert names(book) == ["Frank Herbert"]
    assert names(book, BookRole.NARRATOR) == ["Scott Brick"]


def test_authors_come_whole_from_one_source_and_other_roles_each_from_their_own() -> None:
    opf = lies("B/metadata.opf", Told(contributors=by("One")))
    epub = lies("B/b.epub", Told(contributors=(*by("Two", "One"), *by("Tr", role=BookRole.TRANSLATOR))))
    mobi = lies(
        "B/b.mobi",
        Told(contributors=(*by("Three"), *by("Tr 2", role=BookRole.TRANSLATOR), *by("Ed", role=BookRole.EDITOR))),
    )

    book = book_of(opf, epub, mobi)

    assert [(one.role.value, one.name, one.source) for one in book.persons] == [
        ("author", "One", "sidecar"),
        ("translator", "Tr", "file"),
        ("editor", "Ed", "file"),
    ]


def test_writers_are_authors_where_it_is_asked_who_wrote_it() -> None:
    book = book_of(lies("[Folder] B/b.cbz", Told(contributors=by("Alan Moore", role=BookRole.WRITER))))

    assert [(one.role.value, one.name) for one in book.persons] == [("writer", "Alan Moore")]


def test_one_person_has_a_role_once_however_they_are_printed() -> None:
    book = book_of(
        lies("B/b.epub", Told(contributors=by("Le Guin, Ursula K.", "Ursula K. Le Guin", "URSULA K. LE GUIN")))
    )

    assert [(one.name, one.credited_as) for one in book.persons] == [("Ursula K. Le Guin", "Le Guin, Ursula K.")]


@pytest.mark.parametrize(
    ("stated", "sort_name", "is_stated"),
    [
        ("Zelazny, R.", "Zelazny, R.", True),
        ("Roger Zelazny", "Zelazny, Roger", False),
        (None, "Zelazny, Roger", False),
    ],
)
def test_a_stated_sort_name_wins_unless_it_is_the_name(stated: str | None, sort_name: str, is_stated: bool) -> None:
    opf = lies("B/metadata.opf", Told(contributors=by("Roger Zelazny")))
    epub = lies("B/b.epub", Told(contributors=(BookContributor(BookRole.AUTHOR, "Roger Zelazny", stated),)))

    (person,) = book_of(opf, epub).persons

    assert (person.sort_name, person.sort_name_is_stated) == (sort_name, is_stated)


@pytest.mark.parametrize(
    ("by_parts", "found"),
    [
        ([["A"], ["A"], ["B"]], ["A"]),
        ([["A"], ["B"], ["C"]], ["A", "B", "C"]),
        ([["A", "B"], ["A"], []], ["A", "B"]),
        ([[], ["A"], []], ["A"]),
    ],
)
def test_authors_of_parts_are_what_most_agree_on_or_all(by_parts: list[list[str]], found: list[str]) -> None:
    files = [lies(f"B/{n}.mp3", Told(contributors=by(*those))) for n, those in enumerate(by_parts)]

    assert names(book_of(*files)) == found


def test_narrators_are_all_that_any_part_names_in_the_order_of_the_parts() -> None:
    files = [
        lies("B/1.mp3", Told(contributors=read_by("One"))),
        lies("B/10.mp3", Told(contributors=read_by("Ten", "One"))),
        lies("B/2.mp3", Told(contributors=read_by("Two"))),
        lies("B/3.mp3"),
    ]

    book = book_of(*files)

    assert names(book, BookRole.NARRATOR) == ["One", "Two", "Ten"]
    assert [[who.name for who in one.own_narrators] for one in book.files] == [["One"], ["Two"], [], ["Ten", "One"]]


def test_a_file_has_narrators_of_its_own_only_where_files_differ() -> None:
    files = [
        lies("B/1.mp3", Told(contributors=read_by("One", "Two"))),
        lies("B/2.mp3", Told(contributors=read_by("Two", "One"))),
    ]

    assert [one.own_narrators for one in book_of(*files).files] == [(), ()]


def test_narrators_are_named_by_audio_sidecars_and_paths_of_audio_alone() -> None:
    said = Told(contributors=read_by("Scott Brick"))

    assert names(book_of(lies("B/b.epub", said)), BookRole.NARRATOR) == []
    assert names(book_of(lies("B {Scott Brick}/b.epub")), BookRole.NARRATOR) == []
    assert names(book_of(lies("B {Scott Brick}/b.m4b")), BookRole.NARRATOR) == ["Scott Brick"]
    assert names(book_of(lies("B/b.m4b"), lies("B/reader.txt", said)), BookRole.NARRATOR) == ["Scott Brick"]


def test_a_sidecar_s_narrators_are_the_book_s_and_the_files_keep_theirs() -> None:
    files = [lies("B/1.mp3", Told(contributors=read_by("One"))), lies("B/2.mp3", Told(contributors=read_by("Two")))]

    book = book_of(*files, lies("B/reader.txt", Told(contributors=read_by("Full Cast"))))

    assert names(book, BookRole.NARRATOR) == ["Full Cast"]
    assert [[who.name for who in one.own_narrators] for one in book.files] == [["One"], ["Two"], []]


@pytest.mark.parametrize(
    ("sidecar", "file", "found"),
    [
        ((InSeries("A", number("1")),), (InSeries("B", number("2")),), [(InSeries("A", number("1")), "sidecar")]),
        ((InSeries("A"),), (InSeries("a", number("1", "3")),), [(InSeries("A", number("1", "3")), "sidecar")]),
        ((InSeries("A", number("2")),), (InSeries("A", number("1", "3")),), [(InSeries("A", number("2")), "sidecar")]),
        ((InSeries("A", None, "Annual"),), (InSeries("A", number("1")),), [(InSeries("A", None, "Annual"), "sidecar")]),
        ((InSeries("A"),), (InSeries("B", number("1")),), [(InSeries("A"), "sidecar")]),
        ((), (InSeries("A", number("1", "3")),), [(InSeries("A", number("1", "3")), "file")]),
        ((InSeries("A"), InSeries("a", number("1"))), (), [(InSeries("A", number("1")), "sidecar")]),
    ],
)
def test_the_place_in_a_series_is_taken_whole_from_one_source(
    sidecar: tuple[InSeries, ...], file: tuple[InSeries, ...], found: list[tuple[InSeries, str]]
) -> None:
    book = book_of(lies("B/b.m4b", Told(series=file)), lies("B/metadata.opf", Told(series=sidecar)))

    assert places(book) == found


def test_a_comic_has_series_and_number_of_its_name() -> None:
    volume = number("5", unit=NumberUnit.VOLUME)
    book = book_of(lies("[Kishimoto] Naruto #005/comic.cbz"))

    assert (book.title, names(book), places(book)) == (
        "Naruto v005",
        ["Kishimoto"],
        [(InSeries("Naruto", volume), "path")],
    )
    told = book_of(lies("[Kishimoto] Naruto #005/comic.cbz", Told(series=(InSeries("Shippuden", number("7")),))))
    assert (told.title, places(told)) == ("Shippuden v007", [(InSeries("Shippuden", number("7")), "file")])
    epub = book_of(lies("x/b.epub", Told(title="Naruto v5")))
    assert (epub.title, places(epub)) == ("Naruto v5", [])


def test_a_folder_of_volumes_is_a_book_each() -> None:
    books = derive_unit([lies(f"Naruto/Naruto v{n:02}.cbz") for n in range(72, 0, -1)])

    assert [one.title for one in books] == [f"Naruto v{n:03}" for n in range(1, 73)]
    assert {one.place.number.number for book in books for one in book.series if one.place.number} == set(range(1, 73))


def test_an_author_s_folder_is_no_series() -> None:
    book = book_of(lies("SF/Frank Herbert/Dune/b.epub", Told(contributors=by("Herbert, Frank"))))

    assert (book.title, names(book), places(book)) == ("Dune", ["Frank Herbert"], [])


def test_genres_and_tags_each_come_whole_from_one_source() -> None:
    opf = lies("B/metadata.opf", Told(genres=("SF",)))
    epub = lies("B/b.epub", Told(genres=("Fantasy",), tags=("to read", "To Read")))

    book = book_of(opf, epub)

    assert book.genres == (Label("sf", "SF", "sidecar"),)
    assert book.tags == (Label("to read", "to read", "file"),)


def test_genres_of_parts_are_all_of_them() -> None:
    book = book_of(lies("B/1.mp3", Told(genres=("SF",))), lies("B/2.mp3", Told(genres=("Drama", "sf"))))

    assert [one.name for one in book.genres] == ["SF", "Drama"]


def test_identifiers_merge_by_type() -> None:
    opf = lies("B/metadata.opf", Told(identifiers=(ISBN,)))
    epub = lies("B/b.epub", Told(identifiers=(OTHER_ISBN, ASIN)))

    assert book_of(opf, epub).identifiers == (Numbered(ISBN, "sidecar"), Numbered(ASIN, "file"))


@pytest.mark.parametrize(
    ("better", "lower", "published", "precision"),
    [
        ("1965", "1966-01-02", date(1965, 1, 1), "year"),
        ("1965-08", None, date(1965, 8, 1), "month"),
        ("1965-08-03", None, date(1965, 8, 3), "day"),
        ("1965-02-31", "1965", date(1965, 1, 1), "year"),
        ("0000", None, None, None),
        ("soon", None, None, None),
        (None, "1965", date(1965, 1, 1), "year"),
    ],
)
def test_when_it_was_published(
    better: str | None, lower: str | None, published: date | None, precision: str | None
) -> None:
    book = book_of(lies("B/b.epub", Told(published=better)), lies("B/b.mobi", Told(published=lower)))

    assert (book.published, book.published_precision) == (published, precision)
    assert ("published" in book.sources) == (published is not None)


@pytest.mark.parametrize(
    ("told", "sort_title"),
    [
        (Told(title="The Hobbit", sort_title="Hobbit"), "Hobbit"),
        (Told(title="Hobbit", sort_title="Hobbit Tale"), "Hobbit, The"),
        (Told(sort_title="Hobbit Tale"), "Hobbit Tale"),
    ],
)
def test_a_stated_sort_title_counts_where_it_is_of_this_title(told: Told, sort_title: str) -> None:
    book = book_of(lies("B/metadata.json", Told(title="The Hobbit")), lies("B/b.epub", told))

    assert book.sort_title == sort_title


def test_a_subtitle_of_the_path_counts_beside_its_title() -> None:
    assert book_of(lies("Frank Herbert/Dune - Part One/x.epub")).subtitle == "Part One"
    assert book_of(lies("Frank Herbert/Dune - Part One/x.epub", Told(title="Dune"))).subtitle == "Part One"
    assert book_of(lies("Frank Herbert/Dune - Part One/x.epub", Told(title="Dune: Part One"))).subtitle is None


NAMES = st.sampled_from(["Ann Lee", "Lee, Ann", "Bo Berg", "Cy"])
TOLDS = st.builds(
    Told,
    title=st.sampled_from([None, "", "Dune", "Dune 2", "The Hobbit", "Naruto #3"]),
    subtitle=st.sampled_from([None, "Sub"]),
    sort_title=st.sampled_from([None, "Sorted"]),
    published=st.sampled_from([None, "1965", "1965-02-31", "1999-01-02"]),
    is_abridged=st.sampled_from([None, True, False]),
    contributors=st.lists(
        st.builds(BookContributor, st.sampled_from(list(BookRole)), NAMES, st.sampled_from([None, "Sort, Me"])),
        max_size=3,
    ).map(tuple),
    series=st.lists(
        st.builds(InSeries, st.sampled_from(["S", "s", "T"]), st.sampled_from([None, number("1"), number("2", "3")])),
        max_size=2,
    ).map(tuple),
    genres=st.lists(st.sampled_from(["SF", "sf", "Drama"]), max_size=2).map(tuple),
    identifiers=st.lists(st.sampled_from([ISBN, OTHER_ISBN, ASIN]), max_size=2).map(tuple),
)
FILES = st.lists(
    st.builds(
        lambda folder, stem, suffix, told, position, state: replace(
            lies(f"A/B/{folder}{stem}.{suffix}", told, position=position, own_title=told.title),
            state=state,
            **({} if state == "present" else {"said": None}),
        ),
        st.sampled_from(["", "CD 1/", "CD 2/"]),
        st.sampled_from(["a", "b", "a 1", "a 2", "1", "map", "metadata"]),
        st.sampled_from(["epub", "mobi", "pdf", "cbz", "m4b", "mp3", "mp3", "opf", "json", "jpg"]),
        TOLDS,
        st.sampled_from([None, 1, 2]),
        st.sampled_from(["present", "present", "present", "unreadable", "missing"]),
    ),
    max_size=8,
    unique_by=lambda file: file.place,
)


@given(FILES, st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(files: list[BookFile], random: Any) -> None:
    shuffled = list(files)
    random.shuffle(shuffled)

    assert derive_unit(shuffled) == derive_unit(files)


@given(FILES)
def test_what_was_derived_before_does_not_matter(files: list[BookFile]) -> None:
    books = derive_unit(files)
    known = {
        one.file.place: replace(one.file, file_id=n, book_id=n, role=one.role, part=one.part, is_derived=True)
        for n, book in enumerate(books)
        for one in book.files
    }

    again = derive_unit([known.get(one.place, one) for one in files])

    def bare(book: Book) -> Book:
        placed = (
            replace(one, file=replace(one.file, file_id=0, book_id=0, role=None, part=None)) for one in book.files
        )
        return replace(book, files=tuple(replace(one, file=replace(one.file, is_derived=False)) for one in placed))

    assert list(map(bare, again)) == list(map(bare, books))


@given(FILES, TOLDS)
def test_a_sidecar_that_came_and_went_leaves_nothing(files: list[BookFile], told: Told) -> None:
    sidecar = lies("A/B/a.opf", told)
    files = [one for one in files if one.place != sidecar.place]
    before = derive_unit(files)

    with_it = derive_unit([*files, sidecar])

    assert len(with_it) == len(before)
    assert derive_unit([*files, missing("A/B/a.opf")]) == before


@given(FILES)
def test_any_book_can_be_stored(files: list[BookFile]) -> None:
    for book in derive_unit(files):
        assert book.title
        assert book.match_key
        assert book.sort_title
        assert (book.published is None) == (book.published_precision is None)
        scalars = ("subtitle", "description", "language", "published", "publisher", "is_abridged")
        assert set(book.sources) == {
            "title",
            "sort_title",
            *(name for name in scalars if getattr(book, name) is not None),
        }
        for keys in (
            [(one.role, one.match_key) for one in book.persons],
            [one.match_key for one in book.series],
            [one.match_key for one in book.genres],
            [one.identifier for one in book.identifiers],
            [one.file.place for one in book.files],
        ):
            assert len(keys) == len(set(keys))
