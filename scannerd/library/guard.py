"""Whether what vanished from a root may be marked missing, or the root only looks so: unmounted, offline. Pure."""

from __future__ import annotations

from typing import NamedTuple

HINT = 'if these files are gone for good, say so: "scannerd scan --accept-missing"'


class Guard(NamedTuple):
    """How much may be gone at once: more than this share of a root, and more than so many files, is asked about."""

    share: float = 0.2
    least: int = 50


USUAL = Guard()


def may_mark_missing(known: int, vanished: int, *, seen: int, guard: Guard = USUAL) -> str | None:
    """None when it may; else why not, for the owner of the NAS.

    `known` are the root's files that were not missing before; `vanished` those of them that were not found, nor
    found to have moved; `seen` all media files that the walk found.
    """
    if not vanished:
        return None
    if not seen:
        return f"no media file was found, although {_files(known)} known; perhaps its drive or share is not mounted"
    if vanished > guard.least and vanished > guard.share * known:
        return (
            f"{vanished:,} of {known:,} known files are gone, more than {guard.share:.0%}; "
            "perhaps a drive or share below it is not mounted"
        )
    return None


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"
