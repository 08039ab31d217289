"""What other programs read of a library: what is owned, what of it is played, and what is wrong with it."""

import os
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scannerd.library.walk import shown
from scannerd.listens.listener import get_listener
from scannerd.listens.submit import submit
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import Listen, TimeKind, Written

RULES = split_rules()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BLUR = {"artist": "Blur", "album": "13", "date": "1999"}
HEALTH = "select problem, path, reason from library_health order by path, problem"

Play = Callable[..., None]


@pytest.fixture
def play(conn: psycopg.Connection[Any]) -> Play:
    """Let somebody listen to a track."""

    def listened(
        artist: str, title: str, at: str = "2024-05-01 12:00", *, by: str = "Ada", album: str | None = None, **said: Any
    ) -> None:
        written = Written(title=title, artists=(artist,), album=album)
        listen = Listen(1, datetime.fromisoformat(at).replace(tzinfo=UTC), written, TimeKind.START, **said)
        listener = get_listener(conn, by, time_zone="Europe/Berlin")
        assert submit(conn, [listen], listener=listener, source="live", rules=RULES, now=NOW).stored == 1

    return listened


def set_added(shelf: Any, times: dict[Path, str]) -> None:
    for path, at in times.items():
        shelf.conn.execute("update media_file set added_at = %s where name = %s", [at, os.fsencode(path.name)])


# --- what is owned --------------------------------------------------------------------------------------------------


def test_a_track_shows_the_genres_and_tags_of_its_file_in_their_order(shelf: Any, play: Play) -> None:
    shelf.song("Tender.flac", genre=["Rock", "Britpop", "Alternative"], grouping=["sunday", "Long"], **BLUR)
    shelf.scan()
    play("Pulp", "Babies")

    assert shelf.ask("select title, genres, tags, owned from tracks order by title") == [
        ("Babies", [], [], False),
        ("Tender", ["Rock", "Britpop", "Alternative"], ["sunday", "Long"], True),
    ]


def test_whoever_only_composed_is_no_artist(shelf: Any, play: Play) -> None:
    shelf.song("Tender.flac", composer=["Damon Albarn", "Blur"], producer="William Orbit", **BLUR)
    shelf.scan()
    play("Blur", "Tender", album="13")

    assert shelf.one("select artists from tracks") == ["Blur"]
    assert shelf.ask("select name, plays, tracks, albums, owned_tracks from artists") == [("Blur", 1, 1, 1, 1)]


def test_a_guest_who_is_also_the_artist_counts_once(shelf: Any, play: Play) -> None:
    shelf.song("Tender.flac", **BLUR)
    shelf.scan()
    play("Blur", "Tender", album="13")
    shelf.conn.execute(
        "insert into track_contribution (track_id, person_id, role, position, credited_as, source)"
        " select track_id, person_id, 'featured', 1, 'blur', 'file' from track_contribution"
    )

    assert shelf.ask("select name, plays, tracks, albums, owned_tracks from artists") == [("Blur", 1, 1, 1, 1)]


def test_whoever_only_an_album_is_by_is_among_the_artists(shelf: Any) -> None:
    shelf.song("Tender.flac", **BLUR | {"albumartist": "Pulp"})
    shelf.scan()

    assert shelf.ask("select name, plays, tracks, albums from artists order by name") == [
        ("Blur", 0, 1, 1),
        ("Pulp", 0, 0, 0),
    ]


def test_owned_means_that_some_file_is_there_and_can_be_read(shelf: Any, play: Play) -> None:
    tender, bugman = shelf.album("13", ["Tender", "Bugman"], **BLUR)
    again = shelf.song("portable/01 Tender.flac", tracknumber="1", **BLUR)
    play("Blur", "Trimm Trabb", album="13")
    owned = "select title, owned from tracks order by title"
    albums = "select title, tracks, owned, owned_tracks from albums"
    artists = "select name, tracks, owned_tracks from artists"
    shelf.scan()

    assert shelf.ask(owned) == [("Bugman", True), ("Tender", True), ("Trimm Trabb", False)]
    assert shelf.ask(albums) == [("13", 3, True, 2)]
    assert shelf.ask(artists) == [("Blur", 3, 2)]

    tender.unlink()
    bugman.write_bytes(b"no longer music")
    shelf.scan()

    assert shelf.ask(owned) == [("Bugman", False), ("Tender", True), ("Trimm Trabb", False)]
    assert shelf.ask(albums) == [("13", 3, True, 1)]

    again.unlink()
    shelf.song("Parklife.flac", artist="Blur")  # else the folder would look unmounted
    shelf.scan()

    assert shelf.ask(owned) == [("Bugman", False), ("Parklife", True), ("Tender", False), ("Trimm Trabb", False)]
    assert shelf.ask(albums) == [("13", 3, False, 0)]


