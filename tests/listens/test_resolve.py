"""Batches, restarts, two at once, and what is known already: the resolver around its rules."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import psycopg
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import PATIENCE

from scannerd.db import connect
from scannerd.listens.resolve import NewNames, resolve_again, resolve_export, resolve_some
from scannerd.model.listen import ArtistForm

MBIDS = [f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "123456789"]
TABLES = ("person", "person_alias", "release", "release_contribution", "track", "track_contribution", "track_lookup")


def evening(home: Any, songs: int, artists: int = 5) -> list[Any]:
    """So many songs of a few artists, three songs an album."""
    return [
        home.play(
            f"Artist {n % artists}",
            f"Song {n}",
            f"2024-05-01 {12 + n // 60}:{n % 60:02}:00",
            album=f"Album {n // (3 * artists)}",
        )
        for n in range(songs)
    ]


def rows_in_catalogue(home: Any) -> dict[str, int]:
    return {table: home.one(f"select count(*) from {table}") for table in TABLES}


# --- what is known --------------------------------------------------------------------------------------------------


def test_an_import_of_known_lookups_creates_nothing(home: Any) -> None:
    plays = evening(home, 60)
    first = home.take_in(*plays)
    before = rows_in_catalogue(home)

    later = [home.play(p.written.artists, p.written.title, f"2024-06-0{1 + n % 9} 12:{n:02}:00", album=p.written.album)
             for n, p in enumerate(plays)]  # fmt: skip
    second = home.take_in(*later)

    assert (first.new.artists, first.new.releases, first.new.tracks) == (5, 20, 60)
    assert (second.counts.stored, second.new) == (60, NewNames(0, 0, 0))
    assert rows_in_catalogue(home) == before
    assert home.one("select count(*) from listens") == 120


def test_what_an_import_brought_is_counted_with_it(home: Any) -> None:
    imported = home.take_in(*evening(home, 30), batch_size=7)

    assert home.ask("select new_artists, new_releases, new_tracks from imports") == [(5, 10, 30)]
    assert (imported.new.artists, imported.new.releases, imported.new.tracks) == (5, 10, 30)


def test_every_lookup_says_by_which_rules_it_was_resolved(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "2024-05-01 12:00:00", album="13", artist_mbids=(MBIDS[0],)),
        home.play("Blur", "Caramel", "2024-05-01 13:00:00"),
    )
    home.take_in(home.play("Blur", "TENDER", "2024-05-01 14:00:00", album="13", artist_mbids=(MBIDS[0],)))

    assert home.ask('select title, resolved_by from track_lookup order by title collate "C"') == [
        ("Caramel", "artist by name, no release, track new"),
        ("TENDER", "artist by mbid, release by title, track by title"),
        ("Tender", "artist by mbid, release new, track new"),
    ]


# --- what is taken away ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "gone"), [("track", (0, 0, 1)), ("release", (0, 1, 1)), ("person", (1, 1, 1))])
def test_a_deleted_row_unresolves_its_lookups_and_the_next_import_resolves_them(
    home: Any, table: str, gone: tuple[int, int, int]
) -> None:
    plays = [home.play("Blur", "Tender", album="13"), home.play("Pulp", "Babies", "2024-05-01 13:00:00", album="Hits")]
    home.take_in(*plays)
    home.conn.execute(f"delete from {table} where id = (select {table}_id from track_lookup where title = 'Tender')")

    assert home.ask("select artist, title, album, track_id is null from listens order by listened_at") == [
        ("Blur", "Tender", "13", True),
        ("Pulp", "Babies", "Hits", False),
    ]

    again = home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13"))

    assert again.new == NewNames(*gone)
    assert home.one("select count(*) from listens where track_id is null") == 0


def test_rows_that_are_known_resolve_what_was_taken_away_too(home: Any) -> None:
    play = home.play("Blur", "Tender", album="13")
    home.take_in(play)
    home.conn.execute("delete from track")

    again = home.take_in(play)

    assert (again.counts.duplicate, again.new) == (1, NewNames(0, 0, 1))
    assert home.one("select count(*) from listens where track_id is null") == 0


def test_everything_that_is_not_resolved_can_be_resolved_again(home: Any) -> None:
    home.take_in(*evening(home, 30))
    home.conn.execute("delete from person")
    assert home.one("select count(*) from listens where track_id is null") == 30

    new = resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=home.rules, batch_size=4)

    assert new == NewNames(5, 10, 30)
    assert home.one("select count(*) from listens where track_id is null") == 0
    assert resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=home.rules) == NewNames(0, 0, 0)


def test_some_lookups_are_resolved_and_the_others_left(home: Any) -> None:
    home.store(home.batches(evening(home, 3), source="lastfm"))
    wanted = home.one("select id from track_lookup where title = 'Song 1'")

    new = resolve_some(home.conn, [wanted], catalogue_id=home.listener.catalogue_id, rules=home.rules)

    assert new == NewNames(1, 1, 1)
    assert home.ask("select title from track_lookup where track_id is not null") == [("Song 1",)]


# --- batches and restarts -------------------------------------------------------------------------------------------


def test_between_batches_is_told_how_far_it_is(home: Any) -> None:
    export_id, _ = home.store(home.batches([home.play("Blur", f"Song {n}") for n in range(4)], source="lastfm"))
    told: list[tuple[int, int]] = []

    resolve_export(
        home.conn,
        export_id,
        catalogue_id=home.listener.catalogue_id,
        rules=home.rules,
        batch_size=1,
        progress=lambda done, in_all: told.append((done, in_all)),
    )

    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_a_stop_between_batches_keeps_what_is_done_and_a_restart_goes_on(home: Any) -> None:
    export_id, _ = home.store(home.batches(evening(home, 60), source="lastfm"))
    stop = threading.Event()

    def once_one_is_done(done: int, _in_all: int) -> None:
        if done == 1:
            stop.set()

    resolve_export(
        home.conn,
        export_id,
        catalogue_id=home.listener.catalogue_id,
        rules=home.rules,
        batch_size=10,
        progress=once_one_is_done,
        stop=stop,
    )
    # The stop was heard after the second batch.
    done = home.one("select count(*) from track_lookup where track_id is not null")
    assert done == 30

    assert home.finish(export_id).tracks == 30
    assert home.ask("select new_artists, new_releases, new_tracks from imports") == [(5, 20, 60)]
    assert home.finish(export_id) == NewNames(0, 0, 0)


def test_a_failed_batch_leaves_nothing_of_itself(home: Any) -> None:
    export_id, _ = home.store(home.batches(evening(home, 5), source="lastfm"))
    home.conn.execute("alter table track add constraint track_no_fifth check (title <> 'Song 4')")

    with pytest.raises(psycopg.errors.CheckViolation):
        home.finish(export_id)

    assert home.one("select count(*) from person") == 0
    home.conn.execute("alter table track drop constraint track_no_fifth")
    home.conn.execute("drop table pending")
    assert home.finish(export_id) == NewNames(5, 5, 5)


def test_an_album_is_not_cut_apart_by_a_batch(home: Any) -> None:
    """Only together its rows tell who its artist is."""
    rows = [
        home.play(("Guest", "Host"), "A", "2024-05-01 12:00:00", album="X", form=ArtistForm.UNORDERED),
        home.play(("Host", "Other"), "B", "2024-05-01 13:00:00", album="x", form=ArtistForm.UNORDERED),
        home.play(("Host", "Third"), "C", "2024-05-01 14:00:00", album="X", form=ArtistForm.UNORDERED),
    ]

    home.take_in(*rows, batch_size=1)

    assert [artist for _, artist in home.albums()] == ["Host"]


@pytest.mark.parametrize("spelled", ["don't stop", "DON’T  STOP", "Ｄon't Stop"])
def test_an_album_is_one_however_it_is_spelled_when_batches_are_made(home: Any, spelled: str) -> None:
    rows = [
        home.play(("Guest", "Host"), "A", "2024-05-01 12:00:00", album=spelled, form=ArtistForm.UNORDERED),
        home.play(("Host", "Other"), "B", "2024-05-01 13:00:00", album="Don't Stop", form=ArtistForm.UNORDERED),
        home.play(("Host", "Third"), "C", "2024-05-01 14:00:00", album="Don't Stop", form=ArtistForm.UNORDERED),
    ]

    home.take_in(*rows, batch_size=1)

    assert [artist for _, artist in home.albums()] == ["Host"]


# --- the size of a batch decides nothing ----------------------------------------------------------------------------


def _said(home: Any, choice: tuple[Any, ...], hour: int) -> Any:
    """A row of a small world, in which an MBID belongs to one thing, however that is spelled or left out."""
    who, verified, album, title, tells_release, tells_recording, guess = choice
    names, mbids, form = (
        (("Nirvana",), (MBIDS[0],), ArtistForm.JOINED),
        (("NIRVANA",), (MBIDS[1],), ArtistForm.LIST),
        (("Blur feat. Nirvana",), (), ArtistForm.JOINED),
        (("Blur", "Nirvana"), (MBIDS[2], MBIDS[0]), ArtistForm.CREDIT),
        (("Blur", "Nirvana"), (), ArtistForm.UNORDERED),
        (("Ash", "Blur"), (), ArtistForm.UNORDERED),
        (("ash",), (MBIDS[3],), ArtistForm.LIST),
    )[who]
    said: dict[str, Any] = {"form": form, "artist_mbids": mbids if verified else ()}
    place = 4 + "ab".find((album or "c").lower())
    if album is not None:
        said["album"] = album
    if tells_release and album is not None:
        said["release_mbid"] = MBIDS[place]
    if tells_recording:
        said["recording_mbid"] = MBIDS[7 + title]
    if guess and not said["artist_mbids"] and len(names) == 1:
        said["guessed_artist_mbid"] = MBIDS[6]
    return home.play(names, ("Song", "Other Song")[title], f"2024-05-01 {hour:02}:00:00", **said)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.booleans(),
        st.sampled_from([None, "A", "a", "B"]),
        st.integers(0, 1),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def content(home: Any) -> dict[str, object]:
    """What is one person, one release, one track, without ids and spellings."""
    together = {
        name: sorted(
            home.ask(
                f"select array_agg(encode(lookup_key, 'hex') order by lookup_key) from track_lookup group by {name}"
            )
        )
        for name in ("person_id", "release_id", "track_id")
    }
    named = home.ask(
        "select encode(lookup_key, 'hex'),"
        " array_agg(person.match_key || coalesce(case mbid_source when 'verified' then mbid::text end, '')"
        " order by tc.position) from track_lookup join track_contribution as tc using (track_id)"
        " join person on person.id = tc.person_id group by 1 order by 1"
    )
    return together | {"named": named, "persons": home.one("select count(*) from person")}


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_batches_of_any_size_give_the_same_catalogue(home: Any, choices: Sequence[tuple[Any, ...]]) -> None:
    rows = [_said(home, choice, hour) for hour, choice in enumerate(choices)]
    found = []
    for batch_size in (10_000, 1, 3):
        home.forget()
        home.take_in(*rows, batch_size=batch_size)
        found.append(content(home))

    assert found[1] == found[0]
    assert found[2] == found[0]


@settings(max_examples=examples(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_resolving_again_changes_nothing(home: Any, choices: Sequence[tuple[Any, ...]]) -> None:
    home.forget()
    home.take_in(*[_said(home, choice, hour) for hour, choice in enumerate(choices)])
    before = content(home)

    home.conn.execute("update track_lookup set rules_version = null")
    new = resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=home.rules)

    assert new == NewNames(0, 0, 0)
    assert content(home) == before


# --- two at once ----------------------------------------------------------------------------------------------------


def test_two_resolvers_at_once_create_nothing_twice(home: Any, database: str) -> None:
    plays = evening(home, 80, artists=8)
    exports = [home.store(home.batches(rows, source=source))[0] for rows, source in
               ((plays, "lastfm"), (plays[::-1], "maloja"))]  # fmt: skip
    start = threading.Barrier(2)
    brought: list[NewNames] = []

    def resolve(export_id: int) -> None:
        with connect.connect(database, autocommit=True) as conn:
            start.wait(PATIENCE)
            brought.append(
                resolve_export(
                    conn, export_id, catalogue_id=home.listener.catalogue_id, rules=home.rules, batch_size=10
                )
            )

    threads = [threading.Thread(target=resolve, args=(export_id,)) for export_id in exports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    total = NewNames()
    for new in brought:
        total.add(new)
    assert total == NewNames(8, 32, 80)
    assert [home.one(f"select count(*) from {table}") for table in ("person", "release", "track")] == [8, 32, 80]
    assert home.one("select count(*) from track_lookup where track_id is null") == 0


def test_two_catalogues_share_nothing(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13"))
    home.conn.execute("insert into catalogue (name) values ('books')")
    home.conn.execute("update listener set catalogue_id = 2")
    home.listener = type(home.listener)(home.listener.id, 2, home.listener.time_zone, home.listener.name)

    imported = home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13"))

    assert imported.new == NewNames(1, 1, 1)
    assert home.ask("select catalogue_id, count(*) from track group by 1 order by 1") == [(1, 1), (2, 1)]


# --- the number of statements ---------------------------------------------------------------------------------------


class CountingCursor(psycopg.Cursor[Any]):
    """Counts what it sends, by the first words of the statement."""

    sent: ClassVar[Counter[str]] = Counter()

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        self.sent[" ".join(str(query).split()[:6])] += 1
        return super().execute(query, *args, **kwargs)

    def copy(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        self.sent[" ".join(str(statement).split()[:6])] += 1
        return super().copy(statement, *args, **kwargs)


def statements(home: Any, rows: int, *, first: int = 0) -> Counter[str]:
    plays = [
        home.play(
            f"Artist {n % 97}",
            f"Song {n}",
            f"2024-0{1 + n % 9}-01 {n // 60 % 24:02}:{n % 60:02}:00",
            album=f"A{n % 97}",
        )
        for n in range(first, first + rows)
    ]
    home.conn.cursor_factory = CountingCursor
    CountingCursor.sent.clear()
    home.take_in_batches(home.batches(plays, source="lastfm", size=rows))
    return Counter(CountingCursor.sent)


def test_the_number_of_statements_does_not_grow_with_the_rows(home: Any) -> None:
    few = statements(home, 10)
    many = statements(home, 2_000, first=10)

    assert sum(few.values()) > 50
    assert many == few


def test_a_batch_more_costs_so_many_statements_more(home: Any) -> None:
    def counted(batches: int) -> int:
        home.forget()
        plays = [home.play("Blur", f"Song {n}", f"2024-05-01 12:{n:02}:00") for n in range(24)]
        home.conn.cursor_factory = CountingCursor
        CountingCursor.sent.clear()
        home.take_in_batches(home.batches(plays, source="lastfm"), batch_size=24 // batches + 1)
        return sum(CountingCursor.sent.values())

    two, three, four = counted(2), counted(3), counted(4)

    assert three - two == four - three
    assert three - two < 60
