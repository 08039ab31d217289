"""Which listens are of one album: each rule for releases, and each rule that other importers are known to get wrong."""

from typing import Any

import pytest

from scannerd.model.listen import Alias, AliasOf, ArtistForm

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"


def releases(home: Any) -> list[tuple[Any, ...]]:
    return home.ask(  # type: ignore[no-any-return]
        "select title, mbid::text, mbid_source, title_is_provisional from release order by title, mbid"
    )


def test_no_album_means_no_release(home: Any) -> None:
    imported = home.take_in(home.play("Blur", "Tender"))

    assert imported.new.releases == 0
    assert home.tracks() == [(["Blur"], "Tender", None)]
    assert home.one("select resolved_by from track_lookup") == "artist new, no release, track new"


def test_an_album_is_one_by_title_and_primary_artist(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13"))
    imported = home.take_in(
        home.play("Blur", "Coffee & TV", "2024-05-02 12:00:00", album="13"),
        home.play("The Doors", "The End", "2024-05-02 13:00:00", album="13"),
    )

    assert imported.new.releases == 1
    assert home.albums() == [("13", "Blur"), ("13", "The Doors")]


def test_an_album_is_found_by_its_mbid_whatever_it_is_called(home: Any) -> None:
    home.take_in(home.play("Necry Talkie", "放課後の記憶", album="ZOO!!", release_mbid=ONE))
    imported = home.take_in(
        home.play("Necry Talkie", "北上のススメ", "2024-05-02 12:00:00", album="Zoo", release_mbid=ONE)
    )

    assert imported.new.releases == 0
    assert home.albums() == [("ZOO!!", "Necry Talkie")]


@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_an_mbid_takes_no_row_with_it_that_only_shares_its_title(home: Any, batch_size: int) -> None:
    deluxe = "00000000-0000-4000-8000-0000000000a1"
    home.take_in(home.play("Coldplay", "One", album="Parachutes (Deluxe)", release_mbid=deluxe))
    home.take_in(home.play("Coldplay", "Two", "2024-05-02 12:00:00", album="Parachutes"))
    home.take_in(
        home.play("Coldplay", "Three", "2024-05-03 12:00:00", album="Parachutes", release_mbid=deluxe),
        home.play("Coldplay", "Four", "2024-05-04 12:00:00", album="Parachutes"),
        batch_size=batch_size,
    )
    told = "select track.title, release.title from track join release on release.id = track.release_id"
    assert sorted(home.ask(told)) == [
        ("Four", "Parachutes"),
        ("One", "Parachutes (Deluxe)"),
        ("Three", "Parachutes (Deluxe)"),
        ("Two", "Parachutes"),
    ]


def test_an_mbid_fills_the_gap_of_an_album_known_by_title(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13"))
    home.take_in(
        home.play("Blur", "Trimm Trabb", "2024-05-02 12:00:00", album="13", release_mbid=ONE, release_group_mbid=TWO)
    )

    assert releases(home) == [("13", ONE, "verified", False)]
    assert home.one("select release_group_mbid::text from release") == TWO


def test_another_mbid_neither_overwrites_nor_creates(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", release_mbid=ONE, release_group_mbid=TWO))
    imported = home.take_in(
        home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", release_mbid=TWO, release_group_mbid=THREE)
    )

    assert imported.new.releases == 0
    assert releases(home) == [("13", ONE, "verified", False)]
    assert home.one("select release_group_mbid::text from release") == TWO


@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_a_release_known_only_by_its_mbid_has_a_provisional_title(home: Any, batch_size: int) -> None:
    home.take_in(home.play("The Cranberries", "Zombie", release_mbid=ONE), batch_size=batch_size)
    assert releases(home) == [("Zombie", ONE, "verified", True)]

    home.take_in(
        home.play("The Cranberries", "Linger", "2024-05-02 12:00:00", release_mbid=ONE),
        home.play("The Cranberries", "Ode", "2024-05-02 13:00:00", album="No Need to Argue", release_mbid=ONE),
        batch_size=batch_size,
    )

    assert releases(home) == [("No Need to Argue", ONE, "verified", False)]
    assert {album for _, _, album in home.tracks()} == {"No Need to Argue"}
    assert home.take_in(
        home.play("The Cranberries", "Zombie", "2024-05-03 12:00:00", album="No need to argue")
    ).new == (type(home.take_in().new)(0, 0, 0))


def test_a_title_told_in_the_same_import_is_not_provisional(home: Any) -> None:
    home.take_in(
        home.play("The Cranberries", "Linger", "2024-05-02 12:00:00", release_mbid=ONE),
        home.play("The Cranberries", "Ode", "2024-05-02 13:00:00", album="No Need to Argue", release_mbid=ONE),
    )

    assert releases(home) == [("No Need to Argue", ONE, "verified", False)]


def test_two_releases_known_only_by_mbid_stay_two_although_one_song_names_both(home: Any) -> None:
    home.take_in(
        home.play("The Cranberries", "Zombie", release_mbid=ONE),
        home.play("The Cranberries", "Zombie", "2024-05-02 12:00:00", release_mbid=TWO),
    )

    assert releases(home) == [("Zombie", ONE, "verified", True), ("Zombie", TWO, "verified", True)]
    assert home.one("select count(*) from track") == 2


def test_a_provisional_title_is_no_album_of_that_title(home: Any) -> None:
    home.take_in(home.play("The Cranberries", "Zombie", release_mbid=ONE))
    imported = home.take_in(home.play("The Cranberries", "Zombie", "2024-05-02 12:00:00", album="Zombie"))

    assert imported.new.releases == 1
    assert releases(home) == [("Zombie", ONE, "verified", True), ("Zombie", None, None, False)]


# --- various artists ------------------------------------------------------------------------------------------------


def compilation(home: Any, how: str) -> list[Any]:
    said = {"flag": {"is_compilation": True}, "name": {"album_artists": ("Various Artists",)}}[how]
    return [
        home.play(artist, f"Song of {artist}", f"2024-05-0{day} 12:00:00", album="Trainspotting", **said)
        for day, artist in enumerate(("Iggy Pop", "Blur", "Pulp"), 1)
    ]


@pytest.mark.parametrize("how", ["flag", "name"])
@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_a_compilation_is_one_album(home: Any, how: str, batch_size: int) -> None:
    home.take_in(*compilation(home, how), batch_size=batch_size)

    assert home.albums() == [("Trainspotting", "Various Artists")]
    assert home.ask("select tracks, plays from albums") == [(3, 3)]
    assert {name for name, _ in home.persons()} == {"Iggy Pop", "Blur", "Pulp"}
    assert home.one("select count(*) from release_contribution") == 0


def test_a_compilation_is_one_whether_flagged_or_named(home: Any) -> None:
    home.take_in(*compilation(home, "flag"))
    imported = home.take_in(*compilation(home, "name"))

    assert imported.new.releases == 0


def test_a_compilation_and_an_artists_album_of_that_title_are_two(home: Any) -> None:
    home.take_in(*compilation(home, "flag"), home.play("Blur", "Sing", album="Trainspotting"))

    assert home.albums() == [("Trainspotting", "Blur"), ("Trainspotting", "Various Artists")]


def test_the_album_artist_owns_the_album_and_guests_do_not(home: Any) -> None:
    home.take_in(
        home.play("Dune & The London Session Orchestra", "Never Ending", album="Forever", album_artists=("Dune",)),
        home.play("Dune", "Hand in Hand", "2024-05-02 12:00:00", album="Forever"),
    )

    assert home.albums() == [("Forever", "Dune")]
    assert home.ask("select person.name, role from release_contribution join person on person.id = person_id") == [
        ("Dune", "artist")
    ]


def test_the_artists_of_an_album_are_kept_in_order(home: Any) -> None:
    home.take_in(
        home.play("A", "Split Song", album="Split", album_artists=("The Story So Far", "A"), form=ArtistForm.LIST)
    )

    assert home.albums() == [("Split", "The Story So Far")]
    assert home.ask(
        "select person.name, position from release_contribution join person on person.id = person_id order by 2"
    ) == [("The Story So Far", 0), ("A", 1)]


def test_an_album_artist_alone_is_no_artist_of_the_track(home: Any) -> None:
    home.take_in(home.play("Guest", "Song", album="X", album_artists=("Host",)))

    assert home.ask("select artists, album_artist from tracks") == [(["Guest"], "Host")]
    assert home.ask("select name, plays, tracks, albums from artists order by 1") == [
        ("Guest", 1, 1, 1),
        ("Host", 0, 0, 0),
    ]


# --- guesses --------------------------------------------------------------------------------------------------------


def test_a_guess_fills_a_gap_and_gives_way(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", guessed_release_mbid=ONE))
    assert releases(home) == [("13", ONE, "lastfm", False)]

    home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", release_mbid=TWO))

    assert releases(home) == [("13", TWO, "verified", False)]


def test_a_guess_finds_no_album_by_its_mbid(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", release_mbid=ONE))
    home.take_in(home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Blur", guessed_release_mbid=ONE))

    assert releases(home) == [("13", ONE, "verified", False), ("Blur", None, None, False)]


def test_a_guess_makes_no_release_where_no_album_was_named(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", guessed_release_mbid=ONE))

    assert home.albums() == []


def test_a_guess_that_belongs_to_another_album_is_taken_back(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur", guessed_release_mbid=ONE))
    home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", release_mbid=ONE))

    assert releases(home) == [("13", ONE, "verified", False), ("Blur", None, None, False)]


def test_one_guess_for_two_albums_is_kept_by_one_of_them(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Song 2", album="Blur", guessed_release_mbid=ONE),
        home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", guessed_release_mbid=ONE),
        home.play("Blur", "Coffee & TV", "2024-05-03 12:00:00", album="13", guessed_release_mbid=ONE),
    )

    assert releases(home) == [("13", ONE, "lastfm", False), ("Blur", None, None, False)]


# --- aliases --------------------------------------------------------------------------------------------------------


def test_an_alias_of_an_album_is_used_in_matching(home: Any) -> None:
    """Koito keeps aliases of albums and does not look at them: the next scrobble makes the album again."""
    alias = Alias(AliasOf.RELEASE, "Nijinoiroyo Azayakadeare (NELKE ver.)", "manual")
    home.take_in(home.play("すぅ", "虹の色よ", album="虹の色よ鮮やかであれ (NELKE ver.)", aliases=(alias,)))

    imported = home.take_in(
        home.play("すぅ", "B-side", "2024-05-02 12:00:00", album="nijinoiroyo azayakadeare (nelke ver.)")
    )

    assert imported.new.releases == 0
    assert home.albums() == [("虹の色よ鮮やかであれ (NELKE ver.)", "すぅ")]
    assert home.one("select resolved_by from track_lookup where title = 'B-side'") == (
        "artist by name, release by alias, track new"
    )


def test_an_alias_of_an_album_is_its_artists_only(home: Any) -> None:
    alias = Alias(AliasOf.RELEASE, "Greatest Hits", "manual")
    home.take_in(home.play("Blur", "Song 2", album="Best of", aliases=(alias,)))

    imported = home.take_in(home.play("Queen", "Bicycle Race", "2024-05-02 12:00:00", album="Greatest Hits"))

    assert imported.new.releases == 1


def test_a_title_that_is_an_albums_own_is_nobodys_alias(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur"))
    alias = Alias(AliasOf.RELEASE, "Blur", "manual")
    home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", aliases=(alias,)))

    home.take_in(home.play("Blur", "Beetlebum", "2024-05-03 12:00:00", album="Blur"))

    assert [album for _, title, album in home.tracks() if title == "Beetlebum"] == ["Blur"]
