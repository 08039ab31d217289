"""When a file counts as one that nobody told of."""

from pathlib import Path

import pytest

from scannerd.inbox.listing import Candidate
from scannerd.inbox.settle import Stamp
from scannerd.inbox.unheard import Unheard

NEVER = float("-inf")


def file(name: str, size: int = 1) -> Candidate:
    return Candidate(Path(name), None, Stamp(size, 1, 1, 1))


class Looks:
    """A drop folder whose files settle after 5 seconds."""

    def __init__(self) -> None:
        self.unheard = Unheard(settle=5.0, patience=60.0)
        self.heard_at = self.hearing_since = NEVER

    def look(self, now: float, *settled: Candidate, crowd: int = 0) -> int:
        self.unheard.look(settled, now, heard_at=self.heard_at, hearing_since=self.hearing_since, crowd=crowd)
        return self.unheard.count


@pytest.fixture
def looks() -> Looks:
    """Two looks ago, and one that saw whatever settles next."""
    made = Looks()
    for now in (100, 130, 160):
        made.look(now)
    return made


def test_a_file_that_only_a_look_found_is_counted_once(looks: Looks) -> None:
    assert [looks.look(165, file("a")), looks.look(166, file("a")), looks.look(400, file("a"))] == [1, 1, 1]


@pytest.mark.parametrize(("heard_at", "count"), [(129.0, 1), (131.0, 0), (159.0, 0), (164.0, 0)])
def test_a_file_is_heard_of_since_the_look_that_did_not_see_it(looks: Looks, heard_at: float, count: int) -> None:
    looks.heard_at = heard_at

    assert looks.look(165, file("a")) == count


def test_what_comes_before_a_watch_began_is_not_counted(looks: Looks) -> None:
    looks.hearing_since = 150

    assert looks.look(165, file("a")) == 0


def test_nobody_is_blind_who_was_not_to_hear(looks: Looks) -> None:
    looks.hearing_since = float("inf")

    assert looks.look(165, file("a")) == 0


def test_a_file_that_came_while_the_lane_was_held_up_was_heard(looks: Looks) -> None:
    looks.heard_at = 170  # the database is away from 161 to 500

    assert [looks.look(500), looks.look(505, file("a"))] == [0, 0]


def test_a_file_that_was_seen_before_the_lane_was_held_up_was_heard(looks: Looks) -> None:
    looks.heard_at = 170

    assert [looks.look(170.1), looks.look(171), looks.look(500, file("a"))] == [0, 0, 0]


def test_after_too_few_looks_nothing_is_known() -> None:
    looks = Looks()

    assert [looks.look(100, file("a")), looks.look(105, file("b")), looks.look(110.5, file("c"))] == [0, 0, 0]


def test_empty_files_and_crowds_are_told_of_late(looks: Looks) -> None:
    assert looks.look(165, file("empty", size=0)) == 0
    assert [looks.look(200, file("b"), crowd=1), looks.look(205, file("c"))] == [0, 0]


def test_a_file_that_had_to_wait_is_no_new_one(looks: Looks) -> None:
    looks.heard_at = 164
    looks.look(165, file("a"))
    for now in range(170, 600, 30):
        looks.look(now)

    assert looks.look(600, file("a")) == 0


def test_a_million_files_are_not_remembered(looks: Looks) -> None:
    looks.look(165, *(file(f"{number}") for number in range(6000)))

    assert len(looks.unheard._met) == 5000
