"""`scannerd scan`: the media libraries, some of them, or one folder of a library, scanned now."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from time import monotonic
from typing import Any

from psycopg import Connection

from scannerd import cli_output as out
from scannerd.config import Settings
from scannerd.errors import ConfigError, DatabaseError, NotFound, ScannerdError
from scannerd.library.libraries import LibrarySpec
from scannerd.library.scan import Mode, scan
from scannerd.library.summary import Summary
from scannerd.wiring import libraries_of, scan_how_of, trying, writing

__all__ = ["Mode", "scan_libraries"]

STOPPED = 130

Folder = tuple[bytes, bytes]
"""A root, and a folder below it: empty or with a slash at its end."""


@dataclass(frozen=True, slots=True)
class Target:
    """One library, as a whole or some of its folders."""

    spec: LibrarySpec
    folders: tuple[Folder, ...] | None = None

    @property
    def shown(self) -> str:
        """How it is called in a report."""
        if self.folders is None:
            return self.spec.name
        return ", ".join([self.spec.name, *(os.fsdecode(b"/".join(place)).rstrip("/") for place in self.folders)])


def scan_libraries(settings: Settings, words: Sequence[str], mode: Mode, *, file: Path | None, as_json: bool) -> int:
    """Scan each library in its turn, report on each; the exit code tells of the worst that happened."""
    specs = libraries_of(settings)
    if not specs:
        raise _no_library(file)
    work = _Work(settings, mode, as_json=as_json)
    opened = trying if mode.dry_run else writing
    with out.stop_on_signals() as stop:
        chosen = targets(specs, words)
        with opened(settings) as conn:
            for target in chosen:
                if stop.is_set():
                    break
                work.scan(conn, target, stop)
        if stop.is_set():
            work.codes.append(STOPPED)
    return work.end()


def _no_library(file: Path | None) -> ConfigError:
    lines = ("[[library]]", 'name = "music"', 'roots = ["/srv/music"]')
    where = file or Path("scannerd.toml").absolute()
    return ConfigError(
        "no library is configured", hint="\n    ".join([f"write into {where}, with a folder of yours:", *lines])
    )


def targets(specs: Sequence[LibrarySpec], words: Iterable[str]) -> list[Target]:
    """What the words mean, in their order: names of libraries, or folders inside them; no word means all."""
    by_name = {spec.name: spec for spec in specs}
    found: dict[str, Target] = {}
    for word in words:
        target = Target(by_name[word]) if word in by_name else _folder_target(specs, word)
        known = found.get(target.spec.name)
        if known is not None and known.folders is not None and target.folders is not None:
            target = Target(target.spec, tuple(dict.fromkeys(known.folders + target.folders)))
        elif known is not None:
            target = Target(target.spec)
        found[target.spec.name] = target
    return list(found.values()) or [Target(spec) for spec in specs]


def _folder_target(specs: Sequence[LibrarySpec], word: str) -> Target:
    path = Path(word).absolute()
    try:
        folder = path if S_ISDIR(path.stat().st_mode) else path.parent
    except OSError as exc:
        if "/" not in word:
            names = ", ".join(f'"{spec.name}"' for spec in specs)
            raise NotFound(f'there is no library "{word}"', hint=f"the settings name {names}") from exc
        raise NotFound(
            f"{word} cannot be scanned: {(exc.strerror or str(exc)).lower()}",
            hint="what was deleted is noticed when the folder above it is scanned",
        ) from exc
    # As written first: a link inside a library leads out of it, and is part of it all the same.
    for wanted, look in ((os.path.normpath(folder), os.path.normpath), (os.path.realpath(folder), os.path.realpath)):
        for spec in specs:
            for root in spec.roots:
                below = _below(os.fsencode(wanted), look(root))
                if below is not None:
                    return Target(spec, ((root, below),))
    roots = ", ".join(os.fsdecode(root) for spec in specs for root in spec.roots)
    raise NotFound(f"{word} lies in no library", hint=f"the settings name {roots}")


def _below(folder: bytes, root: bytes) -> bytes | None:
    """The folder as the walk of this root spells it; None outside of it."""
    inside, top = folder.rstrip(b"/") + b"/", root.rstrip(b"/") + b"/"
    return inside.removeprefix(top) if inside.startswith(top) else None


class _Work:
    def __init__(self, settings: Settings, mode: Mode, *, as_json: bool) -> None:
        self._how = scan_how_of(settings)
        self._mode = mode
        self._as_json = as_json
        self._summaries: list[Summary] = []
        self._problems: list[dict[str, object]] = []
        self.codes: list[int] = []

    def scan(self, conn: Connection[Any], target: Target, stop: threading.Event) -> None:
        """Scan one library and tell what came of it; what keeps one from being scanned leaves the others."""
        began = monotonic()
        try:
            summary = self._scan(conn, target, stop)
        except DatabaseError:
            raise
        except ScannerdError as exc:
            self.codes.append(exc.exit_code)
            self._problems.append({"library": target.spec.name, **out.problem(exc)})
            out.complain(exc, as_json=False)
            return
        self._summaries.append(summary)
        if not self._as_json:
            if len(self._summaries) > 1:
                out.line()
            for line in report(summary, target.shown, is_full=self._mode.full, seconds=monotonic() - began):
                out.line(line)

    def _scan(self, conn: Connection[Any], target: Target, stop: threading.Event) -> Summary:
        with out.Steps(target.spec.name, noun="files") as steps:
            return scan(
                conn,
                target.spec,
                how=self._how,
                mode=self._mode,
                folders=target.folders,
                stop=stop,
                tell=steps.tell,
            )

    def end(self) -> int:
        """Print the document, and choose the code that tells most."""
        if self._as_json:
            out.document({"scans": [summary.as_dict() for summary in self._summaries], "errors": self._problems})
        elif self._mode.dry_run and self._summaries:
            out.line("This was a dry run: nothing was changed.")
        return STOPPED if STOPPED in self.codes else max(self.codes, default=0)


def report(summary: Summary, name: str, *, is_full: bool, seconds: float) -> Iterator[str]:
    """What a scan did, in the order a person asks."""
    files = summary.files
    speed = f", {files.seen / seconds:,.0f} a second" if files.seen and seconds else ""
    yield f"{name}: {out.number(files.seen, 'media file')} in {seconds:,.1f} s{speed}"
    counts = [(label, count) for label, count, always in _counts(summary, is_full=is_full) if count or always]
    width = max(len(f"{count:,}") for _, count in counts)
    yield from (f"  {label:<13}{count:>{width},}" for label, count in counts)
    if summary.books:
        yield f"Books:       {out.number(summary.books, 'book')} put together"
    if summary.adopted_lookups:
        yield f"Listens:     {out.number(summary.adopted_lookups, 'name')} of listens matched to what is owned now"
    if files.unreadable:
        yield "What and why: scannerd db query 'select * from library_health'"
    yield from (f"Warning:     {warning}" for warning in summary.warnings)
    if not summary.complete and not summary.dry_run:
        yield f"Stopped:     {out.number(files.parsed, 'file')} read so far are kept; the next scan goes on from there"


def _counts(summary: Summary, *, is_full: bool) -> Iterator[tuple[str, int, bool]]:
    """The lines of the report: what, how many, and whether it is told when there are none."""
    files, is_read = summary.files, not summary.dry_run
    yield "unchanged", files.unchanged, True
    yield "new", files.new, True
    yield "read again" if is_full else "changed", files.changed, True
    yield "moved", files.moved, True
    yield "back again", files.back, False
    yield "missing", files.missing, True
    yield "unreadable", files.unreadable, is_read
    yield "not written", files.failed, False
