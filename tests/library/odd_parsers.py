"""A parser that does what its file's first word says; workers import it by name, it is no test."""

import os
import signal
import sys
import time
from pathlib import Path

from scannerd.model.media import Parsed, Unreadable


def parse(path: bytes) -> Parsed | Unreadable:
    file = Path(os.fsdecode(path))
    deed = file.read_text().split()[0]
    details = DEEDS[deed](file) if deed in DEEDS else None
    return Parsed(format=deed, title=file.name, details={"told": details} if details else {})


def fine(file: Path) -> None:
    pass


def slow(file: Path) -> None:
    time.sleep(0.15)


def held(file: Path) -> None:
    file.with_suffix(".begun").touch()
    while not file.with_suffix(".go").exists():
        time.sleep(0.002)


def hang(file: Path) -> None:
    note = file.with_suffix(".new")
    note.write_text(str(os.getpid()))
    note.rename(file.with_suffix(".pid"))
    while True:
        time.sleep(3600)


def eat(file: Path) -> None:
    eaten = []
    while True:
        eaten.append(bytes(1024 * 1024))


def segfault(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def killed(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave(file: Path) -> None:
    os._exit(0)


def crash_once(file: Path) -> None:
    tried = file.with_suffix(".tried")
    if not tried.exists():
        tried.touch()
        os._exit(3)


def fail(file: Path) -> None:
    raise KeyError("no such atom")


def ctrl_c(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)


def chatter(file: Path) -> None:
    print("mutagen says hello")


def grow(file: Path) -> None:
    with file.open("a") as out:
        out.write("more")


def modules(file: Path) -> list[str]:
    return sorted(sys.modules)


def environment(file: Path) -> list[str]:
    return sorted(os.environ)


def process(file: Path) -> str:
    return str(os.getpid())


def large(file: Path) -> list[str]:
    return ["x" * 4096] * 1000


DEEDS = {
    deed.__name__: deed
    for deed in (
        *(fine, slow, held, hang, eat, segfault, killed, leave, crash_once, fail, ctrl_c, chatter, grow),
        *(modules, environment, process, large),
    )
}
