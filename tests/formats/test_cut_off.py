"""A file that ends in the middle, wherever that is, is told from one that is damaged: the rest may still come."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.errors import CutOffExport, ExportError
from scannerd.formats.child import Worker
from scannerd.formats.job import Job, Reading, WorkerLimits
from scannerd.formats.recognise import head_of, recognise
from scannerd.formats.worker import open_export
from scannerd.model.batch import Window

SAMPLES = {path.name: path.read_bytes() for path in sorted((Path(__file__).parent.parent / "samples").iterdir())}
KNOWN = {name: data for name, data in SAMPLES.items() if recognise(head_of("x", data))}
LINES = {name: data for name, data in KNOWN.items() if name.endswith((".csv", ".jsonl", ".log"))}
DOCUMENTS = {name: data for name, data in SAMPLES.items() if name.endswith(".json")}
NOW = Window(now=datetime(2026, 1, 1, tzinfo=UTC))
MALOJA = SAMPLES["maloja-null-album-and-various-artists.json"]
MONTH = SAMPLES["listenbrainz-month.jsonl"]
GHAN = SAMPLES["lastfm-ghan.csv"]
STATS = SAMPLES["lastfmstats-byte-order-mark.csv"]


class Reader:
    """The worker's part without the process, whose start would be most of the time."""

    def __init__(self, nowhere: int) -> None:
        self._nowhere = nowhere

    def read(self, data: bytes, zeros: int = 0) -> Reading:
        with os.fdopen(os.memfd_create("export"), "w+b") as file:
            file.write(data)
            file.truncate(len(data) + zeros)
            job = Job("export", ZoneInfo("UTC"), NOW, WorkerLimits(), 0)
            return Worker(job, file, self._nowhere).read()

    def ends(self, data: bytes, zeros: int = 0) -> str:
        """How the reading of these bytes ends, in a word."""
        try:
            return "torn" if self.read(data, zeros).is_torn else "whole"
        except ExportError as exc:
            return type(exc).__name__


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    yield Reader(nowhere)
    os.close(nowhere)


