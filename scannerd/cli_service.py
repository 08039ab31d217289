"""`scannerd install-service`: write the files of systemd for this very installation, and say what to do next."""

from __future__ import annotations

import difflib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import scannerd
from scannerd import cli_output as out
from scannerd.config import Settings, default_state, load
from scannerd.config_files import SYSTEM_CONFIG, config_file
from scannerd.errors import UsageError
from scannerd.service_files import (
    STATE,
    USER,
    Folders,
    ServiceFile,
    is_unedited,
    signed,
    system_files,
    user_files,
)

_BOOTED = Path("/run/systemd/system")  # there while systemd runs the machine: sd_booted(3)
_KEPT = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "SCANNERD_CONFIG")
_MOST_LINES = 40

_WITHOUT_SYSTEMD = """\
until you log out and in again, or the machine restarts:  nohup scannerd run >scannerd.log 2>&1 &
Synology: Control Panel, Task Scheduler, a triggered task at boot-up, with the line:  /path/to/scannerd run
elsewhere: the same line at boot, such as in /etc/rc.local with "&" behind it, or a container: systemd/Containerfile
to write the files all the same, as for an image of a machine:  scannerd install-service --root FOLDER"""


@dataclass(frozen=True, slots=True)
class Where:
    """For whom the files are, and where they go."""

    for_user: bool = False
    root: Path | None = None  # of an image of a machine
    only_print: bool = False
    force: bool = False


def install_service(config: Path | None, flags: Mapping[str, object], where: Where, *, as_json: bool) -> int:
    """Write the files, or print them, and tell the commands that come next."""
    if not (where.only_print or where.root or _BOOTED.is_dir()):
        raise UsageError("this machine is not run by systemd", hint=_WITHOUT_SYSTEMD)
    config = config_file(config, os.environ)
    settings = _settings(config, flags, where)
    program = [*_this_program(), "run", *_config_words(config), *_flag_words(flags, settings)]
    made = _files(program, settings, where)
    states = ["printed"] * len(made) if where.only_print else _written(made, where)
    warnings = [] if where.for_user else _warnings(program, config, settings)
    warnings += _not_passed_on()
    commands = _next(where)
    if as_json:
        told = zip(made, states, strict=True)
        listed = [
            {"path": str(one.path), "what": one.what, "state": state} | ({"text": one.text} if where.only_print else {})
            for one, state in told
        ]
        out.document({"files": listed, "next": [command for command, _ in commands], "warnings": warnings})
    else:
        _tell(made, states, commands, where)
        for warning in warnings:
            out.note(f"note: {warning}")
    return 0


def _settings(config: Path | None, flags: Mapping[str, object], where: Where) -> Settings:
    """What the service will find: the file and the flags, and nothing of this shell's environment."""
    if "database.url" in flags:
        raise UsageError(
            "a database.url on the command line could be read by every user of this machine",
            hint="write it into /etc/credstore/scannerd.database_url, or into the settings file",
        )
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    settings = load(config, flags, environ)
    if not where.for_user and settings.state.folder == default_state() != STATE:
        return load(config, {"state.folder": str(STATE)} | dict(flags), environ)
    return settings


def _this_program() -> list[str]:
    """The words that start this very installation, from anywhere."""
    script = Path(shutil.which(sys.argv[0]) or sys.argv[0]).absolute()
    if script.name == "scannerd" and os.access(script, os.X_OK):
        return [str(script)]
    return [sys.executable, "-P", "-m", "scannerd"]


def _config_words(config: Path | None) -> list[str]:
    return [] if config in {None, SYSTEM_CONFIG} else ["--config", str(config)]


def _flag_words(flags: Mapping[str, object], settings: Settings) -> list[str]:
    """The flags as they were understood: a path that was meant from here is meant from everywhere."""
    shown, words = settings.shown(), []
    for dotted in flags:
        section, _, key = dotted.partition(".")
        value = shown[section][key] if key else shown[section]
        words += ["--set", f"{dotted}={value if isinstance(value, str) else json.dumps(value)}"]
    return words


def _files(program: Sequence[str], settings: Settings, where: Where) -> list[ServiceFile]:
    version = _systemd_version()
    if where.for_user:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        made = user_files(program, home, systemd=version)
    else:
        inbox, libraries = settings.inbox, [root for library in settings.library for root in library.roots]
        shelves = (inbox.drop_folder, inbox.done_folder, inbox.failed_folder)
        made = system_files(program, Folders(settings.state.folder, shelves, tuple(libraries)), systemd=version)
    return [ServiceFile(one.path, one.what, signed(one.text)) for one in made]


def _systemd_version() -> int:
    """The number, or 0 for none."""
    with suppress(OSError):
        said = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, check=False).stdout.split()  # noqa: S607
        return int(said[1]) if said[:1] == ["systemd"] and said[1].isdecimal() else 0
    return 0


