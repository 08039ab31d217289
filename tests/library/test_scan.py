"""Folder and database are equal after a scan, whatever happened in between."""

import os
import shutil
import unicodedata
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from scannerd.db import connect
from scannerd.db.identity import Identity
from scannerd.errors import AlreadyRunning, ConfigError
from scannerd.library.guard import Guard
from scannerd.library.libraries import keep_library, leave_out_others, only_scan


def counts(summary: Any, *names: str) -> dict[str, int]:
    return {name: getattr(summary.files, name) for name in names}


BLUR = {"artist": "Blur", "album": "13", "date": "1999", "genre": ["Rock", "Britpop"]}


def test_a_first_scan_knows_every_track_with_all_that_belongs_to_it(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], composer="Damon Albarn", discnumber="1", **BLUR)
    summary = shelf.scan()

    assert counts(summary, "seen", "new", "parsed", "unreadable") == {"seen": 2, "new": 2, "parsed": 2, "unreadable": 0}
    assert shelf.tracks() == [("Blur", "Bugman", "13"), ("Blur", "Tender", "13")]
    assert shelf.ask(
        "select title, artist, album, album_artist, disc, position, year from tracks order by position"
    ) == [
        ("Tender", "Blur", "13", "Blur", 1, 1, 1999),
        ("Bugman", "Blur", "13", "Blur", 1, 2, 1999),
    ]
    assert shelf.ask(
        "select distinct person.name, role, position from track_contribution join person on person.id = person_id"
        " order by position"
    ) == [("Blur", "artist", 0), ("Damon Albarn", "composer", 1)]
    assert shelf.ask(
        "select distinct genre.name, position from track_genre join genre on genre.id = genre_id order by position"
    ) == [("Rock", 1), ("Britpop", 2)]


def test_an_unchanged_folder_writes_nothing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    before = shelf.written()
    summary = shelf.scan()

    assert counts(summary, "seen", "unchanged", "parsed") == {"seen": 2, "unchanged": 2, "parsed": 0}
    assert shelf.written() == before


def test_a_full_scan_of_an_unchanged_folder_reads_all_and_writes_nothing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    before = shelf.written()
    summary = shelf.scan(full=True)

    assert counts(summary, "parsed", "changed") == {"parsed": 2, "changed": 2}
    assert shelf.written() == before


def test_a_corrected_title_keeps_the_track_and_its_row(shelf: Any) -> None:
    tender, _ = shelf.album("Blur/13", ["Tendre", "Bugman"], **BLUR)
    shelf.scan()
    before = shelf.ids()
    shelf.retag(tender, title="Tender")
    summary = shelf.scan()

    assert counts(summary, "changed", "parsed", "unchanged") == {"changed": 1, "parsed": 1, "unchanged": 1}
    assert shelf.ids() == before
    assert shelf.tracks() == [("Blur", "Bugman", "13"), ("Blur", "Tender", "13")]


def test_another_song_under_an_old_name_is_another_track(shelf: Any) -> None:
    (tender,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    ((_, old_track),) = shelf.ids().values()
    shelf.song("Blur/13/01 Tender.flac", artist="Pulp", album="Different Class", title="Common People", tracknumber="3")
    os.utime(tender, (1, 1))
    shelf.scan()

    ((_, track),) = shelf.ids().values()
    assert track != old_track
    assert shelf.tracks() == [("Pulp", "Common People", "Different Class")]
    assert shelf.ask("select name from person order by name") == [("Pulp",)]
    assert shelf.ask("select title from release") == [("Different Class",)]
    assert shelf.ask("select name from genre") == []


def test_what_left_the_tags_leaves_the_relations(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], composer=["Damon Albarn", "Graham Coxon"], mood="calm", **BLUR)
    shelf.scan()
    shelf.retag(song, composer="Graham Coxon", genre="Britpop", mood="")
    shelf.scan()

    assert shelf.ask(
        "select name, role, position from track_contribution join person on person.id = person_id order by position"
    ) == [("Blur", "artist", 0), ("Graham Coxon", "composer", 1)]
    assert shelf.ask("select genres, tags from tracks") == [(["Britpop"], [])]


