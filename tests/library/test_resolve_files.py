"""What a parsed file wants of the catalogue: whom it names, whose its album is, and what it is called."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.music.resolve import Wanted, agree, take, title_from
from scannerd.model.artist_names import split_rules
from scannerd.model.media import Contributor, Named, Parsed, Role

RULES = split_rules()
ONE, TWO = "a74b1b7f-71a5-4011-9441-d0b5e4122711", "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"


def wanted(*, file: str = "01 Tender.flac", **said: Any) -> Wanted:
    return take(Parsed("flac", **said), file_name=file, rules=RULES)


def artists(one: Wanted) -> list[tuple[str, str]]:
    return [(part.person.name, part.role.value) for part in one.parts]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("01 Tender.flac", "Tender"),
        ("01 - Tender.flac", "Tender"),
        ("01. Tender.flac", "Tender"),
        ("1-01 Tender.mp3", "Tender"),
        ("1.01 Tender.mp3", "Tender"),
        ("(1) Tender.mp3", "(1) Tender"),
        ("1979.mp3", "1979"),
        ("1979 - Live.mp3", "1979 - Live"),
        ("99 Problems.mp3", "99 Problems"),
        ("07.flac", "07"),
        ("01 .flac", "01"),
        ("Tender", "Tender"),
        ("Song 2.flac", "Song 2"),
        ("...And Justice.flac", "...And Justice"),
        (".flac", ".flac"),
        (" .flac", "[untitled]"),
    ],
)
def test_a_file_without_title_is_called_as_its_name_says(name: str, title: str) -> None:
    assert title_from(name) == title
    assert wanted(file=name).title == title


@given(st.text(min_size=1))
def test_whatever_a_file_is_called_there_is_a_title(name: str) -> None:
    assert title_from(name).strip()


def test_a_title_in_the_tags_is_what_counts() -> None:
    assert wanted(file="02 Other.flac", title="Tender").title == "Tender"


def test_a_file_that_names_nobody_is_by_the_unknown_artist_and_on_no_release() -> None:
    one = wanted(title="Tender")
    assert artists(one) == [("[Unknown Artist]", "artist")]
    assert (one.credit, one.album) == ("[Unknown Artist]", None)


def test_a_file_without_artist_is_on_its_album_all_the_same() -> None:
    one = wanted(title="Tender", album="13")
    assert one.album is not None
    assert [owner.name for owner in one.album.owners] == ["[Unknown Artist]"]
    assert one.album.owner_is_guessed


def test_a_guest_in_the_artist_or_the_title_is_a_guest() -> None:
    assert artists(wanted(title="A", artist="Blur feat. Pulp")) == [("Blur", "artist"), ("Pulp", "featured")]
    assert artists(wanted(title="A (feat. Pulp)", artist="Blur")) == [("Blur", "artist"), ("Pulp", "featured")]
    assert wanted(title="A", artist="Blur feat. Pulp").credit == "Blur feat. Pulp"
    assert wanted(title="A (feat. Pulp)", artist="Blur").title == "A (feat. Pulp)"


def test_several_artist_values_are_several_artists() -> None:
    one = wanted(title="A", artist="Blur, Pulp", artists=(Named("Blur"), Named("Pulp")))
    assert artists(one) == [("Blur", "artist"), ("Pulp", "artist")]
    assert one.credit == "Blur, Pulp"


def test_a_name_with_an_mbid_of_its_own_is_not_taken_apart() -> None:
    one = wanted(title="A", artist="Simon & Garfunkel", artists=(Named("Simon & Garfunkel", ONE),))
    assert [(part.person.name, part.person.mbid) for part in one.parts] == [("Simon & Garfunkel", ONE)]


def test_each_artist_has_the_mbid_it_was_paired_with() -> None:
    one = wanted(title="A", artist="Blur & Pulp", artists=(Named("Blur", ONE), Named("Pulp", TWO)))
    assert [(part.person.name, part.person.mbid) for part in one.parts] == [("Blur", ONE), ("Pulp", TWO)]


def test_somebody_who_does_several_things_has_several_parts_and_each_once() -> None:
    blur = Named("Blur")
    one = wanted(
        title="A",
        artist="Blur",
        contributors=(
            Contributor(Role.COMPOSER, blur),
            Contributor(Role.COMPOSER, blur),
            Contributor(Role.PERFORMER, Named("Coxon"), "guitar"),
            Contributor(Role.PERFORMER, Named("coxon"), "voice"),
        ),
    )
    assert [(part.person.name, part.role.value, part.detail) for part in one.parts] == [
        ("Blur", "artist", None),
        ("Blur", "composer", None),
        ("coxon", "performer", "guitar, voice"),
    ]


def test_genres_are_one_however_they_are_spelled() -> None:
    assert [label.name for label in wanted(title="A", genres=("Hip-Hop", "HIP-HOP", "Jazz")).genres] == [
        "HIP-HOP",
        "Jazz",
    ]


def test_the_year_is_that_of_the_first_edition() -> None:
    assert wanted(title="A", date="2012-05", original_date="1999").year == 1999
    assert wanted(title="A", date="2012-05").year == 2012
    assert wanted(title="A").year is None


def song(artist: str, *, album: str = "Hits", **said: Any) -> Wanted:
    return wanted(title="A", artist=artist, album=album, **said)


def owners(folder: list[Wanted]) -> list[list[str] | None]:
    return [None if one.album is None else [owner.name for owner in one.album.owners] for one in agree(folder)]


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ([song("Blur"), song("Blur feat. Pulp")], [["Blur"], ["Blur"]]),
        ([song("Blur"), song("Pulp")], [[], []]),
        ([song("Blur"), song("Pulp", album="Other")], [["Blur"], ["Pulp"]]),
        ([song("Blur", album_artist="Blur"), song("Pulp", album_artist="Blur")], [["Blur"], ["Blur"]]),
        ([song("Blur", album_artist="Blur"), song("Pulp")], [["Blur"], ["Pulp"]]),
        ([song("Blur", album_artist="Various Artists")], [[]]),
        ([song("Blur", album_artist="VA")], [[]]),
        ([song("Blur", is_compilation=True)], [[]]),
        ([song("Blur", is_compilation=True, album_artist="Blur")], [["Blur"]]),
        ([song("Blur"), wanted(title="B", artist="Pulp")], [["Blur"], None]),
        ([song("Blur", release_mbid=ONE), song("Pulp", release_mbid=TWO)], [["Blur"], ["Pulp"]]),
    ],
)
def test_an_album_without_album_artist_is_by_who_all_its_tracks_in_a_folder_are_by(
    folder: list[Wanted], expected: list[list[str] | None]
) -> None:
    assert owners(folder) == expected


@pytest.mark.parametrize(
    ("dates", "edition"),
    [
        (["1999", "1999"], "1999"),
        (["1999", "2000"], None),
        (["1999", None], None),
        (["1999-03", "1999-03"], "1999-03"),
        ([None, None], None),
    ],
)
def test_the_edition_is_the_date_that_all_tracks_agree_on(dates: list[str | None], edition: str | None) -> None:
    folder = agree([song("Blur", date=date) for date in dates])
    assert {one.album.edition for one in folder if one.album} == {edition}


NAMES = st.sampled_from(["Blur", "Pulp", "Björk", "Various Artists"])
SONGS = st.builds(
    song, NAMES, album=st.sampled_from(["13", "Hits"]), date=st.sampled_from([None, "1999", "2012"]),
    album_artist=st.sampled_from([None, "Blur", "Various Artists"]), release_mbid=st.sampled_from([None, ONE]),
)  # fmt: skip


@given(st.lists(SONGS, max_size=6), st.randoms())
def test_a_folder_is_of_the_same_mind_in_whatever_order_its_files_come(folder: list[Wanted], chance: Any) -> None:
    shuffled = folder[:]
    chance.shuffle(shuffled)

    def minds(files: list[Wanted]) -> list[str]:
        return sorted(str(one.album) for one in agree(files))

    assert minds(folder) == minds(shuffled)
    assert minds(agree(folder)) == minds(folder)


def test_ids_that_a_file_states_are_ids() -> None:
    one = song("Blur", release_mbid=ONE, release_group_mbid=TWO)
    assert one.album is not None
    assert (one.album.mbid, one.album.group_mbid) == (UUID(ONE), UUID(TWO))
