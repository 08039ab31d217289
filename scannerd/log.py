"""Where log lines go and what they look like: stderr, for a person, for the journal, or as JSON for a collector."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from scannerd.log_repeats import Repeats

_SYSLOG = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


def set_up(level: str, form: str, *, stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> None:
    """Send scannerd's own log lines, and the warnings of its libraries, to stderr."""
    stream = sys.stderr if stream is None else stream
    handler = _Counting(stream)
    handler.setFormatter(_formatter(form, stream, os.environ if environ is None else environ))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("scannerd").setLevel(level.upper())
    # That the database was lost is told in our words; psycopg adds every rollback it could not do on the dead session.
    logging.getLogger("psycopg").setLevel(logging.NOTSET if level == "debug" else logging.ERROR)


def _formatter(form: str, stream: TextIO, environ: Mapping[str, str]) -> logging.Formatter:
    is_journal = _is_journal(stream, environ.get("JOURNAL_STREAM", ""))
    if form == "json":
        return _Journal(_Json()) if is_journal else _Json()
    if is_journal:
        return _Journal(logging.Formatter("%(message)s"))
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")


class _Counting(logging.StreamHandler[TextIO]):
    """Counts what comes again and again; a count is told with the next line after its time, or at the end."""

    def __init__(self, stream: TextIO, repeats: Repeats | None = None) -> None:
        super().__init__(stream)
        self._repeats = repeats or Repeats()

    def emit(self, record: logging.LogRecord) -> None:
        """Write it, unless it was just written."""
        for summary in self._repeats.due():
            super().emit(summary)
        if self._repeats.admits(record):
            super().emit(record)

    def close(self) -> None:
        """Tell what was counted and not told."""
        if not self.stream.closed:
            for summary in self._repeats.rest():
                super().emit(summary)
        super().close()


def _is_journal(stream: TextIO, told: str) -> bool:
    """The variable is inherited by everything a service starts, so it counts only for the very stream it names."""
    try:
        stat = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{stat.st_dev}:{stat.st_ino}"


class _Journal(logging.Formatter):
    """The priority before every line; the journal takes it off again, and adds the time."""

    def __init__(self, lines: logging.Formatter) -> None:
        super().__init__()
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        """Mark every line, for the journal takes each as an entry of its own."""
        mark = f"<{_SYSLOG.get(record.levelno, 5)}>"
        return "\n".join(mark + line for line in self._lines.format(record).splitlines() or [""])


class _Json(logging.Formatter):
    """One object a line; `action` is the stable word to search for."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one object, with the traceback as one of its texts."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "action": getattr(record, "action", None),
            "times": getattr(record, "times", None),
            "trace": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({key: value for key, value in told.items() if value is not None}, ensure_ascii=False)
