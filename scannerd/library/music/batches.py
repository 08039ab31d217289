"""Files that were read, in batches: whole folders at best, so that the files of an album can agree on it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from scannerd.library.music.resolve import Wanted, agree, take
from scannerd.library.music.write import FileRow
from scannerd.library.walk import shown
from scannerd.model.artist_names import SplitRules
from scannerd.model.media import Parsed, Unreadable

BATCH = 512
"""So many files are written at a time, or up to the next end of a folder."""
LARGEST_BATCH = 4096


class Read(NamedTuple):
    """A file with what the pool made of it."""

    file: FileRow
    file_id: int | None
    outcome: Parsed | Unreadable


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with all that can be known of it without the database."""

    batch: Sequence[Read]
    readable: Sequence[Read]
    wanted: Sequence[Wanted]  # of the readable ones

    @classmethod
    def of(cls, batch: Sequence[Read], rules: SplitRules) -> Prepared:
        """Take a batch apart. Pure."""
        readable = [read for read in batch if isinstance(read.outcome, Parsed)]
        return cls(batch, readable, _wanted(readable, rules))


def in_batches(reads: Iterable[Read]) -> Iterator[list[Read]]:
    """Files in the order of a walk, as many at a time as are well written together."""
    batch: list[Read] = []
    for (_, _), folder in groupby(reads, key=lambda read: (read.file.root_id, read.file.folder)):
        for read in folder:
            batch.append(read)
            if len(batch) >= LARGEST_BATCH:
                yield batch
                batch = []
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _wanted(readable: Sequence[Read], rules: SplitRules) -> list[Wanted]:
    """What each file wants, the files of each folder of one mind."""
    agreed: list[Wanted] = []
    for _, folder in groupby(readable, key=lambda read: (read.file.root_id, read.file.folder)):
        agreed += agree(
            [
                take(read.outcome, file_name=shown(read.file.name), rules=rules)
                for read in folder
                if isinstance(read.outcome, Parsed)
            ]
        )
    return agreed
