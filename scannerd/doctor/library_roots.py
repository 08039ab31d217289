"""The roots of the libraries: mounted, filled, readable for the user that scans them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from scannerd.doctor import drives
from scannerd.doctor.finding import Finding, counted, ok, trouble, warning
from scannerd.doctor.patient import Root
from scannerd.doctor.sample import Sample, glance
from scannerd.doctor.whom import Whom
from scannerd.library.walk import shown
from scannerd.mounts import drive_of, is_network_drive, mount_lines


def look(root: Root, whom: Whom, samples: dict[Path, Sample], *, seconds: float) -> Iterator[Finding]:
    """Judge one root; what was seen of it is left in `samples`."""
    about, path = f"library {root.library}", root.path
    mounts = mount_lines()
    if (point := drives.unmounted(path, drives.fstab(), mounts)) is not None:
        what = f"{point}, on the way to {path}, is not mounted"
        why = "nothing is scanned there; what is known of it is kept"
        yield trouble(about, what, why, f"mount {shlex.quote(str(point))}")
        return
    if not path.is_dir():
        what = f"{path} is no folder" if path.exists() else f"{path} is missing"
        why = "nothing is scanned there; what is known of it is kept"
        yield trouble(about, what, why, "mount its drive, or correct the library's roots in the settings")
        return
    if whom.can_be_tried and whom.closed([path]):
        yield _closed_root(about, path, whom)
        return
    seen = samples[path] = glance(os.fsencode(path), seconds=seconds)
    if not seen.files and seen.folders == 1 and seen.is_whole:
        why = "what is known of it is not scanned again while nothing is there; perhaps its drive is not mounted"
        yield warning(about, f"{path} is empty", why, f"findmnt --target {shlex.quote(str(path))}")
        return
    drive = drive_of(path, mounts)
    is_network = is_network_drive(path, mounts)
    yield ok(about, f"{path}: {_amount(seen)}, on {drive.kind or 'an unknown drive'}{_found(root, is_network)}")
    yield from _closed_below(about, path, seen, whom)
    yield from _odd_names(about, path, seen)
    if root.polling == "never" and is_network:
        what = f'{path} lies on a network drive, and polling is "never"'
        yield warning(about, what, "changes are found by the schedule only", 'set polling = "auto" for this library')


def _closed_root(about: str, path: Path, whom: Whom) -> Finding:
    group = _group_of(path)
    mend = f"usermod -aG {group} {whom.name}, and restart scannerd" if whom.is_service else f"chmod +rx {path}"
    return trouble(about, f"{whom.name} may not read {path}", "nothing of it is scanned", mend)


def _closed_below(about: str, path: Path, seen: Sample, whom: Whom) -> Iterator[Finding]:
    closed = [Path(os.fsdecode(one)) for one in seen.closed]
    if whom.can_be_tried and not whom.is_caller:
        closed = whom.closed([Path(os.fsdecode(one)) for one in seen.some])
    elif whom.is_caller:
        closed += whom.closed([Path(os.fsdecode(one)) for one in seen.some])
    if closed:
        first = shown(os.fsencode(closed[0]))
        what = f"{whom.name} may not read {len(closed):,} of those looked at below {path}, such as {first}"
        yield warning(
            about, what, "they are told unreadable, or not scanned", f"chmod -R g+rX {shlex.quote(str(path))}"
        )


def _odd_names(about: str, path: Path, seen: Sample) -> Iterator[Finding]:
    if seen.odd_names:
        what = f"{counted(len(seen.odd_names), 'name')} below {path} not in UTF-8, such as {shown(seen.odd_names[0])}"
        why = "they are scanned, but the watch of this folder breaks at such a name, and changes are found later"
        yield warning(about, what, why, f"convmv -f latin1 -t utf8 -r {shlex.quote(str(path))}")


def _found(root: Root, is_network: bool) -> str:
    if root.polling == "always" or (root.polling == "auto" and is_network):
        return "; changes are found by looking"
    return ""


def _amount(seen: Sample) -> str:
    least = "" if seen.is_whole else "at least "
    return f"{least}{counted(seen.folders, 'folder')}, {counted(seen.files, 'file')}"


def _group_of(path: Path) -> str:
    with suppress(OSError, KeyError):
        return path.group()
    return "GROUP"
