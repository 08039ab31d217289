"""Which listens are one playing told more than once: the table of cases, and what holds for all of them."""

from collections import Counter
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.listens.same_play import Telling, same_plays

NOON = 1_714_564_800
SPOTIFY, ACCOUNT, LASTFM, MALOJA, KOITO, LISTENBRAINZ, CSV = (
    ("spotify", "end"),
    ("spotify", "minute"),
    ("lastfm", "start"),
    ("maloja", "start"),
    ("koito", "start"),
    ("listenbrainz", "start"),
    ("lastfm", "minute"),
)


def told(teller: tuple[str, str], at: int, played: float | None = None, **more: Any) -> Telling:
    """A telling, `at` seconds after noon and `played` seconds long."""
    said = {"nth": 0, "lookup_key": b"", "track_id": None, "title": "Tender", "duration_ms": None, "has_album": False}
    length = None if played is None else int(played * 1000)
    return Telling(0, NOON + at, *teller, length, **{**said, **more})


def groups(tellings: list[Telling]) -> list[list[int]]:
    """The places of tellings that are one playing, the root first; each playing of one telling is left out."""
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    roots: dict[int, list[int]] = {}
    for duplicate, root in sorted(same_plays(numbered).items()):
        roots.setdefault(root, [root]).append(duplicate)
    return sorted(roots.values())


# --- between tellers ------------------------------------------------------------------------------------------------

ONE = [[0, 1]]
TWO: list[list[int]] = []


@pytest.mark.parametrize(
    ("rich", "poor", "expected"),
    [
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, 0), ONE, id="the end less the length is the start"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, 3), ONE, id="a clock that started late"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, 20), ONE, id="just within the tolerance"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, 21), TWO, id="just outside the tolerance"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, -100), ONE, id="a pause of 100 s began earlier"),
        pytest.param(told(SPOTIFY, 0, 300), told(LASTFM, -140), ONE, id="the longest pause and the tolerance"),
        pytest.param(told(SPOTIFY, 0, 300), told(LASTFM, -141), TWO, id="too long a pause"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, -111), TWO, id="a pause longer than half the song"),
        pytest.param(told(SPOTIFY, 0, 20), told(LASTFM, -30), TWO, id="a short song played again, each told once"),
        pytest.param(told(SPOTIFY, 0, 181), told(LASTFM, 181), TWO, id="the next playing, right after the end"),
        pytest.param(told(LASTFM, 0), told(MALOJA, 1), ONE, id="Maloja moved an equal second by one"),
        pytest.param(told(LASTFM, 0), told(MALOJA, -1), ONE, id="or the other way round"),
        pytest.param(told(LASTFM, 0), told(MALOJA, 21), TWO, id="two starts too far apart"),
        pytest.param(told(SPOTIFY, 0, 181), told(KOITO, 181), ONE, id="Koito stored Spotify's end as the start"),
        pytest.param(told(SPOTIFY, 0, 181), told(MALOJA, 186), ONE, id="Maloja did, some seconds off"),
        pytest.param(told(SPOTIFY, 0, 181), told(LISTENBRAINZ, 176), ONE, id="ListenBrainz did"),
        pytest.param(told(SPOTIFY, 0, 181), told(KOITO, 187), TWO, id="no row ends there"),
        pytest.param(told(SPOTIFY, 0, 3_600), told(KOITO, 3_600), TWO, id="of an hour the end is not compared"),
        pytest.param(told(LASTFM, 0), told(CSV, -59), ONE, id="the last second of a minute"),
        pytest.param(told(LASTFM, 0), told(CSV, 20), ONE, id="a minute after it, within the tolerance"),
        pytest.param(told(LASTFM, 0), told(CSV, 60), TWO, id="another minute"),
        pytest.param(told(LASTFM, 0), told(CSV, -120), TWO, id="an earlier minute"),
        pytest.param(told(SPOTIFY, 30, 181), told(ACCOUNT, 0, 181), ONE, id="account data, of the same minute"),
        pytest.param(told(SPOTIFY, 61, 181), told(ACCOUNT, 0, 181), TWO, id="account data, of another minute"),
        pytest.param(told(SPOTIFY, 30, 181), told(ACCOUNT, 0, 181.001), TWO, id="account data, of another length"),
        pytest.param(told(LASTFM, -100), told(ACCOUNT, 0, 181), ONE, id="account data with a pause, told by Last.fm"),
        pytest.param(told(LASTFM, 59), told(ACCOUNT, 0, 181), ONE, id="account data, last second of the minute"),
        pytest.param(told(SPOTIFY, 0, 16), told(LASTFM, 8), ONE, id="half of a short song"),
        pytest.param(told(SPOTIFY, 0, 16), told(LASTFM, 9), TWO, id="more than half of a short song"),
        pytest.param(told(LASTFM, 0, duration_ms=20_000), told(MALOJA, 11), TWO, id="the full length is a length too"),
        pytest.param(told(SPOTIFY, 0, 1), told(LASTFM, 2), ONE, id="never less than two seconds"),
        pytest.param(told(SPOTIFY, 0, 0), told(LASTFM, 0), ONE, id="not heard at all, but told"),
    ],
)
def test_two_tellers_tell_one_playing_or_two(rich: Telling, poor: Telling, expected: list[list[int]]) -> None:
    assert groups([rich, poor]) == expected


