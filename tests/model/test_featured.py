"""Where a featured part begins and where it ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.model.featured import split_featured


@pytest.mark.parametrize(
    ("title", "rest", "guests"),
    [
        ("Song (feat. A) [Live]", "Song [Live]", ("A",)),
        ("Song feat. A - Remix", "Song - Remix", ("A",)),
        ("Song – feat. A", "Song", ("A",)),
        ("Song (Club Mix feat. A & B)", "Song (Club Mix)", ("A & B",)),
        ("Song (feat. A [of B])", "Song", ("A [of B]",)),
        ("Song (feat. A", "Song", ("A",)),
        ("Song feat. A feat. B", "Song", ("A feat. B",)),
        ("Song (feat. A) (ft. B)", "Song", ("A", "B")),
        ("Song  (feat.  A)", "Song", ("A",)),
        ("Song【feat. A】", "Song", ("A",)),
        ("Song (Intro) feat. A", "Song (Intro)", ("A",)),
        ("Song (feat. A Remix)", "Song (feat. A Remix)", ()),
        ("Song  feat.", "Song  feat.", ()),
        ("- feat. A", "- feat. A", ()),
    ],
)
def test_a_title_goes_on_after_its_guests(title: str, rest: str, guests: tuple[str, ...]) -> None:
    assert split_featured(title, is_title=True) == (rest, guests)


def test_in_an_artist_string_the_guests_run_to_the_end() -> None:
    assert split_featured("A feat. B - C (D)", is_title=False) == ("A", ("B - C (D)",))


def test_what_is_too_long_for_a_name_is_left_alone() -> None:
    text = "A feat. " + "B" * 1000

    assert split_featured(text, is_title=False) == (text, ())


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"ab ()[]-,&", " feat. ", "ft ", "feat.", " featuring "]), max_size=20).map("".join))
def test_something_of_the_text_always_stays(text: str) -> None:
    rest, guests = split_featured(text, is_title=True)

    assert rest == text if not guests else rest.strip()
    assert all(guests)
