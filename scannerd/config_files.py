"""Which settings file is read, and what it says; what cannot be read is told with its place."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from scannerd.errors import ConfigError

SYSTEM_CONFIG = Path("/etc/scannerd/config.toml")


def config_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file that was named, else the first that is there, else none."""
    named = path or (Path(environ["SCANNERD_CONFIG"]) if environ.get("SCANNERD_CONFIG") else None)
    if named is not None:
        return named.expanduser().absolute()
    home = Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    usual = (Path("scannerd.toml").absolute(), home / "scannerd" / "config.toml", SYSTEM_CONFIG)
    return next((place for place in usual if os.path.lexists(place)), None)


def read_toml(file: Path) -> dict[str, object]:
    """What the file says."""
    text = read_text(file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        what, _, place = str(exc).removesuffix(")").rpartition(" (at ")
        if place == "end of document":
            place = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        raise ConfigError(f"{file}: {place}: {what[:1].lower()}{what[1:]}", hint="a text needs quotes in TOML") from exc


def read_text(file: Path) -> str:
    """The whole file, without the mark that Windows puts in front."""
    try:
        return file.read_text("utf-8-sig")
    except OSError as exc:
        raise ConfigError(
            f"{file}: cannot be read: {(exc.strerror or str(exc)).lower()}",
            hint="correct --config or $SCANNERD_CONFIG, or see who may read it",
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{file}: byte {exc.start + 1} is not UTF-8", hint="save the file as UTF-8") from exc
