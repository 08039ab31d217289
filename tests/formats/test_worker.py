"""The worker process: what it gives, what it refuses, and that nothing outlives its purpose."""

from __future__ import annotations

import errno
import gzip
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from waiting import PATIENCE

from scannerd.errors import BadExport, CutOffExport, ExportError, HostileExport, UnknownFormat
from scannerd.formats import frames
from scannerd.formats.frames import Silence, receive, send
from scannerd.formats.job import Job
from scannerd.formats.worker import (
    ExportStream,
    LeftMember,
    MemberRead,
    Progress,
    ReaderKilled,
    Reading,
    WorkerLimits,
    open_export,
)
from scannerd.model.batch import Batch, Window

NOW = Window(now=datetime(2026, 1, 1, tzinfo=UTC))
UTC_ZONE = ZoneInfo("UTC")


def scrobble(number: int) -> dict[str, object]:
    track = {"artists": [f"Artist {number % 100}"], "title": f"Title {number % 1000}", "album": None, "length": None}
    return {"time": 1_500_000_000 + number, "track": track, "duration": None, "origin": "client:default"}


def maloja(path: Path, rows: int, padding: str = "") -> Path:
    with path.open("w") as file:
        file.write('{"maloja": {"export_time": 1}, "scrobbles": [')
        for number in range(rows):
            file.write((", " if number else "") + json.dumps(scrobble(number) | {"padding": padding}))
        file.write("]}")
    return path


def read(path: Path | int, limits: WorkerLimits | None = None, name: str = "") -> tuple[list[Batch], Reading]:
    target = path if isinstance(path, int) else str(path)
    shown = name or (path.name if isinstance(path, Path) else "file")
    with open_export(target, name=shown, time_zone=UTC_ZONE, window=NOW, limits=limits) as stream:
        items = list(stream)
        progress = [item for item in items if isinstance(item, Progress)]
        assert progress[-1].bytes_read == progress[-1].bytes_total
        return [item for item in items if isinstance(item, Batch)], stream.reading


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return maloja(tmp_path / "small.json", 3)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(stream: ExportStream) -> int:
    return stream._process.pid


def test_batches_hold_at_most_ten_thousand_rows_and_everything_is_accounted_for(tmp_path: Path) -> None:
    path = maloja(tmp_path / "maloja.json", 20_001)
    batches, reading = read(path)

    assert [len(batch.listens) for batch in batches] == [10_000, 10_000, 1]
    assert {len(batch.lookups) for batch in batches} == {1000, 1}
    assert {(batch.member, batch.source, batch.format) for batch in batches} == {("", "maloja", "maloja")}
    assert reading == Reading(
        members=(MemberRead("", "maloja", 20_001),),
        left=(),
        warnings=(),
    )


def test_a_zip_of_siblings_gives_its_listens_and_lists_what_it_left(tmp_path: Path) -> None:
    path = tmp_path / "my_spotify_data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Spotify Extended Streaming History/ReadMe.pdf", b"%PDF-1.7")
        archive.writestr("a/scrobbles.json", json.dumps({"maloja": {}, "scrobbles": [scrobble(1)]}))
        archive.writestr("b/pods.json", '[{"endTime":"2024-02-01 00:05","podcastName":"S","msPlayed":1}]')
        archive.writestr("b/user.json", '{"user_id": 1, "username": "me"}')
    batches, reading = read(path)

    assert [(batch.member, len(batch.listens), len(batch.others)) for batch in batches] == [
        ("a/scrobbles.json", 1, 0),
        ("b/pods.json", 0, 1),
    ]
    assert batches[1].others[0][1:3] == ("skipped", "podcast")
    assert reading.members == (
        MemberRead("a/scrobbles.json", "maloja", 1),
        MemberRead("b/pods.json", "spotify-account", 1),
    )
    assert reading.left == (
        LeftMember("Spotify Extended Streaming History/ReadMe.pdf", "a PDF document"),
        LeftMember("b/user.json", "ListenBrainz account: no listens"),
    )


def test_an_open_file_can_be_given_and_stays_open(small: Path) -> None:
    with small.open("rb") as file:
        file.read(10)
        assert len(read(file.fileno())[0][0].listens) == 3
        small.unlink()
        assert len(read(file.fileno())[0][0].listens) == 3


def test_no_descriptor_stays_open_when_there_are_no_more(small: Path) -> None:
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with small.open("rb") as file:
        last = os.dup(file.fileno())
        os.close(last)
        resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, most))
        try:
            with pytest.raises(OSError) as caught:
                read(file.fileno())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))

    assert caught.value.errno == errno.EMFILE
    with pytest.raises(OSError):
        os.fstat(last)


def test_a_name_that_is_no_text_is_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"%PDF")

    with pytest.raises(UnknownFormat, match=r"^'a\\nb\\xff' is in no known format \(tried \d+ formats\); it "):
        read(path, name="a\nb\udcff")


