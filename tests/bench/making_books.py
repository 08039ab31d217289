"""A library of books to measure with: real EPUBs and M4Bs, the same bytes every time.

E-books lie in the folders of their authors, half of them EPUB 2 and half EPUB 3: about every sixth with two authors,
every third in a series, one to four subjects, a description of 90 words, a cover of 30 kB, and several documents that a
table of contents lists. Each audiobook has a folder of its own, two ways of telling its chapters, and a cover.
"""

from __future__ import annotations

import random
import struct
import sys
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from making import names
from making_music import COVER
from mutagen.id3 import TALB, TCOM, TCON, TDRC, TIT2, TPE1, TPOS, TRCK
from mutagen.mp4 import MP4Cover

sys.path.insert(0, str(Path(__file__).parents[1] / "parsers"))
sys.path.insert(0, str(Path(__file__).parents[1] / "parsers" / "books"))
import music_files
from archive_files import comic_info
from audio_book_files import m4b, tagged
from epub_files import CONTAINER, nav, ncx, opf

SUBJECTS = ["Fantasy", "Mystery", "History", "Romance", "Thriller", "Horror", "Travel", "Poetry", "Humor", "Classics"]
CHAPTERS = 12
HOUR = 3_600_000

Volume = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MadeBook:
    """One file of the library."""

    path: Path
    volume: Volume


