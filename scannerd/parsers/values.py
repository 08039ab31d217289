"""What a tag's value means: texts, numbers, dates, lists. Pure; whatever is not what it should be is not there."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date as calendar_date

from mutagen.id3 import TCON

from scannerd.model.media import LONGEST_COMMENT, LONGEST_VALUE
from scannerd.model.names import KEEP_WHOLE, clean, match_key

MOST_VALUES = 64
"""Values kept of one field: no honest file has more genres or composers."""

_LONGEST_NUMBER = 64
_LARGEST = 32767  # of a place on a disc, and of a disc: what the database holds of them
_NUMBER = re.compile(r"\s*(\d{1,9})?(?:\.0*)?\s*(?:(?:/|of\b)\s*(\d{1,9})?)?\s*", re.IGNORECASE | re.ASCII)
_DATE = re.compile(
    r"(?<!\d)([12]\d{3})(?:(\d\d)(\d\d)(?!\d)|(?!\d)(?:[-./](\d{1,2})(?!\d)(?:[-./](\d{1,2})(?!\d))?)?)", re.ASCII
)
_MBID = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)
_FLOAT = re.compile(r"\s*([-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[-+]?\d+)?)\s*(?:db|lufs|bpm)?\s*", re.IGNORECASE | re.ASCII)
_NUMBERED = re.compile(r"[(\d]|(?:CR|RX)\Z", re.ASCII)
_LABELS = re.compile(r"[;,/]")
_WHOLE = frozenset(match_key(name) for name in KEEP_WHOLE if "/" in name)


def text(raw: str, limit: int = LONGEST_VALUE) -> str:
    """A value as it may be stored; empty where nothing is left."""
    if len(raw) > limit:
        raw = raw[: 2 * limit]  # before anything costs by length
    kept = clean(raw)
    if not kept.isascii():
        kept = unicodedata.normalize("NFC", kept)
    return kept if len(kept) <= limit else clean(kept[:limit])


def texts(raws: Iterable[str]) -> list[str]:
    """The values, each once, none empty."""
    kept: dict[str, None] = {}
    for raw in raws:
        for part in raw.split("\0") if "\0" in raw else (raw,):
            if value := text(part):
                kept[value] = None
        if len(kept) >= MOST_VALUES:
            break
    return list(kept)[:MOST_VALUES]


def long_text(raws: Iterable[str]) -> str:
    """The first comment, or lyrics: line breaks stay, the only control characters that do."""
    for raw in raws:
        lines = (text(line, LONGEST_COMMENT) for line in raw[: 2 * LONGEST_COMMENT].splitlines())
        if kept := "\n".join(lines).strip("\n")[:LONGEST_COMMENT].rstrip():
            return kept
    return ""


def number_pair(raw: str) -> tuple[int | None, int | None]:
    """ "3/12", "03", "3 of 12": the number and how many there are; nothing for zeros and for what is no number."""
    found = _NUMBER.fullmatch(raw[:_LONGEST_NUMBER])
    return (_counted(found[1]), _counted(found[2])) if found else (None, None)


def _counted(digits: str | None) -> int | None:
    number = int(digits) if digits else 0
    return number if 0 < number <= _LARGEST else None


def date(raws: Iterable[str]) -> str | None:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` of the first value with a year; a month or day that cannot be is left out."""
    for raw in raws:
        if found := _DATE.search(raw[:LONGEST_VALUE]):
            year, month, day = found[1], found[2] or found[4], found[3] or found[5]
            return _possible(int(year), int(month or 0), int(day or 0))
    return None


def _possible(year: int, month: int, day: int) -> str:
    if not 1 <= month <= 12:
        return f"{year:04}"
    try:
        return calendar_date(year, month, day).isoformat()
    except ValueError:
        return f"{year:04}-{month:02}"


def mbids(raws: Iterable[str]) -> list[str]:
    """All UUIDs in order, repeats too, since places in the list count; "a/b" and "a; b" are two."""
    found = [mbid for raw in raws for mbid in _MBID.findall(raw[: 64 * LONGEST_VALUE].lower())]
    return [mbid for mbid in found[:MOST_VALUES] if mbid.strip("0-")]


def isrc(raws: Iterable[str]) -> str | None:
    """The first ISRC, without its hyphens."""
    bare = (raw[:LONGEST_VALUE].upper().replace("-", "").replace(" ", "") for raw in raws)
    return next((found[0] for raw in bare if (found := _ISRC.search(raw))), None)


def decimal(raws: Iterable[str]) -> float | None:
    """ "-6.30 dB"; neither infinite nor no number."""
    for raw in raws:
        found = _FLOAT.fullmatch(raw[:_LONGEST_NUMBER])
        if found and math.isfinite(number := float(found[1].replace(",", "."))):
            return number
    return None


def truth(raws: Iterable[str]) -> bool:
    """Whether the first value says yes."""
    return next((raw.strip(" \0").lower() in {"1", "true", "yes"} for raw in raws), False)


def labels(raws: Iterable[str]) -> list[str]:
    """Moods, keywords: parted at ";", "," and "/"."""
    return texts(part for raw in raws for part in _LABELS.split(raw[: 16 * LONGEST_VALUE]))


def genres(raws: Iterable[str]) -> list[str]:
    """Genres by name, parted as labels are; "17", "(17)" and "(17)Rock" are ID3's numbers."""
    return labels(name for raw in raws for name in (_numbered(raw) if _NUMBERED.match(raw) else (raw,)))


def _numbered(raw: str) -> Iterator[str]:
    known = TCON(encoding=3, text=[raw[:LONGEST_VALUE].strip(" \0")]).genres
    return (name for name in known if name != "Unknown")


def people(raws: list[str]) -> list[str]:
    """The names in a role; a single value is taken apart at ";" and "/", but for acts that have a "/" themselves."""
    if len(raws) != 1 or not (";" in raws[0] or "/" in raws[0]):
        return texts(raws)
    parts = (part.strip() for part in raws[0].split(";"))
    return texts(name for part in parts for name in ([part] if match_key(part) in _WHOLE else part.split("/")))


def split_into(raws: list[str], count: int) -> list[str] | None:
    """The values if there are that many, or a single one that a "/" or ";" parts into that many; else none."""
    if len(raws) == 1 and count > 1:
        for separator in (";", " / ", "/"):
            parts = [part for part in raws[0].split(separator) if part.strip()]
            if len(parts) == count:
                raws = parts
                break
    found = [text(raw) for raw in raws]
    return found if len(found) == count and all(found) else None


def performer(raw: str) -> tuple[str, str | None]:
    """ "Name (instrument)": the name, and what is in the last brackets, which may hold brackets themselves."""
    raw = raw.strip()
    if not raw.endswith(")"):
        return raw, None
    depth = 0
    for at in range(len(raw) - 1, 0, -1):
        depth += (raw[at] == ")") - (raw[at] == "(")
        if not depth:
            name, detail = raw[:at].strip(), raw[at + 1 : -1].strip()
            return (name, detail or None) if name else (raw, None)
    return raw, None
