"""The watcher of the libraries: which folders changed, as hints."""

import asyncio
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path

import pytest
from waiting import PATIENCE

from scannerd.library import watch
from scannerd.library.watch import Watch
from scannerd.library.watcher import Word, changed_folders
from scannerd.parsers import SUFFIXES

Said = tuple[str, Word, bytes]


def changed(root: Path, *paths: str, is_there: bool = True) -> list[bytes]:
    told = [(is_there, os.fsencode(root / path)) for path in paths]
    return changed_folders(os.fsencode(root), told, frozenset({b".mp3", b".flac"}))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A root with an album."""
    (tmp_path / "music" / "Blur" / "13").mkdir(parents=True)
    return tmp_path / "music"


def test_a_media_file_changes_its_folder(music: Path) -> None:
    assert changed(music, "Blur/13/Tender.mp3", "Blur/13/Bugman.FLAC") == [b"Blur/13/"]
    assert changed(music, "single.mp3") == [b""]


def test_other_files_change_nothing(music: Path) -> None:
    assert changed(music, "Blur/13/cover.jpg", "Blur/13/mp3", "Blur/13/.Tender.mp3", "Blur/13/Tender.mp3.part") == []


def test_what_lies_in_hidden_and_junk_folders_changes_nothing(music: Path) -> None:
    (music / "@eaDir").mkdir()

    assert changed(music, ".Trash-1000/Tender.mp3", "Blur/@eaDir/Tender.mp3", "#recycle/Tender.mp3", "@eaDir") == []


def test_an_ignore_file_changes_its_folder(music: Path) -> None:
    assert changed(music, "Blur/.ndignore") == [b"Blur/"]
    assert changed(music, ".ignore", is_there=False) == [b""]


def test_a_folder_that_appears_is_looked_at_whole(music: Path) -> None:
    assert changed(music, "Blur/13") == [b"Blur/13/"]
    assert changed(music, "Blur/13", "Blur") == [b"Blur/"]
    assert changed(music, ".") == [b""]


def test_what_is_gone_may_have_been_a_folder(music: Path) -> None:
    assert changed(music, "Blur/Vol. 2", is_there=False) == [b"Blur/"]
    assert changed(music, "Blur/gone/deep/Tender.mp3", is_there=False) == [b"Blur/"]
    assert changed(music, "gone/Tender.mp3", is_there=False) == [b""]


class Ear:
    """What a watch said so far."""

    def __init__(self, *roots: Path) -> None:
        self.said: list[Said] = []
        self._more = asyncio.Event()
        self.watch = Watch({os.fsencode(root): True for root in roots}, SUFFIXES, self._hear)

    def _hear(self, root: bytes, word: Word, what: bytes) -> None:
        self.said.append((Path(os.fsdecode(root)).name, word, what))
        self._more.set()

    async def until(self, *said: Said) -> None:
        """Wait until all of it was said, in any order, and forget what came before."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not set(said) <= set(self.said):
                    await self._more.wait()
                    self._more.clear()
        except TimeoutError:
            raise AssertionError(f"it was never said: {set(said) - set(self.said)}, but {self.said}") from None
        self.said.clear()


def listening(body: Callable[[Ear], Coroutine[None, None, None]], *roots: Path) -> None:
    async def run() -> None:
        ear = Ear(*roots)
        async with ear.watch:
            await body(ear)

    asyncio.run(run())


