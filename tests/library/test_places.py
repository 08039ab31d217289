"""Which track a file holds, and which of several files of a track is the one whose tags count."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from scannerd.library.music.resolve import take
from scannerd.library.music.tracks import Candidate, Placed, choose_all, is_same_recording, place, plans
from scannerd.model.artist_names import split_rules
from scannerd.model.media import Parsed, Properties

RULES = split_rules()
REC = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"
MILLISECONDS = 200_000


def placed(
    title: str = "Intro", *, release: int | None = 5, file_id: int | None = None, content: bytes = b"c", **said: Any
) -> Placed:
    said = {"artist": "Blur", "album": "13", "position": 1} | said
    parsed = Parsed("flac", properties=Properties(duration_ms=said.pop("duration", MILLISECONDS)), title=title, **said)
    wanted = take(parsed, file_name="x.flac", rules=RULES)
    persons = {one.key: 1 + (one.name != "Blur") for one in wanted.artists}
    return place(wanted, file_id=file_id, release_id=release, persons=persons, content_hash=content)


def known(how: str, id_: int, **said: Any) -> Candidate:
    given = {
        "is_placed": True, "release_id": 5, "disc": None, "position": 1, "title_key": "intro", "artist_ids": [1],
        "duration_ms": MILLISECONDS, "recording_mbid": None, "track_mbid": None, "primary_file_id": None, "others": 0,
    }  # fmt: skip
    return Candidate(how, id_, **given | said)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (placed(), placed(), True),
        (placed(), placed("INTRO"), True),
        (placed(), placed("Outro"), False),
        (placed(), placed(position=2), False),
        (placed(), placed(disc=1), True),
        (placed(), placed(disc=2), False),
        (placed(), placed(release=6), False),
        (placed(track_mbid=REC), placed("Outro", release=6, track_mbid=REC), True),
        (placed(track_mbid=REC), placed(track_mbid=OTHER), False),
        (placed(release=None), placed(release=None, position=9), True),
        (placed(release=None), placed(release=None, artist="Pulp & Blur"), False),
        (placed(genres=("Rock",), duration=1), placed(genres=("Pop",), duration=2), True),
        (placed(content=b"a"), placed(content=b"b"), True),
    ],
)
def test_two_files_are_of_one_track_where_their_places_are_equal(one: Placed, other: Placed, same: bool) -> None:
    assert (one.place_key == other.place_key) is same


def test_files_without_tags_are_of_one_track_only_where_their_bytes_are() -> None:
    silent = {"title": None, "artist": None, "album": None, "release": None, "position": None}
    assert placed(**silent, content=b"a").place_key == placed(**silent, content=b"a").place_key
    assert placed(**silent, content=b"a").place_key != placed(**silent, content=b"b").place_key


@pytest.mark.parametrize(
    ("wanted", "held", "same"),
    [
        (placed(), known("held", 1), True),
        (placed("Outro"), known("held", 1), True),  # a corrected title, where it stood
        (placed("Outro", position=2), known("held", 1), True),  # as long as it was
        (placed("Outro", position=2, duration=1), known("held", 1), False),
        (placed(position=2, duration=1), known("held", 1), True),  # the same name
        (placed(position=2, duration=1, release=9), known("held", 1), True),
        (placed("Outro", duration=1, release=None), known("held", 1, release_id=None), False),
        (placed("Outro", duration=1, position=None), known("held", 1, position=None), False),
        (placed(recording_mbid=REC), known("held", 1, recording_mbid=UUID(OTHER)), False),
        (placed("Outro", duration=1, position=2, recording_mbid=REC), known("held", 1, recording_mbid=UUID(REC)), True),
        (placed("Outro", position=2, duration=None), known("held", 1, duration_ms=None), False),
    ],
)
def test_new_tags_are_a_correction_or_another_song(wanted: Placed, held: Candidate, same: bool) -> None:
    assert is_same_recording(wanted, held) is same


def chosen(batch: list[Placed], candidates: dict[int, list[Candidate]]) -> list[int | None]:
    found = choose_all(batch, candidates)
    return [found.get(one.place_key) for one in batch]


def test_a_file_finds_its_track_by_place_before_all() -> None:
    assert chosen([placed()], {0: [known("held", 1), known("identity", 2), known("place", 3)]}) == [3]


def test_a_track_that_another_file_holds_too_is_not_taken_along() -> None:
    assert chosen([placed("Outro")], {0: [known("held", 1, others=1)]}) == [None]
    assert chosen([placed("Outro")], {0: [known("held", 1, others=0)]}) == [1]


def test_what_a_person_merged_is_one_track_however_many_places_it_has() -> None:
    merged = known("alias", 4)
    assert chosen([placed(), placed(disc=2)], {0: [merged], 1: [merged]}) == [4, 4]


@pytest.mark.parametrize("how", ["identity", "recording"])
def test_a_track_that_was_only_listened_to_is_taken_once(how: str) -> None:
    heard = known(how, 4, is_placed=False)
    assert chosen([placed(), placed(disc=2)], {0: [heard], 1: [heard]}) == [4, None]
    assert chosen([placed()], {0: [known(how, 4, is_placed=True)]}) == [None]


def test_two_swapped_files_find_their_tracks_by_place() -> None:
    batch = [placed("Outro", position=2, file_id=1), placed("Intro", position=1, file_id=2)]
    candidates = {0: [known("held", 1), known("place", 2)], 1: [known("held", 2), known("place", 1)]}
    assert chosen(batch, candidates) == [2, 1]


def test_a_place_that_one_file_takes_by_right_another_does_not_keep_by_habit() -> None:
    """The first file was retagged, the second is now what the first was."""
    batch = [placed("Outro", file_id=1), placed("Intro", file_id=2, disc=2)]
    candidates = {0: [known("held", 1)], 1: [known("held", 2), known("place", 1)]}
    assert chosen(batch, candidates) == [None, 1]


def told(batch: list[Placed], candidates: dict[int, list[Candidate]], tracks: list[int], new: set[int]) -> list[Any]:
    numbers = {one.place_key: track for one, track in zip(batch, tracks, strict=True)}
    keys = {one.place_key for one, track in zip(batch, tracks, strict=True) if track in new}
    return [(one.track_id, one.is_new, one.is_primary) for one in plans(batch, candidates, numbers, keys)]


def test_of_several_new_files_of_a_track_the_first_writes_it() -> None:
    assert told([placed(), placed()], {}, [1, 1], {1}) == [(1, True, True), (1, False, False)]


def test_a_file_beside_the_one_whose_tags_count_changes_nothing() -> None:
    prime = known("place", 1, primary_file_id=8)
    assert told([placed(file_id=9)], {0: [prime]}, [1], set()) == [(1, False, False)]
    assert told([placed(file_id=8)], {0: [prime]}, [1], set()) == [(1, False, True)]


def test_the_file_whose_tags_count_is_written_even_if_another_of_the_track_comes_first() -> None:
    prime = known("place", 1, primary_file_id=8)
    assert told([placed(file_id=9), placed(file_id=8)], {0: [prime], 1: [prime]}, [1, 1], set()) == [
        (1, False, False),
        (1, False, True),
    ]


def test_intro_on_two_discs_is_two_tracks_and_listens_find_the_first() -> None:
    batch = [placed(disc=1), placed(disc=2)]
    one, two = plans(batch, {}, {batch[0].place_key: 1, batch[1].place_key: 2}, {b.place_key for b in batch})
    assert (one.identity_key, two.identity_key) == (batch[0].identity_key, batch[1].place_key)


def test_intro_on_two_discs_in_a_real_library(shelf: Any) -> None:
    for disc in ("1", "2"):
        shelf.song(f"13/CD{disc}/01 Intro.flac", artist="Blur", album="13", discnumber=disc, tracknumber="1")
    shelf.scan()
    assert shelf.ask("select disc, identity_key = place_key from track order by disc") == [(1, False), (2, True)]
    before = shelf.written()
    shelf.scan(full=True)
    assert shelf.written() == before

    (shelf.root / "13/CD1/01 Intro.flac").unlink()
    shelf.scan()
    shelf.conn.execute("delete from media_file where state = 'missing'")
    shelf.conn.execute("delete from track where disc = 1")
    shelf.song("b.flac", artist="Pulp")
    shelf.scan()
    assert shelf.ask("select disc, identity_key = place_key from track where title = 'Intro'") == [(2, False)]
