"""Stamps, and the hash of head and tail."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.library.stamps import END_BYTES, Stamp, content_hash

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1


def seen(*, mtime_ns: int = 5, inode: int = 7) -> os.stat_result:
    return os.stat_result((0o100644, inode, 1, 1, 0, 0, 100, 0, 0, 0), {"st_mtime_ns": mtime_ns})


def hash_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return content_hash(file, path.stat().st_size)


def test_a_stamp_is_size_time_and_inode(tmp_path: Path) -> None:
    file = tmp_path / "a.mp3"
    file.write_bytes(b"12345")
    os.utime(file, ns=(0, 1_600_000_000_123_456_789))

    assert Stamp.of(file.stat()) == (5, 1_600_000_000_123_456_789, file.stat().st_ino)


@pytest.mark.parametrize(("inode", "stored"), [(1, 1), (HIGHEST, HIGHEST), (HIGHEST + 1, LOWEST), ((1 << 64) - 1, -1)])
def test_an_inode_of_64_bits_is_wrapped_into_the_sign(inode: int, stored: int) -> None:
    assert Stamp.of(seen(inode=inode)) == Stamp(100, 5, stored)


@pytest.mark.parametrize("mtime_ns", [0, -1, -2_000_000_000, LOWEST, HIGHEST])
def test_times_before_1970_are_kept(mtime_ns: int) -> None:
    assert Stamp.of(seen(mtime_ns=mtime_ns)) == Stamp(100, mtime_ns, 7)


@given(st.integers(-(1 << 90), 1 << 90), st.integers(0, (1 << 64) - 1))
def test_whatever_a_file_system_says_fits_a_bigint(mtime_ns: int, inode: int) -> None:
    stamp = Stamp.of(seen(mtime_ns=mtime_ns, inode=inode))

    assert all(LOWEST <= number <= HIGHEST for number in stamp)
    assert stamp == Stamp.of(seen(mtime_ns=mtime_ns, inode=inode))


def test_the_hash_is_of_size_head_and_tail(tmp_path: Path) -> None:
    file = tmp_path / "a.flac"
    head, middle, tail = b"h" * 8192, b"m" * 1000, b"t" * 8192
    file.write_bytes(head + middle + tail)

    expected = hashlib.sha256((17384).to_bytes(8, "big") + head + tail).digest()[:16]
    assert hash_of(file) == expected


@pytest.mark.parametrize("size", [0, 1, 8191, 8192, 8193, 16383, 16384])
def test_of_a_small_file_every_byte_counts_once(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    file = tmp_path / "a.mp3"
    file.write_bytes(content)

    assert hash_of(file) == hashlib.sha256(size.to_bytes(8, "big") + content).digest()[:16]


def test_a_byte_in_head_or_tail_or_another_size_is_another_hash(tmp_path: Path) -> None:
    content = bytearray(20_000)
    hashes = set()
    for place in (None, 0, 8191, 20_000 - 8192, 19_999):
        changed = bytearray(content)
        if place is not None:
            changed[place] = 1
        (tmp_path / "a.mp3").write_bytes(changed)
        hashes.add(hash_of(tmp_path / "a.mp3"))
    (tmp_path / "a.mp3").write_bytes(bytes(20_001))
    hashes.add(hash_of(tmp_path / "a.mp3"))

    assert len(hashes) == 6


def test_a_huge_file_is_not_read_through_and_its_position_stays(tmp_path: Path) -> None:
    file = tmp_path / "huge.wav"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)

    with file.open("rb") as opened:
        opened.seek(77)
        by_file = content_hash(opened, 1 << 40)
        by_descriptor = content_hash(opened.fileno(), 1 << 40)

        assert opened.tell() == 77
    assert by_file == by_descriptor
    assert by_file == hashlib.sha256((1 << 40).to_bytes(8, "big") + bytes(2 * END_BYTES)).digest()[:16]


def test_a_file_that_shrank_since_it_was_seen_is_hashed_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "a.mp3"
    file.write_bytes(b"short")

    with file.open("rb") as opened:
        assert content_hash(opened, 100_000) == hashlib.sha256((100_000).to_bytes(8, "big") + b"short").digest()[:16]
