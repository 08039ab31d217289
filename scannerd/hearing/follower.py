"""Follows one folder wherever it goes and whenever it comes back, and says what is heard of it, and why nothing is.

Events are hints and never more than that. What cannot be heard is said with its reason, for then somebody must look.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from os import fsdecode
from typing import TYPE_CHECKING

from scannerd.hearing import inotify
from scannerd.hearing.inotify import Lack
from scannerd.hearing.lookout import TICK, Lookout, Place, place_of
from scannerd.hearing.tree import Tree, tree_of

if TYPE_CHECKING:
    from watchfiles.main import FileChange

logger = logging.getLogger(__name__)

NO_UTF8 = "a name that is no UTF-8"
SETTING_UP = b"its watch is being set up"
ROOM_EVERY = 10.0
"""Seconds from one try whether there is room for one watch more to the next."""
_LONG_LIFE = 600.0  # of a watch that broke for some other reason than the one before it
_TICK_MS = 1000  # how often it is seen whether the folder is still the same
_STEP_MS = 100  # how often an idle watch wakes; a change is told of after one to two steps
_UNDECODED = re.compile(r'decode path "(.*)" to string')
_one_sets_up = threading.Lock()
"""Held from the first watch of a tree to the last, so that it is known for whom there was no room."""


class Word(StrEnum):
    """What there is to say of a folder."""

    HEARING = "hearing"  # from now on; what changed before is not known
    POLLED = "polled"  # nobody hears it, for the reason told, and that is as it should be
    DEAF = "deaf"  # for the reason told, and what to do about it: it must be looked at every so often
    AWAY = "away"
    SILENT = "silent"  # the drive does not answer
    CHANGED = "changed"  # something in it, or in the folder told


Tell = Callable[[Word, bytes], None]
"""Takes the word, and the folder or the reason; a remedy stands on a second line."""
Changed = Callable[[Iterable["FileChange"]], Iterable[bytes]]
"""Which folders these changes are told of as."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before a watch that broke is made anew: at first, and at most."""

    first: float
    longest: float


class _Deaf(Exception):
    """There is no room for the watches that are wanted."""

    def __init__(self, lacking: Lack, folders: int = 0) -> None:
        super().__init__(f"{inotify.why(lacking)}\n{inotify.remedy(lacking, folders)}")


