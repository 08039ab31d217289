"""What became of the files: what a walk found against what is known."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.library.changes import FolderChanges, Known, compare
from scannerd.library.stamps import Stamp
from scannerd.library.walk import FileSeen, Folder, WalkError

SECOND = 1_000_000_000
NOW = 2_000_000_000 * SECOND
TIME = 1_700_000_000 * SECOND + 123_456_789
EVEN, ODD = 1_700_000_000 * SECOND, 1_700_000_001 * SECOND
STAMP = Stamp(100, TIME, 7)


def seen(stamp: Stamp = STAMP, name: bytes = b"a.mp3") -> FileSeen:
    return FileSeen(name, stamp)


def known(
    stamp: Stamp = STAMP, *, name: bytes = b"a.mp3", file_id: int = 1, missing: bool = False, trusted: bool = True
) -> Known:
    return Known(name, file_id, *stamp, missing, trusted)


def changes(
    found: Iterable[Folder | WalkError],
    before: Iterable[tuple[bytes, list[Known]]],
    *,
    same_device: bool = True,
    now_ns: int = NOW,
) -> list[FolderChanges]:
    return list(compare(found, before, same_device=same_device, now_ns=now_ns))


def told(file: FileSeen, before: Known, *, same_device: bool = True, now_ns: int = NOW) -> dict[str, object]:
    """What is said of one file that is known and seen, without what is empty."""
    [folder] = changes([Folder(b"A/", [file])], [(b"A/", [before])], same_device=same_device, now_ns=now_ns)
    return {name: value for name, value in asdict(folder).items() if value and name not in {"path", "seen"}}


# One file


def test_the_same_size_time_and_inode_is_unchanged() -> None:
    assert told(seen(), known()) == {"unchanged": 1}


@pytest.mark.parametrize(
    "stamp",
    [
        Stamp(101, TIME, 7),
        Stamp(100, TIME + 1, 7),
        Stamp(100, TIME - 1, 7),
        Stamp(100, TIME - 3600 * SECOND, 7),
        Stamp(0, TIME, 7),
    ],
)
def test_another_size_or_time_even_an_older_one_is_a_change(stamp: Stamp) -> None:
    assert told(seen(stamp), known()) == {"changed": [(1, seen(stamp))]}


def test_another_inode_alone_is_a_doubt_on_the_same_device_and_a_new_base_on_another() -> None:
    other = seen(Stamp(100, TIME, 8))

    assert told(other, known()) == {"doubtful": [(1, other)]}
    assert told(other, known(), same_device=False) == {"rebased": [(1, other)]}
    assert told(seen(), known(), same_device=False) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (EVEN + 1_999_999_999, EVEN, "doubtful"),  # FAT rounds down to even seconds
        (EVEN - 1_999_999_999, EVEN, "doubtful"),  # or up
        (EVEN, EVEN + 1_999_999_999, "doubtful"),  # and it may have been copied back
        (EVEN + 2 * SECOND, EVEN, "changed"),
        (ODD + 999_999_999, ODD, "doubtful"),  # whole seconds: HFS+, ext3, many shares
        (ODD + SECOND + 1, ODD, "changed"),
        (EVEN, ODD, "doubtful"),
        (ODD + 5, ODD + 6, "changed"),  # neither is coarse
    ],
)
def test_times_that_differ_as_much_as_a_coarse_clock_are_a_doubt(before: int, after: int, kind: str) -> None:
    file = seen(Stamp(100, after, 7))

    assert told(file, known(Stamp(100, before, 7))) == {kind: [(1, file)]}
    assert told(file, known(Stamp(100, before, 7)), same_device=False) == {kind: [(1, file)]}
    assert told(file, known(Stamp(99, before, 7))) == {"changed": [(1, file)]}


@pytest.mark.parametrize(
    ("mtime_ns", "now_ns", "kind"),
    [
        (EVEN, EVEN + 1_999_999_999, "doubtful"),  # it may have been written again in the same two seconds
        (EVEN, EVEN + 2 * SECOND, "unchanged"),
        (ODD, ODD + 999_999_999, "doubtful"),
        (ODD, ODD + SECOND, "unchanged"),
        (TIME, TIME + 1, "unchanged"),  # a fine clock
        (EVEN, EVEN - 1, "unchanged"),  # a time to come must not cost a look at every scan
    ],
)
def test_a_coarse_time_that_is_still_running_is_a_doubt(mtime_ns: int, now_ns: int, kind: str) -> None:
    stamp = Stamp(100, mtime_ns, 7)

    assert list(told(seen(stamp), known(stamp), now_ns=now_ns)) == [kind]


def test_a_missing_file_with_the_same_stamp_is_back() -> None:
    assert told(seen(), known(missing=True)) == {"back": [1]}
    assert told(seen(), known(missing=True), same_device=False) == {"back": [1]}


def test_a_missing_file_on_another_device_is_back_and_gets_its_new_inode() -> None:
    other = seen(Stamp(100, TIME, 8))

    assert told(other, known(missing=True), same_device=False) == {"back": [1], "rebased": [(1, other)]}


@pytest.mark.parametrize("stamp", [Stamp(100, TIME, 8), Stamp(101, TIME, 7), Stamp(100, TIME + 1, 7)])
def test_a_missing_file_with_another_stamp_is_changed(stamp: Stamp) -> None:
    assert told(seen(stamp), known(missing=True)) == {"changed": [(1, seen(stamp))]}


def test_a_missing_file_with_a_rounded_time_is_changed() -> None:
    file = seen(Stamp(100, EVEN, 7))

    assert told(file, known(Stamp(100, EVEN + 1, 7), missing=True)) == {"changed": [(1, file)]}


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("same_device", [False, True])
@pytest.mark.parametrize("stamp", [STAMP, Stamp(100, TIME, 8), Stamp(1, 1, 1)])
def test_what_is_not_trusted_is_parsed_again_whatever_its_stamp(stamp: Stamp, same_device: bool, missing: bool) -> None:
    before = known(missing=missing, trusted=False)

    assert told(seen(stamp), before, same_device=same_device) == {"changed": [(1, seen(stamp))]}


# Folders


def test_new_and_vanished_files_of_a_folder() -> None:
    found = [Folder(b"A/", [seen(name=b"a.mp3"), seen(name=b"c.mp3")])]
    before = [(b"A/", [known(name=b"a.mp3"), known(name=b"b.mp3", file_id=2)])]

    assert changes(found, before) == [
        FolderChanges(b"A/", new=[seen(name=b"c.mp3")], vanished=[2], unchanged=1, seen=2)
    ]


def test_two_files_that_were_swapped_are_both_changed() -> None:
    one, two = Stamp(100, TIME, 7), Stamp(200, TIME, 8)
    found = [Folder(b"A/", [seen(two, b"a.mp3"), seen(one, b"b.mp3")])]
    before = [(b"A/", [known(one, name=b"a.mp3"), known(two, name=b"b.mp3", file_id=2)])]

    [folder] = changes(found, before)
    assert folder.changed == [(1, seen(two, b"a.mp3")), (2, seen(one, b"b.mp3"))]


def test_another_case_or_another_spelling_of_an_accent_is_another_file() -> None:
    names = [b"A.mp3", "é.mp3".encode(), b"\xe9.mp3"]
    others = [b"a.mp3", "e\u0301.mp3".encode(), b"\xe8.mp3"]
    found = [Folder(b"", [seen(name=name) for name in sorted(names)])]
    before = [(b"", [known(name=name, file_id=number) for number, name in enumerate(others)])]

    [folder] = changes(found, before)
    assert folder == FolderChanges(b"", new=[seen(name=name) for name in sorted(names)], vanished=[0, 1, 2], seen=3)


def test_a_folder_that_is_gone_takes_its_files_along_and_one_that_came_brings_new_ones() -> None:
    found = [Folder(b"", []), Folder(b"B/", [seen()]), Folder(b"D/", [seen()])]
    before = [(b"A/", [known()]), (b"B/", [known(file_id=2)]), (b"C/", [known(file_id=3)]), (b"E/", [known(file_id=4)])]

    assert changes(found, before) == [
        FolderChanges(b"A/", vanished=[1]),
        FolderChanges(b"B/", unchanged=1, seen=1),
        FolderChanges(b"C/", vanished=[3]),
        FolderChanges(b"D/", new=[seen()], seen=1),
        FolderChanges(b"E/", vanished=[4]),
    ]


def test_what_was_missing_before_does_not_vanish_again() -> None:
    before = [(b"A/", [known(missing=True)]), (b"B/", [known(file_id=2, missing=True), known(name=b"b", file_id=3)])]

    assert changes([Folder(b"", []), Folder(b"B/", [])], before) == [FolderChanges(b"B/", vanished=[3])]


def test_below_a_folder_that_could_not_be_listed_nothing_is_judged() -> None:
    error = WalkError(b"B/", "cannot be listed: input/output error")
    before = [(path, [known(file_id=number)]) for number, path in enumerate([b"A/", b"B/", b"B/x/", b"B0/"])]

    assert changes([Folder(b"", []), error], before) == [
        FolderChanges(b"A/", vanished=[0]),
        FolderChanges(b"B/", error=error),
        FolderChanges(b"B0/", vanished=[3]),
    ]


def test_where_the_root_could_not_be_listed_nothing_is_judged_at_all() -> None:
    error = WalkError(b"", "cannot be listed: no such file or directory")

    assert changes([error], [(b"", [known()]), (b"A/", [known()])]) == [FolderChanges(b"", error=error)]


def test_in_a_folder_in_doubt_what_was_seen_is_judged_and_the_rest_is_not() -> None:
    trouble = "b.mp3 cannot be looked at: input/output error"
    found = [Folder(b"A/", [seen(), seen(name=b"c.mp3")], trouble)]
    before = [(b"A/", [known(), known(name=b"b.mp3", file_id=2)]), (b"A/B/", [known(file_id=3)])]

    assert changes(found, before) == [
        FolderChanges(b"A/", new=[seen(name=b"c.mp3")], unchanged=1, seen=2, error=WalkError(b"A/", trouble)),
        FolderChanges(b"A/B/", vanished=[3]),
    ]


def test_nothing_is_read_ahead_of_what_is_told() -> None:
    def walking() -> Iterable[Folder]:
        yield Folder(b"", [seen()])
        yield Folder(b"A/", [seen()])
        raise AssertionError("read too far")

    compared = compare(walking(), [], same_device=True, now_ns=NOW)
    assert [next(compared).path, next(compared).path] == [b"", b"A/"]


@pytest.mark.parametrize("paths", [[b"B/", b"A/"], [b"A/", b"A/"]])
def test_folders_out_of_order_are_refused_before_they_do_harm(paths: list[bytes]) -> None:
    with pytest.raises(ValueError, match=r"^folder b'A/' comes after b'[AB]/'$"):
        changes([Folder(path, []) for path in paths], [])
    with pytest.raises(ValueError, match=r"^folder b'A/' comes after b'[AB]/'$"):
        changes([], [(path, [known()]) for path in paths])


# Any two trees

PATHS = [b"", b"A !/", b"A/", b"A/B/", b"A/B/C/", b"A0/", b"\xff/"]
STAMPS = st.builds(Stamp, st.integers(1, 2), st.sampled_from([EVEN, EVEN + 1, TIME]), st.integers(1, 2))
KEYS = st.tuples(st.sampled_from(PATHS), st.sampled_from([b"1", b"2", b"\xff"]))


class Row(NamedTuple):
    stamp: Stamp
    missing: bool
    trusted: bool


ROWS = st.builds(Row, STAMPS, st.booleans(), st.booleans())


def kinds_of(row: Row, stamp: Stamp, *, same_device: bool) -> set[str]:
    """The rules once more, as a list: what is said of a file that is known and seen."""
    if not row.trusted or row.stamp.size != stamp.size:
        return {"changed"}
    if row.missing:
        if row.stamp == stamp:
            return {"back"}
        rebased = row.stamp.mtime_ns == stamp.mtime_ns and not same_device
        return {"back", "rebased"} if rebased else {"changed"}
    if {row.stamp.mtime_ns, stamp.mtime_ns} in ({EVEN, EVEN + 1}, {EVEN, TIME}):
        return {"doubtful"}
    if row.stamp.mtime_ns != stamp.mtime_ns:
        return {"changed"}
    if row.stamp.inode != stamp.inode:
        return {"doubtful"} if same_device else {"rebased"}
    return {"unchanged"}


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(KEYS, STAMPS, max_size=14),
    st.dictionaries(KEYS, ROWS, max_size=14),
    st.sets(st.sampled_from(PATHS), max_size=2),
    st.booleans(),
)
def test_any_two_trees_are_told_apart_as_two_dictionaries_are(
    on_disk: dict[tuple[bytes, bytes], Stamp],
    in_rows: dict[tuple[bytes, bytes], Row],
    unlisted: set[bytes],
    same_device: bool,
) -> None:
    errors = {path for path in unlisted if not any(path.startswith(other) for other in unlisted - {path})}

    def is_hidden(path: bytes) -> bool:
        return any(path.startswith(error) for error in errors)

    ids = {key: number for number, key in enumerate(in_rows)}
    found: list[Folder | WalkError] = []
    before: list[tuple[bytes, list[Known]]] = []
    for path in PATHS:
        names = sorted(name for folder, name in on_disk if folder == path)
        rows = [(name, row) for (folder, name), row in in_rows.items() if folder == path]
        if path in errors:
            found.append(WalkError(path, "why"))
        elif not is_hidden(path):
            found.append(Folder(path, [FileSeen(name, on_disk[path, name]) for name in names]))
        if rows:
            before.append(
                (path, [Known(name, ids[path, name], *row.stamp, row.missing, row.trusted) for name, row in rows])
            )

    expected: set[tuple[str, bytes, object]] = {("error", path, None) for path in errors}
    for path, name in on_disk.keys() | in_rows.keys():
        if is_hidden(path):
            continue
        stamp, row = on_disk.get((path, name)), in_rows.get((path, name))
        if row is None:
            expected.add(("new", path, name))
        elif stamp is not None:
            kinds = kinds_of(row, stamp, same_device=same_device)
            expected |= {(kind, path, ids[path, name]) for kind in kinds - {"unchanged"}}
        elif not row.missing:
            expected.add(("vanished", path, ids[path, name]))

    told_of = changes(found, before, same_device=same_device)
    said: set[tuple[str, bytes, object]] = set()
    for folder in told_of:
        said |= {("new", folder.path, file.name) for file in folder.new}
        said |= {("vanished", folder.path, file_id) for file_id in folder.vanished}
        said |= {("back", folder.path, file_id) for file_id in folder.back}
        for kind in ("changed", "doubtful", "rebased"):
            for file_id, file in getattr(folder, kind):
                assert ids[folder.path, file.name] == file_id
                assert on_disk[folder.path, file.name] == file.stamp
                said.add((kind, folder.path, file_id))
        if folder.error is not None:
            said.add(("error", folder.path, None))
        rebased = {file_id for file_id, _ in folder.rebased} - set(folder.back)
        in_lists = len(folder.new) + len(folder.changed) + len(folder.doubtful) + len(folder.back) + len(rebased)
        assert folder.seen == folder.unchanged + in_lists

    assert said == expected
    assert [folder.path for folder in told_of] == sorted({folder.path for folder in told_of})
    assert sum(folder.seen for folder in told_of) == sum(not is_hidden(path) for path, _ in on_disk)
