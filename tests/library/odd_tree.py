"""A music folder to which anything happens: seeded random edits of real files."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from mutagen.flac import FLAC
from songs import flac

ARTISTS = ["Blur", "Pulp", "Björk", "Blur feat. Pulp", "Various Artists"]
ALBUMS = ["13", "Live", "Début"]
TITLES = ["Intro", "Tender", "Bugman", "Song 2", "Outro"]
FOLDERS = ["Blur/13", "Blur/13/CD1", "Blur/13/CD2", "Blur/Live", "Pulp/Live", "Mixed", "mixed", ""]
START = 1_600_000_000


@dataclass
class Tree:
    """The folder, and what may happen to it; every change of a file has a time of its own."""

    root: Path
    chance: random.Random
    features: frozenset[str]
    log: list[str] = field(default_factory=list)
    clock: int = START
    whole: dict[Path, bytes] = field(default_factory=dict)  # what was in files that are broken now

    @property
    def tops(self) -> list[Path]:
        """Folders that stay where they are."""
        return [self.root]

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*.flac") if path.is_file())

    def make_album(self, folder: str, artist: str, album: str, songs: int) -> None:
        """An album as they mostly are."""
        for number in range(1, songs + 1):
            path = self.root / folder / f"{number:02} Song {number}.flac"
            genre = self.chance.choice(["Rock", "Pop"])
            flac(path, title=f"Song {number}", artist=artist, albumartist=artist, album=album, date="1999",
                tracknumber=str(number), genre=genre)  # fmt: skip
            self._touch(path)

    def edit(self) -> None:
        """One edit of any kind."""
        names = [name.removeprefix("do_") for name in sorted(dir(self)) if name.startswith("do_")]
        name = self.chance.choice([name for name in names if name in self.features])
        if not self.files():
            name = "add_album"
        getattr(self, f"do_{name}")()

    def _told(self, what: str, *paths: Path) -> None:
        self.log.append(" ".join([what, *(str(path.relative_to(self.root)) for path in paths)]))

    def _touch(self, path: Path) -> None:
        self.clock += self.chance.randint(10, 100)
        os.utime(path, ns=(self.clock * 10**9, self.clock * 10**9 + self.chance.randint(1, 10**8) * 10))

    def _any(self) -> Path:
        return self.chance.choice(self.files())

    def _free(self, folder: str | None = None, suffix: str = ".flac") -> Path:
        place = self.root / (self.chance.choice(FOLDERS) if folder is None else folder)
        place.mkdir(parents=True, exist_ok=True)
        while True:
            path = place / f"{self.chance.randint(1, 99):02}{suffix}"
            if not path.exists():
                return path

    def _tags(self, **fixed: str) -> dict[str, str]:
        chance = self.chance
        title = chance.choice(TITLES)
        tags = {
            "title": title,
            "artist": chance.choice(ARTISTS[:4]),
            "album": chance.choice(ALBUMS),
            "albumartist": chance.choice([*ARTISTS[:3], "Various Artists"]),
            "date": "1999",
            "tracknumber": str(TITLES.index(title) + 1),
            "discnumber": chance.choice(["", "1", "2"]),
            "genre": chance.choice(["Rock", "Pop", ""]),
            "composer": chance.choice(["", "Damon Albarn", "Graham Coxon"]),
            "mood": chance.choice(["", "calm"]),
        } | fixed
        if "dates" in self.features:
            tags["date"] = chance.choice(["", "1999", "1999", "2012"])
        if "no_album_artist" in self.features:
            tags["albumartist"] = chance.choice(["Blur", "", ""])
        if "no_tags" in self.features and chance.random() < 0.1:
            tags = {}
        if "no_album" in self.features and chance.random() < 0.15:
            tags.pop("album", None)
        if "no_artist" in self.features and chance.random() < 0.1:
            tags.pop("artist", None)
        if "track_mbid" in self.features and chance.random() < 0.2:
            tags["musicbrainz_releasetrackid"] = str(UUID(int=chance.randint(1, 6)))
        if "recording_mbid" in self.features and chance.random() < 0.2:
            tags["musicbrainz_trackid"] = str(UUID(int=100 + chance.randint(1, 6)))
        if "release_mbid" in self.features and chance.random() < 0.2:
            tags["musicbrainz_albumid"] = str(UUID(int=200 + chance.randint(1, 3)))
        return {name: value for name, value in tags.items() if value}

    def do_add(self) -> None:
        path, tags = self._free(), self._tags()
        flac(path, **tags)
        self._touch(path)
        self._told(f"add {tags}", path)

    def do_add_album(self) -> None:
        folder = self.chance.choice(FOLDERS)
        shared = self._tags()
        shared = {name: shared[name] for name in ("artist", "album", "albumartist", "date") if name in shared}
        if "musicbrainz_albumid" in shared:
            shared["musicbrainz_albumid"] = shared["musicbrainz_albumid"]
        for number, title in enumerate(self.chance.sample(TITLES, 3), 1):
            path = self._free(folder)
            tags = shared | {"title": title, "tracknumber": str(number), "genre": self.chance.choice(["Rock", "Pop"])}
            flac(path, **tags)
            self._touch(path)
            self._told(f"album {tags}", path)

    def do_delete(self) -> None:
        path = self._any()
        path.unlink()
        self._told("delete", path)

    def do_delete_folder(self) -> None:
        folder = self._any().parent
        if folder not in self.tops:
            shutil.rmtree(folder)
            self._told("delete folder", folder)

    def do_move(self) -> None:
        path = self._any()
        place = self._free(suffix=path.suffix)
        path.rename(place)
        self._told("move", path, place)

    def do_move_folder(self) -> None:
        folder = self._any().parent
        place = self.root / f"Moved {self.chance.randint(1, 3)}"
        if folder not in self.tops and not place.exists():
            folder.rename(place)
            self._told("move folder", folder, place)

    def do_rename_case(self) -> None:
        path = self._any()
        place = path.with_name(path.stem.swapcase() + path.suffix)
        if not place.exists():
            path.rename(place)
            self._told("case", path, place)

    def do_rename_folder_case(self) -> None:
        folder = self._any().parent
        place = folder.with_name(folder.name.swapcase())
        if folder not in self.tops and not place.exists():
            folder.rename(place)
            self._told("case of folder", folder, place)

    def do_retag(self) -> None:
        path, tags = self._any(), self._tags()
        name = self.chance.choice(sorted({*tags, "genre", "date", "title", "composer", "albumartist"}))
        if name != "albumartist" or name in tags:  # whose an album without it is depends on what happened
            self._set(path, {name: tags.get(name, "")})
            self._told(f"retag {name} {tags.get(name, '')!r}", path)

    def do_retag_folder(self) -> None:
        folder, tags = self._any().parent, self._tags()
        name = self.chance.choice(
            [name for name in ("album", "albumartist", "date", "artist") if name in tags] or ["date"]
        )
        for path in sorted(folder.glob("*.flac")):
            if self._set(path, {name: tags.get(name, "")}):
                self._told(f"retag {name} {tags.get(name, '')!r}", path)

    def do_retag_all(self) -> None:
        path, tags = self._any(), self._tags()
        if self._set(path, dict.fromkeys(self._now(path), "") | tags):
            self._told(f"retag all {tags}", path)

    def _now(self, path: Path) -> list[str]:
        try:
            return list(FLAC(path).keys())
        except Exception:  # noqa: BLE001  # broken on purpose
            return []

    def _set(self, path: Path, tags: dict[str, str]) -> bool:
        if path in self.whole:
            return False
        try:
            file = FLAC(path)
        except Exception:  # noqa: BLE001  # broken on purpose
            return False
        for name, value in tags.items():
            if value:
                file[name] = [value]
            else:
                file.pop(name, None)
        if "album" in file and "albumartist" not in file:
            file["albumartist"] = ["Blur"]  # whose an album without it is depends on what happened before
        file.save()
        self._touch(path)
        return True

    def do_swap(self) -> None:
        files = self.files()
        if len(files) > 1:
            one, two = self.chance.sample(files, 2)
            aside = self.root / "aside"
            one.rename(aside)
            two.rename(one)
            aside.rename(two)
            self._told("swap", one, two)

    def do_copy(self) -> None:
        path = self._any()
        place = self._free(suffix=path.suffix)
        shutil.copy2(path, place)
        self._told("copy", path, place)

    def do_copy_over(self) -> None:
        files = self.files()
        if len(files) > 1:
            one, two = self.chance.sample(files, 2)
            if one.stat().st_size != two.stat().st_size or one.stat().st_mtime_ns != two.stat().st_mtime_ns:
                shutil.copy2(one, two)
                self._told("copy over", one, two)

    def do_replace(self) -> None:
        path, tags = self._any(), self._tags()
        self.whole.pop(path, None)
        flac(path, **tags)
        self._touch(path)
        self._told(f"replace {tags}", path)

    def do_break(self) -> None:
        path = self._any()
        data = path.read_bytes()
        path.write_bytes(data[: self.chance.choice([0, 3, 20, 41, 60])])
        self._touch(path)
        self.whole.setdefault(path, data)
        self._told("break", path)

    def do_mend(self) -> None:
        for path in sorted(self.whole):
            if path.exists():
                path.write_bytes(self.whole[path])
                self._touch(path)
                self._told("mend", path)
        self.whole.clear()

    def do_put_aside(self) -> None:
        """A folder goes, and comes back as it was."""
        aside = self.root.with_name("aside")
        if aside.exists():
            back = self.root / self.aside
            if not back.exists():
                back.parent.mkdir(parents=True, exist_ok=True)
                aside.rename(back)
                self._told("put back", back)
        else:
            folder = self._any().parent
            if folder not in self.tops:
                self.aside = folder.relative_to(self.root)
                folder.rename(aside)
                self._told("put aside", folder)
