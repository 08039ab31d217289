"""Move one file without ever replacing or losing one.

On one filesystem it is renamed. Elsewhere order is the safety: the copy is complete and on the disk before its name
appears there, and that name is on the disk before the source goes. A crash in between leaves the file twice, never not
at all.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import itertools
import os
import stat
from pathlib import Path
from typing import BinaryIO

from scannerd.inbox.passing import passing_file
from scannerd.inbox.settle import Stamp

_CHUNK = 1024 * 1024
_NOREPLACE = 1
_AT_FDCWD = -100
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
_RENAMEAT2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def can_move(folder: Path) -> bool:
    """Whether files may be moved out of the folder: tried, because mode bits say little about shares and ACLs."""
    try:
        with passing_file(folder):
            return True
    except OSError as exc:
        if exc.errno in _READ_ONLY:
            return False
        raise


def move(source: Path, target: Path, *, stamp: Stamp, sha256: bytes) -> bool:
    """Move the file with this stamp and hash; False when it changed meanwhile, and is then left to settle again.

    FileExistsError when the target's name is taken; PermissionError when the source may not leave its folder.
    """
    if not is_unchanged(source, stamp):
        return False
    try:
        _rename(source, target)
    except OSError as exc:
        # Two mounts, though perhaps of one filesystem.
        if exc.errno != errno.EXDEV:
            raise
        return _copy(source, target, stamp=stamp, sha256=sha256)
    if not is_unchanged(target, stamp):
        # Somebody wrote through our rename: what was imported is not what lies here.
        _put_back(target, source)
        return False
    sync_folder(target.parent)
    sync_folder(source.parent)
    return True


def remove(source: Path, stamp: Stamp) -> bool:
    """Remove a file that lies elsewhere too, unless it changed since it was read."""
    if not is_unchanged(source, stamp):
        return False
    source.unlink()
    sync_folder(source.parent)
    return True


def is_unchanged(path: Path, stamp: Stamp) -> bool:
    """Whether the very file with this stamp lies there."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(seen.st_mode) and Stamp.of(seen) == stamp


def open_unchanged(path: Path, stamp: Stamp) -> BinaryIO | None:
    """Open the very file with this stamp; None when something else is there. Never follows a link, never hangs."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
            return None
        raise
    seen = os.fstat(handle)
    if stat.S_ISREG(seen.st_mode) and Stamp.of(seen) == stamp:
        return os.fdopen(handle, "rb")
    os.close(handle)
    return None


def write_whole(target: Path, data: bytes) -> None:
    """Write a small file whole or not at all, in place of an earlier one."""
    with passing_file(target.parent) as (passing, file):
        give_owner(file.fileno(), target.parent.stat())
        _give_rights(file.fileno(), 0o644)
        file.write(data)
        _flush(file)
        passing.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(handle)
    finally:
        os.close(handle)


def sync(folder: int) -> None:
    """The same of an open folder."""
    try:
        os.fsync(folder)
    except OSError as exc:
        # Some network drives cannot; what they promise about names is then all there is.
        if exc.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def give_owner(handle: int, like: os.stat_result) -> None:
    """What root makes among somebody's files is that somebody's."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # as with rights: some drives refuse
            os.fchown(handle, like.st_uid, like.st_gid)


def _put_back(target: Path, source: Path) -> None:
    """Under its own name, unless a new file has taken that; recognised by content, it may have any."""
    names = itertools.chain([source.name], (f"{source.name}.{number}" for number in itertools.count(2)))
    for name in names:
        try:
            _rename(target, source.with_name(name))
        except FileExistsError:
            continue
        return


def _copy(source: Path, target: Path, *, stamp: Stamp, sha256: bytes) -> bool:
    original = open_unchanged(source, stamp)
    if original is None:
        return False
    with original, passing_file(target.parent) as (passing, copy):
        if _pour(original, copy) != sha256:
            return False
        _rename(passing, target)
    sync_folder(target.parent)
    try:
        if remove(source, stamp) or not os.path.lexists(source):
            return True
    except OSError:
        if is_unchanged(source, stamp):
            target.unlink()
        raise
    # Written anew while we copied: what was imported is no longer what was dropped.
    target.unlink()
    return False


def _pour(original: BinaryIO, copy: BinaryIO) -> bytes:
    """Copy bytes, times, owner and rights, down to the disk; the answer is the hash of what was copied."""
    digest = hashlib.sha256()
    while chunk := original.read(_CHUNK):
        digest.update(chunk)
        copy.write(chunk)
    seen = os.fstat(original.fileno())
    give_owner(copy.fileno(), seen)
    # Without set-user-ID and its kin: where the owner could not be kept, the copy is ours, or root's. What we make is
    # not for everybody to write to.
    _give_rights(copy.fileno(), seen.st_mode & 0o664)
    copy.flush()
    with contextlib.suppress(OSError):  # as with rights: some drives refuse, and the bytes are what counts
        os.utime(copy.fileno(), ns=(seen.st_atime_ns, seen.st_mtime_ns))
    _flush(copy)
    return digest.digest()


def _rename(source: Path, target: Path) -> None:
    """Rename without ever replacing: FileExistsError when the name is taken."""
    if _RENAMEAT2 is None:
        return _rename_to_reserved(source, target)
    if _RENAMEAT2(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _NOREPLACE) == 0:
        return None
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), os.fspath(source), None, os.fspath(target))
    return _rename_to_reserved(source, target)


def _rename_to_reserved(source: Path, target: Path) -> None:
    """The same where the filesystem knows no such rename (NFS, CIFS): the name is taken first, then filled."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        source.rename(target)
    except OSError:
        target.unlink()
        raise


def _give_rights(handle: int, mode: int) -> None:
    with contextlib.suppress(OSError):  # FAT and network drives have their own idea of rights
        os.fchmod(handle, mode)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
