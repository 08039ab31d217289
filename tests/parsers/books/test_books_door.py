from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from archive_files import cbz, pages
from audio_book_files import m4b
from epub_files import epub
from mobi_files import mobi
from pdf_files import pdf

from scannerd.model.book import BookFileSaid, BookKind
from scannerd.model.media import Unreadable
from scannerd.parsers.books import BOOK_PARSERS, SUFFIXES, is_wanted, parse
from scannerd.parsers.books import reading as door
from scannerd.parsers.books.book_parser import BookParser, Damaged

M4B = m4b((1000, "One"))
# An archive with pictures, like a comic: its mimetype does not stand first, and its package document is gone.
BROKEN_EPUB = cbz({"META-INF/container.xml": b"<container/>", "cover.jpg": b"\xff\xd8\xff"})
MP3 = b"".join(b"\xff\xfb\x90\x00" + bytes(413) for _ in range(8))
TAGGED = b"ID3\x03\0\0\0\0\0\x17TIT2\0\0\0\x0d\0\0\0A long title" + MP3
EPUB, CBZ, PDF, MOBI = epub(), cbz(pages("1.jpg")), pdf({"Title": "T"}), mobi()


def said(folder: Path, name: str, content: bytes) -> BookFileSaid | Unreadable:
    path = folder / name
    path.write_bytes(content)
    return parse(bytes(path))


NAMED = [
    ("A.epub", EPUB, "epub", BookKind.TEXT),
    ("A.EPUB", EPUB, "epub", BookKind.TEXT),
    ("A.cbz", CBZ, "cbz", BookKind.COMIC),
    ("A.pdf", PDF, "pdf", BookKind.TEXT),
    ("A.mobi", MOBI, "mobi", BookKind.TEXT),
    ("A.azw3", mobi(version=8), "azw3", BookKind.TEXT),
    ("A.prc", MOBI, "mobi", BookKind.TEXT),
    ("A.mp3", TAGGED, "mp3", BookKind.AUDIO),
    ("metadata.json", b"{}", "json", BookKind.SIDECAR),
    ("A.epub.METADATA.JSON", b"{}", "json", BookKind.SIDECAR),
    ("desc.txt", b"About it", "txt", BookKind.SIDECAR),
    ("Reader.txt", b"Jane Doe", "txt", BookKind.SIDECAR),
    ("Cover.JPG", b"\xff\xd8\xff\xe0", "jpeg", BookKind.PICTURE),
    ("cover.png", b"\xff\xd8\xff\xe0", "jpeg", BookKind.PICTURE),
]


@pytest.mark.parametrize(("name", "content", "kind", "what"), NAMED, ids=[row[0] for row in NAMED])
def test_a_file_is_read_by_its_name(tmp_path: Path, name: str, content: bytes, kind: str, what: BookKind) -> None:
    outcome = said(tmp_path, name, content)

    assert isinstance(outcome, BookFileSaid)
    assert (outcome.format, outcome.kind) == (kind, what)


MISNAMED = [
    ("A.epub", PDF, "pdf"),
    ("A.epub", CBZ, "cbz"),
    ("A.pdf", EPUB, "epub"),
    ("A.mobi", EPUB, "epub"),
    ("A.pdf", MOBI, "mobi"),
    ("A.m4b", TAGGED, "mp3"),
    ("A.epub", MP3, "mp3"),
    ("A.mp3", EPUB, "epub"),
]


