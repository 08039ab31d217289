"""Two persons become one, and stay one."""

from typing import Any

import pytest

from scannerd.catalogue.leaving import Gone
from scannerd.errors import NotFound, UsageError

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"


def test_all_that_the_loser_did_the_winner_did(home: Any) -> None:
    home.take_in(
        home.play("Beyonce", "Halo", "I Am"),
        home.play(("Beyonce", "Jay-Z"), "Crazy"),
        home.play(("Jay-Z", "Beyonce"), "Bonnie", "Blueprint"),
        home.play("Beyoncé", "Formation", "Lemonade"),
    )

    gone = home.merge("person", home.person("Beyonce"), home.person("Beyoncé"))

    assert gone == Gone(releases=0, tracks=0)
    assert home.tracks() == [
        (["Beyoncé", "Jay-Z"], "Crazy", None),
        (["Beyoncé"], "Formation", "Lemonade"),
        (["Beyoncé"], "Halo", "I Am"),
        (["Jay-Z", "Beyoncé"], "Bonnie", "Blueprint"),
    ]
    assert home.albums() == [("Beyoncé", "I Am"), ("Beyoncé", "Lemonade"), ("Jay-Z", "Blueprint")]
    assert home.one("select plays from artists where name = 'Beyoncé'") == 4
    assert home.wrong() == []


def test_what_becomes_equal_is_merged_too(home: Any) -> None:
    lookups = home.take_in(
        home.play("Beyonce", "Halo", "I Am"),
        home.play("Beyoncé", "Halo", "I Am"),
        home.play("Beyonce", "Sweet", "I Am"),
        home.play("Beyoncé", "Ego", "I Am"),
        home.play("Beyonce", "Halo"),
        home.play("Beyoncé", "Halo"),
    )
    winner = home.person("Beyoncé")
    album = home.one("select id from release where artist_id = %s", [winner])

    gone = home.merge("person", home.person("Beyonce"), winner)

    assert gone == Gone(releases=1, tracks=2)
    assert home.albums() == [("Beyoncé", "I Am")]
    assert home.tracks() == [
        (["Beyoncé"], "Ego", "I Am"),
        (["Beyoncé"], "Halo", "I Am"),
        (["Beyoncé"], "Halo", None),
        (["Beyoncé"], "Sweet", "I Am"),
    ]
    halo, same, sweet, ego, single, same_single = home.pointed(lookups)
    assert halo == same
    assert single == same_single
    assert {release for _, release, _ in (halo, sweet, ego)} == {album}
    assert {person for _, _, person in home.pointed(lookups)} == {winner}
    assert home.listens() == 6
    assert home.wrong() == []


def test_of_what_becomes_equal_the_winners_own_stays(home: Any) -> None:
    home.take_in(home.play("Beyonce", "Halo", "I Am"))
    home.take_in(home.play("Beyoncé", "Halo", "I Am"))
    [(track, release)] = home.ask(
        "select track_id, release_id from albums join tracks using (release_id) where albums.artist = 'Beyoncé'"
    )

    home.merge("person", home.person("Beyonce"), home.person("Beyoncé"))

    assert (home.track("Halo"), home.release("I Am")) == (track, release)


def test_two_on_one_track_become_one_at_the_better_place(home: Any) -> None:
    home.take_in(
        home.play(("Guru", "DJ", "Premier"), "Loungin"),
        home.play(("Premier", "DJ"), "Classic"),
    )

    home.merge("person", home.person("DJ"), home.person("Premier"))

    assert home.tracks() == [(["Guru", "Premier"], "Loungin", None), (["Premier"], "Classic", None)]
    assert home.ask(
        "select title, played.position, role"
        " from track_contribution as played join track on id = track_id order by 1, 2"
    ) == [
        ("Classic", 0, "artist"),
        ("Loungin", 0, "artist"),
        ("Loungin", 1, "artist"),
    ]
    assert home.wrong() == []


def test_with_and_without_the_guest_who_was_the_artist_all_along_is_one_track(home: Any) -> None:
    lookups = home.take_in(
        home.play(("MF Doom", "King Geedorah"), "Fazers"),
        home.play("King Geedorah", "Fazers"),
        home.play("MF Doom", "Fazers"),
    )

    gone = home.merge("person", home.person("King Geedorah"), home.person("MF Doom"))

    assert gone == Gone(releases=0, tracks=2)
    assert home.tracks() == [(["MF Doom"], "Fazers", None)]
    assert len(set(home.pointed(lookups))) == 1
    assert home.wrong() == []


