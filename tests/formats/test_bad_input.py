"""Bad input, from a table: each gives a message with the file and the place, and never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.errors import BadExport, CutOffExport, ExportError, HostileExport, UnknownFormat
from scannerd.formats import FORMATS
from scannerd.formats.archive import Limits
from scannerd.formats.worker import WorkerLimits, open_export
from scannerd.model.batch import Batch, Window

SAMPLES = Path(__file__).parent.parent / "samples"
SPOTIFY = (SAMPLES / "spotify-extended-offline-podcast-audiobook.json").read_bytes()
ACCOUNT = (SAMPLES / "spotify-account-placeholders.json").read_bytes()
MALOJA = (SAMPLES / "maloja-null-album-and-various-artists.json").read_bytes()
KOITO = (SAMPLES / "koito-aliases-and-primary-artist.json").read_bytes()
LIMITS = WorkerLimits(archive=Limits(members=50, total=3 * 1024**2, ratio=100, ratio_after=1024**2))
NOW = Window(now=datetime(2026, 1, 1, tzinfo=UTC))


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


def scrobbles(*rows: str) -> bytes:
    return f'{{"maloja": {{}}, "scrobbles": [{", ".join(rows)}]}}'.encode()


def row(**changed: str) -> str:
    """A good row of Maloja as JSON text, with some of its fields replaced by other JSON text."""
    fields = {"time": "1746434410", "artists": '["A"]', "title": '"T"', "album": "null", "length": "null"} | changed
    track = ", ".join(f'"{key}": {fields[key]}' for key in ("artists", "title", "album", "length"))
    rest = f', "duration": {fields.get("duration", "null")}, "origin": {fields.get("origin", "null")}'
    return f'{{"time": {fields["time"]}, "track": {{{track}}}{rest}}}'


def overlapping(data: bytes) -> bytes:
    offset = data.rindex(b"PK\x01\x02") + 42
    return data[:offset] + bytes(4) + data[offset + 4 :]


def encrypted(data: bytes) -> bytes:
    flags = data.rindex(b"PK\x01\x02") + 8
    return data[:flags] + b"\x01" + data[flags + 1 :]


def rows_of(path: Path, name: str = "x.json") -> list[tuple[str, str, str]]:
    """Every row: (`stored`, title, ``) or (outcome, reason, raw)."""
    rows: list[tuple[int, tuple[str, str, str]]] = []
    with open_export(str(path), name=name, time_zone=ZoneInfo("UTC"), window=NOW, limits=LIMITS) as stream:
        for item in stream:
            if isinstance(item, Batch):
                titles = {lookup[0]: str(lookup[5]) for lookup in item.lookups}
                rows += [(listen[0], ("stored", titles[listen[2]], "")) for listen in item.listens]
                rows += [(other[0], other[1:]) for other in item.others]
    return [found for _, found in sorted(rows)]


BOMB = b" " * (2 * 1024**2)
FAILS: list[tuple[str, bytes, type[ExportError], str]] = [
    ("empty", b"", CutOffExport, "'x.json' is in no known format (tried N formats); it looks like an empty file"),
    ("blank", b"\n\n \n", CutOffExport, "it looks like nothing but white space"),
    ("a web page", b"<!doctype html><p>Log in", UnknownFormat, "it looks like a web page (HTML)"),
    ("a PDF", b"%PDF-1.4", UnknownFormat, "it looks like a PDF document"),
    ("an empty list", b"[]", UnknownFormat, "it looks like a JSON list without rows"),
    ("a JSON number", b"17\n", UnknownFormat, "it looks like text that begins with '17'"),
    ("a text without a line end", b"Dear", CutOffExport, "it looks like text that begins with 'Dear'"),
    ("random bytes", bytes(range(256)), UnknownFormat, "it looks like binary data"),
    ("half a key", SPOTIFY[:30], CutOffExport, "it looks like"),
    (
        "half a Spotify row",
        SPOTIFY[:600],
        CutOffExport,
        "'x.json' is cut off: it ends in the middle of item 1 ",
    ),
    (
        "half a Spotify file",
        SPOTIFY[:2500],
        CutOffExport,
        "is cut off: it ends in the middle of item 6 (line 7, column",
    ),
    (
        "Spotify without its last bracket",
        SPOTIFY.rstrip()[:-1],
        CutOffExport,
        "is cut off: it ends in the middle of item 11",
    ),
    (
        "half an account file",
        ACCOUNT[:200],
        CutOffExport,
        "is cut off: it ends in the middle of item 2 (line 3, column",
    ),
    ("half a Maloja file", MALOJA[:1000], CutOffExport, "is cut off: it ends in the middle of item 6 (line 9, column"),
    (
        "Maloja without its last brace",
        MALOJA.rstrip()[:-1],
        CutOffExport,
        "is cut off: it ends in the middle of item 9",
    ),
    ("half a Koito file", KOITO[:900], CutOffExport, "is cut off: it ends in the middle of item 1 (line"),
    ("cut inside a letter", MALOJA[: MALOJA.index("伊".encode()) + 1], CutOffExport, "is not UTF-8 text"),
    (
        "a missing comma",
        MALOJA.replace(b"},\n    {", b"}\n    {", 1),
        BadExport,
        "is broken JSON (item 1, line 5, column 5)",
    ),
    ("a comma too many", MALOJA.replace(b"]\n}", b",]\n}"), BadExport, "is broken JSON (item 10, line 13, column"),
    ("single quotes", scrobbles(row(), "{'time': 1}"), BadExport, "is broken JSON (item 2, line 1, column"),
    ("two documents", MALOJA + MALOJA, BadExport, "goes on after its end (line 15, column 1); several files may"),
    (
        "latin-1",
        scrobbles(row(title='"caf\u00e9"')).decode().encode("latin-1"),
        BadExport,
        "is not UTF-8 text: byte 0xe9",
    ),
    ("deep lists", scrobbles(row(), "[" * 200_000), BadExport, "is nested too deep to be a listening history"),
    ("deep objects", scrobbles(row(), '{"a":' * 200_000), BadExport, "is nested too deep to be a listening history"),
    (
        "a bomb in a zip",
        zipped(("a.json", MALOJA[:-2] + BOMB + b"}")),
        HostileExport,
        "'x.json': 'a.json' unpacks to more than",
    ),
    ("a bomb in gzip", gzip.compress(MALOJA + BOMB), HostileExport, "'x.json' unpacks to more than 100 times its size"),
    (
        "a bomb in a zip in a zip",
        zipped(("in.zip", zipped(("a.json", MALOJA + BOMB)))),
        HostileExport,
        "'x.json': 'in.zip/a.json' unpacks to more than",
    ),
    (
        "more bytes than allowed",
        zipped(("a.json", MALOJA + BOMB), ("b.json", MALOJA + BOMB), compression=zipfile.ZIP_STORED),
        HostileExport,
        "'x.json': 'b.json' unpacks to more than 3 MB",
    ),
    ("too many files", zipped(*[(f"{n}", b"") for n in range(51)]), HostileExport, "'x.json' holds more than 50 files"),
    (
        "too deep",
        zipped(("a.zip", zipped(("b.zip", zipped(("c", MALOJA)))))),
        HostileExport,
        "'x.json': 'a.zip/b.zip' is an archive that is nested too deep",
    ),
    (
        "overlapping members",
        overlapping(zipped(("a", MALOJA), ("b", MALOJA))),
        HostileExport,
        "'b' overlaps the file before",
    ),
    ("an encrypted member", encrypted(zipped(("a.json", MALOJA))), BadExport, "'x.json': 'a.json' is encrypted"),
    (
        "an unusual method",
        zipped(("a.json", MALOJA), compression=zipfile.ZIP_BZIP2),
        BadExport,
        "'x.json': 'a.json' is packed by a method that is not read here (12)",
    ),
    ("half a zip", zipped(("a.json", MALOJA))[:300], CutOffExport, "'x.json' is a damaged zip: its table of contents"),
    ("a zip without its end", zipped(("a.json", MALOJA))[:-5], CutOffExport, "'x.json' is a damaged zip"),
    (
        "a wrong checksum",
        zipped(("a.json", MALOJA), compression=zipfile.ZIP_STORED).replace(b"Sampler", b"Sampled"),
        BadExport,
        "'x.json': 'a.json' is damaged: Bad CRC-32 for file 'a.json'",
    ),
    ("half a gzip", gzip.compress(MALOJA)[:-30], CutOffExport, "'x.json' is damaged: it ends too early"),
    ("a damaged gzip", gzip.compress(MALOJA)[:-8] + b"12345678", BadExport, "'x.json' is damaged: CRC check failed"),
    ("an empty zip", zipped(), UnknownFormat, "'x.json' holds no files"),
    ("a zip of folders", zipped(("a/", b""), ("b/", b"")), UnknownFormat, "'x.json' holds no files"),
    (
        "a zip without listens",
        zipped(("a.pdf", b"%PDF"), ("b.png", b"\x89PNG")),
        UnknownFormat,
        "'x.json' holds no listening history (tried N formats on 2 files); 'a.pdf' looks like a PDF document",
    ),
    (
        "a workbook",
        zipped(("[Content_Types].xml", b"<?xml?>"), ("xl/workbook.xml", b"<?xml?>")),
        UnknownFormat,
        "it looks like an Excel or Word file",
    ),
    (
        "one damaged member among good ones",
        zipped(("a.json", MALOJA), ("b.json", KOITO[:900])),
        BadExport,
        "'x.json': 'b.json' is cut off: it ends in the middle of item 1",
    ),
    (
        "Koito of tomorrow",
        KOITO.replace(b'"1"', b'"2"', 1),
        UnknownFormat,
        "a Koito export of version 2, of which only",
    ),
    (
        "a quote that nobody closes",
        b'uts,artist,track\n1,"A,B\n2,C,D\n',
        CutOffExport,
        "ends inside a quoted field of the rec",
    ),
    (
        "rows that are lists without end",
        b'{"maloja": 1, "scrobbles": [[[',
        CutOffExport,
        "is cut off: it ends in the middle of item 1",
    ),
]


@pytest.mark.parametrize(("data", "error", "says"), [case[1:] for case in FAILS], ids=[case[0] for case in FAILS])
def test_a_bad_file_is_refused_whole_and_in_words(
    tmp_path: Path, data: bytes, error: type[ExportError], says: str
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)

    with pytest.raises(ExportError) as caught:
        rows_of(path)

    message = str(caught.value)
    assert type(caught.value) is error, message
    assert says.replace("tried N", f"tried {len(FORMATS)}") in message
    assert message.startswith("'x.json'")
    assert "\n" not in message
    assert "Traceback" not in message
    assert not message.endswith(".")
    assert len(message) < 400


GOOD = ("stored", "T", "")
ROWS: list[tuple[str, str, tuple[str, str] | None]] = [
    ("a list", "[1]", ("failed", "the row is a list, where an object belongs")),
    ("null", "null", ("failed", "the row is missing, where an object belongs")),
    (
        "no track",
        '{"time": 1746434410}',
        ("failed", "track is missing, where an object with artists and title belongs"),
    ),
    ("no time", row(time="null"), ("skipped", "no usable time")),
    ("an empty time", row(time='""'), ("skipped", "no usable time")),
    ("time NaN", row(time="NaN"), ("failed", "time is nan, where a whole number belongs")),
    ("time infinite", row(time="-Infinity"), ("failed", "time is -inf, where a whole number belongs")),
    ("time true", row(time="true"), ("failed", "time is true, where a whole number belongs")),
    ("time in words", row(time='"now"'), ("failed", "time is 'now', where a whole number belongs")),
    (
        "time beyond all calendars",
        row(time="1e300"),
        ("failed", "time is 1e+300, where a time in Unix seconds belongs"),
    ),
    (
        "time of 30 digits",
        row(time="9" * 30),
        ("failed", "time is 1e+30, where a time in Unix seconds belongs"),
    ),
    ("time at the clock's beginning", row(time="0"), ("skipped", "no usable time")),
    ("time before Last.fm", row(time="900000000"), ("skipped", "before 2002-10-01")),
    ("time to come", row(time="4000000000"), ("skipped", "in the future")),
    ("artists a number", row(artists="5"), ("failed", "artists is 5, where a list of names belongs")),
    ("an artist is a number", row(artists="[5]"), ("failed", "artists is 5, where text belongs")),
    ("no artists", row(artists="[]"), ("skipped", "no artist")),
    ("artists of spaces", row(artists='[" ", "\\u200b"]'), ("skipped", "no artist")),
    ("no title", row(title="null"), ("skipped", "no title")),
    ("title an object", row(title='{"a": 1}'), ("failed", "title is an object, where text belongs")),
    ("title of NUL", row(title='"\\u0000"'), ("skipped", "no title")),
    (
        "album a string",
        row(album='"A"'),
        ("failed", "album is 'A', where an object with albumtitle and artists belongs"),
    ),
    ("length in words", row(length='"long"'), None),
    ("length negative", row(length="-5"), None),
    ("length absurd", row(length="1e30"), None),
    ("played NaN", row(duration="NaN"), None),
    ("NUL inside", row(title='"\\u0000T\\u0000"'), None),
    ("a raw control character", row(title='"\x01T"'), None),
    ("a lone surrogate beside", row(origin='"client:\\ud83d"'), None),
    ("keys twice", row().replace('"title": "T"', '"title": "X", "title": "T"'), None),
    ("a byte order mark inside", row(title='"\\ufeffT"'), None),
]


@pytest.mark.parametrize(("text", "outcome"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_a_bad_row_is_counted_with_its_reason_and_does_not_stop_the_rest(
    tmp_path: Path, text: str, outcome: tuple[str, str] | None
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(scrobbles(row(), text, row()))
    first, bad, last = rows_of(path)

    assert (first, last) == (GOOD, GOOD)
    assert bad[:2] == (outcome or GOOD[:2])
    assert "\n" not in bad[1]


def test_a_row_full_of_lone_surrogates_becomes_storable_text(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(scrobbles(row(title='"a\\ud800b"', artists="[5]"), row(title='"\\ud83c\\udfb5 \\udfff"')))
    failed, stored = rows_of(path)

    assert failed[0] == "failed"
    failed[2].encode()
    assert stored[0] == "stored"
    assert stored[1].startswith("🎵")
    stored[1].encode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_in_another_encoding_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(scrobbles(row(title='"Ünï"')).decode().encode(encoding))

    assert rows_of(path) == [("stored", "Ünï", "")]


def test_a_name_that_climbs_out_of_the_zip_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / "in" / "x.zip"
    path.parent.mkdir()
    path.write_bytes(zipped(("../../../evil.json", MALOJA), ("/etc/evil.json", KOITO)))
    before = sorted(tmp_path.rglob("*"))
    with open_export(str(path), name="x.zip", time_zone=ZoneInfo("UTC"), window=NOW) as stream:
        list(stream)

    assert [member.name for member in stream.reading.members] == ["../../../evil.json", "/etc/evil.json"]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_twice_is_read_twice_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(("a.json", MALOJA), ("a.json", KOITO)))
    with open_export(str(path), name="x.zip", time_zone=ZoneInfo("UTC"), window=NOW) as stream:
        list(stream)

    assert [(member.name, member.format) for member in stream.reading.members] == [
        ("a.json", "maloja"),
        ("a.json (2)", "koito"),
    ]
    assert stream.reading.warnings == ("'a.json (2)' stands in the zip more than once; each was read",)


@pytest.mark.parametrize(
    ("begin", "says"),
    [
        (
            b'{"maloja": {}, "scrobbles": [{"time": 1, "x": "',
            "holds a value of more than 16 MB (item 1, line 1",
        ),
        (b'uts,artist,track\n1,A,"', "has a line of more than 4 MB, which no list of listens has"),
        (b"\0", "it looks like binary data"),
        (b'{"listened_at":1,"track_metadata":{"artist_name":"A","track_name":"T"}}\n{"x":"', None),
    ],
)
def test_a_line_of_a_hundred_megabytes_is_not_taken_into_memory(tmp_path: Path, begin: bytes, says: str | None) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as file:
        file.write(begin + b"y" * 70_000)
        os.truncate(path, 100 * 1024**2)  # sparse: the rest is NUL and takes no room on the disk
    if says is None:
        assert [found[:2] for found in rows_of(path)][1:] == [("failed", "the line is longer than 16 MB")]
    else:
        with pytest.raises(ExportError) as caught:
            rows_of(path)
        assert says in str(caught.value)


def test_what_is_private_never_leaves_the_reader(tmp_path: Path) -> None:
    play = {
        "ms_played": 1,
        "master_metadata_track_name": "T",
        "master_metadata_album_artist_name": "A",
        "ip_addr": "203.0.113.9",
        "ip_addr_decrypted": "203.0.113.9",
        "user_agent_decrypted": "Mozilla",
        "conn_country": "ZZ",
        "username": "whoever",
        "city": "Somewhere",
        "platform": "Android OS 13 (secret phone)",
    }
    path = tmp_path / "x.json"
    path.write_bytes(json.dumps([play | {"ts": None}, play | {"ts": "bad"}]).encode())
    shown = repr(rows_of(path))

    assert "skipped" in shown
    assert "failed" in shown
    for secret in ("203.0.113.9", "Mozilla", "ZZ", "whoever", "Somewhere", "secret phone"):
        assert secret not in shown
