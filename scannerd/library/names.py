"""Persons, genres, tags and series by name: known ones for the cache, unknown ones created.

Persons go by the very rules and statements that listens follow (`scannerd.listens.resolve`): by verified MBID, then by
name and alias, then created; so a scanned track and a listened one name the same people.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from scannerd.db.locks import lock_catalogue
from scannerd.db.queries import run
from scannerd.library.scan_cache import Create, Ids, Kind, ScanCache, create_committed
from scannerd.listens.owned import find_or_create_persons


class PersonName(NamedTuple):
    """Somebody a file names; with a verified MBID that alone says who."""

    match_key: str
    mbid: str | None
    name: str
    sort_name: str | None = None
    sort_name_is_stated: bool = True  # by a source, and not by our rule

    @property
    def key(self) -> Hashable:
        return person_key(self.match_key, self.mbid)


def person_key(match_key: str, mbid: object | None) -> Hashable:
    """The MBID, which no match key can be mistaken for, or else the match key."""
    return f"MBID {mbid}" if mbid else match_key


class Label(NamedTuple):
    """A genre, a tag, a series."""

    match_key: str
    name: str

    @property
    def key(self) -> Hashable:
        return self.match_key


def create_persons(conn: Connection[Any], catalogue_id: int, wanted: Sequence[PersonName]) -> Mapping[Hashable, int]:
    """Persons by MBID or name, found or created."""
    rows = [(one.match_key, UUID(one.mbid) if one.mbid else None, one.name) for one in wanted]
    found = find_or_create_persons(conn, catalogue_id, rows)
    ids: Ids = {person_key(match_key, mbid): person_id for match_key, mbid, person_id in found}
    _fill_sort_names(conn, [(ids[one.key], one) for one in wanted if one.sort_name])
    return ids


def _fill_sort_names(conn: Connection[Any], persons: Sequence[tuple[int, PersonName]]) -> None:
    """Sort those whom nobody sorted yet; what is stated counts before what our rule made of the name."""
    told: dict[int, PersonName] = {}
    for person_id, one in persons:
        if person_id not in told or (one.sort_name_is_stated and not told[person_id].sort_name_is_stated):
            told[person_id] = one
    if told:
        run(
            conn,
            "fill_sort_names",
            ids=list(told),
            sort_names=[one.sort_name for one in told.values()],
            sources=["stated" if one.sort_name_is_stated else "rule" for one in told.values()],
        )


def create_genres(conn: Connection[Any], catalogue_id: int, wanted: Sequence[Label]) -> Mapping[Hashable, int]:
    """Genres, found or created."""
    return _create(conn, "find_or_create_genres", catalogue_id, wanted)


def create_tags(conn: Connection[Any], catalogue_id: int, wanted: Sequence[Label]) -> Mapping[Hashable, int]:
    """Tags, found or created."""
    return _create(conn, "find_or_create_tags", catalogue_id, wanted)


def create_series(conn: Connection[Any], catalogue_id: int, wanted: Sequence[Label]) -> Mapping[Hashable, int]:
    """Series, found or created."""
    return _create(conn, "find_or_create_series", catalogue_id, wanted)


def _create(conn: Connection[Any], query: str, catalogue_id: int, wanted: Sequence[Label]) -> Mapping[Hashable, int]:
    keys, names = [one.match_key for one in wanted], [one.name for one in wanted]
    return dict(run(conn, query, catalogue_id=catalogue_id, keys=keys, names=names))


class Names:
    """Ids of names, by the cache where there is one, else asked of the database each time."""

    def __init__(self, catalogue_id: int, cache: ScanCache | None) -> None:
        self.catalogue_id = catalogue_id
        self.cache = cache
        self._sorted: dict[int, bool] = {}  # whom `sort` sorted, and whether as a source states

    def persons(self, conn: Connection[Any], wanted: Iterable[PersonName]) -> Ids:
        """Persons by their keys."""
        return self.ids(conn, Kind.PERSON, list(wanted), create_persons)

    def genres(self, conn: Connection[Any], wanted: Iterable[Label]) -> Ids:
        """Genres by their keys."""
        return self.ids(conn, Kind.GENRE, list(wanted), create_genres)

    def tags(self, conn: Connection[Any], wanted: Iterable[Label]) -> Ids:
        """Tags by their keys."""
        return self.ids(conn, Kind.TAG, list(wanted), create_tags)

    def series(self, conn: Connection[Any], wanted: Iterable[Label]) -> Ids:
        """Series by their keys."""
        return self.ids(conn, Kind.SERIES, list(wanted), create_series)

    def sort(self, conn: Connection[Any], wanted: Iterable[PersonName], ids: Ids) -> None:
        """Sort also those who were known before, each once in a scan, and again when a source states how."""
        told = [
            (ids[one.key], one)
            for one in wanted
            if one.sort_name and one.sort_name_is_stated > self._sorted.get(ids[one.key], -1)
        ]
        if told:
            with conn.transaction():
                lock_catalogue(conn, self.catalogue_id)
                _fill_sort_names(conn, told)
            for person_id, one in told:
                self._sorted[person_id] = one.sort_name_is_stated or self._sorted.get(person_id, False)

    def ids(self, conn: Connection[Any], kind: Kind, wanted: Sequence[Any], create: Create[Any]) -> Ids:
        """Ids of one kind, through the cache or past it."""
        if self.cache is not None:
            return self.cache.ids(conn, kind, wanted, create)
        return dict(create_committed(conn, self.catalogue_id, wanted, create)) if wanted else {}

    def forget(self, kind: Kind, ids: Iterable[int | None]) -> None:
        """Rows that may be gone."""
        if self.cache is not None:
            self.cache.forget(kind, set(ids))


def preload(conn: Connection[Any], cache: ScanCache) -> None:
    """Fill the cache with one query per kind. Releases are told apart by folder, so they are asked for as they come."""
    catalogue_id = cache.catalogue_id
    persons = run(conn, "list_known_persons", catalogue_id=catalogue_id)
    cache.preload(Kind.PERSON, {person_key(match_key, mbid): person_id for match_key, mbid, person_id in persons})
    for kind in (Kind.GENRE, Kind.TAG, Kind.SERIES):
        cache.preload(kind, dict(run(conn, f"list_known_{kind}", catalogue_id=catalogue_id)))
