"""The watcher of the drop folder: a hint that something is new, and never more than that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from scannerd.inbox.watch import Watch

LONG = 200.0
"""Nobody waits half as long in a test: so it was heard."""


async def until_ready(watch: Watch) -> None:
    """Let the watcher begin to hear, and forget what was heard before."""
    await until(lambda: watch.is_hearing)
    await watch.wait(0.5)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG / 2):
        while not holds():  # noqa: ASYNC110 - nothing rings when it becomes true
            await asyncio.sleep(0.02)


def heard(folder: Path, act: Callable[[], object]) -> None:
    """Do something in the folder, and come back as soon as the watch heard of it."""

    async def body() -> None:
        async with Watch(folder, may_hear=lambda: True) as watch:
            await until_ready(watch)
            act()
            async with asyncio.timeout(LONG / 2):
                await watch.wait(LONG)

    asyncio.run(body())


def test_a_new_file_is_heard(drop: Path) -> None:
    heard(drop, lambda: (drop / "a.json").write_bytes(b"[]"))


def test_a_file_in_a_new_folder_is_heard(drop: Path, tmp_path: Path) -> None:
    (tmp_path / "Anna").mkdir()
    (tmp_path / "Anna" / "a.json").write_bytes(b"[]")

    heard(drop, lambda: (tmp_path / "Anna").rename(drop / "Anna"))


def move(source: Path, target: Path) -> None:
    source.rename(target)


def replace(folder: Path) -> None:
    folder.rename(folder.with_name("old"))
    folder.mkdir()


def test_a_folder_put_in_the_place_of_the_first_is_heard(drop: Path) -> None:
    async def body() -> None:
        async with Watch(drop, may_hear=lambda: True) as watch:
            await until_ready(watch)
            began = watch.hearing_since
            replace(drop)
            await until(lambda: watch.hearing_since > began)
            await until_ready(watch)
            (drop / "a.json").write_bytes(b"[]")
            async with asyncio.timeout(LONG / 2):
                await watch.wait(LONG)

    asyncio.run(body())


def test_a_name_that_is_no_utf8_does_not_end_the_watch(drop: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        async with Watch(drop, may_hear=lambda: True) as watch:
            await until_ready(watch)
            began = watch.hearing_since
            (drop / "caf\udce9.json").write_bytes(b"[]")
            await until(lambda: watch.hearing_since > began)
            await until_ready(watch)
            (drop / "after.json").write_bytes(b"[]")
            async with asyncio.timeout(LONG / 2):
                await watch.wait(LONG)

    asyncio.run(body())
    [told] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert told == (
        f"changes in {drop} are not heard and are found by looking every so often: "
        f"a name that is no UTF-8: {drop}/caf\\xE9.json "
        "(to mend it: rename it; the program convmv does that for many at once)"
    )


def test_a_folder_that_comes_back_is_noticed_and_heard(drop: Path) -> None:
    async def body() -> None:
        async with Watch(drop, may_hear=lambda: True) as watch:
            await until(lambda: watch.mode == "events")
            move(drop, drop.with_name("away"))
            await until(lambda: watch.mode == "away")
            await watch.wait(0.5)
            move(drop.with_name("away"), drop)
            async with asyncio.timeout(LONG / 2):
                await watch.wait(LONG)
            assert watch.mode == "events"

    asyncio.run(body())


def test_a_watch_that_is_not_to_hear_says_why(drop: Path) -> None:
    async def body(watch: Watch) -> None:
        assert (watch.mode, watch.why) == ("polling", "its watch is being set up")
        await until(lambda: watch.why == "a network drive")
        assert (watch.mode, watch.is_hearing) == ("polling", False)

    quietly(drop, body)


def quietly(folder: Path, body: Callable[[Watch], Awaitable[None]]) -> None:
    """The same without the kernel."""

    async def run() -> None:
        async with Watch(folder, may_hear=lambda: False) as watch:
            await body(watch)

    asyncio.run(run())


def test_without_the_kernel_the_wait_ends_by_itself(drop: Path) -> None:
    async def body(watch: Watch) -> None:
        (drop / "a.json").write_bytes(b"[]")
        await watch.wait(0.05)

    quietly(drop, body)


def test_a_wake_that_comes_before_the_wait_is_not_lost(drop: Path) -> None:
    async def body(watch: Watch) -> None:
        watch.wake()
        async with asyncio.timeout(LONG / 2):
            await watch.wait(LONG)

    quietly(drop, body)


def test_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    async def body() -> None:
        async with Watch(tmp_path / "missing", may_hear=lambda: True) as watch:
            await watch.wait(0.05)
            await until(lambda: watch.mode == "away")
            assert watch.why == ""

    asyncio.run(body())
