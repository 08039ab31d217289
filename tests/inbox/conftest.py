"""Folders of the kinds a NAS has."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another filesystem than `tmp_path`."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second filesystem here: /dev/shm cannot be written or is that of the temporary folder")
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def read_only(drop: Path) -> Iterator[Path]:
    """The drop folder, holding `a.json`, mounted so that nobody can write to it."""
    (drop / "a.json").write_bytes(b"[]")
    if os.geteuid() != 0:
        drop.chmod(0o555)
        yield drop
        drop.chmod(0o755)
        return
    for command in (["mount", "--bind", drop, drop], ["mount", "-o", "remount,ro,bind", drop]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            subprocess.run(["umount", drop], capture_output=True, check=False)
            pytest.skip(f"root may write everywhere, and cannot mount here: {done.stderr.strip()}")
    yield drop
    subprocess.run(["umount", "--lazy", drop], check=True)
