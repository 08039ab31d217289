"""How often a costly rule is tried on examples: a few times with every change, as often as wanted in a run by hand.

SCANNERD_TEST_EXAMPLES=10 tries ten times as many.
"""

import os

_TIMES = int(os.environ.get("SCANNERD_TEST_EXAMPLES", "1"))


def examples(few: int) -> int:
    """So many with every change."""
    return few * _TIMES
