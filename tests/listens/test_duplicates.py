"""The marks in the database: the same for every order of imports, and written only where they change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scannerd.listens.duplicates import mark_all, mark_export, mark_lookups
from scannerd.listens.listener import get_listener
from scannerd.listens.resolve import resolve_again
from scannerd.model.artist_names import split_rules

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def noon(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def heard(home: Any, seconds: int, **said: Any) -> Any:
    """Blur's Tender, so many seconds after noon."""
    return home.play("Blur", said.pop("title", "Tender"), f"{noon(seconds):%F %T}", **said)


def by_spotify(home: Any, seconds: int, played_for_ms: int = 181_000, **said: Any) -> Any:
    return heard(home, seconds, kind="end", played_for_ms=played_for_ms, end_reason="trackdone", album="13", **said)


def by_account(home: Any, seconds: int, played_for_ms: int = 181_000) -> Any:
    return heard(home, seconds - seconds % 60, kind="minute", played_for_ms=played_for_ms)


def by_csv(home: Any, seconds: int) -> Any:
    return heard(home, seconds - seconds % 60, kind="minute", title="Tender - 2012 Remaster")


def same(home: Any) -> list[tuple[str, int, str, int]]:
    """Each mark as (source, seconds after noon, the root's source, its seconds)."""
    return [
        (source, (at - NOON).seconds, root, (root_at - NOON).seconds)
        for source, at, _, root, root_at, _ in home.marks()
    ]


def test_one_playing_told_by_four_counts_once(home: Any) -> None:
    home.take_in(by_csv(home, 4), source="lastfm")
    home.take_in(heard(home, 4), source="maloja")
    home.take_in(heard(home, 3, album="13"), source="lastfm")
    home.take_in(by_spotify(home, 2), source="spotify")

    assert same(home) == [
        ("lastfm", 0, "spotify", 2),
        ("lastfm", 3, "spotify", 2),
        ("maloja", 4, "spotify", 2),
    ]
    assert home.ask("select source, album from listens") == [("spotify", "13")]
    assert home.one("select count(*) from all_listens") == 4


def test_account_data_after_extended_history_adds_nothing_that_counts(home: Any) -> None:
    home.take_in(by_spotify(home, 30), by_spotify(home, 400), source="spotify")
    home.take_in(by_account(home, 30), by_account(home, 400), source="spotify")

    assert same(home) == [("spotify", 0, "spotify", 30), ("spotify", 360, "spotify", 400)]


def test_extended_history_after_account_data_takes_its_place(home: Any) -> None:
    home.take_in(by_account(home, 30), source="spotify")
    home.take_in(by_spotify(home, 30), source="spotify")

    assert home.ask("select time_kind, counts from all_listens order by 1") == [("end", True), ("minute", False)]


def test_two_exports_of_one_source_that_differ_in_album_and_guesses_count_once(home: Any) -> None:
    home.take_in(heard(home, 0), heard(home, 300), source="lastfm")
    home.take_in(heard(home, 0, album="13"), heard(home, 300, album="13"), source="lastfm")

    assert home.ask("select album, count(*) from listens group by 1") == [("13", 2)]
    assert home.one("select count(*) from all_listens") == 4


def test_repeated_rows_of_spotify_count_once(home: Any) -> None:
    home.take_in(
        by_spotify(home, 0, source_track_id="spotify:track:1"),
        by_spotify(home, 2, source_track_id="spotify:track:1"),
        by_spotify(home, 181, source_track_id="spotify:track:1"),
        source="spotify",
    )

    assert same(home) == [("spotify", 2, "spotify", 0)]


def test_a_short_song_on_repeat_counts_each_time(home: Any) -> None:
    home.take_in(*[by_spotify(home, 20 * n, 20_000) for n in range(6)], source="spotify")
    home.take_in(*[heard(home, 20 * n + 1, duration_ms=20_000) for n in range(6)], source="lastfm")

    assert home.one("select count(*) from listens") == 6
    assert same(home) == [("lastfm", 20 * n + 1, "spotify", 20 * n) for n in range(6)]


def test_the_same_playing_is_found_under_another_name_and_title(home: Any) -> None:
    home.take_in(home.play("BLUR feat. Somebody", "Tender (Remastered 2012)", "2024-05-01 12:00:00"), source="spotify")
    home.take_in(home.play("Blur", "tender", "2024-05-01 12:00:03"), source="lastfm")
    home.take_in(home.play("Blur", "Tender (Live)", "2024-05-01 12:00:03"), source="maloja")

    assert same(home) == [("lastfm", 3, "spotify", 0)]


