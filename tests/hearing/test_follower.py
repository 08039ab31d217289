"""Who follows one folder: what is said of it, and when."""

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
import watchfiles

from scannerd.hearing import follower, lookout
from scannerd.hearing.follower import SETTING_UP, Follower, Pauses, Word
from scannerd.hearing.lookout import Lookout, place_of

sys.path.append(str(Path(__file__).parents[1] / "faults"))
from dead_mount import dead_mount

sys.path.append(str(Path(__file__).parents[1]))
from waiting import PATIENCE, wait_until

HELD = 20  # looks in a row, a second of them or more
FEW = Path(__file__).parents[1] / "faults" / "few_watches.py"
LOADED = (platform, watchfiles)  # which nobody may load as somebody else
Said = tuple[Word, bytes]


class Ear:
    """What was said of one folder."""

    def __init__(self, root: Path, *, why_not: bytes = b"") -> None:
        self._said: Queue[Said] = Queue()
        self._root = os.fsencode(root)
        self.follower = Follower(
            self._root,
            lambda word, what: self._said.put((word, what)),
            changed=self._changed,
            why_not=lambda: why_not,
            pauses=Pauses(0.1, 0.1),
        )

    def _changed(self, changes: Iterable[Any]) -> Iterator[bytes]:
        yield from (os.fsencode(path).removeprefix(self._root) for _, path in changes)

    def until(self, *said: Said) -> list[Said]:
        """Wait until all of it was said, and what was said on the way."""
        found: list[Said] = []
        until = time.monotonic() + PATIENCE
        while not set(said) <= set(found):
            try:
                found.append(self._said.get(timeout=max(0.1, until - time.monotonic())))
            except Empty:
                raise AssertionError(f"it never said {set(said) - set(found)}, but {found}") from None
        return found

    def checked_until(self, said: Said) -> None:
        """The same for what is only said when somebody checks, every so often."""
        found: list[Said] = []

        def is_said() -> bool:
            self.follower.check()
            found.extend(self.so_far())
            return said in found

        wait_until(is_said, f"it says {said}")

    def so_far(self) -> list[Said]:
        """What was said since, without waiting for more."""
        found: list[Said] = []
        while not self._said.empty():
            found.append(self._said.get())
        return found


@contextmanager
def following(root: Path, *, why_not: bytes = b"") -> Iterator[Ear]:
    ear = Ear(root, why_not=why_not)
    ear.follower.start()
    try:
        yield ear
    finally:
        ear.follower.stop()
        # Or it would go on beside the tests that follow, and Python may end while it is in the watcher's code.
        wait_until(lambda: ear.follower.has_ended, "the follower ends")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (follower, lookout):
        monkeypatch.setattr(module, "TICK", 0.05)


HEARING = (Word.HEARING, b"")
AWAY = (Word.AWAY, b"")


