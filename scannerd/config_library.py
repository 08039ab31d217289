"""Settings of the media libraries: `[[library]]`, once for each, and `[scan]`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from scannerd.config_cron import cron_line
from scannerd.config_values import Names, Place, Section, Size, Wait, place_from

EXAMPLE = '[{"name": "music", "roots": ["/srv/music"]}]'
LEAST_MEMORY = 64 * 1024**2


def name_from(value: object) -> object:
    """A name that can be typed, and is no path."""
    if isinstance(value, str) and (not value.strip() or "/" in value or not value.isprintable()):
        raise ValueError('must be a name such as "music"')
    return value


def roots_from(value: object) -> object:
    """One folder or more; each is checked by itself."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('must be a list of folders such as ["/srv/music"]')
    return value


def schedule_from(value: object) -> object:
    """A cron line, or nothing for never."""
    if not isinstance(value, str):
        return value
    try:
        if value.strip():
            cron_line(value)
    except ValueError as exc:
        raise ValueError(f'must be a cron line such as "0 4 * * *" or "@daily" ({exc})') from exc
    return value.strip()


def patterns_from(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what would not be understood in a .gitignore file."""
    if value:
        from pathspec import GitIgnoreSpec
        from pathspec.patterns.gitignore import GitIgnorePatternError

        for pattern in value:
            try:
                GitIgnoreSpec.from_lines([pattern], backend="simple")
            except GitIgnorePatternError as exc:
                raise ValueError(f'must hold patterns as in a .gitignore file; "{pattern}" is none') from exc
    return value


def enough_memory(value: int) -> int:
    """Refuse what no parser could live in."""
    if value < LEAST_MEMORY:
        raise ValueError('must be at least "64MiB"')
    return value


class Library(Section):
    """Folders of one kind that are scanned together."""

    name: Annotated[str, BeforeValidator(name_from)]
    roots: Annotated[tuple[Place, ...], BeforeValidator(roots_from)]
    kind: Literal["music", "books"] = "music"
    catalogue: Annotated[str, BeforeValidator(name_from)] = "music"  # by default the one called as the kind is
    ignore: Annotated[Names, AfterValidator(patterns_from)] = ()
    schedule: Annotated[str, BeforeValidator(schedule_from)] = "0 4 * * *"
    polling: Literal["auto", "always", "never"] = "auto"
    follow_mounts: bool = True

    @model_validator(mode="before")
    @classmethod
    def _fed_by_kind(cls, values: object) -> object:
        """Books feed a catalogue of their own, unless somebody says otherwise."""
        if isinstance(values, dict) and values.get("kind") == "books":
            return {"catalogue": "books"} | values
        return values


class Scan(Section):
    """What reading media files may take."""

    workers: Annotated[int, Field(ge=0, le=256)] = 0
    deadline: Wait = timedelta(seconds=60)
    memory: Annotated[Size, AfterValidator(enough_memory)] = 1024**3
    vanish_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    vanish_files: Annotated[int, Field(ge=0)] = 50


def libraries_from(value: object) -> object:
    """The libraries as a file gives them; in the environment, and as a flag, they are JSON."""
    if isinstance(value, str):
        raise ValueError(f"library must be a JSON list such as {EXAMPLE}")
    if not isinstance(value, list | tuple):
        raise ValueError("library must be written [[library]], in two brackets, once for each library")
    return value


def parsed_libraries(text: object) -> object:
    """What JSON says; other text is left for the validation to refuse."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def placed_libraries(value: object, folder: Path) -> object:
    """The same with its roots absolute, meant from `folder`."""
    return [_placed(one, folder) for one in value] if isinstance(value, list) else value


def _placed(library: object, folder: Path) -> object:
    if not isinstance(library, dict) or not isinstance(library.get("roots"), list):
        return library
    return library | {"roots": [place_from(folder, root) for root in library["roots"]]}


def clashes(libraries: Sequence[Library], ours: Mapping[str, Path]) -> Iterator[str]:
    """What cannot be scanned side by side, nor beside our own folders (`ours`: what it is, where)."""
    names = [library.name for library in libraries]
    yield from (f'two libraries are called "{name}"' for name in sorted({n for n in names if names.count(n) > 1}))
    roots = [(f'{root} of the library "{library.name}"', root) for library in libraries for root in library.roots]
    for (one, one_path), (other, other_path) in combinations(roots, 2):
        if _plain(one_path) == _plain(other_path):
            yield f"{one} is named twice"
        elif lies_in(one_path, other_path):
            yield f"{one} lies inside {other}"
        elif lies_in(other_path, one_path):
            yield f"{other} lies inside {one}"
    for told, path in roots:
        yield from (f"{told} lies inside the {what} {place}" for what, place in ours.items() if lies_in(path, place))


def lies_in(path: Path, folder: Path) -> bool:
    """Whether it is the folder or below it, as written: nothing is looked up, a share may be away."""
    return _plain(path).is_relative_to(_plain(folder))


def _plain(path: Path) -> Path:
    return Path(os.path.normpath(path))