@pytest.mark.parametrize(
    ("poor", "rich"),
    [
        (told(LASTFM, 0), told(SPOTIFY, 0, 181)),
        (told(MALOJA, 0), told(LASTFM, 0)),
        (told(LASTFM, 0), told(LISTENBRAINZ, 0)),
        (told(KOITO, 0), told(LISTENBRAINZ, 0)),
        (told(CSV, 0), told(MALOJA, 0)),
        (told(ACCOUNT, 0, 181), told(MALOJA, 0)),
        (told(("somebody", "start"), 0), told(("librefm", "start"), 0)),
    ],
)
def test_the_richer_telling_is_the_root(poor: Telling, rich: Telling) -> None:
    assert groups([poor, rich]) == [[1, 0]]


def test_everybody_who_tells_one_playing_points_to_the_richest() -> None:
    tellings = [told(CSV, 0), told(MALOJA, 4), told(LASTFM, 3), told(ACCOUNT, 0, 181), told(SPOTIFY, 2, 181)]

    assert groups(tellings) == [[4, 0, 1, 2, 3]]


def test_two_repeats_told_by_two_sources_stay_two() -> None:
    tellings = [told(LASTFM, 0), told(LASTFM, 19), told(MALOJA, 1), told(MALOJA, 20)]

    assert groups(tellings) == [[0, 2], [1, 3]]


def test_a_repeat_that_only_one_source_heard_stays() -> None:
    tellings = [told(LASTFM, 0), told(LASTFM, 200), told(LASTFM, 400), told(MALOJA, 200)]

    assert groups(tellings) == [[1, 3]]


def test_a_song_of_twenty_seconds_played_ten_times_stays_ten_times() -> None:
    spotify = [told(SPOTIFY, 20 * n, 20, duration_ms=20_000) for n in range(10)]
    lastfm = [told(LASTFM, 20 * n + 1, duration_ms=20_000) for n in range(10)]

    assert groups(spotify) == []
    assert groups(lastfm) == []
    assert groups(spotify + lastfm) == [[n, n + 10] for n in range(10)]


def test_a_repeat_on_end_told_with_pauses_pairs_each_with_its_own() -> None:
    spotify = [told(SPOTIFY, 300 * n, 181) for n in range(5)]
    lastfm = [told(LASTFM, 300 * n - 60) for n in range(5)]

    assert groups(spotify + lastfm) == [[n, n + 5] for n in range(5)]


def test_the_start_goes_before_the_end_that_was_stored_for_it() -> None:
    """Two playings in a row: what Koito calls a start is the first one's end, and the second one's start."""
    tellings = [told(SPOTIFY, 0, 181), told(SPOTIFY, 181, 181), told(KOITO, 181), told(KOITO, 362)]

    assert groups(tellings) == [[0, 2], [1, 3]]


def test_two_playings_in_one_minute_are_two_however_told() -> None:
    tellings = [told(LASTFM, 0), told(LASTFM, 40), told(CSV, 0), told(CSV, 0, nth=1)]

    assert groups(tellings) == [[0, 2], [1, 3]]


def test_a_minute_told_more_often_than_the_seconds_keeps_what_is_left() -> None:
    tellings = [told(LASTFM, 5), told(CSV, 0), told(CSV, 0, nth=1)]

    assert groups(tellings) == [[0, 1]]


# --- within one teller ----------------------------------------------------------------------------------------------

URI, OTHER_URI = "spotify:track:1", "spotify:track:2"


