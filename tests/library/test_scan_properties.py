"""Whatever happens to a folder, and however often a scan was broken off: the database is what a first scan would make.

SCANNERD_TEST_SCANS=200 runs as many random histories of each kind; SCANNERD_TEST_SEED=7 begins with that one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from broken_scans import SEEDS, InHere, scan_some
from library_content import content, differences, left_over, written
from odd_tree import Tree

from scannerd.db import connect

TREE = frozenset(
    [
        "add",
        "add_album",
        "delete",
        "delete_folder",
        "move",
        "move_folder",
        "rename_case",
        "rename_folder_case",
        "put_aside",
    ]
)
BYTES = frozenset(["replace", "break", "mend", "copy", "copy_over", "swap"])
TAGS = frozenset(["retag", "retag_folder", "retag_all"])
GAPS = frozenset(["no_tags", "no_album", "no_artist"])
MBIDS = frozenset(["track_mbid", "recording_mbid"])
KINDS = {
    "tree": TREE,
    "bytes": TREE | BYTES,
    "tags": TREE | BYTES | TAGS,
    "gaps": TREE | BYTES | TAGS | GAPS,
    "mbids": TREE | BYTES | TAGS | GAPS | MBIDS,
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happened_the_database_is_what_a_first_scan_would_make(
    kind: str,
    seed: int,
    shelf: Any,
    new_database: Callable[[str], str],
    migrated: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scannerd.library.music.scan.ParsePool", InHere)
    monkeypatch.setattr("scannerd.library.music.batches.BATCH", 2)
    chance = random.Random(f"{kind} {seed}")
    tree = Tree(shelf.root, chance, KINDS[kind])
    for _ in range(chance.randint(2, 6)):
        for _ in range(chance.randint(1, 6)):
            tree.edit()
        tree.log.append(f"scan {scan_some(shelf, chance)}")
    shelf.scan(accept_missing=True)

    story = "\n".join(tree.log)
    before = written(shelf.conn)
    again = shelf.scan()
    assert (written(shelf.conn), again.files.parsed) == (before, 0), story
    assert left_over(shelf.conn) == {}, story
    with connect.connect(new_database(migrated), autocommit=True) as other:
        fresh = type(shelf)(other, shelf.root)
        fresh.scan()
        told = differences(content(other), content(shelf.conn))
        assert not told, "\n".join([story, *told])
