"""What is wrong with the settings, in one line each. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

PREFIX = "SCANNERD_"

Given = dict[str, Any]
"""What one source says: section, key, value as written."""


def variable(dotted: str) -> str:
    """The environment variable of a key."""
    return PREFIX + dotted.replace(".", "__").upper()


def unknown(where: str, what: str, name: str, known: Iterable[str]) -> str:
    """Say that nobody knows this name, and which one was probably meant."""
    names = list(known)
    last = {_last(candidate): candidate for candidate in names}
    near = difflib.get_close_matches(name, names, n=1)
    near += [last[word] for word in difflib.get_close_matches(_last(name), last, n=1, cutoff=0.7)]
    # The right key in the wrong section beats a wrong key in the right section.
    meant = last.get(_last(name)) or next(iter(near), None)
    return f"{where}: unknown {what} {name}" + (f", did you mean {meant}?" if meant else "")


def told(error: ErrorDetails, sources: Mapping[str, Given], keys: Iterable[str], secrets: Iterable[str]) -> str:
    """Say where it stands, what it is about and what belongs there; never show a secret."""
    if error["loc"][:1] == ("library",) and error["loc"][1:]:
        return _told_of_library(error, _where("library", "", sources), keys)
    section, key = str(error["loc"][0]) if error["loc"] else "", ".".join(map(str, error["loc"][1:2]))
    dotted = f"{section}.{key}" if key else section
    where = _where(section, key, sources)
    if error["type"] == "extra_forbidden":
        sections = {known.partition(".")[0] for known in keys}
        return unknown(where, "key" if key else "section", dotted, keys if key else {*sections, *keys})
    if not key:
        if error["type"] == "value_error":
            return f"{where}: {error['ctx']['error']}"
        return f"{where}: {section} must be a section, written [{section}]"
    name = variable(dotted) if where == "environment" else dotted
    found = "" if dotted in secrets else f", not {_shown(error['input'])}"
    return f"{where}: {name} {_allowed(error)}{found}"


def _told_of_library(error: ErrorDetails, where: str, keys: Iterable[str]) -> str:
    """The same for one of the libraries, by its number in the file."""
    number, key = int(error["loc"][1]) + 1, ".".join(map(str, error["loc"][2:3]))
    which = f"{where}: library {number}"
    if error["type"] == "extra_forbidden":
        return unknown(which, "key", key, [one.partition(".")[2] for one in keys if one.startswith("library.")])
    if error["type"] == "missing":
        return f"{which}: {key} is missing"
    if not key:
        return f"{which} must be a section, written [[library]]"
    return f"{which}: {key} {_allowed(error)}, not {_shown(error['input'])}"


def _last(name: str) -> str:
    return name.lower().replace("__", ".").rpartition(".")[2].removeprefix(PREFIX.lower())


def _where(section: str, key: str, sources: Mapping[str, Given]) -> str:
    """The source whose word counts: they are asked in the order of their rank."""
    for where, given in sources.items():
        values = given.get(section)
        if values is not None and (not key or not isinstance(values, dict) or key in values):
            return where
    return "settings"


def _allowed(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "literal_error":
        return "must be " + str(error["ctx"]["expected"]).replace("'", '"')
    if error["type"] == "string_too_short":
        return "must not be empty"
    message = error["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    words = {"string": "a text in quotes", "integer": "a whole number", "boolean": "true or false"}
    return "must be " + next((said for kind, said in words.items() if message.startswith(kind)), message)


def _shown(value: object) -> str:
    shown = f'"{value}"' if isinstance(value, str) and value.isprintable() else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
