"""Books put straight into a database, for what reads them."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from scannerd.model.names import match_key


@dataclass
class MadeBooks:
    """Books put straight into the database, as a scan of a library "books" would."""

    conn: psycopg.Connection[Any]

    def catalogue(self, name: str = "books") -> int:
        self.conn.execute("insert into catalogue (name) values (%s) on conflict do nothing", [name])
        return self._one("select id from catalogue where name = %s", [name])

    def root(self, library: str = "books") -> int:
        """The folder `/books` of a library of its own catalogue."""
        given = [library, self.catalogue(library)]
        self.conn.execute(
            "insert into library (instance, name, kind, catalogue_id) values ('main', %s, 'books', %s)"
            " on conflict do nothing",
            given,
        )
        found = "select id from library where name = %s"
        self.conn.execute(
            f"insert into root (library_id, path) values (({found}), %s) on conflict do nothing",
            [library, f"/{library}".encode()],
        )
        return self._one(f"select id from root where library_id = ({found})", [library])

    def person(self, name: str, catalogue: str = "books", **told: Any) -> int:
        """Somebody of that name in a catalogue, the same each time unless more is told of them."""
        told = {"catalogue_id": self.catalogue(catalogue), "name": name, "match_key": match_key(name)} | told
        keys = [told["catalogue_id"], told["match_key"]]
        known = "select id from person where catalogue_id = %s and match_key = %s order by id limit 1"
        if len(told) == 3 and (row := self.conn.execute(known, keys).fetchone()):
            return int(row[0])
        person_id = self._insert("person", told)
        self.conn.execute(
            "insert into person_alias (catalogue_id, person_id, alias, match_key, source, is_primary)"
            " values (%s, %s, %s, %s, 'name', true)",
            [keys[0], person_id, name, keys[1]],
        )
        return person_id

    def book(self, title: str, *by: tuple[str, str], catalogue: str = "books", **told: Any) -> int:
        """A book by these (role, name); further values are columns."""
        told = {"title": title, "match_key": match_key(title), "sort_title": title} | told
        book_id = self._insert("book", {"catalogue_id": self.catalogue(catalogue)} | told)
        for place, (role, name) in enumerate(by):
            self.conn.execute(
                "insert into book_contribution (book_id, person_id, role, position, credited_as, source)"
                " values (%s, %s, %s, %s, %s, 'file')",
                [book_id, self.person(name, catalogue), role, place, name],
            )
        return book_id

    def file(self, path: str, book_id: int | None = None, *, library: str = "books", **told: Any) -> int:
        """A file at this place below the root; what is said of it goes into `said`, unless it is a column."""
        folder, _, name = path.rpartition("/")
        folder = f"{folder}/" if folder else ""
        place = {"root_id": self.root(library), "folder": folder.encode(), "name": name.encode()}
        stamp = {"size": 1, "mtime_ns": 0, "inode": 1, "state": "present", "is_tagged": True}
        said = {name: told.pop(name) for name in ("kind", "disc", "position") if name in told}
        found = {"unit": (folder or name).encode(), "book_id": book_id, "format": name.rpartition(".")[2]}
        return self._insert("media_file", place | stamp | found | {"said": {"kind": "audio"} | said} | told)

    def in_series(self, book_id: int, name: str, number: Any = None, **told: Any) -> None:
        """Its place in a series, the next of those it has."""
        row = self.conn.execute("select catalogue_id from book where id = %s", [book_id]).fetchone()
        assert row is not None
        key = match_key(name)
        self.conn.execute(
            "insert into series (catalogue_id, name, match_key) values (%s, %s, %s) on conflict do nothing",
            [row[0], name, key],
        )
        series_id = self._one("select id from series where catalogue_id = %s and match_key = %s", [row[0], key])
        place = self._one("select count(*) from book_series where book_id = %s", [book_id])
        given = {
            "book_id": book_id,
            "series_id": series_id,
            "position": place,
            "number": number,
            "source": "file",
        } | told
        self._insert("book_series", given, returning="series_id")

    def label(self, kind: str, book_id: int, name: str) -> None:
        """A genre or a tag, the next of those it has."""
        key = [self._one("select catalogue_id from book where id = %s", [book_id]), match_key(name)]
        self.conn.execute(
            f"insert into {kind} (name, catalogue_id, match_key) values (%s, %s, %s) on conflict do nothing",
            [name, *key],
        )
        label_id = self._one(f"select id from {kind} where catalogue_id = %s and match_key = %s", key)
        place = self._one(f"select count(*) from book_{kind} where book_id = %s", [book_id])
        given = {"book_id": book_id, f"{kind}_id": label_id, "position": place, "source": "file"}
        self._insert(f"book_{kind}", given, returning="book_id")

    def ask(self, query: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, parameters).fetchall()

    def _one(self, query: str, parameters: Any) -> int:
        [(value,)] = self.ask(query, parameters)
        return int(value)

    def _insert(self, table: str, values: dict[str, Any], *, returning: str = "id") -> int:
        columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
        query = f"insert into {table} ({columns}) values ({places}) returning {returning}"
        return self._one(query, [Jsonb(value) if isinstance(value, dict) else value for value in values.values()])
