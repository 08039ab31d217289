"""Which files have stopped changing."""

import dataclasses
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from scannerd.inbox.settle import EMPTY_PATIENCE, Settled, Stamp, Tracker

FULL = Stamp(size=100, mtime_ns=1_000, inode=7, device=1)
EMPTY = Stamp(size=0, mtime_ns=1_000, inode=8, device=1)
NOTHING = Settled([], [])


def tracker() -> Tracker:
    return Tracker(settle=5.0)


def test_a_file_just_seen_is_not_settled() -> None:
    assert tracker().look([("a.zip", FULL)], 100.0) == NOTHING


def test_a_file_unchanged_for_the_settling_time_is_ready() -> None:
    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)

    assert watched.look([("a.zip", FULL)], 104.9) == NOTHING
    assert watched.look([("a.zip", FULL)], 105.0) == Settled(["a.zip"], [])


def test_a_file_still_growing_is_not_settled() -> None:
    watched = tracker()
    for step in range(20):
        grown = dataclasses.replace(FULL, size=100 + step)
        assert watched.look([("a.zip", grown)], 100.0 + 4 * step) == NOTHING


def test_an_older_time_or_another_file_of_the_same_size_is_a_change() -> None:
    for change in ({"mtime_ns": 999}, {"inode": 9}, {"device": 2}, {"size": 99}):
        watched = tracker()
        watched.look([("a.zip", FULL)], 100.0)
        changed = dataclasses.replace(FULL, **change)

        assert watched.look([("a.zip", changed)], 105.0) == NOTHING
        assert watched.look([("a.zip", changed)], 110.0) == Settled(["a.zip"], [])


def test_an_empty_file_waits_longer_and_is_told_apart() -> None:
    watched = tracker()
    watched.look([("a.zip", EMPTY)], 100.0)

    assert watched.look([("a.zip", EMPTY)], 149.9) == NOTHING
    assert watched.look([("a.zip", EMPTY)], 150.0) == Settled([], ["a.zip"])


def test_a_file_is_offered_until_it_is_handled() -> None:
    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)
    assert watched.look([("a.zip", FULL)], 105.0).ready == ["a.zip"]
    assert watched.look([("a.zip", FULL)], 106.0).ready == ["a.zip"]

    watched.handled("a.zip", FULL)

    assert watched.look([("a.zip", FULL)], 200.0) == NOTHING


def test_a_handled_file_that_changes_is_offered_again() -> None:
    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)
    watched.handled("a.zip", FULL)
    changed = dataclasses.replace(FULL, mtime_ns=2_000)
    watched.look([("a.zip", changed)], 110.0)

    assert watched.look([("a.zip", changed)], 115.0).ready == ["a.zip"]


def test_what_was_handled_in_an_older_state_stays_on_offer() -> None:
    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)

    watched.handled("a.zip", dataclasses.replace(FULL, size=50))

    assert watched.look([("a.zip", FULL)], 105.0).ready == ["a.zip"]


def test_a_file_that_was_gone_is_a_new_file() -> None:
    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)
    watched.handled("a.zip", FULL)
    watched.look([], 101.0)

    assert watched.look([("a.zip", FULL)], 105.0) == NOTHING
    assert watched.look([("a.zip", FULL)], 110.0).ready == ["a.zip"]


def test_the_longest_unchanged_file_comes_first() -> None:
    watched = tracker()
    watched.look([("z.zip", FULL)], 100.0)
    watched.look([("z.zip", FULL), ("b.zip", FULL), ("a.zip", FULL)], 101.0)

    settled = watched.look([("a.zip", FULL), ("b.zip", FULL), ("z.zip", FULL)], 106.0)

    assert settled.ready == ["z.zip", "a.zip", "b.zip"]


