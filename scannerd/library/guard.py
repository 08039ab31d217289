"""Whether what vanished from a root may be marked missing, or the root only looks so: unmounted, offline. Pure."""

from __future__ import annotations

HINT = 'if these files are gone for good, say so: "scannerd scan --accept-missing"'


def may_mark_missing(known: int, vanished: int, *, seen: int, share: float = 0.2, least: int = 50) -> str | None:
    """None when it may; else why not, for the owner of the NAS.

    `known` are the root's files that were not missing before; `vanished` those of them that were not found, nor
    found to have moved; `seen` all media files that the walk found.
    """
    if not vanished:
        return None
    if not seen:
        return f"no media file was found, although {_files(known)} known; perhaps its drive or share is not mounted"
    if vanished > least and vanished > share * known:
        return (
            f"{vanished:,} of {known:,} known files are gone, more than {share:.0%}; "
            "perhaps a drive or share below it is not mounted"
        )
    return None


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"
