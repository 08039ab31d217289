"""Whatever happens to a shelf, and however often a scan of it was broken off, it ends as if it were scanned for the
first time: the same books of the same files with the same said of them. Only their numbers tell what was before, and
books of which no file can be read any more.

SCANNERD_TEST_SCANS=200 runs as many random histories of each kind; SCANNERD_TEST_SEED=7 begins with that one.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from book_content import content, differing, faults
from broken_scans import SEEDS, InHere, scan_some
from odd_shelf import BookTree
from pdf_files import pdf

from scannerd.db import connect

TREE = frozenset(
    [
        *("add", "add_beside", "add_album", "add_volumes", "add_format", "delete", "delete_folder"),
        *("move", "move_folder", "merge_folders", "split_folder", "put_aside"),
    ]
)
NAMES = frozenset(["rename", "resuffix", "recompose", "renumber", "rename_case", "rename_folder_case"])
BYTES = frozenset(["replace", "copy", "copy_over", "swap", "link", "copy_folder"])
KINDS = {
    "tree": TREE,
    "names": TREE | NAMES,
    "bytes": TREE | NAMES | BYTES,
    "broken": TREE | NAMES | BYTES | {"break", "mend"},
}


def some_folders(tree: BookTree) -> list[tuple[bytes, bytes]] | None:
    """What a watcher would have looked at: folders that are here, or one that is not."""
    chance = tree.chance
    if chance.random() < 0.6:
        return None
    below = [path.relative_to(tree.root) for path in tree.folders()] + [Path("one/Author/Gone")]
    chosen = chance.sample(below, min(len(below), chance.randint(1, 3)))
    return [
        (os.fsencode(tree.root / place.parts[0]), os.fsencode("/".join(place.parts[1:])) + b"/") for place in chosen
    ]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_shelf_that_changed_bit_by_bit_is_as_one_scanned_for_the_first_time(
    kind: str,
    seed: int,
    book_shelf: Any,
    new_database: Callable[[str], str],
    migrated: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scannerd.library.books.scan.ParsePool", InHere)
    monkeypatch.setattr("scannerd.library.books.read.BATCH", 3)
    monkeypatch.setattr("scannerd.library.books.owed.PAGE", 4)
    chance = random.Random(f"{kind} {seed}")
    tree = BookTree(book_shelf.root, chance, KINDS[kind])
    shelf = replace(book_shelf, tops=("one", "two"))
    for top in tree.tops:
        top.mkdir()
    for _ in range(chance.randint(2, 6)):
        for _ in range(chance.randint(1, 6)):
            tree.edit()
        folders = some_folders(tree)
        tree.log.append(f"scan {scan_some(shelf, chance, folders=folders)} {folders or ''}")
    last = shelf.scan()

    story = "\n".join(tree.log)
    assert last.files.failed == 0, story
    before = shelf.written()
    again = shelf.scan()
    assert (shelf.written(), again.files.parsed, again.books) == (before, 0, 0), story
    with connect.connect(new_database(migrated), autocommit=True) as other:
        replace(shelf, conn=other).scan()
        told = faults(other, shelf.conn)
        assert not told, "\n".join([story, *told])


def test_a_pdf_beside_audio_that_broke_stays_with_its_book_and_is_none_to_a_first_scan(
    book_shelf: Any, new_database: Callable[[str], str], migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scannerd.library.books.scan.ParsePool", InHere)
    audio = book_shelf.flac("Author/Dune.flac", album="Dune", artist="Ann Lee")
    # What was read decides, not the suffix.
    book_shelf.write("Author/01.flac", pdf({"Title": "Notes"}))
    book_shelf.told("Author/metadata.json", title="Dune: A Novel")
    book_shelf.scan()
    ids = book_shelf.book_ids()
    assert book_shelf.files()["Author/01.flac"] == ("present", "supplement", "Dune: A Novel", None)

    book_shelf.write("Author/Dune.flac", b"no such thing")
    book_shelf.scan()
    assert book_shelf.book_ids() == ids
    assert book_shelf.files() == {
        "Author/01.flac": ("present", "main", "Dune: A Novel", None),
        "Author/Dune.flac": ("unreadable", "main", "Dune: A Novel", None),
        "Author/metadata.json": ("present", "sidecar", "Dune: A Novel", None),
    }
    with connect.connect(new_database(migrated), autocommit=True) as conn:
        first = replace(book_shelf, conn=conn)
        first.scan()
        assert first.files() == {
            "Author/01.flac": ("present", "main", None, None),
            "Author/Dune.flac": ("unreadable", "main", None, None),
            "Author/metadata.json": ("present", "sidecar", None, None),
        }
        assert (len(content(conn)["books"]), len(content(book_shelf.conn)["books"])) == (0, 1)
        assert faults(conn, book_shelf.conn) == []

        # Where a first scan makes a book of one of these files, ours has to be that one.
        audio.unlink()
        first.scan()
        told = [line for line in differing(conn, book_shelf.conn) if line.startswith("books")]
        assert ["should be nothing" in line for line in told] == [True, False]
        book_shelf.scan()
        assert faults(conn, book_shelf.conn) == []
    assert book_shelf.book_ids() == ids
