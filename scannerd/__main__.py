"""`python -m scannerd` is `scannerd`."""

from __future__ import annotations

import sys

from scannerd.cli import main

if __name__ == "__main__":
    sys.exit(main())
