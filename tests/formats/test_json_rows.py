"""Rows of JSON and JSONL, whole and streamed."""

from __future__ import annotations

import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.errors import BadExport
from scannerd.formats import json_rows, json_text
from scannerd.formats.json_rows import BadLine

STREAMED = json_rows.WHOLE_LIMIT + 1
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def items(data: bytes | str, prefix: str = "item", *, size: int = 0) -> list[tuple[int, object]]:
    data = data.encode() if isinstance(data, str) else data
    return list(json_rows.items(io.BytesIO(data), size or len(data), prefix))


@pytest.mark.parametrize("size", [1, STREAMED])
@pytest.mark.parametrize(
    ("document", "prefix", "found"),
    [
        ("[]", "item", []),
        (' [1, "two", {"a": [3]}] ', "item", [1, "two", {"a": [3]}]),
        ('{"x": [0], "list": [1, 2], "y": {"list": [3]}}', "list.item", [1, 2]),
        ('[{"track": [1, 2]}, {"other": [3]}, {"track": [4]}]', "item.track.item", [1, 2, 4]),
        ('{"a": {"track": {"only": "one"}}}', "a.track.item", [{"only": "one"}]),
        ('{"no": "list"}', "item", []),
        ('{"list": "none"}', "list.item", []),
        ("[[1], [2, 3]]", "item.item", [1, 2, 3]),
        ('{"all": 1}', "", [{"all": 1}]),
        ('\ufeff["é"]', "item", ["é"]),
    ],
)
def test_the_items_at_a_place_come_with_their_numbers(
    document: str, prefix: str, found: list[object], size: int
) -> None:
    assert items(document, prefix, size=size) == list(enumerate(found, 1))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(encoding: str) -> None:
    assert items('[{"n": "Ünï 🎵"}]'.encode(encoding)) == [(1, {"n": "Ünï 🎵"})]
    assert list(json_rows.lines(io.BytesIO('{"n": "Ünï"}\n\n2'.encode(encoding)))) == [(1, {"n": "Ünï"}), (3, 2)]


@settings(max_examples=60)
@given(st.lists(JSON, max_size=6), st.sampled_from([None, 1, "\t"]), st.integers(1, 40))
def test_streamed_and_whole_give_the_same(values: list[object], indent: int | str | None, chunk: int) -> None:
    data = json.dumps({"skip": values, "rows": values}, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
    usual, json_text.CHUNK = json_text.CHUNK, chunk
    try:
        streamed = list(json_rows._streamed(json_text.JsonText(io.BytesIO(data), b""), ["rows", "item"]))
    finally:
        json_text.CHUNK = usual

    assert streamed == items(data, "rows.item")


def test_what_json_forbids_but_python_writes_is_a_value_for_the_reader_to_judge() -> None:
    (_, nan), (_, surrogate), (_, tab) = items(b'[NaN, "\\ud800", "a\tb"]')

    assert isinstance(nan, float)
    assert math.isnan(nan)
    assert surrogate == "\ud800"
    assert tab == "a\tb"


@pytest.mark.parametrize("size", [1, STREAMED])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"[", "is cut off: it ends before its first row (line 1, column 2)"),
        (b'[{"a": 1},\n {"b": "c', "is cut off: it ends in the middle of item 2 (line 2, column 8)"),
        (b'[{"a": 1},', "is cut off: it ends in the middle of item 2 (line 1, column 11)"),
        (b"[1, 12", "is cut off: it ends in the middle of item 2 (line 1, column 7)"),
        (b'[1,\n\n2 {"a"}]', "is broken JSON (item 2, line 3, column 3): ',' or ']' belongs there, found '{\"a\"}]'"),
        (b"[1, }]", "is broken JSON (item 2, line 1, column 5): a value belongs there, found '}]'"),
        (b'["ok", "caf\xe9"]', "is not UTF-8 text: byte 0xe9 after line 1, column 1"),
        (b"[1][2]", "goes on after its end (line 1, column 4); several files may have been joined"),
        (b"[" * 100_000, "is nested too deep to be a listening history (line 1, column 2)"),
    ],
)
def test_damage_is_named_with_its_place(data: bytes, message: str, size: int) -> None:
    with pytest.raises(BadExport) as caught:
        items(data, size=size)

    assert str(caught.value) == message


def test_a_broken_line_is_a_value_and_not_the_end() -> None:
    data = b'{"a": 1}\n\n{"b": \n{"ip_addr": "203.0.113.9", "x": }\n[NaN]\n\xff\n{"c": 2}'
    found = list(json_rows.lines(io.BytesIO(data)))

    assert [number for number, _ in found] == [1, 3, 4, 5, 6, 7]
    assert found[1] == (3, BadLine("the line is broken JSON at column 6: expecting value", '{"b":'))
    assert found[2] == (4, BadLine("the line is broken JSON at column 33: expecting value", '{ "x": }'))
    assert found[4] == (6, BadLine("the line is not UTF-8: byte 0xff at column 1", "\ufffd"))
    assert found[5] == (7, {"c": 2})


def test_a_line_too_long_is_passed_over() -> None:
    long = b'{"a": "' + b"x" * json_rows.LINE_LIMIT + b'"}\n{"b": 1}\n'
    (_, bad), after = json_rows.lines(io.BytesIO(long))

    assert isinstance(bad, BadLine)
    assert bad.reason == "the line is longer than 16 MB"
    assert len(bad.raw) <= 4096
    assert after == (2, {"b": 1})


def test_a_row_is_shown_short_storable_and_without_what_is_private() -> None:
    row = {
        "IP_addr": "203.0.113.9",
        "deep": [{"username": "me", "kept": "\ud800"}],
        "conn_country": "DE",
        "user_agent_decrypted": "x",
        "n": math.inf,
    }

    assert json_rows.raw(row) == '{"deep":[{"kept":"?"}],"n":Infinity}'
    assert len(json_rows.raw(["x" * 10_000])) == 4096
    nested: object = 1
    for _ in range(900):
        nested = [nested]
    assert len(json_rows.raw(nested)) < 60
