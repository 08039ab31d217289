"""Exports damaged in every way, and archives that are made to hurt: a reason each, and nothing of them stored."""

from __future__ import annotations

import io
import random
import resource
import signal
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from home import Home
from made_exports import Play, write_maloja
from moments import ALL
from readers import Readers
from running import wait_until

from scannerd.errors import ExportError
from scannerd.formats import FORMATS
from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.recognise import head_of, recognise
from scannerd.model.listen import Failed, Listen, Row, Skipped

MB = 1024 * 1024
CASES = 10_000
DROPPED = 30
LONG = 1800.0
"""Seconds for hundreds of files."""
LONGEST = 60
"""Seconds after which a reader hangs."""
MOST = 256 * MB
BOMB, MEMBERS = (400 * MB, 100_000) if ALL else (12 * MB, 10_001)
SAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "samples").iterdir()) if path.is_file()]
NOISE = [b"\0", b"\xff\xfe", b'"', b"{", b"[" * 2000, b"}", b"\n", b",", b"\t", b"1e999", b"-1", b"9" * 400, b"\\ud800"]
ENDS = "select name, state, rows_read, rows_stored, error from export"

in_full = pytest.mark.skipif(not ALL, reason="only in full: SCANNERD_TEST_FAULTS=all")


def samples_of(kind: Format) -> list[bytes]:
    return [data for data in SAMPLES if recognise(head_of("x", data)) is kind]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Bits flipped, bytes cut out, doubled or put in, the end gone, or a beginning with rubbish behind it."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(made) + 1)
        to = min(len(made), at + chance.randint(1, 60))
        match chance.randrange(6):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1:
                del made[at:to]
            case 2:
                made[at:at] = made[at:to]
            case 3:
                made[at:at] = chance.choice(NOISE)
            case 4:
                del made[at:]
            case _:
                made[at:to] = chance.randbytes(to - at)
    return bytes(made)


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    def say(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, say)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(kind: Format, data: bytes) -> list[Row] | str:
    """Its rows, or why there are none."""
    found = recognise(head_of("x", data)) or kind
    with no_longer_than(LONGEST):
        try:
            return list(found.read(io.BytesIO(data), ReadOptions(ZoneInfo("Europe/Berlin"), len(data))))
        except ExportError as exc:
            return str(exc)


@in_full
@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_a_reader_endures_ten_thousand_damaged_files(kind: Format, request: pytest.FixtureRequest) -> None:
    chance = random.Random(f"{request.config.getoption('randomly_seed', 1)} {kind.name}")
    samples, began = samples_of(kind), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for _ in range(CASES):
        data = damaged(chance.choice(samples), chance)
        found = outcome(kind, data)
        if isinstance(found, str):
            refused += 1
            assert 0 < len(found) < 400, data
            assert "\n" not in found, data
        else:
            assert all(isinstance(row, Listen | Skipped | Failed) for row in found), data
    print(f"{refused} of {CASES} were refused whole")
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - began) * 1024 < MOST


@in_full
@pytest.mark.timeout(3600)
def test_a_damaged_file_is_taken_in_with_its_failed_rows_or_nothing_of_it_is(
    new_home: Callable[..., Home], database: str, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(f"{request.config.getoption('randomly_seed', 1)} dropped")
    home = new_home(url=database)
    home.change("inbox", patience="0s")
    for number, kind in enumerate(FORMATS):
        for one in range(DROPPED):
            (home.drop / f"{number}-{one}").write_bytes(damaged(chance.choice(samples_of(kind)), chance))
    home.daemon.start()
    wait_until(lambda: not home.waiting or not home.daemon.is_running, "all are put away", patience=LONG)
    home.wait_until_idle()

    rows = home.look.rows(ENDS) or []
    assert {state for _, state, *_ in rows} == {"shelved", "failed"}
    for name, state, read, stored, error in rows:
        if state == "failed":
            assert (read, stored) == (0, 0)
            assert error in (home.drop / "failed" / f"{name}.why.txt").read_text()
    of_none = "select count(*) from listen where export_id in (select id from export where state = 'failed')"
    assert home.look.value(of_none) == 0
    assert home.look.value("select sum(rows_stored) from export") == home.look.value("select count(*) from listen")
    home.look.close()
    assert home.daemon.stop() == 0


def zipped(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tarred(*links: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, to in links:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, to
            archive.addfile(link)
    return buffer.getvalue()


def patched(data: bytes, header: bytes, place: int, value: bytes) -> bytes:
    """The last header of this kind says something else."""
    at = data.rindex(header) + place
    return data[:at] + value + data[at + len(value) :]


def hostile(honest: bytes) -> dict[str, tuple[bytes, str]]:
    """Archives, and what is to be said of them."""
    bomb = zipped(("a.json", honest[:-2] + b" " * BOMB))
    two = zipped(("a.json", honest), ("b.json", honest))
    entry = b"PK\x01\x02"
    return {
        "bomb.zip": (bomb, "unpacks to more than 200 times its size"),
        "bomb-in-a-zip.zip": (zipped(("inner.zip", bomb)), "unpacks to more than 200 times its size"),
        "too-many.zip": (zipped(*[(str(number), b"") for number in range(MEMBERS)]), "holds more than 10000 files"),
        "nested.zip": (zipped(("b.zip", zipped(("c.zip", zipped(("a.json", honest)))))), "nested too deep"),
        "overlapping.zip": (patched(two, entry, 42, bytes(4)), "overlaps the file before it"),
        "encrypted.zip": (patched(two, entry, 8, b"\x01"), "is encrypted"),
        "forged-size.zip": (patched(two, entry, 24, b"\x10\0\0\0"), "is damaged"),
        "links.tar": (tarred(("a.json", "/etc/shadow"), ("../b.json", "a.json")), "is in no known format"),
    }


def test_hostile_archives_are_put_aside_with_the_reason_and_nothing_is_unpacked(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    honest = write_maloja(home.folder / "made.json", told[:200]).read_bytes()
    (home.folder / "made.json").unlink()
    made = hostile(honest)
    for name, (data, _) in made.items():
        (home.drop / name).write_bytes(data)
    (home.drop / "climbing.zip").write_bytes(zipped(("../../../climbed.json", honest), ("/etc/climbed.json", honest)))
    before = set(home.folder.rglob("*"))
    readers = Readers(home.folder)
    home.daemon.start(**readers.environ)
    home.wait_until_idle()

    ends = {name: (state, read, error) for name, state, read, _, error in home.look.rows(ENDS) or []}
    for name, (_, said) in made.items():
        state, read, error = ends[name]
        assert (state, read) == ("failed", 0), name
        assert said in error
        assert (home.drop / "failed" / f"{name}.why.txt").is_file()
    assert ends["climbing.zip"][:2] == ("shelved", 400)
    new = [path for path in home.folder.rglob("*.json") if path not in before and path.parent != home.state]
    assert new == []
    most = readers.most_memory()
    print(f"a reader took {most // MB} MB at most")
    assert 0 < most < MOST
    home.look.close()
    assert home.daemon.stop() == 0
