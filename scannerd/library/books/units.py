"""What lies together: the *unit* of a file. Pure, from its place alone.

    Author/Dune/dune.epub          Author/Dune/     a folder
    Author/Dune/CD 1/01.mp3        Author/Dune/     its disc folders belong to it, one level deep
    CD 1/01.mp3                    CD 1/            a disc folder right below the root has no book to belong to
    Dune.epub, dune.M4B, Dune.opf  dune             right below the root: the name, folded

A folder ends with a slash and a name holds none. A disc folder is named by a word for a disc, a tape or a side and a
number and by nothing else: `Part 1`, `Teil 1`, `Vol 1` may well be books of a series, and so may `CD 1 - Title`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from scannerd.library.books.stems import stem_key

_DISC = re.compile(
    r"(?:(?:cd|dis[ck]|disque|disco|disc[oa]|schijf|skiva|levy|płyta|диск|mc|tape|cassette|kassette|cassetta|casete)"
    r"[\s._#-]*0*(?P<number>\d{1,3})|(?:side|seite|face|lato|kant)[\s._-]*(?:0*(?P<side>\d{1,2})|(?P<letter>[a-h])))"
    r"(?:\s*\(?(?:of|von|de|di|van|av|/)\s*\d{1,3}\)?)?",
    re.IGNORECASE,
)


def unit_of(folder: bytes, name: bytes) -> bytes:
    """The unit of a file, by its folder below the root (empty, or `Author/Dune/`) and its name."""
    return _unit_of_folder(folder) if folder else stem_key(name).encode("utf-8", "surrogateescape")


# Files come folder by folder.
@lru_cache(maxsize=64)
def _unit_of_folder(folder: bytes) -> bytes:
    above, _, last = folder.rstrip(b"/").rpartition(b"/")
    if above and _disc(last) is not None:
        return above + b"/"
    return folder


@lru_cache(maxsize=64)
def disc_number(folder: bytes) -> int | None:
    """The number of a disc folder, None of any other; sides are counted from A."""
    return _disc(folder.rstrip(b"/").rpartition(b"/")[2])


def _disc(name: bytes) -> int | None:
    found = _DISC.fullmatch(name.decode("utf-8", "replace").strip())
    if not found:
        return None
    if found["letter"]:
        return ord(found["letter"].lower()) - ord("a") + 1
    return int(found["number"] or found["side"])
