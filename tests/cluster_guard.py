"""A program that runs a private PostgreSQL for one pytest process and outlives it by just long enough to clean up.

Its standard input is a pipe from pytest: when pytest ends in whatever way, Ctrl-C and kill -9 included, the pipe
closes, and the guard stops the server and removes the folder.
"""

import shutil
import sys
from pathlib import Path

from scannerd.db.embedded import Embedded

state, binaries = sys.argv[1:]
cluster = Embedded(Path(state), binaries=Path(binaries), settings={"fsync": "off", "autovacuum": "off"})
try:
    print(cluster.start(), flush=True)
    sys.stdin.read()
finally:
    cluster.stop()
    shutil.rmtree(Path(state).parent)
