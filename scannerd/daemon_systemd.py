"""What systemd is told. Each word travels in a datagram of its own: one that cannot be read takes its company along.

Without systemd nobody is told, and nothing is different.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

_LONGEST_STATUS = 200
_PATIENCE = 1.0  # seconds that we wait for somebody who does not listen: the whole daemon stands still meanwhile


class Systemd:
    """The service manager that started us, if one did."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._notifier = None
        if environ.get("NOTIFY_SOCKET"):
            from sdnotify import SystemdNotifier

            self._notifier = SystemdNotifier()
            if self._notifier.socket is not None:
                self._notifier.socket.settimeout(_PATIENCE)
        self.watchdog_seconds = _watchdog_seconds(environ)
        self._status = ""

    def ready(self) -> None:
        """It runs, or runs again after a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """The settings are being read again; the moment tells this reload from others."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It was asked to end, and does."""
        self._tell("STOPPING=1")

    def alive(self) -> None:
        """Nothing hangs."""
        if self.watchdog_seconds:
            self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; the library that sends it knows Latin-1 only, so it is kept to ASCII."""
        line = text.encode("ascii", "replace").decode("ascii")[:_LONGEST_STATUS]
        if line != self._status:
            self._status = line
            self._tell(f"STATUS={line}")

    def _tell(self, word: str) -> None:
        if self._notifier is not None:
            self._notifier.notify(word)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How often at least it wants to hear that we are alive; None when it does not watch us."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    micros = environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1_000_000 if micros.isdecimal() and int(micros) else None