@pytest.mark.parametrize(("name", "content", "kind"), MISNAMED, ids=[f"{row[0]} {row[2]}" for row in MISNAMED])
def test_a_file_with_a_wrong_name_is_read_by_its_first_bytes(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    outcome = said(tmp_path, name, content)

    assert isinstance(outcome, BookFileSaid)
    assert outcome.format == kind


UNREADABLE = [
    ("A.epub", b"", Unreadable("the file is empty (0 bytes)", "epub")),
    ("A.pdf", bytes(5000), Unreadable(
        "nothing but zeros where the book should begin: a copy or download that never finished", "pdf"
    )),
    ("A.cbr", b"<!DOCTYPE html><p>", Unreadable("no book, but a web page: a download that went wrong", "cbr")),
    ("A.mobi", b"\0\x05\x16\x07" + bytes(90), Unreadable(
        "no book, but what macOS notes of a file beside it (AppleDouble)", "mobi"
    )),
    ("A.mp3", TAGGED[: -len(MP3)], Unreadable("it ends behind its tag: no audio, or not yet", "mp3")),
    ("A.epub", BROKEN_EPUB, Unreadable(
        "damaged, or not an EPUB file: there is no package document (.opf) in it", "epub"
    )),
    ("A.cbz", BROKEN_EPUB, Unreadable("damaged, or not a CBZ file: it is an EPUB file", "cbz")),
    ("A.m4b", M4B[:-10], Unreadable("damaged, or not an M4B file: truncated data", "m4b")),
    ("A.m4b", M4B[: M4B.find(b"moov") - 4], Unreadable(
        "damaged, or not an M4B file: it ends too early: its index (moov) is missing", "m4b"
    )),
    ("A.m4b", MP3[:100], Unreadable("damaged, or not an M4B file: not a MP4 file", "m4b")),
    ("A.pdf", PDF[:150], Unreadable("damaged, or not a PDF file: it ends too early", "pdf")),
    ("A.cbz", CBZ[:-25], Unreadable(
        "damaged, or not a CBZ file: it ends too early: the directory at the end of the archive is missing", "cbz"
    )),
    ("metadata.json", b"{", Unreadable("damaged, or not a metadata file: it is no JSON", "json")),
    ("cover.jpg", PDF, Unreadable("damaged, or not a picture: its first bytes are those of something else", "cover")),
    ("A.unknown", b"something", Unreadable("no book of a kind that is known here")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "outcome"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, outcome: Unreadable) -> None:
    assert said(tmp_path, name, content) == outcome


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    assert parse(bytes(tmp_path / "A.epub")) == Unreadable("it cannot be read: no such file or directory", "epub")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert parse(bytes(tmp_path)) == Unreadable("it cannot be read: is a directory")


def test_a_name_that_is_no_utf_8_is_read(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/\xff\xfe.epub"
    with open(path, "wb") as file:  # noqa: PTH123  # a Path holds no bytes
        file.write(EPUB)

    assert isinstance(parse(path), BookFileSaid)


def stumbling(exc: Exception) -> BookParser:
    def read(_file: object) -> BookFileSaid:
        raise exc

    return BookParser("epub", "an EPUB file", (b".epub",), None, read)


STUMBLES = [
    (KeyError("x"), "damaged, or not an EPUB file: it makes no sense (KeyError)"),
    (RecursionError(), "damaged, or not an EPUB file: it makes no sense (RecursionError)"),
    (Damaged("it is odd"), "damaged, or not an EPUB file: it is odd"),
    (OSError(22, "Invalid argument"), "damaged, or not an EPUB file: it points outside itself"),
    (OSError(5, "Input/output error"), "it cannot be read: input/output error"),
]


@pytest.mark.parametrize(("exc", "reason"), STUMBLES)
def test_whatever_a_reader_stumbles_over_is_told(tmp_path: Path, exc: Exception, reason: str) -> None:
    path = tmp_path / "A.epub"
    path.write_bytes(b"something")

    assert door.read(bytes(path), stumbling(exc), ()) == Unreadable(reason, "epub")


def test_only_a_lack_of_memory_passes(tmp_path: Path) -> None:
    path = tmp_path / "A.epub"
    path.write_bytes(b"something")

    with pytest.raises(MemoryError):
        door.read(bytes(path), stumbling(MemoryError()), ())  # type: ignore[arg-type]


WANTED = {
    b"A.epub": True,
    b"01.mp3": True,
    b"metadata.opf": True,
    b"A.opf": True,
    b"metadata.json": True,
    b"Metadata.JSON": True,
    b"A.m4b.metadata.json": True,
    b"metadata.json.bak.json": False,
    b"package.json": False,
    b"desc.txt": True,
    b"reader.txt": True,
    b"readme.txt": False,
    b"cover.jpg": True,
    b"COVER.webp": True,
    b"cover.txt": False,
    b"cover.old.jpg": False,
    b"page1.jpg": False,
    b"\xff.jpg": False,
}


@pytest.mark.parametrize(("name", "wanted"), WANTED.items())
def test_of_texts_and_pictures_only_sidecars_are_wanted(name: bytes, wanted: bool) -> None:
    assert is_wanted(name) is wanted


def test_suffixes_are_those_of_all_kinds() -> None:
    books = {b".epub", b".cbz", b".cbr", b".cb7", b".cbt", b".pdf", b".mobi", b".azw", b".azw3", b".prc"}
    audio = {b".m4b", b".m4a", b".mp3", b".flac", b".ogg", b".opus"}
    beside = {b".opf", b".json", b".txt", b".jpg", b".jpeg", b".png", b".webp", b".gif"}

    assert books | audio | beside <= SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(b".") for suffix in SUFFIXES)


def test_no_suffix_belongs_to_two_parsers() -> None:
    suffixes = [suffix for parser in BOOK_PARSERS for suffix in parser.suffixes]

    assert len(suffixes) == len(set(suffixes))


LOADED = """
import json, pkgutil, sys
import scannerd.parsers.books as package
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    __import__(module.name)
print(json.dumps(sorted(sys.modules)))
"""


def test_what_is_heavy_is_imported_when_it_is_needed() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    heavy = {"asyncio", "psycopg", "pydantic", "pydantic_settings", "pypdf", "rarfile"}
    assert set(json.loads(done.stdout)) & heavy == set()


def test_every_broken_book_is_survived(tmp_path: Path) -> None:
    for name, whole in (("A.epub", EPUB), ("A.cbz", CBZ), ("A.pdf", PDF), ("A.mobi", MOBI), ("A.mp3", TAGGED)):
        path = tmp_path / name
        for cut in range(0, len(whole), max(1, len(whole) // 40)):
            path.write_bytes(whole[:cut] + b"\xff\x00\x80\x01(<[7" + whole[cut + 8 :])
            assert isinstance(parse(bytes(path)), BookFileSaid | Unreadable)
            path.write_bytes(whole[:cut])
            assert isinstance(parse(bytes(path)), BookFileSaid | Unreadable)


def test_readers_take_any_file_that_can_be_sought() -> None:
    for parser, content in zip(
        (one for one in BOOK_PARSERS if one.name in ("epub", "cbz", "pdf", "mobi")), (EPUB, CBZ, PDF, MOBI), strict=True
    ):
        assert parser.read(io.BytesIO(content)).format == parser.name
