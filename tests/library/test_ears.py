"""How changes below the roots of a library are noticed, and when a watcher is known to be blind."""

from collections import Counter

import pytest

from scannerd.hearing.follower import Word
from scannerd.library.ears import ALWAYS_POLLED, Ears, Hearing
from scannerd.library.libraries import LibrarySpec
from scannerd.library.summary import Summary

A, B = b"/a", b"/b"
SPEC = LibrarySpec("music", (A, B))


def found(**counts: int) -> Summary:
    return Summary("music", found=Counter({b"/" + root.encode(): count for root, count in counts.items()}))


def unheard(ears: Ears) -> tuple[int, int]:
    return ears.hearing(A, rhythm=600).unheard, ears.hearing(B, rhythm=600).unheard


@pytest.fixture
def ears() -> Ears:
    """Of two roots; one is heard since 10."""
    made = Ears(SPEC)
    made.heed(A, Word.HEARING, "", 10)
    return made


def test_what_is_found_where_all_was_heard_is_counted_by_root(ears: Ears) -> None:
    ears.looked(found(a=3, b=4), last=20)

    assert unheard(ears) == (3, 0)


def test_what_came_before_a_root_was_heard_is_not_counted(ears: Ears) -> None:
    ears.looked(found(a=3), last=9)
    ears.heed(A, Word.AWAY, "", 30)
    ears.heed(A, Word.HEARING, "", 40)
    ears.looked(found(a=3), last=35)
    assert unheard(ears) == (0, 0)

    ears.looked(found(a=3), last=41)
    assert unheard(ears) == (3, 0)


def test_what_was_announced_and_not_looked_at_yet_is_not_counted(ears: Ears) -> None:
    ears.change(A)
    ears.looked(found(a=3), last=20)
    assert unheard(ears) == (0, 0)

    ears.rest()
    ears.looked(found(a=2), last=30)
    assert unheard(ears) == (2, 0)


def test_a_look_is_asked_for_when_something_may_have_been_missed() -> None:
    ears = Ears(LibrarySpec("music", (A,)))
    said = [
        *((Word.POLLED, False), (Word.HEARING, True), (Word.DEAF, True), (Word.DEAF, False), (Word.HEARING, True)),
        *((Word.AWAY, True), (Word.POLLED, True), (Word.SILENT, False), (Word.POLLED, True)),
    ]

    assert [(word, ears.heed(A, word, "", 1)) for word, _ in said] == said


@pytest.mark.parametrize(
    ("word", "mode", "every"),
    [
        (Word.HEARING, "events", None),
        (Word.POLLED, "polling", 600.0),
        (Word.DEAF, "polling", 600.0),
        (Word.AWAY, "away", None),
        (Word.SILENT, "silent", None),
    ],
)
def test_a_root_says_how_it_is_noticed_and_why(word: Word, mode: str, every: float | None) -> None:
    ears = Ears(SPEC)
    ears.heed(A, word, "why", 1)

    assert ears.hearing(A, rhythm=600.0) == Hearing("music", mode, None, 0, "why", every)
    assert ears.hearing(B, rhythm=600.0) == Hearing("music", "polling", None, 0, ALWAYS_POLLED, 600.0)


def test_a_library_is_heard_when_all_of_its_roots_are(ears: Ears) -> None:
    assert not ears.hear_all
    ears.heed(B, Word.HEARING, "", 11)
    assert ears.hear_all
