"""Where log lines go and what they look like: stderr, for a person, for the journal, or as JSON for a collector."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

_SYSLOG = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


def set_up(level: str, form: str, *, stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> None:
    """Send scannerd's own log lines, and the warnings of its libraries, to stderr."""
    stream = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(form, stream, os.environ if environ is None else environ))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("scannerd").setLevel(level.upper())
    # That the database was lost is told in our words; psycopg adds every rollback it could not do on the dead session.
    logging.getLogger("psycopg").setLevel(logging.NOTSET if level == "debug" else logging.ERROR)


def _formatter(form: str, stream: TextIO, environ: Mapping[str, str]) -> logging.Formatter:
    if form == "json":
        return _Json()
    if _is_journal(stream, environ.get("JOURNAL_STREAM", "")):
        return _Journal("%(message)s")
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")


def _is_journal(stream: TextIO, told: str) -> bool:
    """The variable is inherited by everything a service starts, so it counts only for the very stream it names."""
    try:
        stat = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{stat.st_dev}:{stat.st_ino}"


class _Journal(logging.Formatter):
    """The priority before every line; the journal adds the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Mark every line, for the journal takes each as an entry of its own."""
        mark = f"<{_SYSLOG.get(record.levelno, 5)}>"
        return "\n".join(mark + line for line in super().format(record).splitlines() or [""])


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
            "trace": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({key: value for key, value in told.items() if value is not None}, ensure_ascii=False)
