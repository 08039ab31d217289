"""Two releases become one, and stay one."""

from typing import Any

import pytest

from scannerd.catalogue.leaving import Gone
from scannerd.errors import NotFound

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"
GROUP = "44444444-4444-4444-8444-444444444444"
OTHER_GROUP = "55555555-5555-4555-8555-555555555555"


def test_the_tracks_of_the_loser_are_on_the_winner(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "13 (Remastered)"), home.play("Blur", "Coffee", "13"))
    winner = home.release("13")

    gone = home.merge("release", home.release("13 (Remastered)"), winner)

    assert gone == Gone(releases=1, tracks=0)
    assert home.albums() == [("Blur", "13")]
    assert home.tracks() == [(["Blur"], "Coffee", "13"), (["Blur"], "Tender", "13")]
    assert home.pointed(lookups) == [
        (home.track("Tender"), winner, home.person("Blur")),
        (home.track("Coffee"), winner, home.person("Blur")),
    ]
    assert home.one("select plays from albums") == 2
    assert home.wrong() == []


def test_equal_tracks_are_merged_and_others_are_not(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "13 (Remastered)"),
        home.play(("Blur", "Choir"), "Tender", "13 (Remastered)", album_artists=("Blur",)),
        home.play("Blur", "Tender (Live)", "13 (Remastered)"),
        home.play("Blur", "Tender", "13"),
        home.play("Blur", "Tender"),
    )

    gone = home.merge("release", home.release("13 (Remastered)"), home.release("13"))

    assert gone == Gone(releases=1, tracks=1)
    assert home.tracks() == [
        (["Blur", "Choir"], "Tender", "13"),
        (["Blur"], "Tender (Live)", "13"),
        (["Blur"], "Tender", "13"),
        (["Blur"], "Tender", None),
    ]
    assert home.ask("select plays from tracks where album = '13' and title = 'Tender' order by 1") == [(1,), (2,)]
    assert home.wrong() == []


def test_the_artists_of_the_loser_stand_behind_those_of_the_winner(home: Any) -> None:
    home.take_in(
        home.play(("Jay-Z", "Linkin Park"), "Numb", "Collision Course", album_artists=("Linkin Park", "Jay-Z")),
        home.play("Various", "Encore", "Collision", album_artists=("Jay-Z", "DJ")),
    )

    home.merge("release", home.release("Collision"), home.release("Collision Course"))

    assert home.ask(
        "select name, position from release_contribution join person on person.id = person_id order by position"
    ) == [("Linkin Park", 0), ("Jay-Z", 1), ("DJ", 3)]
    assert home.albums() == [("Linkin Park", "Collision Course")]


def test_gaps_are_filled_and_nothing_is_overwritten(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "13 (Box)", release_mbid=ONE, release_group_mbid=GROUP),
        home.play("Blur", "Tender", "Thirteen", release_mbid=TWO, release_group_mbid=OTHER_GROUP),
        home.play("Blur", "Tender", "13"),
    )
    home.conn.execute("update release set year = 1999, year_source = 'musicbrainz' where title = '13 (Box)'")
    home.conn.execute("update release set year = 2012, year_source = 'tags' where title = 'Thirteen'")

    home.merge("release", home.release("13 (Box)"), home.release("13"))
    home.merge("release", home.release("Thirteen"), home.release("13"))

    assert home.ask(
        "select title, mbid::text, mbid_source, release_group_mbid::text, year, year_source from release"
    ) == [("13", ONE, "verified", GROUP, 1999, "musicbrainz")]
    assert home.ask("select mbid::text from release_mbid") == [(TWO,)]
    assert home.wrong() == []


