"""Every row of an export ends as stored, duplicate, skipped or failed, and the four add up."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from waiting import PATIENCE

from scannerd.db import connect
from scannerd.db.queries import run
from scannerd.listens.listener import find_listener, get_listener
from scannerd.listens.store import Counts, mark_stored, store
from scannerd.model.batch import Batch
from scannerd.model.listen import Alias, AliasOf, ArtistForm, Failed, Skipped, SkipReason

SONG = "11111111-1111-4111-8111-111111111111"
OTHER_SONG = "22222222-2222-4222-8222-222222222222"
ALBUM_GROUP = "33333333-3333-4333-8333-333333333333"


def test_no_batches_store_nothing(home: Any) -> None:
    _, counts = home.store([])

    assert counts == Counts(read=0, stored=0, duplicate=0, skipped=0, failed=0)
    assert home.one("select count(*) from listen") == 0


def test_a_batch_of_nothing_stores_nothing(home: Any) -> None:
    export_id, counts = home.store([Batch("", "lastfm", "lastfm-ghan-json")])

    assert counts == Counts(read=0, stored=0, duplicate=0, skipped=0, failed=0)
    assert home.ask("select format, members, first_at from export where id = %s", [export_id]) == [
        ("lastfm-ghan-json", [""], None)
    ]


def test_a_thousand_rows_are_a_thousand_listens(home: Any) -> None:
    plays = [home.play("Blur", "Tender", f"2024-05-01 {n // 60:02}:{n % 60:02}:00", album="13") for n in range(1000)]

    imported = home.take_in(*plays)

    assert imported.counts == Counts(read=1000, stored=1000)
    assert (imported.new.artists, imported.new.releases, imported.new.tracks) == (1, 1, 1)
    assert home.one("select count(*) from listens") == 1000


def test_a_hundred_rows_of_ten_combinations_make_ten_tracks(home: Any) -> None:
    plays = [
        home.play(f"Artist {n % 10}", f"Title {n % 10}", f"2024-05-01 12:{n // 2:02}:{n % 2 * 30:02}", album="Mix")
        for n in range(100)
    ]

    imported = home.take_in(*plays)

    assert imported.counts == Counts(read=100, stored=100)
    assert imported.new.tracks == 10
    assert home.one("select count(*) from track") == 10
    assert home.one("select count(*) from track_lookup") == 10


def test_equal_rows_of_one_file_are_one_listen_and_remembered(home: Any) -> None:
    play = home.play("Blur", "Tender")

    export_id, counts = home.store(home.batches([play, play, play], source="lastfm"))

    assert counts == Counts(read=3, stored=1, duplicate=2)
    assert home.ask(
        "select export_row.row_no, outcome, reason, listen.row_no from export_row"
        " join listen on listen.id = listen_id where export_row.export_id = %s order by 1",
        [export_id],
    ) == [(2, "duplicate", None, 1), (3, "duplicate", None, 1)]


def test_equal_rows_in_different_batches_and_members_are_one_listen(home: Any) -> None:
    play = home.play("Blur", "Tender")
    batches = [
        *home.batches([play, play], source="lastfm", member="a.json", size=1),
        *home.batches([play], source="lastfm", member="b.json"),
    ]

    export_id, counts = home.store(batches)

    assert counts == Counts(read=3, stored=1, duplicate=2)
    assert home.ask(
        "select member, row_no, outcome from export_row where export_id = %s order by 1, 2", [export_id]
    ) == [(1, 2, "duplicate"), (2, 1, "duplicate")]
    assert home.one("select members from export where id = %s", [export_id]) == ["a.json", "b.json"]


def test_a_bad_row_does_not_stop_the_rest(home: Any) -> None:
    rows = [
        home.play("Blur", "Tender", "2024-05-01 12:00:00"),
        Failed(0, "played_at is 'yesterday', where a time belongs", '{"played_at":"yesterday"}'),
        Skipped(0, SkipReason.PODCAST, '{"episode":"1"}'),
        home.play("", "Nobody's"),
        home.play("Blur", "Tender", "2001-05-01 12:00:00"),
        home.play("Blur", "Tender", "2024-05-01 12:05:00"),
    ]

    export_id, counts = home.store(home.batches(rows, source="lastfm"))

    assert counts == Counts(read=6, stored=2, duplicate=0, skipped=3, failed=1)
    assert home.ask(
        "select row_no, outcome, reason from export_row where export_id = %s order by row_no", [export_id]
    ) == [
        (2, "failed", "played_at is 'yesterday', where a time belongs"),
        (3, "skipped", "podcast"),
        (4, "skipped", "no artist"),
        (5, "skipped", "before 2002-10-01"),
    ]
    assert home.one("select raw from export_row where row_no = 2") == '{"played_at":"yesterday"}'


def test_the_report_of_an_export_counts_what_the_ledger_holds(home: Any) -> None:
    play = home.play("Blur", "Tender", "2024-05-01 12:00:00")
    rows = [play, play, Failed(0, "broken"), Skipped(0, SkipReason.VIDEO), replace(play, client="phone")]

    export_id, _ = home.store(home.batches(rows, source="lastfm"))

    assert home.ask(
        "select rows_read, rows_stored, rows_duplicate, rows_skipped, rows_failed from imports where export_id = %s",
        [export_id],
    ) == [(5, 1, 2, 1, 1)]
    assert home.ask(
        "select outcome, count(*) from export_row where export_id = %s group by 1 order by 1", [export_id]
    ) == [("duplicate", 2), ("failed", 1), ("skipped", 1)]


def test_counts_that_do_not_add_up_are_refused(home: Any) -> None:
    export_id = home.new_export()

    with pytest.raises(psycopg.errors.CheckViolation, match="export_rows_add_up"):
        home.ask("update export set rows_read = 3, rows_stored = 1, rows_skipped = 1 where id = %s", [export_id])


def test_an_interrupted_store_leaves_nothing(home: Any) -> None:
    def cut_off() -> Iterator[Batch]:
        yield from home.batches([home.play("Blur", "Tender")], source="lastfm")
        raise ConnectionError("the worker died")

    export_id = home.new_export()
    with pytest.raises(ConnectionError), home.conn.transaction():
        store(home.conn, cut_off(), export_id=export_id, listener=home.listener)

    assert home.one("select count(*) from listen") == 0
    assert home.one("select count(*) from track_lookup") == 0
    assert home.one("select state from export") == "taken"


def test_what_was_told_of_a_moment_is_kept(home: Any) -> None:
    home.store(
        home.batches(
            [
                home.play(
                    "Blur",
                    "Tender",
                    "2024-05-01 22:30:00",
                    kind="end",
                    played_for_ms=181_000,
                    end_reason="trackdone",
                    client="Android",
                )
            ],
            source="spotify",
            member="music/a.json",
        )
    )

    [row] = home.ask(
        "select listened_at::text, day, source, time_kind, played_for_ms, end_reason, client, nth, member, row_no"
        " from listen"
    )
    # It began at half past midnight in Berlin.
    assert row == (
        "2024-05-01 22:30:00+00",
        date(2024, 5, 2),
        "spotify",
        "end",
        181_000,
        "trackdone",
        "Android",
        0,
        1,
        1,
    )


def test_what_a_source_wrote_is_kept_as_written(home: Any) -> None:
    written = {
        "form": ArtistForm.CREDIT,
        "artist_mbids": (SONG, None),
        "joiners": (" & ", ""),
        "album": "Think Tank ",
        "album_artists": ("Blur", "Guests"),
        "is_compilation": True,
        "recording_mbid": SONG,
        "release_mbid": OTHER_SONG,
        "release_group_mbid": ALBUM_GROUP,
        "track_mbid": OTHER_SONG,
        "isrc": "GBAYE0300001",
        "source_track_id": "spotify:track:1",
        "duration_ms": 180_000,
        "guessed_artist_mbid": SONG,
        "guessed_recording_mbid": OTHER_SONG,
        "guessed_release_mbid": ALBUM_GROUP,
        "aliases": (Alias(AliasOf.TRACK, "Out of Time", "manual"),),
    }
    home.store(home.batches([home.play(("Blur", "Q-Tip"), "Tímé “Out”", **written)], source="koito"))

    [row] = home.ask(
        "select form, artists, artist_mbids, joiners, title, album, album_artists, is_compilation,"
        " recording_mbid::text, release_mbid::text, release_group_mbid::text, track_mbid::text, isrc, source_track_id,"
        " duration_ms, guessed_artist_mbid::text, guessed_recording_mbid::text, guessed_release_mbid::text, aliases"
        " from track_lookup"
    )
    assert row == (
        "credit",
        ["Blur", "Q-Tip"],
        [SONG, ""],
        [" & ", ""],
        "Tímé “Out”",
        "Think Tank ",
        ["Blur", "Guests"],
        True,
        SONG,
        OTHER_SONG,
        ALBUM_GROUP,
        OTHER_SONG,
        "GBAYE0300001",
        "spotify:track:1",
        180_000,
        SONG,
        OTHER_SONG,
        ALBUM_GROUP,
        [["track", 0, "Out of Time", "manual"]],
    )


# --- which rows are one listen --------------------------------------------------------------------------------------


def test_the_same_rows_from_another_file_are_all_duplicates(home: Any) -> None:
    plays = [home.play("Blur", f"Song {n}", f"2024-05-01 12:{n:02}:00") for n in range(20)]
    first = home.take_in(*plays)

    again = home.take_in(*reversed(plays))

    assert again.counts == Counts(read=20, stored=0, duplicate=20)
    assert home.one("select count(*) from listen") == 20
    assert home.ask(
        "select distinct listen.export_id, export_row.export_id from export_row join listen on listen.id = listen_id"
    ) == [(first.export_id, again.export_id)]


def test_one_second_told_by_two_sources_is_two_rows(home: Any) -> None:
    play = home.play("Blur", "Tender")
    home.store(home.batches([play], source="lastfm"))

    _, counts = home.store(home.batches([play], source="maloja"))

    assert counts == Counts(read=1, stored=1)


@pytest.mark.parametrize(
    "change",
    [{"kind": "end"}, {"played_for_ms": 0}, {"played_for_ms": 1000}, {"album": "13"}, {"at": "2024-05-01 12:00:01"}],
)
def test_rows_that_differ_in_what_identifies_a_listen_are_two(home: Any, change: dict[str, Any]) -> None:
    home.store(home.batches([home.play("Blur", "Tender")], source="lastfm"))

    _, counts = home.store(home.batches([home.play("Blur", "Tender", **change)], source="lastfm"))

    assert counts == Counts(read=1, stored=1)


def test_rows_that_differ_in_client_and_end_only_are_one_and_the_difference_is_kept(home: Any) -> None:
    home.store(home.batches([home.play("Blur", "Tender", client="phone")], source="lastfm"))

    again = home.play("Blur", "Tender", client="desktop", end_reason="logout")
    export_id, counts = home.store(home.batches([again], source="lastfm"))

    assert counts == Counts(read=1, stored=0, duplicate=1)
    assert home.ask("select client, end_reason from export_row where export_id = %s", [export_id]) == [
        ("desktop", "logout")
    ]
    assert home.ask("select client, end_reason from listen") == [("phone", None)]


def test_two_listeners_do_not_share_a_listen(home: Any) -> None:
    play = home.play("Blur", "Tender")
    home.take_in(play)
    home.listener = get_listener(home.conn, "Bob", time_zone="UTC")

    imported = home.take_in(play)

    assert imported.counts == Counts(read=1, stored=1)
    assert imported.new.tracks == 0
    assert home.ask("select listener, count(*) from listens group by 1 order by 1") == [("Ada", 1), ("Bob", 1)]


def test_a_listener_is_one_however_the_folder_writes_the_name(home: Any) -> None:
    assert get_listener(home.conn, "ＡDA ", time_zone="UTC") == home.listener
    assert find_listener(home.conn, "ada") == home.listener
    assert find_listener(home.conn, "Bob") is None


# --- minutes --------------------------------------------------------------------------------------------------------


def minutes(home: Any, times: int, **said: Any) -> list[Any]:
    return [home.play("Blur", "Song 2", "2024-05-01 12:00:00", kind="minute", **said)] * times


def test_equal_rows_of_a_minute_are_numbered(home: Any) -> None:
    _, counts = home.store(home.batches(minutes(home, 3), source="lastfm"))

    assert counts == Counts(read=3, stored=3)
    assert home.ask("select row_no, nth from listen order by 1") == [(1, 0), (2, 1), (3, 2)]


@pytest.mark.parametrize(("first", "second", "in_all"), [(2, 2, 2), (1, 3, 3), (3, 1, 3)])
def test_overlapping_exports_of_minutes_add_only_what_is_more(home: Any, first: int, second: int, in_all: int) -> None:
    home.take_in(*minutes(home, first))

    imported = home.take_in(*minutes(home, second))

    assert imported.counts == Counts(read=second, stored=in_all - first, duplicate=second - (in_all - first))
    assert home.one("select count(*) from listens") == in_all


def test_a_minute_whose_exports_differ_in_album_counts_as_often_as_one_of_them_says(home: Any) -> None:
    home.take_in(*minutes(home, 2))

    home.take_in(*minutes(home, 1, album="Blur"), *minutes(home, 2))

    assert home.one("select count(*) from listens") == 3


def test_rows_of_a_minute_with_another_length_are_numbered_by_themselves(home: Any) -> None:
    rows = [*minutes(home, 2, played_for_ms=61_000), *minutes(home, 1, played_for_ms=40_000)]

    home.store(home.batches(rows, source="spotify"))

    assert home.ask("select played_for_ms, nth from listen order by 1, 2") == [(40_000, 0), (61_000, 0), (61_000, 1)]


def test_members_that_overlap_count_a_minute_once(home: Any) -> None:
    """The same as if each had been dropped by itself."""
    batches = [
        *home.batches(minutes(home, 2), source="lastfm", member="january.csv"),
        *home.batches(minutes(home, 3), source="lastfm", member="copy of january.csv"),
    ]

    imported = home.take_in_batches(batches)

    assert imported.counts == Counts(read=5, stored=3, duplicate=2)


# --- lookups --------------------------------------------------------------------------------------------------------


def lookups(home: Any, **said: Any) -> int:
    home.store(home.batches([home.play("Blur", "Tender", album="13", **said)], source="listenbrainz"))
    return int(home.one("select count(*) from track_lookup"))


@pytest.mark.parametrize(
    "said",
    [
        {"recording_mbid": SONG},
        {"release_mbid": SONG},
        {"track_mbid": SONG},
        {"isrc": "GBAYE0300001"},
        {"source_track_id": "spotify:track:1"},
        {"artist_mbids": (SONG,)},
        {"album_artists": ("Blur",)},
        {"is_compilation": True},
        {"form": ArtistForm.LIST},
    ],
)
def test_verified_ids_and_names_make_another_lookup(home: Any, said: dict[str, Any]) -> None:
    assert lookups(home) == 1
    assert lookups(home, **said) == 2


def test_another_guest_list_makes_another_lookup(home: Any) -> None:
    home.store(home.batches([home.play(("Gorillaz", "De La Soul"), "Feel Good Inc.")], source="listenbrainz"))
    home.store(home.batches([home.play(("Gorillaz",), "Feel Good Inc.")], source="listenbrainz"))

    assert home.one("select count(*) from track_lookup") == 2


@pytest.mark.parametrize(
    "said",
    [
        {"guessed_recording_mbid": SONG},
        {"guessed_artist_mbid": SONG},
        {"guessed_release_mbid": SONG},
        {"duration_ms": 460_000},
        {"release_group_mbid": SONG},
        {"aliases": (Alias(AliasOf.TRACK, "Tender (Album Version)", "manual"),)},
    ],
)
def test_guesses_lengths_and_aliases_make_no_other_lookup(home: Any, said: dict[str, Any]) -> None:
    assert lookups(home) == 1
    assert lookups(home, **said) == 1


def test_a_later_row_fills_the_gaps_of_a_lookup_and_overwrites_nothing(home: Any) -> None:
    lookups(home)
    lookups(home, duration_ms=460_000)
    lookups(home, duration_ms=1_000, guessed_recording_mbid=SONG)
    lookups(home, guessed_recording_mbid=OTHER_SONG, release_group_mbid=ALBUM_GROUP)

    assert home.ask("select duration_ms, guessed_recording_mbid::text, release_group_mbid::text from track_lookup") == [
        (460_000, SONG, ALBUM_GROUP)
    ]


def test_rows_of_one_file_fill_each_others_gaps(home: Any) -> None:
    rows = [
        home.play("Blur", "Tender", "2024-05-01 12:00:00"),
        home.play("Blur", "Tender", "2024-05-01 12:10:00", duration_ms=460_000),
        home.play("Blur", "Tender", "2024-05-01 12:20:00", guessed_artist_mbid=SONG),
    ]

    home.store(home.batches(rows, source="lastfm"))

    assert home.ask("select duration_ms, guessed_artist_mbid::text from track_lookup") == [(460_000, SONG)]


def versions(home: Any) -> list[tuple[Any, ...]]:
    """How many rows each table holds, and which transaction wrote the latest version of one."""
    tables = ("track_lookup", "listen", "person", "person_alias", "release", "release_contribution", "track")
    return [
        (table, *home.ask(f"select count(*), max(xmin::text::bigint) from {table}")[0])
        for table in (*tables, "track_contribution")
    ]


def test_what_is_known_is_not_written_again(home: Any) -> None:
    plays = [home.play("Blur", f"Song {n}", f"2024-05-01 12:{n:02}:00", duration_ms=200_000) for n in range(50)]
    home.take_in(*plays)
    before = versions(home)

    again = home.take_in(*plays)

    assert versions(home) == before
    assert (again.counts.duplicate, again.new.artists, again.new.releases, again.new.tracks) == (50, 0, 0, 0)


def test_two_imports_at_once_store_each_listen_once(home: Any, database: str) -> None:
    plays = [home.play(f"Artist {n % 7}", f"Song {n % 13}", f"2024-05-01 12:{n % 60:02}:00") for n in range(300)]
    exports = [home.new_export(), home.new_export()]
    start = threading.Barrier(2)
    counts: dict[int, Counts] = {}

    def take(export_id: int, rows: list[Any]) -> None:
        with connect.connect(database, autocommit=True) as conn, conn.transaction():
            start.wait(PATIENCE)
            stored = store(conn, home.batches(rows, source="lastfm"), export_id=export_id, listener=home.listener)
            mark_stored(conn, export_id, stored, left_out=[], warnings=[])
            counts[export_id] = stored.counts

    threads = [
        threading.Thread(target=take, args=(exports[0], plays)),
        threading.Thread(target=take, args=(exports[1], plays[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counts) == exports
    listens = len({(play.written, play.listened_at) for play in plays})
    assert sum(count.stored for count in counts.values()) == listens
    assert home.one("select count(*) from listen") == listens
    assert all(count.read == 300 == count.stored + count.duplicate for count in counts.values())


# --- what holds on to what ------------------------------------------------------------------------------------------


def test_an_export_or_listener_with_listens_is_not_deleted(home: Any) -> None:
    home.store(home.batches([home.play("Blur", "Tender")], source="lastfm"))

    for table in ("export", "listener"):
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="still has listens"):
            home.ask(f"delete from {table}")
    # PostgreSQL 18 has an error of its own for "on delete restrict".
    with pytest.raises(psycopg.errors.IntegrityError, match="listen_lookup_id_fkey"):
        home.ask("delete from track_lookup")


def test_the_names_of_left_out_members_and_warnings_are_kept(home: Any) -> None:
    export_id = home.new_export()
    with home.conn.transaction():
        stored = store(home.conn, [], export_id=export_id, listener=home.listener)
        mark_stored(home.conn, export_id, stored, left_out=[("Liesmich ü.pdf", "a PDF")], warnings=["nothing in it"])

    assert home.ask("select state, left_out, warnings from export") == [
        ("stored", [["Liesmich ü.pdf", "a PDF"]], ["nothing in it"])
    ]
    assert run(home.conn, "find_listener", match_key="ada").fetchone() is not None
