"""A folder of books to which anything happens: seeded random edits of real files, in two roots."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import music_files
from archive_files import cbz, comic_info, pages
from audio_book_files import m4b, tagged
from epub_files import JPEG, epub, opf
from mobi_files import mobi
from mutagen import id3
from odd_tree import Tree
from pdf_files import pdf
from songs import flac

TITLES = ("Dune", "Emma", "Dune: A Novel")
PEOPLE = ("Ann Lee", "Bob Ray", "Cid Fox")
FOLDERS = (
    *("one", "one/Author", "one/Author/Dune", "one/Author/dune", "one/Author/Dune/CD 1", "one/Author/Dune/CD 2"),
    *("one/Author/Saga/1 - Emma", "one/CD 1", "one/Saga", "two", "two/Author/Dune", "two/Andere/Début"),
)
STEMS = (
    *("Dune", "dune", "Emma", "Saga v01", "Saga v02", "Saga v03", "map", "booklet", "01", "02", "10"),
    *("Dune - Part 1", "Dune - Part 2", "Dune 2", "Début", "De\u0301but", os.fsdecode(b"D\xfcne")),
)
SUFFIXES = (*(".epub", ".EPUB", ".mobi", ".pdf", ".pdf", ".cbz", ".m4b", ".mp3", ".flac", ".flac"), ".opf")
BESIDE = ("metadata.opf", "metadata.json", "desc.txt", "reader.txt", "cover.jpg")


class BookTree(Tree):
    """The folder, and what may happen to it; every change of a file has a time of its own."""

    @property
    def tops(self) -> list[Path]:
        return [self.root / "one", self.root / "two"]

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def folders(self) -> list[Path]:
        """All but the roots."""
        return sorted({path.parent for path in self.files()} - set(self.tops))

    def _told(self, what: str, *paths: Path) -> None:
        self.log.append(ascii(" ".join([what, *(str(path.relative_to(self.root)) for path in paths)])))

    def _place(self, folder: str | None = None) -> Path:
        place = self.root / (self.chance.choice(FOLDERS) if folder is None else folder)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def _free(self, folder: str | None = None, suffix: str | None = None) -> Path:
        place = self._place(folder)
        suffix = suffix or self.chance.choice(SUFFIXES)
        free = [path for stem in STEMS if not (path := place / f"{stem}{suffix}").exists()]
        return self.chance.choice(free)

    def put(self, path: Path, data: bytes | None = None) -> None:
        """Write a file, of its kind unless told otherwise."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # as a link it would change at two places
        self.whole.pop(path, None)
        path.write_bytes(self._content(path) if data is None else data)
        self._touch(path)

    def _said(self) -> dict[str, object]:
        chance = self.chance
        return {
            "series": chance.choice([None, None, ("Saga", "1"), ("Saga", "2"), ("Other", "1.5")]),
            "subjects": chance.choice([(), ("Novel",), ("Epic", "Novel")]),
            "publisher": chance.choice([None, "Ace"]),
            "description": chance.choice([None, "It is long."]),
            "date": chance.choice([None, "1965", "1965-08"]),
        }

    def _people(self, most: int = 2) -> list[str]:
        return self.chance.sample(PEOPLE, self.chance.randint(0, most))

    def _content(self, path: Path) -> bytes:
        makers: dict[str, Callable[[], bytes]] = {
            ".epub": self._epub,
            ".mobi": lambda: mobi(self.chance.choice(TITLES), [(100, name) for name in self._people()]),
            ".pdf": lambda: pdf({"Title": self.chance.choice(TITLES), "Author": "; ".join(self._people())}),
            ".cbz": self._comic,
            ".m4b": self._m4b,
            ".mp3": lambda: b"",
            ".flac": lambda: b"",
            ".opf": self._opf,
            ".json": self._json,
            ".txt": lambda: self.chance.choice([*PEOPLE, "Words.\nAnd more words."]).encode(),
            ".jpg": lambda: JPEG + self.chance.randbytes(4),
        }
        suffix = path.suffix.lower()
        return self._part(path) if suffix in {".mp3", ".flac"} else makers.get(suffix, self._epub)()

    def _epub(self) -> bytes:
        chapters = self.chance.choice([["One"], ["One", "Two"], ["Two", "One", "Three"]])
        title = self.chance.choice([None, *TITLES])
        identifiers = self.chance.choice([(), ("urn:isbn:9780441013593",), ("urn:isbn:0441013597",)])
        return epub(title, self._people(), chapters=chapters, identifiers=identifiers, **self._said())

    def _opf(self) -> bytes:
        return opf(self.chance.choice([None, *TITLES]), self._people(), **self._said()).encode()  # type: ignore[arg-type]

    def _json(self) -> bytes:
        chance = self.chance
        said = {
            "title": chance.choice([None, *TITLES]),
            "authors": self._people(),
            "narrators": self._people(),
            "series": chance.choice([[], ["Saga #1"], ["Saga #1", "Other"]]),
            "genres": chance.choice([[], ["Novel"]]),
            "tags": chance.choice([[], ["read", "lent"]]),
            "isbn": chance.choice([None, "9780441013593"]),
            "abridged": chance.choice([True, False, None]),
        }
        return json.dumps(said).encode()

    def _comic(self) -> bytes:
        chance = self.chance
        said = {"Series": "Saga", "Number": str(chance.randint(1, 3)), "Writer": ", ".join(self._people())}
        said |= chance.choice([{"Title": "Emma"}, {"Penciller": "Cid Fox", "Genre": "Novel, Epic"}])
        info = {"ComicInfo.xml": comic_info(**said)} if chance.random() < 0.6 else {}
        return cbz(pages("1.jpg", "2.jpg", "10.jpg") | info)

    def _m4b(self) -> bytes:
        data = m4b((1000, "One"), (2000, "Two")) if self.chance.random() < 0.5 else m4b(nero=[(0, "Start")])
        atoms = {"\xa9alb": [self.chance.choice(TITLES)], "\xa9nam": [self.chance.choice(TITLES)]}
        return tagged(data, {**atoms, "\xa9ART": self._people() or ["Ann Lee"], "\xa9nrt": self._people()})

    def _part(self, path: Path) -> bytes:
        chance, aside = self.chance, self.root.with_name("made.flac")
        tags = {"album": chance.choice(TITLES[:2]), "artist": "Cid Fox", "composer": self._people()}
        position = chance.choice(["", "", "1", "2", "10"])
        counted = {"tracknumber": position} if position else {}
        if path.suffix == ".mp3":
            frames = [id3.TALB(text=tags["album"]), id3.TPE1(text="Cid Fox"), id3.TCOM(text=tags["composer"])]
            frames += [id3.TRCK(text=position)] if position else []
            return mp3(chance.randint(8, 60), *frames)
        flac(aside, milliseconds=chance.randint(10**5, 10**6), **tags, **counted)
        data = aside.read_bytes()
        aside.unlink()
        return data

    def do_add(self) -> None:
        path = self._free()
        self.put(path)
        self._told("add", path)

    def do_add_beside(self) -> None:
        place = self.chance.choice(self.folders() or [self._place()])
        path = place / self.chance.choice(BESIDE)
        stems = sorted({file.stem for file in place.glob("*") if file.is_file()})
        if stems and self.chance.random() < 0.3:
            path = place / f"{self.chance.choice(stems)}{self.chance.choice(['.opf', '.metadata.json'])}"
        self.put(path)
        self._told("beside", path)

    def do_add_album(self) -> None:
        """An audiobook in parts, its discs apart or not."""
        folder, suffix = self.chance.choice(FOLDERS), self.chance.choice([".mp3", ".flac"])
        discs = self.chance.choice([[""], ["", "/CD 1"], ["/CD 1", "/CD 2"]])
        for disc in discs:
            for number in range(1, self.chance.randint(2, 4)):
                path = self.root / f"{folder}{disc}" / f"{number:02}{suffix}"
                self.put(path)
                self._told("part", path)

    def do_add_volumes(self) -> None:
        folder, suffix = self.chance.choice(FOLDERS), self.chance.choice([".cbz", ".epub", ".m4b", ".pdf"])
        for number in range(1, 4):
            self.put(path := self.root / folder / f"Saga v0{number}{suffix}")
            self._told("volume", path)

    def do_add_format(self) -> None:
        path = self._any()
        other = path.with_suffix(self.chance.choice(SUFFIXES))
        if not other.exists():
            self.put(other)
            self._told("format", other)

    def do_move(self) -> None:
        """To another folder, mostly under the same name."""
        path = self._any()
        place = self._place() / path.name
        if self.chance.random() < 0.3:
            place = self._free(suffix=path.suffix)
        if not place.exists():
            path.rename(place)
            self._told("move", path, place)

    def do_rename(self) -> None:
        path = self._any()
        place = path.with_name(f"{self.chance.choice(STEMS)}{path.suffix}")
        if not place.exists():
            path.rename(place)
            self._told("rename", path, place)

    def do_resuffix(self) -> None:
        """Out of what counts, and back."""
        path = self._any()
        place = path.with_name(path.name.removesuffix(".part") if path.suffix == ".part" else f"{path.name}.part")
        if not place.exists():
            path.rename(place)
            self._told("resuffix", path, place)

    def do_recompose(self) -> None:
        """The same name in other code points."""
        path = self._any()
        for form in ("NFC", "NFD"):
            place = path.with_name(unicodedata.normalize(form, path.name))  # type: ignore[arg-type]
            if not place.exists():
                path.rename(place)
                self._told("recompose", path, place)
                return

    def do_move_folder(self) -> None:
        here, there = self.chance.choice(self.folders() or self.tops), self.root / self.chance.choice(FOLDERS)
        if here not in self.tops and not there.exists() and here not in there.parents:
            there.parent.mkdir(parents=True, exist_ok=True)
            here.rename(there)
            self._told("move folder", here, there)

    def do_merge_folders(self) -> None:
        here, there = self._any().parent, self._place()
        for file in sorted(here.iterdir()):
            if file.is_file() and not (there / file.name).exists():
                file.rename(there / file.name)
        self._told("merge", here, there)

    def do_split_folder(self) -> None:
        here, there = self._any().parent, self._place()
        for file in sorted(here.iterdir()):
            if file.is_file() and not (there / file.name).exists() and self.chance.random() < 0.5:
                file.rename(there / file.name)
                self._told("split", file, there)

    def do_link(self) -> None:
        path = self._any()
        place = self._free(suffix=path.suffix)
        os.link(path, place)
        self._told("link", path, place)

    def do_copy_folder(self) -> None:
        here, there = self._any().parent, self.root / self.chance.choice(FOLDERS)
        if not there.exists() and here not in there.parents and here not in self.tops:
            shutil.copytree(here, there)
            self._told("copy folder", here, there)

    def do_replace(self) -> None:
        path = self._any()
        if path.suffix != ".part":
            self.put(path)
            self._told("replace", path)

    def do_break(self) -> None:
        path = self._any()
        data = path.read_bytes()
        whole = self.whole.get(path, data)
        self.put(path, data[: self.chance.choice([0, 3, 20, 41, 60])])
        self.whole[path] = whole
        self._told("break", path)

    def do_renumber(self) -> None:
        """The parts of a folder move up by one."""
        folder = self._any().parent
        for number in (10, 2, 1):
            for suffix in (".mp3", ".flac"):
                path, place = folder / f"{number:02}{suffix}", folder / f"{number + 1:02}{suffix}"
                if path.exists() and not place.exists():
                    path.rename(place)
                    self._told("renumber", path, place)


def mp3(frames: int, *tags: id3.Frame) -> bytes:
    """Silence with tags."""
    return music_files.with_id3(music_files.mp3(frames), *tags)
