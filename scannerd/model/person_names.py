"""How the name of one person is built: in natural order, and sorted. Pure.

A name with a comma is inverted ("Le Guin, Ursula K.") unless it is a company's, or looks like two persons. Sorted:

- honorifics and degrees are left out, "Jr." and Roman numbers stay at the end
- particles in small letters go behind the first name ("Beethoven, Ludwig van", as shisho sorts); those with a capital
  begin the last name ("Le Guin, Ursula K."), for so their owners write them
- one name, also with a title ("Dr. Seuss") or a number ("Elizabeth I"), groups, companies, and names in Chinese,
  Japanese and Korean letters, which begin with the last name anyway, are sorted as they are
- who is inverted already stays so: whoever did it knew that García Márquez is one last name
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scannerd.model.name_keys import clean
from scannerd.model.name_words import (
    COMPANY_PHRASES,
    COMPANY_WORDS,
    DEGREES,
    FUNCTION_WORDS,
    GENERATIONS,
    HONORIFICS,
    MONONYMS,
    PARTICLES,
    STAND_INS,
    SURNAME_BEGINNINGS,
)

_LONGEST = 256
"""What is longer is no name, and is left as it is."""
_MOST_WORDS = 7

_CJK = re.compile(
    "[\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]"
)
_INITIAL = re.compile(r"(?:[^\W\d_]\.-?)+|[^\W\d_]")
_COMMA = re.compile(r" ?[,，] ?")
_LIFE = re.compile(
    r"(?:(?:ca?|b|d|geb)\.? ?|born )?[0-9]{3,4}\??(?: ?[-–] ?(?:ca?\. ?)?(?:[0-9]{3,4}\??)?)?(?: b\.?c\.?(?:e\.?)?)?",
    re.IGNORECASE,
)
_THE = re.compile(r"([^,，]+), (the)", re.IGNORECASE)


def squeezed(text: str) -> str:
    """Clean, and no two spaces side by side."""
    return " ".join(clean(text).split())


def natural_name(name: str) -> str:
    """ "Le Guin, Ursula K." is Ursula K. Le Guin; what is not inverted stays as it is, but for the years of a life."""
    return _known_natural(name) if len(name) <= _LONGEST else _natural_name(name)


def _natural_name(name: str) -> str:
    name = squeezed(name)
    if found := _THE.fullmatch(name):
        return f"{found[2]} {found[1].strip()}"
    parts = _parts(name)
    if parts is None or (parts.given is None and not parts.honorifics):
        return parts.whole if parts else name
    ordered = " ".join(filter(None, (*parts.honorifics, parts.given, parts.last)))
    generation = parts.generation or ""
    joiner = ", " if _key(generation) in ("jr", "sr", "jnr", "snr", "junior", "senior") else " "
    return ", ".join((ordered + (joiner + generation if generation else ""), *parts.degrees))


def sort_name(name: str) -> str:
    """ "Ursula K. Le Guin" is sorted as "Le Guin, Ursula K."; the sort name of a sort name is itself."""
    return _known_sorted(name) if len(name) <= _LONGEST else _sort_name(name)


def _sort_name(name: str) -> str:
    name = squeezed(name)
    once = _sorted_once(name)
    # Some oddities ("Jane Doe, Dr Dr") would be sorted otherwise the second time: they stay as they are.
    return once if _sorted_once(once) == once else name


# The names of a shelf come again and again, and each is asked for several times.
_known_natural = lru_cache(maxsize=2048)(_natural_name)
_known_sorted = lru_cache(maxsize=2048)(_sort_name)


def _sorted_once(name: str) -> str:
    parts = _parts(name)
    if parts is None:
        return name
    if parts.given is not None:
        return _sorted(parts.last, parts.given.split(), parts.generation)
    words = _without_titles(parts.last.split())
    generation = parts.generation
    if generation is None and len(words) > 2 and is_generation(words[-1]):
        generation = words.pop()
    start = _last_name(words)
    is_bare = start == 0 or is_generation(" ".join(words[:start]))
    if is_bare or _INITIAL.fullmatch(words[-1]) or words[-1].startswith(("(", "[", '"')):
        return parts.whole
    return _sorted(" ".join(words[start:]), words[:start], generation)


def _sorted(last: str, given: list[str], generation: str | None) -> str:
    given = _without_titles(given)
    if generation is None and len(given) > 1 and len(given[-1]) > 1 and is_generation(given[-1]):
        given, generation = _without_titles(given[:-1]), given[-1]
    return ", ".join(filter(None, (last, " ".join(given), generation)))


@dataclass(frozen=True, slots=True)
class _Parts:
    """One person's name, taken apart at its commas."""

    whole: str
    last: str  # or all of it, where nothing is given
    given: str | None
    generation: str | None
    honorifics: tuple[str, ...]
    degrees: tuple[str, ...]


