"""Which book each derived book is: by its files, by the place it takes, or a new one. Pure."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.books.book import Book, BookFile, JustRead, PlacedFile
from scannerd.library.books.plan import UnitPlan, plan_unit
from scannerd.library.stamps import Stamp
from scannerd.model.book import BookFileSaid, BookKind

HERE, THERE = (1, b"Here/"), (1, b"There/")
TEXT = BookFileSaid("epub", BookKind.TEXT)
PICTURE = BookFileSaid("cover", BookKind.PICTURE)


def file(name: str, book_id: int | None = None, **more: Any) -> BookFile:
    """A known file that nothing happened to, unless told otherwise."""
    known = {
        "file_id": int.from_bytes(name.encode()),
        "state": "present",
        "said": TEXT,
        "role": "main",
        "is_derived": True,
    }
    return BookFile(1, HERE[1], name.encode(), book_id=book_id, **{**known, **more})  # type: ignore[arg-type]


def new(name: str, said: BookFileSaid = TEXT) -> BookFile:
    """A file that was never seen before."""
    return BookFile(1, HERE[1], name.encode(), None, "present", None, said, read=JustRead(Stamp(1, 2, 3), None, said))


def gone(name: str, book_id: int, *, is_derived: bool = False) -> BookFile:
    return file(name, book_id, state="missing", said=None, is_derived=is_derived)


def book(*files: BookFile) -> Book:
    placed = tuple(PlacedFile(one, "sidecar" if one.said is PICTURE else "main") for one in files)
    return Book(placed, "Title", "title", "Title")


def plan(
    files: list[BookFile],
    books: list[Book],
    held: dict[int, dict[tuple[int, bytes], tuple[int, int]]] | None = None,
    taken: set[int] | None = None,
) -> UnitPlan:
    if held is None:
        held = {}
        for one in files:
            if one.book_id is not None:
                mains, number = held.setdefault(one.book_id, {}).get(HERE, (0, 0))
                counts = one.state != "missing"
                held[one.book_id][HERE] = mains + (counts and one.role == "main"), number + counts
    return plan_unit(HERE, files, books, held, taken if taken is not None else set())


def ids(planned: UnitPlan) -> list[int | None]:
    return [one.book_id for one in planned.books]


def test_a_book_of_new_files_is_new() -> None:
    files = [new("a.epub")]
    planned = plan(files, [book(*files)])
    assert [(one.book_id, one.is_new, one.is_same) for one in planned.books] == [(None, True, False)]
    assert planned.others == ()


def test_a_book_keeps_its_number_when_a_file_comes() -> None:
    files = [file("a.epub", 7), new("a.m4b")]
    planned = plan(files, [book(*files)])
    assert [(one.book_id, one.is_new, one.is_same) for one in planned.books] == [(7, False, False)]


def test_a_book_that_nothing_happened_to_is_not_written() -> None:
    files = [file("a.epub", 7), file("b.epub", 8), new("c.epub")]
    planned = plan(files, [book(one) for one in files])
    assert [(one.book_id, one.is_same) for one in planned.books] == [(7, True), (8, True), (None, False)]


def test_a_book_that_is_no_longer_alone_is_derived_anew() -> None:
    """What the folder's name says of it may be another thing now."""
    files = [file("a.epub", 7), new("b.epub")]
    planned = plan(files, [book(one) for one in files])
    assert [(one.book_id, one.is_same) for one in planned.books] == [(7, False), (None, False)]


@pytest.mark.parametrize(
    "sidecar",
    [
        new("metadata.opf", BookFileSaid("opf", BookKind.SIDECAR)),
        file("metadata.opf", 7, role="sidecar", state="missing", said=None, is_derived=False),
        file("metadata.opf", 7, role="sidecar", is_derived=False, said=BookFileSaid("opf", BookKind.SIDECAR)),
    ],
)
def test_what_comes_to_lie_beside_several_books_or_goes_concerns_them_all(sidecar: BookFile) -> None:
    files = [file("a.epub", 7), file("b.epub", 8), sidecar]
    planned = plan(files, [book(one) for one in files[:2]])
    assert [one.is_same for one in planned.books] == [False, False]


@pytest.mark.parametrize("changed", [{"role": "supplement"}, {"part": 3}, {"book_id": None}, {"is_derived": False}])
def test_a_book_with_a_file_at_another_place_is_written(changed: dict[str, Any]) -> None:
    files = [file("a.epub", 7), replace(file("aa.epub", 7), **changed), file("b.epub", 8)]
    planned = plan(files, [book(*files[:2]), book(files[2])])
    assert (ids(planned), planned.books[0].is_same) == ([7, 8], False)


def test_two_books_that_became_one_are_the_one_with_more_files() -> None:
    files = [file("a1.mp3", 9), file("b1.mp3", 4), file("b2.mp3", 9)]
    assert ids(plan(files, [book(*files)])) == [9]


def test_of_two_with_as_many_files_the_lower_number_counts() -> None:
    files = [file("a1.mp3", 9), file("b1.mp3", 4)]
    assert ids(plan(files, [book(*files)])) == [4]


def test_of_one_that_became_two_the_one_with_more_files_keeps_it() -> None:
    files = [file("a.mp3", 7), file("b1.mp3", 7), file("b2.mp3", 7)]
    assert ids(plan(files, [book(files[0]), book(*files[1:])])) == [None, 7]


def test_main_files_count_before_others() -> None:
    files = [file("a.epub", 7), file("cover.jpg", 8, role="sidecar"), file("desc.txt", 8, role="sidecar")]
    assert ids(plan(files, [book(*files)], {7: {HERE: (1, 1)}, 8: {HERE: (0, 2)}})) == [7]


