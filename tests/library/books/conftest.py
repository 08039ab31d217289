"""A folder of real books, and scans of it."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

# pytest's importlib mode gives tests no folder to import from, and these share more than fixtures.
sys.path += [str(Path(__file__).parent / below) for below in ("", "..", "../../parsers", "../../parsers/books")]

from epub_files import epub
from songs import OLD, flac

from scannerd.library.how import How, Mode, PoolLimits
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import scan
from scannerd.library.summary import Summary
from scannerd.model.artist_names import split_rules

TABLES = (
    *("book", "book_contribution", "book_genre", "book_tag", "book_series", "book_identifier"),
    *("chapter", "file_contribution", "media_file", "person", "genre", "tag", "series"),
)
_changes = count(1)


@dataclass
class BookShelf:
    """A library of books with one root, unless told of several below it, and its database."""

    conn: psycopg.Connection[Any]
    root: Path
    catalogue: str = "books"
    instance: str = "main"
    tops: tuple[str, ...] = ("",)
    name: str = "books"

    @property
    def roots(self) -> tuple[bytes, ...]:
        return tuple(os.fsencode(self.root / top) for top in self.tops)

    @property
    def spec(self) -> LibrarySpec:
        return LibrarySpec(self.name, self.roots, "books", self.catalogue, self.instance)

    def write(self, place: str, content: bytes) -> Path:
        """A file, each of its states with a time of its own, long ago."""
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        when = OLD + next(_changes) * 10
        os.utime(path, (when, when))
        return path

    def epub(self, place: str, title: str | None = None, *creators: str, **said: Any) -> Path:
        """An EPUB; its title is its name unless told otherwise, and one with an empty title names nobody."""
        if title == "":
            return self.write(place, epub(None, (), **said))
        return self.write(place, epub(title or Path(place).stem, creators or ("Jane Doe",), **said))

    def told(self, place: str, **said: Any) -> Path:
        """A metadata.json."""
        return self.write(place, json.dumps(said).encode())

    def flac(self, place: str, **tags: Any) -> Path:
        """A part of an audiobook."""
        path = flac(self.root / place, **tags)
        when = OLD + next(_changes) * 10
        os.utime(path, (when, when))
        return path

    def scan(
        self,
        *,
        stop: Event | None = None,
        tell: Callable[..., None] | None = None,
        folders: Sequence[tuple[bytes, bytes]] | None = None,
        **mode: bool,
    ) -> Summary:
        """One scan, with one worker."""
        how = How(split_rules(), PoolLimits(workers=1))
        mode.setdefault("accept_missing", True)
        return scan(self.conn, self.spec, how=how, mode=Mode(**mode), folders=folders, stop=stop, tell=tell)

    def ask(self, query: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def one(self, query: str, parameters: Sequence[object] | None = None) -> Any:
        """The one value of a query."""
        [(value,)] = self.ask(query, parameters)
        return value

    def titles(self) -> list[str]:
        """Of all books, sorted."""
        return [title for (title,) in self.ask("select title from book order by title")]

    def book_ids(self) -> dict[str, int]:
        """By title; a title is there once."""
        rows = self.ask("select title, id from book")
        assert len(dict(rows)) == len(rows)
        return dict(rows)

    def files(self) -> dict[str, tuple[str, str, str | None, int | None]]:
        """By place: state, role, title of its book, part."""
        rows = self.ask(
            "select folder || name, state, role, title, part from media_file left join book on book.id = book_id"
            " order by 1"
        )
        return {os.fsdecode(place): (state, role, title, part) for place, state, role, title, part in rows}

    def whole(self, title: str) -> dict[str, Any]:
        """All that is said of a book, but for its files."""
        id_ = self.book_ids()[title]
        return {
            "book": self.ask(
                "select subtitle, sort_title, description, language, published::text, published_precision, publisher,"
                " is_abridged, sources from book where id = %s",
                [id_],
            )[0],
            "persons": self.ask(
                "select role, credited_as, source from book_contribution where book_id = %s order by role, position",
                [id_],
            ),
            "genres": self.ask(
                "select name, source from book_genre join genre on genre.id = genre_id where book_id = %s"
                " order by position",
                [id_],
            ),
            "tags": self.ask(
                "select name, source from book_tag join tag on tag.id = tag_id where book_id = %s order by position",
                [id_],
            ),
            "series": self.ask(
                "select name, number::text, number_end::text, unit, number_text, source from book_series"
                " join series on series.id = series_id where book_id = %s order by position",
                [id_],
            ),
            "identifiers": self.ask(
                "select type, value, source from book_identifier where book_id = %s order by type, value", [id_]
            ),
        }

    def written(self) -> dict[str, Any]:
        """Changes with every row that is written."""
        return {
            table: self.ask(f"select count(*), coalesce(sum(xmin::text::bigint), 0) from {table}")[0]
            for table in TABLES
        }


@pytest.fixture
def book_shelf(conn: psycopg.Connection[Any], tmp_path: Path) -> BookShelf:
    """An empty folder of books."""
    root = tmp_path / "shelf"
    root.mkdir()
    return BookShelf(conn, root)
