"""The drop folder and its shelves: read, written, renamed between, and open to those who are to drop."""

from __future__ import annotations

import errno
import os
import shlex
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from scannerd.doctor import drives, room
from scannerd.doctor.finding import Finding, ok, trouble, warning
from scannerd.doctor.whom import Whom
from scannerd.inbox.passing import passing_file
from scannerd.mounts import drive_of, is_network_drive, mount_lines

ABOUT = "drop folder"
_SHELF = "shelves"
_ACL = "system.posix_acl_access"


def look(folder: Path, whom: Whom, *, state: Path) -> Iterator[Finding]:
    """Judge the folder; a file is made there and removed again."""
    mounts = mount_lines()
    if (point := drives.unmounted(folder, drives.fstab(), mounts)) is not None:
        what = f"{point}, on the way to {folder}, is not mounted"
        yield trouble(ABOUT, what, "what is dropped is not found", f"mount {_quoted(point)}")
        return
    if not os.path.lexists(folder):
        yield _missing(folder, whom)
        return
    if not folder.is_dir():
        yield trouble(ABOUT, f"{folder} is no folder", "nothing can be dropped", "set inbox.drop_folder")
        return
    yield from _heard(folder, mounts)
    if folder.stat().st_dev != _device(state):
        yield from room.judge(ABOUT, folder, room.look(folder))
    if not whom.can_be_tried:
        what = f"what {whom.name}, who runs scannerd here, may do in {folder} cannot be tried"
        yield warning(ABOUT, what, "files may wait there for ever", "sudo scannerd doctor")
        return
    if whom.closed([folder]):
        what = f"{whom.name} may not read {folder}"
        yield trouble(ABOUT, what, "nothing dropped there is found", _rights_for(folder, whom))
        return
    yield _written(folder, whom)
    yield from _those_who_drop(folder, whom)


def look_at_shelves(folder: Path, shelves: Sequence[Path], whom: Whom) -> Iterator[Finding]:
    """Judge the places of finished files."""
    if not folder.is_dir() or not whom.can_be_tried or whom.why_not_written(folder):
        return  # told above; what cannot leave the drop folder needs no shelf
    for shelf in shelves:
        if (link := _link_below(folder, shelf)) is not None:
            what = f"{link} is a link, which is never followed below the drop folder"
            mend = f'set inbox.{"done" if shelf == shelves[0] else "failed"}_folder = "{link.resolve()}"'
            yield trouble(_SHELF, what, "finished files stay where they are", mend)
        elif shelf.is_dir():
            yield _shelf(folder, shelf, whom)
        elif shelf.is_relative_to(folder) or not whom.why_not_written(_above(shelf)):
            yield ok(_SHELF, f"{shelf} is made with the first file")
        else:
            what = f"{shelf} is missing, and {whom.name} may not make it"
            yield trouble(_SHELF, what, "finished files have no place", f"install -d -o {whom.name} {_quoted(shelf)}")


def _missing(folder: Path, whom: Whom) -> Finding:
    if whom.can_be_tried and whom.why_not_written(_above(folder)):
        what = f"{folder} is missing, and {whom.name} may not make it"
        mend = f"install -d -m 2770 -o {whom.name} {_quoted(folder)}"
        return trouble(ABOUT, what, "nothing can be dropped; perhaps its drive is not mounted", mend)
    return ok(ABOUT, f"{folder} is made at the first start")


def _heard(folder: Path, mounts: Sequence[str]) -> Iterator[Finding]:
    if is_network_drive(folder, mounts):
        kind = drive_of(folder, mounts).kind
        yield ok(ABOUT, f"{folder} lies on a network drive ({kind}): files are found by looking, not by events")


def _written(folder: Path, whom: Whom) -> Finding:
    why_not = whom.why_not_written(folder)
    if why_not is None:
        return ok(ABOUT, f"{folder} can be read and written to by {whom.name}")
    what = f"{whom.name} cannot write to {folder}: {why_not}"
    why = "files are taken in, but stay there, and their reports have no place"
    mend = "mount its drive for writing, if that was not meant" if "read-only" in why_not else _rights_for(folder, whom)
    return warning(ABOUT, what, why, mend)


def _those_who_drop(folder: Path, whom: Whom) -> Iterator[Finding]:
    mode = folder.stat().st_mode
    if not whom.is_service or _has_acl(folder):
        return
    if not mode & 0o022:
        what = f"only {whom.name} may write to {folder}"
        yield warning(ABOUT, what, "nobody can drop anything", f"chmod g+rwxs {_quoted(folder)}")
    elif not mode & stat.S_ISGID:
        what = f"files dropped into {folder} belong to the group of whoever dropped them"
        why = f"{whom.name} may not be able to read them, nor others their reports"
        yield warning(ABOUT, what, why, f"chmod g+s {_quoted(folder)}")


def _shelf(folder: Path, shelf: Path, whom: Whom) -> Finding:
    if (why_not := whom.why_not_written(shelf)) is not None:
        what = f"{whom.name} cannot write to {shelf}: {why_not}"
        return trouble(_SHELF, what, "files are taken in, and then wait for a place", _rights_for(shelf, whom))
    if not _can_rename(folder, shelf):
        what = f"files cannot be renamed from {folder} to {shelf}: these are two mounts"
        why = "each file is copied instead, which takes time, and room for twice its size"
        return warning(
            _SHELF, what, why, "put both below one mount, or leave inbox.done_folder and failed_folder empty"
        )
    return ok(_SHELF, f"{shelf} can be written to by {whom.name}, and files are renamed into it")


def _can_rename(folder: Path, shelf: Path) -> bool:
    """Tried: two mounts of one file system are two nevertheless."""
    try:
        with passing_file(folder) as (path, _):
            moved = shelf / path.name
            path.rename(moved)
            moved.unlink()
    except OSError as exc:
        # Other reasons were told already, or do not keep the service's own user from it.
        return exc.errno != errno.EXDEV
    return True


def _link_below(folder: Path, shelf: Path) -> Path | None:
    if not shelf.is_relative_to(folder):
        return None
    steps = [shelf, *shelf.parents][: len(shelf.relative_to(folder).parts)]
    return next((step for step in reversed(steps) if step.is_symlink()), None)


def _above(folder: Path) -> Path:
    return next(place for place in folder.parents if place.exists())


def _device(folder: Path) -> int | None:
    try:
        return folder.stat().st_dev
    except OSError:
        return None


def _has_acl(folder: Path) -> bool:
    try:
        return _ACL in os.listxattr(folder)
    except OSError:
        return False


def _rights_for(folder: Path, whom: Whom) -> str:
    place = _quoted(folder)
    return f"chgrp {whom.gid} {place} && chmod g+rwxs {place}"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
