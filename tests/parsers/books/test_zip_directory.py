from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from archive_files import Counted, cbz, encrypted
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.zip_directory import ZipDirectory

LIMIT = 1 << 20
TWO = {"a.txt": b"first" * 100, "folder/b.txt": b"second"}


def directory(archive: bytes) -> ZipDirectory:
    return ZipDirectory(io.BytesIO(archive))


def entry(name: bytes, content: bytes, flags: int = 0, **said: int) -> bytes:
    """An archive of one stored entry, with a name of any bytes; what is said of it may be a lie."""
    crc = zlib.crc32(content)
    size, packed, offset, method = (
        said.get(key, true)
        for key, true in (("size", len(content)), ("packed", len(content)), ("offset", 0), ("method", 0))
    )
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0, crc, packed, size, len(name), 0) + name
    central = struct.pack(
        *(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            20,
            flags,
            method,
            0,
            0,
            crc,
            packed,
            size,
            len(name),
            0,
            0,
            0,
            0,
            0,
            offset,
        )
    )
    at = len(local) + len(content)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central) + len(name), at, 0)
    return local + content + central + name + end


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_entries_are_listed_and_read(method: int) -> None:
    found = directory(cbz(TWO, method=method))

    assert found.names == ["a.txt", "folder/b.txt"]
    assert found.size("a.txt") == 500
    assert "a.txt" in found
    assert {name: found.read(name, LIMIT) for name in found.names} == TWO


def test_a_comment_does_not_hide_the_directory() -> None:
    found = directory(cbz(TWO, comment=b"PK\x05\x06 is not the end" * 10))

    assert found.read("folder/b.txt", LIMIT) == b"second"


def test_the_comment_is_told() -> None:
    assert directory(cbz(TWO, comment=b"hello")).comment == b"hello"


def test_something_may_stand_before_the_archive() -> None:
    assert directory(b"#!/bin/sh\n" * 10_000 + cbz(TWO)).read("folder/b.txt", LIMIT) == b"second"


def test_a_directory_larger_than_the_tail_is_read() -> None:
    files = {f"a-long-folder-name/{number:05}.txt": b"" for number in range(2000)}

    assert directory(cbz(files)).names == list(files)


def test_a_zip64_archive_is_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, archive.open("big.txt", "w", force_zip64=True) as file:
        file.write(b"content")
    plain = made.getvalue()
    end = plain.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<12x2L", plain, end)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    full = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    for before in (b"", b"something"):
        assert directory(before + plain[:end] + record + locator + full).read("big.txt", LIMIT) == b"content"


def test_sizes_of_a_zip64_entry_are_those_of_its_field() -> None:
    plain = entry(b"a", b"content", size=0xFFFFFFFF, packed=0xFFFFFFFF)
    at = plain.index(b"PK\x01\x02")
    extra = struct.pack("<2H2Q", 1, 16, 7, 7)
    central = bytearray(plain[at : at + 47] + extra)
    central[30:32] = struct.pack("<H", len(extra))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), at, 0)

    assert directory(plain[:at] + bytes(central) + end).read("a", LIMIT) == b"content"


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("Übersicht.txt".encode(), 0x800, "Übersicht.txt"),
        ("Übersicht.txt".encode(), 0, "Übersicht.txt"),
        ("Übersicht.txt".encode("cp437"), 0, "Übersicht.txt"),
        (b"\xff\xfe.txt", 0x800, "\ufffd\ufffd.txt"),
        (b"folder\\a.txt", 0, "folder/a.txt"),
        (b"../../etc/passwd", 0, "../../etc/passwd"),
        (b"/etc/passwd", 0, "/etc/passwd"),
        (b"", 0, ""),
    ],
)
def test_names_come_as_they_are(raw: bytes, flags: int, name: str) -> None:
    found = directory(entry(raw, b"content", flags))

    assert found.names == [name]
    assert found.read(name, LIMIT) == b"content"


def test_of_two_entries_with_one_name_the_last_counts() -> None:
    archive = cbz({"a": b"old", "b": b"new"}).replace(b"b", b"a")

    assert directory(archive).names == ["a"]
    assert directory(archive).read("a", LIMIT) == b"new"


