"""When to look at the drop folder: at once when the kernel tells of a change, and every so often in any case.

Events are hints, the listing is the truth: a watcher loses files in many ways, is deaf on network drives, and dies of
a name that is no UTF-8. So nothing here says what changed, and a broken watcher only makes us slower.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds before a watcher that broke is replaced: at first, and at most."""

_STEP_MS = 100  # how often an idle watcher wakes; a change is told of after one to two steps


class Watch:
    """Wakes whoever waits in `wait` when there may be something new."""

    def __init__(self, folder: Path, *, hearing: bool) -> None:
        self._folder = folder
        self._hearing = hearing
        self._heard = asyncio.Event()
        self._hearer: asyncio.Task[None] | None = None
        self._is_listening = False
        self._place: tuple[int, int] | None = None
        self.last_event: float | None = None  # by the wall clock, as the next one
        self.hearing_since = 0.0

    @property
    def is_hearing(self) -> bool:
        """Whether a watcher listens now."""
        return self._is_listening

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end_hearer()

    async def wait(self, seconds: float) -> None:
        """Return after so many seconds, or earlier when something was heard since the last call."""
        await self._follow_folder()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), seconds)
        self._heard.clear()

    def wake(self) -> None:
        """End the wait."""
        self._heard.set()

    async def _follow_folder(self) -> None:
        """Hear of the folder that lies there now: one that was replaced or mounted over would stay silent."""
        place = _place(self._folder)
        if not self._hearing or place == self._place:
            return
        await self._end_hearer()
        self._place = place
        if place is not None:
            self._hearer = asyncio.create_task(self._hear())

    async def _end_hearer(self) -> None:
        if self._hearer is not None:
            self._hearer.cancel()
            with suppress(asyncio.CancelledError):
                await self._hearer
            self._hearer = None
            self._is_listening = False

    async def _hear(self) -> None:
        from watchfiles import awatch

        pause = FIRST_PAUSE
        while True:
            try:
                # One watcher for as long as it lives: what happens between two of them is heard by neither.
                self._is_listening = True
                self.hearing_since = time.time()
                self.wake()  # what came before it began to listen is found by a look
                async for _ in awatch(self._folder, watch_filter=None, step=_STEP_MS, ignore_permission_denied=True):
                    pause = FIRST_PAUSE
                    self.last_event = time.time()
                    self.wake()
            except* (OSError, RuntimeError) as broken:
                level = logging.WARNING if pause == FIRST_PAUSE else logging.DEBUG
                logger.log(
                    level,
                    "the watcher of the drop folder broke, files are now found by looking: %s",
                    _innermost(broken),
                    extra={"action": "watcher_broke"},
                )
            self._is_listening = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self.wake()


def _place(folder: Path) -> tuple[int, int] | None:
    try:
        seen = folder.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino


def _innermost(broken: BaseException) -> BaseException:
    while isinstance(broken, BaseExceptionGroup):
        broken = broken.exceptions[0]
    return broken
