"""A bell that wakes one lane."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Wakes the one who waits."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return after so many seconds, or earlier when it was rung since the last call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                await self._rung.wait()
        self._rung.clear()

    def wake(self) -> None:
        """Ring it."""
        self._rung.set()
