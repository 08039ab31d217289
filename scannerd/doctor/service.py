"""The daemon and what starts it: does it run, is it this version, do its units fit the settings."""

from __future__ import annotations

import os
import pwd
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import scannerd
from scannerd import service_files
from scannerd.doctor.examination import AS_ROOT
from scannerd.doctor.finding import Finding, ok, trouble, warning
from scannerd.doctor.patient import Patient
from scannerd.doctor.units import Unit, find
from scannerd.status import daemon_state

_DAEMON = "daemon"
_SERVICE = "service"
_INSTALL = "scannerd install-service"
_ROOT = Path("/")


def look_at_daemon(pid: int | None, published: Path | None, state: Path) -> Iterator[Finding]:
    """Whether it runs, and which version."""
    if pid is None:
        unit, lock = find(), state / "scannerd.lock"
        if lock.exists() and not os.access(lock, os.R_OK):
            yield warning(_DAEMON, "whether it runs is hidden from this user", "nothing can be said about it", AS_ROOT)
            return
        if unit is None or not _is_booted(_ROOT):
            yield ok(_DAEMON, "not running")
        else:
            why = "nothing is taken in or scanned, though it is installed as a service"
            yield warning(_DAEMON, "not running", why, "systemctl start scannerd; journalctl -u scannerd -n 20")
        return
    told = daemon_state.read(published) if published else None
    yield from judge_version(pid, told.version if told and told.pid == pid else None, scannerd.__version__)


def judge_version(pid: int, its: str | None, ours: str) -> Iterator[Finding]:
    """Pure."""
    if its is not None and its != ours:
        what = f"process {pid} is scannerd {its}, this is {ours}"
        yield warning(_DAEMON, what, "after an update the old one works on until it is restarted", _restart())
    else:
        yield ok(_DAEMON, f"running, process {pid}" + (f", version {its}" if its else ""))


def _restart() -> str:
    return "systemctl restart scannerd" if find() else "stop it, and start it again"


def look_at_units(patient: Patient, *, root: Path = _ROOT) -> Iterator[Finding]:
    """Whether systemd starts it, and lets it do what the settings ask for."""
    unit = find(root)
    if unit is None:
        yield from _user_unit(root)
        return
    yield from _program(unit)
    yield from _text(unit, patient, root)
    yield from _writes(unit, patient)
    yield from _hidden(unit, patient)
    if _is_booted(root) and not _is_enabled(unit, root):
        why = "scannerd does not come back after a restart of the machine"
        yield warning(_SERVICE, "it is not started at boot", why, "systemctl enable scannerd")


def _is_enabled(unit: Unit, root: Path) -> bool:
    wanted = root.glob("etc/systemd/system/*.wants")
    return any(os.path.lexists(folder / unit.path.name) for folder in wanted)


def _user_unit(root: Path) -> Iterator[Finding]:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    if not (home / "systemd/user/scannerd.service").is_file():
        if _is_booted(root):
            yield ok(_SERVICE, f'none: "{_INSTALL}" makes one, if scannerd is to run by itself')
        else:
            yield ok(_SERVICE, "this machine is not run by systemd: something else must start scannerd")
        return
    yield ok(_SERVICE, "a service of this user")
    if not (root / "var/lib/systemd/linger" / pwd.getpwuid(os.geteuid()).pw_name).exists():
        yield warning(_SERVICE, "it ends when you log out", "nothing is taken in meanwhile", "loginctl enable-linger")


def _program(unit: Unit) -> Iterator[Finding]:
    words = unit.program
    if not words or not os.access(words[0], os.X_OK):
        what = f"{unit.path} starts {words[0] if words else 'nothing'}, which is no program"
        yield trouble(_SERVICE, what, "the service does not start", _INSTALL)


def _text(unit: Unit, patient: Patient, root: Path) -> Iterator[Finding]:
    """Whether the files are those that would be written now."""
    outdated, edited = _compared(unit, patient, root)
    if edited:
        yield ok(_SERVICE, f"{', '.join(edited)}: changed by hand")
    if outdated:
        why = "they were written by another version, or before a folder of the settings changed"
        what = f"{', '.join(outdated)} would be written otherwise now"
        yield warning(_SERVICE, what, why, f"{_INSTALL} && systemctl daemon-reload && systemctl restart scannerd")
    if not edited and not outdated:
        yield ok(_SERVICE, f"{unit.path} is as it would be written now")


def _compared(unit: Unit, patient: Patient, root: Path) -> tuple[list[str], list[str]]:
    folders = service_files.Folders(
        patient.state, (patient.drop, *patient.shelves), tuple(one.path for one in patient.roots)
    )
    has_reload = (unit.path.parent / f"{unit.path.name}.d/10-notify-reload.conf").is_file()
    systemd = service_files.NOTIFY_RELOAD_SINCE if has_reload else 0
    outdated, edited = [], []
    for one in service_files.system_files(unit.program, folders, systemd=systemd):
        place = root / one.path.relative_to("/")
        text = place.read_text(encoding="utf-8", errors="replace") if place.is_file() else None
        if text is not None and text == service_files.signed(one.text):
            continue
        if text is None or service_files.is_unedited(text):
            outdated.append(str(one.path))
        elif text != one.text:
            edited.append(str(one.path))
    return outdated, edited


def _writes(unit: Unit, patient: Patient) -> Iterator[Finding]:
    written = (patient.state, patient.drop, *patient.shelves)
    if closed := [path for path in dict.fromkeys(written) if unit.cannot_write(path)]:
        what = f"the service may not write to {', '.join(map(str, closed))}"
        why = "to it, all but its own folders is read-only, whatever their rights"
        yield trouble(_SERVICE, what, why, _INSTALL)
    elif unit.last("ProtectSystem") == "strict":
        places = {unit.place_of(path) for path in written[1:]}
        if len(places) > 1:
            named = " and ".join(sorted(map(str, places)))
            why = "to the service these are two mounts: each finished file is copied, not renamed"
            mend = "put the shelves below the drop folder, or all of them below one folder"
            yield warning(_SERVICE, f"files move between {named}", why, mend)


def _hidden(unit: Unit, patient: Patient) -> Iterator[Finding]:
    paths = [patient.drop, *(root.path for root in patient.roots)]
    out_of_sight = _below(paths, ("/tmp", "/var/tmp")) if unit.last("PrivateTmp") in {"yes", "true"} else []  # noqa: S108
    if unit.last("ProtectHome") in {"yes", "true", "tmpfs"}:
        out_of_sight += _below(paths, ("/home", "/root", "/run/user"))
    if out_of_sight:
        what = f"the service does not see {', '.join(map(shlex.quote, map(str, out_of_sight)))}"
        why = "its unit hides /tmp or /home from it (PrivateTmp=, ProtectHome=)"
        yield trouble(_SERVICE, what, why, "systemctl edit scannerd, or put it elsewhere")


def _below(paths: Sequence[Path], places: Sequence[str]) -> list[Path]:
    return [path for path in paths if any(path.is_relative_to(place) for place in places)]


def _is_booted(root: Path) -> bool:
    """Whether systemd runs this machine: sd_booted(3)."""
    return (root / "run/systemd/system").is_dir()