def test_the_same_second_of_another_song_is_another_playing(home: Any) -> None:
    home.take_in(heard(home, 0), source="spotify")
    home.take_in(home.play("Blur", "Caramel", "2024-05-01 12:00:00"), source="lastfm")
    home.take_in(home.play("Pulp", "Tender", "2024-05-01 12:00:00"), source="maloja")

    assert same(home) == []


def test_two_listeners_hear_for_themselves(home: Any) -> None:
    home.take_in(heard(home, 0), source="spotify")
    home.listener = get_listener(home.conn, "Bob", time_zone="UTC")
    home.take_in(heard(home, 0), source="lastfm")

    assert same(home) == []


# --- a function, not a history --------------------------------------------------------------------------------------


def three(home: Any) -> dict[str, list[Any]]:
    return {
        "spotify": [by_spotify(home, at) for at in (0, 2, 181, 600, 4_000)],
        "lastfm": [heard(home, at) for at in (1, 180, 400, 601, 4_200)],
        "maloja": [heard(home, at, title="Tender (Remastered)") for at in (2, 181, 362, 4_001, 9_000)],
    }


def test_three_imports_in_any_order_give_the_same_marks(home: Any) -> None:
    told = three(home)
    found = set()
    for order in permutations(told):
        home.forget()
        for source in order:
            home.take_in(*told[source], source=source)
        found.add(tuple(same(home)))

    assert found == {
        (
            ("lastfm", 1, "spotify", 0),
            ("lastfm", 180, "spotify", 181),
            ("lastfm", 601, "spotify", 600),
            ("maloja", 2, "spotify", 0),
            ("maloja", 181, "spotify", 181),
            ("maloja", 4001, "spotify", 4000),
            ("spotify", 2, "spotify", 0),
        )
    }


TOLD = st.lists(
    st.tuples(
        st.sampled_from(["spotify", "account", "lastfm", "maloja", "csv"]),
        st.integers(0, 500),
        st.sampled_from([15_000, 61_000, 181_000]),
        st.booleans(),
    ),
    min_size=2,
    max_size=14,
)


