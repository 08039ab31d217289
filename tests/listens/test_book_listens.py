"""What exports tell of audiobooks: skipped rows that are kept all the same, and the books they are of."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.listens import exports
from scannerd.listens.book_listens import Candidate, find_books, which_book
from scannerd.listens.store import Counts
from scannerd.listens.undo import undo
from scannerd.model.listen import AudiobookListen, Failed, Skipped, SkipReason, TimeKind
from scannerd.model.names import match_key

BEGIN = datetime(2024, 5, 1, 12, tzinfo=UTC)
TOLD = (
    "select told_title, told_author, chapter, listened_at, time_kind, played_for_ms, client, source, export_id"
    " from book_listens order by listened_at"
)


def heard(title: str, author: str | None = None, minute: int = 0, **told: Any) -> Skipped:
    """A row of an audiobook."""
    at = told.pop("at", BEGIN + timedelta(minutes=minute))
    kind = told.pop("kind", TimeKind.END)
    return Skipped(1, SkipReason.AUDIOBOOK, "{}", AudiobookListen(title, at, kind, author, **told))


def found(home: Any) -> list[tuple[str, int | None]]:
    rows: list[tuple[str, int | None]] = home.ask(
        "select told_title, book_id from book_listens order by listened_at, 1"
    )
    return rows


def bring(home: Any, *rows: Any) -> int:
    """A whole import, as the daemon does it."""
    export_id = home.new_export()
    batches = list(home.batches(rows, source="spotify"))
    exports.store_rows(home.conn, export_id, batches, listener=home.listener, reading=lambda: exports.Reading([], []))
    assert exports.resolve_and_mark(home.conn, export_id, listener=home.listener, rules=home.rules)
    exports.mark_shelved(home.conn, export_id)
    return int(export_id)


# --- kept -----------------------------------------------------------------------------------------------------------


def test_an_audiobook_stays_a_skipped_row_and_is_kept_besides(home: Any) -> None:
    rows = [
        home.play("Blur", "Tender"),
        heard("Dune", "Frank Herbert", chapter="One", played_for_ms=61_000, client="ios", source_id="spotify:show:1"),
        Skipped(1, SkipReason.PODCAST),
        Skipped(1, SkipReason.AUDIOBOOK, '{"ts": "yesterday"}'),
        Failed(1, "broken"),
    ]
    export_id, counts = home.store(home.batches(rows, source="spotify", size=2))

    assert counts == Counts(read=5, stored=1, duplicate=0, skipped=3, failed=1)
    assert home.ask("select row_no, outcome, reason from export_row order by row_no") == [
        (2, "skipped", "audiobook"),
        (3, "skipped", "podcast"),
        (4, "skipped", "audiobook"),
        (5, "failed", "broken"),
    ]
    assert home.ask(TOLD) == [
        ("Dune", "Frank Herbert", "One", BEGIN, "end", 61_000, "ios", "spotify", export_id),
    ]
    assert home.ask("select member, row_no, title_key, author_key, source_id from book_listen") == [
        (1, 2, "dune", "frank herbert", "spotify:show:1")
    ]
    assert home.one("select count(*) from listens") == 1


def test_members_of_one_export_tell_each_their_own(home: Any) -> None:
    batches = [
        *home.batches([heard("Dune")], source="spotify", member="2023.json"),
        *home.batches([heard("Dune", minute=5)], source="spotify", member="2024.json"),
    ]
    home.store(batches)

    assert home.ask("select member, row_no from book_listen order by 1") == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    "row",
    [
        heard("Dune", at=datetime(1999, 1, 1, tzinfo=UTC)),
        heard("Dune", at=datetime(2030, 1, 1, tzinfo=UTC)),
        heard("\u200b "),
        Skipped(1, SkipReason.AUDIOBOOK),
    ],
)
def test_what_has_no_title_or_no_possible_time_is_only_skipped(home: Any, row: Skipped) -> None:
    _, counts = home.store(home.batches([row], source="spotify"))

    assert counts == Counts(read=1, skipped=1)
    assert home.ask("select reason from export_row") == [("audiobook",)]
    assert home.one("select count(*) from book_listen") == 0


def test_an_import_that_breaks_off_keeps_nothing(home: Any) -> None:
    def broken() -> Any:
        yield from home.batches([heard("Dune")], source="spotify")
        raise OSError

    with pytest.raises(OSError):
        home.store(broken())

    assert home.one("select count(*) from book_listen") == 0


def test_an_undone_export_takes_what_it_told_along_and_a_second_import_brings_the_same(home: Any, books: Any) -> None:
    dune = books.book("Dune", ("author", "Frank Herbert"))
    rows = (home.play("Blur", "Tender"), heard("Dune", "Frank Herbert"), heard("Emma", minute=5))
    first = bring(home, *rows)
    before = [row[:-1] for row in home.ask(TOLD)], found(home)
    assert found(home) == [("Dune", dune), ("Emma", None)]

    undo(home.conn, first)

    assert home.ask(TOLD) == []
    assert home.one("select rows_skipped from export") == 2
    bring(home, *rows)
    assert ([row[:-1] for row in home.ask(TOLD)], found(home)) == before


def test_of_exports_that_overlap_each_keeps_its_own_and_the_playing_shows_once(home: Any) -> None:
    one, both = heard("Dune"), heard("Dune", minute=30)
    first = bring(home, one, both)
    second = bring(home, both, heard("Dune", minute=60))
    shown = "select listened_at, export_id from book_listens order by 1"
    half, hour = BEGIN + timedelta(minutes=30), BEGIN + timedelta(hours=1)

    assert home.ask(shown) == [(BEGIN, first), (half, first), (hour, second)]

    undo(home.conn, first)

    assert home.ask(shown) == [(half, second), (hour, second)]


# --- found ----------------------------------------------------------------------------------------------------------


def book(number: int, title: str, *authors: str, subtitle: str | None = None, is_audio: bool = True) -> Candidate:
    return Candidate(number, match_key(title), subtitle, is_audio, [match_key(author) for author in authors])


HERBERT, KING = "Frank Herbert", "Stephen King"


@pytest.mark.parametrize(
    ("title", "author", "owned", "wanted"),
    [
        ("Dune", HERBERT, [book(1, "Dune", HERBERT)], 1),
        ("DUNE ", "FRANK HERBERT", [book(1, "Dune", HERBERT)], 1),
        ("Dune", KING, [book(1, "Dune", HERBERT)], None),
        ("Dune", HERBERT, [book(1, "Dune")], None),
        ("Dune", HERBERT, [book(1, "Dune", "Brian Herbert", HERBERT)], 1),
        # A field may name several authors, or one last name first.
        ("Dune", "Brian Herbert; Frank Herbert", [book(1, "Dune", HERBERT)], 1),
        ("Dune", "Herbert, Frank", [book(1, "Dune", HERBERT)], 1),
        # Of several by them, the first; of several without a word about the author, none.
        ("Dune", HERBERT, [book(2, "Dune", HERBERT), book(1, "Dune", HERBERT)], 1),
        ("It", KING, [book(1, "It", "Alexa Chung"), book(2, "It", KING)], 2),
        ("It", None, [book(1, "It", "Alexa Chung"), book(2, "It", KING)], None),
        ("It", None, [book(1, "It", KING)], 1),
        # What can be heard goes before what can only be read.
        ("It", None, [book(1, "It", "Alexa Chung", is_audio=False), book(2, "It", KING)], 2),
        ("It", KING, [book(1, "It", KING, is_audio=False), book(2, "It", KING)], 2),
        ("It", None, [book(1, "It", KING, is_audio=False)], 1),
        # Subtitles.
        ("Dune: A Novel", None, [book(1, "Dune", HERBERT)], 1),
        ("Dune - A Novel", None, [book(1, "Dune", HERBERT)], 1),
        ("Dune", None, [book(1, "Dune: A Novel", HERBERT)], 1),
        ("Dune: A Novel", None, [book(1, "Dune", HERBERT, subtitle="A Novel")], 1),
        ("Dune – a novel", None, [book(1, "Dune", HERBERT, subtitle="A Novel")], 1),
        ("Dune - A Novel", None, [book(1, "Dune: A Novel", HERBERT)], 1),
        ("Mistborn: The Final Empire", None, [book(1, "Mistborn: The Well of Ascension")], None),
        ("Mistborn: The Final Empire", None, [book(1, "Mistborn", subtitle="The Well of Ascension")], None),
        ("Mistborn: The Final Empire", None, [book(1, "Mistborn"), book(2, "Mistborn")], None),
        ("Mistborn", None, [book(1, "Mistborn: One"), book(2, "Mistborn: Two")], None),
        ("Mistborn", "A", [book(1, "Mistborn: One", "A"), book(2, "Mistborn: Two", "A")], None),
        ("Mistborn", "A", [book(1, "Mistborn: One", "A"), book(2, "Mistborn: Two", "B")], 1),
        # The very title goes before one that is only like it.
        ("Dune", None, [book(1, "Dune: The Graphic Novel"), book(2, "Dune")], 2),
        ("Dune: A Novel", None, [book(1, "Dune"), book(2, "Dune: A Novel")], 2),
        ("Dune", None, [book(1, "Dune Messiah")], None),
        ("3:10 to Yuma", None, [book(1, "3")], None),
    ],
)
def test_a_book_is_known_by_title_and_author(
    title: str, author: str | None, owned: list[Candidate], wanted: int | None
) -> None:
    for some in permutations(owned):
        assert which_book(match_key(title), author, some) == wanted


@pytest.mark.parametrize("title", ["Dune", "Dune: A Novel", "Dune - A Novel"])
def test_the_database_offers_every_book_whose_title_is_like_it(home: Any, books: Any, title: str) -> None:
    dune = books.book("Dune", ("author", HERBERT))
    bring(home, heard(title))

    assert found(home) == [(title, dune)]


def test_an_author_is_known_by_every_name_they_have(home: Any, books: Any) -> None:
    dune = books.book("Dune", ("writer", HERBERT), ("narrator", "Scott Brick"))
    books.conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source)"
        " select catalogue_id, id, 'Herbert Sr.', 'herbert sr.', 'manual' from person where name = %s",
        [HERBERT],
    )
    bring(home, heard("Dune", "Herbert Sr."), heard("Dune", "Scott Brick", 5))

    assert found(home) == [("Dune", dune), ("Dune", None)]


def test_books_are_looked_for_in_every_catalogue(home: Any, books: Any) -> None:
    emma = books.book("Emma", catalogue="novels")
    bring(home, heard("Emma"))

    assert found(home) == [("Emma", emma)]


def test_an_ebook_of_the_title_gives_way_to_the_audiobook(home: Any, books: Any) -> None:
    text, audio = books.book("It"), books.book("It")
    books.file("It.epub", text, kind="text")
    books.file("It.m4b", audio)
    bring(home, heard("It"))

    assert found(home) == [("It", audio)]


def test_whether_the_book_or_the_export_came_first_makes_no_difference(home: Any, books: Any) -> None:
    bring(home, heard("Dune", HERBERT), heard("Emma", minute=5))
    assert found(home) == [("Dune", None), ("Emma", None)]
    dune = books.book("Dune", ("author", HERBERT))

    assert find_books(home.conn) == 1
    assert find_books(home.conn) == 0

    assert found(home) == [("Dune", dune), ("Emma", None)]


def test_a_book_that_is_retitled_or_deleted_is_looked_for_again(home: Any, books: Any) -> None:
    first, second = books.book("Dune", ("author", HERBERT)), books.book("Emma")
    bring(home, heard("Dune", HERBERT), heard("Emma", minute=5))
    home.conn.execute("update book set title = 'Dune Messiah', match_key = 'dune messiah' where id = %s", [first])
    home.conn.execute("delete from book where id = %s", [second])
    assert found(home) == [("Dune", first), ("Emma", None)]
    again = books.book("Emma")

    assert find_books(home.conn) == 2

    assert found(home) == [("Dune", None), ("Emma", again)]


def test_a_second_book_of_the_title_takes_away_what_was_certain(home: Any, books: Any) -> None:
    books.book("It", ("author", KING))
    bring(home, heard("It"), heard("It", KING, 5))
    books.book("It", ("author", "Alexa Chung"))

    find_books(home.conn)

    assert [book_id is None for _, book_id in found(home)] == [True, False]


def test_an_import_looks_only_for_what_it_told(home: Any, books: Any) -> None:
    bring(home, heard("Emma"))
    emma = books.book("Emma")
    export_id = bring(home, home.play("Blur", "Tender"))

    assert find_books(home.conn, export_id) == 0
    assert found(home) == [("Emma", None)]
    assert find_books(home.conn) == 1
    assert found(home) == [("Emma", emma)]


def test_two_who_look_at_once_wait_for_each_other(home: Any, books: Any, database: str) -> None:
    bring(home, heard("Dune"))
    with connect.connect(database, autocommit=True) as other, other.transaction():
        find_books(other)
        home.conn.execute("set lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            find_books(home.conn)
