"""Who is named in what a source wrote: the artists of a track in order, guests told apart. Pure.

The cautious rule: a comma, "&", "and" or "/" never parts two artists, for too many acts carry one in their name.
What parts them is a featured mark, and a separator that nobody has in a name. Among the guests of a featured mark
commas and "&" do part, but for the names to keep whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scannerd.model.featured import LONGEST_TAKEN_APART, MARK, may_feature, split_featured
from scannerd.model.listen import ArtistForm
from scannerd.model.name_keys import match_key
from scannerd.model.whole_names import KEEP_WHOLE

RULES_VERSION = 1
"""Raise it when this code or `featured` decides otherwise than before: resolved lookups then count as outdated."""

DEFAULT_SEPARATORS = (" · ", " • ", " // ", "; ")
UNORDERED_SEPARATORS = (" • ",)
"""How a Maloja user joined the main artist and a guest in one name; there the main artist does come first."""

_MOST_PARTS = 8
"""So many parts of a list can make up one name to keep whole: "Dave Dee, Dozy, Beaky, Mick & Tich" has five."""

# Not before "Jr." and "His Orchestra", nor in "10,000"; never at "+", which stands in names more often than in lists.
_GUEST_SEPARATOR = re.compile(
    r" ?(?:,(?!\d)|[、，;])(?! ?(?:jr|sr|ii|iii|iv|inc)\b) ?(?:(?:&|and) )?| (?:&|and) (?!(?:his|her|their)\b)| [·•] |"
    + MARK,
    re.IGNORECASE,
)
_BETWEEN_WORDS = re.compile(r"[,&+\s]+")


@dataclass(frozen=True, slots=True)
class SplitRules:
    """What stays together and what parts; made by `split_rules`."""

    keep_whole: frozenset[str]  # match keys without what joins their words, see `_whole_key`
    separators: tuple[str, ...]

    @property
    def version(self) -> int:
        """A positive number of 31 bits that changes with the rules."""
        return _version(self.keep_whole, self.separators)


@dataclass(frozen=True, slots=True)
class NamedArtist:
    """One artist of a track."""

    name: str
    mbid: str | None
    featured: bool
    position_in_source: int | None  # index in the source's artists; None for a part of a name or of the title


def split_rules(keep_whole: Iterable[str] = (), separators: Iterable[str] = DEFAULT_SEPARATORS) -> SplitRules:
    """The built-in names to keep whole and the given ones; `separators` take the place of the default ones."""
    listed = tuple(dict.fromkeys(separators))
    if not all(separator.strip() for separator in listed):
        raise ValueError("a separator of artist names is blank")
    return SplitRules(frozenset(map(_whole_key, (*KEEP_WHOLE, *keep_whole))) - {""}, listed)


def artists_of(
    artists: Sequence[str],
    *,
    form: ArtistForm,
    title: str,
    artist_mbids: Sequence[str | None] = (),
    rules: SplitRules,
) -> tuple[NamedArtist, ...]:
    """Who is named, the primary artist first, each match key once; MBIDs only for names not taken apart."""
    mbids = artist_mbids if len(artist_mbids) == len(artists) else (None,) * len(artists)
    told = [NamedArtist(name, mbids[at], False, at) for at, name in enumerate(artists) if name.strip()]
    separator = _separator(_separators(form, rules))
    title_guests = _title_guests(title) if told else ()
    if not title_guests and (form is ArtistForm.CREDIT or not any(_may_part(a.name, separator) for a in told)):
        return tuple(told) if len(told) < 2 else _each_once(told, form)
    guests = _from_title(title_guests, told, rules.keep_whole)
    if form is not ArtistForm.CREDIT:
        told = _taken_apart(told, form, rules.keep_whole, separator)
    return _each_once(told + guests, form)


def credit_text(artists: Sequence[NamedArtist]) -> str:
    """The names as one line, for sources that gave no joiners: "A, B feat. C, D"."""
    main = ", ".join(artist.name for artist in artists if not artist.featured)
    guests = ", ".join(artist.name for artist in artists if artist.featured)
    return f"{main} feat. {guests}" if main and guests else main or guests


def _taken_apart(
    told: list[NamedArtist], form: ArtistForm, keep: frozenset[str], separator: re.Pattern[str] | None
) -> list[NamedArtist]:
    """Main artists, then guests. Of an unordered list, whoever leads a joined name or has a guest leads the list."""
    leaders: list[NamedArtist] = []
    others: list[NamedArtist] = []
    guests: list[NamedArtist] = []
    for artist in told:
        if not _may_part(artist.name, separator) or _whole_key(artist.name) in keep:
            others.append(artist)
            continue
        main, guest_texts = split_featured(artist.name, is_title=False)
        parts = list(_parts(main, separator, keep))
        if len(parts) < 2 and not guest_texts:
            others.append(artist)
            continue
        if form is ArtistForm.UNORDERED and parts:
            leaders.append(_part(parts.pop(0)))
        others += map(_part, parts)
        guests += (_part(name, featured=True) for text in guest_texts for name in _guests(text, keep))
    return leaders + others + guests


def _part(name: str, *, featured: bool = False) -> NamedArtist:
    return NamedArtist(name, None, featured, None)


def _title_guests(title: str) -> tuple[str, ...]:
    return split_featured(title, is_title=True)[1] if may_feature(title) else ()


def _from_title(guest_texts: tuple[str, ...], told: list[NamedArtist], keep: frozenset[str]) -> list[NamedArtist]:
    """The guests of a title; a name that the source lists whole is whole here too ("Above & Beyond")."""
    if not guest_texts:
        return []
    keep |= {_whole_key(artist.name) for artist in told}
    return [_part(name, featured=True) for text in guest_texts for name in _guests(text, keep)]


def _may_part(name: str, separator: re.Pattern[str] | None) -> bool:
    return may_feature(name) or (separator is not None and separator.search(name) is not None)


def _guests(text: str, keep: frozenset[str]) -> Iterator[str]:
    return _parts(text, _GUEST_SEPARATOR, keep)


def _parts(text: str, separator: re.Pattern[str] | None, keep: frozenset[str]) -> Iterator[str]:
    """The text between separators; parts that together make up a name to keep whole are given as that name."""
    if separator is None or len(text) > LONGEST_TAKEN_APART:
        yield text
        return
    starts, ends = [0], []
    for found in separator.finditer(text):
        ends.append(found.start())
        starts.append(found.end())
    ends.append(len(text))
    at = 0
    while at < len(starts):
        last = _last_of_whole(text, starts, ends, at, keep)
        if part := text[starts[at] : ends[last]].strip():
            yield part
        at = last + 1


def _last_of_whole(text: str, starts: list[int], ends: list[int], at: int, keep: frozenset[str]) -> int:
    for last in range(min(at + _MOST_PARTS, len(ends)) - 1, at, -1):
        if _whole_key(text[starts[at] : ends[last]]) in keep:
            return last
    return at


def _each_once(named: Iterable[NamedArtist], form: ArtistForm) -> tuple[NamedArtist, ...]:
    """The first of each match key, with what later ones add: an MBID, the place, that the artist is a guest."""
    by_key: dict[str, NamedArtist] = {}
    for artist in named:
        key = match_key(artist.name)
        first = by_key.get(key)
        by_key[key] = artist if first is None else _filled(first, artist)
    once = list(by_key.values())
    if form is ArtistForm.UNORDERED:
        once.sort(key=lambda artist: artist.featured)
    if once and once[0].featured:
        once[0] = replace(once[0], featured=False)
    return tuple(once)


def _filled(first: NamedArtist, later: NamedArtist) -> NamedArtist:
    place = later.position_in_source if first.position_in_source is None else first.position_in_source
    return NamedArtist(first.name, first.mbid or later.mbid, first.featured or later.featured, place)


def _separators(form: ArtistForm, rules: SplitRules) -> tuple[str, ...]:
    if form is ArtistForm.JOINED:
        return rules.separators
    return UNORDERED_SEPARATORS if form is ArtistForm.UNORDERED else ()


@lru_cache(maxsize=16)
def _separator(separators: tuple[str, ...]) -> re.Pattern[str] | None:
    """Longer ones first, so that " // " is not taken for two " / "; a space in one stands for any white space."""
    longest_first = sorted(separators, key=len, reverse=True)
    pattern = "|".join(re.escape(separator).replace(r"\ ", r"\s") for separator in longest_first)
    return re.compile(pattern, re.IGNORECASE) if pattern else None


@lru_cache(maxsize=16384)
def _short_whole_key(name: str) -> str:
    key = match_key(name)
    words = " ".join(word for word in _BETWEEN_WORDS.split(key) if word not in ("", "and"))
    return words.removeprefix("the ") or key


def _whole_key(name: str) -> str:
    """A match key in which "Peter, Paul & Mary" and "Peter Paul and Mary" are one."""
    return _short_whole_key(name) if len(name) <= LONGEST_TAKEN_APART else ""


@lru_cache(maxsize=16)
def _version(keep_whole: frozenset[str], separators: tuple[str, ...]) -> int:
    told = "\x1f".join((str(RULES_VERSION), *sorted(keep_whole), "", *sorted(separators)))
    return int.from_bytes(hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()[:4]) & 0x7FFFFFFF or 1
