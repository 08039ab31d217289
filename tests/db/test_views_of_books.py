"""What other programs read of books, of their series, and of whoever made them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
HEALTH = "select problem, path, reason from library_health order by path, problem"


# --- books ----------------------------------------------------------------------------------------------------------


def test_a_book_shows_who_made_it_in_order_and_where_it_stands(books: Any) -> None:
    dune = books.book(
        *("Dune", ("author", "Frank Herbert"), ("narrator", "Scott Brick"), ("narrator", "Orlagh Cassidy")),
        *(("translator", "Ronald M. Hahn"), ("cover-artist", "John Schoenherr")),
        subtitle="A Novel",
        language="en",
        published="1965-08-01",
        published_precision="month",
    )
    books.in_series(dune, "Dune", 1)
    books.in_series(dune, "Dune Universe", Decimal("10.5"), number_end=11, unit="volume")
    for name in ("Science Fiction", "Classics"):
        books.label("genre", dune, name)
    books.label("tag", dune, "to read")
    for kind, value in (("isbn_13", "9780441172719"), ("isbn_13", "9780340960196"), ("asin", "B002V1OF70")):
        books.conn.execute("insert into book_identifier values (%s, %s, %s, 'file')", [dune, kind, value])
    books.file("Dune/Dune.m4b", dune, duration_ms=75_000_000)

    assert books.ask(
        "select book_id, title, subtitle, authors, narrators, series, series_number, genres, tags, language, published,"
        " identifiers, files, duration_ms from books"
    ) == [
        (
            *(dune, "Dune", "A Novel", ["Frank Herbert"], ["Scott Brick", "Orlagh Cassidy"], "Dune", Decimal(1)),
            *(["Science Fiction", "Classics"], ["to read"], "en", date(1965, 8, 1)),
            *({"isbn_13": "9780340960196", "asin": "B002V1OF70"}, 1, 75_000_000),
        )
    ]
    assert books.ask("select published_precision, translators, formats, owned, catalogue from books") == [
        ("month", ["Ronald M. Hahn"], ["m4b"], True, "books")
    ]
    [[all_series, contributors, all_identifiers]] = books.ask(
        "select all_series, contributors, all_identifiers from books"
    )
    assert all_series == [
        {"series": "Dune", "number": 1, "number_end": None, "unit": None, "number_text": None},
        {"series": "Dune Universe", "number": 10.5, "number_end": 11, "unit": "volume", "number_text": None},
    ]
    assert [(one["role"], one["name"]) for one in contributors] == [
        ("author", "Frank Herbert"),
        ("cover-artist", "John Schoenherr"),
        ("narrator", "Scott Brick"),
        ("narrator", "Orlagh Cassidy"),
        ("translator", "Ronald M. Hahn"),
    ]
    assert [one["value"] for one in all_identifiers] == ["B002V1OF70", "9780340960196", "9780441172719"]


def test_the_columns_of_books_come_in_the_order_that_was_promised(books: Any) -> None:
    columns = [column.name for column in books.conn.execute("select * from books").description]

    assert columns[:14] == [
        *("book_id", "title", "subtitle", "authors", "narrators", "series", "series_number", "genres", "tags"),
        *("language", "published", "identifiers", "files", "duration_ms"),
    ]


def test_of_a_book_that_says_nothing_lists_are_empty_and_not_null(books: Any) -> None:
    books.book("Beowulf")

    assert books.ask(
        "select authors, narrators, series, genres, tags, identifiers, files, duration_ms, all_series, formats,"
        " contributors, owned, has_cover from books"
    ) == [([], [], None, [], [], {}, 0, None, [], [], [], False, False)]


def test_the_writers_of_a_comic_are_its_authors_each_once_behind_authors(books: Any) -> None:
    books.book("Sandman", ("writer", "Neil Gaiman"), ("penciller", "Sam Kieth"), ("author", "Mike Dringenberg"))
    books.book("Maus", ("writer", "Art Spiegelman"), ("author", "Art Spiegelman"))

    assert books.ask("select title, authors from books order by title") == [
        ("Maus", ["Art Spiegelman"]),
        ("Sandman", ["Mike Dringenberg", "Neil Gaiman"]),
    ]


def test_only_main_files_that_are_there_count_and_of_two_readings_the_longer(books: Any) -> None:
    dune = books.book("Dune")
    books.file("Dune/Dune.m4b", dune, duration_ms=7_000)
    books.file("Dune/01.mp3", dune, part=1, duration_ms=4_000)
    books.file("Dune/02.mp3", dune, part=2, duration_ms=4_000, has_picture=True)
    books.file("Dune/03.mp3", dune, part=3, duration_ms=9_000, state="missing", missing_since="2024-01-01Z")
    books.file("Dune/04.mp3", dune, part=4, duration_ms=9_000, state="unreadable", reason="it is broken")
    books.file("Dune/Dune.epub", dune, kind="text", pages=412)
    books.file("Dune/map.pdf", dune, kind="text", role="supplement", pages=999)
    books.file("Dune/metadata.opf", dune, kind="sidecar", role="sidecar")

    assert books.ask("select files, duration_ms, pages, formats, owned, has_cover from books") == [
        (4, 8_000, 412, ["epub", "m4b", "mp3"], True, True)
    ]


@pytest.mark.parametrize(
    ("name", "told", "has_cover"),
    [
        ("cover.jpg", {"role": "sidecar", "kind": "picture"}, True),
        ("metadata.opf", {"role": "sidecar", "kind": "sidecar"}, False),
        ("Dune.epub", {"kind": "text", "has_picture": True}, True),
    ],
)
def test_a_cover_is_embedded_or_lies_beside(books: Any, name: str, told: Any, has_cover: bool) -> None:
    books.file(f"Dune/{name}", books.book("Dune"), **told)

    assert books.ask("select has_cover from books") == [(has_cover,)]


def test_what_nobody_asks_for_is_not_worked_out(books: Any) -> None:
    plan = " ".join(line for (line,) in books.ask("explain select book_id, title, language from books"))

    assert "media_file" not in plan
    assert "contribution" not in plan


# --- files and chapters ---------------------------------------------------------------------------------------------


def test_a_file_is_read_by_its_own_narrators_or_by_those_of_the_book(books: Any) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"), ("narrator", "Scott Brick"))
    books.file("Dune/1.mp3", dune, part=1, duration_ms=4_000)
    second = books.file("Dune/2.mp3", dune, part=2, duration_ms=4_000)
    books.file("Dune/Dune.epub", dune, kind="text", pages=412)
    books.file("Dune/broken.mp3", dune, state="unreadable", reason="it is broken", said=None)
    books.file("elsewhere.mp3")
    books.conn.execute(
        "insert into file_contribution values (%s, %s, 'narrator', 0, 'O. Cassidy', 'file')",
        [second, books.person("Orlagh Cassidy")],
    )

    assert books.ask(
        "select book_id, title, path, role, part, state, format, kind, duration_ms, pages, narrators, chapters, size,"
        " reason, library, raw_path from book_files order by path"
    ) == [
        (dune, "Dune", "/books/Dune/1.mp3", "main", 1, "present", "mp3", "audio", 4_000, None, ["Scott Brick"],
         0, 1, None, "books", b"/books/Dune/1.mp3"),
        (dune, "Dune", "/books/Dune/2.mp3", "main", 2, "present", "mp3", "audio", 4_000, None, ["Orlagh Cassidy"],
         0, 1, None, "books", b"/books/Dune/2.mp3"),
        (dune, "Dune", "/books/Dune/Dune.epub", "main", None, "present", "epub", "text", None, 412, [],
         0, 1, None, "books", b"/books/Dune/Dune.epub"),
        (dune, "Dune", "/books/Dune/broken.mp3", "main", None, "unreadable", "mp3", None, None, None, [],
         0, 1, "it is broken", "books", b"/books/Dune/broken.mp3"),
    ]  # fmt: skip


def test_chapters_stand_with_their_book_and_file(books: Any) -> None:
    dune = books.book("Dune")
    audio = books.file("Dune/Dune.m4b", dune)
    comic = books.file("Dune/Dune.cbz", dune, kind="comic", state="missing", missing_since="2024-01-01Z")
    insert = "insert into chapter (file_id, position, level, title, start_ms, end_ms, start_page, end_page) values "
    books.conn.execute(f"{insert} (%s, 0, 0, 'One', 0, 1000, null, null)", [audio])
    books.conn.execute(f"{insert} (%s, 0, 1, null, null, null, 1, 20)", [comic])

    assert books.ask(
        "select book_id, file_id, position, level, title, start_ms, end_ms, start_page, end_page, href, state"
        " from book_chapters order by file_id"
    ) == [
        (dune, audio, 0, 0, "One", 0, 1000, None, None, None, "present"),
        (dune, comic, 0, 1, None, None, None, 1, 20, None, "missing"),
    ]
    assert books.ask("select chapters from book_files") == [(1,), (1,)]


def test_a_file_shows_the_part_it_has_in_a_book(books: Any) -> None:
    dune = books.book("Dune")
    books.file("Dune/2.mp3", dune, part=2)
    books.file("Dune/map.pdf", dune, role="supplement", pages=3)

    assert books.ask("select role, book_id, part, pages from files order by path") == [
        ("main", dune, 2, None),
        ("supplement", dune, None, 3),
    ]


# --- series ---------------------------------------------------------------------------------------------------------


def test_a_series_shows_its_books_and_whoever_wrote_most_of_them_first(books: Any) -> None:
    for number, title, author in (
        (1, "Dune", "Frank Herbert"),
        (2, "Dune Messiah", "Frank Herbert"),
        (Decimal("8.5"), "Sands", "Brian Herbert"),
        (None, "Companion", "Willis McNelly"),
    ):
        book = books.book(title, ("author", author), ("narrator", "Scott Brick"))
        books.in_series(book, "Dune", number)
        if number != 2:
            books.file(f"{title}/{title}.m4b", book, duration_ms=1_000)
    omnibus = books.book("Omnibus", ("author", "Frank Herbert"))
    books.in_series(omnibus, "Dune", 3, number_end=9)
    books.catalogue("empty")
    books.conn.execute(
        "insert into series (catalogue_id, name, match_key) select id, 'Nothing', 'nothing' from catalogue"
    )

    assert books.ask(
        "select name, books, numbers, first_number, last_number, authors, duration_ms, owned_books, catalogue"
        " from public.series"
    ) == [
        (
            *("Dune", 5, [Decimal(1), Decimal(2), Decimal(3), Decimal("8.5")], Decimal(1), Decimal(9)),
            *(["Frank Herbert", "Brian Herbert", "Willis McNelly"], 3_000, 3, "books"),
        )
    ]


# --- persons --------------------------------------------------------------------------------------------------------


def people(books: Any) -> list[tuple[Any, ...]]:
    return books.ask("select name, catalogues, mbid::text from persons order by name, catalogues, mbid")  # type: ignore[no-any-return]


def a_track(books: Any, title: str, role: str, person_id: int) -> None:
    [(track_id,)] = books.ask(
        "insert into track (catalogue_id, title, match_key, artist_ids, artist_credit, identity_key)"
        " values (1, %s, %s, '{}', '', %s::bytea) returning id",
        [title, title, title.encode()],
    )
    books.conn.execute("insert into track_contribution values (%s, %s, %s, 0, '', 'file')", [track_id, person_id, role])


def test_a_person_shows_what_they_did_across_catalogues(books: Any) -> None:
    for title, *roles in (
        ("Stardust", "author", "narrator"),
        ("Coraline", "author", "narrator", "composer"),
        ("Sandman", "writer", "letterer"),
        ("Beowulf", "translator", "editor"),
        ("Sketches", "illustrator", "cover-artist"),
    ):
        books.book(title, *((role, "Neil Gaiman") for role in roles))
    part = books.file("Art/3.mp3", books.book("Art Matters", ("narrator", "Somebody")))
    both = [books.person("Neil Gaiman"), books.person("NEIL GAIMAN", "music", sort_name="Gaiman, Neil")]
    books.conn.execute("insert into file_contribution values (%s, %s, 'narrator', 0, '', 'file')", [part, both[0]])
    for title, role in (("Problem", "artist"), ("Poem", "featured"), ("Song", "composer"), ("Mix", "producer")):
        a_track(books, title, role, both[1])

    assert books.ask(
        "select person_ids, name, sort_name, wrote, read, translated, edited, illustrated, composed, performed,"
        " catalogues, contributed from persons where name = 'Neil Gaiman'"
    ) == [
        (
            *(both, "Neil Gaiman", "Gaiman, Neil", ["Coraline", "Sandman", "Stardust"]),
            *(["Art Matters", "Coraline", "Stardust"], ["Beowulf"], ["Beowulf"], ["Sketches"], ["Coraline", "Song"]),
            *(2, ["books", "music"], ["Sandman"]),
        )
    ]
    assert books.ask("select name from artists") == [("NEIL GAIMAN",)]


def test_one_verified_id_is_one_person_whatever_they_are_called(books: Any) -> None:
    books.person("Ye", "music", mbid=ONE, mbid_source="verified")
    books.person("Kanye West", "other", mbid=ONE, mbid_source="verified")

    assert people(books) == [("Ye", ["music", "other"], ONE)]


def test_two_verified_ids_are_two_persons_and_a_bare_name_between_them_is_a_third(books: Any) -> None:
    books.person("John Williams", "music", mbid=ONE, mbid_source="verified")
    books.person("John Williams", "music", mbid=TWO, mbid_source="verified")
    books.person("John Williams", "books")

    assert people(books) == [
        ("John Williams", ["books"], None),
        ("John Williams", ["music"], ONE),
        ("John Williams", ["music"], TWO),
    ]


def test_a_bare_name_joins_the_only_one_of_that_name_who_has_an_id(books: Any) -> None:
    books.person("Patti Smith", "books")
    books.person("Patti Smith", "other")
    books.person("Patti Smith", "music", mbid=ONE, mbid_source="verified")

    assert people(books) == [("Patti Smith", ["books", "music", "other"], ONE)]


def test_where_a_catalogue_tells_two_of_a_name_apart_bare_names_are_the_bare_one(books: Any) -> None:
    books.person("Patti Smith", "books")
    books.person("Patti Smith", "music")
    books.person("Patti Smith", "music", mbid=ONE, mbid_source="verified")

    assert people(books) == [("Patti Smith", ["books", "music"], None), ("Patti Smith", ["music"], ONE)]


def test_a_guessed_id_makes_nobody_another(books: Any) -> None:
    books.person("Patti Smith", "books")
    books.person("Patti Smith", "music", mbid=ONE, mbid_source="lastfm")

    assert people(books) == [("Patti Smith", ["books", "music"], ONE)]


def test_who_was_set_apart_is_nobody_else(books: Any) -> None:
    books.person("Patti Smith", "books", set_apart=True)
    books.person("Patti Smith", "other")
    books.person("Patti Smith", "music", mbid=ONE, mbid_source="verified")

    assert people(books) == [("Patti Smith", ["books"], None), ("Patti Smith", ["music", "other"], ONE)]


def test_a_name_that_looks_like_an_id_is_a_name(books: Any) -> None:
    books.person("Somebody", "music", mbid=ONE, mbid_source="verified")
    books.person(ONE, "books")
    books.person(str(books.person("311", "music", set_apart=True)), "books")

    assert len(people(books)) == 4


def test_a_stated_sort_name_goes_before_one_that_a_rule_made(books: Any) -> None:
    books.person("Ludwig van Beethoven", "books", sort_name="Beethoven, Ludwig van", sort_name_source="rule")
    books.person("Ludwig van Beethoven", "music", sort_name="van Beethoven, Ludwig", sort_name_source="stated")

    assert books.ask("select name, sort_name from persons") == [("Ludwig van Beethoven", "van Beethoven, Ludwig")]


def test_a_hundred_thousand_persons_are_gone_through_a_fixed_number_of_times(books: Any) -> None:
    plan = "\n".join(line for (line,) in books.ask("explain select name, catalogues from persons"))

    assert plan.count("Scan on person") <= 2
    assert "Nested Loop" not in plan


# --- what was heard -------------------------------------------------------------------------------------------------


@pytest.fixture
def hear(books: Any) -> Any:
    """Put what an export told of an audiobook into the database."""
    books.conn.execute("insert into listener values (default, 'Ada', 'ada', 1, 'UTC')")
    rows: list[int] = []

    def heard(export: int, at: str, title: str = "Dune", *, ms: int | None = 1_000, **told: Any) -> None:
        books.conn.execute(
            "insert into export (id, listener_id, name, sha256, size) overriding system value"
            " values (%s, 1, 'x', %s, 1) on conflict do nothing",
            [export, bytes([export])],
        )
        rows.append(export)
        given = {"listener_id": 1, "export_id": export, "member": 1, "row_no": len(rows), "listened_at": f"{at}Z"}
        given |= {"source": "spotify", "time_kind": "end", "played_for_ms": ms, "title": title}
        given |= {"title_key": title.lower()} | told
        columns, places = ", ".join(given), ", ".join(["%s"] * len(given))
        books.conn.execute(f"insert into book_listen ({columns}) values ({places})", list(given.values()))

    return heard


SHOWN = "select listened_at::time::text, export_id from book_listens order by listened_at, export_id"


def test_what_was_heard_stands_under_the_books_own_title_and_authors(books: Any, hear: Any) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"), ("author", "Brian Herbert"))
    hear(1, "2024-05-01 12:00:00", "DUNE", book_id=dune, chapter="One", client="ios", author="Herbert")
    hear(1, "2024-05-01 13:00:00", "Emma", author="Jane Austen", ms=None)

    assert books.ask(
        "select listener, listened_at, book_id, title, author, chapter, played_for_ms, client, told_title, told_author"
        " from book_listens order by listened_at"
    ) == [
        (
            *("Ada", datetime(2024, 5, 1, 12, tzinfo=UTC), dune, "Dune", "Frank Herbert, Brian Herbert", "One", 1_000),
            *("ios", "DUNE", "Herbert"),
        ),
        (
            *("Ada", datetime(2024, 5, 1, 13, tzinfo=UTC), None, "Emma", "Jane Austen", None, None),
            *(None, "Emma", "Jane Austen"),
        ),
    ]


def test_what_two_exports_tell_alike_was_heard_once(books: Any, hear: Any) -> None:
    hear(1, "2024-05-01 12:00:00")
    hear(2, "2024-05-01 12:00:00")
    hear(2, "2024-05-01 12:00:00", "Emma")
    hear(2, "2024-05-01 12:00:00", ms=2_000)
    hear(2, "2024-05-01 12:00:01")
    hear(3, "2024-05-01 12:00:01")

    assert books.ask(SHOWN) == [("12:00:00", 1), ("12:00:00", 2), ("12:00:00", 2), ("12:00:01", 2)]


def test_what_one_export_tells_to_the_minute_and_another_to_the_second_was_heard_once(books: Any, hear: Any) -> None:
    hear(1, "2024-05-01 11:59:59", time_kind="minute")
    hear(2, "2024-05-01 12:00:58", chapter="One")
    hear(1, "2024-05-01 12:05:00", time_kind="minute")
    hear(2, "2024-05-01 12:06:00")
    hear(2, "2024-05-01 12:04:59")

    assert books.ask(SHOWN) == [("12:00:58", 2), ("12:04:59", 2), ("12:05:00", 1), ("12:06:00", 2)]


def test_equal_rows_of_one_export_that_knows_minutes_are_several_playings(books: Any, hear: Any) -> None:
    for export in (1, 1, 2, 2):
        hear(export, "2024-05-01 12:00:00", time_kind="minute")

    assert books.ask(SHOWN) == [("12:00:00", 1), ("12:00:00", 1)]


# --- what is wrong --------------------------------------------------------------------------------------------------


def test_a_healthy_shelf_has_nothing_to_show(books: Any) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"))
    for disc, position in ((1, 0), (1, 1), (2, 2), (2, 3)):
        part = position + 1
        books.file(f"Dune/CD {disc}/{part}.mp3", dune, part=part, duration_ms=1_000, disc=disc, position=position)
    books.file("Dune/map.pdf", dune, role="supplement", is_tagged=False, kind="text")
    books.file("Dune/cover.jpg", dune, role="sidecar", kind="picture", is_tagged=False, content_hash=b"x")
    books.file("Emma/cover.jpg", None, role="sidecar", kind="picture", is_tagged=False, content_hash=b"x")
    books.file("Dune/gone.opf", dune, role="sidecar", kind="sidecar", state="missing", missing_since="2024-01-01Z")

    assert books.ask(HEALTH) == []


def test_a_book_that_only_its_place_names_is_untagged(books: Any) -> None:
    of_path = books.book("Dune", ("author", "Frank Herbert"), sources={"title": "path"})
    books.file("Herbert/Dune.epub", of_path, kind="text", is_tagged=False)
    books.file("Herbert/map.pdf", of_path, kind="text", is_tagged=False, role="supplement")
    of_sidecar = books.book("Emma", sources={"title": "sidecar"})
    books.file("Austen/Emma.epub", of_sidecar, kind="text", is_tagged=False)
    comic = books.book("Naruto v005", sources={"title": "path"})
    books.in_series(comic, "Naruto", 5, source="path")
    books.file("Naruto/Naruto v005.cbz", comic, kind="comic", is_tagged=False)

    assert books.ask(HEALTH) == [("untagged", "/books/Herbert/Dune.epub", "it names no title or author")]
    assert books.ask("select book_id from library_health") == [(of_path,)]


def test_a_book_that_nobody_is_said_to_have_written_lacks_an_author(books: Any) -> None:
    alone = books.book("Beowulf", ("narrator", "Seamus Heaney"))
    books.file("Beowulf/02.mp3", alone, part=2)
    books.file("Beowulf/01.mp3", alone, part=1)
    books.file("Anthology.epub", books.book("Anthology", ("editor", "Somebody")), kind="text")
    books.file("Maus.cbz", books.book("Maus"), kind="comic")
    books.file("gone.epub", books.book("Gone"), kind="text", role="supplement")

    assert books.ask(HEALTH) == [("no author", "/books/Beowulf/01.mp3", "nobody says who wrote it")]


@pytest.mark.parametrize(
    ("places", "reasons"),
    [
        ([(None, 1), (None, 2), (None, 4)], ["of its parts these are not there: 3"]),
        ([(None, 1), (None, 5), (None, 3)], ["of its parts these are not there: 2, 4"]),
        ([(1, 1), (1, 2), (2, 1), (2, 3)], ["of its parts on disc 2 these are not there: 2"]),
        ([(1, 1), (1, 2), (2, 3), (2, 4)], []),  # counted through
        ([(None, 4), (None, 5)], []),  # the later volumes of a set
        ([(None, 1), (None, 2), (None, 2), (None, 4)], []),  # discs without their number
        ([(None, 1), (None, None), (None, 4)], []),
        ([(None, 1999), (None, 2010)], []),  # years
        ([(None, -2_000_000_000), (None, 2_000_000_000)], []),
        (
            [(None, n) for n in range(1, 31, 2)],
            ["of its parts these are not there: 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, ..."],
        ),
    ],
)  # fmt: skip
def test_a_gap_in_the_numbers_of_parts_is_told_and_nothing_that_only_looks_like_one(
    books: Any, places: list[tuple[int | None, int | None]], reasons: list[str]
) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"))
    for number, (disc, position) in enumerate(places):
        books.file(f"Dune/{number:02}.mp3", dune, part=number, duration_ms=1_000, disc=disc, position=position)
    books.file("Dune/Dune.m4b", dune, duration_ms=1_000, position=1)

    assert books.ask("select reason from library_health where problem = 'gap in parts'") == [
        (reason,) for reason in reasons
    ]


def test_parts_in_two_formats_are_one_reading_unless_they_repeat_each_other(books: Any) -> None:
    apart, twice = (books.book(title, ("author", "Jane Austen")) for title in ("Emma", "Persuasion"))
    for position in range(1, 7):
        books.file(
            f"a/{position}.{('mp3', 'ogg')[position % 2]}", apart, part=position, duration_ms=1, position=position
        )
    for suffix, positions in (("mp3", (1, 2, 4)), ("ogg", (1, 2, 3, 4))):
        for position in positions:
            books.file(f"b/{position}.{suffix}", twice, part=position, duration_ms=1, position=position)

    assert books.ask(HEALTH) == [("gap in parts", "/books/b/1.mp3", "of its parts these are not there: 3")]
    assert books.ask("select title, duration_ms from books order by title") == [("Emma", 6), ("Persuasion", 4)]


def test_a_missing_part_is_missing_and_no_gap(books: Any) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"))
    for position in (1, 2, 3):
        told = {"state": "missing", "missing_since": "2024-01-01Z"} if position == 2 else {"part": position}
        books.file(f"Dune/{position}.mp3", dune, duration_ms=1_000, position=position, **told)

    assert books.ask(HEALTH) == [("missing", "/books/Dune/2.mp3", "the last scan did not find it")]


def test_a_sidecar_without_a_book_is_told_and_a_picture_is_not(books: Any) -> None:
    books.file("Dune/metadata.opf", kind="sidecar", role="sidecar")
    books.file("Dune/cover.jpg", kind="picture", role="sidecar")
    books.file("Emma/metadata.opf", kind="sidecar", role="sidecar")
    books.file("Emma/Emma.epub", state="unreadable", reason="it is broken", said=None)

    assert books.ask(HEALTH) == [
        ("sidecar only", "/books/Dune/metadata.opf", "there is no book beside it"),
        ("unreadable", "/books/Emma/Emma.epub", "it is broken"),
    ]


def test_a_second_copy_of_a_book_is_a_duplicate(books: Any) -> None:
    for folder in ("a", "b"):
        books.file(f"{folder}/Dune.epub", books.book("Dune", ("author", "F. H.")), kind="text", content_hash=b"x")

    assert books.ask(HEALTH) == [("duplicate", "/books/b/Dune.epub", "a copy of /books/a/Dune.epub")]
