"""Names: cleaned, and the keys by which two of them are compared.

Pure. Each key answers one question:

    clean       what may be stored of it?
    match_key   is it the same name?
    title_key   is it the same track? Without its guests
    play_key    is it the same play, told by two sources at one moment? Never an identity
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from scannerd.model.featured import may_feature, split_featured

VARIOUS_ARTISTS = "Various Artists"
VARIOUS_ARTISTS_MBID = "89ad4ac3-39f7-470e-963a-56509c546377"

KEY_LIMIT = 512
_CUT_MARK = "…"
_CUT_TAIL = re.compile(_CUT_MARK + "[0-9a-f]{16}")
_CHUNK = 4096
_CACHED_LENGTH = 256
_CACHE_SIZE = 16384

_BLANK = "\t\n\v\f\r\u0085\u2028\u2029"
_CLEANED: dict[int, str | None] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x2060, 0xFEFF), None),
    **dict.fromkeys(map(ord, _BLANK), " "),
}
_ENDS = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff" + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_SURROGATE = re.compile("[\ud800-\udfff]")

_QUOTES = (
    "\"'`´«»‹›ʹʺʻʼʽʾʿˈˊˋˮ՚‘’‚‛“”„‟′″‵‶❛❜❝❞❮❯〝〞〟⹂Ꞌꞌ＂＇｀"
    "\u05f3\u05f4\u07f4\u07f5"  # written from right to left
    "\u0384\u1fbd\u1fbf\u1fef\u1ffd\u1ffe"  # Greek accents that stand alone: NFKC would make a space of them
)
_DASHES = "-‐‑‒–—―−⁃֊᠆⸗⸺⸻゠﹘﹣－\u05be"
_TILDES = "~〜～∼〰˜"  # one character to whoever types Japanese; encodings swap the first three
_INVISIBLE = (
    *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    *range(0xE0100, 0xE01F0),
)
_FOLDED: dict[int, str | None] = {
    **_CLEANED,
    **dict.fromkeys(_INVISIBLE, None),
    **dict.fromkeys(map(ord, _QUOTES), "'"),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _TILDES), "~"),
}


def clean(text: str) -> str:
    """What may be stored of a text: no NUL, no lone surrogate, no control character, nothing invisible at its ends."""
    if text.isprintable():
        return text.strip(" ")
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.translate(_CLEANED).strip(_ENDS)


def match_key(name: str) -> str:
    """Names with one match key are one name: case, compatible letters, quotes, dashes and spaces are folded.

    Accents, punctuation, "The" and "&" tell names apart and stay. The key of a key is itself; the key of a name is
    never empty; a long key is cut, because a b-tree row holds 2.7 kB, and ends in a hash of the whole.
    """
    return _cached_key(name) if len(name) <= _CACHED_LENGTH else _key(name)


def _key(name: str) -> str:
    if len(name) == KEY_LIMIT + 17 and _CUT_TAIL.match(name, KEY_LIMIT):
        return name
    # In pieces, because sorting combining marks takes the square of their number: a hostile name would take minutes.
    pieces = (name[at : at + _CHUNK] for at in range(0, len(name), _CHUNK))
    key = "".join(map(_fold, pieces)) or clean(name) or name
    if len(key) <= KEY_LIMIT:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return key[:KEY_LIMIT] + _CUT_MARK + digest[:16]


_cached_key = lru_cache(maxsize=_CACHE_SIZE)(_key)


def _fold(text: str) -> str:
    """Fold until nothing changes: one fold can bring forth what the next one folds ("ẛ", a dash in a ligature)."""
    if _SURROGATE.search(text):
        text = clean(text)
    while True:
        folded = " ".join(unicodedata.normalize("NFKC", text.translate(_FOLDED).casefold()).split())
        if folded == text:
            return folded
        text = folded


def title_key(title: str) -> str:
    """The match key of a title without its featured part: "Song (feat. X)" and "Song" are one track."""
    key = match_key(title)
    if len(key) > KEY_LIMIT or not may_feature(key):
        return key
    while (shorter := match_key(split_featured(key, is_title=True)[0])) != key:
        key = shorter
    return key


_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_EDITION_PARTS = re.compile(r" ?[/;,|] ?")
# What a service writes behind a title without meaning another recording; at least one word must say so.
_EDITION = re.compile(
    r"(?:re-?master(?:ed|ing)?|mono|stereo|explicit|clean|radio|single|album|lp|original|bonus|deluxe)(?:'s)?"
)
_EDITION_FILL = re.compile(r"\d{4}|digital(?:ly)?|version|edit|mix|edition|track|in|the|recording")


def play_key(title: str) -> str:
    """The title key without "(2011 Remaster)", "- Radio Edit", "[Explicit]" and the like, punctuation and spaces.

    Live, acoustic, remix, instrumental, demo and part numbers stay. Never empty.
    """
    return _cached_play_key(title) if len(title) <= _CACHED_LENGTH else _play_key(title)


def _play_key(title: str) -> str:
    key = title_key(title)
    if len(key) > KEY_LIMIT:
        return key
    first, *rest = _BRACKETED.sub(lambda found: f"({_without_editions(found[1])})", key).split(" - ")
    bare = "".join(filter(_is_spoken, first + "".join(map(_without_editions, rest))))
    return match_key(bare) if bare else key


_cached_play_key = lru_cache(maxsize=_CACHE_SIZE)(_play_key)


def _without_editions(suffix: str) -> str:
    """ "live at leeds / remastered 2001" is "live at leeds"."""
    return " ".join(part for part in _EDITION_PARTS.split(suffix) if not _is_edition(part.split()))


def _is_edition(words: list[str]) -> bool:
    said = [bool(_EDITION.fullmatch(word)) for word in words]
    return any(said) and all(known or _EDITION_FILL.fullmatch(word) for known, word in zip(said, words, strict=True))


def _is_spoken(char: str) -> bool:
    # Marks stay beside letters and numbers: they are the vowels of Indic scripts.
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def is_various(name: str) -> bool:
    """Whether the name stands for "several artists" rather than for anybody."""
    return match_key(name) in _VARIOUS


_VARIOUS = frozenset(
    match_key(name)
    for name in (
        *("Various Artists", "Various Artist", "Various", "[Various Artists]", "VA", "V.A.", "V.A", "V. A.", "V/A"),
        *("Verschiedene Interpreten", "Verschiedene Künstler", "Diverse Interpreten", "Artistes variés"),
        *("Artistes divers", "Divers artistes", "Varios artistas", "Artistas varios", "Vários artistas"),
        *("Artistas vários", "Vari artisti", "Artisti vari", "AA.VV.", "AA. VV.", "Diverse artiesten"),
        *("Verschillende artiesten", "Diverse artister", "Diverse kunstnere", "Blandade artister", "Olika artister"),
        *("Eri esittäjiä", "Różni wykonawcy", "Różni artyści", "Různí interpreti", "Rôzni interpreti"),
        *("Különböző előadók", "Diverși artiști", "Çeşitli Sanatçılar", "Разные исполнители", "Різні виконавці"),
        *("Διάφοροι καλλιτέχνες", "オムニバス", "ヴァリアス・アーティスト", "ヴァリアス・アーティスツ"),
        *("バリアス・アーティスト", "群星", "合辑", "合輯", "여러 아티스트"),
    )
)
