"""`scannerd exports …` and `scannerd listens …`: what was imported, taken back, tried again, resolved anew."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict

from scannerd import cli_output as out
from scannerd.config import Settings
from scannerd.errors import NotFound, ScannerdError
from scannerd.inbox.importing import Outcome
from scannerd.inbox.intake import text_for
from scannerd.inbox.retry import retry
from scannerd.listens import exports
from scannerd.listens.reapply import reapply
from scannerd.listens.report import Report, as_json, as_text
from scannerd.listens.undo import undo
from scannerd.model.shown import shown
from scannerd.wiring import NothingYet, how_of, reading, rules_of, shelves_of, writing

FAILED = 65
TRY_AGAIN = 75
STOPPED = 130
_COLUMNS = ("id", "taken in", "file", "listener", "format", "state", "read", "new", "known", "skipped", "failed")


def list_exports(settings: Settings, *, most: int, as_json_document: bool) -> int:
    """The latest exports, newest first."""
    reports: list[Report] = []
    with suppress(NothingYet), reading(settings) as conn:
        reports = exports.list_reports(conn, most=most)
    if as_json_document:
        out.document({"exports": [as_json(report) for report in reports]})
    elif reports:
        show_exports(reports)
    else:
        out.line("Nothing was imported yet.")
    return 0


def show_exports(reports: list[Report]) -> None:
    """One line for each."""
    out.table(_COLUMNS, map(_row, reports))


def _row(report: Report) -> tuple[object, ...]:
    rows = report.rows
    counts = (rows.read, rows.stored, rows.duplicate, rows.skipped, rows.failed)
    when = f"{report.taken_at:%Y-%m-%d %H:%M}"
    return (report.id, when, report.file, report.listener, report.format, report.state, *counts)


def show_export(settings: Settings, export_id: int, *, as_json_document: bool) -> int:
    """All there is to say about one."""
    with reading(settings) as conn:
        report = exports.get_report(conn, export_id)
    if as_json_document:
        out.document({"exports": [as_json(report) | {"lies_at": _place(report)}]})
        return 0
    out.line(as_text(report).rstrip("\n"))
    if place := _place(report):
        out.line(f"The file:        {place}")
    return 0


def _place(report: Report) -> str | None:
    place = report.shelved_as or report.path
    return shown(os.fsdecode(place)) if place is not None else None


def undo_export(settings: Settings, export_id: int, *, as_json_document: bool) -> int:
    """Take back what one export brought."""
    with writing(settings) as conn, out.Steps(f"export {export_id}") as steps:
        steps.tell("taking it back", 0, 0)
        undone = undo(conn, export_id)
        report = exports.get_report(conn, export_id)
    if as_json_document:
        out.document({"exports": [as_json(report)], "undone": asdict(undone)})
        return 0
    out.line(f"{report.file}: export {report.id} is undone")
    out.line(f"Listens removed:      {undone.listens_deleted:,}")
    if undone.listens_handed_over:
        out.line(f"Listens kept:         {undone.listens_handed_over:,}, which other exports told too")
    out.line(f"Names nobody needs:   {_names(undone.artists, undone.releases, undone.tracks)}")
    out.line(f"To have it back:      scannerd exports retry {report.id}")
    return 0


def retry_export(settings: Settings, export_id: int, *, as_json_document: bool) -> int:
    """Import the file of an export again, or go on where a killed run left it."""
    shelves = shelves_of(settings)
    with out.stop_on_signals() as stop, writing(settings) as conn, out.Steps(f"export {export_id}") as steps:
        try:
            imported = retry(conn, export_id, shelves=shelves, how=how_of(settings), stop=stop, tell=steps.tell)
        except OSError as exc:
            why = exc.strerror or str(exc)
            raise NotFound(f"the file of export {export_id}: {why[:1].lower()}{why[1:]}") from exc
        report = exports.get_report(conn, imported.report.id) if imported.report is not None else None
    if imported.outcome is Outcome.STOPPED:
        return STOPPED
    if report is None:
        out.complain(ScannerdError(f"the file of export {export_id} is {imported.outcome}"), as_json=as_json_document)
        return TRY_AGAIN
    if as_json_document:
        out.document({"exports": [as_json(report) | {"outcome": imported.outcome.value}]})
    else:
        out.line(text_for(imported, report).rstrip("\n"))
    return FAILED if imported.outcome is Outcome.FAILED else 0


def resolve_listens(settings: Settings, *, as_json_document: bool) -> int:
    """Apply today's name rules to what was imported under others."""
    with out.stop_on_signals() as stop, writing(settings) as conn, out.Steps("listens") as steps:
        done = reapply(conn, rules=rules_of(settings), stop=stop, tell=steps.tell)
    if as_json_document:
        out.document({"new": asdict(done.new), "marks": done.marks, "complete": done.complete})
    else:
        new = done.new
        out.line(f"New names: {_names(new.artists, new.releases, new.tracks)}")
        out.line(f"Duplicate marks that changed: {done.marks:,}")
        if not done.complete:
            out.line('Stopped half-way: "scannerd listens resolve" goes on.')
    return 0 if done.complete else STOPPED


def _names(artists: int, releases: int, tracks: int) -> str:
    return f"{out.number(artists, 'artist')}, {out.number(releases, 'release')}, {out.number(tracks, 'track')}"
