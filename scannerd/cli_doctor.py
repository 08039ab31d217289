"""`scannerd doctor`: everything that would bite later, and how to mend each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from scannerd import cli_output as out
from scannerd.cli_command import reaching, this_command
from scannerd.config import Settings, load
from scannerd.config_files import config_file, read_toml
from scannerd.doctor import rounds
from scannerd.doctor.finding import Finding, Level, trouble
from scannerd.doctor.patient import Database, Patient, Root, SettingsFile
from scannerd.errors import ConfigError
from scannerd.log import set_up
from scannerd.model.shown import shown

FOUND_TROUBLE = 1
"""The exit code when something does not work; warnings alone leave it at 0."""

_MARKS = {Level.OK: "ok", Level.WARNING: "warning", Level.TROUBLE: "TROUBLE"}


def doctor(config: Path | None, flags: Mapping[str, object], *, as_json: bool) -> int:
    """Look at everything and tell it, whatever is broken."""
    file = config_file(config, os.environ)
    try:
        settings = load(config, flags)
    except ConfigError as exc:
        hint = exc.hint or ""
        wrong = [trouble("settings", line, "no command works", hint) for line in str(exc).split("\n")]
        _tell([*wrong, *rounds.of_machine()], as_json=as_json)
        return exc.exit_code
    set_up(settings.log.level, settings.log.format)
    command = this_command(settings, config)
    found = rounds.of(_patient(settings, file, flags))
    findings = [replace(finding, remedy=reaching(command, finding.remedy)) for finding in found]
    _tell(findings, as_json=as_json)
    return FOUND_TROUBLE if any(finding.level is Level.TROUBLE for finding in findings) else 0


def _patient(settings: Settings, file: Path | None, flags: Mapping[str, object]) -> Patient:
    inbox, chosen = settings.inbox, settings.database
    pid, published = rounds.running_here(settings.state.folder)
    return Patient(
        settings=SettingsFile(file, _password_in(file), _has_password(flags.get("database.url"))),
        state=settings.state.folder,
        drop=inbox.drop_folder,
        done=inbox.done_folder,
        failed=inbox.failed_folder,
        ignore=inbox.ignore,
        roots=tuple(Root(one.name, path, one.polling) for one in settings.library for path in one.roots),
        database=Database(chosen.url.get_secret_value() if chosen.url else None, chosen.binaries, chosen.owner),
        workers=settings.scan.workers,
        time_zone=inbox.time_zone,
        instance=settings.state.instance,
        whom=rounds.who_works_here(pid),
        daemon_pid=pid,
        published=published,
    )


def _password_in(file: Path | None) -> bool:
    database = read_toml(file).get("database") if file else None
    return isinstance(database, dict) and _has_password(database.get("url"))


def _has_password(url: object) -> bool:
    try:
        return isinstance(url, str) and bool(conninfo_to_dict(url).get("password"))
    except ProgrammingError:  # said of the database itself, in plain words
        return False


def _tell(findings: Sequence[Finding], *, as_json: bool) -> None:
    troubles, warnings = (_of(findings, level) for level in (Level.TROUBLE, Level.WARNING))
    if as_json:
        told = [{key: shown(text) for key, text in asdict(finding).items()} for finding in findings]
        out.document({"ok": not troubles, "troubles": len(troubles), "warnings": len(warnings), "findings": told})
        return
    width = max(len(finding.about) for finding in findings)
    for finding in findings:
        out.line(f"{_MARKS[finding.level]:7}  {finding.about:{width}}  {_one_line(finding.what)}")
    _in_full("warning", warnings)
    _in_full("trouble", troubles)
    if not troubles and not warnings:
        out.line("\nNothing to do.")


def _of(findings: Sequence[Finding], level: Level) -> list[Finding]:
    return [finding for finding in findings if finding.level is level]


def _in_full(noun: str, findings: Sequence[Finding]) -> None:
    if findings:
        out.line(f"\n{out.number(len(findings), noun)}:")
    for finding in findings:
        out.line(f"\n  {finding.about}: {_one_line(finding.what)}")
        if finding.why:
            out.line(f"      why:   {_one_line(finding.why)}")
        if finding.remedy:
            out.line("      mend:  " + finding.remedy.replace("\n", "\n             "))


def _one_line(text: str) -> str:
    return text.replace("\n", " ")
