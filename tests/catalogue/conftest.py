"""A database with one listener, listens that are taken in without a file, and what must hold whatever is merged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest

from scannerd.catalogue import delete, merge
from scannerd.catalogue.leaving import Gone
from scannerd.db import connect
from scannerd.listens.duplicates import mark_export, mark_lookups
from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.resolve import resolve_again, resolve_export
from scannerd.listens.store import mark_stored, store
from scannerd.model.artist_names import split_rules
from scannerd.model.batch import Window, pack
from scannerd.model.listen import ArtistForm, Listen, Written

RULES = split_rules()
BEGIN = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOW = datetime(2100, 1, 1, tzinfo=UTC)
"""Behind every listen: each import is of a day of its own, and there may be more of them than days until today."""
_numbers = count(1)

_MISNAMED = """
select 'release', id from release
where identity_key <> set_identity('title', match_key, case when is_compilation then 'various' else artist_id::text end)
    and identity_key <> all (
        select set_identity('mbid', mbid::text) from release_mbid where release_id = release.id
        union all select set_identity('mbid', coalesce(release.mbid::text, ''))
    )
union all
select 'track', id from track
where identity_key <> set_identity('track', release_id::text, array_to_string(artist_ids, ','), match_key)
    or artist_ids <> array(
        select distinct person_id from track_contribution where track_id = track.id order by person_id
    )
union all
select 'release alias', release_id from release_alias
where identity_key <> set_identity('title', match_key, coalesce(artist_id::text, 'various'))
    or identity_key in (select identity_key from release)
union all
select 'track alias', track_id from track_alias
where identity_key <> set_identity('track', release_id::text, array_to_string(artist_ids, ','), match_key)
    or identity_key in (select identity_key from track)
