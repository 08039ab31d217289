"""A music folder of real files, and scans of it."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

# pytest's importlib mode gives tests no folder to import from, and these share more than fixtures.
sys.path.append(str(Path(__file__).parent))

from songs import flac, retag

from scannerd.db.identity import Identity
from scannerd.library.guard import Guard
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import How, Mode, PoolLimits, scan
from scannerd.library.summary import Summary
from scannerd.model.artist_names import split_rules


@dataclass
class Shelf:
    """A library of one root, and its database."""

    conn: psycopg.Connection[Any]
    root: Path
    name: str = "music"
    rules: Any = field(default_factory=split_rules)
    guard: Guard = field(default_factory=Guard)
    keeper: Identity | None = None

    @property
    def spec(self) -> LibrarySpec:
        return LibrarySpec(self.name, (os.fsencode(self.root),), keeper=self.keeper)

    def song(self, place: str, **tags: Any) -> Path:
        """A tagged file at this place below the root; title from its name unless told otherwise."""
        path = self.root / place
        return flac(path, **({"title": path.stem.partition(" ")[2] or path.stem} | tags))

    def album(self, place: str, titles: Sequence[str], **tags: Any) -> list[Path]:
        """Files of one album in one folder, numbered."""
        return [
            self.song(f"{place}/{number:02} {title}.flac", tracknumber=str(number), **tags)
            for number, title in enumerate(titles, 1)
        ]

    def retag(self, path: Path, **tags: str | Sequence[str]) -> None:
        """Other tags for a file, changed a while after it was made; an empty one goes."""
        before = path.stat().st_mtime
        retag(path, **tags)
        os.utime(path, (before + 100, before + 100))

    def scan(self, *, stop: Event | None = None, tell: Callable[..., None] | None = None, **mode: bool) -> Summary:
        """One scan, with one worker."""
        how = How(self.rules, PoolLimits(workers=1), self.guard)
        return scan(self.conn, self.spec, how=how, mode=Mode(**mode), stop=stop, tell=tell)

    def ask(self, query: str, parameters: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def one(self, query: str, parameters: Sequence[object] | None = None) -> Any:
        """The one value of a query."""
        [(value,)] = self.ask(query, parameters)
        return value

    def tracks(self) -> list[tuple[Any, ...]]:
        """Every track that a file holds or held, as (artist, title, album), sorted."""
        return self.ask(
            "select track.artist_credit, track.title, release.title from track"
            " left join release on release.id = track.release_id where place_key is not null order by 1, 2, 3"
        )

    def files(self) -> dict[str, str]:
        """Every known file below the root and its state."""
        rows = self.ask("select folder || name, state from media_file order by 1")
        return {os.fsdecode(path): state for path, state in rows}

    def ids(self) -> dict[str, tuple[int, int]]:
        """Number of the file and of its track, by place."""
        rows = self.ask("select folder || name, id, track_id from media_file order by 1")
        return {os.fsdecode(path): (file_id, track_id) for path, file_id, track_id in rows}

    def written(self) -> dict[str, Any]:
        """Changes with every row that is written, but for the note that a scan ended."""
        tables = (
            "person",
            "person_alias",
            "release",
            "track",
            "track_contribution",
            "track_genre",
            "media_file",
            "root",
        )
        return {table: self.ask(f"select count(*), sum(xmin::text::bigint) from {table}")[0] for table in tables}


@pytest.fixture
def shelf(conn: psycopg.Connection[Any], tmp_path: Path) -> Shelf:
    """An empty music folder."""
    root = tmp_path / "music"
    root.mkdir()
    return Shelf(conn, root)
