"""Units of systemd as they lie on the disk: what they start, as whom, and where it may write. Pure, but for `read`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NAME = "scannerd.service"
_FOLDERS = ("etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system")


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit with its drop-ins."""

    path: Path
    values: dict[str, list[str]]  # of [Service], in the order in which they are said; an empty one forgets those before

    def last(self, key: str) -> str:
        """The value that holds where only one can."""
        return next(reversed(self.values.get(key, [])), "")

    def words(self, key: str) -> list[str]:
        """The words of a list, unquoted and without the marks in front."""
        return [word.lstrip("-+!:@") for value in self.values.get(key, []) for word in _split(value)]

    @property
    def program(self) -> list[str]:
        """What it starts, word by word."""
        words = self.words("ExecStart")
        return [word.replace("$$", "$") for word in words]

    @property
    def user(self) -> str:
        """As whom."""
        return self.last("User")

    def cannot_write(self, folder: Path) -> bool:
        """Whether it keeps the service from writing there."""
        if self.last("ProtectSystem") != "strict":
            return False
        return self.place_of(folder) is None

    def place_of(self, folder: Path) -> Path | None:
        """The writable place that holds the folder; files are renamed within one, and copied between two."""
        states = [Path("/var/lib") / name for name in self.words("StateDirectory")]
        places = [*states, *map(Path, self.words("ReadWritePaths"))]
        return next((place for place in places if folder.is_relative_to(place)), None)


def find(root: Path = Path("/")) -> Unit | None:
    """The service of the system, where systemd would find it."""
    found = next((root / folder / NAME for folder in _FOLDERS if (root / folder / NAME).is_file()), None)
    if found is None:
        return None
    drop_ins = {
        file.name: file for folder in reversed(_FOLDERS) for file in (root / folder / f"{NAME}.d").glob("*.conf")
    }
    return read(found, [drop_ins[name] for name in sorted(drop_ins)])


def read(path: Path, drop_ins: Sequence[Path] = ()) -> Unit:
    """A unit with what drop-ins say otherwise."""
    values: dict[str, list[str]] = {}
    for file in (path, *drop_ins):
        _add(file.read_text(encoding="utf-8", errors="replace"), values)
    return Unit(path, values)


def _add(text: str, values: dict[str, list[str]]) -> None:
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith(("#", ";")):
            key, _, value = line.partition("=")
            if value.strip():
                values.setdefault(key.strip(), []).append(value.strip())
            else:
                values.pop(key.strip(), None)


def _split(value: str) -> list[str]:
    with suppress(ValueError):  # of quotes that do not match, as systemd itself would refuse
        return [word.replace("%%", "%") for word in shlex.split(value)]
    return []
