"""`scannerd import`: files named by hand, taken in where they lie."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from psycopg import Connection

from scannerd import cli_output as out
from scannerd.config import Settings
from scannerd.errors import NotFound, ScannerdError, UsageError
from scannerd.inbox.importing import Imported, Outcome, import_file
from scannerd.inbox.intake import stamp_of, text_for
from scannerd.inbox.listing import Oddity, list_drop
from scannerd.listens import exports
from scannerd.listens.listener import get_listener
from scannerd.listens.report import as_json
from scannerd.model.shown import shown
from scannerd.wiring import how_of, trying, writing

FAILED = 65
TRY_AGAIN = 75
STOPPED = 130


def import_files(
    settings: Settings, files: Iterable[Path], *, listener: str | None, dry_run: bool, as_json: bool
) -> int:
    """Import each file, report on each; the exit code tells of the worst that happened."""
    work = _Work(settings, listener or settings.inbox.listener, dry_run=dry_run, as_json=as_json)
    opened = trying if dry_run else writing
    with out.stop_on_signals() as stop:
        paths = list(work.found(files))
        if paths:
            with opened(settings) as conn:
                for path in paths:
                    if stop.is_set():
                        break
                    work.take_in(conn, path, stop)
        if stop.is_set():
            work.codes.append(STOPPED)
    return work.end()


class _Work:
    def __init__(self, settings: Settings, listener: str, *, dry_run: bool, as_json: bool) -> None:
        self._settings = settings
        self._listener = listener
        self._dry_run = dry_run
        self._as_json = as_json
        self._reports: list[dict[str, object]] = []
        self._problems: list[dict[str, object]] = []
        self.codes: list[int] = []

    def found(self, files: Iterable[Path]) -> Iterator[Path]:
        """The files themselves; a folder stands for what lies in it."""
        for file in files:
            try:
                yield from self._files_at(file)
            except ScannerdError as exc:
                self._complain(file, exc)

    def _files_at(self, file: Path) -> Iterator[Path]:
        try:
            path = file.resolve(strict=True)
            kind = path.stat().st_mode
            if stat.S_ISDIR(kind):
                yield from self._files_in(path)
                return
            if not stat.S_ISREG(kind):
                raise UsageError(f"{file} is no regular file", hint="save it as a file first, then import that")
            if not os.access(path, os.R_OK):
                raise NotFound(f"{file} cannot be read: permission denied", hint="see who owns it")
        except OSError as exc:
            raise NotFound(f"{file} cannot be read: {(exc.strerror or str(exc)).lower()}") from exc
        yield path

    def _files_in(self, folder: Path) -> Iterator[Path]:
        files = []
        for found in list_drop(folder, ignore=self._settings.inbox.ignore):
            if isinstance(found, Oddity):
                out.note(f"{found.path} {found.why}")
            else:
                files.append(found.path)
        if not files:
            raise NotFound(f"{folder} holds no file to import")
        yield from sorted(files)

    def take_in(self, conn: Connection[Any], path: Path, stop: threading.Event) -> None:
        """Import one file and tell what became of it."""
        try:
            with conn.transaction(force_rollback=True) if self._dry_run else nullcontext():
                imported = self._import(conn, path, stop)
                self._tell(conn, path, imported)
        except OSError as exc:
            self._complain(path, NotFound(f"{path} cannot be read: {(exc.strerror or str(exc)).lower()}"))

    def _import(self, conn: Connection[Any], path: Path, stop: threading.Event) -> Imported:
        settings = self._settings
        listener = get_listener(conn, self._listener, time_zone=settings.inbox.time_zone)
        with out.Steps(path.name) as steps:
            imported = import_file(
                conn,
                path,
                stamp=stamp_of(path),
                listener=listener,
                how=how_of(settings),
                stop=stop,
                tell=steps.tell,
            )
        if imported.report is not None and imported.outcome is Outcome.IMPORTED:
            exports.mark_shelved(conn, imported.report.id, os.fsencode(path))
        elif imported.report is not None and imported.outcome is Outcome.FAILED:
            exports.remember_failed_file(conn, imported.report.id, os.fsencode(path))
        return imported

    def _tell(self, conn: Connection[Any], path: Path, imported: Imported) -> None:
        if imported.report is None:
            if imported.outcome is Outcome.STOPPED:
                out.note(f"{path.name}: stopped; the same command goes on from there")
            else:
                self._complain(path, ScannerdError(f"{path} is {imported.outcome}"), TRY_AGAIN)
            return
        report = exports.get_report(conn, imported.report.id)
        if imported.outcome is Outcome.FAILED:
            self.codes.append(FAILED)
        outcome: dict[str, object] = {"outcome": imported.outcome.value, "dry_run": self._dry_run}
        if self._dry_run and imported.outcome is not Outcome.KNOWN:
            outcome["id"] = None  # its number is rolled back with it
        self._reports.append(as_json(report) | outcome)
        if not self._as_json:
            if len(self._reports) > 1:
                out.line()
            out.line(text_for(imported, report, dry_run=self._dry_run).rstrip("\n"))

    def _complain(self, file: Path, exc: ScannerdError, code: int | None = None) -> None:
        self.codes.append(code or exc.exit_code)
        self._problems.append({"file": shown(os.fspath(file)), **out.problem(exc)})
        out.complain(exc, as_json=False)

    def end(self) -> int:
        """Print the document, and choose the code that tells most."""
        if self._as_json:
            out.document({"exports": self._reports, "errors": self._problems})
        elif self._dry_run and self._reports:
            out.line("This was a dry run: nothing was changed.")
        return next((code for code in (STOPPED, FAILED) if code in self.codes), max(self.codes, default=0))
