"""What a scan of books that was broken off has not done, the next one does; and scans that run side by side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scannerd.db import connect


class BrokenOff(Exception):
    """As good as a kill: nothing after this is done."""


@pytest.mark.parametrize("place", ["_read", "find_owed", "forget_owed", "_settle", "tidy", "find_books"])
def test_the_next_scan_of_books_tidies_up(book_shelf: Any, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    gone = book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert", series=("Saga", "1"))
    book_shelf.epub("B/Emma/Emma.epub", "Emma", "Jane Austen", subjects=["Novel"])
    for number in (1, 2):
        book_shelf.flac(f"C/Apart/{number}.flac", album="Apart", artist="Ann")
    book_shelf.scan()

    gone.unlink()
    book_shelf.epub("B/Emma/Emma.epub", "Emma", "J. Austen")
    (book_shelf.root / "C/Apart/2.flac").rename(book_shelf.root / "C/2.flac")

    def breaking(*_: object, **__: object) -> None:
        raise BrokenOff

    with monkeypatch.context() as patched:
        patched.setattr(f"scannerd.library.books.scan.{place}", breaking)
        with pytest.raises(BrokenOff):
            book_shelf.scan()
    assert book_shelf.one("select is_settled from library") is False
    book_shelf.scan()

    assert book_shelf.one("select is_settled from library") is True
    assert book_shelf.files() == {
        "A/Dune/Dune.epub": ("missing", "main", "Dune", None),
        "B/Emma/Emma.epub": ("present", "main", "Emma", None),
        "C/2.flac": ("present", "main", "Apart", None),
        "C/Apart/1.flac": ("present", "main", "Apart", None),
    }
    assert book_shelf.one("select count(distinct book_id) from media_file where format = 'flac'") == 2
    assert book_shelf.ask("select name from person order by name") == [("Ann",), ("Frank Herbert",), ("J. Austen",)]
    assert book_shelf.ask("select name from genre") == []
    before = book_shelf.written()
    assert book_shelf.scan().books == 0
    assert book_shelf.written() == before


def test_two_libraries_of_one_catalogue_are_scanned_side_by_side(
    book_shelf: Any, database: str, tmp_path: Path
) -> None:
    with connect.connect(database, autocommit=True) as other:
        second = replace(book_shelf, conn=other, root=tmp_path / "second", instance="second")
        second.root.mkdir()
        for shelf in (book_shelf, second):
            shelf.scan()
            for number in range(40):
                shelf.epub(
                    f"{number}/{number}.epub",
                    f"Part {number}",
                    "Jane Doe",
                    f"Guest {'ABCDE'[number % 5]}",
                    series=("Saga", str(number)),
                    subjects=["Novel", "Epic"],
                )
        with ThreadPoolExecutor(2) as threads:
            summaries = list(threads.map(lambda shelf: shelf.scan(), (book_shelf, second)))
    assert [(summary.files.failed, summary.books) for summary in summaries] == [(0, 40), (0, 40)]
    assert book_shelf.one("select count(*) from book") == 80
    assert book_shelf.one("select count(*) from person") == 6
    assert book_shelf.ask("select name from series") == [("Saga",)]
