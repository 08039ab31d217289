"""How changes below the roots of one library are noticed, and how many were not though they should have been.

A root is blind when a look finds there what nobody told of. What was told and not looked at yet does not count, nor
what came before the root was heard.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import NamedTuple

from scannerd.hearing.follower import Word
from scannerd.library.libraries import LibrarySpec
from scannerd.library.summary import Summary

ALWAYS_POLLED = 'polling = "always"'
_MODES = {Word.HEARING: "events", Word.AWAY: "away", Word.SILENT: "silent"}


class Hearing(NamedTuple):
    """How changes below one root are noticed."""

    library: str
    mode: str  # events, polling, away, silent
    last_event: float | None  # by the wall clock
    unheard: int  # files that only a look found, though a watcher should have heard of them
    why: str = ""  # nobody hears them
    every: float | None = None  # seconds between two looks, where looks are all there is


class Ears:
    """What was last said of each root."""

    def __init__(self, spec: LibrarySpec) -> None:
        self._library = spec.name
        # Of a root that is not to be heard, nothing is ever said.
        self._words = dict.fromkeys(spec.roots, (Word.POLLED, ALWAYS_POLLED))
        self._heard_from: dict[bytes, float] = {}
        self._announced: set[bytes] = set()  # of whose changes not all were looked at yet
        self._last_event: dict[bytes, float] = {}
        self._unheard: Counter[bytes] = Counter()

    @property
    def hear_all(self) -> bool:
        """Whether there is no root that must be looked at."""
        return all(word is Word.HEARING for word, _ in self._words.values())

    def change(self, root: bytes) -> None:
        """Something changed there."""
        self._last_event[root] = time.time()
        self._announced.add(root)

    def heed(self, root: bytes, word: Word, why: str, now: float) -> bool:
        """How changes in a root are noticed from now on; whether some may have been missed until now."""
        before, _ = self._words[root]
        self._words[root] = (word, why)
        if word is Word.HEARING:
            self._heard_from[root] = now
        else:
            self._heard_from.pop(root, None)
        if word is Word.SILENT:  # whoever looks there only waits
            return False
        return word in (Word.HEARING, Word.AWAY) or before not in (Word.POLLED, Word.DEAF)

    def looked(self, summary: Summary, *, last: float) -> None:
        """Count what a look at everything found in roots that were heard since before the last one began."""
        for root, found in summary.found.items():
            if root not in self._announced and self._heard_from.get(root, last) < last:
                self._unheard[root] += found

    def rest(self) -> None:
        """All that was announced was looked at."""
        self._announced.clear()

    def hearing(self, root: bytes, *, rhythm: float) -> Hearing:
        """How changes there are noticed; what is not heard is looked at in this rhythm."""
        word, why = self._words[root]
        mode = _MODES.get(word, "polling")
        every = rhythm if mode == "polling" else None
        return Hearing(self._library, mode, self._last_event.get(root), self._unheard[root], why, every)
