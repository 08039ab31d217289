"""Who is who: each rule for persons, and each rule that other importers are known to get wrong."""

from typing import Any

import pytest

from scannerd.listens.resolve import resolve_again
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import Alias, AliasOf, ArtistForm

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"
CREDIT = ArtistForm.CREDIT


def credited(home: Any) -> list[tuple[Any, ...]]:
    """Each track with its persons by name and MBID, in order, and the title it stands under."""
    return home.ask(  # type: ignore[no-any-return]
        "select track.title, array_agg(array[person.name, person.mbid::text] order by tc.position)"
        " from track join track_contribution as tc on tc.track_id = track.id join person on person.id = tc.person_id"
        " group by track.id, track.title order by track.title, 2"
    )


# --- verified pairs and bare names ----------------------------------------------------------------------------------


def test_a_verified_pair_is_found_by_its_mbid_whatever_the_name(home: Any) -> None:
    home.take_in(home.play("Prince", "Kiss", artist_mbids=(ONE,)))
    home.take_in(home.play("The Artist", "Gold", artist_mbids=(ONE,)))

    assert home.persons() == [("Prince", ONE)]
    assert credited(home) == [("Gold", [["Prince", ONE]]), ("Kiss", [["Prince", ONE]])]


def test_a_verified_pair_adopts_the_bare_name(home: Any) -> None:
    home.take_in(home.play("Prince", "Kiss"))
    imported = home.take_in(home.play("PRINCE", "Gold", artist_mbids=(ONE,)))

    assert imported.new.artists == 0
    assert home.ask("select name, mbid::text, mbid_source from person") == [("Prince", ONE, "verified")]


def test_a_bare_name_with_one_holder_is_that_person(home: Any) -> None:
    home.take_in(home.play("Prince", "Kiss", artist_mbids=(ONE,)))
    imported = home.take_in(home.play("prince", "Gold"))

    assert imported.new.artists == 0
    assert home.persons() == [("Prince", ONE)]


@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_two_mbids_of_one_name_are_two_persons(home: Any, batch_size: int) -> None:
    home.take_in(
        home.play("Nirvana", "Lithium", "2024-05-01 12:00:00", artist_mbids=(ONE,)),
        home.play("Nirvana", "Rainbow Chaser", "2024-05-01 13:00:00", artist_mbids=(TWO,)),
        batch_size=batch_size,
    )

    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO)]
    assert credited(home) == [("Lithium", [["Nirvana", ONE]]), ("Rainbow Chaser", [["Nirvana", TWO]])]


def test_two_mbids_of_one_name_in_two_imports_are_two_persons(home: Any) -> None:
    home.take_in(home.play("Nirvana", "Lithium", artist_mbids=(ONE,)))
    home.take_in(home.play("Nirvana", "Rainbow Chaser", artist_mbids=(TWO,)))

    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO)]


def two_of_a_name(home: Any) -> None:
    home.take_in(
        home.play("Nirvana", "Lithium", artist_mbids=(ONE,), album="Nevermind"),
        home.play("Nirvana", "Rainbow Chaser", "2024-05-01 13:00:00", artist_mbids=(TWO,), album="All of Us"),
    )


def test_of_several_holders_the_one_on_that_release_is_meant(home: Any) -> None:
    two_of_a_name(home)

    home.take_in(
        home.play("Nirvana", "In Bloom", "2024-05-02 12:00:00", album="Nevermind"),
        home.play("Nirvana", "Tiny Goddess", "2024-05-02 13:00:00", album="ALL OF US"),
    )

    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO)]
    assert credited(home)[0] == ("In Bloom", [["Nirvana", ONE]])
    assert credited(home)[3] == ("Tiny Goddess", [["Nirvana", TWO]])
    assert home.albums() == [("All of Us", "Nirvana"), ("Nevermind", "Nirvana")]
    assert home.one("select resolved_by from track_lookup where title = 'In Bloom'") == (
        "artist by name, on that release, release by title, track new"
    )


