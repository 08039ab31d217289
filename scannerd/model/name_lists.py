"""Who is named in one field of a book: a list of persons, taken apart without breaking a name. Pure.

    ;  |  、  new line        always part
    &  and  und  et  /  ...  part where both sides look like a whole name: "Jane Doe & John Roe", not "Simon & Schuster"
    ,                        parts whole names ("Jane Doe, John Roe"), and inverted ones two by two;
                             "Le Guin, Ursula K.", "King, Martin Luther, Jr." and "Sallust, Ph.D." are one, and so is
                             whatever the rules cannot tell; a comma between two single words is "Last, First"
    ・                       never parts

What a person did ("Jane Doe - translator", "(Narrator)", "read by Jane Doe") is no part of the name; nor are the years
of a life. "Unknown", "n/a", "et al." and bare role words name nobody. "Various", "Full Cast" and "Anonymous" stay: that
the readers are many is worth knowing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from scannerd.model.book import BookRole
from scannerd.model.name_keys import match_key
from scannerd.model.name_words import (
    COMPANY_ENDS,
    HONORIFICS,
    MONONYMS,
    NOBODY,
    ROLE_FILL,
    ROLE_PREFIXES,
    ROLE_WORDS,
    STAND_INS,
)
from scannerd.model.person_names import (
    is_degree,
    is_full_name,
    is_generation,
    is_group,
    is_inverted,
    is_life,
    natural_name,
    squeezed,
)

MOST_NAMES = 100
_LONGEST = 16_384
_USUAL_LENGTH = 256

_ALWAYS = re.compile(r"[;；|、\n\r\0]")
_WORDS = r"(?:&|\+|and|und|et|with|mit|(?-i:y|e|i|en|és|ja|och|og|ve|και|и))"
_BETWEEN = re.compile(rf" ?(?:[,，](?![0-9])|(?<![0-9])[,，]) ?(?P<serial>{_WORDS} )?| {_WORDS} | ?/ ?", re.IGNORECASE)
_DONE = re.compile(r" ?[(\[]([^()\[\]]{1,60})[)\]]| [-–—] ([^,()\[\]]{1,60})(?=,|\Z)")
_AND_OTHERS = re.compile(r",? (?:et al\.?|and others|and more|u\. ?a\.|u\.v\.a\.)\Z", re.IGNORECASE)
_ROLE_MARK = "\x01"
_MARKED = re.compile(rf"{_ROLE_MARK}(.)")
_ROLES = tuple(BookRole)
_LETTERS = re.compile(r"[^\W\d_]+|&")
_LOOSE_ENDS = " ,，&+/-–—:*"

Credit = tuple[str, BookRole | None]
"""A name as printed, and what the field says that the person did."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text between two separators."""

    text: str
    role: BookRole | None
    joiner: str  # what stands before it
    added: str = ""  # ", Jr."

    @property
    def printed(self) -> str:
        return self.text + self.added


_Name = list[_Piece]


def split_names(text: str) -> tuple[str, ...]:
    """The persons, as printed, in order, each once; at most `MOST_NAMES`."""
    return tuple(name for name, _ in credited_names(text))


def credited_names(text: str) -> tuple[Credit, ...]:
    """The persons with what the field says they did, where it says so."""
    return _known_credits(text) if len(text) <= _USUAL_LENGTH else _credited_names(text)


def _credited_names(text: str) -> tuple[Credit, ...]:
    named: dict[str, Credit] = {}
    for part in _ALWAYS.split(text[:_LONGEST]):
        for credit in _credits(squeezed(part)):
            named.setdefault(match_key(natural_name(credit[0])), credit)
        if len(named) >= MOST_NAMES:
            break
    return tuple(named.values())[:MOST_NAMES]


# The people of a shelf are named again and again.
_known_credits = lru_cache(maxsize=2048)(_credited_names)


def _credits(text: str) -> Iterator[Credit]:
    """Of a text in which nothing parts for certain."""
    for pieces in _names(_pieces(_AND_OTHERS.sub("", text))[: 2 * MOST_NAMES]):
        name = ", ".join(piece.printed for piece in pieces).strip(_LOOSE_ENDS)
        if name.lower() in NOBODY or _role(name) or not any(map(_is_written, name)):
            continue
        yield name, next((piece.role for piece in reversed(pieces) if piece.role), None)


def _pieces(text: str) -> list[_Piece]:
    """Between all separators there are; what is no name by itself ("Jr.", "translator") goes to the one before."""
    text = _DONE.sub(_marked, text)
    found: list[_Piece] = []
    at, joiner = 0, ""
    for separator in (*_BETWEEN.finditer(text), None):
        piece = _piece(text[at : separator.start() if separator else len(text)], joiner)
        if found and (with_it := _with(found[-1], piece)):
            found[-1] = with_it
        elif piece.text and not _role(piece.text):
            found.append(piece)
        if separator is not None:
            at, joiner = separator.end(), "," if separator[0].strip() in ",，" else separator[0]
    return found


