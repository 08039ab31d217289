"""Comics: archives of pictures. What they say of themselves is in ComicInfo.xml, or in the comment of the archive.

Pages are the pictures in the natural order of their names. Chapters are, the first that is there: the bookmarks of
ComicInfo, two folders or more, numbers in the names of the pictures ("ch012_003.jpg").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import commonpath
from typing import BinaryIO

from scannerd.model.book import MOST_CHAPTERS, BookFileSaid, BookKind, Chapter, Told
from scannerd.model.media import Details
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.comic_archives import Archive, open_archive
from scannerd.parsers.books.comic_book_info import read_comment
from scannerd.parsers.books.comic_info import read_comic_info
from scannerd.parsers.values import text

_CONTAINER = "META-INF/container.xml"
_LARGEST_INFO = 4 << 20
_PICTURE = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".jxl", ".tif", ".tiff")
_DIGITS = re.compile(r"(\d+)", re.ASCII)
_LONGEST_NUMBER = 18
_CHAPTER = re.compile(r"(?<![^\W\d_])ch(?:apter)?[\s._-]*(\d{1,6}(?:\.\d{1,3})?)", re.IGNORECASE | re.ASCII)


def read_comic(file: BinaryIO) -> BookFileSaid:
    """What a comic says, whatever archive it is in; raises Damaged."""
    archive = open_archive(file)
    if archive.names is None:
        return BookFileSaid(archive.format, BookKind.COMIC, details={"note": "7-Zip archives are not looked into"})
    if _CONTAINER in archive.names:
        raise Damaged("it is an EPUB file")
    told, details, marks = _info(archive)
    pages = [name for name in archive.names if _is_page(name)]
    if not pages and told == Told():
        raise Damaged("there are no pictures in it")
    if archive.is_encrypted:
        details["encrypted"] = True
    return BookFileSaid(
        archive.format,
        BookKind.COMIC,
        told,
        pages=len(pages) or None,
        has_picture=bool(pages),
        chapters=_between(marks, len(pages)) or _by_folder(pages) or _by_name(pages),
        details=details,
    )


def _info(archive: Archive) -> tuple[Told, Details, list[tuple[int, str]]]:
    """A comic is read without it too: where it is damaged, that is noted."""
    name = _info_name(archive.names or ())
    if name is None:
        return read_comment(archive.comment), {}, []
    try:
        return read_comic_info(archive.read(name, _LARGEST_INFO))
    except Damaged as exc:
        return read_comment(archive.comment), {"note": f"ComicInfo.xml is not read: {exc}"}, []


def _info_name(names: Iterable[str]) -> str | None:
    """The one that lies highest."""
    found = (name for name in names if name.lower().endswith("comicinfo.xml") and not _is_hidden(name))
    named = [name for name in found if name.rpartition("/")[2].lower() == "comicinfo.xml"]
    return min(named, key=lambda name: (name.count("/"), name), default=None)


def _is_page(name: str) -> bool:
    return name.lower().endswith(_PICTURE) and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    """What macOS and file managers leave in archives."""
    if "__MACOSX" not in name and "/." not in name and not name.startswith("."):
        return False
    return any(part == "__MACOSX" or (part.startswith(".") and part not in (".", "..")) for part in name.split("/"))


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts "page 9" before "page 10"."""
    parts = _DIGITS.split(name.lower())
    return [_number(part) if at % 2 else (0, part) for at, part in enumerate(parts)]


def _number(digits: str) -> tuple[int, str]:
    """What is too long for a number is compared by its digits: to count it would take the square of its length."""
    return (int(digits), "") if len(digits) <= _LONGEST_NUMBER else (10**_LONGEST_NUMBER + len(digits), digits)


def _by_folder(pages: list[str]) -> tuple[Chapter, ...]:
    folders = {folder for name in pages if (folder := name.rpartition("/")[0])}
    if len(folders) < 2:
        return ()
    shared = _shared(folders)
    starts = _firsts((number, name.rpartition("/")[0]) for number, name in _numbered(pages))
    return _between([(number, folder[shared:]) for number, folder in starts if folder], len(pages))


def _shared(folders: set[str]) -> int:
    """How much of each name is the same folder."""
    if len({folder.startswith("/") for folder in folders}) > 1:
        return 0
    shared = len(commonpath(folders))
    return 0 if shared in map(len, folders) else shared + 1 if shared else 0


def _by_name(pages: list[str]) -> tuple[Chapter, ...]:
    found = {name: chapter[1] for name in pages if (chapter := _CHAPTER.search(name.rpartition("/")[2]))}
    if len({_plain(number) for number in found.values()}) < 2:
        return ()
    marked = ((number, _plain(found[name])) for number, name in _numbered(pages) if name in found)
    return _between([(number, f"Chapter {chapter}") for number, chapter in _firsts(marked)], len(pages))


def _plain(number: str) -> str:
    """ "007" is 7, and "0" stays."""
    whole, dot, rest = number.partition(".")
    return (whole.lstrip("0") or "0") + dot + rest


def _numbered(pages: list[str]) -> Iterator[tuple[int, str]]:
    return enumerate(sorted(pages, key=_natural), 1)


def _firsts(marked: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The page on which each begins; what comes again, is no new one."""
    seen: set[str] = set()
    for number, mark in marked:
        if mark not in seen:
            seen.add(mark)
            yield number, mark


def _between(starts: list[tuple[int, str]], pages: int) -> tuple[Chapter, ...]:
    """Chapters by their first pages and titles, each up to the next one."""
    kept = sorted({number: title for number, title in reversed(starts) if 1 <= number <= pages}.items())[:MOST_CHAPTERS]
    ends = [*(number - 1 for number, _ in kept[1:]), pages][: len(kept)]
    return tuple(
        Chapter(text(title) or None, start_page=number, end_page=end)
        for (number, title), end in zip(kept, ends, strict=True)
    )
