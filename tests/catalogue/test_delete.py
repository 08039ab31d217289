"""A person, release or track goes; listens never do, and what they name may come back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from scannerd.catalogue.leaving import Gone
from scannerd.errors import NotFound

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def test_a_deleted_track_un_resolves_its_lookups_and_keeps_its_listens(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "13"), home.play("Blur", "Coffee", "13"))
    coffee = home.pointed(lookups)[1]

    gone = home.delete("track", home.track("Tender"))

    assert gone == Gone(releases=0, tracks=1)
    assert home.pointed(lookups) == [(None, home.release("13"), home.person("Blur")), coffee]
    assert home.listens() == 2
    assert home.ask("select artist, title, album, track_id from listens order by title desc") == [
        ("Blur", "Tender", "13", None),
        ("Blur", "Coffee", "13", coffee[0]),
    ]
    assert home.wrong() == []


def test_a_deleted_release_takes_its_tracks_along(home: Any) -> None:
    lookups = home.take_in(
        home.play("Blur", "Tender", "13"), home.play(("Blur", "Choir"), "Battle", "13"), home.play("Blur", "Tender")
    )

    gone = home.delete("release", home.release("13"))

    assert gone == Gone(releases=1, tracks=2)
    assert home.pointed(lookups)[:2] == [(None, None, home.person("Blur"))] * 2
    assert home.tracks() == [(["Blur"], "Tender", None)]
    assert home.persons() == ["Blur", "Choir"]
    assert home.listens() == 3
    assert home.wrong() == []


def test_a_deleted_person_takes_releases_and_tracks_along_but_not_those_of_others(home: Any) -> None:
    lookups = home.take_in(
        home.play("Blur", "Tender", "13"),
        home.play("Choir", "Hymn", "13", album_artists=("Blur",)),
        home.play("Blur", "Hits", "Britpop", is_compilation=True),
        home.play(("Damon", "Blur"), "Duet", "Solo"),
        home.play("Damon", "Alone"),
    )

    gone = home.delete("person", home.person("Blur"))

    assert gone == Gone(releases=1, tracks=3)
    assert home.persons() == ["Choir", "Damon"]
    assert home.albums() == [("Damon", "Solo"), ("Various Artists", "Britpop")]
    assert home.tracks() == [(["Damon"], "Alone", None), (["Damon"], "Duet", "Solo")]
    damon = home.person("Damon")
    assert home.pointed(lookups) == [
        (None, None, None),
        (None, None, home.person("Choir")),
        (None, home.release("Britpop"), None),
        (home.track("Duet"), home.release("Solo"), damon),
        (home.track("Alone"), None, damon),
    ]
    assert home.listens() == 5
    assert home.wrong() == []


def test_a_track_that_is_another_without_its_guest_is_merged(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "13"), home.play(("Blur", "Choir"), "Tender", "13"))

    gone = home.delete("person", home.person("Choir"))

    assert gone == Gone(releases=0, tracks=1)
    assert home.tracks() == [(["Blur"], "Tender", "13")]
    assert len(set(home.pointed(lookups))) == 1
    assert home.wrong() == []


def test_what_was_deleted_comes_back_with_the_next_import_of_its_words(home: Any) -> None:
    words = home.play("Blur", "Tender", "13"), home.play(("Damon", "Blur"), "Duet")
    home.take_in(*words)
    before = home.persons(), home.albums()
    home.delete("person", home.person("Blur"))

    [tender, _] = home.pointed(home.take_in(*words))

    assert (home.persons(), home.albums()) == before
    assert tender == (home.track("Tender"), home.release("13"), home.person("Blur"))
    assert home.one("select count(*) from listens where track_id is not null") == 4
    assert home.wrong() == []


def test_what_was_deleted_comes_back_when_everything_is_resolved_again(home: Any) -> None:
    lookups = home.take_in(home.play("Blur", "Tender", "13"))
    home.delete("track", home.track("Tender"))

    home.resolve_again()

    assert home.pointed(lookups) == [(home.track("Tender"), home.release("13"), home.person("Blur"))]


def test_names_that_a_merge_left_go_with_the_winner(home: Any) -> None:
    words = home.play("Beyonce", "Halo", "I Am")
    home.take_in(words, home.play("Beyoncé", "Ego", "I Am"))
    home.merge("person", home.person("Beyonce"), home.person("Beyoncé"))
    home.delete("person", home.person("Beyoncé"))

    home.take_in_again(words)

    assert home.persons() == ["Beyonce"]
    assert home.tracks() == [(["Beyonce"], "Halo", "I Am")]
    assert home.wrong() == []


def test_an_alias_that_named_a_deleted_person_finds_nothing_any_more(home: Any) -> None:
    home.take_in(home.play("Choir", "Hymn"), home.play(("Blur", "Choir"), "Hymn"), home.play("Blur", "Tender"))
    of_choir = home.one("select id from track where artist_credit = 'Choir'")
    of_both = home.one("select id from track where artist_credit = 'Blur, Choir'")
    home.merge("track", of_choir, home.track("Tender"))
    home.merge("track", of_both, home.track("Tender"))

    home.delete("person", home.person("Choir"))

    assert home.ask("select alias, artist_ids from track_alias") == [("Hymn", [home.person("Blur")])]
    assert home.wrong() == []


def test_a_lookup_is_by_the_artist_of_its_track_whoever_it_named(
    home: Any,
) -> None:
    said = {"is_compilation": True, "recording_mbid": "11111111-1111-4111-8111-111111111111"}
    lookups = home.take_in(
        home.play("Blur", "Tender", "Britpop", **said), home.play("Choir", "Tender", "Britpop", **said)
    )
    [(track, artist)] = home.ask("select track_id, artist from tracks")
    other = {"Blur": "Choir", "Choir": "Blur"}[artist]
    assert {person for _, _, person in home.pointed(lookups)} == {home.person(artist)}
    home.take_in(home.play(other, "Hymn"))

    home.delete("person", home.person(other))

    assert home.pointed(lookups) == [(track, home.release("Britpop"), home.person(artist))] * 2


def test_nothing_is_merged_into_a_track_that_goes_too(home: Any) -> None:
    home.take_in(home.play("Choir", "Tender"), home.play("Blur", "Hymn"), home.play(("Blur", "Choir"), "Hymn"))
    of_blur = home.one("select id from track where artist_credit = 'Blur'")
    home.merge("track", of_blur, home.track("Tender"))

    home.delete("person", home.person("Choir"))

    assert home.tracks() == [(["Blur"], "Hymn", None)]
    assert home.listens() == 3
    assert home.wrong() == []


def test_same_plays_of_an_un_resolved_artist_are_nobodys_duplicates(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "13"), source="spotify", at=NOON)
    home.take_in(home.play("Blur", "Tender"), source="lastfm", at=NOON)
    assert len(home.marks()) == 1

    home.delete("person", home.person("Blur"))

    assert home.marks() == []
    assert home.listens() == 2


def test_a_play_told_twice_still_counts_once_when_its_track_is_deleted(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", "13"), source="spotify", at=NOON)
    home.take_in(home.play("Blur", "Tender"), source="lastfm", at=NOON)

    home.delete("release", home.release("13"))

    assert len(home.marks()) == 1


@pytest.mark.parametrize("kind", ["person", "release", "track"])
def test_what_is_not_there_is_not_deleted(home: Any, kind: str) -> None:
    with pytest.raises(NotFound, match=rf"^there is no {kind} 7: it was merged, deleted, or never there$"):
        home.delete(kind, 7)
