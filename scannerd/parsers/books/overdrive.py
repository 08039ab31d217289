"""OverDrive's MediaMarkers: the chapters of one part of an audiobook, as XML in a freeform text of its MP3.

Where a chapter goes on in another part, or after a while in this one, OverDrive repeats its name, with "(continued)" or
the time behind it.
"""

from __future__ import annotations

import re

from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.chapter_marks import Mark
from scannerd.parsers.books.vorbis_chapters import clock_ms
from scannerd.parsers.books.xml_tree import parse_xml
from scannerd.parsers.values import text

_LONGEST = 1 << 18
_GOES_ON = re.compile(
    r" *(?:[-–] *(?:continued|cont\.)|\((?:continued|cont\.|\d{1,3}:\d\d(?::\d\d)?)\))\Z", re.IGNORECASE
)


def overdrive_marks(written: str) -> list[Mark]:
    """One for each chapter that begins, or goes on at the start."""
    try:
        root = parse_xml(written[:_LONGEST].strip(" \0\r\n\t\ufeff").encode())
    except (Damaged, UnicodeError):
        return []
    marks: list[Mark] = []
    for marker in root.iter("Marker"):
        start = clock_ms(marker.findtext("Time") or "")
        title = _bare(marker.findtext("Name") or "")
        if start is not None and not (marks and title == marks[-1].title):
            marks.append(Mark(start, title))
    return marks


def _bare(name: str) -> str:
    name = text(name)
    return _GOES_ON.sub("", name) or name
