"""When to look at the drop folder: at once when the kernel tells of a change, and every so often in any case.

Events are hints, the listing is the truth: a watcher loses files in many ways, is deaf on network drives, and dies of
a name that is no UTF-8. So nothing here says what changed, and a broken watcher only makes us slower.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from scannerd.hearing.follower import SETTING_UP, Follower, Pauses, Word
from scannerd.hearing.told import Told, why_of

if TYPE_CHECKING:
    from watchfiles.main import FileChange

_PAUSES = Pauses(1.0, 300.0)  # before a watch that broke is replaced
_ENDED_WITHIN, _STEP = 1.0, 0.02  # seconds
_NETWORK_DRIVE = b"a network drive"
_MODES = {Word.HEARING: "events", Word.AWAY: "away"}


class Watch:
    """Wakes whoever waits in `wait` when there may be something new."""

    def __init__(self, folder: Path, *, may_hear: Callable[[], bool]) -> None:
        """`may_hear` is asked where a drive may take its time to answer."""
        self._folder = os.fsencode(folder)
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._word, self._why = Word.POLLED, SETTING_UP
        self._told = Told()
        self._follower = Follower(
            self._folder,
            self._tell,
            changed=_all_alike,
            why_not=lambda: b"" if may_hear() else _NETWORK_DRIVE,
            pauses=_PAUSES,
        )
        self.last_event: float | None = None  # by the wall clock
        self.heard_at = self.hearing_since = float("-inf")  # the last event and the last beginning, by a monotonic one

    @property
    def is_hearing(self) -> bool:
        """Whether a watcher listens now."""
        return self.mode == "events"

    @property
    def mode(self) -> str:
        """How changes are noticed: events, polling, away, silent."""
        return "silent" if self._follower.is_silent else _MODES.get(self._word, "polling")

    @property
    def why(self) -> str:
        """Nothing is heard."""
        return why_of(self._why) if self.mode == "polling" else ""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._follower.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._follower.stop()
        # Python must not end while one of its threads is in the watcher's code; one that a drive holds up is not.
        until = time.monotonic() + _ENDED_WITHIN
        while not self._follower.has_ended and time.monotonic() < until:  # noqa: ASYNC110 - a thread rings no bell
            await asyncio.sleep(_STEP)

    async def wait(self, seconds: float) -> None:
        """Return after so many seconds, or earlier when something was heard since the last call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        self._bell.clear()

    def wake(self) -> None:
        """End the wait."""
        self._bell.set()

    def _tell(self, word: Word, what: bytes) -> None:
        """Called by the follower's threads."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it ended before they did
                self._loop.call_soon_threadsafe(self._take, word, what)

    def _take(self, word: Word, what: bytes) -> None:
        if word is Word.CHANGED:
            self.last_event, self.heard_at = time.time(), time.monotonic()
        else:
            self._word, self._why = word, what
            self._told.take(self._folder, word, what)
        if word is Word.HEARING:
            self.hearing_since = time.monotonic()
        if what != SETTING_UP:
            self.wake()  # also when it begins to listen: what came before is found by a look


def _all_alike(changes: Iterable[FileChange]) -> Iterable[bytes]:
    return [b""] if any(True for _ in changes) else []
