"""What a walk leaves out: hidden and junk names, and what the owner's patterns say, in the syntax of `.gitignore`.

A folder's `.ignore` and `.ndignore` hold for it and all below it; a file without a single pattern leaves all of it out.
As in git, the last matching pattern of the deepest file decides, and nothing comes back from inside a folder that is
left out. The settings' patterns stand above the root and have the least say. Case counts; NFC and NFD are one spelling.
"""

from __future__ import annotations

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pathspec import GitIgnoreSpec

from scannerd.errors import ConfigError

logger = logging.getLogger(__name__)

IGNORE_FILES = (b".ignore", b".ndignore")
"""In the order they are read: the later one has the last word."""
LONGEST_IGNORE_FILE = 1024 * 1024

# Compared in lower case. What begins with one dot (.git, .Trash-1000, .@__thumb, .Recycle.Bin) is hidden anyway.
JUNK_FOLDERS = frozenset(
    (
        b"@eadir",  # Synology: thumbnails and indexes
        b"#recycle",  # Synology
        b"#snapshot",  # Synology
        b"@tmp",  # Synology
        b"@recycle",  # QNAP
        b"@recently-snapshot",  # QNAP
        b"lost+found",  # ext4
        b"$recycle.bin",  # Windows
        b"recycler",  # Windows XP
        b"system volume information",  # Windows
        b"__macosx",  # macOS archives
        b"network trash folder",  # netatalk
        b"temporary items",  # netatalk
    )
)


def is_hidden(name: bytes) -> bool:
    """One dot in front hides a name, AppleDouble's `._song.mp3` among them; an album called `...And Justice` shows."""
    return name[:1] == b"." and name[1:2] != b"."


class IgnoreUnreadable(Exception):
    """An ignore file is there but cannot be read, so that nobody knows what its folder is to show."""


class _Level(NamedTuple):
    start: int  # where a path below the level's folder begins, in characters
    spec: GitIgnoreSpec


class Ignore:
    """The patterns that hold in one folder. Never changes; a folder with files of its own makes a new one."""

    __slots__ = ("_levels",)

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        lines = list(patterns)
        for line in lines:
            _check(line)
        self._levels: tuple[_Level, ...] = (_Level(0, _spec(lines)),) if lines else ()

    def __bool__(self) -> bool:
        return bool(self._levels)

    def below(self, root: bytes, folder: bytes, names: Iterable[bytes]) -> Ignore:
        """What holds in a folder (`Artist/Album/`) that has these ignore files."""
        deeper = Ignore()
        deeper._levels = self._levels
        for name in sorted(names):
            lines = _lines(root + b"/" + folder + name, name)
            if lines is not None:
                deeper._levels = (_Level(len(_text(folder)), _spec(lines)), *deeper._levels)
        return deeper

    def hides(self, path: bytes) -> bool:
        """Whether a file (`Artist/song.mp3`) or a folder (`Artist/`) of a folder that shows is left out."""
        text = _text(path)
        for start, spec in self._levels:
            verdict = spec.check_file(text[start:]).include
            if verdict is not None:
                return verdict
        return False


def _text(path: bytes) -> str:
    text = path.decode("utf-8", "surrogateescape")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _check(pattern: str) -> None:
    try:
        _spec([pattern])
    except ValueError as exc:
        raise ConfigError(f'"{pattern}" is no pattern', hint="patterns are written as in a .gitignore file") from exc


def _spec(lines: list[str]) -> GitIgnoreSpec:
    normal = [unicodedata.normalize("NFC", line) for line in lines]
    with warnings.catch_warnings():
        # `[[]Live]` is a fair pattern; Python only fears for what its own expressions may mean one day.
        warnings.simplefilter("ignore", FutureWarning)
        # Other backends, where installed, cannot match names that are no UTF-8.
        return GitIgnoreSpec.from_lines(normal, backend="simple")


def _lines(path: bytes, name: bytes) -> list[str] | None:
    """The patterns of an ignore file; None when it is gone meanwhile."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path cannot be made of bytes
            content = file.read(LONGEST_IGNORE_FILE + 1)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise IgnoreUnreadable(f"its {name.decode()} cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
    if len(content) > LONGEST_IGNORE_FILE:
        raise IgnoreUnreadable(f"its {name.decode()} cannot be read: it is larger than 1 MiB")
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    written = [line.removesuffix("\r") for line in text.split("\n")]
    meant = [line for line in written if line.strip() and not line.startswith("#")]
    return list(_good(meant, path)) if meant else ["*"]


def _good(lines: list[str], path: bytes) -> Iterator[str]:
    for line in lines:
        try:
            _spec([line])
        except ValueError:
            # As git does; one slip of the pen must not take the rest of the file along.
            logger.warning("%r is no pattern, left out: %s", line, _text(path).encode("utf-8", "replace").decode())
        else:
            yield line
