"""What else a NAS does: huge files, a root full of loose ones, odd names, links, disks that are away, books that move
between libraries, files that change while they are read.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive_files import cbz
from audio_book_files import m4b
from broken_scans import InHere
from epub_files import JPEG, epub
from mobi_files import mobi

from scannerd.library.parse import Job, Result


class Counting(InHere):
    """Counts what is read of each file, and lets something happen to it right after."""

    costs: dict[bytes, int]
    act: Any = None

    def parse(self, jobs: Iterable[Job], *, stop: threading.Event) -> Iterator[list[Result]]:
        for job in jobs:
            before = read_so_far()
            result = self._reader.read(job)
            self.costs[job.path.rpartition(b"/")[2]] = read_so_far() - before
            if self.act is not None:
                self.act(job)
            yield [result]


def read_so_far() -> int:
    """Bytes that this thread read, however it asked for them."""
    counts = dict(line.split(": ") for line in Path("/proc/thread-self/io").read_text().splitlines())
    return int(counts["rchar"])


@pytest.fixture(autouse=True)
def costs(monkeypatch: pytest.MonkeyPatch) -> dict[bytes, int]:
    """Bytes read of each file, by name; files are read in this process."""
    monkeypatch.setattr(Counting, "costs", {}, raising=False)
    monkeypatch.setattr("scannerd.library.books.scan.ParsePool", Counting)
    return Counting.costs


def test_huge_books_cost_a_scan_no_more_than_their_heads(book_shelf: Any, costs: dict[bytes, int]) -> None:
    book_shelf.write("Long/long.m4b", m4b((1000, "One"), (2000, "Two")))
    with (book_shelf.root / "Long/long.m4b").open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write((1).to_bytes(4, "big") + b"mdat" + (2 * 1024**3 + 16).to_bytes(8, "big"))
        file.truncate(file.tell() + 2 * 1024**3)
    book_shelf.write("Wide/wide.cbz", cbz({f"{number:05}.jpg": JPEG for number in range(10_000)}))
    book_shelf.write("Heavy/heavy.epub", epub("Heavy", files={"OEBPS/film.mp4": os.urandom(20_000_000)}))
    book_shelf.scan()
    assert book_shelf.one("select size > 2 * 1024 ^ 3 from media_file where name = 'long.m4b'") is True
    assert book_shelf.one("select pages from media_file where name = 'wide.cbz'") == 10_000
    assert book_shelf.one("select count(*) from chapter join media_file on id = file_id where name = 'long.m4b'") == 2
    assert {name: cost < 1_500_000 for name, cost in costs.items()} == dict.fromkeys(costs, True), costs
    costs.clear()
    book_shelf.scan()
    assert costs == {}


def test_thousands_of_loose_files_right_below_the_root_are_a_book_each(
    book_shelf: Any, costs: dict[bytes, int]
) -> None:
    for number in range(1000):
        book_shelf.write(f"Book {number:04}.mobi", mobi(f"Book {number:04}", [(100, f"Author {number % 90}")]))
        book_shelf.write(f"book {number:04}.jpg.txt", b"no matter")
        book_shelf.write(f"BOOK {number:04}.metadata.json", b'{"genres": ["Novel"]}')
    assert book_shelf.scan().books == 1000
    assert book_shelf.one("select count(*) from media_file where book_id is null") == 0
    costs.clear()
    book_shelf.write("Book 0500.mobi", mobi("Book 0500", [(100, "Somebody Else")]))
    book_shelf.write("New.mobi", mobi("New"))
    assert book_shelf.scan().books == 2
    assert sorted(costs) == [b"Book 0500.mobi", b"New.mobi"]


def test_a_name_that_changes_its_case_or_composition_is_the_same_book(book_shelf: Any) -> None:
    composed = "D\u00e9but"
    path = book_shelf.epub(f"{composed}/{composed}.epub", "")
    book_shelf.scan()
    (before,) = book_shelf.ask("select id, title from book")
    apart = unicodedata.normalize("NFD", composed)
    path.rename(path.with_name(f"{apart.upper()}.EPUB"))
    (book_shelf.root / composed).rename(book_shelf.root / apart)
    summary = book_shelf.scan()
    assert (summary.files.moved, summary.files.missing) == (1, 0)
    assert book_shelf.ask("select id, title from book") == [before]


def test_two_names_alike_but_for_their_composition_are_two_files_of_one_book(book_shelf: Any) -> None:
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "D\u00e9but")  # type: ignore[arg-type]
        book_shelf.epub(f"A/{name}.epub", "Début")
        book_shelf.epub(f"{name}.epub", "Root")
    book_shelf.scan()
    assert book_shelf.titles() == ["Début", "Root"]
    assert [count for (count,) in book_shelf.ask("select count(*) from media_file group by book_id")] == [2, 2]
    before = book_shelf.written()
    book_shelf.scan(full=True)
    assert book_shelf.written() == before


def test_names_that_are_no_utf_8_keep_their_book(book_shelf: Any) -> None:
    folder, name = os.fsdecode(b"D\xfcne"), os.fsdecode(b"\xff\xfe")
    path = book_shelf.epub(f"{folder}/{name}.epub", "")
    book_shelf.scan()
    ids = book_shelf.ask("select id from book")
    path.rename(path.with_name(os.fsdecode(b"\xfe\xff.epub")))
    path.parent.rename(book_shelf.root / "Plain")
    assert book_shelf.scan().files.moved == 1
    assert book_shelf.ask("select id, title from book") == [(*ids[0], "Plain")]


def test_a_root_that_shows_nothing_has_lost_no_book(book_shelf: Any) -> None:
    for number in range(3):
        book_shelf.epub(f"A/{number}/{number}.epub", f"Book {number}", series=("Saga", str(number)))
    book_shelf.scan()
    before, away = book_shelf.written(), book_shelf.root.with_name("away")
    book_shelf.root.rename(away)
    book_shelf.root.mkdir()
    summary = book_shelf.scan(accept_missing=False)
    assert len(summary.warnings) == 1
    assert "not mounted" in summary.warnings[0]
    assert book_shelf.written() == before
    book_shelf.root.rmdir()
    away.rename(book_shelf.root)
    book_shelf.scan(accept_missing=False)
    assert book_shelf.written() == before


def test_a_file_linked_into_two_folders_is_two_books_that_stay_what_they_are(book_shelf: Any) -> None:
    path = book_shelf.epub("A/Dune/Dune.epub", "Dune")
    (book_shelf.root / "B").mkdir()
    os.link(path, book_shelf.root / "B/Dune.epub")
    book_shelf.scan()
    assert book_shelf.titles() == ["Dune", "Dune"]
    before = book_shelf.written()
    summary = book_shelf.scan(full=True)
    assert summary.files.moved == 0
    assert book_shelf.written() == before

    path.unlink()
    book_shelf.scan()
    assert book_shelf.ask("select folder, state from media_file order by folder") == [
        (b"A/Dune/", "missing"),
        (b"B/", "present"),
    ]


def test_a_book_moves_from_one_root_to_the_other(book_shelf: Any) -> None:
    shelf = replace(book_shelf, tops=("one", "two"))
    for top in shelf.tops:
        (shelf.root / top).mkdir()
    for number in (1, 2):
        shelf.flac(f"one/A/Dune/CD {number}/1.flac", album="Dune")
    shelf.epub("one/Emma.epub", "Emma")
    shelf.epub("two/Emma.epub", "Emma")
    shelf.scan()
    assert shelf.titles() == ["Dune", "Emma", "Emma"]
    held = shelf.ask("select id from book where title = 'Dune'")
    (shelf.root / "one/A").rename(shelf.root / "two/A")
    assert shelf.scan().files.moved == 2
    assert shelf.ask("select id from book where title = 'Dune'") == held
    assert shelf.ask("select count(distinct root_id) from media_file where folder like 'A/%%'", []) == [(1,)]


def test_a_linked_folder_is_a_folder_and_one_in_a_circle_is_none(book_shelf: Any, tmp_path: Path) -> None:
    (tmp_path / "outside/Dune").mkdir(parents=True)
    (tmp_path / "outside/Dune/Dune.mobi").write_bytes(mobi("Dune"))
    (book_shelf.root / "A").mkdir()
    (book_shelf.root / "A/Dune").symlink_to(tmp_path / "outside/Dune")
    (book_shelf.root / "A/again").symlink_to(book_shelf.root)
    book_shelf.scan()
    assert book_shelf.files() == {"A/Dune/Dune.mobi": ("present", "main", "Dune", None)}


def test_a_book_moves_from_one_library_to_another_of_its_catalogue(book_shelf: Any, tmp_path: Path) -> None:
    second = replace(book_shelf, root=tmp_path / "second", name="second")
    second.root.mkdir()
    for number in (1, 2):
        book_shelf.flac(f"A/Dune/{number}.flac", album="Dune", artist="Ann Lee")
    book_shelf.epub("B/Emma.epub", "Emma", "Jane Austen")
    book_shelf.scan()
    second.scan()
    ids = book_shelf.book_ids()
    (book_shelf.root / "A").rename(second.root / "A")
    assert second.scan().files.moved == 2
    book_shelf.scan()
    assert book_shelf.book_ids() == ids
    assert book_shelf.files() == {
        "A/Dune/1.flac": ("present", "main", "Dune", 1),
        "A/Dune/2.flac": ("present", "main", "Dune", 2),
        "B/Emma.epub": ("present", "main", "Emma", None),
    }
    for shelf in (book_shelf, second):
        before = shelf.written()
        shelf.scan()
        assert shelf.written() == before


def test_a_book_that_moves_to_a_library_of_another_catalogue_is_one_of_its_books(
    book_shelf: Any, tmp_path: Path
) -> None:
    second = replace(book_shelf, root=tmp_path / "second", name="second", catalogue="other")
    second.root.mkdir()
    book_shelf.epub("A/Dune/Dune.epub", "Dune", "Frank Herbert")
    book_shelf.scan()
    second.scan()
    (book_shelf.root / "A").rename(second.root / "A")
    second.scan()
    book_shelf.scan()
    assert book_shelf.ask(
        "select catalogue.name, title, state from book join catalogue on catalogue.id = catalogue_id"
        " left join media_file on book_id = book.id"
    ) == [("other", "Dune", "present")]
    assert book_shelf.ask("select distinct name from person") == [("Frank Herbert",)]


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    book_shelf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    book_shelf.epub("A/A.epub", "Before")

    def replaced(_self: Counting, _job: Job) -> None:
        book_shelf.epub("A/A.epub", "After that")

    with monkeypatch.context() as patched:
        patched.setattr(Counting, "act", replaced)
        book_shelf.scan()
    assert book_shelf.titles() == ["Before"]
    ids = book_shelf.ask("select id from book")
    book_shelf.scan()
    assert book_shelf.titles() == ["After that"]
    assert book_shelf.ask("select id from book") == ids
