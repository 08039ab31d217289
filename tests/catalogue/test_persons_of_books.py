"""Persons who wrote or read a book are merged and deleted like others, and nobody takes them for nobody."""

from typing import Any

import pytest

from scannerd.db.queries import run
from scannerd.listens.undo import undo

BY = """
    select book.title, role, person.name, position, credited_as from book_contribution
    join book on book.id = book_id join person on person.id = person_id order by 1, 2, 4"""


@pytest.fixture
def king(books: Any) -> int:
    return int(books.person("Stephen King", "music"))


@pytest.fixture
def bachman(books: Any) -> int:
    return int(books.person("Richard Bachman", "music"))


def test_books_are_by_whom_their_authors_became(home: Any, books: Any, king: int, bachman: int) -> None:
    books.book("Misery", ("author", "Stephen King"), catalogue="music")
    books.book("Rage", ("author", "Richard Bachman"), ("narrator", "Richard Bachman"), catalogue="music")

    home.merge("person", bachman, king)

    assert home.ask(BY) == [
        ("Misery", "author", "Stephen King", 0, "Stephen King"),
        ("Rage", "author", "Stephen King", 0, "Richard Bachman"),
        ("Rage", "narrator", "Stephen King", 1, "Richard Bachman"),
    ]
    assert home.ask("select name, wrote, read from persons") == [("Stephen King", ["Misery", "Rage"], ["Rage"])]
    assert home.wrong() == []


@pytest.mark.parametrize("winner", ["Stephen King", "Richard Bachman"])
def test_two_authors_of_one_book_become_one_at_the_better_place(home: Any, books: Any, winner: str) -> None:
    both = {"Stephen King", "Richard Bachman"}
    for title, first, second in (("One", *sorted(both)), ("Two", *sorted(both, reverse=True))):
        parts = (("author", first), ("author", second), ("writer", second), ("author", "Peter Straub"))
        books.book(title, *parts, catalogue="music")
    [loser] = both - {winner}

    home.merge("person", home.person(loser), home.person(winner))

    assert home.ask(BY) == [
        ("One", "author", winner, 0, "Richard Bachman"),
        ("One", "author", "Peter Straub", 3, "Peter Straub"),
        ("One", "writer", winner, 2, "Stephen King"),
        ("Two", "author", winner, 0, "Stephen King"),
        ("Two", "author", "Peter Straub", 3, "Peter Straub"),
        ("Two", "writer", winner, 2, "Richard Bachman"),
    ]


def test_two_narrators_of_one_file_become_one(home: Any, books: Any, king: int, bachman: int) -> None:
    book = books.book("Rage", catalogue="music")
    both, one = books.file("Rage/1.mp3", book), books.file("Rage/2.mp3", book)
    for file_id, person_id, place in ((both, bachman, 0), (both, king, 1), (one, bachman, 0)):
        home.conn.execute(
            "insert into file_contribution values (%s, %s, 'narrator', %s, '', 'file')", [file_id, person_id, place]
        )

    home.merge("person", bachman, king)

    assert home.ask("select file_id, person_id, position from file_contribution order by 1") == [
        (both, king, 0),
        (one, king, 0),
    ]


def test_a_deleted_person_leaves_the_books_and_files_they_had_a_part_in(home: Any, books: Any, king: int) -> None:
    book = books.book("Misery", ("author", "Stephen King"), ("author", "Peter Straub"), catalogue="music")
    file_id = books.file("Misery/1.mp3", book)
    home.conn.execute("insert into file_contribution values (%s, %s, 'narrator', 0, '', 'file')", [file_id, king])

    home.delete("person", king)

    assert home.ask("select title, authors from books") == [("Misery", ["Peter Straub"])]
    assert home.ask("select file_id from file_contribution") == []
    assert home.ask("select path from book_files") == [("/books/Misery/1.mp3",)]


@pytest.mark.parametrize(
    ("winner", "loser", "kept"),
    [
        ((None, None), ("Bachman, Richard", "stated"), ("Bachman, Richard", "stated")),
        ((None, None), ("Bachman, Richard", "rule"), (None, None)),
        (("King, Stephen", "rule"), ("Bachman, Richard", "stated"), ("King, Stephen", "rule")),
        (("King, Stephen", "stated"), (None, None), ("King, Stephen", "stated")),
        ((None, None), ("Bachman, Richard", None), ("Bachman, Richard", None)),
    ],
)
def test_how_the_loser_is_sorted_fills_a_gap_unless_a_rule_made_it(
    home: Any, books: Any, winner: Any, loser: Any, kept: Any
) -> None:
    into, gone = (
        books.person(name, "music", sort_name=told[0], sort_name_source=told[1])
        for name, told in (("Stephen King", winner), ("Richard Bachman", loser))
    )

    home.merge("person", gone, into)

    assert home.ask("select sort_name, sort_name_source from person") == [kept]


# --- of a catalogue that books and music share ----------------------------------------------------------------------


def hold(books: Any, name: str, how: str) -> None:
    """Let somebody have a part in a book, or in one file of it."""
    if how == "book":
        books.book("A Book", ("narrator", name), catalogue="music")
    else:
        file_id = books.file("A Book/1.mp3", books.book("A Book", catalogue="music"))
        given = [file_id, books.person(name, "music")]
        books.conn.execute("insert into file_contribution values (%s, %s, 'narrator', 0, '', 'file')", given)


@pytest.mark.parametrize("how", ["book", "file"])
def test_undo_leaves_an_artist_who_reads_a_book(home: Any, books: Any, how: str) -> None:
    home.take_in(home.play("Blur", "Tender"), home.play("Dido", "Thank You"))
    hold(books, "Dido", how)

    undo(home.conn, home.one("select id from export"))

    assert home.persons() == ["Dido"]


@pytest.mark.parametrize("how", ["book", "file"])
def test_whoever_was_announced_and_reads_a_book_stays(home: Any, books: Any, how: str) -> None:
    hold(books, "Dido", how)
    books.person("Nobody", "music")
    home.conn.execute("insert into announced_person select id, null from person")

    run(home.conn, "delete_announced_persons", export_id=None)

    assert home.persons() == ["Dido"]


@pytest.mark.parametrize("how", ["book", "file"])
def test_a_scan_leaves_whoever_has_a_part_in_a_book(home: Any, books: Any, how: str) -> None:
    hold(books, "Dido", how)
    books.person("Nobody", "music")

    run(home.conn, "delete_left_persons", catalogue_id=1)

    assert home.persons() == ["Dido"]


def test_a_scan_leaves_the_genres_tags_and_series_of_books(home: Any, books: Any) -> None:
    book = books.book("A Book", catalogue="music")
    for kind in ("genre", "tag"):
        books.label(kind, book, f"A {kind}")
        home.conn.execute(f"insert into {kind} (catalogue_id, name, match_key) values (1, 'Left', 'left')")
    books.in_series(book, "A series")
    for name in ("Left", "Known by another name"):
        home.conn.execute("insert into series (catalogue_id, name, match_key) values (1, %s, %s)", [name, name])
    home.conn.execute(
        "insert into series_alias select 1, id, 'Other', 'other', 'manual' from series where name like 'Known%%'", []
    )

    for kind in ("genres", "tags", "series"):
        run(home.conn, f"delete_left_{kind}", catalogue_id=1)

    assert home.ask("select name from genre union all select name from tag order by 1") == [("A genre",), ("A tag",)]
    assert home.ask("select name from series order by 1") == [("A series",), ("Known by another name",)]
