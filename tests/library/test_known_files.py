"""Known files come as a walk meets them, folder by folder, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from scannerd.library.known import list_known


@pytest.fixture
def rows(shelf: Any) -> Any:
    """A library with so many files in so many folders, made without files."""
    shelf.scan()
    root_id = shelf.one("select id from root")
    shelf.conn.execute(
        "insert into media_file (root_id, folder, name, size, mtime_ns, inode, state, missing_since, parsed_by)"
        " select %s, convert_to(folder, 'UTF8'), convert_to(lpad(n::text, 3, '0'), 'UTF8'), n, n, n,"
        " case n when 2 then 'missing' else 'present' end, case n when 2 then now() end, n %% 2"
        " from unnest(array['', 'A/', 'A/B/', 'A!/', 'A0/', 'B/']) as folder, generate_series(1, 5) as n",
        [root_id],
    )
    return root_id


@pytest.mark.parametrize("page", [1, 2, 3, 5, 7, 30, 31, 1000])
def test_every_folder_comes_once_whole_and_in_byte_order_whatever_the_page(
    shelf: Any, rows: int, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scannerd.library.known.PAGE", page)
    found = list(list_known(shelf.conn, rows, parsed_by=1))
    assert [path for path, _ in found] == [b"", b"A!/", b"A/", b"A/B/", b"A0/", b"B/"]
    assert {tuple(file.name for file in files) for _, files in found} == {(b"001", b"002", b"003", b"004", b"005")}
    one, two, *_ = found[0][1]
    assert (one.size, one.mtime_ns, one.inode, one.is_missing, one.is_trusted) == (1, 1, 1, False, True)
    assert (two.is_missing, two.is_trusted) == (True, False)


def test_below_a_folder_is_only_what_lies_below_it(shelf: Any, rows: int) -> None:
    assert [path for path, _ in list_known(shelf.conn, rows, folder=b"A/", parsed_by=None)] == [b"A/", b"A/B/"]
    assert [path for path, _ in list_known(shelf.conn, rows, folder=b"C/", parsed_by=None)] == []


def test_a_full_scan_trusts_no_file(shelf: Any, rows: int) -> None:
    found = list_known(shelf.conn, rows, parsed_by=None)
    assert {file.is_trusted for _, files in found for file in files} == {False}
