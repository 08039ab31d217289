"""A program that outlives a pytest that was killed, by just long enough to end what that left running.

Its standard input is a pipe from pytest. What works below the folder it is given when the pipe closes is killed, and
the folder goes; after a session that ended well there is nothing of either.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from running import working_in

folder = Path(sys.argv[1])
sys.stdin.read()
while left := working_in(folder):
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(int(process.split(":")[0]), signal.SIGKILL)
    time.sleep(0.05)
for place in folder.glob("*"):
    if place.is_mount():
        subprocess.run(["umount", "--lazy", place], check=False)
shutil.rmtree(folder, ignore_errors=True)