@pytest.mark.parametrize(
    ("losers", "winners", "left"),
    [
        ({"guessed_release_mbid": ONE}, {}, (ONE, "lastfm", 0)),
        ({"guessed_release_mbid": ONE}, {"guessed_release_mbid": TWO}, (TWO, "lastfm", 0)),
        ({"guessed_release_mbid": ONE}, {"release_mbid": TWO}, (TWO, "verified", 0)),
        ({"release_mbid": ONE}, {"guessed_release_mbid": TWO}, (ONE, "verified", 0)),
        ({"release_mbid": ONE}, {"release_mbid": TWO}, (TWO, "verified", 1)),
    ],
)
def test_a_guess_gives_way_and_a_verified_id_is_never_lost(home: Any, losers: Any, winners: Any, left: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "Loser", **losers), home.play("Blur", "Tender", "Winner", **winners))

    home.merge("release", home.release("Loser"), home.release("Winner"))

    assert home.ask("select mbid::text, mbid_source, (select count(*) from release_mbid) from release") == [left]


def test_the_losers_title_stays_the_winners(home: Any) -> None:
    words = home.play("Blur", "Tender", "13 (Remastered)"), home.play("Blur", "Battle", "13 (Remastered)")
    home.take_in(words[0], home.play("Blur", "Tender", "13"))
    home.merge("release", home.release("13 (Remastered)"), home.release("13"))

    tender, battle = home.pointed(home.take_in_again(*words))

    assert home.albums() == [("Blur", "13")]
    assert tender == (home.track("Tender"), home.release("13"), home.person("Blur"))
    assert battle == (home.track("Battle"), home.release("13"), home.person("Blur"))


def test_the_losers_mbid_stays_the_winners_under_any_title(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "One", release_mbid=ONE),
        home.play("Blur", "Tender", "Two", release_mbid=TWO),
        home.play("Blur", "Tender", "Three", release_mbid=THREE),
    )
    home.merge("release", home.release("One"), home.release("Two"))
    home.merge("release", home.release("Two"), home.release("Three"))

    words = home.play("Blur", "Tender", "13 - édition", release_mbid=ONE), home.play("Blur", "1992", release_mbid=TWO)
    found = home.pointed(home.take_in(*words))

    assert home.albums() == [("Blur", "Three")]
    assert [release for _, release, _ in found] == [home.release("Three")] * 2
    assert home.ask("select mbid::text from release_mbid order by 1") == [(ONE,), (TWO,)]


def test_a_guess_is_no_releases_when_a_merge_left_that_id(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "One", release_mbid=ONE), home.play("Blur", "Tender", "Two", release_mbid=TWO)
    )
    home.merge("release", home.release("One"), home.release("Two"))

    home.take_in(home.play("Blur", "Tender", "Else", guessed_release_mbid=ONE))

    assert home.ask("select mbid from release where title = 'Else'") == [(None,)]
    assert home.wrong() == []


def test_a_release_known_only_by_its_mbid_takes_the_title_of_the_loser(home: Any) -> None:
    words = home.play("Blur", "Tender", "13")
    unnamed, named = home.pointed(home.take_in(home.play("Blur", "Coffee", release_mbid=ONE), words))

    home.merge("release", named[1], unnamed[1])

    assert home.ask("select id, title, title_is_provisional, mbid::text from release") == [
        (unnamed[1], "13", False, ONE)
    ]
    assert home.pointed(home.take_in_again(words)) == [(named[0], unnamed[1], named[2])]
    assert home.wrong() == []


def test_a_release_by_various_artists_stays_one(home: Any) -> None:
    words = home.play("Blur", "Tender", "Best of Britpop", is_compilation=True)
    home.take_in(
        words,
        home.play("Pulp", "Disco", "Best of Britpop", is_compilation=True),
        home.play("Pulp", "Disco", "Britpop", is_compilation=True),
    )
    home.merge("release", home.release("Best of Britpop"), home.release("Britpop"))

    [(track, release, _)] = home.pointed(home.take_in_again(words))

    assert home.albums() == [("Various Artists", "Britpop")]
    assert (track, release) == (home.track("Tender"), home.release("Britpop"))
    assert home.wrong() == []


def test_no_release_merges_into_one_that_is_not_there(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "13"))

    with pytest.raises(NotFound, match=r"^there is no release 99: it was merged, deleted, or never there$"):
        home.merge("release", 99, home.release("13"))
