"""One row per name, whoever asks first; ids are seen only once their rows can be."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from waiting import PATIENCE

from scannerd.db import connect
from scannerd.library.names import Label, Names, PersonName, create_genres, create_persons, preload
from scannerd.library.scan_cache import Counts, Kind, ScanCache

MUSIC = 1
MBID = "ba853904-ae25-4ebb-89d6-c44cfbd71bd2"

Conn = psycopg.Connection[Any]


def person(name: str, mbid: str | None = None) -> PersonName:
    return PersonName(name.lower(), mbid, name)


def genre(name: str) -> Label:
    return Label(name.lower(), name)


def test_a_name_is_created_once_and_known_from_then_on(conn: Conn) -> None:
    cache = ScanCache(MUSIC)
    names = Names(MUSIC, cache)
    first = names.persons(conn, [person("Blur"), person("Pulp"), person("Blur")])
    again = names.persons(conn, [person("Pulp"), person("Suede")])

    assert first["pulp"] == again["pulp"]
    assert conn.execute("select name from person order by name").fetchall() == [("Blur",), ("Pulp",), ("Suede",)]
    assert cache.counts()[Kind.PERSON] == Counts(hits=1, misses=3, size=3)


def test_without_a_cache_the_database_is_asked_and_gives_the_same(conn: Conn) -> None:
    cached = Names(MUSIC, ScanCache(MUSIC)).persons(conn, [person("Blur"), person("Blur", MBID), person("Pulp")])
    asked = Names(MUSIC, None).persons(conn, [person("Pulp"), person("Blur", MBID)])

    assert {key: cached[key] for key in asked} == asked
    assert Names(MUSIC, None).genres(conn, []) == {}


def test_what_is_preloaded_is_not_asked_for(conn: Conn) -> None:
    Names(MUSIC, None).persons(conn, [person("Blur", MBID), person("Pulp")])
    Names(MUSIC, None).genres(conn, [genre("Rock")])
    conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source)"
        " select 1, id, 'Seymour', 'seymour', 'manual' from person where name = 'Blur'"
    )
    conn.execute("insert into genre_alias select 1, id, 'Rawk', 'rawk', 'manual' from genre")
    cache = ScanCache(MUSIC)
    preload(conn, cache)
    names = Names(MUSIC, cache)
    persons = names.persons(conn, [person("Blur", MBID), person("Blur"), person("Seymour"), person("Pulp")])
    names.genres(conn, [genre("Rock"), genre("Rawk")])

    assert len(set(persons.values())) == 2
    assert persons["blur"] == persons["seymour"]
    assert cache.counts()[Kind.PERSON] == Counts(hits=4, misses=0, size=4)
    assert cache.counts()[Kind.GENRE] == Counts(hits=2, misses=0, size=2)


def test_a_name_of_several_is_not_preloaded_and_means_the_one_without_mbid(conn: Conn) -> None:
    other = "0d0ec8a8-0ba1-4a3b-9c2b-7a0ab2a1d2c3"
    Names(MUSIC, None).persons(conn, [person("Nirvana", MBID), person("Nirvana", other)])
    cache = ScanCache(MUSIC)
    preload(conn, cache)
    ids = Names(MUSIC, cache).persons(conn, [person("Nirvana")])

    assert conn.execute("select mbid from person where id = %s", [ids["nirvana"]]).fetchall() == [(None,)]


def test_ids_are_published_only_after_the_commit_and_forgotten_on_rollback(conn: Conn, database: str) -> None:
    cache = ScanCache(MUSIC)

    def dies(conn: Conn, catalogue_id: int, wanted: Sequence[Label]) -> dict[Any, int]:
        create_genres(conn, catalogue_id, wanted)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.ids(conn, Kind.GENRE, [genre("Rock")], dies)
    assert cache.counts()[Kind.GENRE].size == 0
    assert conn.execute("select * from genre").fetchall() == []

    ids = cache.ids(conn, Kind.GENRE, [genre("Rock")], create_genres)
    with connect.connect(database) as other:
        assert other.execute("select id from genre").fetchall() == [(ids["rock"],)]


def test_names_are_not_created_inside_somebody_elses_transaction(conn: Conn) -> None:
    with conn.transaction(), pytest.raises(RuntimeError, match="a transaction of their own"):
        Names(MUSIC, ScanCache(MUSIC)).persons(conn, [person("Blur")])


def test_many_threads_create_each_name_once(conn: Conn, database: str) -> None:
    cache, threads, asked = ScanCache(MUSIC), 6, 0
    barrier = Barrier(threads, timeout=PATIENCE)

    def counting(create: Callable[..., Any]) -> Callable[..., Any]:
        def counted(conn: Conn, catalogue_id: int, wanted: Sequence[Any]) -> Any:
            nonlocal asked
            asked += len(wanted)
            return create(conn, catalogue_id, wanted)

        return counted

    create = counting(create_persons)

    def work(number: int) -> dict[Any, int]:
        with connect.connect(database, autocommit=True) as own:
            barrier.wait()
            names = [person(f"Artist {n}") for n in range(number, number + 40)]
            return cache.ids(own, Kind.PERSON, names, create)

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(work, range(threads)))
    assert asked == 45
    assert conn.execute("select count(*) from person").fetchone() == (45,)
    assert {key: id_ for ids in found for key, id_ in ids.items()} == dict(
        conn.execute("select match_key, id from person").fetchall()
    )


def test_a_merged_person_is_forgotten_and_found_again(conn: Conn) -> None:
    cache = ScanCache(MUSIC)
    names = Names(MUSIC, cache)
    ids = names.persons(conn, [person("Blur"), person("Blurr")])
    conn.execute("delete from person where id = %s", [ids["blurr"]])
    conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source)"
        " values (1, %s, 'Blurr', 'blurr', 'merge')",
        [ids["blur"]],
    )
    assert names.persons(conn, [person("Blurr")]) == {"blurr": ids["blurr"]}
    names.forget(Kind.PERSON, [ids["blurr"]])
    assert names.persons(conn, [person("Blurr")]) == {"blurr": ids["blur"]}