union all
select 'track alias of nobody', track_id
from track_alias, unnest(artist_ids) as artist_id
where artist_id not in (select id from person)
union all
select 'first of track', track_id from track_contribution where position = 0 group by track_id having count(*) > 1
union all
select 'twice on track', track_id from track_contribution group by track_id, person_id having count(*) > 1
union all
select 'nobody first on track', id from track
where not exists (select from track_contribution where track_id = track.id and position = 0)
union all
select 'mbid twice', max(id) from (
    select id, mbid from person union all select person_id, mbid from person_mbid
) as told where mbid is not null group by mbid having count(*) > 1
union all
select 'release mbid twice', max(id) from (
    select id, mbid from release union all select release_id, mbid from release_mbid
) as told where mbid is not null group by mbid having count(*) > 1
union all
select 'person without own name', id from person
where not exists (select from person_alias where person_id = person.id and is_primary and match_key = person.match_key)
union all
select 'lookup', lookup.id from track_lookup as lookup join track on track.id = lookup.track_id
where lookup.person_id is null
union all
select 'duplicate of a duplicate', listen.id
from listen join listen as root on root.id = listen.duplicate_of where root.duplicate_of is not null
"""


@dataclass
class Home:
    """A listener and a database."""

    conn: psycopg.Connection[Any]
    listener: Listener

    def play(self, artist: str | tuple[str, ...], title: str, album: str | None = None, **said: Any) -> Written:
        """What a source wrote; several artists are a list, with MBIDs a verified credit."""
        artists = (artist,) if isinstance(artist, str) else artist
        said.setdefault("form", ArtistForm.CREDIT if "artist_mbids" in said else ArtistForm.LIST)
        return Written(title=title, artists=artists, album=album, **said)

    def take_in(self, *words: Written, source: str = "lastfm", at: datetime | None = None) -> list[int]:
        """One import: each of these words was played once, ten minutes apart or all at one moment; their lookups."""
        number = next(_numbers)
        start = BEGIN + timedelta(days=number)
        rows = [Listen(n, at or start + timedelta(minutes=10 * n), written) for n, written in enumerate(words, 1)]
        with self.conn.transaction():
            export_id = self.one(
                "insert into export (listener_id, name, sha256, size) values (%s, 'test.json', %s, 1) returning id",
                [self.listener.id, number.to_bytes(32)],
            )
            batch = pack(rows, member="", source=source, format_name="test", window=Window(NOW))
            stored = store(self.conn, [batch], export_id=export_id, listener=self.listener)
            mark_stored(self.conn, export_id, stored, left_out=[], warnings=[])
        resolve_export(self.conn, export_id, catalogue_id=self.listener.catalogue_id, rules=RULES)
        with self.conn.transaction():
            mark_export(self.conn, export_id, listener_id=self.listener.id)
        return [
            row[0] for row in self.ask("select lookup_id from listen where export_id = %s order by row_no", [export_id])
        ]

    def take_in_again(self, *words: Written) -> list[int]:
        """The same words from where nobody imported them before: as new lookups, to be resolved anew."""
        number = next(_numbers)
        return self.take_in(*(replace(written, source_track_id=f"again:{number}") for written in words))

    def resolve_again(self) -> None:
        """What points to no track is resolved."""
        resolve_again(self.conn, catalogue_id=self.listener.catalogue_id, rules=RULES)

    def merge(self, kind: str, loser: int, into: int) -> Gone:
        """Merge, and derive the same plays anew."""
        merging: dict[str, Callable[..., Gone]] = {
            "person": merge.merge_persons,
            "release": merge.merge_releases,
            "track": merge.merge_tracks,
        }
        return merging[kind](self.conn, into=into, loser=loser, remark=mark_lookups)

    def delete(self, kind: str, number: int) -> Gone:
        """Delete, and derive the same plays anew."""
        match kind:
            case "person":
                return delete.delete_person(self.conn, person_id=number, remark=mark_lookups)
            case "release":
                return delete.delete_release(self.conn, release_id=number, remark=mark_lookups)
            case _:
                return delete.delete_track(self.conn, track_id=number, remark=mark_lookups)

    def ask(self, query: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        return self.conn.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def one(self, query: str, parameters: Any = ()) -> Any:
        """The one value of a query."""
        [(value,)] = self.ask(query, parameters)
        return value

    def person(self, name: str) -> int:
        """The only person of that name."""
        return int(self.one("select id from person where name = %s", [name]))

    def release(self, title: str) -> int:
        """The only release of that title."""
        return int(self.one("select id from release where title = %s", [title]))

    def track(self, title: str) -> int:
        """The only track of that title."""
        return int(self.one("select id from track where title = %s", [title]))

    def pointed(self, lookup_ids: list[int]) -> list[tuple[int | None, int | None, int | None]]:
        """Track, release and person of these lookups, in order."""
        rows = self.ask(
            "select id, track_id, release_id, person_id from track_lookup where id = any(%s)", [list(set(lookup_ids))]
        )
        found = {lookup_id: (track_id, release_id, person_id) for lookup_id, track_id, release_id, person_id in rows}
        return [found[lookup_id] for lookup_id in lookup_ids]

    def persons(self) -> list[str]:
        """Every person by name, sorted."""
        return sorted(name for (name,) in self.ask("select name from person"))

    def albums(self) -> list[tuple[str, str]]:
        """Every release as (artist, title), sorted."""
        return sorted((artist, title) for artist, title in self.ask("select artist, title from albums"))

    def tracks(self) -> list[tuple[list[str], str, str | None]]:
        """Every track as (artists, title, album), sorted."""
        return sorted(self.ask("select artists, title, album from tracks"), key=repr)  # type: ignore[arg-type]

    def listens(self) -> int:
        """How many listens there are, marked or not."""
        return int(self.one("select count(*) from listen"))

    def wrong(self) -> list[tuple[Any, ...]]:
        """What breaks a rule of the catalogue: nothing."""
        return self.ask(_MISNAMED)

    def marks(self) -> list[tuple[int, int]]:
        """Which listen is marked as the same playing as which other one."""
        return self.ask("select id, duplicate_of from listen where duplicate_of is not null order by id")

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of the tables a merge may touch."""
        names = (
            *("person", "person_alias", "person_mbid", "release", "release_alias", "release_mbid"),
            *("release_contribution", "track", "track_alias", "track_contribution", "track_lookup", "listen"),
        )
        return {name: self.ask(f"select t.*::text from {name} as t order by 1") for name in names}


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the daemon's threads open theirs: in autocommit mode."""
    with connect.connect(database, autocommit=True) as opened:
        yield opened


@pytest.fixture
def home(conn: psycopg.Connection[Any]) -> Home:
    """A listener whose database is empty."""
    return Home(conn, get_listener(conn, "Ada", time_zone="Europe/Berlin"))
