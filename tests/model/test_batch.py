"""What is packed for a COPY, and what is no listen."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.model.batch import LOOKUP_COLUMNS, Window, pack
from scannerd.model.listen import ArtistForm, Listen, Written
from scannerd.model.names import artists_of, clean, match_key, split_rules

RULES = split_rules()
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
BLANK = ["", " ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x00", " \u200b\u2009"]


def reasons(*written: Written) -> list[str]:
    rows = [Listen(number, AT, words) for number, words in enumerate(written, 1)]
    batch = pack(rows, member="", source="live", format_name="test", window=Window(AT))
    return [reason for _, _, reason, _ in batch.others]


@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_name_is_no_name(blank: str) -> None:
    assert reasons(Written("Tender", (blank,)), Written("Tender", (blank, "")), Written("Tender", ())) == [
        "no artist",
        "no artist",
        "no artist",
    ]
    assert reasons(Written("Tender", (blank, "Blur"))) == []


@pytest.mark.parametrize("blank", BLANK)
def test_a_blank_title_is_no_title(blank: str) -> None:
    assert reasons(Written(blank, ("Blur",))) == ["no title"]


@given(
    name=st.text(st.characters(codec="utf-8"), max_size=20),
    title=st.text(max_size=20),
    form=st.sampled_from(ArtistForm),
)
def test_who_is_no_blank_name_is_somebody(name: str, title: str, form: ArtistForm) -> None:
    if clean(name):
        named = artists_of((name,), form=form, title=title, rules=RULES)
        assert named
        assert all(match_key(artist.name).strip() for artist in named)


def test_an_album_travels_with_its_key() -> None:
    rows = [Listen(1, AT, Written("Tender", ("Blur",), album=album)) for album in ("Don’t  Stop", None)]
    batch = pack(rows, member="", source="live", format_name="test", window=Window(AT))

    told = [dict(zip(LOOKUP_COLUMNS, lookup, strict=True)) for lookup in batch.lookups]
    assert [(lookup["album"], lookup["album_key"]) for lookup in told] == [("Don’t  Stop", "don't stop"), (None, None)]
