"""One listener's database, and what an import does to it, without files and workers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg
import pytest

from scannerd.db import connect
from scannerd.listens.duplicates import mark_export
from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.resolve import NewNames, resolve_export
from scannerd.listens.store import Counts, mark_stored, store
from scannerd.model.artist_names import SplitRules, split_rules
from scannerd.model.batch import Batch, Window, pack
from scannerd.model.listen import Listen, Row, TimeKind, Written

RULES = split_rules()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_hashes = count(1)


@dataclass(frozen=True)
class Imported:
    """One import and what it brought."""

    export_id: int
    counts: Counts
    new: NewNames


@dataclass
class Home:
    """A database with one listener in it."""

    conn: psycopg.Connection[Any]
    listener: Listener
    rules: SplitRules = field(default=RULES, repr=False)

    def play(self, artist: str | tuple[str, ...], title: str, at: str = "2024-05-01 12:00:00", **said: Any) -> Listen:
        """A listen: what belongs to the moment goes there, everything else is what the source wrote."""
        moment = {name: said.pop(name) for name in ("played_for_ms", "end_reason", "client") if name in said}
        kind = TimeKind(said.pop("kind", "start"))
        artists = (artist,) if isinstance(artist, str) else artist
        when = datetime.fromisoformat(at).replace(tzinfo=UTC)
        return Listen(1, when, Written(title=title, artists=artists, **said), kind, **moment)

    def batches(self, rows: Iterable[Row], *, source: str, member: str = "", size: int = 1000) -> Iterator[Batch]:
        """Rows numbered and packed, as a worker sends them."""
        numbered = [replace(row, row_no=number) for number, row in enumerate(rows, 1)]
        for start in range(0, len(numbered), size):
            yield pack(
                numbered[start : start + size],
                member=member,
                source=source,
                format_name=f"{source}-test",
                window=Window(NOW),
            )

    def new_export(self) -> int:
        """An export that is taken, and nothing more."""
        content = next(_hashes).to_bytes(32, "big")
        row = self.conn.execute(
            "insert into export (listener_id, name, sha256, size) values (%s, 'test.json', %s, 1) returning id",
            [self.listener.id, content],
        ).fetchone()
        assert row is not None
        return int(row[0])

    def store(self, batches: Iterable[Batch]) -> tuple[int, Counts]:
        """Taken and stored, but not resolved."""
        export_id = self.new_export()
        with self.conn.transaction():
            stored = store(self.conn, batches, export_id=export_id, listener=self.listener)
            mark_stored(self.conn, export_id, stored, left_out=[], warnings=[])
        return export_id, stored.counts

    def finish(self, export_id: int, *, batch_size: int = 10_000) -> NewNames:
        """Resolved, and its duplicates marked."""
        new = resolve_export(
            self.conn,
            export_id,
            catalogue_id=self.listener.catalogue_id,
            rules=self.rules,
            batch_size=batch_size,
        )
        with self.conn.transaction():
            mark_export(self.conn, export_id, listener_id=self.listener.id)
        return new

    def take_in_batches(self, batches: Iterable[Batch], *, batch_size: int = 10_000) -> Imported:
        """One whole import of what a worker sent."""
        export_id, counts = self.store(batches)
        return Imported(export_id, counts, self.finish(export_id, batch_size=batch_size))

    def take_in(self, *rows: Row, source: str = "lastfm", batch_size: int = 10_000) -> Imported:
        """One whole import of these rows."""
        return self.take_in_batches(self.batches(rows, source=source), batch_size=batch_size)

    def ask(self, query: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def one(self, query: str, parameters: Sequence[object] | None = None) -> Any:
        """The one value of a query."""
        [(value,)] = self.ask(query, parameters)
        return value

    def forget(self) -> None:
        """Empty the database, but for the listener."""
        tables = self.one(
            "select string_agg(format('scannerd.%I', tablename), ', ') from pg_tables where schemaname = 'scannerd'"
            " and tablename not in ('migration', 'catalogue', 'listener', 'rule')"
        )
        self.conn.execute(f"truncate {tables}")

    def tracks(self) -> list[tuple[Any, ...]]:
        """Every track as (artists, title, album), sorted."""
        return self.ask("select artists, title, album from tracks order by artists, title, album")

    def albums(self) -> list[tuple[Any, ...]]:
        """Every release as (title, artist), sorted."""
        return self.ask("select title, artist from albums order by title, artist")

    def persons(self) -> list[tuple[Any, ...]]:
        """Every person as (name, MBID), sorted."""
        return self.ask("select name, mbid::text from person order by name, mbid")

    def marks(self) -> list[tuple[Any, ...]]:
        """Every duplicate told without ids: (source, when, number, root's source, root's when, root's number)."""
        return self.ask(
            "select dup.source, dup.listened_at, dup.nth, root.source, root.listened_at, root.nth"
            " from listen as dup join listen as root on root.id = dup.duplicate_of"
            " order by 1, 2, 3, 4, 5, 6"
        )


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the daemon's threads open theirs: in autocommit mode."""
    with connect.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def home(conn: psycopg.Connection[Any]) -> Home:
    """A listener in Berlin, whose database is empty."""
    return Home(conn, get_listener(conn, "Ada", time_zone="Europe/Berlin"))