def test_of_several_holders_the_one_on_that_release_is_meant_in_the_same_import_too(home: Any) -> None:
    home.take_in(
        home.play("Nirvana", "Lithium", artist_mbids=(ONE,), album="Nevermind"),
        home.play("Nirvana", "Rainbow Chaser", "2024-05-01 13:00:00", artist_mbids=(TWO,), album="All of Us"),
        home.play("Nirvana", "In Bloom", "2024-05-02 12:00:00", album="Nevermind"),
    )

    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO)]
    assert home.albums() == [("All of Us", "Nirvana"), ("Nevermind", "Nirvana")]


def test_of_several_holders_none_on_that_release_the_one_without_mbid_is_meant(home: Any) -> None:
    two_of_a_name(home)
    home.take_in(home.play("Nirvana", "Demo", "2024-05-02 12:00:00"))
    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO), ("Nirvana", None)]

    imported = home.take_in(home.play("Nirvana", "Demo 2", "2024-05-02 13:00:00", album="Home Tapes"))

    assert imported.new.artists == 0
    assert credited(home)[:2] == [("Demo", [["Nirvana", None]]), ("Demo 2", [["Nirvana", None]])]
    assert home.one("select resolved_by from track_lookup where title = 'Demo 2'") == (
        "artist by name, of several, release new, track new"
    )


def test_of_several_holders_with_mbids_nobody_is_guessed_but_a_new_person_made(home: Any) -> None:
    two_of_a_name(home)

    imported = home.take_in(home.play("Nirvana", "Demo", "2024-05-02 12:00:00", album="Home Tapes"))

    assert imported.new.artists == 1
    assert home.persons() == [("Nirvana", ONE), ("Nirvana", TWO), ("Nirvana", None)]
    assert home.one("select resolved_by from track_lookup where title = 'Demo'") == (
        "artist new, of several, release new, track new"
    )


def test_a_name_set_apart_by_a_person_takes_no_bare_name_from_the_other(home: Any) -> None:
    home.take_in(home.play("Nirvana", "Lithium"))
    home.ask("update person set set_apart = true returning id")

    imported = home.take_in(home.play("Nirvana", "Demo", "2024-05-02 12:00:00"))

    # With one holder there is nothing to choose between; a second one by hand is what makes the choice.
    assert imported.new.artists == 0
    home.ask(
        "with other as (insert into person (catalogue_id, name, match_key) values (1, 'Nirvana', 'nirvana')"
        " returning id, name, match_key)"
        " insert into person_alias (catalogue_id, person_id, alias, match_key, source, is_primary)"
        " select 1, id, name, match_key, 'name', true from other returning person_id"
    )
    home.take_in(home.play("Nirvana", "Demo 2", "2024-05-02 13:00:00"))
    assert (
        home.one("select set_apart from person join track_lookup on person_id = person.id where title = 'Demo 2'")
        is False
    )


def test_a_pair_known_by_mbid_and_a_bare_guest_make_two_persons(home: Any) -> None:
    home.take_in(home.play("ATARASHII GAKKO!", "Tokyo Calling", artist_mbids=(ONE,), form=CREDIT))

    both = home.play(
        ("ATARASHII GAKKO!", "Fake Artist"), "Tokyo", "2024-05-02 12:00:00", form=CREDIT, artist_mbids=(ONE, None)
    )
    imported = home.take_in(both)

    assert imported.new.artists == 1
    assert credited(home)[0] == ("Tokyo", [["ATARASHII GAKKO!", ONE], ["Fake Artist", None]])


def test_a_different_mbid_neither_overwrites_nor_is_lost(home: Any) -> None:
    home.take_in(home.play("OurR", "Desert", artist_mbids=(ONE,)))
    home.take_in(home.play("OurR", "Desert", "2024-05-02 12:00:00", artist_mbids=(TWO,)))

    assert home.persons() == [("OurR", ONE), ("OurR", TWO)]


