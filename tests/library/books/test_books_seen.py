"""A scanned shelf as other programs see it, and what was heard of it."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from songs import flac

from scannerd.library.how import How, Mode, PoolLimits
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import scan
from scannerd.listens import exports
from scannerd.listens.listener import get_listener
from scannerd.model.artist_names import split_rules
from scannerd.model.batch import Window, pack
from scannerd.model.listen import AudiobookListen, Skipped, SkipReason, TimeKind

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def hear(book_shelf: Any) -> Any:
    """Import an export that tells of these (title, author)."""

    def imported(*heard: tuple[str, str | None]) -> None:
        conn, told = book_shelf.conn, enumerate(heard, 1)
        rows = [
            Skipped(n, SkipReason.AUDIOBOOK, "", AudiobookListen(title, AT + timedelta(hours=n), TimeKind.END, author))
            for n, (title, author) in told
        ]
        batch = pack(rows, member="", source="spotify", format_name="test", window=Window(datetime.now(UTC)))
        me = get_listener(conn, "me", time_zone="UTC")
        export_id = exports.take(conn, me, name="x", sha256=os.urandom(32), size=1, path=None)
        exports.store_rows(conn, export_id, [batch], listener=me, reading=lambda: exports.Reading([], []))
        exports.resolve_and_mark(conn, export_id, listener=me, rules=split_rules())

    return imported


def part(shelf: Any, book: str, number: int, **tags: Any) -> None:
    shelf.flac(f"{book}/{number}.flac", **{"album": book, "artist": "Frank Herbert", "tracknumber": str(number)} | tags)


def test_a_book_of_text_and_sound_is_one_row_with_all_that_its_files_say(book_shelf: Any) -> None:
    book_shelf.epub(
        "Dune/Dune.epub", "Dune", "Herbert, Frank", series=("Dune", "1"), subjects=("Science Fiction",), date="1965-08"
    )
    for number in (1, 2, 3):
        part(book_shelf, "Dune", number, narrator="Scott Brick", title=f"Chapter {number}")
    book_shelf.scan()

    assert book_shelf.ask(
        "select title, authors, narrators, series, series_number, genres, language, published::text,"
        " published_precision, files, duration_ms > 300000, formats, owned, has_cover, catalogue from books"
    ) == [
        (
            *("Dune", ["Frank Herbert"], ["Scott Brick"], "Dune", Decimal(1), ["Science Fiction"], "en"),
            *("1965-08-01", "month", 4, True, ["epub", "flac"], True, True, "books"),
        )
    ]
    assert book_shelf.ask("select contributors->0->>'credited_as' from books") == [("Herbert, Frank",)]
    assert book_shelf.ask("select path, part, kind, narrators from book_files order by path") == [
        (f"{book_shelf.root}/Dune/1.flac", 1, "audio", ["Scott Brick"]),
        (f"{book_shelf.root}/Dune/2.flac", 2, "audio", ["Scott Brick"]),
        (f"{book_shelf.root}/Dune/3.flac", 3, "audio", ["Scott Brick"]),
        (f"{book_shelf.root}/Dune/Dune.epub", None, "text", []),
    ]
    assert book_shelf.ask("select name, numbers, authors, owned_books from public.series") == [
        ("Dune", [Decimal(1)], ["Frank Herbert"], 1)
    ]
    assert book_shelf.ask("select name, sort_name, wrote, read from persons order by name") == [
        ("Frank Herbert", "Herbert, Frank", ["Dune"], []),
        ("Scott Brick", "Brick, Scott", [], ["Dune"]),
    ]
    assert book_shelf.ask("select title, level, state from book_chapters") == [("One", 0, "present")]
    assert book_shelf.ask("select problem, path from library_health") == []


def test_files_read_by_different_people_each_show_their_own(book_shelf: Any) -> None:
    part(book_shelf, "Dune", 1, narrator="Scott Brick")
    part(book_shelf, "Dune", 2, narrator="Orlagh Cassidy")
    book_shelf.scan()

    assert book_shelf.ask("select part, narrators from book_files order by part") == [
        (1, ["Scott Brick"]),
        (2, ["Orlagh Cassidy"]),
    ]
    assert book_shelf.ask("select narrators from books") == [(["Scott Brick", "Orlagh Cassidy"],)]
    assert book_shelf.ask("select name from persons where read = '{Dune}' order by name") == [
        ("Orlagh Cassidy",),
        ("Scott Brick",),
    ]


def test_a_part_that_is_not_there_is_told(book_shelf: Any) -> None:
    for number in (1, 2, 4):
        part(book_shelf, "Dune", number)
    book_shelf.scan()

    assert book_shelf.ask("select problem, path, reason from library_health") == [
        ("gap in parts", f"{book_shelf.root}/Dune/1.flac", "of its parts these are not there: 3")
    ]


def test_who_writes_and_sings_is_one_person_of_two_catalogues(book_shelf: Any, tmp_path: Any) -> None:
    book_shelf.epub("Just Kids.epub", "Just Kids", "Patti Smith")
    book_shelf.scan()
    flac(
        tmp_path / "music" / "Gloria.flac",
        title="Gloria",
        artist="Patti Smith",
        album="Horses",
        composer="Van Morrison",
    )
    scan(
        book_shelf.conn,
        LibrarySpec("music", (os.fsencode(tmp_path / "music"),)),
        how=How(split_rules(), PoolLimits(workers=1)),
        mode=Mode(),
    )

    assert book_shelf.ask("select name, wrote, performed, composed, catalogues from persons order by name") == [
        ("Patti Smith", ["Just Kids"], 1, [], ["books", "music"]),
        ("Van Morrison", [], 0, ["Gloria"], ["music"]),
    ]
    assert book_shelf.ask("select name from artists") == [("Patti Smith",)]


@pytest.mark.parametrize("book_first", [True, False])
def test_what_was_heard_finds_the_book_whichever_came_first(book_shelf: Any, hear: Any, book_first: bool) -> None:
    steps = [lambda: hear(("Dune", "Frank Herbert"), ("Emma", None)), book_shelf.scan]
    for number in (1, 2):
        part(book_shelf, "Dune", number)
    for step in reversed(steps) if book_first else steps:
        step()

    assert book_shelf.ask("select title, author, book_id from book_listens order by listened_at") == [
        ("Dune", "Frank Herbert", book_shelf.book_ids()["Dune"]),
        ("Emma", None, None),
    ]


def test_what_was_heard_follows_a_book_that_is_retitled(book_shelf: Any, hear: Any) -> None:
    path = book_shelf.epub("Dune.epub", "Dune", "Frank Herbert")
    book_shelf.scan()
    hear(("Dune Messiah", "Frank Herbert"), ("Dune", "Frank Herbert"))
    found = "select told_title from book_listens where book_id is not null"
    assert book_shelf.ask(found) == [("Dune",)]

    path.unlink()
    book_shelf.epub("Dune.epub", "Dune Messiah", "Frank Herbert")
    book_shelf.scan()

    assert book_shelf.ask(found) == [("Dune Messiah",)]


def test_what_was_heard_keeps_its_book_while_that_is_missing(book_shelf: Any, hear: Any) -> None:
    path = book_shelf.epub("Dune.epub", "Dune", "Frank Herbert")
    book_shelf.epub("Emma.epub", "Emma", "Jane Austen")
    book_shelf.scan()
    hear(("Dune", "Frank Herbert"))
    path.unlink()
    book_shelf.scan()

    assert book_shelf.ask("select title, owned from book_listens join books using (book_id, title)") == [
        ("Dune", False)
    ]