class Follower:
    """One folder, and two threads: one that hears of it, one that notices when its drive holds up the first."""

    def __init__(
        self, root: bytes, tell: Tell, *, changed: Changed, why_not: Callable[[], bytes], pauses: Pauses
    ) -> None:
        """`why_not` says why the folder that lies there now is not to be heard, or nothing."""
        self._root = root
        self._tell = tell
        self._changed = changed
        self._why_not = why_not
        self._pauses = pauses
        self._pause = pauses.first
        self._stop = threading.Event()
        self._lookout = Lookout(root, self._stop)
        self._thread = threading.Thread(target=self._follow, daemon=True, name="follower")
        self._last = (Word.POLLED, SETTING_UP)
        self._was_silent = False
        self._room_asked_at = 0.0
        self._anew_from = 0.0

    def start(self) -> None:
        """Follow it from now on."""
        self._lookout.start()
        self._thread.start()

    def stop(self) -> None:
        """Soon; a drive that does not answer is not waited for."""
        self._stop.set()

    @property
    def has_ended(self) -> bool:
        """Whether it noticed the stop."""
        return not self._thread.is_alive()

    @property
    def is_silent(self) -> bool:
        """Whether its drive has not answered for a long time."""
        return self._lookout.is_silent

    def check(self) -> None:
        """Say that it is silent, or what holds now that it answers again; to be called every so often."""
        is_silent = self.is_silent
        if is_silent != self._was_silent:
            self._was_silent = is_silent
            self._tell(*((Word.SILENT, b"") if is_silent else self._last))

    def _say(self, word: Word, what: bytes = b"") -> None:
        self._last = (word, what)
        self._tell(word, what)

    def _follow(self) -> None:
        self._say(*self._last)
        while not self._stop.is_set():
            place = place_of(self._root)
            if place is None:
                if self._last[0] is not Word.AWAY:
                    self._say(Word.AWAY)
                self._stop.wait(TICK)
                continue
            if self._last[0] is Word.AWAY:
                self._say(Word.POLLED, SETTING_UP)
            began = time.monotonic()
            try:
                self._follow_one(place)
            except FileNotFoundError as exc:  # a folder that went meanwhile, if it was not all of it
                logger.debug("the watch of %s is set up again: %s", fsdecode(self._root), exc)
                self._stop.wait(TICK)
            except Exception as exc:  # the root of this thread: a folder that nobody follows would seem to be quiet
                if not isinstance(exc, (_Deaf, OSError, RuntimeError)):
                    logger.exception("the watch of %s broke, and begins again", fsdecode(self._root))
                allowed = inotify.limits()
                self._say(Word.DEAF, reason(exc))
                if time.monotonic() - began > _LONG_LIFE:
                    self._pause = self._pauses.first
                self._rest(place, allowed)

    def _follow_one(self, place: Place) -> None:
        """For as long as the same folder lies there."""
        if why_not := self._why_not():
            self._say(Word.POLLED, why_not)
            while self._is_there(place):
                self._stop.wait(TICK)
            return
        tree = tree_of(self._root, self._stop)
        if not self._stop.is_set():
            self._hear(place, tree)

    def _hear(self, place: Place, tree: Tree) -> None:
        from watchfiles import watch

        # One watch for as long as it lives: what happens between two of them is heard by neither.
        heard = watch(
            *map(fsdecode, tree.paths),
            watch_filter=None,
            step=_STEP_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
            stop_event=self._stop,
        )
        with closing(heard):
            with _one_sets_up:
                if lacking := inotify.lack():
                    raise _Deaf(lacking, tree.folders)
                before = inotify.held()
                first = next(heard, set())
                # Of what did not fit nobody else would tell; and there may be room again by now.
                if inotify.lack() is Lack.WATCHES or not self._is_whole(before, tree):
                    raise _Deaf(Lack.WATCHES, tree.folders)
            self._say(Word.HEARING)
            for changes in chain([first], heard):
                if not self._is_there(place):
                    return
                for folder in self._changed(changes):
                    self._tell(Word.CHANGED, folder)
                if self._is_outgrown(tree):
                    return

    def _is_whole(self, before: Collection[str], tree: Tree) -> bool:
        """Whether each folder got its watch; folders that went meanwhile need none."""
        for _ in range(2):
            now = [count for ear, count in inotify.held().items() if ear not in before]
            if not now or max(now) >= tree.folders or self._stop.is_set():
                return True
            tree = tree_of(self._root, self._stop)
        return False

    def _is_outgrown(self, tree: Tree) -> bool:
        """Whether there is room again after there was none: folders that came meanwhile are not watched."""
        now = time.monotonic()
        if now - self._room_asked_at < ROOM_EVERY or not _one_sets_up.acquire(blocking=False):
            return False
        try:
            lacking = inotify.lack() is Lack.WATCHES
        finally:
            _one_sets_up.release()
        self._room_asked_at = now
        if lacking and self._last[0] is Word.HEARING:
            self._say(Word.DEAF, reason(_Deaf(Lack.WATCHES, tree.folders)))
            self._anew_from = now + self._pause
            self._pause = min(self._pause * 2, self._pauses.longest)
        return not lacking and self._last[0] is Word.DEAF and now >= self._anew_from

    def _is_there(self, place: Place) -> bool:
        return not self._stop.is_set() and place_of(self._root) == place

    def _rest(self, place: Place, allowed: tuple[int | None, ...]) -> None:
        """Until something else lies there, the system allows more, or it is time."""
        until = time.monotonic() + self._pause
        while self._is_there(place) and time.monotonic() < until and inotify.limits() == allowed:
            self._stop.wait(min(TICK, self._pause))
        self._pause = min(self._pause * 2, self._pauses.longest)


def reason(exc: BaseException) -> bytes:
    """Why nothing is heard, and on a second line what to do about it, where that is known."""
    text = str(exc)
    if not isinstance(exc, _Deaf):
        text = " ".join(text.split())
        if undecoded := _UNDECODED.search(text):
            text = f"{NO_UTF8}: {undecoded[1]}\nrename it; the program convmv does that for many at once"
        elif "os error 24" in text:
            text = str(_Deaf(Lack.INSTANCES))
        elif "watch limit" in text:
            text = str(_Deaf(Lack.WATCHES))
        elif isinstance(exc, PermissionError):
            text = "it cannot be read"
    return text.encode("utf-8", "replace")