# --- spelling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("LISA", "LiSA"),
        ("Guns N’ Roses", "Guns N' Roses"),
        ("ＹＯＡＳＯＢＩ", "YOASOBI"),
        ("Beyonce\u0301", "Beyonc\u00e9"),
        ("Jay\u2010Z", "Jay-Z"),
        ("\ufeffBlur", "Blur "),
        ("STRAẞE", "strasse"),
    ],
)
def test_spellings_of_one_name_are_one_person_who_keeps_the_first(home: Any, first: str, second: str) -> None:
    home.take_in(home.play(first, "A", album="X"))
    imported = home.take_in(home.play(second, "B", "2024-05-02 12:00:00", album="X"))

    assert (imported.new.artists, imported.new.releases, imported.new.tracks) == (0, 0, 1)
    assert home.persons() == [(first, None)]


@pytest.mark.parametrize(("first", "second"), [("Beyonce", "Beyoncé"), ("The Beatles", "Beatles"), ("A & B", "A B")])
def test_what_tells_names_apart_stays(home: Any, first: str, second: str) -> None:
    home.take_in(home.play(first, "A"), home.play(second, "B", "2024-05-02 12:00:00"))

    assert home.persons() == sorted([(first, None), (second, None)])


def test_a_new_name_is_spelled_as_most_rows_of_its_batch_write_it(home: Any) -> None:
    spellings = ["lisa", "LiSA", "LiSA", "LISA"]
    home.take_in(*(home.play(name, f"Song {n}", f"2024-05-0{n + 1} 12:00:00") for n, name in enumerate(spellings)))

    assert home.persons() == [("LiSA", None)]


def test_a_name_of_a_thousand_letters_is_a_name(home: Any) -> None:
    home.take_in(home.play("x" * 5000, "y" * 5000, album="z" * 5000))
    imported = home.take_in(home.play("X" * 5000, "y" * 5000, "2024-05-02 12:00:00", album="z" * 5000))

    assert (imported.new.artists, imported.new.releases, imported.new.tracks) == (0, 0, 0)
    assert home.take_in(home.play("x" * 4999, "y")).new.artists == 1


# --- guests, lists, order -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("artist", "title", "expected"),
    [
        ("Rat Tally feat. Madeline Kenney", "In My Car", ["Rat Tally", "Madeline Kenney"]),
        ("Rat Tally", "In My Car feat. Madeline Kenney", ["Rat Tally", "Madeline Kenney"]),
        ("Rat Tally", "In My Car (ft. Madeline Kenney)", ["Rat Tally", "Madeline Kenney"]),
        ("Rat Tally [Featuring Madeline Kenney & Bob]", "In My Car", ["Rat Tally", "Madeline Kenney", "Bob"]),
        ("Tyler, The Creator", "EARFQUAKE", ["Tyler, The Creator"]),
        ("Earth, Wind & Fire", "September", ["Earth, Wind & Fire"]),
        ("Simon & Garfunkel", "Cecilia", ["Simon & Garfunkel"]),
        ("AC/DC", "T.N.T.", ["AC/DC"]),
        ("half·alive", "still feel.", ["half·alive"]),
        ("ゴム · HoneyWorks", "告白", ["ゴム", "HoneyWorks"]),
    ],
)
def test_who_is_named_in_one_string(home: Any, artist: str, title: str, expected: list[str]) -> None:
    home.take_in(home.play(artist, title, album="X"))

    assert home.ask("select artists, artist from tracks") == [(expected, artist)]
    assert home.albums() == [("X", expected[0])]
    assert home.ask("select role from track_contribution order by position") == [("artist",)] + [
        ("featured",) if "f" in (artist + title).lower() and len(expected) > 1 else ("artist",)
    ] * (len(expected) - 1)


