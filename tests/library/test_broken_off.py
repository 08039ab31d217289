"""What a scan that was broken off has not done, the next one does, though it finds no file changed."""

import shutil
from threading import Event
from typing import Any

import pytest

BLUR = {"artist": "Blur", "album": "13"}


class BrokenOff(Exception):
    """As good as a kill: nothing after this is done."""


def scan_up_to(shelf: Any, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan that ends where this function is called."""

    def breaking(*_: object, **__: object) -> None:
        raise BrokenOff

    with monkeypatch.context() as patched:
        patched.setattr(f"scannerd.library.music.scan.{place}", breaking)
        with pytest.raises(BrokenOff):
            shelf.scan()
    assert shelf.one("select is_settled from library") is False


@pytest.mark.parametrize("place", ["_read", "_read_heirs", "_settle", "date_releases", "adopt_owned"])
def test_the_next_scan_tidies_up(shelf: Any, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    song, kept = shelf.album("Blur/13", ["Tender", "Bugman"], genre="Rock", composer="Albarn", date="1999", **BLUR)
    copy = song.with_name("copy.flac")
    shutil.copy2(song, copy)
    shelf.scan()
    song.unlink()
    shelf.retag(kept, artist="Pulp", title="Common People", album="Hits", genre="Pop", composer="", date="1995")
    scan_up_to(shelf, place, monkeypatch)
    shelf.scan()

    assert shelf.one("select is_settled from library") is True
    assert shelf.tracks() == [("Blur", "Tender", "13"), ("Pulp", "Common People", "Hits")]
    assert shelf.ask("select name from media_file where is_primary order by name") == [
        (b"02 Bugman.flac",),
        (b"copy.flac",),
    ]
    assert shelf.ask("select title, year from release order by title") == [("13", 1999), ("Hits", 1995)]
    before = shelf.written()
    assert shelf.scan().files.parsed == 0
    assert shelf.written() == before


def test_a_stopped_scan_is_not_settled_and_a_whole_one_is(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], **BLUR)
    stop = Event()
    shelf.scan(stop=stop, tell=lambda phase, done, _total: stop.set() if phase == "reading" and done else None)
    assert shelf.one("select is_settled from library") is False
    shelf.scan()
    assert shelf.one("select is_settled from library") is True


def test_another_file_takes_over_from_one_that_broke(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], genre="Rock", **BLUR)
    copy = song.with_name("copy.flac")
    shutil.copy2(song, copy)
    shelf.scan()
    shelf.retag(copy, genre="Gospel")
    song.write_bytes(b"")
    shelf.scan()
    assert shelf.ask("select genres from tracks") == [(["Gospel"],)]
    assert shelf.ask("select name, state, is_primary from media_file order by id") == [
        (b"01 Tender.flac", "unreadable", False),
        (b"copy.flac", "present", True),
    ]


def test_of_two_equal_files_one_changed_and_one_new_one_is_what_counts(shelf: Any) -> None:
    """The known one comes second: the first is not counted as the one whose tags count, and neither was the second."""
    one, two = shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.scan()
    shelf.retag(two, genre="Rock")
    shutil.copy2(two, one)
    shelf.scan()
    assert shelf.ask("select name from media_file where is_primary") == [(b"02 Bugman.flac",)]


def test_an_album_that_nothing_is_on_any_more_goes(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], genre="Rock", **BLUR)
    shelf.scan()
    shelf.retag(song, album="Thirteen", genre="Pop")
    shelf.scan()
    assert shelf.ask("select title from release") == [("Thirteen",)]
    assert shelf.ask("select name from genre") == [("Pop",)]


def test_an_album_is_of_the_year_of_the_tracks_that_are_still_on_it(shelf: Any) -> None:
    song, _ = shelf.album("Blur/13", ["Tender", "Bugman"], date="2012", **BLUR)
    shelf.retag(song, date="1999")
    shelf.scan()
    assert shelf.ask("select year from release") == [(1999,)]
    shelf.retag(song, album="Early")
    shelf.scan()
    assert shelf.ask("select title, year from release order by title") == [("13", 2012), ("Early", 1999)]


def test_a_mended_file_with_new_tags_leaves_the_track_to_its_copy(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    copy = song.with_name("copy.flac")
    shutil.copy2(song, copy)
    shelf.scan()
    whole = song.read_bytes()
    song.write_bytes(b"")
    shelf.scan()
    song.write_bytes(whole)
    shelf.retag(song, album="Live")
    shelf.scan()
    assert shelf.tracks() == [("Blur", "Tender", "13"), ("Blur", "Tender", "Live")]


def test_a_retagged_file_keeps_its_track_though_a_copy_of_it_comes_first(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], **BLUR)
    shelf.scan()
    track_id = shelf.one("select track_id from media_file")
    shelf.retag(song, album="Live")
    (shelf.root / "A").mkdir()
    shutil.copy2(song, shelf.root / "A/copy.flac")
    summary = shelf.scan()
    assert summary.files.failed == 0
    assert shelf.ask("select name, track_id, is_primary from media_file order by name") == [
        (b"01 Tender.flac", track_id, True),
        (b"copy.flac", track_id, False),
    ]
