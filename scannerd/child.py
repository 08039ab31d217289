"""What a process of ours that handles foreign files gets of our environment."""

from __future__ import annotations

import os
from pathlib import Path

import scannerd

_NOT_FOR_CHILDREN = ("SCANNERD_", "PG", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
_HOME = str(Path(scannerd.__file__).parent.parent)


def environment() -> dict[str, str]:
    """Ours, but for settings, secrets and the way to the database: hostile files may take such a process over."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_CHILDREN)}
    path = kept.get("PYTHONPATH")
    return kept | {"PYTHONPATH": f"{_HOME}{os.pathsep}{path}" if path else _HOME}
