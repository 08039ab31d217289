"""Waiting for what comes by itself, however slow the machine is."""

import time
from collections.abc import Callable

PATIENCE = 100.0
"""Seconds; nothing is ever waited for that long."""


def wait_until(holds: Callable[[], object], what: str, *, tell: Callable[[], str] = str) -> None:
    """Look again and again; a fact that never comes is an AssertionError that names it, and tells what there is."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, f"it never came to be: {what}\n{tell()}".rstrip()
        time.sleep(0.02)