def _marked(found: re.Match[str]) -> str:
    """ "(Narrator)" and "- translator" as one mark, which no separator parts; a life's years as nothing."""
    said = found[1] or found[2]
    if found[1] and is_life(said):
        return ""
    role = _role(said)
    return f"{_ROLE_MARK}{_ROLES.index(role):x}" if role else found[0]


def _piece(text: str, joiner: str) -> _Piece:
    marked = _MARKED.search(text)
    role = _ROLES[int(marked[1], 16)] if marked else None
    text = squeezed(_MARKED.sub(" ", text)).strip(_LOOSE_ENDS)
    for prefix in ROLE_PREFIXES:
        if text.lower().startswith(f"{prefix} "):
            return _Piece(text[len(prefix) :].strip(_LOOSE_ENDS), role or _role(prefix), joiner)
    return _Piece(text, role, joiner)


def _role(text: str) -> BookRole | None:
    """What a text of nothing but words for parts in a book says; "Ed" and "Lu" are names, "ed." is none."""
    words = _LETTERS.findall(text.lower()) if len(text) <= 60 else []
    if not all(word in ROLE_WORDS or word in ROLE_FILL for word in words):
        return None
    if len(text) <= 3 and text.istitle() and "." not in text:
        return None
    return next((ROLE_WORDS[word] for word in words if word in ROLE_WORDS), None)


def _with(before: _Piece, piece: _Piece) -> _Piece | None:
    """The piece before with this one, if this one is no name but belongs to that."""
    said = _role(piece.text)
    role = before.role or piece.role or said
    if not piece.text or said or is_life(piece.text):
        return replace(before, role=role)
    if piece.joiner != ",":
        return None
    word = piece.text.lower().replace(".", "")
    is_number = is_generation(piece.text) and (len(piece.text) > 1 or " " in before.text)
    if is_number or is_degree(piece.text) or word in HONORIFICS or (word in COMPANY_ENDS and is_group(piece.text)):
        return replace(before, added=f"{before.added}, {piece.text}", role=role)
    return None


def _names(pieces: list[_Piece]) -> list[_Name]:
    """Parted at "&" where both sides look like a person, else joined again; then parted at commas."""
    done: list[_Name] = []
    current: list[_Piece] = []
    for chunk in _chunks(pieces):
        names = _at_commas(current)
        if not current:
            current = chunk
        elif _is_person(names[-1]) and _is_person(_at_commas(chunk)[0]):
            done += names
            current = chunk
        else:
            last, first = current[-1], chunk[0]
            whole = replace(first, text=last.printed + first.joiner + first.text, role=last.role or first.role)
            current = [*current[:-1], whole, *chunk[1:]]
    return done + _at_commas(current)


def _chunks(pieces: list[_Piece]) -> list[list[_Piece]]:
    """What only commas join."""
    chunks: list[list[_Piece]] = []
    for piece in pieces:
        if chunks and piece.joiner == ",":
            chunks[-1].append(piece)
        else:
            chunks.append([piece])
    return chunks


def _at_commas(pieces: list[_Piece]) -> list[_Name]:
    """All inverted, or all in natural order; one name, where neither is certain."""
    if len(pieces) < 2:
        return [pieces] if pieces else []
    pairs = [pieces[at : at + 2] for at in range(0, len(pieces), 2)]
    if all(map(_is_inverted, pairs)):
        return pairs
    are_bare = not any(" " in piece.text for piece in pieces)
    if len(pieces) % 2 and not are_bare and _is_surely_inverted(pairs[0]):
        return [pairs[0], *_at_commas(pieces[2:])]
    in_order = all(map(_stands_alone, pieces)) if len(pieces) == 2 else _stands_alone(pieces[0])
    return [[piece] for piece in pieces] if in_order or (len(pieces) % 2 and are_bare) else [pieces]


def _is_inverted(pair: Sequence[_Piece]) -> bool:
    return len(pair) == 2 and is_inverted(pair[0].text, pair[1].text)


def _is_surely_inverted(pair: Sequence[_Piece]) -> bool:
    """Not only because one name follows: that could be all that somebody is called."""
    return _is_inverted(pair) and (" " not in pair[0].text or " " in pair[1].text)


def _stands_alone(piece: _Piece) -> bool:
    """A whole name, a company, or one of the few known by one name."""
    text = piece.text
    is_company = is_group(text) and " " in text and not text.startswith(("the ", "& ", "and "))
    return is_full_name(text) or is_company or text.lower() in MONONYMS or text.lower() in STAND_INS


def _is_person(name: _Name) -> bool:
    if len(name) == 1:
        return is_full_name(name[0].text) or name[0].text.lower() in MONONYMS
    return _is_inverted(name)


def _is_written(char: str) -> bool:
    """A letter, a digit, a symbol somebody chose for a name; no punctuation."""
    return char.isalnum() or ord(char) > 0x2E7F
