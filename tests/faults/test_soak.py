"""The soak, short: whether it still runs, and finds nothing in its first rounds."""

import subprocess
import sys
from pathlib import Path

import pytest
from moments import ALL
from running import environment


@pytest.mark.skipif(not ALL, reason="it takes a minute: SCANNERD_TEST_FAULTS=all, or `make soak` for the whole of it")
def test_a_short_soak_finds_nothing_lost_nothing_doubled_nothing_left(request: pytest.FixtureRequest) -> None:
    seed = int(request.config.getoption("randomly_seed", 1) or 1)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("soak.py"))],
        env=environment() | {"SECONDS": "20", "SEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