def test_gaps_are_filled_and_nothing_is_overwritten(home: Any) -> None:
    home.take_in(
        home.play("Bjork", "Jóga", artist_mbids=(ONE,)),
        home.play("Björk", "Army", artist_mbids=(TWO,)),
        home.play("Bjoerk", "Hunter"),
    )
    home.conn.execute("update person set sort_name = name || ', sorted' where name <> 'Bjoerk'")

    home.merge("person", home.person("Bjork"), home.person("Bjoerk"))
    home.merge("person", home.person("Björk"), home.person("Bjoerk"))

    assert home.ask("select name, sort_name, mbid::text, mbid_source from person") == [
        ("Bjoerk", "Bjork, sorted", ONE, "verified")
    ]
    assert home.ask("select mbid::text from person_mbid") == [(TWO,)]
    assert home.wrong() == []


@pytest.mark.parametrize(
    ("losers", "winners", "left"),
    [
        ({"guessed_artist_mbid": ONE}, {}, (ONE, "lastfm", 0)),
        ({"guessed_artist_mbid": ONE}, {"guessed_artist_mbid": TWO}, (TWO, "lastfm", 0)),
        ({"guessed_artist_mbid": ONE}, {"artist_mbids": (TWO,)}, (TWO, "verified", 0)),
        ({"artist_mbids": (ONE,)}, {"guessed_artist_mbid": TWO}, (ONE, "verified", 0)),
        ({"artist_mbids": (ONE,)}, {"artist_mbids": (TWO,)}, (TWO, "verified", 1)),
        ({}, {"artist_mbids": (TWO,)}, (TWO, "verified", 0)),
    ],
)
def test_a_guess_gives_way_and_a_verified_id_is_never_lost(home: Any, losers: Any, winners: Any, left: Any) -> None:
    home.take_in(home.play("Loser", "Song", **losers), home.play("Winner", "Other", **winners))

    home.merge("person", home.person("Loser"), home.person("Winner"))

    assert home.ask("select mbid::text, mbid_source, (select count(*) from person_mbid) from person") == [left]


def test_the_losers_name_stays_the_winners(home: Any) -> None:
    words = home.play("Prince", "Kiss", "Parade"), home.play(("The Time", "Prince"), "Jungle")
    home.take_in(*words, home.play("The Artist", "Gold"))
    winner = home.person("The Artist")
    home.merge("person", home.person("Prince"), winner)

    kiss, jungle = home.pointed(home.take_in_again(*words))

    assert home.persons() == ["The Artist", "The Time"]
    assert kiss == (home.track("Kiss"), home.release("Parade"), winner)
    assert jungle[0] == home.track("Jungle")
    assert home.wrong() == []


def test_the_losers_mbid_stays_the_winners_under_any_name(home: Any) -> None:
    home.take_in(
        home.play("Prince", "Kiss", artist_mbids=(ONE,)),
        home.play("The Artist", "Gold", artist_mbids=(TWO,)),
        home.play("Love Symbol", "Sexy", artist_mbids=(THREE,)),
    )
    home.merge("person", home.person("Prince"), home.person("The Artist"))
    home.merge("person", home.person("The Artist"), home.person("Love Symbol"))

    [(_, _, person)] = home.pointed(home.take_in(home.play("プリンス", "Cream", artist_mbids=(ONE,))))

    assert home.persons() == ["Love Symbol"]
    assert person == home.person("Love Symbol")
    assert home.ask("select mbid::text from person_mbid order by 1") == [(ONE,), (TWO,)]


def test_a_guess_is_nobodys_when_a_merge_left_that_id(home: Any) -> None:
    home.take_in(
        home.play("Prince", "Kiss", artist_mbids=(ONE,)),
        home.play("The Artist", "Gold", artist_mbids=(TWO,)),
    )
    home.merge("person", home.person("Prince"), home.person("The Artist"))

    home.take_in(home.play("Somebody", "Else", guessed_artist_mbid=ONE))

    assert home.ask("select name, mbid from person where name = 'Somebody'") == [("Somebody", None)]
    assert home.wrong() == []


def test_a_bare_name_that_was_merged_stays_merged_beside_others_of_that_name(home: Any) -> None:
    words = home.play("Nirvana", "Rainbow Chaser")
    home.take_in(
        home.play("Nirvana", "Lithium", artist_mbids=(ONE,)),
        home.play("Nirvana", "Tiny Goddess", artist_mbids=(TWO,)),
        home.play("Patrick Campbell-Lyons", "Out", artist_mbids=(THREE,)),
        words,
    )
    winner = home.person("Patrick Campbell-Lyons")
    bare = home.one("select id from person where name = 'Nirvana' and mbid is null")
    home.merge("person", bare, winner)

    lookups = home.take_in_again(words)

    assert home.pointed(lookups) == [(home.track("Rainbow Chaser"), None, winner)]
    assert home.persons() == ["Nirvana", "Nirvana", "Patrick Campbell-Lyons"]