def test_a_folder_is_followed_away_and_back(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with following(root) as ear:
        assert ear.until(HEARING) == [(Word.POLLED, SETTING_UP), HEARING]
        (root / "a").touch()
        ear.until((Word.CHANGED, b"/a"))
        root.rename(tmp_path / "away")
        ear.until(AWAY)
        root.mkdir()
        ear.until(HEARING)
        (root / "b").touch()
        ear.until((Word.CHANGED, b"/b"))


def test_what_is_not_to_be_heard_is_polled_for_the_reason_given(tmp_path: Path) -> None:
    polled = (Word.POLLED, b"a network drive")
    with following(tmp_path / "root", why_not=b"a network drive") as ear:
        ear.until(AWAY)
        (tmp_path / "root").mkdir()
        ear.until(polled)
        (tmp_path / "root").rmdir()
        assert ear.until(AWAY) == [AWAY]


def test_beside_and_below_closed_folders_changes_are_heard(
    partly_closed: Path, as_nobody: Callable[[], AbstractContextManager[None]]
) -> None:
    with ExitStack() as stack:
        with as_nobody():
            ear = stack.enter_context(following(partly_closed))
            ear.until(HEARING)
        for number in (1, 2, 3, 4, 5, 7, 8, 9):
            (partly_closed / f"{number}" / "in" / "new").touch()
        ear.until(*((Word.CHANGED, b"/%d/in/new" % number) for number in (1, 2, 3, 4, 5, 7, 8, 9)))


def test_a_name_that_is_no_utf8_is_named_and_the_folder_heard_again(tmp_path: Path) -> None:
    with following(tmp_path) as ear:
        ear.until(HEARING)
        (tmp_path / "caf\udce9.mp3").touch()
        *_, (word, what) = ear.until(HEARING)
    with following(tmp_path) as ear:
        ear.until(HEARING)
        (tmp_path / "th\udce9.mp3").touch()
        said = ear.until(HEARING)
    assert (word, what) == HEARING
    [deaf] = {what.partition(b"\n")[0] for word, what in said if word is Word.DEAF}
    assert deaf == b"a name that is no UTF-8: " + os.fsencode(tmp_path) + b"/th\\xE9.mp3"


LIMITED = """
import os, sys, threading
from pathlib import Path
from scannerd.hearing.follower import *
said, heard = [], threading.Event()
def tell(word, what):
    said.append((word.value, what.partition(b"\\n")[0].decode()))
    if word is Word.DEAF:
        Path("/proc/sys/user/max_inotify_watches").write_text("1000")
    if word is Word.HEARING:
        heard.set()
Follower(sys.argv[1].encode(), tell, changed=lambda _: [], why_not=bytes, pauses=Pauses(60, 60)).start()
heard.wait(90)
print(said[1:], flush=True)
os._exit(0)  # Python must not end while a thread is in the watcher's code
"""


def test_what_does_not_fit_is_deaf_until_the_system_allows_more(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}").mkdir()
    command = [sys.executable, str(FEW), "20", sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "user namespace" in done.stderr:
        pytest.skip(f"the limit cannot be lowered here: {done.stderr.strip()}")

    assert done.stdout.strip() == "[('deaf', 'the limit of inotify watches'), ('hearing', '')]"


OUTGROWN = """
import os, sys, threading
from pathlib import Path
from scannerd.hearing import follower
from scannerd.hearing.follower import *
follower.ROOM_EVERY = 0.1
root, said, ended = Path(sys.argv[1]), [], threading.Event()
def tell(word, what):
    said.append(word.value)
    if said[-1:] == ["hearing"] and "deaf" not in said:
        for number in range(30):
            (root / str(number)).mkdir()
    if word is Word.DEAF:
        Path("/proc/sys/user/max_inotify_watches").write_text("1000")
    if word is Word.HEARING and "deaf" in said:
        ended.set()
Follower(sys.argv[1].encode(), tell, changed=lambda _: [], why_not=bytes, pauses=Pauses(0.1, 0.1)).start()
ended.wait(90)
print(said, flush=True)
os._exit(0)
"""


def test_a_limit_that_is_reached_while_it_hears_is_noticed(tmp_path: Path) -> None:
    command = [sys.executable, str(FEW), "20", sys.executable, "-c", OUTGROWN, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "user namespace" in done.stderr:
        pytest.skip(f"the limit cannot be lowered here: {done.stderr.strip()}")

    assert done.stdout.strip() == "['polled', 'hearing', 'deaf', 'hearing']"


def test_a_drive_that_does_not_answer_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "SILENT_AFTER", 0.2)
    root = tmp_path / "share"
    root.mkdir()
    with following(root) as ear:
        ear.until(HEARING)
        try:
            with dead_mount(root):
                ear.checked_until((Word.SILENT, b""))
                until_it_hangs(ear)
        except OSError as exc:
            pytest.skip(f"no file system can be mounted here: {exc.strerror}")
        ear.checked_until(HEARING)


def until_it_hangs(ear: Ear) -> None:
    """Where a machine stands still, any drive is silent for a moment; what was said until here is forgotten."""
    held = 0

    def hangs() -> bool:
        nonlocal held
        ear.follower.check()
        held = held + 1 if ear.follower.is_silent else 0
        return held > HELD

    wait_until(hangs, "the look at the drive hangs")
    ear.so_far()


def test_a_look_tells_what_lies_there(tmp_path: Path) -> None:
    stop = threading.Event()
    look = Lookout(os.fsencode(tmp_path / "gone"), stop)
    look.start()
    stop.set()

    assert not look.is_silent  # nothing there is an answer
    assert place_of(os.fsencode(tmp_path)) == (tmp_path.stat().st_dev, tmp_path.stat().st_ino)
    assert place_of(os.fsencode(tmp_path / "gone")) is None
