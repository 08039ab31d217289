"""The rest of what a file says, under plain names: label, barcode, loudness, comment, lyrics. Pure.

A name has one type, whatever the file: a list, a number, or a text, in which several values are parted by "; ".
"""

from __future__ import annotations

from collections.abc import Callable

from scannerd.model.media import LONGEST_COMMENT, Details
from scannerd.parsers import values
from scannerd.parsers.fields import GAINS


def _text(raws: list[str]) -> str:
    return values.text("; ".join(values.texts(raws)))


def _tempo(raws: list[str]) -> float | None:
    return values.decimal(raws) or None  # some write 0 for "not known"


def _mbids(raws: list[str]) -> list[str]:
    return list(dict.fromkeys(values.mbids(raws)))


def _fingerprint(raws: list[str]) -> str:
    return raws[0].strip() if raws[0].isascii() and raws[0].isprintable() and len(raws[0]) <= LONGEST_COMMENT else ""


_READERS: dict[str, Callable[[list[str]], str | float | list[str] | None]] = {
    **dict.fromkeys(("title_sort", "artist_sort", "album_sort", "album_artist_sort", "composer_sort"), _text),
    **dict.fromkeys(("disc_subtitle", "work", "movement", "director", "barcode", "asin", "key", "media"), _text),
    **dict.fromkeys(("copyright", "subtitle", "rating", "release_status", "release_country"), _text),
    **dict.fromkeys(("movement_number", "movement_total", "musicbrainz_disc_id", "acoustid_id", "tag_problem"), _text),
    **dict.fromkeys(("label", "catalog_number", "language", "release_type"), values.texts),
    **dict.fromkeys(("comment", "lyrics"), values.long_text),
    **dict.fromkeys(GAINS, values.decimal),
    "bpm": _tempo,
    "release_date": values.date,
    "work_mbid": _mbids,
    "acoustid_fingerprint": _fingerprint,
}
_PLACES = {"position": "track_number", "disc": "disc_number"}


def details_of(found: dict[str, list[str]]) -> Details:
    """What no column holds, and the place numbers that are none, as printed; nothing that is empty."""
    kept: Details = {}
    for field, raws in found.items():
        reader = _READERS.get(field)
        if reader is not None and (value := reader(raws)) not in (None, "", []):
            kept[field] = value
        elif field in _PLACES and (printed := _no_number(raws[0])):
            kept[_PLACES[field]] = printed
    return kept


def _no_number(raw: str) -> str:
    """The place as printed where it is no number: "A1" on vinyl; zeros say nothing."""
    return values.text(raw) if values.number_pair(raw) == (None, None) and raw.strip(" 0/") else ""
