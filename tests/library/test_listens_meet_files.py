"""What a listener heard and what lies in the folder is one track, whichever came first."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from scannerd.listens.listener import Listener, get_listener
from scannerd.listens.submit import submit
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import ArtistForm, Listen, Written

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = split_rules()
RECORDING = "2d8d8cb2-9f5e-4d8c-8f38-6b7ff6b1d1f1"

Hear = Callable[..., None]


@pytest.fixture
def hear(conn: psycopg.Connection[Any]) -> Hear:
    """Somebody heard a track, an hour after the one before."""
    me: Listener = get_listener(conn, "me", time_zone="UTC")
    hours = iter(range(1000))

    def listen(artist: str | Sequence[str], title: str, **said: Any) -> None:
        artists = (artist,) if isinstance(artist, str) else tuple(artist)
        at = NOW - timedelta(hours=next(hours) + 1)
        submit(
            conn, [Listen(1, at, Written(title, artists, **said))], listener=me, source="lastfm", rules=RULES, now=NOW
        )

    return listen


def story(shelf: Any) -> list[tuple[Any, ...]]:
    """Every track as (artist, title, album, owned, plays)."""
    return shelf.ask("select artist, title, album, owned, plays from tracks order by artist, title, album")


def test_a_new_file_adopts_earlier_listens_of_its_album(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tender", album="13")
    track_id = shelf.one("select id from track")
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13", date="1999")
    shelf.scan()

    assert story(shelf) == [("Blur", "Tender", "13", True, 1)]
    assert shelf.one("select id from track") == track_id


def test_a_new_file_adopts_earlier_listens_that_name_no_album(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tender")
    hear("Blur", "Tender", album="13")
    hear("Blur", "Coffee & TV")
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    summary = shelf.scan()

    assert story(shelf) == [("Blur", "Coffee & TV", None, False, 1), ("Blur", "Tender", "13", True, 2)]
    assert summary.adopted_lookups == 1


def test_later_listens_find_the_file_at_once(shelf: Any, hear: Hear) -> None:
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    shelf.scan()
    hear("blur", "Tender")
    hear("Blur", "TENDER", album="13")
    hear(["Blur"], "Tender", album="13", form=ArtistForm.CREDIT, recording_mbid=RECORDING)
    hear("Blur", "Tender (Live)", album="13")

    assert story(shelf) == [("Blur", "Tender", "13", True, 3), ("Blur", "Tender (Live)", "13", False, 1)]


def test_another_recording_by_its_id_is_another_track(shelf: Any, hear: Hear) -> None:
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13", musicbrainz_trackid=RECORDING)
    shelf.scan()
    hear("Blur", "Tender", recording_mbid=RECORDING)
    hear("Blur", "Tender", recording_mbid=RECORDING.replace("2d8d", "0000"))

    assert story(shelf) == [("Blur", "Tender", "13", True, 1), ("Blur", "Tender", None, False, 1)]


def test_a_guest_that_only_the_tags_name_does_not_part_them(shelf: Any, hear: Hear) -> None:
    hear("Gorillaz", "Clint Eastwood", album="Gorillaz")
    shelf.album(
        "Gorillaz",
        ["Clint Eastwood"],
        artist="Gorillaz feat. Del the Funky Homosapien",
        album="Gorillaz",
        albumartist="Gorillaz",
    )
    shelf.scan()

    assert story(shelf) == [("Gorillaz feat. Del the Funky Homosapien", "Clint Eastwood", "Gorillaz", True, 1)]


def test_a_compilation_by_many_is_found_by_its_title(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tender", album="Now 42")
    hear("Pulp", "Help the Aged", album="Now 42")
    shelf.song("Now 42/01 Tender.flac", artist="Blur", album="Now 42", tracknumber="1")
    shelf.song("Now 42/02 Help the Aged.flac", artist="Pulp", album="Now 42", tracknumber="2")
    shelf.scan()

    assert story(shelf) == [("Blur", "Tender", "Now 42", True, 1), ("Pulp", "Help the Aged", "Now 42", True, 1)]
    assert shelf.ask("select title, artist from albums") == [("Now 42", "Various Artists")]


def test_a_moved_and_a_corrected_file_keep_their_listens(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tendre", album="13")
    (song,) = shelf.album("Blur/13", ["Tendre"], artist="Blur", album="13")
    shelf.scan()
    song = song.rename(shelf.root / "elsewhere.flac")
    shelf.scan()
    shelf.retag(song, title="Tender")
    shelf.scan()
    hear("Blur", "Tender", album="13")

    assert story(shelf) == [("Blur", "Tender", "13", True, 2)]


def test_a_file_that_is_gone_leaves_its_track_to_its_listens(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tender", album="13")
    song, _ = shelf.album("Blur/13", ["Tender", "Bugman"], artist="Blur", album="13")
    shelf.scan()
    song.unlink()
    shelf.scan()

    assert story(shelf) == [("Blur", "Bugman", "13", True, 0), ("Blur", "Tender", "13", False, 1)]
    assert shelf.ask("select title from owned_never_played") == [("Bugman",)]
    assert shelf.ask("select title, plays from played_not_owned") == [("Tender", 1)]


def test_another_song_over_an_old_name_does_not_take_its_listens(shelf: Any, hear: Hear) -> None:
    hear("Blur", "Tender", album="13")
    (song,) = shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    shelf.scan()
    shelf.song("Blur/13/01 Tender.flac", artist="Pulp", title="Babies", album="Intro")
    shelf.scan()

    assert song.exists()
    assert story(shelf) == [("Blur", "Tender", "13", False, 1), ("Pulp", "Babies", "Intro", True, 0)]
