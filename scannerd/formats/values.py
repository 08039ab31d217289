"""What one field of a row holds, checked: text, whole numbers, moments, MBIDs.

A field that holds what does not belong there raises `WrongValue`, whose message names the field, what was found and
what belongs there; the reader makes a `Failed` row of it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scannerd.model.names import clean

NIL_MBID = "00000000-0000-0000-0000-000000000000"
_mbid = re.compile(r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?", re.IGNORECASE)
_number = re.compile(r"[+-]?[0-9]{1,20}(?:\.0*)?")
_SHOWN = 40


class WrongValue(Exception):
    """A field holds what does not belong there."""

    def __init__(self, field: str, found: object, wanted: str) -> None:
        super().__init__(f"{field or 'a field'} is {shown(found)}, where {wanted} belongs")


def shown(value: object) -> str:
    """A value in an error message: short, on one line, storable."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def text(value: object, field: str = "") -> str:
    """Cleaned text; empty for nothing."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    raise WrongValue(field, value, "text")


def optional_text(value: object, field: str = "") -> str | None:
    """Cleaned text; None for nothing."""
    return text(value, field) or None


def texts(value: object, field: str = "") -> tuple[str, ...]:
    """The names of a list that are not empty; nothing is an empty list."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WrongValue(field, value, "a list of names")
    return tuple([name for element in value if (name := text(element, field))])


def mbid(value: object) -> str | None:
    """An MBID in lower case with hyphens; None for what is none, and for the one that means none."""
    if not isinstance(value, str) or not value:
        return None
    found = _mbid.fullmatch(value.strip())
    if found is None:
        return None
    canonical = "-".join(found.groups()).lower()
    return None if canonical == NIL_MBID else canonical


def whole(value: object, field: str = "") -> int:
    """A whole number, also when written as text or as a float without a fraction."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _number.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    raise WrongValue(field, value, "a whole number")


def optional_whole(value: object, field: str = "") -> int | None:
    """A whole number; None for nothing."""
    return None if value is None or value == "" else whole(value, field)


def moment(unix: object, field: str = "") -> datetime:
    """The moment that Unix seconds name, in UTC, whole seconds; fractions are cut."""
    number = int(unix) if isinstance(unix, float) and abs(unix) < 1e12 else whole(unix, field)
    try:
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, ValueError, OSError) as exc:
        raise WrongValue(field, unix, "a time in Unix seconds") from exc


def instant(value: object, field: str = "") -> datetime:
    """The moment of an ISO 8601 text, in UTC, whole seconds; one without a zone is UTC."""
    if not isinstance(value, str):
        raise WrongValue(field, value, "a time like 2024-05-06T07:08:09Z")
    try:
        at = datetime.fromisoformat(value)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).replace(microsecond=0)
    except (ValueError, OverflowError) as exc:
        raise WrongValue(field, value, "a time like 2024-05-06T07:08:09Z") from exc