def _told(home: Any, teller: str, seconds: int, played_for_ms: int, knows_length: bool) -> Any:
    match teller:
        case "spotify":
            return by_spotify(home, seconds, played_for_ms)
        case "account":
            return by_account(home, seconds, played_for_ms)
        case "csv":
            return by_csv(home, seconds)
        case _:
            return heard(home, seconds, duration_ms=15_000 if knows_length else None)


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOLD, st.data())
def test_marks_follow_from_the_listens_and_not_from_the_imports(
    home: Any, told: Sequence[tuple[str, int, int, bool]], data: st.DataObject
) -> None:
    """Exports cut differently and in another order; also rows that only tell the length of what is known."""
    sources = {"account": "spotify", "csv": "lastfm"}
    found = []
    for order in (told, data.draw(st.permutations(told))):
        home.forget()
        cut = data.draw(st.integers(0, len(order)))
        for part in (order[:cut], order[cut:]):
            for source in ("spotify", "lastfm", "maloja"):
                rows = [_told(home, *row) for row in part if sources.get(row[0], row[0]) == source and row[0] != "csv"]
                if rows:
                    home.take_in(*rows, source=source)
        # Of equal rows of a minute the n-th is the n-th only within one file.
        home.take_in(*[_told(home, *row) for row in order if row[0] == "csv"], source="lastfm")
        marks = home.marks()
        with home.conn.transaction():
            assert mark_all(home.conn, listener_id=home.listener.id) == 0
        assert home.marks() == marks
        found.append(marks)

    minutes = [row for row in told if row[0] == "account"]
    if len({(at // 60, length) for _, at, length, _ in minutes}) == len(minutes):
        assert found[0] == found[1]


def test_marking_again_writes_nothing(home: Any) -> None:
    exports = [home.take_in(*rows, source=source).export_id for source, rows in three(home).items()]

    with home.conn.transaction():
        assert [mark_export(home.conn, export_id, listener_id=home.listener.id) for export_id in exports] == [0, 0, 0]
        assert mark_all(home.conn, listener_id=home.listener.id) == 0
        lookups = [lookup_id for (lookup_id,) in home.ask("select id from track_lookup")]
        assert mark_lookups(home.conn, lookups, listener_id=home.listener.id) == 0


def test_only_the_titles_an_import_touched_are_looked_at(home: Any) -> None:
    home.take_in(heard(home, 0), home.play("Blur", "Caramel", "2024-05-01 13:00:00"), source="lastfm")
    home.take_in(home.play("Blur", "Caramel", "2024-05-01 13:00:01"), source="maloja")
    home.conn.execute("update listen set duplicate_of = null")

    home.take_in(heard(home, 1), source="maloja")

    assert same(home) == [("maloja", 1, "lastfm", 0)]


def test_no_duplicate_points_to_a_duplicate(home: Any) -> None:
    for source, rows in three(home).items():
        home.take_in(*rows, source=source)

    assert home.one("select count(*) from listen as d join listen as r on r.id = d.duplicate_of"
                    " where r.duplicate_of is not null") == 0  # fmt: skip


# --- what changes later ---------------------------------------------------------------------------------------------


def test_the_length_of_a_short_song_that_is_told_later_counts(home: Any) -> None:
    home.take_in(heard(home, 0), source="lastfm")
    home.take_in(heard(home, 15), source="maloja")
    assert same(home) == [("maloja", 15, "lastfm", 0)]

    home.take_in(heard(home, 0, duration_ms=20_000), source="lastfm")

    assert same(home) == []


def test_a_name_that_is_taken_apart_otherwise_leaves_its_marks_behind(home: Any) -> None:
    home.take_in(home.play("Duo; Blur", "Tender", "2024-05-01 12:00:00"), source="spotify")
    home.take_in(home.play("Duo", "Tender", "2024-05-01 12:00:02"), source="lastfm")
    assert same(home) == [("lastfm", 2, "spotify", 0)]
    lookups = [home.one("select id from track_lookup where artists = '{\"Duo; Blur\"}'")]

    rules = split_rules(keep_whole=["Duo; Blur"], separators=(" / ",))
    resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=rules)
    with home.conn.transaction():
        changed = mark_lookups(home.conn, lookups, listener_id=home.listener.id)

    assert (changed, same(home)) == (1, [])


@pytest.mark.parametrize("how", ["lookups", "all"])
def test_what_lost_its_artist_is_nobodys_duplicate(home: Any, how: str) -> None:
    home.take_in(heard(home, 0), source="spotify")
    home.take_in(heard(home, 1), source="lastfm")
    home.take_in(home.play("Pulp", "Babies", "2024-05-01 12:00:00"), source="lastfm")
    home.take_in(home.play("Pulp", "Babies", "2024-05-01 12:00:01"), source="maloja")
    home.conn.execute("delete from person where name = 'Blur'")

    with home.conn.transaction():
        if how == "all":
            mark_all(home.conn, listener_id=home.listener.id)
        else:
            lookups = [lookup_id for (lookup_id,) in home.ask("select id from track_lookup where person_id is null")]
            mark_lookups(home.conn, lookups, listener_id=home.listener.id)

    assert same(home) == [("maloja", 1, "lastfm", 0)]
    assert home.one("select count(*) from listens") == 3


def test_a_root_that_goes_leaves_a_listen_that_counts(home: Any) -> None:
    home.take_in(heard(home, 0), source="spotify")
    home.take_in(heard(home, 1), source="lastfm")
    home.take_in(heard(home, 2), source="maloja")
    lookup = home.one("select id from track_lookup")

    home.conn.execute("delete from listen where source = 'spotify'")
    assert home.one("select count(*) from listens") == 2
    with home.conn.transaction():
        mark_lookups(home.conn, [lookup], listener_id=home.listener.id)

    assert same(home) == [("maloja", 2, "lastfm", 1)]


def test_nothing_is_left_of_the_temp_tables(home: Any) -> None:
    export_id = home.take_in(heard(home, 0)).export_id

    with home.conn.transaction():
        for _ in range(2):
            mark_export(home.conn, export_id, listener_id=home.listener.id)

    assert home.one("select count(*) from pg_class where relpersistence = 't'") == 0


def test_a_thousand_titles_are_marked_in_a_few_statements(home: Any) -> None:
    plays = [home.play(f"Artist {n % 10}", f"Song {n}", f"{noon(n * 60):%F %T}") for n in range(1000)]
    moved = [home.play(f"Artist {n % 10}", f"Song {n}", f"{noon(n * 60 + 1):%F %T}") for n in range(1000)]
    home.take_in(*plays, source="lastfm")

    home.take_in(*moved, source="maloja")

    assert home.one("select count(*) from listens") == 1000
    assert home.one("select count(*) from all_listens where duplicate_of is not null and source = 'maloja'") == 1000
