"""The folders of the shelves: made when missing, held open while they are used, never reached through a link.

Whoever may write to the drop folder could put a link in the place of a shelf, and have us, perhaps as root, move and
write files wherever it leads.
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


@contextmanager
def opened(folder: Path, *, below: Path | None = None, make: bool = False) -> Iterator[Path]:
    """Hold a folder open; a path below the answer leads into this very one, whatever has its name by now.

    Links on the way to `below` (by default the folder itself) were made by who may; a later one is an OSError.
    """
    root = folder if below is None else below
    if make:
        _make_all(root)
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
    _make(parent, name)
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)


def _refusal(parent: int, name: str, place: Path) -> OSError:
    if stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        why = f"{place} is a symbolic link, which is never followed: set inbox.done_folder or failed_folder instead"
        return OSError(errno.ELOOP, why)
    return OSError(errno.ENOTDIR, f"{place} is no folder")


def _make_all(folder: Path) -> None:
    """Make a folder whose place is the owner's own choice, with all above it."""
    if folder.is_dir():
        return
    _make_all(folder.parent)
    handle = os.open(folder.parent, _FOLDER)
    try:
        _make(handle, folder.name)
    finally:
        os.close(handle)


def _make(parent: int, name: str) -> None:
    """Make a folder that belongs to whom the one above it belongs, and see to it that its name is on the disk too."""
    with suppress(FileExistsError):  # another scannerd made it just now
        os.mkdir(name, dir_fd=parent)
        made = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
        give_owner(made, os.fstat(parent))
        os.close(made)
        sync(parent)