BOMB = cbz({"bomb": bytes(50 << 20)})
LYING = BOMB.replace(struct.pack("<L", 50 << 20), struct.pack("<L", 1000))

REFUSED = [
    pytest.param(b"", "no ZIP archive", id="empty"),
    pytest.param(b"something else", "no ZIP archive", id="something else"),
    pytest.param(
        cbz(TWO)[:-60], "it ends too early: the directory at the end of the archive is missing", id="truncated"
    ),
    pytest.param(b"PK\x05\x06" + b"\xff" * 18, "the directory at the end of the archive makes no sense", id="end"),
    pytest.param(
        cbz(TWO).replace(b"PK\x01\x02", b"PK\x01\x03", 1),
        "the directory at the end of the archive is damaged",
        id="directory",
    ),
]


@pytest.mark.parametrize(("archive", "reason"), REFUSED)
def test_what_is_no_archive_is_damaged(archive: bytes, reason: str) -> None:
    with pytest.raises(Damaged) as caught:
        directory(archive)
    assert str(caught.value) == reason


UNREAD = [
    pytest.param(BOMB, "bomb", "'bomb' in it is too large (52428800 bytes; 1048576 are read)", id="too large"),
    pytest.param(LYING, "bomb", "'bomb' in it unpacks to more than it says: a trap, or damaged", id="bomb"),
    pytest.param(encrypted(cbz(TWO)), "a.txt", "it is encrypted: its contents need a password", id="encrypted"),
    pytest.param(cbz(TWO), "c.txt", "'c.txt' is missing in it", id="missing"),
    pytest.param(entry(b"a", b"x", method=99), "a", "'a' in it is packed by method 99, which is not read here", id="?"),
    pytest.param(
        entry(b"a", b"\xff\xff", method=8), "a", "'a' in it is damaged: it cannot be unpacked", id="no deflate"
    ),
    pytest.param(entry(b"a\n", b"x", offset=1), "a\n", "'a\\\\n' is not where the archive says", id="elsewhere"),
    pytest.param(entry(b"a", b"x", offset=0xFFFFFFF0), "a", "'a' is not where the archive says", id="beyond the end"),
    pytest.param(entry(b"a", b"x", packed=900, size=900), "a", "it ends too early: 'a' in it is cut off", id="cut off"),
    pytest.param(
        entry(b"a", b"content").replace(b"content", b"CONTENT"),
        "a",
        "'a' in it is damaged: its checksum differs",
        id="checksum",
    ),
]


@pytest.mark.parametrize(("archive", "name", "reason"), UNREAD)
def test_what_cannot_be_read_says_why(archive: bytes, name: str, reason: str) -> None:
    found = directory(archive)

    with pytest.raises(Damaged) as caught:
        found.read(name, LIMIT)
    assert str(caught.value) == reason


def test_ten_thousand_entries_take_three_reads() -> None:
    file = Counted(cbz({f"page{number:05}.jpg": b"picture" * 100 for number in range(10_000)}))

    assert len(ZipDirectory(file).names) == 10_000
    assert file.reads == 3
    assert file.bytes_read < 1 << 20


def test_a_small_archive_takes_one_read_and_one_for_each_entry() -> None:
    file = Counted(cbz(TWO))

    ZipDirectory(file).read("a.txt", LIMIT)

    assert file.reads == 2


def read_all(archive: bytes) -> None:
    try:
        found = directory(archive)
    except Damaged:
        return
    for name in found.names[:10]:
        try:
            found.read(name, LIMIT)
        except Damaged:
            continue


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_damaged(content: bytes) -> None:
    read_all(content)
    read_all(cbz(TWO)[:-22] + content)


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0), st.integers(1, 255), st.integers(min_value=0))
def test_any_damage_is_survived(at: int, value: int, cut: int) -> None:
    archive = bytearray(cbz(TWO))
    archive[at % len(archive)] ^= value
    read_all(bytes(archive))
    read_all(bytes(archive[: cut % len(archive)]))
