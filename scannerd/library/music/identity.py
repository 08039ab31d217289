"""Identities of releases and tracks, as `scannerd.set_identity` in the database makes them. Pure."""

from __future__ import annotations

import hashlib


def identity(*parts: str | None) -> bytes:
    """SHA-256 of the parts joined by U+001F, which no cleaned name contains; None counts as nothing."""
    return hashlib.sha256("\x1f".join(part or "" for part in parts).encode()).digest()
