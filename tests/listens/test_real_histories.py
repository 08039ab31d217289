"""The real files of other importers' tests, from the file to the views, with what those tests expect."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.worker import open_export
from scannerd.listens.store import Counts
from scannerd.model.batch import Batch, Window

REAL = Path(__file__).parents[3] / "shared/data/listens"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")

MALOJA = "maloja_import_test.json"
SPOTIFY = "Streaming_History_Audio_spotify_import_test.json"
LASTFM = "recenttracks-shoko2-1749776100.json"
LISTENBRAINZ = "listenbrainz_shoko1_1749780844.zip"
LISTENBRAINZ_MAPPED = "listenbrainz_shoko1_123456789.zip"
KOITO = "koito_export_test.json"


def take_in(home: Any, name: str) -> Any:
    """One file, read by a worker."""
    window = Window(datetime(2026, 1, 1, tzinfo=UTC))
    with open_export(str(REAL / name), name=name, time_zone=ZoneInfo("UTC"), window=window) as stream:
        return home.take_in_batches(item for item in stream if isinstance(item, Batch))


def plays_of(home: Any, name: str) -> int:
    return int(home.one("select coalesce(sum(plays), 0) from artists where name = %s", [name]))


def album_of(home: Any, mbid: str) -> str | None:
    return next(iter(home.ask("select title from albums where release_mbid = %s", [mbid])), (None,))[0]


def artist_of(home: Any, mbid: str) -> str | None:
    return next(iter(home.ask("select name from artists where mbid = %s", [mbid])), (None,))[0]


def test_maloja(home: Any) -> None:
    imported = take_in(home, MALOJA)

    assert imported.counts == Counts(read=38, stored=38)
    assert home.one("select count(*) from listens") == 38
    assert plays_of(home, "Magnify Tokyo") == 38
    assert home.albums() == [("Magnify Tokyo", "Magnify Tokyo")]
    assert home.ask("select name from artists order by name") == [
        ("Cherish",), ("J.Rio",), ("Kanade Ishihara",), ("Lauren Horii",), ("Magnify Tokyo",), ("Philip Shibata",),
    ]  # fmt: skip
    assert {artists[0] for artists, _, _ in home.tracks()} == {"Magnify Tokyo"}
    assert home.ask("select title, sum(plays) from tracks group by 1 order by 2 desc, 1 limit 2") == [
        ("Kokoro", 5),
        ("Tsunagu", 5),
    ]


def test_maloja_with_an_album_that_is_null(home: Any) -> None:
    imported = take_in(home, "maloja_import_null_album_test.json")

    assert imported.counts == Counts(read=3, stored=2, skipped=1)
    assert home.ask("select name, plays from artists order by 1") == [
        ("Null Album Artist", 1),
        ("Valid Album Artist", 1),
    ]
    assert home.one("select reason from export_row") == "no artist"


def test_maloja_as_its_api_answers(home: Any) -> None:
    assert take_in(home, "maloja_api_format_test.json").counts == Counts(read=2, stored=2)
    assert plays_of(home, "API Format Artist") == 2


def test_spotify(home: Any) -> None:
    imported = take_in(home, SPOTIFY)

    assert imported.counts == Counts(read=39, stored=39)
    assert home.one("select count(*) from all_listens") == 39
    assert home.one("select count(*) from listens") == 17
    assert home.one("select count(*) from track") == 38
    assert home.ask(
        "select artist, album, played_for_ms, client, listened_at from listens where title = 'Clairvoyant'"
    ) == [
        (
            "The Story So Far",
            "The Story So Far / Stick To Your Guns Split",
            181_028,
            "windows",
            datetime(2025, 4, 29, 0, 34, 7, tzinfo=UTC),
        )
    ]


def test_lastfm(home: Any) -> None:
    imported = take_in(home, LASTFM)

    assert imported.counts == Counts(read=10, stored=10)
    assert album_of(home, "e9e78802-0bf8-4ca3-9655-1d943d2d2fa0") == "ZOO!!"
    assert artist_of(home, "4b00640f-3be6-43f8-9b34-ff81bd89320a") == "OurR"
    assert plays_of(home, "Necry Talkie") == 2
    assert home.ask("select listened_at, album from listens where title = '放課後の記憶'") == [
        (datetime.fromtimestamp(1749774900, UTC), "ZOO!!")
    ]
    assert home.one("select count(*) from listens where album is null") == 5
    assert home.ask("select distinct mbid_source from person where mbid is not null") == [("lastfm",)]


def test_listenbrainz(home: Any) -> None:
    assert take_in(home, LISTENBRAINZ).counts == Counts(read=5, stored=5)
    assert album_of(home, "ce330d67-9c46-4a3b-9d62-08406370f234") == "酸欠少女"
    assert artist_of(home, "4b00640f-3be6-43f8-9b34-ff81bd89320a") == "OurR"
    assert artist_of(home, "09887aa7-226e-4ecc-9a0c-02d2ae5777e1") == "Carly Rae Jepsen"
    assert artist_of(home, "78e46ae5-9bfd-433b-be3f-19e993d67ecc") == "Rufus Wainwright"
    assert home.ask(
        "select title, plays, last_played from tracks where recording_mbid = '08e8f55b-f1a4-46b8-b2d1-fab4c592165c'"
    ) == [("Desert", 1, datetime.fromtimestamp(1749780612, UTC))]


def test_listenbrainz_with_mappings(home: Any) -> None:
    assert take_in(home, LISTENBRAINZ_MAPPED).counts == Counts(read=19, stored=19)
    # Known only by its MBID: the title of its track stands in for its own.
    assert album_of(home, "177ebc28-0115-3897-8eb3-ebf74ce23790") == "Zombie"
    assert artist_of(home, "c98d40fd-f6cf-4b26-883e-eaa515ee2851") == "The Cranberries"
    assert (
        home.one("select title from tracks where recording_mbid = '3bbeb4e3-ab6d-460d-bfc5-de49e4251061'") == "Zombie"
    )
    assert home.one("select min(listened_at) from listens") == datetime.fromtimestamp(1381565656, UTC)


def test_koito(home: Any) -> None:
    imported = take_in(home, KOITO)

    assert imported.counts == Counts(read=13, stored=13)
    assert (imported.new.artists, imported.new.releases, imported.new.tracks) == (6, 3, 4)
    assert {"American Football", "Rachel Goswell", "Elizabeth Powell", "鈴木雅之", "すぅ"} <= {
        name for name, _ in home.persons()
    }
    assert home.ask("select distinct client from listens") == [("test client",)]
    assert artist_of(home, "30f851bb-dba3-4e9b-811c-5f27f595c86a") == "鈴木雅之"
    assert home.ask(
        "select name from person_alias join person on person.id = person_id where alias = 'Masayuki Suzuki'"
    ) == [("鈴木雅之",)]
    assert album_of(home, "ac1f8da0-21d7-426e-83b0-befff06f0871") == "GIRI GIRI"
    assert home.ask(
        "select title from release_alias join release on release.id = release_id"
        " where alias = 'Nijinoiroyo Azayakadeare (NELKE ver.)'"
    ) == [("虹の色よ鮮やかであれ (NELKE ver.)",)]
    assert (
        home.one(
            "select count(distinct tc.person_id) from release join track on release_id = release.id"
            " join track_contribution as tc on tc.track_id = track.id"
            " where release.mbid = 'd0ec30bd-7cdc-417c-979d-5a0631b8a161'"
        )
        == 3
    )
    assert home.ask(
        "select duration_ms, plays from tracks where recording_mbid = 'a4f26836-3894-46c1-acac-227808308687'"
    ) == [(218_000, 1)]
    assert home.ask("select plays from tracks where album = 'GIRI GIRI'") == [(5,)]


@pytest.mark.parametrize("name", [MALOJA, SPOTIFY, LASTFM, LISTENBRAINZ, LISTENBRAINZ_MAPPED, KOITO])
def test_every_file_once_more_adds_nothing(home: Any, name: str) -> None:
    first = take_in(home, name)
    listens = home.ask("select listened_at, artist, title, album from listens order by 1, 2, 3")

    again = take_in(home, name)

    assert again.counts == Counts(first.counts.read, 0, first.counts.stored, first.counts.skipped, 0)
    assert (again.new.artists, again.new.releases, again.new.tracks) == (0, 0, 0)
    assert home.ask("select listened_at, artist, title, album from listens order by 1, 2, 3") == listens


def test_all_files_together_keep_their_artists_apart_and_joined(home: Any) -> None:
    for name in (MALOJA, SPOTIFY, LASTFM, LISTENBRAINZ, LISTENBRAINZ_MAPPED, KOITO):
        take_in(home, name)

    # Maloja, Last.fm and ListenBrainz all know this one; ListenBrainz prints it with a guest.
    assert home.one("select count(*) from artists where name = 'Magnify Tokyo'") == 1
    assert home.one("select count(*) from artists where name = 'American Football'") == 1
    assert home.one("select count(*) from artists where name = 'OurR'") == 1
    assert home.one("select count(*) from listens where track_id is null") == 0
    assert home.one("select sum(rows_read) - sum(rows_stored + rows_skipped + rows_duplicate) from imports") == 0
