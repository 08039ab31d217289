"""Which listens are of one track: each rule for tracks, and each rule that other importers are known to get wrong."""

from typing import Any

import pytest

from scannerd.model.listen import Alias, AliasOf, ArtistForm

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
TITLES = "select title, recording_mbid::text, mbid_source, duration_ms from track order by title, id"


@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_a_recording_never_pulls_a_track_to_another_album(home: Any, batch_size: int) -> None:
    """Koito files one song of three albums under the first of them."""
    home.take_in(
        home.play("Blur", "Song 2", "2024-05-01 12:00:00", album="Blur", recording_mbid=ONE),
        home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Best of", recording_mbid=ONE),
        home.play("Blur", "Song 2", "2024-05-03 12:00:00", recording_mbid=ONE),
        batch_size=batch_size,
    )

    assert home.tracks() == [
        (["Blur"], "Song 2", "Best of"),
        (["Blur"], "Song 2", "Blur"),
        (["Blur"], "Song 2", None),
    ]
    assert home.ask("select album, plays from tracks order by 1") == [("Best of", 1), ("Blur", 1), (None, 1)]


@pytest.mark.parametrize("batch_size", [1, 10_000])
def test_a_recording_finds_its_track_on_its_release_whatever_the_title(home: Any, batch_size: int) -> None:
    said = {"album": "AG! Calling", "recording_mbid": ONE}
    home.take_in(home.play("ATARASHII GAKKO!", "Tokyo Calling", **said), batch_size=batch_size)
    imported = home.take_in(
        home.play("ATARASHII GAKKO!", "Tokyo Calling - Alt Title", "2024-05-02 12:00:00", **said),
        home.play("ATARASHII GAKKO!", "東京コーリング", "2024-05-02 13:00:00", **said),
        batch_size=batch_size,
    )

    assert imported.new.tracks == 0
    assert home.ask("select title, plays from tracks") == [("Tokyo Calling", 3)]
    assert home.one("select resolved_by from track_lookup where title = '東京コーリング'") == (
        "artist by name, release by title, track by recording"
    )


def test_a_second_recording_of_a_track_is_found_again_whatever_its_title(home: Any) -> None:
    """As it would be if all had come in one import."""
    home.take_in(home.play("Blur", "Tender", album="13", recording_mbid=ONE))
    home.take_in(home.play("Blur", "Tender", "2024-05-02 12:00:00", album="13", recording_mbid=TWO))
    imported = home.take_in(home.play("Blur", "Tender (Album)", "2024-05-03 12:00:00", album="13", recording_mbid=TWO))

    assert imported.new.tracks == 0
    assert home.ask("select title, recording_mbid::text, plays from tracks") == [("Tender", ONE, 3)]


def test_a_guessed_recording_finds_no_track(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", guessed_recording_mbid=ONE))
    imported = home.take_in(home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="13", recording_mbid=ONE))

    assert imported.new.tracks == 1


def test_two_titles_of_one_recording_in_one_import_are_one_track(home: Any) -> None:
    said = {"album": "AG! Calling", "recording_mbid": ONE}
    home.take_in(
        home.play("ATARASHII GAKKO!", "Tokyo Calling", **said),
        home.play("ATARASHII GAKKO!", "Tokyo Calling - Alt Title", "2024-05-02 12:00:00", **said),
    )

    assert home.one("select count(*) from track") == 1


