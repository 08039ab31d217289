"""Waiting for what comes by itself, however slow the machine is."""

import time
from collections.abc import Callable

PATIENCE = 100.0
"""Seconds; nothing is ever waited for that long."""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again; a fact that never comes is an AssertionError that names it."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, f"it never came to be: {what}"
        time.sleep(0.02)
