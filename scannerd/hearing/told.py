"""What the owner is told of folders that nobody hears: once of each reason, with what there is to do."""

from __future__ import annotations

import logging
import os

from scannerd.hearing.follower import Word
from scannerd.model.shown import shown

logger = logging.getLogger(__name__)


class Told:
    """What was told so far."""

    def __init__(self) -> None:
        self._told: set[tuple[bytes, bytes]] = set()
        self._deaf: set[bytes] = set()  # of which it was told

    def take(self, folder: bytes, word: Word, what: bytes) -> None:
        """Tell, if there is something new to be told."""
        why, _, remedy = what.partition(b"\n")
        if word is Word.DEAF and (folder, why) not in self._told:
            self._told.add((folder, why))
            self._deaf.add(folder)
            logger.warning(
                "changes in %s are not heard and are found by looking every so often: %s%s",
                _shown(folder),
                _shown(why),
                f" (to mend it: {_shown(remedy)})" if remedy else "",
                extra={"action": "watcher_broke"},
            )
        elif word is Word.HEARING and folder in self._deaf:
            self._deaf.discard(folder)
            logger.info("changes in %s are heard again", _shown(folder), extra={"action": "watcher_back"})


def why_of(what: bytes) -> str:
    """The reason without its remedy."""
    return _shown(what.partition(b"\n")[0])


def _shown(text: bytes) -> str:
    return shown(os.fsdecode(text))
