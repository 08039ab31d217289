"""Two tracks become one, and stay one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scannerd.catalogue.leaving import Gone
from scannerd.errors import UsageError

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def test_both_listens_are_the_winners(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "Single"), home.play("The Blur", "Tender - Album", "13"))
    winner = (home.track("Tender - Album"), home.release("13"), home.person("The Blur"))

    gone = home.merge("track", home.track("Tender"), winner[0])

    assert gone == Gone(releases=0, tracks=1)
    assert home.pointed(lookups) == [winner, winner]
    assert home.one("select plays from tracks") == 2
    assert home.ask("select artist, title, album from listens") == [("The Blur", "Tender - Album", "13")] * 2
    assert home.wrong() == []


def test_the_losers_artist_is_not_left_on_the_winner(home: Any) -> None:
    home.take_in(home.play(("Blur", "Choir"), "Tender", "Single"), home.play("Damon", "Tender", "13"))
    winner = home.one("select id from track where artist_credit = 'Damon'")

    home.merge("track", home.one("select id from track where id <> %s", [winner]), winner)

    assert home.tracks() == [(["Damon"], "Tender", "13")]
    assert home.ask("select name from release_contribution join person on person.id = person_id order by 1") == [
        ("Blur",),
        ("Damon",),
    ]


def test_two_tracks_of_one_release_are_merged(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "13"), home.play("Blur", "Tender - 1999", "13"))

    home.merge("track", home.track("Tender - 1999"), home.track("Tender"))

    assert home.tracks() == [(["Blur"], "Tender", "13")]
    assert home.one("select plays from tracks") == 2


def test_a_second_that_both_tracks_have_keeps_both_listens(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "13"), home.play("Blur", "Coffee", "13"), at=NOON)
    home.take_in(home.play("Blur", "Tender", "13"), home.play("Blur", "Coffee", "13"), source="spotify", at=NOON)

    home.merge("track", home.track("Coffee"), home.track("Tender"))

    assert home.pointed(lookups)[0] == home.pointed(lookups)[1]
    assert home.listens() == 4
    assert home.one("select count(*) from listens") == 2


def test_gaps_are_filled_and_nothing_is_overwritten(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender (a)", "13", recording_mbid=ONE, isrc="GBAYE9800001", duration_ms=1000),
        home.play("Blur", "Tender (b)", "13", recording_mbid=TWO, isrc="GBAYE9800002", duration_ms=2000),
        home.play("Blur", "Tender", "13", guessed_recording_mbid=TWO),
    )
    home.conn.execute(
        "update track set disc = 1, position = 2, year = 1999, year_source = 'tags' where title = 'Tender (a)'"
    )
    home.conn.execute("update track set position = 7, year = 2012, year_source = 'mb' where title = 'Tender (b)'")

    home.merge("track", home.track("Tender (a)"), home.track("Tender"))
    home.merge("track", home.track("Tender (b)"), home.track("Tender"))

    assert home.ask(
        "select title, recording_mbid::text, mbid_source, isrc, duration_ms, disc, position, year, year_source"
        " from track"
    ) == [("Tender", ONE, "verified", "GBAYE9800001", 1000, 1, 2, 1999, "tags")]


def test_a_place_on_another_release_is_no_place_here(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "Single"), home.play("Blur", "Tender", "13"))
    home.conn.execute("update track set disc = 1, position = 2, duration_ms = 1000")
    home.conn.execute(
        "update track set disc = null, position = null, duration_ms = null where release_id = %s", [home.release("13")]
    )
    loser, winner = (home.one("select track_id from tracks where album = %s", [title]) for title in ("Single", "13"))

    home.merge("track", loser, winner)

    assert home.ask("select disc, position, duration_ms from track") == [(None, None, 1000)]


def test_the_losers_words_find_the_winner(home: Any) -> None:
    words = home.play("Blur", "Tender", "Single")
    home.take_in(words, home.play("Blur", "Tender", "13"), home.play("Damon", "Tender (solo)"))
    single, album, solo = (
        home.one("select track_id from tracks where album is not distinct from %s", [title])
        for title in ("Single", "13", None)
    )
    home.merge("track", single, album)
    home.merge("track", album, solo)

    [(track, _, _)] = home.pointed(home.take_in_again(words))

    assert track == solo
    assert home.tracks() == [(["Damon"], "Tender (solo)", None)]
    assert home.wrong() == []


def test_same_plays_are_derived_anew_under_the_artist_they_have_now(home: Any) -> None:
    home.take_in(home.play("Beyonce", "Halo", "I Am"), source="lastfm", at=NOON)
    home.take_in(home.play("Beyoncé", "Halo", "I Am"), source="spotify", at=NOON)
    first, second = (row[0] for row in home.ask("select id from track order by id"))
    assert home.marks() == []

    home.merge("track", first, second)

    assert len(home.marks()) == 1
    assert home.one("select count(*) from listens") == 1


def test_what_was_the_same_play_as_a_merged_track_is_derived_anew_too(home: Any) -> None:
    home.take_in(home.play("Beyonce", "Halo", "I Am"), source="spotify", at=NOON)
    home.take_in(home.play("Beyonce", "Halo"), source="lastfm", at=NOON)
    home.take_in(home.play("Other", "Halo"), source="lastfm")
    assert len(home.marks()) == 1
    on_album = home.one("select track_id from tracks where album = 'I Am'")
    other = home.one("select track_id from tracks where artist = 'Other'")

    home.merge("track", on_album, other)

    assert home.marks() == []
    assert home.one("select count(*) from listens") == 3


def test_a_track_is_not_merged_into_itself(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender"))

    with pytest.raises(UsageError, match=r"^track 1 cannot be merged into itself$"):
        home.merge("track", 1, 1)


def test_the_recording_of_the_loser_finds_the_winner_under_any_title(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "13", recording_mbid=ONE), home.play("Blur", "Tender!", "13", recording_mbid=TWO)
    )
    winner = home.track("Tender")
    home.merge("track", home.track("Tender!"), winner)

    [lookup] = home.take_in(home.play("Blur", "Tender (Long Version)", "13", recording_mbid=TWO))

    assert home.pointed([lookup]) == [(winner, home.release("13"), home.person("Blur"))]
    assert home.one("select count(*) from track") == 1