def write_books(root: Path, epubs: int, audiobooks: int) -> list[MadeBook]:
    """Write a library of so many of each."""
    made = []
    for number, volume in enumerate(_volumes(epubs + audiobooks, epubs // 4)):
        author, title = volume["authors"][0], volume["title"]
        is_heard = number >= epubs
        path = root / "ebooks" / author / f"{title}.epub"
        if is_heard:
            path = root / "audiobooks" / author / title / f"{title}.m4b"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(audiobook(volume)) if is_heard else write_epub(path, volume)
        made.append(MadeBook(path, volume))
    return made


def rewrite(books: Sequence[MadeBook], *, suffix: str) -> None:
    """Give e-books other titles, as editors do: in a new file, which takes the old one's place."""
    for made in books:
        new = made.path.with_name(".rewritten")
        write_epub(new, made.volume | {"title": made.volume["title"] + suffix})
        new.replace(made.path)


def _volumes(count: int, authors: int) -> Iterator[Volume]:
    chance = random.Random(2)
    people, readers, words = names(max(10, authors), chance), names(50, chance), " ".join(names(2_000, chance)).split()
    series = names(max(5, count // 8), chance)
    houses = [f"{name} Press" for name in names(100, chance)]
    for number, title in enumerate(names(count, chance)):
        yield {
            "title": f"{title} {number}",
            "authors": chance.sample(people, 2 if number % 6 == 0 else 1),
            "narrators": chance.sample(readers, 2 if number % 5 == 0 else 1),
            "series": chance.choice(series) if number % 3 == 0 else None,
            "place": str(1 + number % 9),
            "subjects": chance.sample(SUBJECTS, chance.randint(1, 4)),
            "publisher": chance.choice(houses),
            "date": f"{1950 + number % 70}-01-01",
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"book {number}")),
            "description": " ".join(chance.choices(words, k=90)),
            "version": 2 + number % 2,
        }


def write_epub(path: Path, volume: Volume) -> None:
    files = {
        "META-INF/container.xml": CONTAINER.format(path="OEBPS/content.opf"),
        "OEBPS/content.opf": _package(volume),
        "OEBPS/nav.xhtml" if volume["version"] == 3 else "OEBPS/toc.ncx": _contents(volume["version"]),
        **{f"OEBPS/c{number}.xhtml": _chapter(number) for number in range(1, CHAPTERS + 1)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_dated("mimetype"), "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(_dated(name), content, zipfile.ZIP_DEFLATED)
        archive.writestr(_dated("OEBPS/cover.jpg"), COVER, zipfile.ZIP_STORED)


def _dated(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))


def _package(volume: Volume) -> str:
    documents = "".join(
        f'<item id="d{number}" href="c{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(2, CHAPTERS + 1)
    )
    return opf(
        volume["title"],
        volume["authors"],
        version=volume["version"],
        identifiers=[f"urn:uuid:{volume['uuid']}"],
        publisher=volume["publisher"],
        date=volume["date"],
        description=f"<p>{volume['description']}</p>",
        subjects=volume["subjects"],
        series=(volume["series"], volume["place"]) if volume["series"] else None,
        manifest=documents,
    )


@cache
def _contents(version: int) -> str:
    linked = [(f"c{number}.xhtml", f"Chapter {number}") for number in range(1, CHAPTERS + 1)]
    if version == 3:
        return nav("".join(f'<li><a href="{address}">{title}</a></li>' for address, title in linked))
    label = "<navPoint><navLabel><text>{}</text></navLabel><content src='{}'/></navPoint>"
    return ncx("".join(label.format(title, address) for address, title in linked))


@cache
def _chapter(number: int) -> str:
    words = " ".join(names(250, random.Random(number)))
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Chapter {number}</h1><p>{words}</p></body></html>'


def audiobook(volume: Volume) -> bytes:
    lengths = [HOUR // CHAPTERS] * CHAPTERS
    titles = [f"Chapter {number}" for number in range(1, CHAPTERS + 1)]
    bare = m4b(
        *zip(lengths, titles, strict=True),
        nero=[(number * lengths[0], title) for number, title in enumerate(titles)],
        duration_ms=HOUR,
    )
    free: dict[str, Any] = {"NARRATOR": volume["narrators"]}
    if volume["series"]:
        free |= {"SERIES": volume["series"], "SERIES_PART": volume["place"]}
    return tagged(bare, _atoms(volume), **free)


def _atoms(volume: Volume) -> dict[str, object]:
    return {
        "\xa9nam": volume["title"],
        "\xa9alb": volume["title"],
        "\xa9ART": volume["authors"],
        "aART": volume["authors"][0],
        "\xa9wrt": volume["narrators"],
        "\xa9gen": ["Audiobook", *volume["subjects"]],
        "\xa9day": volume["date"],
        "desc": volume["description"],
        "stik": [2],
        "covr": [MP4Cover(COVER, MP4Cover.FORMAT_JPEG)],
    }


def write_huge(path: Path, size: int = 2 << 30) -> Path:
    """An audiobook of that many bytes of sound, before what says what it is; on the disk it is a hole."""
    data = audiobook(next(_volumes(1, 10)))
    at = data.index(b"moov") - 4
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.write(data[:at] + struct.pack(">I4sQ", 1, b"mdat", size))
        file.seek(at + size)
        file.write(data[at:])
    return path


def write_comic(path: Path, pages: int = 10_000) -> Path:
    path.parent.mkdir(parents=True)
    picture = COVER[:200]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        info = comic_info(Title="Long", Series="Long", Number="1", Writer="Jane Doe")
        archive.writestr(_dated("ComicInfo.xml"), info)
        for page in range(pages):
            archive.writestr(_dated(f"Long v01/page {page:05}.jpg"), picture)
    return path


def write_parts(folder: Path, parts: int = 600) -> list[Path]:
    """An audiobook in so many files."""
    folder.mkdir(parents=True)
    paths = [folder / f"{number:03} Part.mp3" for number in range(1, parts + 1)]
    for number, path in enumerate(paths, 1):
        write_part(path, number, parts)
    return paths


def write_part(path: Path, number: int, parts: int, title: str = "Part") -> None:
    frames = [TALB(3, "In Parts"), TPE1(3, "Jane Doe"), TCOM(3, "John Roe"), TCON(3, "Audiobook"), TPOS(3, "1/1")]
    frames += [TIT2(3, f"{title} {number}"), TRCK(3, f"{number}/{parts}"), TDRC(3, "1999")]
    new = path.with_name(".written")
    with new.open("wb") as file:
        file.write(music_files.with_id3(music_files.mp3(64), *frames))
        file.truncate(4 << 20)  # the rest of the sound, a hole on the disk
    new.replace(path)
