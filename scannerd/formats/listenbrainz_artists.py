"""Who a ListenBrainz listen is by: submitted ids, the mapping's credit, separate names, one printed name. Pure.

The mapping's credit gives each name with its own verified MBID, so it is the best answer, unless the player submitted
artist MBIDs that have none in common with it: then the mapping is of another recording. Ids without a credit are
paired with names only where it is certain which belongs to which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import compress

from scannerd.formats.reading import Fields
from scannerd.formats.values import WrongValue, mbid, text
from scannerd.model.listen import ArtistForm

Artists = tuple[tuple[str, ...], ArtistForm, tuple[str | None, ...], tuple[str, ...]]
"""Names, their form, their MBIDs, their joiners: four fields of `Written`."""
_guest = re.compile(r"[\s(\[](?:feat|ft|featuring)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What the user's player wrote about the artists."""

    name: str
    info: Fields


def artists(submitted: Submitted, mapping: Fields) -> Artists:
    """The artists of one listen."""
    given = _mbids(submitted.info)
    credit = _credit(mapping)
    if credit is not None and _agree(given, credit[2]):
        return credit
    ids = given or ([] if credit is not None else _mbids(mapping))
    names, form = _names(submitted)
    named = [name != "" for name in names]
    paired = compress(_paired(names, form, ids), named)
    return tuple(compress(names, named)), form, tuple(paired), ()


def _credit(mapping: Fields) -> Artists | None:
    """The artist credit of the mapping, when every part of it is there."""
    parts = mapping.get("artists")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        return None
    names = tuple([_string(part.get("artist_credit_name")) for part in parts])
    if not all(names):
        return None
    joiners = tuple([_joiner(part.get("join_phrase")) for part in parts])
    return names, ArtistForm.CREDIT, tuple([mbid(part.get("artist_mbid")) for part in parts]), joiners


def _agree(given: list[str | None], credited: tuple[str | None, ...]) -> bool:
    known = set(given) - {None}
    return not known or not known.isdisjoint(credited)


def _names(submitted: Submitted) -> tuple[tuple[str, ...], ArtistForm]:
    separate = submitted.info.get("artist_names")
    if separate is not None and separate != []:
        if not isinstance(separate, list):
            raise WrongValue("artist_names", separate, "a list of names")
        names = tuple([text(name, "artist_names") for name in separate])
        if any(names):
            return names, ArtistForm.LIST
    # Spotify's importer joins names by commas, which may stand in a name, too: the ids say how many there are.
    spotify_ids = submitted.info.get("spotify_artist_ids")
    parts = tuple(submitted.name.split(", "))
    if isinstance(spotify_ids, list) and len(spotify_ids) == len(parts) > 1 and all(parts):
        return parts, ArtistForm.LIST
    return (submitted.name,), ArtistForm.JOINED


def _paired(names: tuple[str, ...], form: ArtistForm, ids: list[str | None]) -> tuple[str | None, ...]:
    if len(ids) != len(names) or not any(ids):
        return ()
    if form is ArtistForm.JOINED and _guest.search(names[0]):
        return ()
    return tuple(ids)


def _mbids(fields: Fields) -> list[str | None]:
    value = fields.get("artist_mbids")
    given = [value] if isinstance(value, str) else value
    return [mbid(one) for one in given] if isinstance(given, list) else []


def _string(value: object) -> str:
    return text(value) if isinstance(value, str) else ""


def _joiner(value: object) -> str:
    """As printed: the spaces around `feat.` are part of it."""
    if not isinstance(value, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in value if char.isprintable() or char.isspace())