def test_guests_create_no_second_album(home: Any) -> None:
    home.take_in(
        home.play("Gorillaz", "Kids with Guns", "2024-05-01 12:00:00", album="Demon Days"),
        home.play("Gorillaz feat. De La Soul", "Feel Good Inc.", "2024-05-01 13:00:00", album="Demon Days"),
        home.play("Gorillaz", "DARE (feat. Shaun Ryder)", "2024-05-01 14:00:00", album="Demon Days"),
        home.play(("Gorillaz", "MF DOOM"), "November", "2024-05-01 15:00:00", album="Demon Days", form=ArtistForm.LIST),
    )

    assert home.albums() == [("Demon Days", "Gorillaz")]


def test_the_order_of_a_list_is_kept_and_the_first_is_primary(home: Any) -> None:
    home.take_in(home.play(("Zedd", "Alessia Cara", "Bob"), "Stay", form=ArtistForm.LIST))

    assert home.ask("select artist, artists from tracks") == [
        ("Zedd, Alessia Cara, Bob", ["Zedd", "Alessia Cara", "Bob"])
    ]
    assert home.one("select name from person join track_lookup on person_id = person.id") == "Zedd"


def test_the_joiners_of_a_credit_are_printed(home: Any) -> None:
    home.take_in(
        home.play(("Blur", "Q-Tip"), "Out", form=CREDIT, artist_mbids=(ONE, TWO), joiners=(" versus ", " (live)"))
    )

    assert home.ask("select artist, artists from tracks") == [("Blur versus Q-Tip (live)", ["Blur", "Q-Tip"])]
    assert home.persons() == [("Blur", ONE), ("Q-Tip", TWO)]


def unordered(home: Any, artists: tuple[str, ...], title: str, hour: int, **said: Any) -> Any:
    return home.play(artists, title, f"2024-05-01 {hour:02}:00:00", form=ArtistForm.UNORDERED, **said)


def test_of_a_sorted_list_the_album_artist_is_primary(home: Any) -> None:
    home.take_in(
        unordered(home, ("Alessia Cara", "Zedd"), "Stay", 1, album="Stay", album_artists=("Zedd",)),
        unordered(home, ("Alessia Cara", "Logic"), "1-800", 2, album="Everybody", album_artists=("Logic",)),
        unordered(home, ("Alessia Cara",), "Here", 3, album="Know-It-All", album_artists=("Alessia Cara",)),
    )

    assert home.albums() == [("Everybody", "Logic"), ("Know-It-All", "Alessia Cara"), ("Stay", "Zedd")]
    assert home.ask("select artists from tracks where title = 'Stay'") == [(["Zedd", "Alessia Cara"],)]


def test_of_a_sorted_list_whoever_is_on_most_rows_of_the_album_is_primary(home: Any) -> None:
    home.take_in(
        unordered(home, ("Cherish", "Magnify Tokyo"), "Kokoro", 1, album="Magnify Tokyo"),
        unordered(home, ("Lauren Horii", "Magnify Tokyo"), "Yomichi", 2, album="Magnify Tokyo"),
        unordered(home, ("Lauren Horii", "Magnify Tokyo"), "Tsunagu", 3, album="Magnify Tokyo"),
    )

    assert home.albums() == [("Magnify Tokyo", "Magnify Tokyo")]
    assert home.ask("select artists, artist from tracks where title = 'Kokoro'") == [
        (["Magnify Tokyo", "Cherish"], "Magnify Tokyo, Cherish")
    ]


def test_who_leads_a_joined_name_leads_the_sorted_list(home: Any) -> None:
    home.take_in(unordered(home, ("Cherish", "Magnify Tokyo • Cherish"), "Kokoro", 1, album="Magnify Tokyo"))

    assert home.ask("select artists from tracks") == [(["Magnify Tokyo", "Cherish"],)]
    assert home.albums() == [("Magnify Tokyo", "Magnify Tokyo")]


