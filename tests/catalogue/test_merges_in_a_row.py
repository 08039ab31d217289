"""Merges of persons, releases and tracks in a row: the order does not matter, and what was merged stays merged."""

from typing import Any

import pytest


def test_person_release_and_track_in_a_row_stay_merged(home: Any) -> None:
    words = (
        home.play(("Beyonce", "Jay"), "Crazy (Single Version)", "Crazy", album_artists=("Beyonce",)),
        home.play("Beyonce", "Halo", "I Am"),
        home.play("Beyonce", "Halo"),
    )
    home.take_in(
        *words,
        home.play("Beyoncé", "Crazy", "Dangerously"),
        home.play("Beyoncé", "Halo", "I Am"),
        home.play("Jay-Z", "Encore"),
    )
    home.merge("person", home.person("Beyonce"), home.person("Beyoncé"))
    home.merge("release", home.release("Crazy"), home.release("Dangerously"))
    home.merge("track", home.track("Crazy (Single Version)"), home.track("Crazy"))
    home.merge("person", home.person("Jay"), home.person("Jay-Z"))
    before = (home.persons(), home.albums(), home.tracks())

    crazy, *_ = home.pointed(home.take_in_again(*words))

    assert (home.persons(), home.albums(), home.tracks()) == before
    assert home.persons() == ["Beyoncé", "Jay-Z"]
    assert home.albums() == [("Beyoncé", "Dangerously"), ("Beyoncé", "I Am")]
    assert home.tracks() == [
        (["Beyoncé"], "Crazy", "Dangerously"),
        (["Beyoncé"], "Halo", "I Am"),
        (["Beyoncé"], "Halo", None),
        (["Jay-Z"], "Encore", None),
    ]
    assert crazy[0] == home.track("Crazy")
    assert home.wrong() == []


@pytest.mark.parametrize("order", ["track first", "person first"])
def test_what_an_earlier_merge_left_pulls_equals_together(home: Any, order: str) -> None:
    # "Song" of L is "Album Version" of W; then L is W. So "Song" of W is it too, whichever was said first.
    lookups = home.take_in(
        home.play("L", "Song"),
        home.play("W", "Song"),
        home.play("W", "Album Version"),
    )

    if order == "track first":
        home.merge("track", home.pointed(lookups)[0][0], home.track("Album Version"))
        home.merge("person", home.person("L"), home.person("W"))
    else:
        home.merge("person", home.person("L"), home.person("W"))
        home.merge("track", home.track("Song"), home.track("Album Version"))

    assert home.one("select count(*) from track") == 1
    assert len(set(home.pointed(home.take_in_again(home.play("L", "Song"), home.play("W", "Song"))))) == 1
    assert home.wrong() == []


@pytest.mark.parametrize("order", ["release first", "person first"])
def test_that_holds_for_releases_too(home: Any, order: str) -> None:
    home.take_in(home.play("L", "Song", "A"), home.play("W", "Song", "A"), home.play("W", "Other", "B"))
    of_loser = home.one("select id from release where artist_id = %s", [home.person("L")])

    if order == "release first":
        home.merge("release", of_loser, home.release("B"))
        home.merge("person", home.person("L"), home.person("W"))
    else:
        home.merge("person", home.person("L"), home.person("W"))
        home.merge("release", home.release("A"), home.release("B"))

    assert home.one("select count(*) from release") == 1
    assert home.one("select count(*) from track") == 2
    assert home.wrong() == []


def test_an_alias_that_a_source_told_pulls_nothing_together(home: Any) -> None:
    home.take_in(home.play("L", "Song"), home.play("L", "Lied"), home.play("W", "Alone"))
    home.conn.execute(
        "insert into track_alias (catalogue_id, track_id, alias, match_key, artist_ids, identity_key, source)"
        " select 1, %(track)s, 'Alone', 'alone', array[id], set_identity('track', null, id::text, 'alone'), 'import'"
        " from person where name = 'L'",
        {"track": home.track("Song")},
    )

    home.merge("person", home.person("L"), home.person("W"))

    assert home.tracks() == [(["W"], "Alone", None), (["W"], "Lied", None), (["W"], "Song", None)]
    assert home.ask("select alias from track_alias") == []
    assert home.wrong() == []


def test_what_was_merged_by_hand_goes_before_what_a_source_told(home: Any) -> None:
    words = home.play("L", "Song")
    home.take_in(words, home.play("W", "Main"), home.play("W", "Other"))
    home.conn.execute(
        "insert into track_alias (catalogue_id, track_id, alias, match_key, artist_ids, identity_key, source)"
        " select 1, %(track)s, 'Song', 'song', array[id], set_identity('track', null, id::text, 'song'), 'import'"
        " from person where name = 'W'",
        {"track": home.track("Other")},
    )
    home.merge("track", home.track("Song"), home.track("Main"))
    home.merge("person", home.person("L"), home.person("W"))

    [(track, _, _)] = home.pointed(home.take_in_again(words))

    assert track == home.track("Main")
    assert home.wrong() == []


def test_aliases_that_a_source_told_go_along(home: Any) -> None:
    home.take_in(home.play("L", "Song", "A"), home.play("W", "Other", "B"))
    home.conn.execute(
        "insert into track_alias"
        " (catalogue_id, track_id, alias, match_key, release_id, artist_ids, source, identity_key)"
        " select 1, id, 'Lied', 'lied', release_id, artist_ids, 'import',"
        " set_identity('track', release_id::text, array_to_string(artist_ids, ','), 'lied')"
        " from track where title = 'Song'"
    )
    home.conn.execute(
        "insert into release_alias (catalogue_id, release_id, alias, match_key, artist_id, identity_key, source)"
        " select 1, id, 'Platte', 'platte', artist_id, set_identity('title', 'platte', artist_id::text), 'import'"
        " from release where title = 'A'"
    )

    home.merge("person", home.person("L"), home.person("W"))
    home.merge("release", home.release("A"), home.release("B"))

    assert home.ask("select alias, source from track_alias") == [("Lied", "import")]
    assert home.ask("select alias, source from release_alias order by 1") == [("A", "merge"), ("Platte", "import")]
    [(track, release, _)] = home.pointed(home.take_in(home.play("L", "Lied", "Platte")))
    assert (track, release) == (home.track("Song"), home.release("B"))
    assert home.wrong() == []


def test_two_merges_in_one_transaction_are_one_change(home: Any) -> None:
    home.take_in(home.play("A", "Song"), home.play("B", "Song"), home.play("C", "Song"))
    before = home.everything()

    with home.conn.transaction(force_rollback=True):
        home.merge("person", home.person("A"), home.person("C"))
        home.merge("person", home.person("B"), home.person("C"))
        assert home.persons() == ["C"]

    assert home.everything() == before
