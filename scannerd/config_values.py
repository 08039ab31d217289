"""The kinds of values a setting can have, each read from text and shown as text. Pure, but for the system's zone."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Annotated, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic_settings import NoDecode

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_BYTES_BY_LOWER = {unit.lower(): factor for unit, factor in _BYTES.items()}
_AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?([A-Za-z]+)")


def duration_from(value: object) -> timedelta:
    """Read "30s", "5m", "2h"."""
    if isinstance(value, timedelta):
        return value
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2] not in _MILLISECONDS:
        raise ValueError('must be a duration such as "500ms", "30s", "5m", "2h" or "1d"')
    return timedelta(milliseconds=int(Decimal(match[1]) * _MILLISECONDS[match[2]]))


def some_time(value: timedelta) -> timedelta:
    """Refuse a wait of no length."""
    if not value:
        raise ValueError('must be longer than "0s"')
    return value


def duration_text(value: timedelta) -> str:
    """The duration in the largest unit that leaves no fraction."""
    milliseconds = value // timedelta(milliseconds=1)
    if not milliseconds:
        return "0s"
    unit, size = max(((u, f) for u, f in _MILLISECONDS.items() if milliseconds % f == 0), key=itemgetter(1))
    return f"{milliseconds // size}{unit}"


def size_from(value: object) -> int:
    """Read "64MB" (millions) or "64MiB" (powers of two)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[2].lower() not in _BYTES_BY_LOWER:
        raise ValueError('must be a size such as "500kB", "64MB" or "4GB"')
    return int(Decimal(match[1]) * _BYTES_BY_LOWER[match[2].lower()])


def size_text(value: int) -> str:
    """The size in the largest unit that leaves no fraction."""
    if not value:
        return "0B"
    unit, factor = max(((u, f) for u, f in _BYTES.items() if value % f == 0), key=itemgetter(1))
    return f"{value // factor}{unit}"


def zone_from(value: object) -> str:
    """Check that the name is one of the IANA time zones."""
    try:
        return ZoneInfo(value).key if isinstance(value, str) else _no_zone()
    except (ValueError, OSError, LookupError) as exc:
        raise ValueError('must be an IANA time zone such as "Europe/Berlin" or "UTC"') from exc


def _no_zone() -> str:
    raise ValueError


def local_zone() -> str:
    """The system's zone, or UTC where the system does not tell one by name."""
    from tzlocal import get_localzone_name

    try:
        return ZoneInfo(get_localzone_name() or "UTC").key
    except (ValueError, OSError, LookupError):
        return "UTC"


def day_from(value: object) -> date:
    """Read a day, as TOML's own date or as text."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
    except ValueError:
        pass
    raise ValueError('must be a day such as "2015-01-31"')


def names_from(value: object) -> object:
    """Read a list of texts; in the environment it is written as in the file."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('must be a list of texts such as ["one", "two"]')
    return tuple(value)


def place_from(folder: Path, value: object) -> object:
    """The path as an absolute one, meant from `folder`; what is no path is left for the validation to refuse."""
    return folder / Path(value).expanduser() if isinstance(value, str | Path) and str(value) else value


def path_from(value: object) -> Path:
    """Check that the value can be a path."""
    if isinstance(value, str | Path) and str(value) and "\0" not in str(value):
        return Path(value)
    raise ValueError('must be a path such as "/srv/scannerd/drop"')


def is_place(annotation: object) -> bool:
    """Whether a field of this type holds a path."""
    return annotation is Path or any(is_place(inner) for inner in get_args(annotation))


Duration = Annotated[timedelta, BeforeValidator(duration_from), PlainSerializer(duration_text, when_used="json")]
Wait = Annotated[Duration, AfterValidator(some_time)]
Size = Annotated[int, BeforeValidator(size_from), PlainSerializer(size_text, when_used="json")]
Zone = Annotated[str, BeforeValidator(zone_from)]
Day = Annotated[date, BeforeValidator(day_from)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(names_from)]
Place = Annotated[Path, BeforeValidator(path_from)]


class Section(BaseModel):
    """Keys that belong together; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)
