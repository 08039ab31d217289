"""EPUB 2 and 3: an archive with a package document (OPF) that says what it is, and a table of contents.

Only the package document is needed: a book whose contents are damaged or encrypted still has a title and authors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

from scannerd.model.book import BookFileSaid, BookKind
from scannerd.parsers.books.book_parser import Damaged
from scannerd.parsers.books.epub_chapters import Contents, contents_of_nav, contents_of_ncx, path_in_archive
from scannerd.parsers.books.opf import LARGEST_OPF, Package, read_package
from scannerd.parsers.books.xml_tree import local_name, parse_xml
from scannerd.parsers.books.zip_directory import ZipDirectory

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_LARGEST_CONTAINER = 64 << 10
_USUAL_CONTAINER = 4 << 10
_MOST_RENDITIONS = 8
_LARGEST_ENCRYPTION = 4 << 20  # a line for every file of the book
_LARGEST_CONTENTS = 8 << 20
_NCX = "application/x-dtbncx+xml"
_OBFUSCATED_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read_epub(file: BinaryIO) -> BookFileSaid:
    """What the book says of itself."""
    archive = ZipDirectory(file)
    path = _package_path(archive)
    package = read_package(archive.read(path, LARGEST_OPF))
    contents = _contents(archive, package, path)
    details = dict(package.details)
    if contents.pages:
        details.setdefault("number_of_pages", contents.pages)
    if _is_protected(archive):
        details["drm"] = True
    return BookFileSaid(
        "epub",
        BookKind.TEXT,
        package.told,
        has_picture=package.cover is not None and _entry(archive, path_in_archive(package.cover, path)) is not None,
        chapters=contents.chapters,
        details=details,
    )


def _package_path(archive: ZipDirectory) -> str:
    """Where the container says that the package document is; else where there is one."""
    for stated in islice(_rootfiles(archive), _MOST_RENDITIONS):
        if path := _entry(archive, stated) or _entry(archive, path_in_archive(stated, "")):
            return path
    lying = (name for name in archive.names if name.lower().endswith(".opf") and not name.startswith("__MACOSX/"))
    path = next(lying, None)
    if path is None:
        raise Damaged("there is no package document (.opf) in it")
    return path


def _rootfiles(archive: ZipDirectory) -> Iterator[str]:
    try:
        data = archive.read(_CONTAINER, _LARGEST_CONTAINER)
        yield from _listed(data) if len(data) <= _USUAL_CONTAINER else _listed.__wrapped__(data)
    except Damaged:
        return


# Most books of a shelf were packed by the same program, and have the very same container.
@lru_cache(maxsize=64)
def _listed(container: bytes) -> tuple[str, ...]:
    elements = (one for one in parse_xml(container).iter() if local_name(one).lower() == "rootfile")
    return tuple(stated for one in elements if (stated := one.get("full-path")))


def _entry(archive: ZipDirectory, path: str) -> str | None:
    """The name in the archive that is meant: as stated, or written in other case."""
    if path in archive:
        return path
    lower = path.lower()
    return next((name for name in archive.names if name.lower() == lower), None)


def _contents(archive: ZipDirectory, package: Package, opf: str) -> Contents:
    """Of the navigation document; where there is none, or nothing in it, of the NCX."""
    navs = [item.href for item in package.items if "nav" in item.properties]
    ncxs = [item.href for item in package.items if item.id == package.toc and package.toc]
    ncxs += [item.href for item in package.items if item.media_type == _NCX]
    for hrefs, read in ((navs, contents_of_nav), (ncxs, contents_of_ncx)):
        contents = _read_contents(archive, path_in_archive(hrefs[0], opf), read) if hrefs else Contents()
        if contents.chapters:
            return contents
    return Contents()


def _read_contents(archive: ZipDirectory, path: str, read: Callable[[bytes, str], Contents]) -> Contents:
    name = _entry(archive, path)
    try:
        return read(archive.read(name, _LARGEST_CONTENTS), name) if name else Contents()
    except Damaged:
        return Contents()


def _is_protected(archive: ZipDirectory) -> bool:
    """Whether more than its fonts is encrypted; those are only veiled, by one of two ways that anybody can lift."""
    if _ENCRYPTION not in archive:
        return False
    try:
        root = parse_xml(archive.read(_ENCRYPTION, _LARGEST_ENCRYPTION))
    except Damaged:
        return False
    methods = (element.get("Algorithm") for element in root.iter() if local_name(element) == "EncryptionMethod")
    return any(method not in _OBFUSCATED_FONTS for method in methods)