def test_a_guest_on_most_rows_of_an_album_is_still_a_guest(home: Any) -> None:
    home.take_in(
        unordered(home, ("Gorillaz",), "Demon Days (feat. Choir)", 1, album="Demon Days"),
        unordered(home, ("Choir",), "Interlude", 2, album="Demon Days"),
        unordered(home, ("Choir",), "Outro", 3, album="Demon Days"),
    )

    assert home.ask("select artists from tracks where title like 'Demon%%'") == [(["Gorillaz", "Choir"],)]
    assert home.ask(
        "select role from track_contribution join track on track.id = track_id"
        " where title like 'Demon%%' order by track_contribution.position"
    ) == [("artist",), ("featured",)]


# --- guesses --------------------------------------------------------------------------------------------------------


def guessed(home: Any) -> list[tuple[Any, ...]]:
    return home.ask("select name, mbid::text, mbid_source from person order by 1, 2")  # type: ignore[no-any-return]


def test_a_guess_fills_a_gap(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl", guessed_artist_mbid=ONE))

    assert guessed(home) == [("hitomi", ONE, "lastfm")]


def test_a_guess_fills_the_gap_of_a_person_who_is_known(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl"))
    home.take_in(home.play("hitomi", "Love 2000", "2024-05-02 12:00:00", guessed_artist_mbid=ONE))

    assert guessed(home) == [("hitomi", ONE, "lastfm")]


def test_a_guess_gives_way_to_a_verified_id(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl", guessed_artist_mbid=ONE))
    home.take_in(home.play("hitomi", "Love 2000", "2024-05-02 12:00:00", artist_mbids=(TWO,)))

    assert guessed(home) == [("hitomi", TWO, "verified")]


def test_a_guess_that_turns_out_right_is_verified(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl", guessed_artist_mbid=ONE))
    home.take_in(home.play("hitomi", "Love 2000", "2024-05-02 12:00:00", artist_mbids=(ONE,)))

    assert guessed(home) == [("hitomi", ONE, "verified")]


def test_a_guess_never_overwrites_a_verified_id_nor_another_guess(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl", artist_mbids=(ONE,)))
    home.take_in(home.play("hitomi", "Love 2000", "2024-05-02 12:00:00", guessed_artist_mbid=TWO))
    home.take_in(home.play("Blur", "Tender", guessed_artist_mbid=TWO))
    home.take_in(home.play("Blur", "Beetlebum", "2024-05-02 12:00:00", guessed_artist_mbid=THREE))

    assert guessed(home) == [("Blur", TWO, "lastfm"), ("hitomi", ONE, "verified")]


def test_a_guess_never_merges_two_names(home: Any) -> None:
    home.take_in(
        home.play("hitomi", "Candy Girl", "2024-05-01 12:00:00", guessed_artist_mbid=ONE),
        home.play("Hitomi Shimatani", "Amairo no Kami no Otome", "2024-05-01 13:00:00", guessed_artist_mbid=ONE),
    )

    assert [name for name, _ in home.persons()] == ["Hitomi Shimatani", "hitomi"]
    assert sorted(mbid or "" for _, mbid in home.persons()) == ["", ONE]


def test_two_guesses_never_split_a_name(home: Any) -> None:
    home.take_in(
        home.play("hitomi", "Candy Girl", "2024-05-01 12:00:00", guessed_artist_mbid=ONE),
        home.play("hitomi", "Love 2000", "2024-05-01 13:00:00", guessed_artist_mbid=TWO),
        home.play("hitomi", "Maria", "2024-05-01 14:00:00", guessed_artist_mbid=TWO),
    )

    assert guessed(home) == [("hitomi", TWO, "lastfm")]


def test_a_guess_that_belongs_to_somebody_else_is_taken_back(home: Any) -> None:
    home.take_in(home.play("hitomi", "Candy Girl", guessed_artist_mbid=ONE))
    home.take_in(home.play("Hitomi Shimatani", "Otome", "2024-05-02 12:00:00", artist_mbids=(ONE,)))

    assert guessed(home) == [("Hitomi Shimatani", ONE, "verified"), ("hitomi", None, None)]


def test_a_guess_about_a_track_of_several_artists_is_about_nobody(home: Any) -> None:
    home.take_in(home.play("Gorillaz feat. De La Soul", "Feel Good Inc.", guessed_artist_mbid=ONE))

    assert guessed(home) == [("De La Soul", None, None), ("Gorillaz", None, None)]


# --- aliases --------------------------------------------------------------------------------------------------------


def named(home: Any, name: str, source: str, of: str = "artist", position: int = 0) -> Any:
    return {"aliases": (Alias(AliasOf(of), name, source, position),)}


def test_an_alias_somebody_gave_finds_the_person(home: Any) -> None:
    home.take_in(home.play("鈴木雅之", "GIRI GIRI", artist_mbids=(ONE,), **named(home, "Masayuki Suzuki", "manual")))

    imported = home.take_in(home.play("masayuki suzuki", "DADDY!", "2024-05-02 12:00:00"))

    assert imported.new.artists == 0
    assert home.persons() == [("鈴木雅之", ONE)]


def test_an_alias_of_the_second_artist_is_his(home: Any) -> None:
    duet = home.play(
        ("鈴木雅之", "すぅ"), "GIRI GIRI", form=ArtistForm.LIST, **named(home, "Suu", "manual", position=1)
    )
    home.take_in(duet)

    home.take_in(home.play("Suu", "Solo", "2024-05-02 12:00:00"))

    assert home.ask("select artists from tracks where title = 'Solo'") == [(["すぅ"],)]


def test_an_alias_from_musicbrainz_credits_nobody(home: Any) -> None:
    """Koito credited Selah Sue's listens to Rotersand by an alias that MusicBrainz lists."""
    home.take_in(home.play("Rotersand", "Merging Oceans", artist_mbids=(ONE,), **named(home, "Sue", "musicbrainz")))

    imported = home.take_in(home.play("Sue", "This World", "2024-05-02 12:00:00"))

    assert imported.new.artists == 1
    assert home.persons() == [("Rotersand", ONE), ("Sue", None)]
    assert home.ask("select alias, resolves from person_alias where source = 'musicbrainz'") == [("Sue", False)]


def test_a_persons_own_name_goes_before_an_alias_of_another(home: Any) -> None:
    home.take_in(home.play("Volant", "Sky"))
    home.take_in(home.play("nuphory", "Ground", "2024-05-02 12:00:00", **named(home, "Volant", "manual")))

    home.take_in(home.play("Volant", "Sea", "2024-05-03 12:00:00"))

    assert home.ask("select artists from tracks where title = 'Sea'") == [(["Volant"],)]


def test_an_alias_that_has_a_person_of_its_own_gives_no_mbid_away(home: Any) -> None:
    home.take_in(home.play("nuphory", "Ground", **named(home, "Volant", "manual")))
    home.take_in(home.play("Volant", "Sky", "2024-05-02 12:00:00", artist_mbids=(ONE,)))

    # By the alias the pair names nuphory, and fills the gap there.
    assert home.persons() == [("nuphory", ONE)]


# --- rules that change ----------------------------------------------------------------------------------------------


def test_a_name_to_keep_whole_can_be_applied_to_what_is_imported(home: Any) -> None:
    home.take_in(home.play("Duo feat. Tick & Tack", "Song", album="X"))
    assert home.ask("select artists from tracks") == [(["Duo", "Tick", "Tack"],)]

    rules = split_rules(keep_whole=["Tick & Tack"])
    resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=rules)

    assert home.ask("select artists from listens join tracks using (track_id)") == [(["Duo", "Tick & Tack"],)]
    assert resolve_again(home.conn, catalogue_id=home.listener.catalogue_id, rules=rules).tracks == 0