def test_damage_in_one_member_fails_the_whole_export(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.json", json.dumps({"maloja": {}, "scrobbles": [scrobble(1)]}))
        archive.writestr("bad.json", '{"maloja": {}, "scrobbles": [{"time": 17')

    with pytest.raises(BadExport) as caught:
        read(path)

    assert str(caught.value) == "'two.zip': 'bad.json' is cut off: it ends in the middle of item 1 (line 1, column 41)"
    assert caught.value.hint == "copy or download it again; the copy may have been interrupted"


def test_no_file_and_no_regular_file_are_told_apart(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(BadExport, match=r"^'gone' cannot be opened: No such file or directory$"):
        read(tmp_path / "gone")
    for name in ("fifo", "."):
        with pytest.raises(BadExport, match=r"is no regular file$"):
            read(tmp_path / name)


def test_a_file_that_needs_too_much_memory_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "wide.json"
    row = json.dumps(scrobble(1)).removesuffix("}")
    path.write_text(f'{{"maloja": {{}}, "scrobbles": [{row}, "x": [{",".join(["[]"] * 1_500_000)}]}}]}}')

    with pytest.raises(HostileExport) as caught:
        read(path, WorkerLimits(memory=130 * 1024**2))

    assert str(caught.value) == "'wide.json' needs more memory than a reader may have (130 MB)"


@pytest.fixture
def odd_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the next readers do this before they do anything else."""

    def make(deed: str) -> None:
        code = f"import os, signal, sys, time\nif 'scannerd.formats.child' in sys.orig_argv:\n    {deed}\n"
        (tmp_path / "sitecustomize.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return make


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *[(name, ReaderKilled) for name in ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT")],
        *[(name, HostileExport) for name in ("SIGSEGV", "SIGABRT", "SIGXCPU")],
    ],
)
def test_a_signal_from_outside_is_told_from_a_crash(
    name: str, error: type[HostileExport], small: Path, odd_reader: Callable[[str], None]
) -> None:
    odd_reader(f"signal.{name} == 9 or signal.signal(signal.{name}, 0); os.kill(os.getpid(), signal.{name})")

    with pytest.raises(HostileExport) as caught:
        read(small)

    assert type(caught.value) is error
    assert str(caught.value) == f"'small.json' killed its reader ({name})"


def test_a_reader_that_hangs_up_and_lives_on_is_killed(
    small: Path, odd_reader: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scannerd.child._REAPING_SECONDS", 0.01)
    odd_reader("os.close(1); time.sleep(3600)")

    with open_export(str(small), name="small.json", time_zone=UTC_ZONE, window=NOW) as stream:
        with pytest.raises(ReaderKilled) as caught:
            list(stream)
        assert stream._process.wait() == -signal.SIGKILL

    assert str(caught.value) == "'small.json' killed its reader (SIGKILL)"


def test_nobody_waits_for_ever_for_a_reader_that_no_signal_ends(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    def held(timeout: float | None = None) -> int:
        assert timeout is not None, "it waits for ever"
        waits.append(timeout)
        raise subprocess.TimeoutExpired("a reader", timeout)

    with open_export(str(small), name="small.json", time_zone=UTC_ZONE, window=NOW) as stream:
        process = stream._process
        monkeypatch.setattr(process, "wait", held)
        process.kill()
        with pytest.raises(ReaderKilled):
            list(stream)

    assert len(waits) == 3
    assert subprocess.Popen.wait(process) == -signal.SIGKILL


def test_a_killed_worker_names_its_file(tmp_path: Path) -> None:
    path = maloja(tmp_path / "maloja.json", 60_000)

    with open_export(str(path), name="maloja.json", time_zone=UTC_ZONE, window=NOW) as stream:
        items = iter(stream)
        next(items)
        os.kill(pid_of(stream), signal.SIGKILL)
        with pytest.raises(HostileExport) as caught:
            list(items)

    assert str(caught.value) == "'maloja.json' killed its reader (SIGKILL)"


def test_a_worker_that_shows_no_sign_of_life_is_stopped(tmp_path: Path) -> None:
    path = maloja(tmp_path / "maloja.json", 60_000)  # more than fits on the way: it cannot be done before it is held
    limits = WorkerLimits(silence=0.2)
    with open_export(str(path), name="maloja.json", time_zone=UTC_ZONE, window=NOW, limits=limits) as stream:
        os.kill(pid_of(stream), signal.SIGSTOP)
        with pytest.raises(HostileExport) as caught:
            list(stream)

    assert "'maloja.json' kept its reader busy for 0.2 s without a result" in str(caught.value)
    assert not alive(pid_of(stream))


@pytest.fixture
def poll_times(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each wait for a frame may be; the first says that its time is up, as after the machine was frozen."""
    times: list[float] = []

    class Poll:
        def __init__(self) -> None:
            self._real = select.poll()
            self.register = self._real.register

        def poll(self, milliseconds: float) -> list[tuple[int, int]]:
            times.append(milliseconds)
            return self._real.poll(milliseconds) if len(times) > 1 else []

    monkeypatch.setattr(frames, "select", SimpleNamespace(poll=Poll, POLLIN=select.POLLIN))
    return times


def test_a_machine_that_stood_still_makes_no_silence(poll_times: list[float]) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs.fileno(), "after all")

        assert receive(ours.fileno(), silence=PATIENCE) == "after all"
    assert poll_times[0] == 1000


def test_silence_is_as_long_as_was_asked_for(poll_times: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_LONGEST_LOOK", 0.002)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(Silence):
        receive(ours.fileno(), silence=0.005)

    assert poll_times == pytest.approx([2, 2, 1])


@pytest.mark.parametrize("leave", ["early", "error", "done"])
def test_leaving_the_block_ends_and_reaps_the_worker(tmp_path: Path, leave: str) -> None:
    path = maloja(tmp_path / "maloja.json", 40_000)

    def use() -> Iterator[int]:
        with open_export(str(path), name="x", time_zone=UTC_ZONE, window=NOW) as stream:
            yield pid_of(stream)
            for _ in stream:
                if leave == "early":
                    return
                if leave == "error":
                    raise KeyError(leave)

    block = use()
    pid = next(block)
    assert alive(pid)
    if leave == "error":
        with pytest.raises(KeyError):
            next(block)
    else:
        assert next(block, None) is None
    assert not alive(pid)


def test_a_worker_leaves_interrupt_terminate_and_hangup_to_its_parent(tmp_path: Path) -> None:
    path = maloja(tmp_path / "maloja.json", 30_000)
    with open_export(str(path), name="x", time_zone=UTC_ZONE, window=NOW) as stream:
        rows = 0
        for item in stream:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(pid_of(stream), number)
            rows += len(item.listens) if isinstance(item, Batch) else 0

    assert rows == 30_000


ORPHAN = """
import os, sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo
from scannerd.formats.worker import open_export
from scannerd.model.batch import Window
with open_export(sys.argv[1], name="x", time_zone=ZoneInfo("UTC"), window=Window(datetime.now(UTC))) as stream:
    next(iter(stream))
    print(stream._process.pid, flush=True)
    sys.stdin.read()
"""


def test_a_worker_dies_with_its_parent(tmp_path: Path) -> None:
    path = maloja(tmp_path / "maloja.json", 60_000)
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        handle = os.pidfd_open(pid)
        parent.kill()
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        assert poll.poll(PATIENCE * 1000), "the worker outlived its parent"
        os.close(handle)


def peak_memory(path: Path) -> int:
    """Peak resident kilobytes of the worker that reads this file."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from datetime import UTC, datetime\n"
        "from zoneinfo import ZoneInfo\n"
        "from scannerd.formats.worker import open_export\n"
        "from scannerd.model.batch import Window\n"
        "with open_export(sys.argv[1], name='x', time_zone=ZoneInfo('UTC'), window=Window(datetime.now(UTC))) as s:\n"
        "    for _ in s: pass\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    padding = "x" * 2000
    once = peak_memory(maloja(tmp_path / "once.json", 10_000, padding))
    thrice = peak_memory(maloja(tmp_path / "thrice.json", 30_000, padding))

    assert (tmp_path / "once.json").stat().st_size > 16 * 1024**2
    assert thrice < once * 1.25
    assert thrice < 150 * 1024


def test_a_worker_knows_neither_loop_nor_database_nor_settings(small: Path) -> None:
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from scannerd.formats.child import main\n"
        "main()\n"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs, small.open("rb") as file:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=file, stdout=theirs, stderr=subprocess.PIPE)
        theirs.close()
        send(ours.fileno(), Job("x", UTC_ZONE, NOW, WorkerLimits(), os.getpid()))
        while not isinstance(receive(ours.fileno(), silence=PATIENCE), Reading):
            pass
        _, said = process.communicate()
    loaded = set(json.loads(said))

    assert "orjson" in loaded
    assert loaded & {"asyncio", "psycopg", "pydantic", "multiprocessing", "scannerd.config", "scannerd.db"} == set()


def test_every_error_of_ours_arrives_as_itself(tmp_path: Path) -> None:
    cases: list[tuple[bytes, type[ExportError]]] = [
        (b"%PDF", UnknownFormat),
        (b'{"maloja": {}, "scrobbles": [1', CutOffExport),
        (gzip.compress(b"[]")[:-8] + b"12345678", BadExport),
    ]
    for data, error in cases:
        path = tmp_path / "x"
        path.write_bytes(data)
        with pytest.raises(error) as caught:
            read(path)
        assert type(caught.value) is error
        assert caught.value.hint
