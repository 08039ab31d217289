"""When to look at a library: the watcher's words, as hints and never more than that.

The watcher is a process of its own. When it dies, it is started again; what nobody heard meanwhile is found by looking.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Self

from scannerd.child import environment
from scannerd.hearing.told import Told
from scannerd.library.watcher import ALIVE_EVERY, Word

logger = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds before a watcher that died is replaced: at first, and at most."""
_REAPED_WITHIN = 2.0  # seconds
_SILENT_AFTER = 30 * ALIVE_EVERY  # to set up a watch may take minutes, in which it says nothing


Heard = Callable[[bytes, Word, bytes], None]


class Watch:
    """Wakes whoever waits in `wait` when there may be something new; what it is, `heard` is told before."""

    def __init__(self, roots: Mapping[bytes, bool], suffixes: Collection[bytes], heard: Heard) -> None:
        """Of each root is said whether it is heard on network drives too; `suffixes` are those of files that count."""
        self._roots = roots
        self._suffixes = suffixes
        self._heard = heard
        self._bell = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._told = Told()
        self._last: dict[bytes, tuple[Word, bytes]] = {}
        self._is_silent = False

    async def __aenter__(self) -> Self:
        if self._roots:
            self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def wait(self, seconds: float) -> None:
        """Return after so many seconds, or earlier when something was heard since the last call."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                await self._bell.wait()
        self._bell.clear()

    def wake(self) -> None:
        """End the wait."""
        self._bell.set()

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                process = await self._start()
            except OSError as exc:
                logger.debug("the watcher cannot be started: %s", exc)
            else:
                if await self._listen(process):
                    pause = FIRST_PAUSE
            for root in self._roots:
                self._take(root, Word.DEAF, b"the watcher ended")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _start(self) -> Process:
        roots = [f"{'any' if any_drive else 'local'}:{os.fsdecode(root)}" for root, any_drive in self._roots.items()]
        suffixes = os.fsdecode(b",".join(sorted(self._suffixes)))
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "scannerd.library.watcher", str(os.getpid()), suffixes, *roots),
            stdin=DEVNULL,
            stdout=PIPE,
            env=environment(),
        )

    async def _listen(self, process: Process) -> bool:
        """Until it dies; whether it said anything before."""
        spoke = False
        try:
            while process.stdout is not None:
                root, word, what = [(await self._next(process.stdout))[:-1] for _ in range(3)]
                self._answers()
                if root:
                    self._take(root, Word(word.decode()), what)
                spoke = True
        except asyncio.IncompleteReadError:
            pass
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            # Not for one that a dead drive holds: it ends when that answers, or is gone.
            await asyncio.wait({asyncio.create_task(process.wait())}, timeout=_REAPED_WITHIN)
        return spoke

    async def _next(self, said: asyncio.StreamReader) -> bytes:
        while True:
            try:
                async with asyncio.timeout(None if self._is_silent else _SILENT_AFTER):
                    return await said.readuntil(b"\0")
            except TimeoutError:
                self._is_silent = True
                for root in self._roots:
                    self._pass_on(root, Word.SILENT, b"")

    def _answers(self) -> None:
        """Say anew what held before it fell silent."""
        if self._is_silent:
            self._is_silent = False
            for root, (word, what) in self._last.items():
                self._pass_on(root, word, what)

    def _take(self, root: bytes, word: Word, what: bytes) -> None:
        if word is not Word.CHANGED:
            self._last[root] = (word, what)
        self._told.take(root, word, what)
        self._pass_on(root, word, what)

    def _pass_on(self, root: bytes, word: Word, what: bytes) -> None:
        self._heard(root, word, what)
        self.wake()
