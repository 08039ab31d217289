"""What is inside a zip or gzip, under limits."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import suppress

import pytest

from scannerd.errors import BadExport, HostileExport
from scannerd.formats.archive import Archive, Limits, shown_name

SMALL = Limits(members=5, total=1024**2, ratio=50, ratio_after=10_000)


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def contents(data: bytes, limits: Limits = SMALL) -> list[tuple[str, bytes]]:
    archive = Archive(io.BytesIO(data), limits=limits, beat=lambda: None)
    return [(member.name, member.open().read()) for member in archive.members()]


def test_a_plain_file_is_its_own_only_member() -> None:
    assert contents(b"[1]") == [("", b"[1]")]
    assert contents(b"") == [("", b"")]


def test_gzip_and_zip_are_known_by_content_and_may_be_nested_once() -> None:
    inner = zipped(("listens/2025/6.jsonl", b"{}"))

    assert contents(gzip.compress(b"[1]")) == [("", b"[1]")]
    assert contents(zipped(("a/b/c.json", b"[1]"))) == [("a/b/c.json", b"[1]")]
    assert contents(zipped(("x.json", b"[1]"), ("inner.zip", inner))) == [
        ("x.json", b"[1]"),
        ("inner.zip/listens/2025/6.jsonl", b"{}"),
    ]
    assert contents(zipped(("x.json.gz", gzip.compress(b"[1]")))) == [("x.json.gz", b"[1]")]
    assert contents(gzip.compress(inner)) == [("listens/2025/6.jsonl", b"{}")]


def test_a_member_can_be_opened_again_from_the_start() -> None:
    archive = Archive(io.BytesIO(zipped(("a", b"x" * 5000))), limits=SMALL, beat=lambda: None)
    (member,) = archive.members()

    assert member.head == b"x" * 5000
    assert member.size == 5000
    with pytest.raises(BadExport, match=r"^is damaged: "):
        member.open()  # the archive is closed once its members are through


def test_folders_and_litter_are_passed_over() -> None:
    data = zipped(
        ("folder/", b""), ("__MACOSX/._x.json", b"1"), ("a/.DS_Store", b"1"), ("a/._b", b"1"), ("a/b.json", b"2")
    )

    assert contents(data) == [("a/b.json", b"2")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_entries_are_both_read_and_noted() -> None:
    archive = Archive(io.BytesIO(zipped(("a", b"1"), ("a", b"2"))), limits=SMALL, beat=lambda: None)

    assert [(member.name, member.open().read()) for member in archive.members()] == [("a", b"1"), ("a (2)", b"2")]
    assert archive.warnings == ["'a (2)' stands in the zip more than once; each was read"]


def test_names_are_only_shown() -> None:
    assert contents(zipped(("../../etc/passwd", b"1")))[0][0] == "../../etc/passwd"
    assert shown_name("..\\evil\n\x1b[31m\u202e\udcff") == "../evil\\n\\x1b[31m\\u202e\\xff"
    assert shown_name("x" * 1000) == "x" * 255 + "…"


def overlapping(data: bytes) -> bytes:
    """Both entries of the table of contents point to the first one."""
    offset = data.rindex(b"PK\x01\x02") + 42
    return data[:offset] + bytes(4) + data[offset + 4 :]


def encrypted(data: bytes) -> bytes:
    flags = data.rindex(b"PK\x01\x02") + 8
    return data[:flags] + b"\x01" + data[flags + 1 :]


def many_by_claim(data: bytes) -> bytes:
    end = data.rindex(b"PK\x05\x06")
    return data[: end + 8] + b"\x40\x9c\x40\x9c" + data[end + 12 :]


TWO = zipped(("a", b"one" * 50), ("b", b"two" * 50))
BOMB = b"0" * 600_000


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (zipped(("a", BOMB)), HostileExport, ": 'a' unpacks to more than 50 times its size, which no history does"),
        (gzip.compress(BOMB, mtime=0), HostileExport, "unpacks to more than 50 times its size, which no history does"),
        (
            zipped(("in.zip", zipped(("a", BOMB)))),
            HostileExport,
            ": 'in.zip/a' unpacks to more than 50 times its size, which no history does",
        ),
        (
            zipped(*[(name, BOMB) for name in "abc"], compression=zipfile.ZIP_STORED),
            HostileExport,
            "unpacks to more than 1 MB",
        ),
        (zipped(*[(str(n), b"") for n in range(6)]), HostileExport, "holds more than 5 files"),
        (many_by_claim(TWO), HostileExport, "holds more than 5 files"),
        (
            zipped(("in.zip", zipped(*[(str(n), b"") for n in range(5)]))),
            HostileExport,
            ": 'in.zip' holds more than 5 files",
        ),
        (
            zipped(("in.zip", zipped(("deep.zip", zipped(("a", b"1")))))),
            HostileExport,
            ": 'in.zip/deep.zip' is an archive that is nested too deep",
        ),
        (overlapping(TWO), HostileExport, ": 'b' overlaps the file before it: the zip is forged"),
        (encrypted(TWO), BadExport, ": 'b' is encrypted"),
        (
            zipped(("a", b"x"), compression=zipfile.ZIP_LZMA),
            BadExport,
            ": 'a' is packed by a method that is not read here (14)",
        ),
        (TWO[:-10], BadExport, "is a damaged zip: its table of contents cannot be read"),
        (TWO[:40], BadExport, "is a damaged zip: its table of contents cannot be read"),
        (gzip.compress(b"abc" * 1000, mtime=0)[:-20], BadExport, "is damaged: it ends too early"),
        (
            TWO[:30] + TWO[30:].replace(b"PK\x03\x04", b"PK\x03\x09"),
            BadExport,
            ": 'b' is damaged: Bad magic number for file header",
        ),
    ],
)
def test_what_no_honest_export_is_is_refused(data: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        contents(data)

    assert str(caught.value) == message


@pytest.mark.parametrize("place", range(0, len(TWO), 7))
def test_a_flipped_byte_is_refused_or_read_and_never_anything_else(place: int) -> None:
    damaged = bytearray(TWO)
    damaged[place] ^= 0xFF
    with suppress(BadExport, HostileExport):
        contents(bytes(damaged))


def test_a_checksum_that_is_wrong_names_its_member() -> None:
    data = zipped(("a.json", b"[1, 2, 3]"), compression=zipfile.ZIP_STORED).replace(b"[1, 2, 3]", b"[1, 2, 4]")

    with pytest.raises(BadExport, match=r"^: 'a.json' is damaged: Bad CRC-32 for file 'a.json'$"):
        contents(data)


def test_every_piece_that_is_read_is_a_sign_of_life() -> None:
    beats: list[int] = []
    data = b"x" * 1_000_000
    archive = Archive(io.BytesIO(data), limits=SMALL, beat=lambda: beats.append(1))
    (member,) = archive.members()

    assert member.open().read() == data
    assert len(beats) > 1