@pytest.mark.parametrize(
    ("first", "again", "expected"),
    [
        pytest.param(
            told(SPOTIFY, 0, 181, track_id=URI, lookup_key=b"1"),
            told(SPOTIFY, 0, 181, track_id=URI, lookup_key=b"2"),
            ONE,
            id="equal start and id, whatever the album says",
        ),
        pytest.param(
            told(SPOTIFY, 0, 181, track_id=URI, title="Tender"),
            told(SPOTIFY, 0, 181, track_id=URI, title="Tender - Remastered"),
            ONE,
            id="equal start and id, whatever the title says",
        ),
        pytest.param(
            told(SPOTIFY, 0, 181, track_id=URI, lookup_key=b"1"),
            told(SPOTIFY, 0, 181, track_id=OTHER_URI, lookup_key=b"2"),
            ONE,
            id="equal start, length and title, whatever the id says",
        ),
        pytest.param(
            told(LASTFM, 0, lookup_key=b"1"), told(LASTFM, 0, lookup_key=b"2"), ONE, id="equal start and title"
        ),
        pytest.param(told(LASTFM, 0), told(LASTFM, 0, title="Tender (Live)"), TWO, id="equal start, but another title"),
        pytest.param(told(SPOTIFY, 0, 180), told(SPOTIFY, 0, 181), TWO, id="equal start, but another length and no id"),
        pytest.param(told(SPOTIFY, 0, 181), told(SPOTIFY, 2, 181), ONE, id="the row again, its end 2 s off"),
        pytest.param(told(SPOTIFY, 0, 181), told(SPOTIFY, 29, 181), ONE, id="29 s off"),
        pytest.param(told(SPOTIFY, 0, 181), told(SPOTIFY, 30, 181), TWO, id="30 s off is another row"),
        pytest.param(told(SPOTIFY, 0, 20), told(SPOTIFY, 19, 20), ONE, id="before the first could have ended"),
        pytest.param(told(SPOTIFY, 0, 20), told(SPOTIFY, 20, 20), TWO, id="when the first had ended: a true repeat"),
        pytest.param(told(SPOTIFY, 0, 181), told(SPOTIFY, 2, 180), TWO, id="2 s off, but another length"),
        pytest.param(told(LASTFM, 0), told(LASTFM, 1), TWO, id="a source that tells no length repeats nothing"),
        pytest.param(told(ACCOUNT, 0, 61), told(ACCOUNT, 0, 61, nth=1), TWO, id="the second row of a minute"),
        pytest.param(
            told(CSV, 0, lookup_key=b"1"), told(CSV, 0, lookup_key=b"2"), ONE, id="a minute, told with two albums"
        ),
        pytest.param(
            told(CSV, 0), told(CSV, 0, title="Tender (Live)"), TWO, id="a minute, but two recordings of one song"
        ),
        pytest.param(told(ACCOUNT, 0, 61), told(ACCOUNT, 0, 40), TWO, id="a minute, but two lengths"),
        pytest.param(told(ACCOUNT, 0, 181), told(ACCOUNT, 60, 181), TWO, id="the next minute"),
    ],
)
def test_two_rows_of_one_teller_are_one_playing_or_two(
    first: Telling, again: Telling, expected: list[list[int]]
) -> None:
    assert groups([first, again]) == expected


def test_a_row_repeated_many_times_is_one_playing() -> None:
    assert groups([told(SPOTIFY, second, 181) for second in range(0, 30, 3)]) == [list(range(10))]


def test_repeated_rows_do_not_creep() -> None:
    """What repeats a repetition, but could be a playing after the first one, is one."""
    assert groups([told(SPOTIFY, 0, 20), told(SPOTIFY, 15, 20), told(SPOTIFY, 30, 20)]) == [[0, 1]]


def test_of_two_rows_of_one_moment_the_longer_one_counts() -> None:
    tellings = [told(SPOTIFY, 0, 2, track_id=URI), told(SPOTIFY, 0, 181, track_id=URI)]

    assert groups(tellings) == [[1, 0]]


def test_of_two_rows_of_one_moment_the_one_with_an_album_counts() -> None:
    bare, whole = told(LASTFM, 0, lookup_key=b"1"), told(LASTFM, 0, lookup_key=b"2", has_album=True)

    assert groups([bare, whole]) == [[1, 0]]
    assert groups([replace(bare, lookup_key=b"3"), whole]) == [[1, 0]]


def test_nobody_tells_nothing() -> None:
    assert same_plays([]) == {}
    assert same_plays([told(SPOTIFY, 0, 181)]) == {}


# --- what holds for all ---------------------------------------------------------------------------------------------


def _telling(
    teller: tuple[str, str], at: int, length: int | None, nth: int, song: int, duration: int | None
) -> Telling:
    is_minute = teller[1] == "minute"
    return told(
        teller,
        at - at % 60 if is_minute else at,
        None if teller in (LASTFM, CSV, MALOJA) else length,
        nth=nth if is_minute else 0,
        # What one source wrote decides its id and title.
        lookup_key=bytes([song]),
        track_id=f"spotify:track:{song // 2}" if teller == SPOTIFY else None,
        title=("Tender", "Tender - Remastered")[song % 2],
        duration_ms=duration,
        has_album=song % 3 == 0,
    )