def cuts(data: bytes, most: int = 40) -> list[int]:
    """Some places to cut at: all near both ends, where formats tell themselves, and some of the others."""
    end = len(data.rstrip())
    between = range(0, end, max(end // most, 1))
    return sorted({*range(min(most, end)), *between, *range(max(end - 12, 0), end)})


def zipped(*entries: tuple[str, bytes], stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_json_document_is_cut_off_wherever_it_ends(reader: Reader, name: str) -> None:
    data = DOCUMENTS[name]

    assert {reader.ends(data[:cut]) for cut in cuts(data)} == {"CutOffExport"}


@pytest.mark.parametrize("name", LINES)
def test_lines_are_cut_off_or_torn_or_a_shorter_export(reader: Reader, name: str) -> None:
    data = LINES[name]
    ends = {cut: reader.ends(data[:cut]) for cut in cuts(data)}
    foreign = {cut for cut, end in ends.items() if end not in ("CutOffExport", "torn", "whole")}

    assert reader.ends(data) == "whole"
    # Its only line so far, of a track that was playing, has no date, and so nothing of a listening history.
    assert foreign == ({data.index(b"\n") + 1} if name == "benjaminbenben-four-columns.csv" else set())
    assert {ends[cut] for cut in ends if cut < 9} == {"CutOffExport"}


@pytest.mark.parametrize("name", SAMPLES)
def test_room_that_is_reserved_and_not_written_to_is_not_the_end(reader: Reader, name: str) -> None:
    data = SAMPLES[name]
    ends = {reader.ends(data[:cut], zeros=len(data) - cut) for cut in cuts(data, most=20)}

    assert ends <= ({"CutOffExport", "torn"} if name in LINES else {"CutOffExport"})
    assert reader.ends(data, zeros=100) in ("CutOffExport", "torn" if name in LINES else "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["lastfm-pages.json", "pano.jsonl", "lastfm-ghan.csv"])
def test_it_is_so_in_every_encoding(reader: Reader, name: str, encoding: str) -> None:
    data = SAMPLES[name].decode().rstrip().encode(encoding)
    allowed = {"CutOffExport"} if name.endswith(".json") else {"CutOffExport", "torn", "whole"}
    torn = {reader.ends(data[:cut], zeros=64) for cut in range(1, len(data), 17)}

    assert {reader.ends(data[:cut]) for cut in (*range(40), *range(40, len(data), 17))} <= allowed
    assert torn <= allowed - {"whole"}


PACKED = {
    "zip": zipped(("a.json", MALOJA), ("b.pdf", b"%PDF-1.7")),
    "a zip that is not packed": zipped(("a.csv", GHAN), ("b.json", MALOJA), stored=True),
    "a zip inside one that is not packed": zipped(("a.zip", zipped(("a", GHAN))), ("b.json", MALOJA), stored=True),
    "gzip": gzip.compress(MALOJA),
    "gzip of lines": gzip.compress(MONTH),
    "gzip of a zip": gzip.compress(zipped(("a.csv", GHAN))),
}


@pytest.mark.parametrize("kind", PACKED)
def test_what_is_packed_is_cut_off_wherever_it_ends(reader: Reader, kind: str) -> None:
    data = PACKED[kind]
    inner_ends = data.find(b"PK\x05\x06") + 22
    places = {*range(0, len(data), 5), *range(len(data) - 30, len(data)), *range(inner_ends - 3, inner_ends + 3)}

    assert {reader.ends(data[:cut]) for cut in places if cut < len(data)} == {"CutOffExport"}
    assert reader.ends(data) == "whole"


@pytest.mark.parametrize("kind", PACKED)
def test_what_is_packed_is_cut_off_where_zeros_begin(reader: Reader, kind: str) -> None:
    data = PACKED[kind]

    assert {reader.ends(data[:cut], zeros=64) for cut in range(0, len(data) - 30, 9)} == {"CutOffExport"}
    assert reader.ends(data, zeros=64) == "whole"


def test_a_long_document_is_cut_off_wherever_it_ends(reader: Reader) -> None:
    rows = MALOJA[MALOJA.index(b"[") + 1 : MALOJA.rindex(b"]")].strip()
    data = MALOJA[: MALOJA.index(b"[") + 1] + b",".join([rows] * 400) + b"]}"
    places = (64 * 1024, 64 * 1024 + 1, 256 * 1024, len(data) // 2, len(data) - 1)

    assert len(data) > 300 * 1024
    assert {reader.ends(data[:cut]) for cut in places} == {"CutOffExport"}


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (MALOJA[:700], "CutOffExport"),
        (GHAN[:250], "CutOffExport"),
        (STATS[:120], "CutOffExport"),
        (MONTH[:700], "torn"),
        (MONTH, "torn"),
        (GHAN, "CutOffExport"),
    ],
)
def test_zeros_may_be_longer_than_any_value_or_line(reader: Reader, data: bytes, ends: str) -> None:
    assert reader.ends(data, zeros=20 * 1024**2) == ends


@pytest.mark.parametrize(
    ("data", "ends"),
    [
        (b"", "CutOffExport"),
        (b" \n", "CutOffExport"),
        (b"\xff", "CutOffExport"),
        (b"P", "CutOffExport"),
        (b"PK\x03\x04", "CutOffExport"),
        (b"\x1f\x8b", "CutOffExport"),
        (bytes(5000), "CutOffExport"),
        (bytes(100_000), "CutOffExport"),
        (b"Time,Artist,Track", "torn"),
        (b"Time,Artist,Track\n", "whole"),
        (b"Time,Art", "CutOffExport"),
        (b"# of somebody\n# who listens\n", "CutOffExport"),
        (b'"Time,Artist', "CutOffExport"),
        (b"name,age\nx,1\n", "UnknownFormat"),
        (b'{"a": 1}', "UnknownFormat"),
        (b'{"a": 1}\n{"a": 2', "CutOffExport"),
        (b'{"a": 1}\n{"a" 2', "UnknownFormat"),
        (b"[1, 2 3", "UnknownFormat"),
        (b"[" + b'"x",' * 20_000, "UnknownFormat"),  # more of it would not tell what it is
        (b"<html", "UnknownFormat"),
        (b"%PDF-1.7" + bytes(100), "UnknownFormat"),
        (b"x" * 257 + b"ustar" + bytes(2000), "UnknownFormat"),
        (bytes(range(256)), "UnknownFormat"),
        (zipped(("a.json", MALOJA[:700])), "BadExport"),
        (zipped(("a.json", MALOJA[:20])), "UnknownFormat"),
        (zipped(("a.zip", zipped(("b.json", MALOJA))[:-9])), "BadExport"),
        (zipped(("a.gz", gzip.compress(MALOJA)[:-9])), "BadExport"),
        (zipped(("a.csv", GHAN[:-20])), "whole"),
        (PACKED["zip"].replace(b"PK\x01\x02", b"PK\x01\x00"), "BadExport"),
        (gzip.compress(MALOJA)[:-8] + b"12345678", "BadExport"),
        (MALOJA.replace(b"},", b"}", 1)[:700], "BadExport"),
        (MALOJA + b"]", "BadExport"),
        (b"Time,Artist,Track\n1270468794,Blur,Tender", "whole"),
        (GHAN + b"1270468794,,Blur", "torn"),
        (GHAN + b"1270468794,,Blur\n", "whole"),
        (STATS + b"Blur;13;x;Tender;17497746", "torn"),
        (MONTH + b'{"listened_at": 17', "torn"),
        (MONTH + b'{"listened_at": 17\n', "whole"),
        (MONTH + bytes(8), "torn"),
        (b"Time,Artist,Track\n1270468794,Blur,T\xc3", "torn"),
        (b"Time,Artist,Track\n1270468794,Bl\xf6r,T\n", "whole"),
    ],
)
def test_what_may_still_become_whole_is_told_from_what_may_not(reader: Reader, data: bytes, ends: str) -> None:
    assert reader.ends(data) == ends


def test_the_error_and_the_torn_line_travel_from_the_worker(tmp_path: Path) -> None:
    def read(data: bytes) -> Reading:
        path = tmp_path / "export"
        path.write_bytes(data)
        with open_export(str(path), name="export", time_zone=ZoneInfo("UTC"), window=NOW) as stream:
            list(stream)
        return stream.reading

    with pytest.raises(CutOffExport) as caught:
        read(MALOJA[:700])
    assert str(caught.value).startswith("'export' is cut off: it ends in the middle of item ")
    assert caught.value.hint == "copy or download it again; the copy may have been interrupted"
    assert read(MONTH + b'{"listened_at"').is_torn
    assert not read(MONTH).is_torn
