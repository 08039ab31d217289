"""Chunks on their way: every job has one result, in order, and only those that kill are charged."""

from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.chunks import Chunks, Piece
from scannerd.library.job import Job, Result
from scannerd.library.stamps import Stamp
from scannerd.model.media import Parsed, Unreadable

FINE = Parsed(format="fine")
DEAD = Unreadable("it died")
STAMP = Stamp(1, 2, 3)


def jobs(count: int) -> list[Job]:
    return [Job(number, b"/%d" % number) for number in range(count)]


def fine(piece: Piece) -> list[Result]:
    return [Result(job.number, FINE, STAMP, None) for job in piece.jobs]


def numbers(piece: Piece | None) -> list[int]:
    assert piece is not None
    return [job.number for job in piece.jobs]


def test_only_the_file_in_hand_is_set_apart() -> None:
    chunks = Chunks(jobs(5), size=5, window=1)
    first = chunks.next_piece()
    assert first is not None
    charged = chunks.died(first, 2, DEAD, STAMP)

    assert charged == Job(2, b"/2")
    again = [chunks.next_piece() for _ in range(3)]
    assert [(numbers(piece), piece.is_retry) for piece in again if piece] == [
        ([0, 1], False),
        ([2], True),
        ([3, 4], False),
    ]


def test_with_nothing_in_hand_the_files_go_one_by_one_and_nobody_is_charged() -> None:
    chunks = Chunks(jobs(3), size=3, window=1)
    first = chunks.next_piece()
    assert first is not None

    assert chunks.died(first, None, DEAD, None) is None
    assert [numbers(chunks.next_piece()) for _ in range(3)] == [[0], [1], [2]]


def test_a_second_death_of_a_lone_file_is_its_result() -> None:
    chunks = Chunks(jobs(1), size=3, window=1)
    for _ in range(2):
        piece = chunks.next_piece()
        assert piece is not None
        chunks.died(piece, 0, DEAD, STAMP)

    assert chunks.next_finished() == [Result(0, DEAD, STAMP, None)]
    assert chunks.next_piece() is None
    assert chunks.is_done


def test_the_window_counts_chunks_that_were_not_given_back() -> None:
    chunks = Chunks(jobs(9), size=2, window=2)
    first, second = chunks.next_piece(), chunks.next_piece()
    assert first is not None
    assert second is not None
    chunks.answered(second, fine(second))
    assert chunks.next_piece() is None
    assert not chunks.has_finished

    chunks.answered(first, fine(first))
    chunks.next_finished()
    assert numbers(chunks.next_piece()) == [4, 5]


@given(
    count=st.integers(0, 40),
    size=st.integers(1, 9),
    window=st.integers(1, 4),
    deadly=st.sets(st.integers(0, 39)),
    deadly_once=st.sets(st.integers(0, 39)),
    data=st.data(),
)
def test_whatever_dies_every_job_has_its_own_result_in_order(
    count: int, size: int, window: int, deadly: set[int], deadly_once: set[int], data: st.DataObject
) -> None:
    chunks = Chunks(jobs(count), size=size, window=window)
    once = set(deadly_once)
    busy: list[Piece] = []
    results: list[Result] = []
    while True:
        while piece := chunks.next_piece():
            busy.append(piece)
        if chunks.is_done:
            break
        if chunks.has_finished:
            results += chunks.next_finished()
            continue
        piece = busy.pop(data.draw(st.integers(0, len(busy) - 1)))
        victim = next((job.number for job in piece.jobs if job.number in deadly | once), None)
        if victim is None:
            chunks.answered(piece, fine(piece))
        else:
            is_told = data.draw(st.booleans())
            if is_told or len(piece.jobs) == 1:
                once.discard(victim)
            chunks.died(piece, victim if is_told else None, DEAD, STAMP)

    assert [result.number for result in results] == list(range(count))
    assert {result.number for result in results if result.outcome == DEAD} == {n for n in deadly if n < count}
