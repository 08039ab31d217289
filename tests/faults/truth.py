"""What was dropped, and what must therefore be in the database and on the shelves: nothing else, and nothing twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from made_exports import Play
from running import Look

LISTENS = """
    select listener.name, extract(epoch from listened_at)::bigint, track.artist_credit, track.title, release.title
    from listen
    join listener on listener.id = listener_id
    join track_lookup as lookup on lookup.id = lookup_id
    left join track on track.id = lookup.track_id
    left join release on release.id = track.release_id
    where duplicate_of is null"""
UNEVEN = """
    select name, state from export
    where rows_read <> rows_stored + rows_duplicate + rows_skipped + rows_failed
        or rows_stored <> (select count(*) from listen where export_id = export.id)
        or rows_duplicate <> (select count(*) from export_row where export_id = export.id and outcome = 'duplicate')
        or rows_skipped <> (select count(*) from export_row where export_id = export.id and outcome = 'skipped')
        or rows_failed <> (select count(*) from export_row where export_id = export.id and outcome = 'failed')
        or state not in ('shelved', 'failed') or shelved_as is null"""
TWICE = """
    select listener.name, extract(epoch from listened_at)::bigint, source, count(*)
    from listen join listener on listener.id = listener_id
    group by listener_id, listener.name, listened_at, source, lookup_id having count(*) > 1"""

Told = tuple[str, int, str, str, str]
"""Listener, moment, artist, title, album."""


class Truth:
    """Grows with every file."""

    def __init__(self) -> None:
        self.listens: set[Told] = set()
        self.files: Counter[tuple[str, str]] = Counter()  # by the shelf they belong on, and their hash

    def tell(self, listener: str, plays: Sequence[Play]) -> None:
        """These are in the file that comes."""
        self.listens |= {(listener, play.at, play.track.artist, play.track.title, play.track.album) for play in plays}

    def put(self, shelf: str, file: Path) -> None:
        """One more file, which belongs on this shelf in the end."""
        self.files[shelf, _sha256(file)] += 1

    def wrong_listens(self, look: Look) -> list[str]:
        """Lost, doubled, from nowhere, or not accounted for."""
        found = Counter(tuple(row) for row in _rows(look, LISTENS))
        told = [f"lost: {listen}" for listen in sorted(self.listens - found.keys(), key=repr)[:5]]
        told += [f"from nowhere: {listen}" for listen in sorted(found.keys() - self.listens, key=repr)[:5]]
        told += [f"{times} times: {listen}" for listen, times in found.items() if times > 1][:5]
        told += [f"stored twice: {listen}" for listen in _rows(look, TWICE)[:5]]
        return told + [f"{name} is {state}, or its rows do not add up" for name, state in _rows(look, UNEVEN)[:5]]

    def wrong_files(self, drop: Path) -> list[str]:
        """Gone, changed, doubled, empty, or without a word about them."""
        told = []
        for shelf, suffix in (("done", ".report.txt"), ("failed", ".why.txt")):
            names = {str(path) for path in (drop / shelf).rglob("*") if path.is_file()}
            files = {name for name in names if not name.endswith(suffix)}
            told += [f"{name} has no text beside it" for name in files if name + suffix not in names]
            told += [f"{name} is empty" for name in names if not Path(name).stat().st_size]
            lie = Counter((shelf, _sha256(Path(name))) for name in files)
            put = Counter({one: times for one, times in self.files.items() if one[0] == shelf})
            told += [f"{times} files of these bytes are gone: {one}" for one, times in (put - lie).items()][:5]
            told += [f"{times} files of these bytes are too many: {one}" for one, times in (lie - put).items()][:5]
        return told


def _rows(look: Look, query: str) -> list[tuple[Any, ...]]:
    rows = look.rows(query)
    assert rows is not None, "there is no database to ask"
    return rows


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
