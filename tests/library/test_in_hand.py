"""The note of what a worker has in hand, seen from both sides."""

import os
from collections.abc import Iterator

import pytest

from scannerd.library.in_hand import InHand
from scannerd.library.stamps import Stamp


@pytest.fixture
def sides() -> Iterator[tuple[InHand, InHand]]:
    fd = InHand.create()
    worker, parent = InHand(fd), InHand(fd)
    os.close(fd)
    yield worker, parent
    worker.close()
    parent.close()


def test_at_first_nothing_is_in_hand(sides: tuple[InHand, InHand]) -> None:
    assert sides[1].look()[0] is None
    assert sides[1].stamp() is None


def test_the_parent_sees_the_job_and_then_its_stamp(sides: tuple[InHand, InHand]) -> None:
    worker, parent = sides
    stamp = Stamp(2**40, 1_700_000_000_123_456_789, -(2**63))
    worker.take(7)
    assert parent.look()[0] == 7
    assert parent.stamp() is None

    worker.see(stamp)
    assert parent.stamp() == stamp


def test_every_job_has_another_beat_even_under_the_same_number(sides: tuple[InHand, InHand]) -> None:
    worker, parent = sides
    beats = set()
    for number in (0, 0, 1):
        worker.take(number)
        beats.add(parent.look()[1])

    assert len(beats) == 3


def test_a_stamp_is_never_that_of_the_file_before(sides: tuple[InHand, InHand]) -> None:
    worker, parent = sides
    worker.take(1)
    worker.see(Stamp(1, 2, 3))
    worker.take(2)

    assert parent.stamp() is None


def test_what_was_put_down_is_not_in_hand(sides: tuple[InHand, InHand]) -> None:
    worker, parent = sides
    worker.take(1)
    worker.put_down()

    assert parent.look()[0] is None
