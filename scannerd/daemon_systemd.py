"""What systemd is told. Each word travels in a datagram of its own: one that cannot be read takes its company along.

Without systemd nobody is told, and nothing is different. One that does not listen just now (its queue is short, and it
reads no unit and no word at the same time) is told again with the next sign of life: without READY it would end us.
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

            notifier = SystemdNotifier()
            if notifier.socket is not None:
                notifier.socket.settimeout(_PATIENCE)
                notifier.debug = True  # or nobody would know that a word was lost
                self._notifier = notifier
        self.watchdog_seconds = _watchdog_seconds(environ)
        self._status = ""
        self._unsaid: list[str] = []

    def ready(self) -> None:
        """It runs, or runs again after a reload."""
        self._must_tell("READY=1")

    def reloading(self) -> None:
        """The settings are being read again; the moment tells this reload from others."""
        self._must_tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It was asked to end, and does."""
        self._must_tell("STOPPING=1")

    def alive(self) -> None:
        """Nothing hangs."""
        if self.watchdog_seconds and self._is_up_to_date():
            self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; the library that sends it knows Latin-1 only, so it is kept to ASCII."""
        line = text.encode("ascii", "replace").decode("ascii")[:_LONGEST_STATUS]
        if self._is_up_to_date() and line != self._status and self._tell(f"STATUS={line}"):
            self._status = line

    def _must_tell(self, word: str) -> None:
        self._unsaid.append(word)
        self._is_up_to_date()

    def _is_up_to_date(self) -> bool:
        """Say in order what could not be said before; whether nothing is left of it."""
        while self._unsaid and self._tell(self._unsaid[0]):
            del self._unsaid[0]
        return not self._unsaid

    def _tell(self, word: str) -> bool:
        """Whether it was taken."""
        if self._notifier is None:
            return True
        try:
            self._notifier.notify(word)
        except OSError:
            return False
        return True


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """How often at least it wants to hear that we are alive; None when it does not watch us."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    micros = environ.get("WATCHDOG_USEC", "")
    return int(micros) / 1_000_000 if micros.isdecimal() and int(micros) else None