def test_a_cover_left_behind_does_not_keep_its_book_from_moving() -> None:
    moved = file("a.epub", 7, is_derived=False)
    assert ids(plan([moved], [book(moved)], {7: {HERE: (1, 1), THERE: (0, 2)}})) == [7]

    left = file("cover.jpg", 7, role="sidecar", said=PICTURE, is_derived=False)
    planned = plan([left], [], {7: {HERE: (0, 1), THERE: (1, 1)}})
    assert [(one.name, one.book_id) for one in planned.others] == [(b"cover.jpg", None)]


@pytest.mark.parametrize(
    ("here", "there", "expected"), [((2, 2), (1, 1), 7), ((1, 1), (2, 2), None), ((1, 1), (1, 1), 7)]
)
def test_of_a_folder_divided_into_two_the_one_with_more_files_keeps_the_book(
    here: tuple[int, int], there: tuple[int, int], expected: int | None
) -> None:
    moved = file("a.epub", 7, is_derived=False)
    assert ids(plan([moved], [book(moved)], {7: {HERE: here, THERE: there}})) == [expected]


def test_a_book_that_was_deleted_meanwhile_is_nobodys() -> None:
    files = [file("a.epub", 7)]
    assert ids(plan(files, [book(*files)], {})) == [None]


def test_a_file_in_the_place_of_one_that_is_gone_is_the_same_book() -> None:
    files = [gone("Dune.epub", 7), gone("Emma.epub", 8), new("dune.pdf"), new("Ulysses.epub")]
    planned = plan(files, [book(files[2]), book(files[3])])
    assert ids(planned) == [7, None]
    assert [one.name for one in planned.books[0].left] == [b"Dune.epub"]
    assert [(one.name, one.book_id) for one in planned.others] == [(b"Emma.epub", 8)]


def test_the_only_book_of_a_folder_takes_the_place_of_the_only_one_there_was() -> None:
    files = [gone("01.mp3", 7), gone("02.mp3", 7), new("Dune.m4b")]
    assert ids(plan(files, [book(files[2])])) == [7]


def test_of_two_that_are_gone_none_is_taken_for_a_new_one_of_another_name() -> None:
    files = [gone("Dune.epub", 7), gone("Emma.epub", 8), new("Ulysses.epub")]
    assert ids(plan(files, [book(files[2])])) == [None]


def test_a_book_that_is_elsewhere_leaves_no_place_behind() -> None:
    files = [gone("Dune.epub", 7), new("Dune.pdf")]
    assert ids(plan(files, [book(files[1])], {7: {HERE: (0, 0), THERE: (1, 1)}})) == [None]


def test_a_book_is_given_away_once_in_a_batch() -> None:
    files = [gone("Dune.epub", 7), new("Dune.pdf")]
    taken: set[int] = set()
    assert ids(plan(files, [book(files[1])], taken=taken)) == [7]
    assert taken == {7}
    assert ids(plan(files, [book(files[1])], taken=taken)) == [None]


def test_a_broken_file_keeps_its_book_and_so_does_what_lies_beside_it() -> None:
    broken = file("a.epub", 7, state="unreadable", said=None, is_derived=False)
    cover = file("cover.jpg", 7, role="sidecar", said=PICTURE)
    planned = plan([broken, cover], [])
    assert [(one.name, one.book_id) for one in planned.others] == [(b"a.epub", 7)]


def test_a_broken_file_whose_book_moved_away_or_is_made_of_other_files_belongs_to_none() -> None:
    broken = file("a.epub", 7, state="unreadable", said=None, is_derived=False)
    cover = file("cover.jpg", 7, role="sidecar", said=PICTURE)
    away = plan([broken, cover], [], {7: {HERE: (1, 2), THERE: (2, 2)}})
    assert [(one.name, one.book_id) for one in away.others] == [(b"a.epub", None), (b"cover.jpg", None)]

    other = file("b.epub", 7)
    planned = plan([broken, other], [book(other)])
    assert (ids(planned), [(one.name, one.book_id) for one in planned.others]) == ([7], [(b"a.epub", None)])


def test_a_missing_file_is_noted_once_and_keeps_its_book() -> None:
    files = [gone("a.epub", 7), gone("b.epub", 8, is_derived=True)]
    planned = plan(files, [])
    assert [(one.name, one.book_id) for one in planned.others] == [(b"a.epub", 7)]
    assert plan([replace(one, is_derived=True) for one in files], []).others == ()


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([None, 1, 2, 3])), min_size=1, max_size=6))
def test_no_number_is_given_twice_and_each_to_a_book_that_held_it(rows: list[tuple[int, int | None]]) -> None:
    files = [replace(file(f"{n}.epub", book_id), file_id=n) for n, (_, book_id) in enumerate(rows)]
    groups = {group: [one for one, (of, _) in zip(files, rows, strict=True) if of == group] for group, _ in rows}
    books = [book(*those) for those in groups.values()]
    given_away = ids(plan(files, books))
    known = [one for one in given_away if one is not None]
    assert len(known) == len(set(known))
    for one, book_id in zip(books, given_away, strict=True):
        assert book_id is None or book_id in {placed.file.book_id for placed in one.files}


def test_the_order_of_the_files_says_nothing() -> None:
    files = [file("a.epub", 7), file("b.epub", 8), gone("c.epub", 9), new("c.pdf")]
    books = [book(files[0]), book(files[1]), book(files[3])]
    assert all(ids(plan(list(order), books)) == [7, 8, 9] for order in permutations(files))
