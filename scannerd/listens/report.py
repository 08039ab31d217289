"""What became of an export, in plain words and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from scannerd.listens.store import Counts


@dataclass(frozen=True, slots=True)
class Report:
    """One export as its reports tell it; times are UTC."""

    id: int
    file: str
    format: str | None
    listener: str
    state: str
    rows: Counts
    first: datetime | None
    last: datetime | None
    new_artists: int
    new_releases: int
    new_tracks: int
    warnings: Sequence[str]
    left_out: Sequence[Sequence[str]]
    error: str | None
    taken_at: datetime
    shelved_at: datetime | None
    sha256: bytes
    path: bytes | None
    shelved_as: bytes | None
    skipped: Mapping[str, int]
    failed: Mapping[str, int]
    same_play: int | None = None  # of its listens, those also told by a richer source
    counted: int | None = None  # of its listens, those that count

    @classmethod
    def of(
        cls, row: Sequence[Any], reasons: Mapping[str, Mapping[str, int]], same_plays: tuple[int, int] | None
    ) -> Self:
        """From a row of `list_exports`."""
        same_play, counted = same_plays or (None, None)
        told: list[Any] = [*row[:5], Counts(*row[5:10]), *row[10:]]
        told += [reasons.get("skipped", {}), reasons.get("failed", {}), same_play, counted]
        return cls(*told)


def as_json(report: Report) -> dict[str, object]:
    """The JSON others build on (DESIGN, section 7); more keys may stand beside these."""
    rows = report.rows
    return {
        "id": report.id,
        "file": report.file,
        "format": report.format,
        "listener": report.listener,
        "state": report.state,
        "rows": {
            "read": rows.read,
            "stored": rows.stored,
            "duplicate": rows.duplicate,
            "skipped": rows.skipped,
            "failed": rows.failed,
        },
        "skipped": dict(report.skipped),
        "failed": dict(report.failed),
        "same_play": report.same_play,
        "counted": report.counted,
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "new": {"artists": report.new_artists, "releases": report.new_releases, "tracks": report.new_tracks},
        "warnings": list(report.warnings),
        "left_out": [list(left) for left in report.left_out],
        "error": report.error,
        "taken_at": report.taken_at.isoformat(),
    }


def as_text(report: Report, *, dry_run: bool = False) -> str:
    """The report that stands beside a shelved file: what happened, in the order a person asks."""
    return "\n".join(_lines(report, dry_run=dry_run)) + "\n"


def one_line(report: Report) -> str:
    """The same in one line, for the log and for a list."""
    rows = report.rows
    told = f"{report.file}: {_number(rows.stored, 'new listen')}"
    rest = [(rows.duplicate, "already known"), (rows.skipped, "skipped"), (rows.failed, "failed")]
    return ", ".join([told, *(f"{count:,} {word}" for count, word in rest if count)])


def _lines(report: Report, *, dry_run: bool) -> Iterator[str]:
    rows = report.rows
    yield f"{report.file}: {_title(report, dry_run=dry_run)}"
    if report.error:
        yield f"It could not be taken in: {report.error}"
        return
    if report.first and report.last:
        yield f"Period covered:  {_day(report.first)} to {_day(report.last)}"
    yield f"Rows read:       {rows.read:,}"
    yield f"  new listens    {rows.stored:,}"
    if report.same_play:
        yield f"    of them told by a richer source as well: {report.same_play:,} (kept, but counted once)"
    if report.counted is not None:
        yield f"    of them count: {report.counted:,}"
    yield f"  already known  {rows.duplicate:,}"
    yield f"  skipped        {rows.skipped:,}"
    yield from (f"    {reason}: {times:,}" for reason, times in report.skipped.items())
    yield f"  failed         {rows.failed:,}"
    yield from (f"    {reason}: {times:,}" for reason, times in report.failed.items())
    new = ((report.new_artists, "artist"), (report.new_releases, "release"), (report.new_tracks, "track"))
    yield "New names:       " + ", ".join(_number(count, noun) for count, noun in new)
    yield from (f"Left out:        {name}: {why}" for name, why in report.left_out)
    yield from (f"Warning:         {warning}" for warning in report.warnings)


def _title(report: Report, *, dry_run: bool) -> str:
    form = report.format or "unknown format"
    if dry_run:
        return f"{form}, would be imported for {report.listener}"
    # The report is written while the file is on its way to the shelf: for a person, both are imported.
    state = "imported" if report.state in {"resolved", "shelved"} else report.state
    return f"export {report.id} of {report.listener}, {form}, {state}"


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
