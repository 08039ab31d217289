"""The worker process: chunks of files in, results out, under limits, until its parent hangs up.

It is started as a program of its own, so that nothing of the daemon is in it: no event loop, no connection, no
settings. What a file does to it (hang, crash, eat memory) it does to this process alone; `in_hand` says which it was.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import stat
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NoReturn

from scannerd.library.in_hand import InHand
from scannerd.library.job import OUT_OF_MEMORY, Answer, Gone, Job, Ready, Result, Start
from scannerd.library.stamps import Stamp, content_hash
from scannerd.model.media import Parsed, Unreadable

Parse = Callable[[bytes], Parsed | Unreadable]

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_FIRST_TO_GO = b"500"  # of 1000: a system short of memory takes a worker before it takes the database or its parent


def main() -> None:
    """Work until nobody asks or listens any more."""
    channel, note = (int(word) for word in sys.argv[1:])
    questions, answers = os.fdopen(channel, "rb"), os.fdopen(os.dup(channel), "wb")
    code = 0
    try:
        parse = prepared(pickle.load(questions))  # noqa: S301  # only our own parent writes here
        work(Reader(parse, InHand(note)), questions, answers)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent hung up
    except MemoryError:
        code = OUT_OF_MEMORY
    os._exit(code)  # nothing is left to tidy up, and what a parser left behind must not hold us


def prepared(start: Start) -> Parse:
    """The parser, and everything in place for it to run."""
    leave_with_parent(start.parent)
    module, _, name = start.parse.partition(":")
    parse: Parse = getattr(import_module(module), name)
    confine(start.memory)
    gc.freeze()  # what the imports made stays, and need not be looked through again and again
    gc.disable()  # see `work`
    return parse


def leave_with_parent(parent: int) -> None:
    """End when the parent ends, however that may be; leave Ctrl-C, the service's stop and any hangup to it."""
    import ctypes

    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)  # the parent died before we could ask to be told
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def confine(memory: int) -> None:
    """Take the memory limit, which counts from here."""
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    wanted = pages * resource.getpagesize() + memory
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # some containers do not allow it
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)


def work(reader: Reader, questions: BinaryIO, answers: BinaryIO) -> NoReturn:
    """Answer chunk by chunk; EOFError when there are no more."""
    tell(answers, Ready(time.process_time()))
    while True:
        jobs: list[Job] = pickle.load(questions)  # noqa: S301  # only our own parent writes here
        began = time.monotonic()
        results = [reader.read(job) for job in jobs]
        reader.in_hand.put_down()
        tell(answers, Answer(results, time.monotonic() - began))
        gc.collect()  # once a chunk, and while the next one is on its way, instead of in the middle of files


def tell(answers: BinaryIO, value: Ready | Answer) -> None:
    """Write one value with its length in front, since the parent never waits for the rest of one."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    answers.write(len(data).to_bytes(8, "little"))
    answers.write(data)
    answers.flush()


class Reader:
    """Reads one file after the other and lets it be known which."""

    def __init__(self, parse: Parse, in_hand: InHand) -> None:
        self._parse = parse
        self.in_hand = in_hand

    def read(self, job: Job) -> Result:
        """One file, whatever it is."""
        self.in_hand.take(job.number)
        try:
            # What is no file but a pipe would hold us for ever.
            file = os.open(job.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return Result(job.number, Gone(), None, None)
        except OSError as exc:
            return Result(job.number, Unreadable(f"it cannot be opened: {words_of(exc)}"), None, None)
        try:
            return self._opened(job, file)
        finally:
            os.close(file)

    def _opened(self, job: Job, file: int) -> Result:
        try:
            found = os.fstat(file)
        except OSError as exc:
            return Result(job.number, Unreadable(f"it cannot be looked at: {words_of(exc)}"), None, None)
        # No second look afterwards: if the file changes from here on, its next stamp is another one than this.
        stamp = Stamp.of(found)
        self.in_hand.see(stamp)
        if not stat.S_ISREG(found.st_mode):
            return Result(job.number, Unreadable("it is no regular file"), stamp, None)
        if not found.st_size:
            return Result(job.number, Unreadable("the file is empty (0 bytes)"), stamp, None)
        return Result(job.number, self._outcome(job.path), stamp, _hash_of(file, found.st_size))

    def _outcome(self, path: bytes) -> Parsed | Unreadable:
        try:
            return self._parse(path)
        except MemoryError:
            raise
        except Exception as exc:  # noqa: BLE001  # a parser's fault must cost one file and reach its owner in words
            place = traceback.extract_tb(exc.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            return Unreadable(f"the parser failed at {where} ({type(exc).__name__}), which is a fault of scannerd")


def words_of(exc: OSError) -> str:
    """The system's words for it, in our spelling."""
    return (exc.strerror or type(exc).__name__).lower()


def _hash_of(file: int, size: int) -> bytes | None:
    try:
        return content_hash(file, size)
    except OSError:
        return None  # the outcome says what is wrong with the file


if __name__ == "__main__":
    main()
