"""What a format is: a name, a judgement of the first bytes, and a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zoneinfo import ZoneInfo

from scannerd.model.listen import Row

HEAD_BYTES = 64 * 1024
"""How much of a member every format may look at to judge it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a member: all that recognition may look at."""

    name: str  # path inside the archive, or the file's name; a weak hint, never the reason
    data: bytes  # at most HEAD_BYTES, with a byte order mark still in front
    text: str  # the same decoded (UTF-8, UTF-16 by its mark, else Latin-1), the mark removed
    complete: bool  # `data` is the whole member


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a reader has to be told."""

    time_zone: ZoneInfo  # the listener's, for sources that write local wall clock times
    size: int  # uncompressed bytes of the member, as declared


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of export. `score` is 0 for "not mine", else how sure it is (1..100); the highest wins."""

    name: str  # stable, lower-case, hyphenated: `spotify-extended`; stands in the database and in reports
    source: str  # who told it: `spotify`, `lastfm`, `listenbrainz`, `maloja`, `koito`, ...
    title: str  # one line for `scannerd formats`: whose export, how to get it
    score: Callable[[Head], int]
    read: Callable[[BinaryIO, ReadOptions], Iterator[Row]]
    by_line: bool = False  # its rows are lines, of which the last may be torn
