"""The state folder: there, ours, closed to others, on a drive that PostgreSQL can trust, with room."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from scannerd.doctor import drives, room
from scannerd.doctor.finding import Finding, ok, trouble, warning
from scannerd.doctor.whom import Whom
from scannerd.mounts import Drive, drive_of, is_network_drive, mount_lines

ABOUT = "state folder"


def look(folder: Path, whom: Whom, *, private: bool) -> Iterator[Finding]:
    """Judge it; `private` says that the private PostgreSQL keeps its data there."""
    mounts = mount_lines()
    if (point := drives.unmounted(folder, drives.fstab(), mounts)) is not None:
        what = f"{point}, on the way to {folder}, is not mounted"
        yield trouble(ABOUT, what, "a new, empty database would be made below it", f"mount {shlex.quote(str(point))}")
        return
    drive, is_network = drive_of(folder, mounts), is_network_drive(folder, mounts)
    yield from judge_drive(folder, drive, is_network=is_network, private=private)
    yield from room.judge(ABOUT, folder, room.look(folder))
    if not os.path.lexists(folder):
        yield _missing(folder, whom)
        return
    seen = folder.stat()
    if not stat.S_ISDIR(seen.st_mode):
        yield trouble(ABOUT, f"{folder} is no folder", "scannerd cannot start", "set state.folder to another place")
        return
    yield from _rights(folder, seen, whom)


def _missing(folder: Path, whom: Whom) -> Finding:
    above = next(place for place in folder.parents if place.exists())
    if whom.can_be_tried and whom.why_not_written(above):
        place = shlex.quote(str(folder))
        mend = f"install -d -m 755 -o {whom.name} {place}"
        return trouble(ABOUT, f"{folder} is missing, and {whom.name} may not make it", "scannerd cannot start", mend)
    return ok(ABOUT, f"{folder} is made at the first start")


def _rights(folder: Path, seen: os.stat_result, whom: Whom) -> Iterator[Finding]:
    place = shlex.quote(str(folder))
    if seen.st_mode & 0o022 and not seen.st_mode & stat.S_ISVTX:
        who = "everybody" if seen.st_mode & 0o002 else "a whole group"
        why = "who may write there can put a file of theirs in the place of one of ours"
        yield trouble(ABOUT, f"{who} may write to {folder}", why, f"chmod go-w {place}")
    if not seen.st_mode & 0o001:
        why = "who drops files may have to pass through it"
        yield warning(ABOUT, f"others may not enter {folder}", why, f"chmod o+x {place}")
    if not whom.can_be_tried:
        what = f"{folder} belongs to {whom.name}, who runs scannerd here"
        yield warning(ABOUT, what, "what that user may do cannot be tried by another", "sudo scannerd doctor")
    elif (why_not := whom.why_not_written(folder)) is not None:
        mend = "mount its disk for writing" if "read-only" in why_not else f"chown {whom.name} {place}"
        yield trouble(ABOUT, f"{whom.name} cannot write to {folder}: {why_not}", "scannerd cannot start", mend)
    else:
        yield ok(ABOUT, f"{folder} can be written to by {whom.name}")


def judge_drive(folder: Path, drive: Drive, *, is_network: bool, private: bool) -> Iterator[Finding]:
    """Whether locks hold there, and what is written lasts. Pure."""
    elsewhere = "set state.folder to a folder on a disk of this machine"
    if is_network and private:
        what = f"{folder} lies on a network drive ({drive.kind}), and the private database with it"
        why = "a database there may lose what it has written when the network fails"
        yield trouble(ABOUT, what, why, elsewhere)
    elif is_network:
        what = f"{folder} lies on a network drive ({drive.kind})"
        yield warning(ABOUT, what, "locks there may not hold: two scannerd could run at once", elsewhere)
    elif drive.is_passing and private:
        what = f"{folder} lies on a drive that does not last ({drive.kind}, mounted on {drive.point})"
        mend = "set state.folder to a folder on a disk, or mount a volume there"
        yield warning(ABOUT, what, "after a restart, or with the container, the database is gone", mend)
