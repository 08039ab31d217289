"""A folder of books for scans that are killed, in versions; and a reader that looks at the database all the while."""

from __future__ import annotations

import json
import random
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# The folder and the comparison of databases are those of the library's own tests.
sys.path += [
    str(Path(__file__).parents[1] / below) for below in ("parsers", "parsers/books", "library", "library/books")
]

import book_content
from archive_files import cbz, comic_info, pages
from audio_book_files import m4b, tagged
from epub_files import JPEG, epub, opf
from mutagen import id3
from odd_shelf import BookTree, mp3
from pdf_files import pdf
from running import wait_until
from scans import Shelf, connected

BOOKS = 60
_EDITS = """
    add add_beside add_album add_volumes add_format delete move rename renumber move_folder merge_folders split_folder
    rename_case recompose replace copy copy_over swap link break"""
_SEEN = """
    select
        title,
        publisher,
        array(select credited_as || '=' || name from book_contribution join person on person.id = person_id
            where book_id = book.id),
        array(select name from book_genre join genre on genre.id = genre_id where book_id = book.id)
        || array(select name from book_tag join tag on tag.id = tag_id where book_id = book.id),
        array(select name from book_series join series on series.id = series_id where book_id = book.id),
        array(select coalesce(said ->> 'kind', '') || said::text from media_file where book_id = book.id),
        array(select chapter.title from chapter join media_file on media_file.id = file_id where book_id = book.id),
        array(select credited_as from file_contribution join media_file on media_file.id = file_id
            where book_id = book.id)
    from scannerd.book"""
_COUNTS = ("persons", "genres and tags", "series", "files", "chapters", "narrators of files")
_VERSION = re.compile(r" x\d+")


class BookFolder(Shelf):
    """A folder of books."""

    kind = "books"
    full = BOOKS * 5

    def fill(self, chance: random.Random) -> BookTree:
        """Books of several kinds."""
        self.tree = BookTree(self.root, chance, frozenset(_EDITS.split()))
        for top in self.tree.tops:
            top.mkdir()
        self.put(1)
        return self.tree

    def put(self, version: int) -> None:
        """All books in this version; whatever is said of one says which."""
        for number in range(BOOKS):
            folder = self.root / ("one", "two")[number % 2] / f"Author {number % 7}" / f"Book {number}"
            for name, data in MAKERS[number % len(MAKERS)](f"Book {number} x{version}", f" x{version}").items():
                self.tree.put(folder / name, data)

    def faults(self, other: Any, ours: Any) -> list[str]:
        return book_content.faults(other, ours)


def _e_book(title: str, version: str) -> dict[str, bytes]:
    said = {"publisher": f"House{version}", "subjects": [f"Novel{version}", f"Epic{version}"]}
    people = [f"Ann Lee{version}", f"Bob Ray{version}"]
    chapters = [f"One{version}", f"Two{version}"]
    return {
        "book.epub": epub(title, people, chapters=chapters, series=(f"Saga{version}", "1"), **said),
        "metadata.opf": opf(title, people, series=(f"Saga{version}", "1"), **said).encode(),
        "booklet.pdf": pdf({"Title": f"Booklet{version}"}),
        "cover.jpg": JPEG + version.encode(),
        "book.cbz": cbz({**pages("1.jpg", "2.jpg"), "ComicInfo.xml": comic_info(Title=title)}),
    }


def _told(title: str, version: str) -> bytes:
    said = {
        "title": title,
        "authors": [f"Ann Lee{version}", f"Bob Ray{version}"],
        "publisher": f"House{version}",
        "series": [f"Saga{version} #2", f"Other{version} #1"],
        "genres": [f"Novel{version}", f"Epic{version}"],
        "tags": [f"lent{version}"],
    }
    return json.dumps(said).encode()


def _in_parts(title: str, version: str) -> dict[str, bytes]:
    readers = [f"Cid Fox{version}", f"Dee Hay{version}"]
    parts = {
        f"CD {disc}/0{number}.mp3": mp3(8 * number, id3.TALB(text=title), id3.TCOM(text=readers[disc - 1]))
        for disc in (1, 2)
        for number in (1, 2)
    }
    return {**parts, "metadata.json": _told(title, version)}


def _in_one(title: str, version: str) -> dict[str, bytes]:
    atoms = {"\xa9alb": [title], "\xa9ART": [f"Ann Lee{version}"], "\xa9nrt": [f"Cid Fox{version}"]}
    return {
        "book.m4b": tagged(m4b((1000, f"One{version}"), (2000, f"Two{version}"), (3000, f"Three{version}")), atoms),
        "metadata.json": _told(title, version),
        "map.pdf": pdf({"Title": f"Map{version}"}),
        "desc.txt": f"What it is about{version}.".encode(),
        "cover.jpg": JPEG + version.encode(),
    }


Maker = Callable[[str, str], dict[str, bytes]]
MAKERS: tuple[Maker, ...] = (_e_book, _in_parts, _in_one)
WHOLE: tuple[Mapping[str, int], ...] = tuple(
    dict(zip(_COUNTS, counts, strict=True)) for counts in ((2, 2, 1, 5, 2, 0), (4, 3, 2, 5, 0, 4), (3, 3, 2, 5, 3, 0))
)
"""How much belongs to a book of each kind."""


def half_books(conn: Any) -> list[str]:
    """The books of which something is not there, or that are of two versions."""
    told = []
    for title, publisher, *groups in conn.execute(_SEEN).fetchall():
        number, version = int(title.split()[1]), title.split()[2]
        counts = dict(zip(_COUNTS, map(len, groups), strict=True))
        if counts != WHOLE[number % len(WHOLE)]:
            told.append(f"{title}: {counts}")
        texts = [str(publisher), *(text for group in groups for text in group if not text.startswith("picture"))]
        told += [f"{title}: {text}" for text in texts if {one.strip() for one in _VERSION.findall(text)} != {version}]
    return told


@contextmanager
def polled(database: str) -> Iterator[list[str]]:
    """Look at all books again and again meanwhile; what was wrong is in the list."""
    stop, told, looks = threading.Event(), list[str](), 0

    def poll() -> None:
        nonlocal looks
        with connected(database) as conn:
            while not stop.is_set():
                told.extend(half_books(conn))
                looks += 1

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield told
        wait_until(lambda: looks > 10 or not thread.is_alive(), "somebody looked")
    finally:
        stop.set()
        thread.join()
    assert looks > 10