def test_a_recording_without_release_is_one_track_of_its_artist(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", recording_mbid=ONE))
    imported = home.take_in(
        home.play("Blur", "Song Two", "2024-05-02 12:00:00", recording_mbid=ONE),
        home.play("Somebody Else", "Song 2", "2024-05-02 13:00:00", recording_mbid=ONE),
    )

    assert imported.new.tracks == 1
    assert home.tracks() == [(["Blur"], "Song 2", None), (["Somebody Else"], "Song 2", None)]


def test_a_guessed_recording_finds_nothing(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur", guessed_recording_mbid=ONE))
    imported = home.take_in(home.play("Blur", "Beetlebum", "2024-05-02 12:00:00", album="Blur", recording_mbid=ONE))

    assert imported.new.tracks == 1


def test_the_same_title_on_two_albums_is_two_tracks(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Song 2", album="Blur"), home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Live")
    )

    assert home.tracks() == [(["Blur"], "Song 2", "Blur"), (["Blur"], "Song 2", "Live")]


@pytest.mark.parametrize("title", ["SONG 2", "Song  2", "Song 2\u200b", "Ｓｏｎｇ ２"])
def test_spellings_of_one_title_are_one_track_that_keeps_the_first(home: Any, title: str) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur"))
    imported = home.take_in(home.play("Blur", title, "2024-05-02 12:00:00", album="BLUR"))

    assert imported.new.tracks == 0
    assert home.tracks() == [(["Blur"], "Song 2", "Blur")]


def test_another_set_of_artists_is_another_track(home: Any) -> None:
    home.take_in(
        home.play("Gorillaz", "Feel Good Inc.", "2024-05-01 12:00:00", album="Demon Days"),
        home.play("Gorillaz", "Feel Good Inc. (feat. De La Soul)", "2024-05-02 12:00:00", album="Demon Days"),
        home.play("Gorillaz feat. De La Soul", "Feel Good Inc.", "2024-05-03 12:00:00", album="Demon Days"),
        home.play(
            ("Gorillaz", "De La Soul"),
            "Feel Good Inc.",
            "2024-05-04 12:00:00",
            album="Demon Days",
            form=ArtistForm.LIST,
        ),
    )

    assert home.ask("select artists, plays from tracks order by plays") == [
        (["Gorillaz"], 1),
        (["Gorillaz", "De La Soul"], 3),
    ]


def test_ids_and_lengths_fill_gaps_and_overwrite_nothing(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur"))
    assert home.ask(TITLES) == [("Song 2", None, None, None)]

    home.take_in(home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Blur", isrc="GBAYE9600015"))
    home.take_in(
        home.play("Blur", "Song 2", "2024-05-03 12:00:00", album="Blur", recording_mbid=ONE, duration_ms=122_000)
    )
    home.take_in(
        home.play(
            "Blur",
            "Song 2",
            "2024-05-04 12:00:00",
            album="Blur",
            recording_mbid=TWO,
            duration_ms=999_000,
            isrc="XXAYE9600015",
        )
    )

    assert home.ask(TITLES) == [("Song 2", ONE, "verified", 122_000)]
    assert home.one("select isrc from track") == "GBAYE9600015"
    assert home.one("select count(*) from track") == 1


def test_a_length_that_comes_with_rows_that_are_known_reaches_the_track(home: Any) -> None:
    """A cache hit must not skip what a richer row knows."""
    home.take_in(home.play("Blur", "Song 2", album="Blur"))

    again = home.take_in(home.play("Blur", "Song 2", album="Blur", duration_ms=122_000, guessed_recording_mbid=ONE))

    assert again.counts.duplicate == 1
    assert home.ask(TITLES) == [("Song 2", ONE, "lastfm", 122_000)]
    assert home.ask("select duration_ms from tracks") == [(122_000,)]


def test_aliases_and_guesses_that_come_with_rows_that_are_known_are_learned(home: Any) -> None:
    home.take_in(home.play("鈴木雅之", "GIRI GIRI"))
    alias = Alias(AliasOf.ARTIST, "Masayuki Suzuki", "manual")
    home.take_in(home.play("鈴木雅之", "GIRI GIRI", guessed_artist_mbid=ONE, aliases=(alias,)))

    imported = home.take_in(home.play("Masayuki Suzuki", "DADDY!", "2024-05-02 12:00:00"))

    assert imported.new.artists == 0
    assert home.persons() == [("鈴木雅之", ONE)]


def test_a_guessed_recording_fills_a_gap_and_gives_way(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur", guessed_recording_mbid=ONE))
    assert home.ask(TITLES) == [("Song 2", ONE, "lastfm", None)]

    home.take_in(home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Blur", recording_mbid=TWO))
    home.take_in(home.play("Blur", "Song 2", "2024-05-03 12:00:00", album="Blur", guessed_recording_mbid=ONE))

    assert home.ask(TITLES) == [("Song 2", TWO, "verified", None)]


def test_one_guessed_recording_may_stand_on_several_tracks(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Song 2", album="Blur", guessed_recording_mbid=ONE),
        home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Best of", guessed_recording_mbid=ONE),
    )

    assert home.ask(TITLES) == [("Song 2", ONE, "lastfm", None), ("Song 2", ONE, "lastfm", None)]


def test_several_lookups_fill_one_track_together(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur", recording_mbid=ONE))
    home.take_in(
        home.play("Blur", "Song 2", "2024-05-02 12:00:00", album="Blur", isrc="GBAYE9600015"),
        home.play("Blur", "Song Two", "2024-05-03 12:00:00", album="Blur", recording_mbid=ONE, duration_ms=122_000),
    )

    assert home.ask("select isrc, duration_ms from track") == [("GBAYE9600015", 122_000)]


def test_spotifys_length_of_a_playing_is_no_length_of_the_track(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", kind="end", played_for_ms=31_000), source="spotify")

    assert home.ask("select played_for_ms, duration_ms from listens") == [(31_000, None)]


# --- aliases --------------------------------------------------------------------------------------------------------


def test_an_alias_of_a_track_is_used_in_matching(home: Any) -> None:
    alias = Alias(AliasOf.TRACK, "Houkago no Kioku (feat. Nobody)", "manual")
    home.take_in(home.play("Necry Talkie", "放課後の記憶", album="ZOO!!", aliases=(alias,)))

    imported = home.take_in(
        home.play("necry talkie", "houkago no kioku", "2024-05-02 12:00:00", album="ZOO!!"),
        home.play("Necry Talkie", "Houkago no Kioku", "2024-05-03 12:00:00", album="Live"),
    )

    assert imported.new.tracks == 1
    assert home.ask("select title, album, plays from tracks order by album") == [
        ("Houkago no Kioku", "Live", 1),
        ("放課後の記憶", "ZOO!!", 2),
    ]
    assert home.one("select resolved_by from track_lookup where album = 'ZOO!!' order by id desc limit 1") == (
        "artist by name, release by title, track by alias"
    )


def test_a_title_that_is_a_tracks_own_is_nobodys_alias(home: Any) -> None:
    home.take_in(home.play("Blur", "Song 2", album="Blur"))
    alias = Alias(AliasOf.TRACK, "Song 2", "manual")
    home.take_in(home.play("Blur", "Song 1", "2024-05-02 12:00:00", album="Blur", aliases=(alias,)))

    home.take_in(home.play("Blur", "SONG 2", "2024-05-03 12:00:00", album="Blur"))

    assert home.ask("select title, plays from tracks order by title") == [("Song 1", 1), ("Song 2", 2)]
