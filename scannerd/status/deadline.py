"""Questions that may hang, on a drive that is gone or a server that stands still: nobody waits for them for ever."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from scannerd.errors import ScannerdError

logger = logging.getLogger(__name__)

T = TypeVar("T")


def answered(ask: Callable[[], T], otherwise: T, *, seconds: float) -> T:
    """What one question is answered with, or something else when that takes too long or goes wrong."""
    return asked(ask, otherwise)(seconds)


def asked(ask: Callable[[], T], otherwise: T) -> Callable[[float], T]:
    """Ask at once, and leave waiting for the answer to whoever calls what this returns."""
    answers: list[T] = []

    def run() -> None:
        try:
            answers.append(ask())
        except (OSError, ScannerdError) as exc:
            logger.debug("no answer: %s", exc)

    # A daemon thread: Python would wait for any other at its end.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def wait(seconds: float) -> T:
        thread.join(max(0.0, seconds))
        return answers[0] if answers else otherwise

    return wait
