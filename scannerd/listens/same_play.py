"""Which listens are the same playing, told more than once. Pure.

The answer follows from all tellings of one artist and title by one listener, and from nothing else: not from the order
of imports, not from ids. It is found in two steps.

1. **Within one teller** (a source and the kind of time it tells) two rows are one playing when they cannot be two:
   equal start and equal id of the track; equal start, length and title; or, where the source tells how long it was
   heard, the same track and length again before the first could have ended (Spotify repeats rows with a slightly
   different `ts`). Anything else is a true repeat, however short the song. Of equal rows of a source that tells only
   minutes, the n-th is the n-th listen, so only rows of one number and title can be the same. Of rows of one moment the
   longest counts, and then the one that names an album.
2. **Between tellers**, from the richest to the poorest, in order of time: each telling may be that of one playing which
   no other row of its own teller has claimed. So two repeats told by two sources stay two, and never become one. They
   agree when the spans in which each says the playing began come within a tolerance:

    told          began between
    start         that second
    end           end - length - pause and end - length: pauses make the true start earlier, by at most `PAUSE`
                  and half the length
    minute        the minute; with a length, the minute before the end, less the same pause

   The tolerance is `TOLERANCE` (services round, shift by a second, and start their clocks late), but never more than
   half the length of the playing: a short song played twice stays two. A source that is known to import Spotify's *end*
   as if it were the start (`STAMPS_ENDS`) also agrees with a Spotify row when it names that row's end within
   `STAMP_TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

TOLERANCE = 20
PAUSE = 120
STAMP_TOLERANCE = 5
REPEATED_ROW = 30
LONGEST = 3_500
"""Seconds. Of longer playings the end is not compared, so that nothing more than an hour apart is ever one playing."""
SHORT = 2 * TOLERANCE
"""Seconds. Of shorter playings the tolerance depends on the length."""
_SPAN = PAUSE + TOLERANCE + 60
"""Seconds between two starts that can still agree, ends aside."""

STAMPS_ENDS = frozenset({"koito", "listenbrainz", "maloja"})
RICHEST_FIRST = (
    "spotify",
    "listenbrainz",
    "koito",
    "lastfm",
    "panoscrobbler",
    "audioscrobbler",
    "maloja",
    "librefm",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One listen as one source told it; all tellings given together are of one listener, artist and title."""

    id: int
    at: int  # start, seconds since 1970
    source: str
    time_kind: str
    played_for_ms: int | None
    nth: int
    lookup_key: bytes
    track_id: str | None  # the source's own id of the track
    title: str
    duration_ms: int | None
    has_album: bool


def same_plays(tellings: Iterable[Telling]) -> dict[int, int]:
    """Each telling that repeats another -> the richest telling of that playing, by id."""
    duplicates: dict[int, int] = {}
    plays: list[Telling] = []
    for _, told in groupby(sorted(tellings, key=_order), key=_teller):
        own = _without_repeated_rows(list(told), duplicates)
        plays = _merge(plays, own, duplicates)
    return {listen_id: _root(listen_id, duplicates) for listen_id in duplicates}


def _order(telling: Telling) -> tuple[object, ...]:
    """Richest teller first, then time, then the richest row; only what was told: ids and imports decide nothing."""
    length = -1 if telling.played_for_ms is None else telling.played_for_ms
    return (*_teller(telling), telling.at, telling.nth, -length, not telling.has_album, telling.lookup_key)


def _teller(telling: Telling) -> tuple[bool, int, str, str]:
    known = telling.source in RICHEST_FIRST
    rank = RICHEST_FIRST.index(telling.source) if known else len(RICHEST_FIRST)
    return telling.time_kind == "minute", rank, telling.source, telling.time_kind


def _root(listen_id: int, duplicates: dict[int, int]) -> int:
    while listen_id in duplicates:
        listen_id = duplicates[listen_id]
    return listen_id


def _without_repeated_rows(told: Sequence[Telling], duplicates: dict[int, int]) -> list[Telling]:
    kept: list[Telling] = []
    for telling in told:
        for other in reversed(kept):
            if telling.at - other.at > REPEATED_ROW:
                kept.append(telling)
                break
            if _is_repeated_row(other, telling):
                duplicates[telling.id] = other.id
                break
        else:
            kept.append(telling)
    return kept


def _is_repeated_row(first: Telling, again: Telling) -> bool:
    if first.time_kind == "minute":
        return _minute_row(first) == _minute_row(again)
    same_id = first.track_id is not None and first.track_id == again.track_id
    same_row = first.played_for_ms == again.played_for_ms and (same_id or first.title == again.title)
    if first.at == again.at:
        return same_id or same_row
    return same_row and (again.at - first.at) * 1000 < min(first.played_for_ms or 0, REPEATED_ROW * 1000)


def _minute_row(telling: Telling) -> tuple[object, ...]:
    """What the n-th equal row of a minute is equal in, in every export; albums may differ."""
    return telling.at, telling.nth, telling.played_for_ms, telling.title


def _merge(plays: list[Telling], told: Sequence[Telling], duplicates: dict[int, int]) -> list[Telling]:
    """Give each telling the first playing that nobody before it claimed; who finds none is a playing of his own."""
    unclaimed = 0
    alone: list[Telling] = []
    for telling in told:
        while unclaimed < len(plays) and telling.at - plays[unclaimed].at > LONGEST + STAMP_TOLERANCE:
            unclaimed += 1  # too early for this one, and so for all that follow
        for place in range(unclaimed, len(plays)):
            if plays[place].at - telling.at > _SPAN:
                alone.append(telling)
                break
            if _agree(plays[place], telling):
                duplicates[telling.id] = plays[place].id
                unclaimed = place + 1
                break
        else:
            alone.append(telling)
    return sorted((*plays, *alone), key=lambda play: (play.at, _order(play)))


def _agree(rich: Telling, poor: Telling) -> bool:
    if rich.source == poor.source and None not in {rich.played_for_ms, poor.played_for_ms}:
        return _is_row_of_account_data(rich, poor)
    if _stamps_end_of(rich, poor):
        return True
    tolerance = _tolerance(rich, poor)
    (rich_from, rich_to), (poor_from, poor_to) = _began(rich), _began(poor)
    return rich_from - tolerance <= poor_to and poor_from - tolerance <= rich_to


def _is_row_of_account_data(exact: Telling, rounded: Telling) -> bool:
    """One service told both, so lengths are equal to the millisecond, and one end lies in the other's minute."""
    later = exact.at - rounded.at
    return exact.played_for_ms == rounded.played_for_ms and -1 <= later <= 60


def _stamps_end_of(rich: Telling, poor: Telling) -> bool:
    if rich.time_kind != "end" or rich.played_for_ms is None or poor.source not in STAMPS_ENDS:
        return False
    length = rich.played_for_ms // 1000
    return length <= LONGEST and abs(poor.at - (rich.at + length)) <= STAMP_TOLERANCE


def _tolerance(rich: Telling, poor: Telling) -> int:
    lengths = (rich.played_for_ms, poor.played_for_ms, rich.duration_ms, poor.duration_ms)
    shortest = min((length for length in lengths if length), default=None)
    return TOLERANCE if shortest is None else max(2, min(TOLERANCE, shortest // 2000))


def _began(telling: Telling) -> tuple[int, int]:
    pause = min(PAUSE, (telling.played_for_ms or 0) // 2000)
    match telling.time_kind:
        case "end":
            return telling.at - pause, telling.at
        case "minute":
            return telling.at - pause, telling.at + 59
        case _:
            return telling.at, telling.at
