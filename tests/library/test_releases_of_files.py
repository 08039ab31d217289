"""Which release a file's album is: found, kept apart, or created."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.music.identity import identity
from scannerd.library.music.releases import Candidate, Claims, ReleaseName, choose, new_identity

ONE, TWO = UUID(int=1), UUID(int=2)


def name(**said: Any) -> ReleaseName:
    given = {"title": "13", "match_key": "13", "owners": ((7, "Blur"),), "root_id": 1, "folder": b"Blur/13/"}
    return ReleaseName(**given | said)


def known(id_: int = 1, *, surety: int = 3, mbid: UUID | None = None, edition: str | None = None) -> Candidate:
    return Candidate(surety, id_, mbid, edition, b"", is_provisional=False)


@pytest.mark.parametrize(
    ("wanted", "candidates", "chosen"),
    [
        (name(), [], None),
        (name(), [known(1), known(2)], 1),
        (name(mbid=ONE), [known(1, surety=1, mbid=ONE)], 1),
        (name(mbid=ONE), [known(1, mbid=TWO)], None),
        (name(mbid=ONE), [known(1, surety=2, mbid=TWO), known(2)], 2),
        (name(mbid=ONE), [known(1)], 1),
        (name(), [known(1, mbid=ONE)], 1),
        (name(edition="1999"), [known(1, edition="2012")], None),
        (name(edition="1999"), [known(1, edition="1999")], 1),
        (name(edition="1999"), [known(1)], 1),
        (name(), [known(1, edition="1999")], 1),
        (name(edition="1999"), [known(1, surety=2, edition="2012")], 1),
        (name(edition="1999"), [known(1, edition="2012"), known(2, surety=4, edition="1999")], 2),
        (name(mbid=ONE, edition="1999"), [known(1, edition="2012")], 1),
    ],
)
def test_the_surest_that_nothing_contradicts(
    wanted: ReleaseName, candidates: list[Candidate], chosen: int | None
) -> None:
    assert choose(wanted, candidates, {}) == chosen


def test_what_one_album_of_a_batch_claims_another_edition_does_not_get() -> None:
    claims: Claims = {}
    assert choose(name(edition="1999"), [known(1)], claims) == 1
    assert choose(name(edition="2012", folder=b"Blur/13 (2012)/"), [known(1)], claims) is None
    assert choose(name(folder=b"Blur/13 again/"), [known(1)], claims) == 1
    assert choose(name(mbid=ONE), [known(1)], claims) == 1
    assert choose(name(mbid=TWO), [known(1)], claims) is None


def test_a_new_release_takes_the_plainest_name_that_is_free() -> None:
    one = name(edition="1999", mbid=ONE)
    plain, dated = one.plain_identity, one.dated_identity
    assert dated is not None
    assert new_identity(one, set()) == plain
    assert new_identity(one, {plain}) == dated
    assert new_identity(one, {plain, dated}) == identity("mbid", str(ONE))
    assert new_identity(name(), {plain}) == identity("folder", "1", b"Blur/13/".hex(), "13")


def rows(shelf: Any) -> list[tuple[Any, ...]]:
    """Every release with its edition and the folders its files lie in."""
    return shelf.ask(  # type: ignore[no-any-return]
        "select release.match_key, coalesce(person.name, 'various'), edition, count(*), array_agg(distinct"
        " convert_from(folder, 'UTF8') order by convert_from(folder, 'UTF8')) from release"
        " join track on track.release_id = release.id join media_file on track_id = track.id"
        " left join person on person.id = artist_id group by release.id, person.name order by 1, 2, 3"
    )


BLUR = {"artist": "Blur", "album": "13"}


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        pytest.param(
            {"13/CD1": BLUR | {"discnumber": "1"}, "13/CD2": BLUR | {"discnumber": "2"}},
            [("13", "Blur", None, 4, ["13/CD1/", "13/CD2/"])],
            id="discs-in-folders-of-their-own",
        ),
        pytest.param(
            {"13": BLUR | {"date": "1999"}, "13 (2012)": BLUR | {"date": "2012"}},
            [("13", "Blur", "1999", 2, ["13/"]), ("13", "Blur", "2012", 2, ["13 (2012)/"])],
            id="a-remaster-in-a-folder-of-its-own",
        ),
        pytest.param(
            {
                "13": BLUR | {"musicbrainz_albumid": str(ONE)},
                "13 (2012)": BLUR | {"musicbrainz_albumid": str(TWO)},
            },
            [("13", "Blur", None, 2, ["13 (2012)/"]), ("13", "Blur", None, 2, ["13/"])],
            id="two-mbids",
        ),
        pytest.param(
            {
                "13/CD1": BLUR | {"musicbrainz_albumid": str(ONE), "discnumber": "1", "date": "1999"},
                "13/CD2": BLUR | {"musicbrainz_albumid": str(ONE), "discnumber": "2", "date": "2000"},
            },
            [("13", "Blur", "1999", 4, ["13/CD1/", "13/CD2/"])],
            id="one-mbid-is-one-release-whatever-the-dates",
        ),
        pytest.param(
            {"A": {"artist": "Blur", "album": "Hits"}, "B": {"artist": "Pulp", "album": "Hits"}},
            [("hits", "Blur", None, 2, ["A/"]), ("hits", "Pulp", None, 2, ["B/"])],
            id="one-title-of-two-artists",
        ),
        pytest.param(
            {"13": BLUR | {"album": "13"}, "13 (Björk)": BLUR | {"album": "１３"}},
            [("13", "Blur", None, 4, ["13 (Björk)/", "13/"])],
            id="spellings-of-one-title",
        ),
    ],
)
def test_albums_are_told_apart(
    shelf: Any, at_once: bool, folders: dict[str, dict[str, str]], expected: list[tuple[Any, ...]]
) -> None:
    for folder, tags in folders.items():
        shelf.album(folder, [f"One of {folder[-3:]}", "Two"], **tags)
        if not at_once:
            shelf.scan()
    shelf.scan()

    assert sorted(rows(shelf), key=str) == sorted(expected, key=str)
    assert shelf.one("select bool_and(is_compilation = (artist_id is null)) from release")


@pytest.mark.parametrize("artists", [["Blur", "Pulp", "Björk"], ["Pulp", "Pulp", "Blur"]])
def test_a_compilation_that_came_bit_by_bit_is_one_album(shelf: Any, artists: list[str]) -> None:
    """A slow copy to the shelf: the first scans know only songs by one artist."""
    for number, artist in enumerate(artists, 1):
        shelf.song(f"Hits/{number:02} Song {number}.flac", artist=artist, album="Hits", tracknumber=str(number))
        shelf.scan()

    assert rows(shelf) == [("hits", "various", None, 3, ["Hits/"])]
    assert shelf.ask("select title from release") == [("Hits",)]
    before = shelf.written()
    shelf.scan(full=True)
    assert shelf.written() == before


def test_two_albums_of_one_title_in_one_folder_stay_two(shelf: Any) -> None:
    shelf.song("01 A.flac", artist="Blur", albumartist="Blur", album="Hits")
    shelf.song("02 B.flac", artist="Pulp", albumartist="Pulp", album="Hits")
    shelf.scan()
    shelf.song("03 C.flac", artist="Pulp", album="Hits")
    shelf.scan()
    assert rows(shelf) == [("hits", "Blur", None, 1, [""]), ("hits", "Pulp", None, 2, [""])]


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00\x1f", codec="utf-8"), max_size=9), min_size=1))
def test_an_identity_is_what_its_parts_and_nothing_else_say(parts: list[str]) -> None:
    assert identity(*parts) == identity(*parts)
    assert identity(*parts) != identity(*parts, "more")


@pytest.mark.parametrize(
    "parts", [("track", "1", "2,3", "tender"), ("title", "début", None), ("a",), ("", "", ""), ("ß", "\U0001f3b5")]
)
def test_an_identity_is_what_the_database_makes_of_the_same_parts(shelf: Any, parts: tuple[str | None, ...]) -> None:
    assert identity(*parts) == shelf.one("select set_identity(variadic %s::text[])", [list(parts)])


def test_files_and_listens_give_a_track_the_same_identity(shelf: Any) -> None:
    shelf.album("Blur/13", ["Tender", "Bugman"], **BLUR)
    shelf.song("a.flac", title="Alone", artist="Pulp & Blur")
    shelf.scan()
    assert (
        shelf.ask(
            "select title from track where identity_key <> set_identity('track', coalesce(release_id::text, ''),"
            " array_to_string(artist_ids, ','), match_key)"
        )
        == []
    )
    assert (
        shelf.ask("select title from release where identity_key <> set_identity('title', match_key, artist_id::text)")
        == []
    )
