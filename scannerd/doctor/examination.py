"""Many looks side by side. One that hangs on a dead drive is left behind and told, one that breaks is told as well."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from scannerd.doctor.finding import Finding, trouble, warning
from scannerd.errors import ScannerdError

logger = logging.getLogger(__name__)

AS_ROOT = "sudo scannerd doctor"


@dataclass(frozen=True, slots=True)
class Look:
    """One thing to look at, and where that lies."""

    about: str
    place: str
    ask: Callable[[], Iterable[Finding]]


@dataclass(slots=True)
class _Asked:
    look: Look
    findings: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(default_factory=threading.Thread)


def examine(looks: Sequence[Look], *, seconds: float) -> list[Finding]:
    """What there is to say, in the order of the looks, after so many seconds at most."""
    until = time.monotonic() + seconds
    asked = [_Asked(look) for look in looks]
    for one in asked:
        # A daemon thread: Python would wait for any other at its end.
        one.thread = threading.Thread(target=_ask, args=[one], daemon=True)
        one.thread.start()
    return [finding for one in asked for finding in _told(one, until, seconds)]


def _told(one: _Asked, until: float, seconds: float) -> list[Finding]:
    one.thread.join(max(0.0, until - time.monotonic()))
    if not one.thread.is_alive():
        return one.findings
    # What it found before it hung is told too; the list may grow while we read it.
    return [*one.findings, _silent(one.look, seconds)]


def _silent(look: Look, seconds: float) -> Finding:
    return trouble(
        look.about,
        f"{look.place} does not answer within {seconds:.0f} s",
        "work on it hangs: perhaps the drive or the server behind it is gone, or very busy, or it holds very much",
        "see that it is there again, or unmount it; then ask once more",
    )


def _ask(one: _Asked) -> None:
    look = one.look
    try:
        for finding in look.ask():
            one.findings.append(finding)  # at once: it is told even when the next one hangs
    except PermissionError as exc:
        what = f"{exc.filename or look.place} is closed to this user"
        one.findings.append(warning(look.about, what, "nothing can be said about it", AS_ROOT))
    except OSError as exc:
        what = f"{exc.filename or look.place} cannot be looked at: {(exc.strerror or str(exc)).lower()}"
        one.findings.append(trouble(look.about, what, "scannerd cannot use it either"))
    except ScannerdError as exc:
        why = "scannerd cannot work like that"
        one.findings.append(trouble(look.about, str(exc), why, exc.hint or ""))
    except Exception as exc:  # the root of one look: its mistake must not hide what the others found
        logger.debug("a look broke", exc_info=exc)
        what = f"the doctor's own look broke: {type(exc).__name__}: {exc}".replace("\n", " ")
        one.findings.append(warning(look.about, what, "nothing can be said about it"))
