"""When vanished files may be marked missing."""

import pytest

from scannerd.library.guard import Guard, may_mark_missing


@pytest.mark.parametrize(
    ("known", "vanished", "seen"),
    [
        (0, 0, 0),  # a new library in an empty folder
        (0, 0, 10),
        (1_000, 0, 0),  # all of it is missing already, or could not be judged
        (1_000, 1, 999),
        (1_000, 200, 800),  # the share itself is allowed
        (60, 50, 10),  # so is the least number, however large a share
        (1, 1, 1),
        (250, 50, 200),
    ],
)
def test_an_ordinary_loss_may_be_marked(known: int, vanished: int, seen: int) -> None:
    assert may_mark_missing(known, vanished, seen=seen) is None


@pytest.mark.parametrize(
    ("known", "vanished", "reason"),
    [
        (
            1_200,
            1_200,
            "no media file was found, although 1,200 files are known; perhaps its drive or share is not mounted",
        ),
        (1, 1, "no media file was found, although 1 file is known; perhaps its drive or share is not mounted"),
    ],
)
def test_a_root_that_shows_nothing_is_not_believed(known: int, vanished: int, reason: str) -> None:
    assert may_mark_missing(known, vanished, seen=0) == reason


def test_a_loss_beyond_both_limits_is_not_believed() -> None:
    reason = "1,201 of 6,000 known files are gone, more than 20%; perhaps a drive or share below it is not mounted"

    assert may_mark_missing(6_000, 1_201, seen=4_799) == reason
    assert may_mark_missing(60, 51, seen=9) is not None


def test_the_limits_are_the_owners() -> None:
    assert may_mark_missing(100, 60, seen=40, guard=Guard(share=0.6)) is None
    assert may_mark_missing(100, 61, seen=39, guard=Guard(share=0.6)) is not None
    assert may_mark_missing(100, 61, seen=39, guard=Guard(least=61)) is None
    assert may_mark_missing(100, 3, seen=97, guard=Guard(0.02, 2)) is not None
    assert may_mark_missing(100, 99, seen=1, guard=Guard(share=1.0)) is None
