"""What the database says of a value that came from a file, in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from scannerd.errors import BadExport


@contextmanager
def refusals_are_bad_exports() -> Iterator[None]:
    """A value no database can hold comes from the file, whatever its reader thought of it."""
    try:
        yield
    except psycopg.DataError as exc:
        message = exc.diag.message_primary or str(exc)
        raise BadExport(f"the database cannot store a value of this file: {message}") from exc
