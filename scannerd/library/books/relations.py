"""The persons, series, labels and identifiers of a book, out of what its voices say. Pure.

- Who wrote it (authors and writers) comes whole from the best voice that names anybody; so does each other role. A sort
  name that any voice states for somebody wins over the rule; one that only repeats the name states nothing.
- Series come whole from the best voice that names one; a series without a place takes it whole from the next voice that
  has one for the same series.
- Genres come whole from the best voice that has any, and so do tags.
- Of identifiers, a lower voice adds the types that no better voice has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from scannerd.library.books.book import BookFile, Label, Numbered, Person, SeriesPlace
from scannerd.library.books.name_patterns import person_key
from scannerd.library.books.voices import Voice
from scannerd.model.book import BookContributor, BookRole, Identifier, IdentifierType, InSeries, Told
from scannerd.model.book_names import natural_name, sort_name
from scannerd.model.names import match_key

_WROTE = (BookRole.AUTHOR, BookRole.WRITER)
_PARTS: tuple[tuple[BookRole, ...], ...] = (_WROTE, *((role,) for role in BookRole if role not in _WROTE))
_PART_OF = {role: part for part, roles in enumerate(_PARTS) for role in roles}


def persons_of(voices: Sequence[Voice]) -> tuple[Person, ...]:
    """By role, in the order of their best voice; nobody twice in one role."""
    stated = _stated_sort_names(voices)
    best: dict[int, tuple[Voice, list[BookContributor]]] = {}
    for voice in voices:
        for one in voice.told.contributors:
            said_by, those = best.setdefault(_PART_OF[one.role], (voice, []))
            if said_by is voice:
                those.append(one)
    found: dict[tuple[BookRole, str], Person] = {}
    for _, (voice, those) in sorted(best.items()):
        for one in those:
            person = _person(one, voice, stated)
            found.setdefault((person.role, person.match_key), person)
    return tuple(found.values())


def _person(one: BookContributor, voice: Voice, stated: Mapping[str, str]) -> Person:
    name, key = natural_name(one.name), person_key(one.name)
    return Person(one.role, key, name, one.name, voice.source, stated.get(key) or sort_name(name), key in stated)


def _stated_sort_names(voices: Iterable[Voice]) -> dict[str, str]:
    stated: dict[str, str] = {}
    for one in (one for voice in voices for one in voice.told.contributors):
        key = person_key(one.name)
        if one.sort_name and match_key(one.sort_name) != key:
            stated.setdefault(key, one.sort_name)
    return stated


def own_narrators(files: Iterable[BookFile]) -> dict[tuple[bytes, bytes], tuple[Person, ...]]:
    """By place, who reads each file, where those that say it do not say the same."""
    found: dict[tuple[bytes, bytes], tuple[Person, ...]] = {}
    for file in files:
        told = file.said.told if file.said else Told()
        narrators = tuple(one for one in told.contributors if one.role is BookRole.NARRATOR)
        if narrators:
            found[file.place] = persons_of([Voice("file", Told(contributors=narrators))])
    are_different = len({frozenset(one.match_key for one in those) for those in found.values()}) > 1
    return found if are_different else {}


def is_author(voices: Iterable[Voice]) -> frozenset[str]:
    """The match keys of those that any voice says wrote it."""
    those = (one for voice in voices for one in voice.told.contributors if one.role in _WROTE)
    return frozenset(person_key(one.name) for one in those)


def series_of(voices: Sequence[Voice]) -> tuple[SeriesPlace, ...]:
    best = next((voice for voice in voices if voice.told.series), None)
    if best is None:
        return ()
    places: dict[str, InSeries] = {}
    for one in (one for voice in voices for one in voice.told.series):
        key = match_key(one.name)
        known = places.get(key)
        if known is None:
            places[key] = one
        elif not _has_place(known):
            places[key] = replace(known, number=one.number, number_text=one.number_text)
    keys = dict.fromkeys(match_key(one.name) for one in best.told.series)
    return tuple(SeriesPlace(key, places[key], best.source) for key in keys)


def _has_place(series: InSeries) -> bool:
    return series.number is not None or series.number_text is not None


def labels_of(voices: Sequence[Voice], names: Callable[[Told], tuple[str, ...]]) -> tuple[Label, ...]:
    for voice in voices:
        if those := names(voice.told):
            found: dict[str, Label] = {}
            for name in those:
                found.setdefault(match_key(name), Label(match_key(name), name, voice.source))
            return tuple(found.values())
    return ()


def identifiers_of(voices: Sequence[Voice]) -> tuple[Numbered, ...]:
    found: dict[Identifier, Numbered] = {}
    types: set[IdentifierType] = set()
    for voice in voices:
        new = [one for one in voice.told.identifiers if one.type not in types]
        for one in new:
            found.setdefault(one, Numbered(one, voice.source))
        types.update(one.type for one in new)
    return tuple(found.values())
