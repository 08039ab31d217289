"""What found texts say: who is credited, who is listed, what is paired, what counts as a compilation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.model.media import LONGEST_COMMENT, LONGEST_VALUE, Contributor, Named, Parsed, Properties, Role
from scannerd.parsers.fields import MUSIC
from scannerd.parsers.interpret import interpret

A, B = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3", "b1b8520f-b35c-418f-b5cc-65bef582015c"
VARIOUS = "89ad4ac3-39f7-470e-963a-56509c546377"


def said(**found: list[str]) -> Parsed:
    return interpret("flac", found, Properties(), has_picture=False)


@pytest.mark.parametrize(
    ("found", "artist", "artists"),
    [
        pytest.param({"artist": ["Anna"]}, "Anna", (), id="one name is a credit"),
        pytest.param({"artist": ["Anna feat. Bert"]}, "Anna feat. Bert", (), id="a guest is not taken apart here"),
        pytest.param({"artist": ["Anna; Bert"]}, "Anna; Bert", (), id="nor is anything else"),
        pytest.param({"artist": ["Anna", "Bert"]}, "Anna, Bert", (Named("Anna"), Named("Bert")), id="two values"),
        pytest.param(
            {"artist": ["Anna with Bert"], "artists": ["Anna", "Bert"], "artist_mbid": [A, B]},
            "Anna with Bert",
            (Named("Anna", A), Named("Bert", B)),
            id="a credit and a list",
        ),
        pytest.param(
            {"artist": ["Anna & Bert"], "artists": ["Anna", "Bert"], "artist_mbid": [A], "artist_sort": ["Anna"]},
            "Anna & Bert",
            (Named("Anna"), Named("Bert")),
            id="unequal lists are not paired",
        ),
        pytest.param({"artists": ["Anna", "Bert"]}, "Anna, Bert", (Named("Anna"), Named("Bert")), id="a list alone"),
        pytest.param(
            {"artist": ["Anna/Bert"], "artists": ["Anna/Bert"], "artist_mbid": [f"{A}/{B}"]},
            "Anna, Bert",
            (Named("Anna", A), Named("Bert", B)),
            id="ID3v2.3 joins with a slash, and two MBIDs say so",
        ),
        pytest.param(
            {"artist": ["AC/DC"], "artists": ["AC/DC"], "artist_mbid": [A]},
            "AC/DC",
            (Named("AC/DC", A),),
            id="a slash in a name stays",
        ),
        pytest.param(
            {"artist": ["Anna with Bert"], "artists": ["Anna; Bert"]},
            "Anna with Bert",
            (Named("Anna"), Named("Bert")),
            id="a list in one value",
        ),
        pytest.param({"artist": ["Anna"], "artist_mbid": [A]}, "Anna", (Named("Anna", A),), id="one name, one MBID"),
        pytest.param({"artist": ["Anna feat. Bert"], "artist_mbid": [A]}, "Anna feat. Bert", (), id="whose MBID is it"),
        pytest.param(
            {"artist": ["Anna"], "artist_mbid": [A], "artist_sort": ["A., Anna"]},
            "Anna",
            (Named("Anna", A, "A., Anna"),),
            id="with its sort name",
        ),
        pytest.param({"artist": ["Anna", "Anna"]}, "Anna", (), id="the same twice is once"),
        pytest.param({"artist": [" ", "\0"]}, None, (), id="nothing"),
    ],
)
def test_the_credit_is_as_printed_and_the_list_is_what_the_file_lists(
    found: dict[str, list[str]], artist: str | None, artists: tuple[Named, ...]
) -> None:
    parsed = said(**found)

    assert (parsed.artist, parsed.artists) == (artist, artists)


@pytest.mark.parametrize(
    ("found", "is_compilation"),
    [
        ({"compilation": ["1"]}, True),
        ({"compilation": ["0"]}, False),
        ({"album_artist": ["Various Artists"]}, True),
        ({"album_artist": ["V.A."]}, True),
        ({"album_artist": ["Verschiedene"], "album_artist_mbid": [VARIOUS]}, True),
        ({"album_artist": ["Anna"]}, False),
        ({"release_type": ["album; compilation"]}, False),
        ({}, False),
    ],
)
def test_a_compilation_is_what_says_so_or_is_by_various(found: dict[str, list[str]], is_compilation: bool) -> None:
    assert said(**found).is_compilation is is_compilation


def test_a_total_of_its_own_counts_for_more_than_one_behind_a_slash() -> None:
    parsed = said(position=["3/10"], position_total=["12"], disc=["1/2"])

    assert (parsed.position, parsed.position_total, parsed.disc, parsed.disc_total) == (3, 12, 1, 2)


def test_a_place_that_is_no_number_is_kept_as_printed() -> None:
    parsed = said(position=["A1"], disc=["0"])

    assert (parsed.position, parsed.disc) == (None, None)
    assert parsed.details == {"track_number": "A1"}


@pytest.mark.parametrize(
    ("found", "date", "original"),
    [
        ({"date": ["2004-05-06"], "release_date": ["2005"]}, "2004-05-06", None),
        ({"release_date": ["2005"]}, "2005", None),
        ({"original_date": ["1995-10-03"], "original_year": ["1995"]}, None, "1995-10-03"),
        ({"original_date": ["2004-01-01"], "original_year": ["1995"]}, None, "1995"),
        ({"original_year": ["1995"]}, None, "1995"),
        ({"original_date": ["unknown"]}, None, None),
    ],
)
def test_this_edition_and_the_first_one_have_dates(
    found: dict[str, list[str]], date: str | None, original: str | None
) -> None:
    parsed = said(**found)

    assert (parsed.date, parsed.original_date) == (date, original)


def test_the_composer_is_paired_with_their_sort_name_and_mbid() -> None:
    parsed = said(composer=["Lennon/McCartney"], composer_sort=["Lennon, J./McCartney, P."], composer_mbid=[A, B])

    assert parsed.contributors == (
        Contributor(Role.COMPOSER, Named("Lennon", A, "Lennon, J.")),
        Contributor(Role.COMPOSER, Named("McCartney", B, "McCartney, P.")),
    )


def test_one_person_in_two_roles_is_there_twice_and_in_one_role_once() -> None:
    parsed = said(composer=["Anna", "Anna"], lyricist=["Anna"], performer=["Anna (oboe)", "Anna (voice)"])

    assert parsed.contributors == (
        Contributor(Role.COMPOSER, Named("Anna")),
        Contributor(Role.LYRICIST, Named("Anna")),
        Contributor(Role.PERFORMER, Named("Anna"), "oboe"),
        Contributor(Role.PERFORMER, Named("Anna"), "voice"),
    )


def test_tags_are_grouping_mood_and_keywords_in_that_order() -> None:
    parsed = said(keywords=["d/b"], mood=["b, c"], grouping=["a"], tags=["a; e"])

    assert parsed.tags == ("a", "b", "c", "e", "d")


def test_a_tempo_of_zero_is_no_tempo_and_a_loudness_of_zero_is_one() -> None:
    assert said(bpm=["0"], replaygain_track_gain=["0.00 dB"]).details == {"replaygain_track_gain": 0.0}


@given(
    st.dictionaries(
        st.sampled_from(sorted({field for field, _ in MUSIC.vorbis.values()})),
        st.lists(st.text(st.characters(codec=None, exclude_categories=()), max_size=1500), min_size=1, max_size=3),
        max_size=6,
    )
)
def test_whatever_the_tags_say_nothing_is_longer_than_may_be_or_empty(found: dict[str, list[str]]) -> None:
    parsed = said(**found)
    one_by_one = [*parsed.artists, *parsed.album_artists, *(one.named for one in parsed.contributors)]
    names = [parsed.title, parsed.artist, parsed.album, parsed.album_artist, *parsed.genres, *parsed.tags]
    names += [text for one in one_by_one for text in (one.name, one.sort_name)]

    assert all(name is None or 0 < len(name) <= LONGEST_VALUE for name in names)
    for value in parsed.details.values():
        assert value not in ("", [])
        assert not isinstance(value, str) or len(value) <= LONGEST_COMMENT
