"""Places of keys in a document that may be cut off anywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scannerd.formats.json_shape import line_places, places

PAGE = '[{"track": [{"name": "a \\"b\\": [", "date": {"uts": "1"}}], "@attr": {"page": "1"}}]'


def test_a_key_is_placed_below_its_lists_and_objects() -> None:
    assert places(PAGE) == {
        "item.track",
        "item.track.item.name",
        "item.track.item.date",
        "item.track.item.date.uts",
        "item.@attr",
        "item.@attr.page",
    }


def test_a_word_that_is_no_key_is_no_place() -> None:
    assert places('{"a": "listened_at", "b": ["track_metadata"]}') == {"a", "b"}


@pytest.mark.parametrize("text", ["", "   ", "a,b", "<html>", '"listened_at": 1'])
def test_what_is_no_document_has_no_places(text: str) -> None:
    assert places(text) == frozenset()


def test_each_line_of_a_jsonl_file_is_seen_alone() -> None:
    assert line_places('broken\n{"a": 1}\n\n{"b": {"c"') == (frozenset({"a"}), frozenset({"b"}))
    assert line_places('[\n{"a": 1},\n{"a": 2}]') == ()


@given(at=st.integers(0, len(PAGE)))
def test_a_cut_off_document_shows_some_of_its_places_and_no_others(at: int) -> None:
    assert places(PAGE[:at]) <= places(PAGE)


@given(keys=st.lists(st.text(st.characters(codec="ascii", exclude_characters='".\\'), min_size=1), max_size=5))
def test_every_key_of_a_flat_object_is_found(keys: list[str]) -> None:
    plain = [key for key in keys if json.dumps(key) == f'"{key}"']

    assert places(json.dumps(dict.fromkeys(plain, 1))) == set(plain)