def test_the_next_look_is_due_when_the_next_file_could_settle() -> None:
    watched = tracker()
    assert watched.next_due() is None
    watched.look([("a.zip", FULL), ("empty", EMPTY)], 100.0)
    assert watched.next_due() == 105.0

    watched.handled("a.zip", FULL)
    assert watched.next_due() == 150.0

    watched.handled("empty", EMPTY)
    assert watched.next_due() is None


def test_of_a_crowd_so_many_files_are_watched_at_once_and_the_others_have_their_turn_after_them() -> None:
    watched = Tracker(settle=5.0, most=2)
    files = dict.fromkeys("edcba", FULL)
    assert watched.look(files.items(), 100.0) == NOTHING
    assert (watched.crowd, watched.has_room) == (3, False)

    assert watched.look(files.items(), 105.0).ready == ["d", "e"]
    assert watched.crowd == 3

    for name in watched.look(files.items(), 105.0).ready:
        watched.handled(name, FULL)
        del files[name]
    assert watched.has_room
    watched.look(files.items(), 106.0)
    assert (watched.crowd, watched.has_room) == (1, False)
    assert watched.look(files.items(), 111.0).ready == ["b", "c"]


def test_a_newcomer_takes_no_place_from_a_file_that_has_one() -> None:
    watched = Tracker(settle=5.0, most=1)
    watched.look([("z", FULL)], 100.0)

    assert watched.look([("a", FULL), ("z", FULL)], 105.0).ready == ["z"]


def test_a_listing_that_breaks_off_changes_nothing() -> None:
    def broken() -> Iterator[tuple[str, Stamp]]:
        yield "b.zip", FULL
        raise OSError

    watched = tracker()
    watched.look([("a.zip", FULL)], 100.0)
    with pytest.raises(OSError):
        watched.look(broken(), 101.0)

    assert watched.look([("a.zip", FULL)], 105.0).ready == ["a.zip"]


class DropFolder(RuleBasedStateMachine):
    """Files come, change, go and are handled in any order; the model remembers when each was first seen as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = tracker()
        self.now = 0.0
        self.files: dict[str, Stamp] = {}
        self.first_seen: dict[str, tuple[Stamp, float]] = {}
        self.handled: set[tuple[str, Stamp]] = set()
        self.answer = NOTHING

    names = st.sampled_from(["a", "b", "c"])
    stamps = st.builds(Stamp, st.sampled_from([0, 1, 2]), st.sampled_from([1, 2]), st.just(1), st.just(1))

    @rule(name=names, stamp=stamps)
    def write(self, name: str, stamp: Stamp) -> None:
        self.files[name] = stamp

    @rule(name=names)
    def remove(self, name: str) -> None:
        self.files.pop(name, None)

    @rule(name=names)
    def handle(self, name: str) -> None:
        if name in self.first_seen:
            stamp = self.first_seen[name][0]
            self.tracker.handled(name, stamp)
            self.handled.add((name, stamp))

    @rule(passed=st.sampled_from([0.0, 1.0, 4.0, 5.0, 50.0]))
    def look(self, passed: float) -> None:
        self.now += passed
        self.answer = self.tracker.look(self.files.items(), self.now)
        for name in [*self.first_seen]:
            if self.files.get(name) != self.first_seen[name][0]:
                self.handled.discard((name, self.first_seen.pop(name)[0]))
        for name, stamp in self.files.items():
            self.first_seen.setdefault(name, (stamp, self.now))
        expected = {
            name
            for name, (stamp, since) in self.first_seen.items()
            if (name, stamp) not in self.handled and self.now - since >= (5.0 if stamp.size else 5.0 * EMPTY_PATIENCE)
        }
        assert {*self.answer.ready, *self.answer.empty} == expected

    @invariant()
    def nothing_is_offered_twice_in_one_answer(self) -> None:
        offered = [*self.answer.ready, *self.answer.empty]
        assert len(offered) == len(set(offered))


TestDropFolder = DropFolder.TestCase
TestDropFolder.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # a machine may stand still just while it draws
)
