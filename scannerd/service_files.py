"""The files that make scannerd a service of systemd: those of `systemd/`, made to fit one installation.

Pure, but for reading the templates: where they go, and whether they may, is decided by who asks. Each begins with a
line that says who wrote it and bears a sum of the rest, by which an edited one is known.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from scannerd.errors import UsageError

STATE = Path("/var/lib/scannerd")
"""The state folder that the unit itself names (StateDirectory=)."""
USER = "scannerd"
NOTIFY_RELOAD_SINCE = 253

_UNIT = "scannerd.service"
_RELOAD = "scannerd.service.d/10-notify-reload.conf"
_FOLDERS = "scannerd.service.d/20-folders.conf"
_EXEC_START = re.compile(r"^ExecStart=.*$", re.MULTILINE)
_MARK = '# Written by "scannerd install-service"; do not edit: "systemctl edit scannerd" is for that. Sum: '
_DROP_IN = "# Folders outside of /var/lib/scannerd that the settings name. When they change: scannerd install-service\n"


@dataclass(frozen=True, slots=True)
class ServiceFile:
    """One file, where it belongs and what it is for."""

    path: Path
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the settings say that scannerd writes, and where it reads."""

    state: Path
    inbox: tuple[Path, ...]  # the drop folder and its shelves
    libraries: tuple[Path, ...] = ()

    def outside(self) -> list[Path]:
        """Those that are written to and lie elsewhere than the unit itself expects; none inside another."""
        written = sorted({path for path in (self.state, *self.inbox) if not path.is_relative_to(STATE)})
        return [path for path in written if not set(path.parents) & set(written)]

    def writable(self) -> list[Path]:
        """What the service gets to write to: one place, where one will do, since nothing is renamed between two."""
        outside = self.outside()
        if len(outside) > 1:
            above = Path(os.path.commonpath(outside))
            is_ours = len(above.parts) > 2 and not any(library.is_relative_to(above) for library in self.libraries)
            return [above] if is_ours else outside
        return outside


def system_files(program: Sequence[str], folders: Folders, *, systemd: int) -> list[ServiceFile]:
    """Those of a service of the system, for this version of systemd."""
    units = Path("/etc/systemd/system")
    return [
        ServiceFile(units / _UNIT, "the service, each line with its reason", _unit(template(_UNIT), program)),
        *_reload(units, systemd),
        ServiceFile(units / _FOLDERS, "the folders it may write to, from the settings", _folders(folders)),
        ServiceFile(Path("/etc/sysusers.d/scannerd.conf"), "the user it runs as", template("scannerd.sysusers.conf")),
        ServiceFile(Path("/etc/tmpfiles.d/scannerd.conf"), "its folders, made at each start", _tmpfiles(folders)),
    ]


def user_files(program: Sequence[str], config_home: Path, *, systemd: int) -> list[ServiceFile]:
    """Those of a service of one user."""
    units = config_home / "systemd" / "user"
    text = _unit(template(f"user/{_UNIT}"), program)
    return [ServiceFile(units / _UNIT, "the service, each line with its reason", text), *_reload(units, systemd)]


def signed(text: str) -> str:
    """The text under a line that says whose it is."""
    return f"{_MARK}{_sum(text)}\n{text}"


def is_unedited(text: str) -> bool:
    """Whether it is as we once wrote it, be it by another version."""
    head, _, rest = text.partition("\n")
    return head == f"{_MARK}{_sum(rest)}"


def template(name: str) -> str:
    """A file of `systemd/`, wherever this installation keeps it."""
    packaged = files("scannerd") / "_systemd"
    # An editable installation has no copy inside the package: the checkout's own folder is the truth there.
    place = packaged if packaged.is_dir() else Path(__file__).parents[1] / "systemd"
    return place.joinpath(*name.split("/")).read_text(encoding="utf-8")


def quoted(word: str | Path) -> str:
    """A word as all kinds of systemd's files take it; what not all of them do is refused."""
    text = str(word)
    if not text.isprintable() or "\\" in text or ('"' in text and "'" in text):
        raise UsageError(
            f"{text!r} cannot be written into a unit of systemd",
            hint="a name without control characters, backslashes and mixed quotes can",
        )
    text = text.replace("%", "%%")
    if text and not re.search(r"""[\s"';#]""", text):
        return text
    return f"'{text}'" if '"' in text else f'"{text}"'


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _unit(text: str, program: Sequence[str]) -> str:
    # A "$" would be taken for a variable here, and nowhere else.
    words = " ".join(quoted(word).replace("$", "$$") for word in program)
    return _EXEC_START.sub(lambda _: f"ExecStart={words}", text)


def _reload(units: Path, systemd: int) -> Iterable[ServiceFile]:
    if systemd >= NOTIFY_RELOAD_SINCE:
        yield ServiceFile(units / _RELOAD, "a reload that waits until it is done", template(_RELOAD))


def _folders(folders: Folders) -> str:
    if not (outside := folders.outside()):
        return _DROP_IN + "# None: all that is written lies there, and libraries are only read.\n"
    return (
        f"{_DROP_IN}[Unit]\n"
        "# Not before their drives are there: the folders would be made below the empty mount points. Libraries are\n"
        "# not named: one that is away must not keep the rest waiting.\n"
        f"RequiresMountsFor={' '.join(map(quoted, outside))}\n"
        "\n[Service]\n"
        '# "-": of a folder that is missing scannerd itself tells in plainer words.\n'
        f"ReadWritePaths={' '.join(quoted(f'-{path}') for path in folders.writable())}\n"
    )


def _tmpfiles(folders: Folders) -> str:
    lines = [template("scannerd.tmpfiles.conf")]
    if not folders.state.is_relative_to(STATE):
        lines.append(f"d {quoted(folders.state)} 0755 {USER} {USER} -\n")
    if inbox := [path for path in folders.inbox if not path.is_relative_to(STATE)]:
        lines.append(
            "# With a colon: only when it is made anew. A folder that is there keeps its owner and its rights.\n"
        )
        lines += [f"d {quoted(path)} :2770 :{USER} :{USER} -\n" for path in inbox]
    return "".join(lines)
