"""New here and gone there: which of them are one file."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.moves import MoveCandidate, pair
from scannerd.library.stamps import Stamp


def candidate(
    new: bytes = b"b.flac", old: bytes = b"/m/a.flac", *, inode: int = 1, old_inode: int = 1, file_id: int = 1,
    is_gone: bool = True,
) -> MoveCandidate:  # fmt: skip
    folder, _, name = new.rpartition(b"/")
    return MoveCandidate(1, folder, name, Stamp(9, 9, inode), file_id, old_inode, b"hash", old, is_gone)


def paired(
    candidates: list[MoveCandidate], *, has_hash: bool = False, is_gone: bool = False
) -> dict[tuple[bytes, bytes], int]:
    found = pair(candidates, has_hash=lambda _one: has_hash, is_gone=lambda _one: is_gone)
    return {(one.folder, one.name): one.file_id for one in found}


@pytest.mark.parametrize(
    ("one", "has_hash", "is_gone", "moved"),
    [
        (candidate(), False, False, True),
        (candidate(old_inode=2), False, False, False),
        (candidate(old_inode=2), True, False, True),
        (candidate(is_gone=False), True, False, False),
        (candidate(is_gone=False), True, True, True),
        (candidate(is_gone=False, old_inode=2), False, True, False),
    ],
)
def test_a_file_moved_when_the_old_one_is_gone_and_inode_or_content_say_so(
    one: MoveCandidate, has_hash: bool, is_gone: bool, moved: bool
) -> None:
    assert bool(paired([one], has_hash=has_hash, is_gone=is_gone)) is moved


def test_a_folder_of_equal_files_is_paired_by_inode_then_by_name() -> None:
    """Four copies of one file with one time: only inodes and names tell them apart."""
    candidates = [
        candidate(b"new/" + new, b"/m/old/" + old, inode=9, old_inode=number, file_id=number)
        for new in (b"1.flac", b"2.flac", b"3.flac")
        for number, old in enumerate((b"1.flac", b"2.flac", b"3.flac"), 1)
    ]
    assert paired(candidates, has_hash=True) == {
        (b"new", b"1.flac"): 1, (b"new", b"2.flac"): 2, (b"new", b"3.flac"): 3,
    }  # fmt: skip
    by_inode = [replace(one, stamp=Stamp(9, 9, 4 - int(one.name[:1]))) for one in candidates]
    assert paired(by_inode, has_hash=True) == {
        (b"new", b"1.flac"): 3, (b"new", b"2.flac"): 2, (b"new", b"3.flac"): 1,
    }  # fmt: skip


def test_nothing_is_read_where_the_inode_tells() -> None:
    def never(_one: MoveCandidate) -> bool:
        raise AssertionError("it was read")

    assert len(pair([candidate()], has_hash=never, is_gone=never)) == 1


CANDIDATES = st.lists(
    st.builds(
        candidate, st.sampled_from([b"a", b"b", b"x/a", b"x/b"]), st.sampled_from([b"/m/a", b"/m/b"]),
        inode=st.integers(1, 3), old_inode=st.integers(1, 3), file_id=st.integers(1, 3), is_gone=st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@given(CANDIDATES, st.booleans(), st.booleans(), st.randoms())
def test_each_file_is_used_once_and_the_order_does_not_matter(
    candidates: list[MoveCandidate], has_hash: bool, is_gone: bool, chance: Any
) -> None:
    found = paired(candidates, has_hash=has_hash, is_gone=is_gone)
    assert len(set(found.values())) == len(found)
    for one in candidates:
        if one.is_gone and one.old_inode == one.stamp.inode:
            assert (one.folder, one.name) in found or one.file_id in found.values()


def test_however_many_at_once_all_of_a_renamed_folder_moved(shelf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scannerd.library.moves._AT_ONCE", 2)
    songs = shelf.album("Blur/13", [f"Song {n}" for n in range(5)], artist="Blur", album="13")
    for song in songs[:2]:
        song.write_bytes(songs[2].read_bytes())  # three of one stamp
        os.utime(song, ns=(songs[2].stat().st_mtime_ns,) * 2)
    shelf.scan()
    before = {place.rpartition("/")[2]: ids for place, ids in shelf.ids().items()}
    (shelf.root / "Blur").rename(shelf.root / "Pulp")
    summary = shelf.scan()

    assert (summary.files.moved, summary.files.parsed, summary.files.missing) == (5, 0, 0)
    assert {place.rpartition("/")[2]: ids for place, ids in shelf.ids().items()} == before


def test_a_renamed_file_without_tags_is_called_as_it_is_called_now(shelf: Any) -> None:
    song = shelf.song("01 Tender.flac", title="")
    shelf.scan()
    before = list(shelf.ids().values())
    song.rename(shelf.root / "02 Bugman.flac")
    shelf.scan()
    assert list(shelf.ids().values()) == before
    assert shelf.tracks() == [("[Unknown Artist]", "Bugman", None)]
