"""Which folders are due for a look, and when: by a clock that the test turns."""

from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.due import MOST_FOLDERS, PATIENCE, Due, Wanted, outermost

ROOT = b"/music"
ALBUM, OTHER = (ROOT, b"Blur/13/"), (ROOT, b"Pulp/Different Class/")
NEVER = float("inf")


def test_nothing_is_due_until_somebody_asks() -> None:
    wanted = Wanted(settle=5)

    assert (wanted.due(), wanted.take(1e9)) == (NEVER, None)


def test_everything_is_due_at_once_when_it_is_asked_for() -> None:
    wanted = Wanted(settle=5)
    wanted.ask(100)

    assert (wanted.due(), wanted.take(100), wanted.due()) == (100, Due(None), NEVER)


def test_a_folder_is_due_when_it_was_quiet_for_a_moment() -> None:
    wanted = Wanted(settle=5)
    wanted.hear(ALBUM, 100)
    wanted.hear(ALBUM, 103)

    assert (wanted.due(), wanted.take(107.9)) == (108, None)
    assert (wanted.take(108), wanted.due()) == (Due((ALBUM,)), NEVER)


def test_a_quiet_folder_does_not_wait_for_a_busy_one() -> None:
    wanted = Wanted(settle=5)
    wanted.hear(ALBUM, 100)
    wanted.hear(OTHER, 103)

    assert (wanted.take(106), wanted.due()) == (Due((ALBUM,)), 108)


def test_a_folder_that_is_never_quiet_is_looked_at_all_the_same() -> None:
    wanted = Wanted(settle=5)
    for moment in range(0, int(PATIENCE) + 1, 4):
        wanted.hear(ALBUM, 100 + moment)

    assert wanted.due() == 100 + PATIENCE


def test_a_look_at_everything_covers_what_was_heard_before_it() -> None:
    wanted = Wanted(settle=5)
    wanted.hear(ALBUM, 100)
    wanted.ask(101)

    assert (wanted.take(101), wanted.due()) == (Due(None), NEVER)


def test_what_is_heard_during_a_scan_is_for_the_one_after_it() -> None:
    wanted = Wanted(settle=5)
    wanted.ask(100)
    wanted.take(100)
    wanted.hear(ALBUM, 101)
    wanted.ask(102)

    assert (wanted.due(), wanted.take(102)) == (102, Due(None))


def test_folders_inside_others_are_looked_at_once() -> None:
    wanted = Wanted(settle=5)
    for folder in (b"Blur/13/cd 2/", b"Blur/", b"Blur 2/", b"Blur/13/"):
        wanted.hear((ROOT, folder), 100)

    assert wanted.take(105) == Due(((ROOT, b"Blur 2/"), (ROOT, b"Blur/")))


def test_too_many_folders_are_one_look_at_everything_when_they_are_quiet() -> None:
    wanted = Wanted(settle=5)
    for number in range(MOST_FOLDERS + 1):
        wanted.hear((ROOT, b"%d/" % number), 100)

    assert (wanted.due(), wanted.take(104), wanted.take(105)) == (105, None, Due(None))


def test_what_is_given_back_is_due_again_after_a_pause() -> None:
    wanted = Wanted(settle=5)
    wanted.hear(ALBUM, 100)
    due = wanted.take(105)
    assert due is not None
    wanted.give_back(due, 110, pause=60)
    wanted.ask(111)

    assert (wanted.due(), wanted.take(169)) == (170, None)
    assert wanted.take(170) == Due(None)


def test_a_folder_that_is_given_back_need_not_be_quiet_again() -> None:
    wanted = Wanted(settle=5)
    wanted.give_back(Due((ALBUM,)), 110, pause=0)

    assert wanted.take(110) == Due((ALBUM,))


FOLDERS = st.lists(st.sampled_from([b"a/", b"b/", b"a b/", b"\xff/"]), max_size=4).map(b"".join)


@given(st.lists(st.tuples(st.sampled_from([b"/m", b"/n"]), FOLDERS)))
def test_the_outermost_folders_cover_all_and_none_covers_another(places: list[tuple[bytes, bytes]]) -> None:
    kept = outermost(places)

    def covers(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> bool:
        return one[0] == other[0] and other[1].startswith(one[1])

    assert all(any(covers(one, place) for one in kept) for place in places)
    assert [(one, other) for one in kept for other in kept if one is not other and covers(one, other)] == []
