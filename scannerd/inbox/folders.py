"""The folders of the shelves: made when missing, held open while they are used, never reached through a link.

Whoever may write to the drop folder could put a link in the place of a shelf, and have us, perhaps as root, move and
write files wherever it leads.

What is made here is never open for everybody to write to, whatever the umask; what is there already keeps its mode.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scannerd.inbox.moving import give_owner, sync

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_AT_MOST = 0o775


@contextmanager
def opened(folder: Path, *, below: Path | None = None, make: bool = False) -> Iterator[Path]:
    """Hold a folder open; a path below the answer leads into this very one, whatever has its name by now.

    Links on the way to `below` (by default the folder itself) were made by who may; a later one is an OSError.
    """
    root = folder if below is None else below
    if make:
        make_folder(root)
    handle = os.open(root, _FOLDER)
    try:
        place = root
        for name in folder.relative_to(root).parts:
            place /= name
            parent, handle = handle, _enter(handle, name, place, make=make)
            os.close(parent)
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


def _enter(parent: int, name: str, place: Path, *, make: bool) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except FileNotFoundError:
        if not make:
            raise
    except NotADirectoryError as exc:
        raise _refusal(parent, name, place) from exc
    _make(parent, name, is_shelf=True)
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)


def _refusal(parent: int, name: str, place: Path) -> OSError:
    if stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        why = f"{place} is a symbolic link, which is never followed: set inbox.done_folder or failed_folder instead"
        return OSError(errno.ELOOP, why)
    return OSError(errno.ENOTDIR, f"{place} is no folder")


def make_folder(folder: Path) -> None:
    """Make a folder whose place is the owner's own choice, with all above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    handle = os.open(folder.parent, _FOLDER)
    try:
        _make(handle, folder.name)
    finally:
        os.close(handle)


def _make(parent: int, name: str, *, is_shelf: bool = False) -> None:
    """Make a folder that belongs to whom the one above it belongs, and see to it that its name is on the disk too."""
    try:
        os.mkdir(name, _AT_MOST, dir_fd=parent)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), name) from None
        return  # another scannerd made it just now
    made = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    try:
        above = os.fstat(parent)
        give_owner(made, above)
        if is_shelf:
            _let_in_the_group(made, above)
    finally:
        os.close(made)
    sync(parent)


def _let_in_the_group(shelf: int, above: os.stat_result) -> None:
    """Who may drop files by the folder's group may read the reports and take a failed file back, whatever the umask."""
    with suppress(OSError):  # we are not of that group, or the drive has its own idea of rights
        os.fchown(shelf, -1, above.st_gid)
        seen = os.fstat(shelf)
        rights = seen.st_mode | above.st_mode & stat.S_IRWXG
        # Only where something is missing: whoever is not of the group loses the set-group-ID bit by this.
        if seen.st_gid == above.st_gid and rights != seen.st_mode:
            os.fchmod(shelf, stat.S_IMODE(rights))
