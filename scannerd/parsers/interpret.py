"""What the found fields say: from texts by field to `Parsed`. Pure, and the same for every family of tags.

Lists are paired place by place (artist, MBID, sort name) only where they are equally long; otherwise nothing is paired.
The credit is kept as printed; whether "A & B" are two is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

from scannerd.model.featured import may_feature
from scannerd.model.media import Contributor, Named, Parsed, Properties, Role
from scannerd.model.names import VARIOUS_ARTISTS_MBID, is_various
from scannerd.parsers import values
from scannerd.parsers.details import details_of

Values = dict[str, list[str]]

_ROLES = (
    ("composer", Role.COMPOSER),
    ("lyricist", Role.LYRICIST),
    ("writer", Role.WRITER),
    ("conductor", Role.CONDUCTOR),
    ("arranger", Role.ARRANGER),
    ("producer", Role.PRODUCER),
    ("engineer", Role.ENGINEER),
    ("mixer", Role.MIXER),
    ("dj_mixer", Role.DJ_MIXER),
    ("remixer", Role.REMIXER),
)
_SERIALISED = ("/", ";", "; ")  # how taggers write a list where only one value has room


def interpret(form: str, found: Values, properties: Properties, *, has_picture: bool) -> Parsed:
    """Everything that one file says, cleaned and in its place."""
    artist, artists = _credit(found, "artist", "artists")
    album_artist, album_artists = _credit(found, "album_artist", "album_artists")
    position, position_total = _place(found, "position")
    disc, disc_total = _place(found, "disc")
    return Parsed(
        format=form,
        properties=properties,
        has_picture=has_picture,
        title=_first(found, "title"),
        artist=artist,
        artists=artists,
        album=_first(found, "album"),
        album_artist=album_artist,
        album_artists=album_artists,
        is_compilation=_is_compilation(found, album_artist),
        disc=disc,
        disc_total=disc_total,
        position=position,
        position_total=position_total,
        date=_date(found, "date") or _date(found, "release_date"),
        original_date=_original_date(found),
        genres=tuple(values.genres(found["genre"])) if "genre" in found else (),
        tags=_tags(found),
        contributors=_contributors(found),
        recording_mbid=_mbid(found, "recording_mbid"),
        track_mbid=_mbid(found, "track_mbid"),
        release_mbid=_mbid(found, "release_mbid"),
        release_group_mbid=_mbid(found, "release_group_mbid"),
        isrc=values.isrc(found["isrc"]) if "isrc" in found else None,
        details=details_of(found),
    )


def _first(found: Values, field: str) -> str | None:
    for raw in found.get(field, ()):
        if value := values.text(raw.replace("\0", " ")):
            return value
    return None


def _mbid(found: Values, field: str) -> str | None:
    return next(iter(values.mbids(found[field])), None) if field in found else None


def _date(found: Values, field: str) -> str | None:
    return values.date(found[field]) if field in found else None


def _original_date(found: Values) -> str | None:
    """The date, or the year alone where it contradicts: taggers that know just the year keep that one right."""
    date, year = _date(found, "original_date"), _date(found, "original_year")
    return year if date is None or (year is not None and not date.startswith(year)) else date


def _place(found: Values, field: str) -> tuple[int | None, int | None]:
    """The number and the total; a total of its own counts for more than one behind a slash."""
    number = total = None
    if field in found:
        number, total = values.number_pair(found[field][0])
    if f"{field}_total" in found:
        total = values.number_pair(found[f"{field}_total"][0])[0] or total
    return number, total


def _is_compilation(found: Values, album_artist: str | None) -> bool:
    if "compilation" in found and values.truth(found["compilation"]):
        return True
    if album_artist and is_various(album_artist):
        return True
    return "album_artist_mbid" in found and values.mbids(found["album_artist_mbid"]) == [VARIOUS_ARTISTS_MBID]


def _credit(found: Values, field: str, listed: str) -> tuple[str | None, tuple[Named, ...]]:
    """The credit as printed, and the artists one by one where the file lists them.

    A single value is a list too if it has as many parts as the file has MBIDs, and a single name with a single MBID is
    a list of one; but "A feat. B" stays a credit.
    """
    printed = values.texts(found.get(field, ()))
    ids = values.mbids(found[f"{field}_mbid"]) if f"{field}_mbid" in found else []
    names = _listed(found[listed], len(ids)) if listed in found else []
    is_list = len(names) > 0
    if not names:
        names = (values.split_into(printed, len(ids)) if len(printed) == 1 else None) or printed
        is_list = len(names) > 1 or (len(ids) == 1 and not any(map(may_feature, names)))
    if len(printed) == 1 and (len(names) < 2 or printed[0] not in [mark.join(names) for mark in _SERIALISED]):
        credit = printed[0]
    else:
        credit = ", ".join(printed if len(printed) > 1 else names)
    return values.text(credit) or None, _named(names, ids, found.get(f"{field}_sort", [])) if is_list else ()


def _listed(raws: list[str], count: int) -> list[str]:
    """The names of a field that is a list; where just one value had room, its parts."""
    if len(raws) == 1:
        raws = values.split_into(raws, count) or raws[0].split("; ")
    return values.texts(raws)


def _named(names: Sequence[str], ids: Sequence[str], sorts: list[str]) -> tuple[Named, ...]:
    if not names:
        return ()
    nothing: Sequence[None] = [None] * len(names)
    paired_ids = ids if len(ids) == len(names) else nothing
    paired_sorts = values.split_into(sorts, len(names)) if sorts else None
    return tuple(map(Named, names, paired_ids, paired_sorts or nothing))


def _contributors(found: Values) -> tuple[Contributor, ...]:
    named: dict[Contributor, None] = {}
    for field, role in _ROLES:
        if field in found:
            ids = values.mbids(found.get(f"{field}_mbid", ()))
            people = _named(values.people(found[field]), ids, found.get(f"{field}_sort", []))
            named.update(dict.fromkeys(Contributor(role, person) for person in people))
    for raw in values.texts(found.get("performer", ())):
        name, detail = values.performer(raw)
        named[Contributor(Role.PERFORMER, Named(values.text(name)), values.text(detail or "") or None)] = None
    return tuple(named)


def _tags(found: Values) -> tuple[str, ...]:
    """A user's labels."""
    raws = [raw for field in ("grouping", "mood", "tags", "keywords") for raw in found.get(field, ())]
    return tuple(values.labels(raws)) if raws else ()