def test_plays_are_not_counted_for_whoever_does_not_ask(conn: psycopg.Connection[Any]) -> None:
    plan = " ".join(line for (line,) in conn.execute("explain select artist, title, genres from tracks where owned"))

    assert "media_file" in plan
    assert "listen" not in plan


# --- owned and played -----------------------------------------------------------------------------------------------


def test_what_is_owned_and_was_never_played(shelf: Any, play: Play) -> None:
    tender, bugman, coffee = shelf.album("13", ["Tender", "Bugman", "Coffee & TV"], **BLUR)
    gone = shelf.song("13/Battle.flac", **BLUR)
    shelf.song("portable/02 Bugman.flac", tracknumber="2", **BLUR)
    shelf.scan()
    set_added(shelf, {tender: "2020-01-01Z", bugman: "2021-01-01Z", coffee: "2022-01-01Z"})
    gone.unlink()
    shelf.scan()
    play("Blur", "Coffee & TV", by="Grace", album="13")
    play("Blur", "Tender", album="13", played_for_ms=29_999)
    everything = "select title, artist, album, album_artist, year, added_at from owned_never_played order by added_at"

    assert shelf.ask(everything) == [
        ("Tender", "Blur", "13", "Blur", 1999, datetime(2020, 1, 1, tzinfo=UTC)),
        ("Bugman", "Blur", "13", "Blur", 1999, datetime(2021, 1, 1, tzinfo=UTC)),
    ]

    play("Blur", "Tender", "2024-05-02 12:00", album="13", played_for_ms=30_000)

    assert shelf.ask("select title from owned_never_played") == [("Bugman",)]


def test_what_is_played_and_not_owned(shelf: Any, play: Play) -> None:
    shelf.song("01 Tender.flac", tracknumber="1", **BLUR)
    lost = shelf.song("02 Bugman.flac", tracknumber="2", **BLUR)
    shelf.scan()
    lost.unlink()
    shelf.scan()
    play("Blur", "Tender", album="13")
    play("Blur", "Bugman", album="13")
    play("Pulp", "Babies", "2024-05-01 12:00", by="Ada")
    play("Pulp", "Babies", "2024-06-01 12:00", by="Grace")
    play("Pulp", "Babies", "2024-07-01 12:00", played_for_ms=1_000)
    play("Pulp", "Sorted", played_for_ms=1_000)

    assert shelf.ask(
        "select title, artist, album, plays, first_played, last_played from played_not_owned order by plays desc"
    ) == [
        ("Babies", "Pulp", None, 2, datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(2024, 6, 1, 12, tzinfo=UTC)),
        ("Bugman", "Blur", "13", 1, datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(2024, 5, 1, 12, tzinfo=UTC)),
    ]


def test_a_second_telling_of_one_playing_is_no_play(shelf: Any, play: Play) -> None:
    shelf.song("01 Tender.flac", **BLUR)
    shelf.scan()
    play("Blur", "Tender", "2024-05-01 12:00", album="13")
    play("Pulp", "Babies", "2024-05-01 13:00")
    shelf.conn.execute("update listen set duplicate_of = (select max(id) from listen) where id = 1")

    assert shelf.ask("select title from owned_never_played") == [("Tender",)]

    shelf.conn.execute("update listen set duplicate_of = null")
    shelf.conn.execute("update listen set duplicate_of = 1 where id <> 1")

    assert shelf.ask("select title from owned_never_played") == []
    assert shelf.ask("select title from played_not_owned") == []


