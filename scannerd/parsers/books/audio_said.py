"""What the found fields say of a book. Pure, and the same for every family of tags.

Two things that other readers keep are told apart here: "(Unabridged)" behind a title says how it is read, and is no
part of it; and a genre such as "Audiobook" says no more than that the file is one.
"""

from __future__ import annotations

import re

from scannerd.model.book import BookFileSaid, BookKind, Chapter, Identifier, Told
from scannerd.model.book_values import book_date, language_tag
from scannerd.model.identifiers import identifier
from scannerd.model.media import Details
from scannerd.model.names import match_key
from scannerd.model.plain_text import plain_text
from scannerd.parsers import values
from scannerd.parsers.books.audio_people import contributors_of
from scannerd.parsers.books.audio_series import series_of
from scannerd.parsers.parser import Heard

Found = dict[str, list[str]]

_ABRIDGED = re.compile(r"(?:abridged|gekürzt\w*|abrégé\w*|abreviad[oa]|ridott[oa]|verkort)(?: \w+)?", re.IGNORECASE)
_UNABRIDGED = re.compile(
    r"(?:unabridged|ungekürzt\w*|(?:texte )?intégrale?|version intégrale|íntegr[oa]|integrale|onverkort)(?: \w+)?",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]{1,40})[)\]]\s*\Z")
_NO_GENRE = frozenset(
    match_key(name)
    for name in (
        *("Audiobook", "Audiobooks", "Audio Book", "Audio Books", "Audio-Book", "Book", "Books", "Speech", "Spoken"),
        *("Spoken Word", "Books & Spoken", "Spoken & Audio", "Hörbuch", "Hörbücher", "Hoerbuch", "Livre audio"),
        *("Livres audio", "Audiolibro", "Audiolibros", "Audiolibri", "Luisterboek", "Luisterboeken", "Ljudbok"),
        *(
            "Ljudböcker",
            "Lydbok",
            "Lydbog",
            "Äänikirja",
            "Audiokniha",
            "Аудиокнига",
            "Аудиокниги",
            "有声书",
            "オーディオブック",
        ),
    )
)
_MEDIA_KINDS = {"1": "music", "2": "audiobook", "6": "music video", "9": "movie", "10": "tv show", "21": "podcast"}


def said_of(form: str, heard: Heard, chapters: tuple[Chapter, ...]) -> BookFileSaid:
    """Everything that one file says, cleaned and in its place."""
    found = heard.found
    title, title_says = _title(found, "title")
    album, album_says = _title(found, "album")
    return BookFileSaid(
        format=form,
        kind=BookKind.AUDIO,
        told=_told(found, album, _sort_title(found, title, album), _is_abridged(found, album_says, title_says)),
        own_title=title,
        disc=_number(found, "disc"),
        position=_number(found, "position"),
        properties=heard.properties,
        has_picture=heard.has_picture,
        chapters=chapters,
        details=_details(found),
    )


def _told(found: Found, album: str | None, sort_title: str | None, is_abridged: bool | None) -> Told:
    return Told(
        title=album,
        subtitle=_first(found, "subtitle"),
        sort_title=sort_title,
        description=_description(found),
        language=next((tag for raw in found.get("language", ()) if (tag := language_tag(raw))), None),
        published=_published(found),
        publisher=_first(found, "publisher"),
        is_abridged=is_abridged,
        contributors=contributors_of(found),
        series=series_of(found),
        genres=_genres(found),
        tags=_tags(found),
        identifiers=_identifiers(found),
    )


def _first(found: Found, field: str) -> str | None:
    return next((value for raw in found.get(field, ()) if (value := values.text(raw.replace("\0", " ")))), None)


def _number(found: Found, field: str) -> int | None:
    return values.number_pair(found[field][0])[0] if field in found else None


def _title(found: Found, field: str) -> tuple[str | None, bool | None]:
    """The title, and whether it says that it is abridged."""
    title = _first(found, field)
    brackets = _BRACKETS.search(title) if title else None
    says = _says_abridged(brackets[1]) if brackets else None
    if title is None or brackets is None or says is None or not brackets.start():
        return title, None
    return title[: brackets.start()], says


def _sort_title(found: Found, title: str | None, album: str | None) -> str | None:
    """Of the album; of the title where that is the same or the only one."""
    sort = _title(found, "album_sort")[0]
    is_same = album is None or (title is not None and match_key(title) == match_key(album))
    return sort or (_title(found, "title_sort")[0] if is_same else None)


def _says_abridged(said: str) -> bool | None:
    said = said.strip()
    if _UNABRIDGED.fullmatch(said):
        return False
    return True if _ABRIDGED.fullmatch(said) else None


def _is_abridged(found: Found, *titles: bool | None) -> bool | None:
    """By the field, by the edition's name, by a title."""
    raw = _first(found, "abridged")
    if raw is not None and raw.lower() in ("1", "true", "yes"):
        return True
    if raw is not None and raw.lower() in ("0", "false", "no"):
        return False
    edition = _first(found, "edition")
    told = (_says_abridged(raw or ""), _says_abridged(edition or ""), *titles)
    return next((one for one in told if one is not None), None)


def _description(found: Found) -> str | None:
    raws = (raw for field in ("description", "comment") for raw in found.get(field, ()))
    return next((text for raw in raws if (text := plain_text(raw))), None)


def _published(found: Found) -> str | None:
    """When the book came out, before when this reading did; of dates that agree, the most exact one."""
    fields = ("original_date", "original_year", "release_date", "date")
    dates = [date for field in fields for raw in found.get(field, ()) if (date := book_date(raw))]
    return max((date for date in dates if date.startswith(dates[0])), key=len, default=None)


def _genres(found: Found) -> tuple[str, ...]:
    genres = values.genres(found["genre"]) if "genre" in found else []
    return tuple(genre for genre in genres if match_key(genre) not in _NO_GENRE)


def _tags(found: Found) -> tuple[str, ...]:
    return tuple(values.labels(raw for field in ("tags", "mood", "keywords") for raw in found.get(field, ())))


def _identifiers(found: Found) -> tuple[Identifier, ...]:
    raws = [(scheme, raw) for scheme in ("ISBN", "ASIN") for raw in values.texts(found.get(scheme.lower(), ()))]
    read = (identifier(raw, scheme) for scheme, raw in raws)
    return tuple(dict.fromkeys(one for one in read if one is not None))


def _details(found: Found) -> Details:
    kept: Details = {}
    for field in ("url", "copyright", "tag_problem"):
        if value := _first(found, field):
            kept[field] = value
    if kind := _MEDIA_KINDS.get(_first(found, "media_kind") or ""):
        kept["media_kind"] = kind
    return kept