def _parts(name: str) -> _Parts | None:
    """None for what is no person's name."""
    if not name or len(name) > _LONGEST or has_cjk(name):
        return None
    pieces = [piece for piece in _COMMA.split(name) if piece]
    pieces = pieces[:1] + [piece for piece in pieces[1:] if not is_life(piece)]
    whole = ", ".join(pieces)
    if not pieces or is_group(whole):
        return None
    names, generation, honorifics, degrees = pieces[:1], None, [], []
    for piece in pieces[1:]:
        if generation is None and is_generation(piece) and (len(piece) > 1 or len(names) > 1 or " " in names[0]):
            generation = piece
        elif is_degree(piece):
            degrees.append(piece)
        elif _key(piece) in HONORIFICS:
            honorifics.append(piece)
        else:
            names.append(piece)
    if len(names) > 2 or (len(names) == 2 and not is_inverted(*names)):
        return None
    given = names[1] if len(names) == 2 else None
    if given and generation is None and " " in given and is_generation(last := given.split()[-1]) and len(last) > 1:
        given, generation = given.rpartition(" ")[0], last
    if given and is_generation(given):
        return None
    return _Parts(whole, names[0], given, generation, tuple(honorifics), tuple(degrees))


def is_inverted(last: str, given: str) -> bool:
    """Whether "last, given" is one person, and not two: "Le Guin, Ursula K.", but not "Stephen King, Peter Straub".

    One name before the comma is a last name. Of two or more it is not certain: they are, where one name follows, or one
    that ends in an initial or a particle, as no full name does, or where they begin with a particle themselves.
    """
    if has_cjk(last + given):
        # "村上, 春樹" is one; three letters before the comma are a whole name in China and Korea.
        return len(last) <= 2 and len(given) <= 3
    before, behind = last.split(), _without_honorifics(given.split())
    if len(before) > 4 or not _is_spelled(before + behind) or is_group(last) or is_group(given):
        return False
    if len(before) == 1:
        return len(behind) == 1 or before[0].lower() not in MONONYMS or _ends_open(behind)
    if any(map(_INITIAL.fullmatch, before)):
        return False
    return len(behind) == 1 or _ends_open(behind) or _begins_last_name(before[0])


def is_full_name(name: str) -> bool:
    """Whether it looks like a first and a last name of one person."""
    if has_cjk(name):
        return 2 <= len(name) <= 24
    words = name.split()
    return 2 <= len(words) <= _MOST_WORDS and _is_spelled(words) and not is_group(name)


def is_group(name: str) -> bool:
    """Whether it is rather a company's, a band's or a text than a person's name."""
    keys = [_key(word) for word in name.split()]
    return (
        len(keys) > _MOST_WORDS + 3
        or not any(map(str.isalpha, name))
        or any(map(str.isdecimal, name))
        or name.lower() in STAND_INS
        or any(key in COMPANY_WORDS or key in FUNCTION_WORDS or key in ("&", "+") for key in keys)
        or any(phrase in name.lower() for phrase in COMPANY_PHRASES)
    )


def is_generation(text: str) -> bool:
    """ "Jr.", "III"; "V." is an initial, and "Vi" a name."""
    key = _key(text)
    return key in GENERATIONS and (key[0] in "js" or (text.isupper() and text.isalpha()))


def is_degree(text: str) -> bool:
    """ "Ph.D.", "MD"; "Do", "Ma" and "Mba" are names."""
    written = ((word, _key(word)) for word in text.split())
    return all(key in DEGREES and ("." in word or not word.istitle() or key == "esq") for word, key in written)


def is_life(text: str) -> bool:
    """ "1828-1910", "b. 1949"."""
    return _LIFE.fullmatch(text) is not None


def has_cjk(text: str) -> bool:
    """Whether there are Chinese, Japanese or Korean letters in it."""
    return not text.isascii() and _CJK.search(text) is not None


def _key(word: str) -> str:
    return word.lower().replace(".", "").strip("()[],'\"")


def _is_spelled(words: list[str]) -> bool:
    return all(word.lstrip("'’\"“(")[:1].isalpha() for word in words)


def _ends_open(words: list[str]) -> bool:
    """Ends in an initial or a particle, as a first name does that stands behind the last name."""
    return _INITIAL.fullmatch(words[-1]) is not None or words[-1] in PARTICLES


def _begins_last_name(word: str) -> bool:
    return word in PARTICLES or _key(word) in SURNAME_BEGINNINGS


def _without_honorifics(words: list[str]) -> list[str]:
    at = 0
    while at < len(words) - 1 and _key(words[at]) in HONORIFICS:
        at += 1
    return words[at:]


def _without_titles(words: list[str]) -> list[str]:
    """Without honorifics before and degrees behind; something stays."""
    end = len(words)
    while end > 1 and is_degree(words[end - 1]):
        end -= 1
    return _without_honorifics(words[:end])


def _last_name(words: list[str]) -> int:
    """Where the last name begins; 0 where there is no other."""
    at = start = len(words) - 1
    if at > 2 and words[at - 1] == "y":  # Ortega y Gasset
        at = start = at - 2
    while at > 0 and (words[at - 1] in PARTICLES or _key(words[at - 1]) in SURNAME_BEGINNINGS):
        at -= 1
        start = at if words[at][0].isupper() else start
    return start if at > 0 else 0
