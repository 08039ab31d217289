"""Become a scannerd whose work stands still at its first file, and is missed soon: `python stuck.py python -P -m …`."""

from __future__ import annotations

import runpy
import sys
import time
from typing import Any

from scannerd import daemon_lanes
from scannerd.inbox import lane


def _stand_still(*_given: Any, **_named: Any) -> None:
    time.sleep(3600)


if __name__ == "__main__":
    daemon_lanes.STUCK_AFTER = 1.0
    lane.Lane.take_in = _stand_still  # type: ignore[method-assign]
    sys.argv = sys.argv[sys.argv.index("scannerd") :]
    runpy.run_module("scannerd", run_name="__main__", alter_sys=True)
