"""`scannerd config …` and `scannerd formats`: what needs neither database nor daemon."""

from __future__ import annotations

import json
from pathlib import Path

from scannerd import cli_output as out
from scannerd.config import Settings


def check_config(file: Path | None, *, as_json: bool) -> int:
    """Say that the settings are fine; had they not been, loading them would have failed."""
    if as_json:
        out.document({"file": None if file is None else str(file), "ok": True})
    else:
        out.line("no settings file, all defaults" if file is None else f"{file}: no mistake found")
    return 0


def show_config(settings: Settings, file: Path | None, *, as_json: bool) -> int:
    """Print what is in force, as one would write it; secrets are masked."""
    if as_json:
        out.document({"file": None if file is None else str(file), "settings": settings.shown()})
        return 0
    out.line(f"# from {file}, the environment and the flags" if file else "# no settings file; environment and flags")
    for section, values in settings.shown().items():
        several = isinstance(values, list)
        for one in values if several else [values]:
            out.line(f"\n[[{section}]]" if several else f"\n[{section}]")
            _show_section(one)
    return 0


def _show_section(values: dict[str, object]) -> None:
    for key, value in values.items():
        out.line(f"{key} = {json.dumps(value, ensure_ascii=False)}" if value is not None else f"# {key} is not set")


def list_formats(*, as_json: bool) -> int:
    """Print every format that is understood: of exports, and of media files."""
    from scannerd.formats import FORMATS
    from scannerd.parsers import PARSERS
    from scannerd.parsers.books import BOOK_PARSERS

    music = [(one.name, [suffix.decode() for suffix in one.suffixes]) for one in PARSERS]
    books = [(one.name, [suffix.decode() for suffix in one.suffixes]) for one in BOOK_PARSERS]
    if as_json:
        formats = [{"name": one.name, "source": one.source, "title": one.title} for one in FORMATS]
        media = [{"library": "music", "name": name, "suffixes": known} for name, known in music]
        media += [{"library": "books", "name": name, "suffixes": known} for name, known in books]
        out.document({"formats": formats, "media": media})
        return 0
    out.table(("format", "what it is"), [(one.name, one.title) for one in FORMATS])
    out.line("\nFiles are recognised by their content, whatever their name; also inside .zip and .gz.\n")
    out.table(("music", "files in a library that end in"), [(name, " ".join(known)) for name, known in music])
    out.line()
    out.table(("books", "files in a library that end in"), [(name, " ".join(known)) for name, known in books])
    return 0
