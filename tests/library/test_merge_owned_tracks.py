"""What a merge does to tracks that files hold: files and labels follow, and the next scan leaves it so."""

from typing import Any

from scannerd.catalogue.delete import delete_track
from scannerd.catalogue.merge import merge_persons, merge_tracks
from scannerd.listens.duplicates import mark_lookups


def track_of(shelf: Any, title: str) -> int:
    return int(shelf.one("select id from track where title = %s", [title]))


def lies(shelf: Any) -> list[tuple[Any, ...]]:
    return shelf.ask(
        "select media_file.name, track.title, media_file.is_primary from media_file"
        " left join track on track.id = track_id order by name"
    )


def test_files_and_labels_follow_a_merged_track_and_a_full_scan_leaves_it_so(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Tendre"], artist="Blur", album="13", genre="Rock")
    shelf.scan()
    merge_tracks(shelf.conn, into=track_of(shelf, "Tender"), loser=track_of(shelf, "Tendre"), remark=mark_lookups)

    merged = [(b"01 Tender.flac", "Tender", True), (b"02 Tendre.flac", "Tender", False)]
    assert lies(shelf) == merged
    shelf.scan(full=True)
    assert lies(shelf) == merged
    assert shelf.ask("select title, genres from tracks") == [("Tender", ["Rock"])]


def test_a_listened_track_takes_the_file_of_the_one_that_is_merged_into_it(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13", genre="Rock")
    shelf.scan()
    shelf.conn.execute(
        "insert into track (catalogue_id, title, match_key, artist_ids, artist_credit, identity_key)"
        " select 1, 'Tndr', 'tndr', artist_ids, 'Blur', 'x' from track"
    )
    shelf.conn.execute(
        "insert into track_contribution (track_id, person_id, role, position, credited_as, source)"
        " select track.id, person.id, 'artist', 0, 'Blur', 'listens' from track, person where title = 'Tndr'"
    )
    merge_tracks(shelf.conn, into=track_of(shelf, "Tndr"), loser=track_of(shelf, "Tender"), remark=mark_lookups)
    assert lies(shelf) == [(b"01 Tender.flac", "Tndr", True)]
    assert shelf.ask("select genres, owned from tracks") == [(["Rock"], True)]

    shelf.scan(full=True)
    assert lies(shelf) == [(b"01 Tender.flac", "Tender", True)]
    assert shelf.one("select count(*) from track") == 1


def test_two_persons_who_become_one_keep_each_thing_they_did(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], artist="Damon Albarn", composer=["Damon Albarn", "D. Albarn"], album="13")
    shelf.scan()
    person = dict(shelf.ask("select name, id from person"))
    merge_persons(shelf.conn, into=person["Damon Albarn"], loser=person["D. Albarn"], remark=mark_lookups)

    roles = "select name, role from track_contribution join person on person.id = person_id order by position"
    assert shelf.ask(roles) == [("Damon Albarn", "artist"), ("Damon Albarn", "composer")]
    shelf.scan(full=True)
    assert shelf.ask(roles) == [("Damon Albarn", "artist"), ("Damon Albarn", "composer")]


def test_two_tracks_of_one_name_stay_two_when_their_artists_become_one(shelf: Any) -> None:
    for disc in "12":
        shelf.song(f"CD{disc}/01 Intro.flac", artist="Blur", album="13", discnumber=disc, tracknumber="1")
    shelf.song("other/01 Song.flac", artist="Blurr", album="14", tracknumber="1")
    shelf.scan()
    assert shelf.one("select count(*) from track where title = 'Intro'") == 2
    person = dict(shelf.ask("select name, id from person"))
    merge_persons(shelf.conn, into=person["Blurr"], loser=person["Blur"], remark=mark_lookups)

    assert shelf.one("select count(*) from track where title = 'Intro'") == 2
    shelf.scan(full=True)
    assert shelf.one("select count(*) from track where title = 'Intro'") == 2


def test_the_file_of_a_deleted_track_is_read_again(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    shelf.scan()
    delete_track(shelf.conn, track_id=track_of(shelf, "Tender"), remark=mark_lookups)
    assert lies(shelf) == [(b"01 Tender.flac", None, False)]
    shelf.scan()
    assert lies(shelf) == [(b"01 Tender.flac", "Tender", True)]