# --- the health of a library ----------------------------------------------------------------------------------------


def test_a_healthy_library_has_nothing_to_show(shelf: Any) -> None:
    shelf.album("13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()

    assert shelf.ask(HEALTH) == []


def test_what_is_missing_broken_or_untagged_is_shown_with_the_reason(shelf: Any) -> None:
    lost = shelf.song("a.flac", **BLUR)
    (shelf.root / "b.flac").write_bytes(b"")
    shelf.song("c.flac", title="")
    shelf.song("d.flac", **BLUR)
    shelf.scan()
    lost.unlink()
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("missing", f"{shelf.root}/a.flac", "the last scan did not find it"),
        ("unreadable", f"{shelf.root}/b.flac", "the file is empty (0 bytes)"),
        ("untagged", f"{shelf.root}/c.flac", "it names no artist, title or album"),
    ]
    assert shelf.ask("select problem from library_health where track_id is null") == [("unreadable",)]
    assert shelf.ask("select distinct library, instance from library_health") == [("music", "main")]


def test_a_problem_is_as_old_as_the_file_or_its_last_change_or_as_its_loss(shelf: Any) -> None:
    old, new, lost = (shelf.song(f"{name}.flac", title="") for name in ("old", "new", "lost"))
    shelf.scan()
    set_added(shelf, {old: "2020-01-01Z", new: "2024-05-01Z"})  # both were changed in November 2023
    lost.unlink()
    shelf.scan()
    shelf.conn.execute("update media_file set missing_since = '2025-01-01Z' where state = 'missing'")

    assert shelf.ask("select problem, since from library_health order by since") == [
        ("untagged", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("untagged", datetime(2024, 5, 1, tzinfo=UTC)),
        ("missing", datetime(2025, 1, 1, tzinfo=UTC)),
    ]


def test_a_file_below_a_folder_that_left_the_settings_says_so(shelf: Any) -> None:
    shelf.song("Tender.flac", **BLUR)
    shelf.scan()
    shelf.conn.execute("update root set is_configured = false")
    shelf.conn.execute("update media_file set state = 'missing', missing_since = now()")

    assert shelf.ask(HEALTH) == [("missing", f"{shelf.root}/Tender.flac", "its folder left the settings")]


def test_of_the_files_of_one_track_all_but_the_primary_are_duplicates(shelf: Any, tmp_path: Path) -> None:
    first, second, third = (
        shelf.song(f"{place}/01 Tender.flac", tracknumber="1", **BLUR) for place in ("first", "second", "third")
    )
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("duplicate", str(second), f"the same track as {first}"),
        ("duplicate", str(third), f"the same track as {first}"),
    ]

    first.rename(tmp_path / "elsewhere.flac")
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("missing", str(first), "the last scan did not find it"),
        ("duplicate", str(third), f"the same track as {second}"),
    ]

    (tmp_path / "elsewhere.flac").rename(first)
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("duplicate", str(first), f"the same track as {second}"),
        ("duplicate", str(third), f"the same track as {second}"),
    ]


def test_a_copy_is_told_from_another_file_of_the_track(shelf: Any) -> None:
    first = shelf.song("first/Tender.flac", **BLUR)
    copy = shelf.root / "copy.flac"
    copy.write_bytes(first.read_bytes())
    shelf.scan()

    assert shelf.ask(HEALTH) == [("duplicate", str(first), f"a copy of {copy}")]


def test_an_untagged_copy_has_two_problems(shelf: Any) -> None:
    first = shelf.song("a.flac", title="")
    copy = shelf.root / "b.flac"
    copy.write_bytes(first.read_bytes())
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("untagged", str(first), "it names no artist, title or album"),
        ("duplicate", str(copy), f"a copy of {first}"),
        ("untagged", str(copy), "it names no artist, title or album"),
    ]


def test_the_same_track_in_two_libraries_is_no_duplicate(shelf: Any, tmp_path: Path) -> None:
    shelf.song("Tender.flac", **BLUR)
    shelf.scan()
    portable = type(shelf)(shelf.conn, tmp_path / "portable", "portable")
    portable.song("Tender.flac", **BLUR)
    portable.scan()

    assert shelf.ask("select library, title from files join tracks using (track_id) order by 1") == [
        ("music", "Tender"),
        ("portable", "Tender"),
    ]
    assert shelf.ask(HEALTH) == []


