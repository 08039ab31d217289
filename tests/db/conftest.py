"""A private PostgreSQL that is there already: most tests are not about initdb."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded


@pytest.fixture(scope="session")
def made(postgres: Binaries, new_open_folder: Callable[[], Path]) -> Path:
    """A state folder with a fresh, stopped cluster, to be copied and never used."""
    folder = new_open_folder() / "state"
    with Embedded(folder, binaries=postgres.folder, settings={"fsync": "off"}):
        pass
    return folder
