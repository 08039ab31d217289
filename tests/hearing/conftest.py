"""Folders that not everybody may look into."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def partly_closed() -> Iterator[Path]:
    """Nine folders of which two are closed, with an open one inside, to whoever is not root."""
    root = Path(tempfile.mkdtemp(prefix="scannerd-")).resolve()
    for number in range(1, 10):
        (root / f"{number}" / "in").mkdir(parents=True)
    for closed in (root / "3" / "shut", root / "6"):
        closed.mkdir(exist_ok=True)
        closed.chmod(0)
    root.chmod(0o755)
    yield root
    for closed in (root / "3" / "shut", root / "6"):
        closed.chmod(0o755)
    shutil.rmtree(root)


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """Be somebody to whom things are closed."""
    return _as_nobody


@contextmanager
def _as_nobody() -> Iterator[None]:
    if os.geteuid():
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