# --- files and their paths ------------------------------------------------------------------------------------------


def test_a_file_shows_what_it_is(shelf: Any) -> None:
    path = shelf.song("13/Tender.flac", milliseconds=460_000, label="Food", **BLUR)
    shelf.scan()

    assert shelf.ask(
        "select library, instance, path, raw_path, state, format, codec, duration_ms, sample_rate, channels, bit_depth,"
        " size, has_picture, is_tagged, is_primary, reason, missing_since, modified_at, details->'label' from files"
    ) == [
        (
            "music",
            "main",
            str(path),
            os.fsencode(path),
            "present",
            "flac",
            "flac",
            460_000,
            44_100,
            2,
            16,
            path.stat().st_size,
            False,
            True,
            True,
            None,
            None,
            datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
            ["Food"],
        )
    ]
    assert shelf.ask("select title, owned from tracks join files using (track_id)") == [("Tender", True)]


def test_a_name_that_is_no_utf8_is_shown_and_can_be_opened(shelf: Any) -> None:
    name = b"Bj\xf6rk - J\xc3\xb3ga.flac"
    shelf.song("Jóga.flac", title="").rename(os.fsdecode(os.fsencode(shelf.root) + b"/" + name))
    shelf.scan()

    assert shelf.ask(HEALTH) == [
        ("untagged", f"{shelf.root}/Bj\\xf6rk - Jóga.flac", "it names no artist, title or album")
    ]
    assert Path(os.fsdecode(shelf.one("select raw_path from files"))).exists()


def test_the_root_of_the_file_system_can_be_a_library(shelf: Any) -> None:
    shelf.song("Tender.flac", **BLUR)
    shelf.scan()
    shelf.conn.execute("update root set path = '/'")

    assert shelf.ask("select path, raw_path from files") == [("/Tender.flac", b"/Tender.flac")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"", ""),
        (b"Artist/Song.mp3", "Artist/Song.mp3"),
        (b"100% \\ back\\slash", "100% \\ back\\slash"),
        ("Ro\u0301s/\u00e9.mp3".encode(), "R\u00f3s/\u00e9.mp3"),
        ("椎名林檎/🎵.mp3".encode(), "椎名林檎/🎵.mp3"),
        (b"Bj\xf6rk", "Bj\\xf6rk"),
        (b"cut off \xf0\x9f\x8e", "cut off \\xf0\\x9f\\x8e"),
        (b"too long \xc0\xaf \xe0\x80\xaf", "too long \\xc0\\xaf \\xe0\\x80\\xaf"),
        (b"half a pair \xed\xa0\x80", "half a pair \\xed\\xa0\\x80"),
        (b"beyond \xf4\x90\x80\x80 \xff", "beyond \\xf4\\x90\\x80\\x80 \\xff"),
        (b"two\nlines\x7f", "two\\x0alines\\x7f"),
        ("\x85\xa0".encode(), "\\x85\xa0"),
    ],
)
def test_a_path_is_shown_on_one_line_whatever_its_bytes(conn: psycopg.Connection[Any], path: bytes, text: str) -> None:
    assert conn.execute("select shown_path(%b)", [path]).fetchone() == (text,)
    assert shown(path) == text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from(
                    ["a", "\\", "é", "e\u0301", "\n", "\x85", "ä\u0323", "가", "🎵", "\u07ff", "\uffff"]
                ).map(str.encode),
            ),
            max_size=8,
        ).map(lambda parts: b"".join(parts).replace(b"\0", b"")),
        max_size=40,
    )
)
def test_the_database_shows_a_path_as_a_scan_does(conn: psycopg.Connection[Any], paths: list[bytes]) -> None:
    rows = conn.execute(
        "select shown_path(path) from unnest(%b::bytea[]) with ordinality as p (path, n) order by n", [paths]
    )

    # What follows a spelled-out byte can compose with its last digit.
    assert [text for (text,) in rows] == [unicodedata.normalize("NFC", shown(path)) for path in paths]
