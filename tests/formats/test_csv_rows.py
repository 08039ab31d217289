"""Records of CSV files with what is odd in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.errors import BadExport
from scannerd.formats.csv_rows import FIELD_LIMIT, LINE_LIMIT, records


def read(data: bytes, delimiter: str | None = None) -> list[tuple[int, list[str]]]:
    return list(records(io.BytesIO(data), delimiter=delimiter))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_first_line_tells_the_separator(separator: str) -> None:
    data = f'"a,;b"{separator}b{separator}c\n1{separator}2{separator}3\n'.encode()

    assert read(data) == [(1, ["a,;b", "b", "c"]), (2, ["1", "2", "3"])]


def test_a_record_is_numbered_by_the_line_it_begins_in() -> None:
    data = b'a,b\r\n"two\nlines","say ""hi"""\r\n\r\nlast,\r\n'

    assert read(data) == [(1, ["a", "b"]), (2, ["two\nlines", 'say "hi"']), (5, ["last", ""])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_are_told_by_their_mark(encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""

    assert read(f"{mark}Künstler;Titel\n鈴木;x".encode(encoding)) == [(1, ["Künstler", "Titel"]), (2, ["鈴木", "x"])]


def test_a_single_row_in_latin_1_is_read_among_rows_in_utf_8() -> None:
    assert read("a,ü\n".encode() + "b,ü\n".encode("latin-1")) == [(1, ["a", "ü"]), (2, ["b", "ü"])]


def test_nul_is_removed_and_comments_do_not_tell_the_separator() -> None:
    assert read(b"# a;b;c;d\nx,\0y\n") == [(1, ["# a;b;c;d"]), (2, ["x", "y"])]


def test_a_quote_is_a_letter_where_the_caller_says_so() -> None:
    data = b'"Heroes"\tDavid "Bowie\n"next\tx\n'

    assert list(records(io.BytesIO(data), delimiter="\t", quotes=False)) == [
        (1, ['"Heroes"', 'David "Bowie']),
        (2, ['"next', "x"]),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'a,b\n1,"open\n2,3\n', "ends inside a quoted field of the record that begins in line 2"),
        (
            b'a,b\n1,"' + b"x\n" * FIELD_LIMIT,
            "is broken CSV in the record that begins in line 2: a field is too long, its closing quote may be missing",
        ),
        (b"x" * LINE_LIMIT, "has a line of more than 4 MB, which no list of listens has"),
        (
            b"a,b\rc,d\n",
            "is broken CSV in the record that begins in line 1: its line ends are those of old Macs",
        ),
    ],
)
def test_damage_is_named_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(BadExport) as caught:
        read(data)

    assert str(caught.value) == message


FIELD = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('"\n,;'), max_size=8)


@settings(max_examples=60)
@given(st.lists(st.lists(FIELD, min_size=2, max_size=4), max_size=6))
def test_what_is_written_comes_back(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)

    assert [fields for _, fields in read(text.getvalue().encode(), ",")] == rows