def _written(made: Sequence[ServiceFile], where: Where) -> list[str]:
    """Write all of them, or none; say of each what became of it."""
    root = where.root.absolute() if where.root else Path("/")
    places = [root / one.path.relative_to("/") for one in made]
    found = [_content(place) for place in places]
    if not where.force:
        for place, one, text in zip(places, made, found, strict=True):
            _refuse_edited(place, one.text, text)
    for place in places:
        _refuse_foreign(place, where)
    for place, one, text in zip(places, made, found, strict=True):
        if text != one.text:
            _write(place, one.text)
    return [
        "written" if text is None else "unchanged" if text == one.text else "replaced"
        for one, text in zip(made, found, strict=True)
    ]


def _content(place: Path) -> str | None:
    """What is there; a link, by which units are masked, is nothing of ours."""
    try:
        return f"a link to {place.readlink()}\n" if place.is_symlink() else place.read_text(errors="replace")
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise UsageError(f"{place} cannot be read: {(exc.strerror or str(exc)).lower()}") from exc


def _refuse_edited(place: Path, ours: str, found: str | None) -> None:
    if found is None or found == ours or is_unedited(found):
        return
    lines = list(difflib.unified_diff(found.splitlines(), ours.splitlines(), "as it is", "as it would be", lineterm=""))
    more = [f"... and {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    advice = (
        '"--force" overwrites it. Changes of your own are kept in "systemctl edit scannerd", which nobody overwrites'
    )
    raise UsageError(
        f"{place} was written or changed by somebody else; nothing was written",
        hint="\n".join([advice, *lines[:_MOST_LINES], *more]),
    )


def _refuse_foreign(place: Path, where: Where) -> None:
    above = next(folder for folder in place.parents if folder.is_dir())
    if not os.access(above, os.W_OK):
        hint = 'run it as root, or see what it would write with "--print"'
        hint += "" if where.for_user else '; "--user" makes it a service of your own, without root'
        raise UsageError(f"{os.environ.get('USER', 'this user')} may not write to {above}", hint=hint)


def _write(place: Path, text: str) -> None:
    unfinished = place.with_name(f".{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.chmod(0o644)
        unfinished.replace(place)
    except OSError as exc:
        with suppress(OSError):
            unfinished.unlink()
        raise UsageError(f"{place} cannot be written: {(exc.strerror or str(exc)).lower()}") from exc


def _warnings(program: Sequence[str], config: Path | None, settings: Settings) -> list[str]:
    """What would keep the service from starting, as far as it can be seen from here."""
    needed = [Path(program[0]), Path(sys.executable).resolve(), Path(scannerd.__file__), *([config] if config else [])]
    blocked = {above: path for path in needed if (above := _blocked(path))}
    said = [f"{USER} may not enter {above}, on the way to {path}: chmod o+x {above}" for above, path in blocked.items()]
    written = [settings.state.folder, settings.inbox.drop_folder]
    libraries = [root for library in settings.library for root in library.roots]
    hidden = [path for path in (*written, *libraries) if path.is_relative_to("/tmp") or path.is_relative_to("/var/tmp")]  # noqa: S108
    said += [f"{path} is out of the service's sight, which has a /tmp of its own" for path in hidden]
    drop = settings.inbox.drop_folder
    if drop.is_dir() and not drop.is_relative_to(STATE):
        place = shlex.quote(str(drop))
        said.append(f"{USER} must be able to write to {drop}: chgrp {USER} {place} && chmod g+rwxs {place}")
    return said


def _blocked(path: Path) -> Path | None:
    """The first folder on the way that not everybody may enter."""
    with suppress(OSError):
        return next((above for above in reversed(path.parents) if not above.stat().st_mode & 0o001), None)
    return None


def _not_passed_on() -> list[str]:
    names = sorted(name for name in os.environ if name.startswith("SCANNERD_") and name != "SCANNERD_CONFIG")
    return (
        [f"{', '.join(names)}: the service does not see this shell's variables; write them into a file"]
        if names
        else []
    )


def _next(where: Where) -> list[tuple[str, str]]:
    if where.for_user:
        return [
            ("systemctl --user daemon-reload", "systemd reads the files"),
            ("systemctl --user enable --now scannerd", "starts it, now and whenever you log in"),
            ("loginctl enable-linger", "and keeps it while you are logged out"),
            ("journalctl --user -u scannerd -f", "what it does"),
        ]
    return [
        ("systemd-sysusers scannerd.conf", f"makes the user {USER}"),
        ("systemd-tmpfiles --create scannerd.conf", "makes the folders"),
        ("systemctl daemon-reload", "systemd reads the files"),
        ("systemctl enable --now scannerd", "starts it, now and at every boot"),
        (f"usermod -aG {USER} NAME", "lets NAME drop exports and read the reports"),
        ("journalctl -u scannerd -f", "what it does"),
    ]


def _tell(
    made: Sequence[ServiceFile], states: Sequence[str], commands: Sequence[tuple[str, str]], where: Where
) -> None:
    for one, state in zip(made, states, strict=True):
        out.line(
            f"## {one.path}: {one.what}\n\n{one.text}" if where.only_print else f"{state:9}  {one.path}: {one.what}"
        )
    if where.only_print:
        return
    out.line("\nNext:\n")
    width = max(len(command) for command, _ in commands)
    for command, what in commands:
        out.line(f"    {command:{width}}  # {what}")
