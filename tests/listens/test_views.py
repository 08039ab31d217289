"""What other programs read: counted by a rule that can be changed, and raw where nothing is resolved."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from scannerd.db.queries import run
from scannerd.model.listen import ArtistForm

LISTENS = "select artist, title from listens order by listened_at"


def evening(home: Any) -> list[Any]:
    """Five playings told by Spotify: whole, long, short, cut off at its end, not at all."""
    told = [(181_000, "trackdone"), (30_000, "fwdbtn"), (29_999, "fwdbtn"), (12_000, "trackdone"), (0, "clickrow")]
    return [
        home.play("Blur", f"Song {n}", f"2024-05-01 {10 + n}:00:00", kind="end", played_for_ms=length, end_reason=end)
        for n, (length, end) in enumerate(told)
    ]


def set_min_played(home: Any, milliseconds: int) -> None:
    run(home.conn, "set_rule", name="min_played_ms", value=str(milliseconds))


def counted(home: Any) -> list[str]:
    return [title for _, title in home.ask(LISTENS)]


def test_a_listen_counts_when_heard_for_thirty_seconds_or_to_its_end(home: Any) -> None:
    home.take_in(*evening(home), source="spotify")

    assert counted(home) == ["Song 0", "Song 1", "Song 3"]
    assert home.ask("select title, counts from all_listens order by 1") == [
        ("Song 0", True),
        ("Song 1", True),
        ("Song 2", False),
        ("Song 3", True),
        ("Song 4", False),
    ]


def test_a_listen_counts_when_its_source_does_not_say_how_long(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender"), source="lastfm")

    assert home.ask(LISTENS) == [("Blur", "Tender")]


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        (0, ["Song 0", "Song 1", "Song 2", "Song 3", "Song 4"]),
        (12_001, ["Song 0", "Song 1", "Song 2", "Song 3"]),
        (60_000, ["Song 0", "Song 3"]),
        (240_000, ["Song 0", "Song 3"]),
    ],
)
def test_the_rule_can_be_changed_without_a_new_import(home: Any, least: int, expected: list[str]) -> None:
    home.take_in(*evening(home), source="spotify")

    set_min_played(home, least)

    assert counted(home) == expected
    assert home.one("select sum(plays) from plays_by_day") == len(expected)
    assert home.one("select sum(plays) from tracks") == len(expected)
    assert home.ask("select plays, tracks, albums from artists") == [(len(expected), 5, 0)]


def test_every_view_counts_by_one_rule_and_each_playing_once(home: Any) -> None:
    home.take_in(*evening(home), source="spotify")
    home.take_in(home.play("Blur", "Song 0", "2024-05-01 10:00:03", album="13"), source="lastfm")

    assert home.one("select count(*) from listens") == 3
    assert home.one("select count(*) from all_listens where counts") == 3
    assert home.ask("select plays from artists") == [(3,)]
    assert home.ask("select day, plays, played_for_ms from plays_by_day") == [(date(2024, 5, 1), 3, 223_000)]
    assert home.ask("select title, album, plays, last_played from tracks where plays > 0 order by 1") == [
        ("Song 0", None, 1, datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("Song 1", None, 1, datetime(2024, 5, 1, 11, tzinfo=UTC)),
        ("Song 3", None, 1, datetime(2024, 5, 1, 13, tzinfo=UTC)),
    ]
    assert home.ask("select plays, tracks from albums") == [(0, 1)]


def test_what_is_not_resolved_shows_what_its_source_wrote(home: Any) -> None:
    rows = [
        home.play(
            ("Gorillaz", "De La Soul"), "Feel Good Inc.", form=ArtistForm.LIST, album="Demon Days", duration_ms=222_000
        )
    ]
    home.store(home.batches(rows, source="listenbrainz"))

    assert home.ask("select listener, artist, title, album, duration_ms, source, track_id from listens") == [
        ("Ada", "Gorillaz, De La Soul", "Feel Good Inc.", "Demon Days", 222_000, "listenbrainz", None)
    ]
    assert home.one("select plays from plays_by_day") == 1
    assert home.ask("select * from tracks") == []


def test_a_listen_shows_its_track_as_the_catalogue_names_it(home: Any) -> None:
    home.take_in(home.play("Blur", "Tender", album="13", duration_ms=460_000, client="phone"), source="lastfm")
    imported = home.take_in(home.play("BLUR", "TENDER", "2024-05-02 12:00:00", album="13"), source="maloja")

    assert home.ask(
        "select artist, title, album, duration_ms, client, source, listened_at from listens where export_id = %s",
        [imported.export_id],
    ) == [("Blur", "Tender", "13", 460_000, None, "maloja", datetime(2024, 5, 2, 12, tzinfo=UTC))]
    assert home.one("select count(distinct track_id) from listens") == 1


def test_a_day_begins_at_the_listeners_midnight(home: Any) -> None:
    home.take_in(
        home.play("Blur", "Tender", "2024-05-01 21:59:59"),  # a second before midnight in Berlin
        home.play("Blur", "Tender", "2024-05-01 22:00:00"),
        home.play("Blur", "Tender", "2024-01-01 23:00:00"),  # in winter an hour later
    )

    assert home.ask("select listener, day, plays, played_for_ms from plays_by_day order by day") == [
        ("Ada", date(2024, 1, 2), 1, None),
        ("Ada", date(2024, 5, 1), 1, None),
        ("Ada", date(2024, 5, 2), 1, None),
    ]


def test_a_guest_counts_as_artist_and_is_named_after_the_main_one(home: Any) -> None:
    home.take_in(home.play("Gorillaz feat. De La Soul", "Feel Good Inc.", album="Demon Days"))

    assert home.ask("select name, plays, tracks, albums from artists order by name") == [
        ("De La Soul", 1, 1, 1),
        ("Gorillaz", 1, 1, 1),
    ]
    assert home.ask("select artist, artists, album, album_artist from tracks") == [
        ("Gorillaz feat. De La Soul", ["Gorillaz", "De La Soul"], "Demon Days", "Gorillaz")
    ]


def test_an_import_shows_what_became_of_its_rows(home: Any) -> None:
    play = home.play("Blur", "Tender", album="13")
    home.take_in(play, play, home.play("", "Nobody's"))

    assert home.ask(
        "select listener, file, format, state, rows_read, rows_stored, rows_duplicate, rows_skipped, rows_failed,"
        " new_artists, new_releases, new_tracks, first_at, last_at, error from imports"
    ) == [
        (
            "Ada",
            "test.json",
            "lastfm-test",
            "stored",
            3,
            1,
            1,
            1,
            0,
            1,
            1,
            1,
            datetime(2024, 5, 1, 12, tzinfo=UTC),
            datetime(2024, 5, 1, 12, tzinfo=UTC),
            None,
        )
    ]
