"""What the comment of a ZIP archive says of the comic in it: ComicBookInfo 1.0, as JSON."""

from __future__ import annotations

import json
from typing import Any

from scannerd.model.book import BookContributor, BookRole, Told
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.plain_text import plain_text
from scannerd.model.series_names import in_series
from scannerd.parsers.books.comic_info import ROLES, unit_of_number
from scannerd.parsers.values import text, texts

_KEY = "ComicBookInfo/1.0"
_ROLES = ROLES | {
    "penciler": BookRole.PENCILLER,
    "artist": BookRole.PENCILLER,
    "colorer": BookRole.COLORIST,
    "cover": BookRole.COVER_ARTIST,
}


def read_comment(comment: bytes) -> Told:
    """What it says; nothing where it is something else."""
    if _KEY.encode() not in comment:
        return Told()
    try:
        found = json.loads(comment)[_KEY]
    except (ValueError, LookupError, TypeError, RecursionError):
        return Told()
    return _told(found) if isinstance(found, dict) else Told()


def _told(found: dict[str, Any]) -> Told:
    one = {name: text(str(value)) for name, value in found.items() if isinstance(value, str | int | float)}
    number, series, title = one.get("issue", ""), one.get("series", ""), one.get("title") or None
    year, month = one.get("publicationYear", ""), one.get("publicationMonth", "")
    tags = found.get("tags")
    return Told(
        title=title,
        description=plain_text(one.get("comments", "")),
        language=language_tag(one["language"]) if one.get("language") else None,
        published=book_date(f"{year}-{month.zfill(2)}" if month else year) if year else None,
        publisher=one.get("publisher") or None,
        contributors=_contributors(found.get("credits")),
        series=(in_series(series, number or None, unit_of_number(number, title or "")),) if series else (),
        genres=tuple(texts(one.get("genre", "").split(","))),
        tags=tuple(texts(tag for tag in tags if isinstance(tag, str))) if isinstance(tags, list) else (),
    )


def _contributors(listed: object) -> tuple[BookContributor, ...]:
    people: dict[BookContributor, None] = {}
    for credit in listed if isinstance(listed, list) else ():
        if isinstance(credit, dict) and isinstance(name := credit.get("person"), str) and (name := text(name)):
            role = _ROLES.get(str(credit.get("role", "")).lower().replace(" ", ""), BookRole.CONTRIBUTOR)
            people[BookContributor(role, name)] = None
    return tuple(people)
