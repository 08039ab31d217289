"""Whatever happens to a folder, and however often a scan was broken off: the database is what a first scan would make.

SCANNERD_TEST_SCANS=200 runs as many random histories of each kind; SCANNERD_TEST_SEED=7 begins with that one.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Self

import pytest
from library_content import content, differences, left_over, written
from odd_tree import Tree

from scannerd.db import connect
from scannerd.library.parse import Job, PoolCounts, Result
from scannerd.library.worker import Reader
from scannerd.parsers import parse

RUNS = int(os.environ.get("SCANNERD_TEST_SCANS", "3"))
FIRST = int(os.environ.get("SCANNERD_TEST_SEED", "1"))

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


class InHere:
    """The pool without processes, for thousands of scans; what the real one does is proved elsewhere."""

    def __init__(self, **_limits: Any) -> None:
        self.counts = PoolCounts()
        note = SimpleNamespace(take=lambda _number: None, see=lambda _stamp: None)
        self._reader = Reader(parse, note)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def parse(self, jobs: Iterable[Job], *, stop: threading.Event) -> Iterator[list[Result]]:
        for job in jobs:
            if stop.is_set():
                return
            yield [self._reader.read(job)]


class Broken(Exception):
    """The scan ends here."""


def scan_some(shelf: Any, chance: random.Random) -> str:
    """A scan, whole or broken off somewhere."""
    how = chance.choice(["whole", "whole", "full", "stopped", "broken", "broken while looking"])
    stop, left = threading.Event(), chance.randint(0, 3)

    def tell(phase: str, _done: int, _total: int) -> None:
        nonlocal left
        if how == "broken while looking" and phase == "looking":
            raise Broken
        if phase == "reading":
            left -= 1
            if left < 0 and how == "stopped":
                stop.set()
            if left < 0 and how == "broken":
                raise Broken

    with suppress(Broken):
        shelf.scan(stop=stop, tell=tell, full=how == "full", accept_missing=True)
    return how


@pytest.mark.parametrize("seed", range(FIRST, FIRST + RUNS))
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happened_the_database_is_what_a_first_scan_would_make(
    kind: str,
    seed: int,
    shelf: Any,
    new_database: Callable[[str], str],
    migrated: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scannerd.library.scan.ParsePool", InHere)
    monkeypatch.setattr("scannerd.library.batches.BATCH", 2)
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