def test_what_a_person_set_by_hand_survives_a_full_scan(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    track_id = shelf.one("select id from track")
    shelf.ask("update track set title = 'Tender (mine)', year = 2000, year_source = 'manual' returning id")
    shelf.ask("delete from track_genre returning track_id")
    for what in ("title", "year", "genres"):
        shelf.conn.execute(
            "insert into manual_value (entity, entity_id, field) values ('track', %s, %s)", [track_id, what]
        )
    shelf.scan(full=True)

    assert shelf.ask("select title, year, genres from tracks") == [("Tender (mine)", 2000, [])]


def test_a_year_that_another_source_told_is_not_taken_away_by_a_file_without_one(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    shelf.scan()
    shelf.ask("update track set year = 1999, year_source = 'musicbrainz' returning id")
    shelf.retag(song, comment="new")
    shelf.scan()
    assert shelf.ask("select year, year_source from track") == [(1999, "musicbrainz")]

    shelf.retag(song, date="1998")
    shelf.scan()
    assert shelf.ask("select year, year_source from track") == [(1998, "file")]
    shelf.retag(song, date="")
    shelf.scan()
    assert shelf.ask("select year, year_source from track") == [(None, None)]


@pytest.mark.parametrize("keep_times", [True, False])
def test_a_renamed_folder_keeps_rows_tracks_and_listens(shelf: Any, keep_times: bool) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    before = {place.rpartition("/")[2]: ids for place, ids in shelf.ids().items()}
    (shelf.root / "Blur").rename(shelf.root / "blur (UK)")
    if not keep_times:
        os.utime(shelf.root / "blur (UK)" / "13")
    summary = shelf.scan()

    assert counts(summary, "moved", "parsed", "missing", "new") == {"moved": 2, "parsed": 0, "missing": 0, "new": 0}
    assert {place.rpartition("/")[2]: ids for place, ids in shelf.ids().items()} == before
    assert set(shelf.files()) == {"blur (UK)/13/01 Tender.flac", "blur (UK)/13/02 Bugman.flac"}


def test_a_file_copied_to_another_place_and_then_deleted_there_was_moved(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    before = list(shelf.ids().values())
    (shelf.root / "New").mkdir()
    shutil.copy2(song, shelf.root / "New" / "a.flac")  # another inode, the same times
    song.unlink()
    summary = shelf.scan()

    assert counts(summary, "moved", "parsed", "missing") == {"moved": 1, "parsed": 0, "missing": 0}
    assert list(shelf.ids().values()) == before


def test_a_copy_that_keeps_its_times_is_a_second_file_of_the_track(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    shutil.copy2(song, song.with_name("copy.flac"))
    summary = shelf.scan()

    assert counts(summary, "moved", "parsed") == {"moved": 0, "parsed": 1}
    assert len({track for _, track in shelf.ids().values()}) == 1
    assert shelf.ask("select name, is_primary from media_file order by id") == [
        (b"01 Tender.flac", True),
        (b"copy.flac", False),
    ]


def test_a_copy_takes_over_when_the_file_whose_tags_counted_goes(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    copy = song.with_name("copy.flac")
    shutil.copy2(song, copy)
    shelf.scan()
    shelf.retag(copy, genre="Gospel")
    shelf.scan()
    assert shelf.one("select genres from tracks") == ["Rock", "Britpop"]
    song.unlink()
    summary = shelf.scan()

    assert counts(summary, "missing", "parsed") == {"missing": 1, "parsed": 1}
    assert shelf.one("select genres from tracks") == ["Gospel"]
    assert shelf.ask("select name, state, is_primary from media_file order by id") == [
        (b"01 Tender.flac", "missing", False),
        (b"copy.flac", "present", True),
    ]


def test_two_swapped_files_keep_both_tracks(shelf: Any) -> None:
    one, two = shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    tracks = dict(shelf.ask("select title, id from track"))
    aside = one.with_suffix(".aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    shelf.scan()

    assert dict(shelf.ask("select title, id from track")) == tracks
    assert shelf.ask("select name, track_id, is_primary from media_file order by name") == [
        (b"01 Tender.flac", tracks["Bugman"], True),
        (b"02 Bugman.flac", tracks["Tender"], True),
    ]


def test_a_rename_that_only_changes_case_or_composition_is_a_rename(shelf: Any) -> None:
    shelf.album("Björk/Début", ["Hyperballad"], artist="Björk", album="Début")
    shelf.scan()
    before = list(shelf.ids().values())
    (shelf.root / "Björk").rename(shelf.root / unicodedata.normalize("NFD", "BJÖRK"))
    summary = shelf.scan()

    assert counts(summary, "moved", "parsed", "missing") == {"moved": 1, "parsed": 0, "missing": 0}
    assert list(shelf.ids().values()) == before


def test_two_files_that_differ_only_in_composition_are_two_files(shelf: Any) -> None:
    shelf.song("é.flac", title="One", artist="A")
    shelf.song("e\u0301.flac", title="Two", artist="A")
    shelf.scan()

    assert sorted(shelf.files()) == sorted(["é.flac", "e\u0301.flac"])
    assert [title for _, title, _ in shelf.tracks()] == ["One", "Two"]


def test_a_name_that_is_no_utf8_is_scanned_and_found_again(shelf: Any) -> None:
    song = shelf.song("a.flac", title="One", artist="A")
    song.rename(os.fsdecode(os.fsencode(shelf.root) + b"/\xff\xfe.flac"))
    shelf.scan()
    assert shelf.ask("select name, state from media_file") == [(b"\xff\xfe.flac", "present")]
    assert counts(shelf.scan(), "unchanged", "parsed") == {"unchanged": 1, "parsed": 0}


def test_a_deleted_file_is_missing_and_comes_back(shelf: Any) -> None:
    _, two = shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    before = shelf.ids()
    aside = shelf.root.parent / "aside.flac"
    two.rename(aside)
    assert counts(shelf.scan(), "missing", "unchanged") == {"missing": 1, "unchanged": 1}
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present", "Blur/13/02 Bugman.flac": "missing"}
    assert counts(shelf.scan(), "missing", "unchanged") == {"missing": 0, "unchanged": 1}

    aside.rename(two)
    assert counts(shelf.scan(), "back", "missing") == {"back": 1, "missing": 0}
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present", "Blur/13/02 Bugman.flac": "present"}
    assert shelf.ids() == before
    assert shelf.ask("select owned from tracks") == [(True,), (True,)]


def test_an_empty_root_has_lost_nothing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    aside = shelf.root.with_name("aside")
    shelf.root.rename(aside)
    shelf.root.mkdir()
    summary = shelf.scan()

    assert counts(summary, "missing", "seen") == {"missing": 0, "seen": 0}
    assert len(summary.warnings) == 1
    assert "--accept-missing" in summary.warnings[0]
    assert set(shelf.files().values()) == {"present"}

    assert counts(shelf.scan(accept_missing=True), "missing") == {"missing": 2}
    shelf.root.rmdir()
    aside.rename(shelf.root)
    assert counts(shelf.scan(), "back", "parsed") == {"back": 2, "parsed": 2}


def test_a_root_that_is_not_there_has_lost_nothing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    shelf.root.rename(shelf.root.with_name("aside"))
    summary = shelf.scan(accept_missing=True)

    assert counts(summary, "missing") == {"missing": 0}
    assert len(summary.warnings) == 1
    assert set(shelf.files().values()) == {"present"}


def test_a_folder_taken_out_of_the_settings_is_missing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    shelf.root = shelf.root.with_name("other")
    shelf.root.mkdir()
    summary = shelf.scan()

    assert counts(summary, "missing", "seen") == {"missing": 1, "seen": 0}


def test_a_root_under_another_name_is_the_same_files(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    before = shelf.ids()
    shelf.root = shelf.root.rename(shelf.root.with_name("elsewhere"))
    summary = shelf.scan()

    assert counts(summary, "moved", "parsed") == {"moved": 1, "parsed": 0}
    assert shelf.ids() == before


def test_a_file_moved_to_another_library_keeps_its_row(shelf: Any, tmp_path: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    before = list(shelf.ids().values())
    first = shelf.root
    shelf.name, shelf.root = "other", tmp_path / "other"
    shelf.root.mkdir()
    song.rename(shelf.root / "Tender.flac")
    summary = shelf.scan()
    assert counts(summary, "moved", "parsed") == {"moved": 1, "parsed": 0}
    assert list(shelf.ids().values()) == before

    shelf.name, shelf.root = "music", first
    assert counts(shelf.scan(), "missing") == {"missing": 0}
    assert list(shelf.ids().values()) == before


def test_a_copy_in_another_library_takes_over_with_its_own_next_scan(shelf: Any, tmp_path: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    first, second = shelf.root, tmp_path / "other"
    shelf.name, shelf.root = "other", second
    copy = shelf.song("copy.flac", title="Tender", tracknumber="1", **BLUR | {"genre": "Gospel"})
    shelf.scan()
    shelf.name, shelf.root = "music", first
    song.unlink()
    (first / "left.txt").touch()
    shelf.scan()
    shelf.name, shelf.root = "other", second
    assert counts(shelf.scan(), "parsed", "unchanged") == {"parsed": 1, "unchanged": 1}

    assert copy.exists()
    assert shelf.ask("select genres, owned from tracks") == [(["Gospel"], True)]
    before = shelf.written()
    assert counts(shelf.scan(), "parsed") == {"parsed": 0}
    assert shelf.written() == before


def test_the_files_of_a_library_that_left_the_settings_are_missing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    assert leave_out_others(shelf.conn, ["music"], instance="main") == 0
    assert leave_out_others(shelf.conn, ["other"], instance="attic") == 0
    assert leave_out_others(shelf.conn, ["other"], instance="main") == 1
    assert shelf.files() == {"Blur/13/01 Tender.flac": "missing"}
    assert counts(shelf.scan(), "back", "missing") == {"back": 1, "missing": 0}


ONE, TWO = Identity("1" * 32, "nas", "/state"), Identity("2" * 32, "nas", "/state")


def left_out(shelf: Any, keeper: Identity, *names: str) -> int:
    return leave_out_others(shelf.conn, names, instance="main", keeper=keeper)


def test_a_library_that_another_scannerd_has_scanned_is_not_left_out(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.keeper = ONE
    shelf.scan()

    assert left_out(shelf, TWO, "other") == 0
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}
    assert counts(shelf.scan(), "unchanged") == {"unchanged": 1}


def test_a_library_goes_at_once_with_the_last_settings_that_name_it(
    shelf: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "scannerd.library.libraries")
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.keeper = ONE
    shelf.scan()
    assert left_out(shelf, TWO, "music", "other") == 0
    assert left_out(shelf, ONE, "other") == 0
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}

    assert [left_out(shelf, TWO, "other"), left_out(shelf, TWO, "other")] == [1, 0]
    assert shelf.files() == {"Blur/13/01 Tender.flac": "missing"}
    assert caplog.messages == ["the library music is in no settings any more: its files are missing from now on (1)"]


def test_a_library_of_a_scannerd_that_is_not_heard_of_for_long_is_left_out(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.keeper = ONE
    shelf.scan()
    shelf.conn.execute("update library_keeper set kept_at = now() - interval '29 days'")
    assert left_out(shelf, TWO, "other") == 0
    shelf.conn.execute("update library_keeper set kept_at = now() - interval '31 days'")
    assert left_out(shelf, TWO, "other") == 1

    assert counts(shelf.scan(), "back") == {"back": 1}
    assert left_out(shelf, TWO, "other") == 0


def test_whose_a_library_is_is_written_once_a_day(shelf: Any) -> None:
    shelf.keeper = ONE
    shelf.scan()
    written = "select xmin::text, kept_at > now() - interval '1 hour' from library_keeper"
    before = shelf.ask(written)
    shelf.scan()
    left_out(shelf, ONE, "music")
    assert shelf.ask(written) == before

    shelf.conn.execute("update library_keeper set kept_at = now() - interval '25 hours'")
    shelf.scan()
    assert [fresh for _, fresh in shelf.ask(written)] == [True]


def test_a_broken_file_is_unreadable_with_a_reason_and_not_tried_again_until_it_changes(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    whole = song.read_bytes()
    song.write_bytes(b"no music at all" * 100)
    os.utime(song, (1, 1))
    summary = shelf.scan()
    assert counts(summary, "parsed", "unreadable") == {"parsed": 1, "unreadable": 1}
    ((state, reason, track_id),) = shelf.ask("select state, reason, track_id from media_file")
    assert (state, track_id) == ("unreadable", None)
    assert reason
    assert counts(shelf.scan(), "parsed", "unchanged") == {"parsed": 0, "unchanged": 1}

    song.write_bytes(whole)
    os.utime(song, (2, 2))
    assert counts(shelf.scan(), "parsed", "unreadable") == {"parsed": 1, "unreadable": 0}
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}
    assert shelf.tracks() == [("Blur", "Tender", "13")]


def test_a_file_that_breaks_keeps_its_track(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    before = shelf.ids()
    song.write_bytes(b"")
    shelf.scan()

    assert shelf.ids() == before
    assert shelf.files() == {"Blur/13/01 Tender.flac": "unreadable"}
    assert shelf.tracks() == [("Blur", "Tender", "13")]


def test_a_dry_run_changes_nothing(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    summary = shelf.scan(dry_run=True)
    assert counts(summary, "seen", "new", "parsed") == {"seen": 2, "new": 2, "parsed": 0}
    assert shelf.ask("select * from library") == []
    assert shelf.ask("select * from media_file") == []


def test_a_stopped_scan_is_taken_up_by_the_next_one(shelf: Any) -> None:
    for number in range(1, 4):
        shelf.album(f"Blur/{number}", [f"Song {n}" for n in range(300)], artist="Blur", album=f"Album {number}")
    stop = Event()
    summary = shelf.scan(
        stop=stop, tell=lambda phase, done, _total: stop.set() if phase == "reading" and done else None
    )
    assert not summary.complete
    assert 0 < summary.files.parsed < 900
    assert shelf.one("select count(*) from track") == summary.files.parsed

    rest = shelf.scan()
    assert rest.complete
    assert counts(rest, "unchanged", "parsed") == {
        "unchanged": summary.files.parsed,
        "parsed": 900 - summary.files.parsed,
    }
    assert shelf.one("select count(*) from track") == 900


def test_one_scan_of_a_library_at_a_time(shelf: Any, database: str) -> None:
    with connect.connect(database, autocommit=True) as other:
        library = keep_library(other, shelf.spec)
        with (
            only_scan(other, library, "music"),
            pytest.raises(AlreadyRunning, match='"music" is being scanned already'),
        ):
            shelf.scan()
    assert shelf.scan().complete


def test_how_much_may_vanish_at_once_is_a_setting(shelf: Any) -> None:
    songs = shelf.album("Blur/13", ["One", "Two", "Three", "Four"], artist="Blur", album="13")
    shelf.scan()
    songs[0].unlink()
    songs[1].unlink()
    shelf.guard = Guard(share=0.4, least=1)
    careful = shelf.scan()
    assert counts(careful, "missing") == {"missing": 0}
    assert "2 of 4 known files are gone, more than 40%" in careful.warnings[0]

    shelf.guard = Guard(share=0.5, least=1)
    assert counts(shelf.scan(), "missing") == {"missing": 2}


def test_a_library_does_not_change_its_kind(shelf: Any) -> None:
    shelf.song("Blur/13/1 Tender.flac")
    shelf.scan()

    with pytest.raises(ConfigError, match=r'^the library "music" holds music, and the settings call it books now$'):
        keep_library(shelf.conn, replace(shelf.spec, kind="books", catalogue="books"))
    assert shelf.scan().files.unchanged == 1