def test_a_bare_name_merged_into_one_of_its_holders_means_that_one(home: Any) -> None:
    words = home.play("Nirvana", "Polly")
    lithium, *_, bare = home.pointed(
        home.take_in(
            home.play("Nirvana", "Lithium", artist_mbids=(ONE,)),
            home.play("Nirvana", "Tiny Goddess", artist_mbids=(TWO,)),
            words,
        )
    )
    home.merge("person", bare[2], lithium[2])

    [polly] = home.pointed(home.take_in_again(words))

    assert polly == (bare[0], None, lithium[2])


def test_merging_one_with_an_mbid_leaves_the_bare_name_where_it_was(home: Any) -> None:
    words = home.play("Nirvana", "Polly")
    _, other, _, bare = home.pointed(
        home.take_in(
            home.play("Nirvana", "Lithium", artist_mbids=(ONE,)),
            home.play("Nirvana", "Tiny Goddess", artist_mbids=(TWO,)),
            home.play("Winner", "Song"),
            words,
        )
    )
    home.merge("person", other[2], home.person("Winner"))

    assert home.pointed(home.take_in_again(words)) == [bare]


def test_one_set_apart_by_hand_does_not_take_the_bare_name_along(home: Any) -> None:
    words = home.play("Nirvana", "Polly")
    home.take_in(home.play("Winner", "Song"))
    home.take_in(home.play("Nirvana", "Rainbow Chaser"))
    apart = home.person("Nirvana")
    home.conn.execute("update person set set_apart = true where id = %s", [apart])
    bare = home.one("insert into person (catalogue_id, name, match_key) values (1, 'Nirvana', 'nirvana') returning id")
    home.conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source, is_primary)"
        " values (1, %s, 'Nirvana', 'nirvana', 'name', true)",
        [bare],
    )
    home.merge("person", apart, home.person("Winner"))

    [(_, _, person)] = home.pointed(home.take_in(words))

    assert person == bare


def test_a_name_that_a_service_adopted_credits_nobody_but_the_name_of_a_merged_person_does(home: Any) -> None:
    words = home.play("HoneyWorks", "Gom")
    home.take_in(words, home.play("Gom", "Rubber"))
    winner = home.person("Gom")
    home.conn.execute(
        "insert into person_alias (catalogue_id, person_id, alias, match_key, source, resolves)"
        " values (1, %(id)s, 'HoneyWorks', 'honeyworks', 'musicbrainz', false),"
        " (1, %(id)s, 'Adopted', 'adopted', 'musicbrainz', false)",
        {"id": winner},
    )
    home.merge("person", home.person("HoneyWorks"), winner)

    lookups = home.take_in_again(words, home.play("Adopted", "Song"))

    assert [person == winner for _, _, person in home.pointed(lookups)] == [True, False]


def test_same_plays_are_derived_anew(home: Any) -> None:
    moment = {"at": home.one("select timestamptz '2024-01-01 12:00:00+00'")}
    home.take_in(home.play("Beyonce", "Halo"), source="lastfm", **moment)
    home.take_in(home.play("Beyoncé", "Halo"), source="spotify", **moment)
    assert home.marks() == []

    home.merge("person", home.person("Beyonce"), home.person("Beyoncé"))

    assert len(home.marks()) == 1
    assert home.listens() == 2
    assert home.one("select count(*) from listens") == 1


def test_of_two_persons_one_must_be_another(home: Any) -> None:
    home.take_in(home.play("Alone", "Song"))

    with pytest.raises(UsageError, match=r"^person 1 cannot be merged into itself$"):
        home.merge("person", 1, 1)


def test_nobody_merges_into_somebody_who_is_not_there(home: Any) -> None:
    home.take_in(home.play("Alone", "Song"))

    with pytest.raises(NotFound, match=r"^there is no person 99: it was merged, deleted, or never there$"):
        home.merge("person", home.person("Alone"), 99)


def test_catalogues_never_share_a_row(home: Any) -> None:
    home.take_in(home.play("Alone", "Song"))
    home.conn.execute("insert into catalogue (name) values ('books')")
    other = home.one("insert into person (catalogue_id, name, match_key) values (2, 'Author', 'author') returning id")

    with pytest.raises(UsageError, match=rf"^person {other} and person 1 belong to different catalogues$"):
        home.merge("person", 1, other)
