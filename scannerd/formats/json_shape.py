"""The shape of a JSON document that may be cut off anywhere: which keys stand where in its beginning. Pure.

Recognition asks for places, written as `json_rows.items` writes them: `item.track.item.name` is a key of the objects
in the lists `track` of the objects in the document's list.
"""

from __future__ import annotations

import re
from functools import lru_cache

LOOKED_AT = 32 * 1024
"""Characters of a member's beginning; its first rows are in it, and looking stays cheap."""
LINES_LOOKED_AT = 20
_DEPTH = 12
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_token = re.compile(rf"({_STRING})\s*:|{_STRING}|[\[\]{{}}]", re.DOTALL)


@lru_cache(maxsize=4)
def places(text: str) -> frozenset[str]:
    """Where keys stand in the beginning of a document; several documents in a row count as one."""
    if text.lstrip()[:1] not in ("[", "{"):
        return frozenset()
    found: set[str] = set()
    inside: list[str] = []  # the place of each object or list that is open
    waiting = ""  # the place of the key whose value comes next
    for token in _token.finditer(text[:LOOKED_AT]):
        what = token.group()
        if key := token.group(1):
            waiting = _below(inside, key[1:-1])
            found.add(waiting)
        elif what == "[" or what == "{":
            place = waiting or (inside[-1] if inside else "")
            inside.append(f"{place}.item".lstrip(".") if what == "[" else place)
            waiting = ""
            if len(inside) > _DEPTH:
                break
        else:
            waiting = ""
            if what in "]}" and inside:
                inside.pop()
    return frozenset(found)


@lru_cache(maxsize=4)
def line_places(text: str) -> tuple[frozenset[str], ...]:
    """The same for each of the first lines of what may be a JSONL file; none for a document of another kind."""
    lines = text[:LOOKED_AT].lstrip().split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]
    if lines[0].startswith("["):
        return ()
    return tuple([places(line) for line in lines if line.lstrip().startswith("{")])


def _below(inside: list[str], key: str) -> str:
    return f"{inside[-1]}.{key}".lstrip(".") if inside else key