def _identity(telling: Telling) -> tuple[object, ...]:
    """What the database holds once."""
    return telling.source, telling.time_kind, telling.at, telling.nth, telling.played_for_ms, telling.lookup_key


TELLINGS = st.lists(
    st.builds(
        _telling,
        st.sampled_from([SPOTIFY, ACCOUNT, LASTFM, MALOJA, KOITO, LISTENBRAINZ, CSV]),
        st.integers(0, 400) | st.integers(0, 4_000),
        st.none() | st.sampled_from([0, 1, 19, 20, 61, 181]) | st.integers(0, 4_000),
        st.integers(0, 2),
        st.integers(0, 3),
        st.sampled_from([None, 20_000, 181_000]),
    ),
    max_size=12,
    unique_by=_identity,
)


def marks(tellings: list[Telling], ids: list[int], order: list[int]) -> dict[tuple[object, ...], tuple[object, ...]]:
    """The marks by content, for tellings that were given these ids and came in that order."""
    numbered = {ids[place]: replace(telling, id=ids[place]) for place, telling in enumerate(tellings)}
    found = same_plays(numbered[ids[place]] for place in order)
    return {_identity(numbered[duplicate]): _identity(numbered[root]) for duplicate, root in found.items()}


@given(TELLINGS, st.data())
def test_neither_order_nor_ids_decide_anything(tellings: list[Telling], data: st.DataObject) -> None:
    places = list(range(len(tellings)))
    expected = marks(tellings, places, places)

    ids = data.draw(st.permutations([3 * place + 7 for place in places]))
    order = data.draw(st.permutations(places))

    assert marks(tellings, ids, order) == expected


@given(TELLINGS)
def test_a_duplicate_points_to_a_root_and_a_root_to_nothing(tellings: list[Telling]) -> None:
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    duplicates = same_plays(numbered)

    assert set(duplicates) <= set(range(len(tellings)))
    assert set(duplicates).isdisjoint(duplicates.values())


@given(TELLINGS)
def test_one_playing_takes_one_row_of_each_other_teller(tellings: list[Telling]) -> None:
    """But for the rows that each teller repeats by itself."""
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    by_teller: dict[tuple[str, str], list[Telling]] = {}
    for telling in numbered:
        by_teller.setdefault((telling.source, telling.time_kind), []).append(telling)
    repeated = {duplicate for own in by_teller.values() for duplicate in same_plays(own)}

    claims = Counter(
        (root, numbered[duplicate].source, numbered[duplicate].time_kind)
        for duplicate, root in same_plays(numbered).items()
        if duplicate not in repeated
    )

    assert all(times == 1 for times in claims.values())
    assert all((numbered[root].source, numbered[root].time_kind) != teller for root, *teller in claims)


@given(TELLINGS)
def test_no_teller_is_left_with_fewer_playings_than_he_told(tellings: list[Telling]) -> None:
    """True repeats are never swallowed: all together told at least as many playings as each of them."""
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    left = len(numbered) - len(same_plays(numbered))
    tellers = {(telling.source, telling.time_kind) for telling in numbered}

    for teller in tellers:
        own = [telling for telling in numbered if (telling.source, telling.time_kind) == teller]
        assert left >= len(own) - len(same_plays(own))


@given(TELLINGS)
def test_the_playings_that_are_left_repeat_nothing_of_each_other(tellings: list[Telling]) -> None:
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    first = same_plays(numbered)

    roots = [telling for telling in numbered if telling.id not in first]
    own = {
        teller: [telling for telling in roots if (telling.source, telling.time_kind) == teller]
        for teller in {(telling.source, telling.time_kind) for telling in roots}
    }

    assert all(same_plays(tellings_of_one) == {} for tellings_of_one in own.values())


@given(TELLINGS)
def test_what_is_an_hour_apart_from_everything_is_alone(tellings: list[Telling]) -> None:
    """The database hands over only what has a neighbour within the hour."""
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]
    far = told(LASTFM, 3 * 4_000 + 3_601 + 120)

    assert same_plays([*numbered, replace(far, id=len(numbered))]) == same_plays(numbered)


def test_every_order_of_a_handful_gives_the_same() -> None:
    tellings = [
        told(SPOTIFY, 0, 181),
        told(SPOTIFY, 2, 181),
        told(LASTFM, 1),
        told(MALOJA, 2),
        told(CSV, -60),
        told(KOITO, 181),
    ]
    numbered = [replace(telling, id=place) for place, telling in enumerate(tellings)]

    assert {tuple(sorted(same_plays(order).items())) for order in permutations(numbered)} == {
        ((1, 0), (2, 0), (3, 0), (4, 0), (5, 0))
    }
