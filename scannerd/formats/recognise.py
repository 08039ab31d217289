"""Which format a member is, by content; and what to say of a file that nobody knows."""

from __future__ import annotations

import io
import re

from scannerd.errors import BadExport, CutOffExport
from scannerd.formats import FORMATS, koito
from scannerd.formats.archive import GZIP
from scannerd.formats.decoding import MARKS, decoded
from scannerd.formats.format import HEAD_BYTES, Format, Head
from scannerd.formats.json_shape import places
from scannerd.formats.json_text import JsonText
from scannerd.formats.zip_contents import EMPTY_ZIP, ZIP

_MAGIC = (
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a sound, film or picture file"),
    (b"ID3", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"OggS", "a sound file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"\x7fELF", "a program"),
)
_ARCHIVES = ("a 7z archive", "a RAR archive", "a bzip2 archive", "an xz archive", "a zstd archive", "a tar archive")
_SIBLINGS = (
    # What services pack beside the listens: keys that tell it, and what it is.
    ({"recording_msid", "score"}, "ListenBrainz feedback: loves and hates, no listens"),
    ({"recording_msid", "blurb_content"}, "ListenBrainz pinned recordings: no listens"),
    ({"user_id", "username"}, "ListenBrainz account: no listens"),
    ({"playlists"}, "playlists: no listens"),
    ({"tracks", "albums", "shows"}, "a saved library: no listens"),
    ({"searchTime"}, "a search history: no listens"),
)
_BEGINNINGS = (ZIP, EMPTY_ZIP, GZIP, *[mark for mark, _ in MARKS])
_SHOWN_KEYS = 6
_SHOWN_LINE = 60


def head_of(name: str, data: bytes) -> Head:
    """The head of a member whose first `HEAD_BYTES` + 1 bytes are `data`."""
    complete = len(data) <= HEAD_BYTES
    data = data[:HEAD_BYTES]
    return Head(name, data, decoded(data, complete=complete), complete)


def recognise(head: Head) -> Format | None:
    """The format that is surest; the earlier in the list where two are equally sure."""
    best, surest = None, 0
    for candidate in FORMATS:
        score = candidate.score(head)
        if score > surest:
            best, surest = candidate, score
    return best


def looks_like(head: Head) -> str:
    """In a few words, what a file is that no format recognises."""
    if not head.text.strip():
        return "an empty file" if not head.data else "nothing but white space"
    if kind := _kind(head):
        return kind
    if "\0" in head.text:
        return "binary data, or UTF-16 text without its byte order mark"
    return _like_text(head)


def may_go_on(head: Head) -> bool:
    """Whether what is missing of a file that no format recognises, if it is cut off, may tell what it is."""
    if _kind(head):
        return False
    if head.text.endswith("\0"):
        return True  # reserved, and not written to yet
    if not head.complete:
        return False
    text = head.text.strip()
    if not text or any(begin.startswith(head.data) for begin in _BEGINNINGS):
        return True
    if text[0] in "[{":
        return _breaks_off(head.data)
    if text[0] == "<" or "\0" in text:
        return False
    return not head.text.endswith("\n") or all(line.startswith("#") for line in text.split("\n"))


def advice(looks: str) -> str:
    """What to do with a file that looks like this."""
    if looks in _ARCHIVES:
        return "unpack it and drop what is inside"
    if looks.startswith("a web page"):
        return "a browser may have saved the page instead of the file: download it again while logged in"
    if looks.startswith(("an empty", "nothing")) or looks.endswith("breaks off"):
        return "the copy or the download may have failed: try it again"
    if "Excel" in looks:
        return "save it as CSV, or ask the service for its own export"
    return 'run "scannerd formats" to see what is understood'


def _kind(head: Head) -> str | None:
    """What a file is that is no text."""
    for magic, kind in _MAGIC:
        if head.data.startswith(magic):
            return kind
    if head.data[257:262] == b"ustar":
        return "a tar archive"
    return "a film or sound file" if head.data[4:8] == b"ftyp" else None


def _breaks_off(data: bytes) -> bool:
    """Whether the last of one or more JSON documents ends in the middle."""
    text = JsonText(io.BytesIO(), data)
    try:
        while text.peek():
            text.value()
    except CutOffExport:
        return True
    except BadExport:
        pass
    return False


def _like_text(head: Head) -> str:
    text = head.text.lstrip()
    start = text[:200].lower()
    if start.startswith("<!doctype html") or "<html" in start:
        return "a web page (HTML)"
    if start.startswith("<"):
        return "XML"
    if start[0] in "[{":
        return _like_json(head)
    line = text.partition("\n")[0].strip()
    for separator, name in ((",", "CSV"), (";", "CSV"), ("\t", "tab separated text")):
        if separator in line:
            return f"{name} that begins with {_cut(line)!r}"
    return f"text that begins with {_cut(line)!r}"


def _like_json(head: Head) -> str:
    said = koito.version(head)
    if said is not None and said != koito.VERSION:
        return f"a Koito export of version {_cut(said)}, of which only version {koito.VERSION} is known here"
    keys = places(head.text)
    of_rows = {key.removeprefix("item.") for key in keys if key.startswith("item.")}
    names = {key for key in of_rows or keys if "." not in key}
    for wanted, kind in _SIBLINGS:
        if wanted <= names:
            return kind
    what = "a JSON list" if head.text.lstrip().startswith("[") else "a JSON object"
    if not names:
        return f"{what} without rows" if head.complete and not _breaks_off(head.data) else f"{what} that breaks off"
    more = ", …" if len(names) > _SHOWN_KEYS else ""
    shown = ", ".join([repr(_cut(name)) for name in sorted(names)[:_SHOWN_KEYS]])
    return f"{what}{' of objects' if of_rows else ''} with the keys {shown}{more}"


def _cut(text: str) -> str:
    text = re.sub(r"[^\x20-\x7e\u00a1-\ud7ff]", "?", text)
    return text if len(text) <= _SHOWN_LINE else f"{text[:_SHOWN_LINE]}…"
