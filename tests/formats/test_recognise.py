"""What a file is, and what to say of one that nobody knows."""

from __future__ import annotations

import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats import FORMATS
from scannerd.formats.format import HEAD_BYTES, ReadOptions
from scannerd.formats.recognise import advice, head_of, looks_like, recognise

SAMPLES = Path(__file__).parent.parent / "samples"


def test_every_format_has_a_name_of_its_own_and_says_whose_it_is() -> None:
    names = [known.name for known in FORMATS]

    assert len(set(names)) == len(names)
    assert all(name == name.lower() and " " not in name for name in names)
    assert all(known.title and "\n" not in known.title for known in FORMATS)


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"", "an empty file"),
        (b" \n\n", "nothing but white space"),
        (b"<!DOCTYPE html><html>", "a web page (HTML)"),
        (b"\n<html lang=en>", "a web page (HTML)"),
        (b'<?xml version="1.0"?><lfm>', "XML"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"SQLite format 3\0\x10\0", "an SQLite database"),
        (b"7z\xbc\xaf\x27\x1c\0", "a 7z archive"),
        (b"\xd0\xcf\x11\xe0\xa1", "an old Excel or Word file"),
        (b"\0\0\0 ftypisom", "a film or sound file"),
        (b"x" * 257 + b"ustar\x0000", "a tar archive"),
        ("[1]".encode("utf-16-le"), "binary data, or UTF-16 text without its byte order mark"),
        (b"[]", "a JSON list without rows"),
        (b"{}", "a JSON object without rows"),
        (b"[1, 2]", "a JSON list without rows"),
        (b'{"playlists": []}', "playlists: no listens"),
        (b'[{"searchTime": "2024-01-01", "query": "x"}]', "a search history: no listens"),
        (b'{"b": 1, "a": {"c": 2}}', "a JSON object with the keys 'a', 'b'"),
        (b'[{"zeit": 1, "titel": 2}]', "a JSON list of objects with the keys 'titel', 'zeit'"),
        (
            json.dumps([dict.fromkeys("abcdefgh", 1)]).encode(),
            "a JSON list of objects with the keys 'a', 'b', 'c', 'd', 'e', 'f', …",
        ),
        (b"name,age\nx,1\n", "CSV that begins with 'name,age'"),
        (b"name\tage\n", "tab separated text that begins with 'name?age'"),
        ("Grüße an alle\x1b[31m".encode(), "text that begins with 'Grüße an alle?[31m'"),
    ],
)
def test_an_unknown_file_is_described(data: bytes, looks: str) -> None:
    head = head_of("whatever.json", data)

    assert recognise(head) is None
    assert looks_like(head) == looks
    assert advice(looks)


@pytest.mark.parametrize("name", [path.name for path in sorted(SAMPLES.iterdir()) if path.is_file()])
def test_a_sample_is_recognised_under_any_name_and_cut_at_any_place(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    found = recognise(head_of("x", data))

    if found is not None:
        assert found.name.startswith(name.split("-", maxsplit=1)[0].split(".", maxsplit=1)[0])
        rows = list(found.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))
        assert rows or "empty" in name
    for cut in range(0, len(data), max(len(data) // 50, 1)):
        recognise(head_of("x", data[:cut]))
        looks_like(head_of("x", data[:cut]))


def test_a_head_cut_inside_a_letter_is_still_utf_8() -> None:
    head = head_of("x", "é".encode() * HEAD_BYTES)

    assert not head.complete
    assert len(head.data) == HEAD_BYTES
    assert set(head.text) == {"é"}
    assert head_of("x", b"\xff\xfe[\0]\0").text == "[]"
    assert head_of("x", b"caf\xe9").text == "café"
