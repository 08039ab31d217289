"""Files of books that exist only as what they say, by their paths."""

from __future__ import annotations

from typing import Any

from scannerd.library.books.book import BookFile
from scannerd.model.book import BookContributor, BookFileSaid, BookKind, BookRole, Told

_KINDS = {
    **dict.fromkeys(("epub", "mobi", "azw3", "pdf"), BookKind.TEXT),
    **dict.fromkeys(("cbz", "cbr"), BookKind.COMIC),
    **dict.fromkeys(("opf", "json", "txt"), BookKind.SIDECAR),
    **dict.fromkeys(("jpg", "png"), BookKind.PICTURE),
}


def lies(path: str | bytes, told: Told | None = None, **said: Any) -> BookFile:
    """A file that was read: what it says of its book, and the rest of what it says."""
    name = path.encode() if isinstance(path, str) else path
    suffix = name.rpartition(b".")[2].decode().lower()
    read = BookFileSaid(suffix, _KINDS.get(suffix, BookKind.AUDIO), told or Told(), **said)
    return _at(name, "present", read)


def unreadable(path: str) -> BookFile:
    return _at(path.encode(), "unreadable", None)


def missing(path: str) -> BookFile:
    return _at(path.encode(), "missing", None)


def _at(path: bytes, state: Any, said: BookFileSaid | None) -> BookFile:
    folder, slash, name = path.rpartition(b"/")
    return BookFile(1, folder + slash, name, None, state, None, said)


def path_of(file: BookFile) -> str:
    return (file.folder + file.name).decode("utf-8", "replace")


def by(*names: str, role: BookRole = BookRole.AUTHOR) -> tuple[BookContributor, ...]:
    return tuple(BookContributor(role, name) for name in names)


def read_by(*names: str) -> tuple[BookContributor, ...]:
    return by(*names, role=BookRole.NARRATOR)