def test_changes_are_told_by_root_and_folder(music: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()

    async def body(ear: Ear) -> None:
        await ear.until(("music", Word.HEARING, b""), ("more", Word.HEARING, b""))
        (music / "Blur" / "13" / "Tender.mp3").write_bytes(b"")
        (more / "Bugman.flac").write_bytes(b"")
        await ear.until(("music", Word.CHANGED, b"Blur/13/"), ("more", Word.CHANGED, b""))
        shutil.copytree(music / "Blur", more / "Blur")
        await ear.until(("more", Word.CHANGED, b"Blur/"))
        async with asyncio.timeout(PATIENCE):
            await ear.watch.wait(float("inf"))

    listening(body, music, more)


def test_a_root_that_goes_away_is_heard_again_when_it_is_back(music: Path) -> None:
    async def body(ear: Ear) -> None:
        await ear.until(("music", Word.HEARING, b""))
        os.rename(music, music.with_name("away"))  # noqa: PTH104 - a Path's would be said to block the loop
        await ear.until(("music", Word.AWAY, b""))
        os.rename(music.with_name("away"), music)  # noqa: PTH104
        await ear.until(("music", Word.HEARING, b""))
        (music / "Blur" / "13" / "Tender.mp3").write_bytes(b"")
        await ear.until(("music", Word.CHANGED, b"Blur/13/"))

    listening(body, music)


def test_a_name_that_is_no_utf8_makes_a_root_deaf_and_is_told_once(
    music: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def body(ear: Ear) -> None:
        await ear.until(("music", Word.HEARING, b""))
        (music / "caf\udce9.mp3").write_bytes(b"")
        async with asyncio.timeout(PATIENCE):
            while not any(word is Word.DEAF for _, word, _ in ear.said):
                await ear.watch.wait(1)

    listening(body, music)
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert f"changes in {music} are not heard and are found by looking every so often: " in record.getMessage()


def test_a_watcher_that_dies_is_replaced(music: Path) -> None:
    async def body(ear: Ear) -> None:
        await ear.until(("music", Word.HEARING, b""))
        os.kill(watcher_of(os.getpid()), signal.SIGKILL)
        await ear.until(("music", Word.DEAF, b"the watcher ended"), ("music", Word.HEARING, b""))

    listening(body, music)


def test_a_watcher_that_does_not_get_on_is_silent_until_it_does(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_SILENT_AFTER", 3)

    async def body(ear: Ear) -> None:
        await ear.until(("music", Word.HEARING, b""))
        pid = watcher_of(os.getpid())
        os.kill(pid, signal.SIGSTOP)
        try:
            await ear.until(("music", Word.SILENT, b""))
        finally:
            os.kill(pid, signal.SIGCONT)
        (music / "Tender.mp3").write_bytes(b"")
        await ear.until(("music", Word.HEARING, b""), ("music", Word.CHANGED, b""))

    listening(body, music)


def watcher_of(parent: int) -> int:
    """The one child that is a watcher; threads and other children may end meanwhile."""
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                with suppress(OSError):
                    if b"scannerd.library.watcher" in Path(f"/proc/{child}/cmdline").read_bytes():
                        found.append(int(child))
    [pid] = found
    return pid


def test_without_roots_there_is_no_watcher_and_the_wait_ends_all_the_same() -> None:
    async def body(ear: Ear) -> None:
        await ear.watch.wait(0.01)
        ear.watch.wake()
        async with asyncio.timeout(PATIENCE):
            await ear.watch.wait(float("inf"))

    listening(body)


def test_the_watcher_is_light() -> None:
    """It lives as long as the daemon does."""
    code = "import json, sys, scannerd.library.watcher; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    assert set(loaded) & {"asyncio", "psycopg", "pydantic", "mutagen", "scannerd.parsers"} == set()


def test_all_suffixes_of_the_parsers_reach_the_watcher() -> None:
    assert b".mp3" in SUFFIXES
    assert not any(b"," in suffix for suffix in SUFFIXES)


@pytest.mark.parametrize("later", range(6))
def test_a_watch_that_ends_in_the_moment_in_which_something_is_heard_does_end(later: int) -> None:
    async def hear_and_end() -> bool:
        said = asyncio.StreamReader()
        listening = asyncio.create_task(Watch({}, (), lambda *_: None)._next(said))
        await asyncio.sleep(0.01)
        said.feed_data(b"a word\0")
        for _ in range(later):
            await asyncio.sleep(0)
        was_first = not listening.cancel()
        await asyncio.wait({listening})
        return was_first or listening.cancelled()

    assert asyncio.run(hear_and_end())


def test_a_watcher_that_does_not_die_is_not_waited_for(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead drive holds it: nothing else would outlive its kill, so that is what is left out here."""
    ear = Ear(music)

    async def run() -> None:
        with monkeypatch.context() as dead_drive:
            dead_drive.setattr(watch, "_REAPED_WITHIN", 0.05)
            dead_drive.setattr(asyncio.subprocess.Process, "kill", lambda _: None)
            async with ear.watch:
                await ear.until(("music", Word.HEARING, b""))
                watcher = watcher_of(os.getpid())
        os.kill(watcher, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others)

    asyncio.run(run())
