"""The parse pool with real workers: what comes out, and what becomes of files that hurt their worker."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from scannerd.errors import ScannerdError
from scannerd.library.parse import Gone, Job, ParsePool, Result
from scannerd.library.stamps import Stamp
from scannerd.model.media import Parsed, Unreadable

HERE = Path(__file__).parent
NEVER = threading.Event()
MEMORY = 64 * 1024 * 1024
SECONDS = 2.0  # the deadline of files that hang; a fine one that stands still for as long is only tried again

MakePool = Callable[..., ParsePool]


@pytest.fixture
def make_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePool]:
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    made = []

    def make(workers: int = 1, chunk: int = 4, deadline: float = 60.0, **more: int) -> ParsePool:
        pool = ParsePool(
            workers=workers, chunk=chunk, deadline=deadline, memory=MEMORY, parse="odd_parsers:parse", **more
        )
        made.append(pool)
        return pool.__enter__()

    yield make
    for pool in made:
        pool.__exit__(None, None, None)
        assert pool._workers == []


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., list[Job]]:
    """Files that say what their parser shall do."""

    def make(*deeds: str) -> list[Job]:
        files = [tmp_path / f"{number:04}.mp3" for number in range(len(deeds))]
        for file, deed in zip(files, deeds, strict=True):
            file.write_text(deed)
        return [Job(number, os.fsencode(file)) for number, file in enumerate(files)]

    return make


WriteFiles = Callable[..., list[Job]]


def stamp_of(job: Job) -> Stamp:
    return Stamp.of(Path(os.fsdecode(job.path)).stat())


def run(pool: ParsePool, jobs: Iterable[Job]) -> list[Result]:
    return [result for results in pool.parse(jobs, stop=NEVER) for result in results]


def said(results: list[Result]) -> list[str]:
    """The title of what is parsed, the reason of what is not."""
    return [
        str(result.outcome.title)
        if isinstance(result.outcome, Parsed)
        else result.outcome.reason
        if isinstance(result.outcome, Unreadable)
        else "gone"
        for result in results
    ]


def told(result: Result) -> object:
    assert isinstance(result.outcome, Parsed)
    return result.outcome.details["told"]


def pid_of_the_hanging(job: Job, goes_on: Callable[[], bool] = lambda: True) -> int:
    file = Path(os.fsdecode(job.path)).with_suffix(".pid")

    def hangs() -> bool:
        assert file.exists() or goes_on(), "the scan ended before its file hung"
        return file.exists()

    wait_until(hangs, "a file hangs")
    return int(file.read_text())


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_results_come_in_chunks_in_the_order_of_the_jobs(make_pool: MakePool, write: WriteFiles) -> None:
    jobs = write("slow", *["fine"] * 9)
    chunks = list(make_pool(workers=2, chunk=3, window=1).parse(jobs, stop=NEVER))

    assert [[result.number for result in chunk] for chunk in chunks] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    assert said(chunks[0]) == ["0000.mp3", "0001.mp3", "0002.mp3"]


def test_a_result_has_the_stamp_and_the_hash_of_its_file(make_pool: MakePool, write: WriteFiles) -> None:
    (job,) = write("fine and long enough to be told by its content")
    (result,) = run(make_pool(), [job])

    assert result.stamp == stamp_of(job)
    assert result.content_hash is not None
    assert len(result.content_hash) == 16


def test_a_file_that_grows_while_it_is_parsed_keeps_the_stamp_from_before(
    make_pool: MakePool, write: WriteFiles
) -> None:
    (job,) = write("grow")
    before = stamp_of(job)
    (result,) = run(make_pool(), [job])

    assert said([result]) == ["0000.mp3"]
    assert result.stamp == before
    assert result.stamp != stamp_of(job)


def test_what_is_no_readable_file_is_told_without_a_parser(make_pool: MakePool, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    names = ["empty", "folder", "pipe", "circle", "nothing", "empty/below"]
    results = run(make_pool(), [Job(number, os.fsencode(tmp_path / name)) for number, name in enumerate(names)])

    assert [result.outcome for result in results] == [
        Unreadable("the file is empty (0 bytes)"),
        Unreadable("it is no regular file"),
        Unreadable("it is no regular file"),
        Unreadable("it cannot be opened: too many levels of symbolic links"),
        Gone(),
        Gone(),
    ]
    assert [result.stamp is None for result in results] == [False, False, False, True, True, True]
    assert {result.content_hash for result in results} == {None}


def test_a_path_that_is_no_utf8_is_parsed(make_pool: MakePool, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.mp3"
    Path(os.fsdecode(path)).write_text("fine")

    assert isinstance(run(make_pool(), [Job(7, path)])[0].outcome, Parsed)


def test_a_parser_that_fails_costs_one_file_and_no_worker(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool()
    first, failed, last = said(run(pool, write("fine", "fail", "fine")))

    assert (first, last) == ("0000.mp3", "0002.mp3")
    assert failed.startswith("the parser failed at odd_parsers.py:")
    assert failed.endswith(" (KeyError), which is a fault of scannerd")
    assert pool.counts.restarts == 0


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("eat", "the parser needed more memory than 64 MB"),
        ("segfault", "the parser crashed (signal 11)"),
        ("killed", "the parser was killed (signal 9), maybe because the machine was short of memory"),
        ("leave", "the parser ended its process (exit code 0)"),
    ],
)
def test_a_file_that_kills_its_worker_twice_is_unreadable_and_its_neighbours_are_not(
    deed: str, reason: str, make_pool: MakePool, write: WriteFiles
) -> None:
    pool = make_pool(chunk=5)
    jobs = write("fine", "fine", deed, "fine", "fine", "fine")
    results = run(pool, jobs)

    assert said(results) == ["0000.mp3", "0001.mp3", reason, "0003.mp3", "0004.mp3", "0005.mp3"]
    assert results[2].stamp == stamp_of(jobs[2])
    assert pool.counts.restarts == 2


def test_a_file_that_hangs_is_given_up_and_its_neighbours_are_not(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool(workers=2, deadline=SECONDS)
    results = run(pool, write("fine", "hang", "fine"))

    assert said(results) == ["0000.mp3", "the parser needed more than 2 s", "0002.mp3"]
    assert results[1].stamp is not None
    assert pool.counts.restarts >= 2


class Clock:
    """Goes on while a file is in hand, and for no longer than each may take: a worker that stands still ages nobody."""

    def __init__(self, jobs: Iterable[Job], *, each: int) -> None:
        self.now = 0.0
        self._files = [Path(os.fsdecode(job.path)) for job in jobs]
        self._each = each
        self._spent = 0

    def __call__(self) -> float:
        if self._files and self._files[0].with_suffix(".begun").exists():
            if self._spent < self._each:
                self.now += 1.0
                self._spent += 1
            else:
                self._files.pop(0).with_suffix(".go").touch()
                self._spent = 0
        return self.now


def test_many_slow_files_in_one_chunk_are_not_late(
    make_pool: MakePool, write: WriteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = write(*["held"] * 5)
    clock = Clock(jobs, each=3)
    monkeypatch.setattr("scannerd.library.worker_process.monotonic", clock)
    monkeypatch.setattr("scannerd.library.parse._LOOK_SECONDS", 0.01)
    pool = make_pool(chunk=20, deadline=3.5)
    results = run(pool, jobs)

    assert clock.now == 15
    assert {type(result.outcome) for result in results} == {Parsed}
    assert pool.counts.restarts == 0


def test_a_file_that_crashed_once_is_parsed_by_its_lone_retry(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool()

    assert said(run(pool, write("fine", "crash_once", "fine"))) == ["0000.mp3", "0001.mp3", "0002.mp3"]
    assert pool.counts.restarts == 1


def test_every_file_of_a_chunk_may_be_hostile(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool(workers=2, chunk=4)
    results = run(pool, write("segfault", "eat", "leave", "crash_once", "segfault", "fine"))

    assert said(results) == [
        "the parser crashed (signal 11)",
        "the parser needed more memory than 64 MB",
        "the parser ended its process (exit code 0)",
        "0003.mp3",
        "the parser crashed (signal 11)",
        "0005.mp3",
    ]
    assert pool.counts.restarts == 9


def test_the_lone_retry_has_a_worker_of_its_own(make_pool: MakePool, write: WriteFiles) -> None:
    process = "process"
    results = run(make_pool(chunk=3), write(process, "crash_once", process, process))
    others = {told(results[number]) for number in (0, 2, 3)}

    assert said(results)[1] == "0001.mp3"
    assert len(others) == 1


def test_an_idle_worker_that_is_killed_is_replaced(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool()
    jobs = write("process", "process")
    first = told(run(pool, jobs)[0])
    os.kill(int(str(first)), signal.SIGKILL)
    second = run(pool, jobs)

    assert said(second) == ["0000.mp3", "0001.mp3"]
    assert told(second[0]) != first


def test_a_worker_ignores_ctrl_c_and_the_services_stop(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool()

    assert said(run(pool, write("ctrl_c"))) == ["0000.mp3"]
    assert pool.counts.restarts == 0


def test_a_hangup_ends_no_worker(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool()
    jobs = write("process")
    worker = told(run(pool, jobs)[0])
    os.kill(int(str(worker)), signal.SIGHUP)

    assert told(run(pool, jobs)[0]) == worker
    assert pool.counts.restarts == 0


def test_what_a_parser_prints_does_not_get_into_our_output(
    make_pool: MakePool, write: WriteFiles, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said(run(make_pool(), write("chatter"))) == ["0000.mp3"]
    assert capfd.readouterr().out == ""


def test_results_that_are_larger_than_any_buffer_come_through(make_pool: MakePool, write: WriteFiles) -> None:
    results = run(make_pool(workers=2, chunk=1), write(*["large"] * 10))

    assert said(results) == [f"{number:04}.mp3" for number in range(10)]


def test_paths_that_are_longer_than_any_buffer_go_through(make_pool: MakePool, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("fine")
    long = os.fsencode(tmp_path) + b"/" * 3000 + b"file"
    results = run(make_pool(chunk=100), [Job(number, long) for number in range(1000)])

    assert said(results) == ["file"] * 1000


def test_jobs_are_taken_a_window_at_a_time(make_pool: MakePool, write: WriteFiles) -> None:
    taken = 0

    def counted() -> Iterator[Job]:
        nonlocal taken
        for job in write(*["fine"] * 100):
            taken += 1
            yield job

    chunks = make_pool(workers=2, chunk=3, window=2).parse(counted(), stop=NEVER)
    next(chunks)

    assert taken == 12
    assert sum(len(results) for results in chunks) == 97


def test_no_more_workers_are_started_than_there_is_work_for(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool(workers=4, chunk=2, window=2)
    assert run(pool, []) == []
    assert pool.counts.workers == 0

    run(pool, write(*["fine"] * 4))
    assert pool.counts.workers == 1

    run(pool, write(*["fine"] * 5))
    assert pool.counts.workers == 2


def test_a_stop_ends_a_worker_that_hangs(make_pool: MakePool, write: WriteFiles) -> None:
    stop, given = threading.Event(), threading.Event()
    jobs = write("fine", "hang", "fine")
    pids = []

    def stop_when_it_hangs() -> None:
        try:
            pids.append(pid_of_the_hanging(jobs[1]))
            wait_until(given.is_set, "the first file is given back")  # after a stop it would not be
        finally:
            stop.set()

    thread = threading.Thread(target=stop_when_it_hangs)
    thread.start()
    chunks = []
    for chunk in make_pool(chunk=1).parse(jobs, stop=stop):
        chunks.append(said(chunk))
        given.set()
    thread.join()

    assert chunks == [["0000.mp3"]]
    assert not is_alive(pids[0])


def test_a_pool_whose_user_broke_off_can_be_used_again(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool(chunk=1)
    jobs = write(*["fine"] * 10)
    chunks = pool.parse(jobs, stop=NEVER)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]

    assert said(run(pool, jobs)) == [f"{number:04}.mp3" for number in range(10)]


def test_a_parser_that_cannot_be_imported_ends_the_scan(
    make_pool: MakePool, write: WriteFiles, capfd: pytest.CaptureFixture[str]
) -> None:
    pool = ParsePool(parse="odd_parsers_of_nobody:parse")
    with pool, pytest.raises(ScannerdError) as caught:
        run(pool, write("fine"))

    assert str(caught.value) == (
        "the parser workers end before they are ready (the parser ended its process (exit code 1))"
    )
    assert "No module named 'odd_parsers_of_nobody'" in capfd.readouterr().err


SCAN = """
import sys, threading
from scannerd.library.parse import Job, ParsePool
with ParsePool(parse="odd_parsers:parse") as pool:
    list(pool.parse([Job(1, sys.argv[1].encode())], stop=threading.Event()))
"""


def test_no_worker_outlives_a_killed_scannerd(write: WriteFiles) -> None:
    (job,) = write("hang")
    path = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    with subprocess.Popen(
        [sys.executable, "-c", SCAN, os.fsdecode(job.path)], env=os.environ | {"PYTHONPATH": path}
    ) as scan:
        try:
            worker = pid_of_the_hanging(job, goes_on=lambda: scan.poll() is None)
            assert is_alive(worker)
        finally:
            scan.kill()
    wait_until(lambda: not is_alive(worker), "the worker is gone")


def test_a_worker_knows_neither_settings_nor_database(
    make_pool: MakePool, write: WriteFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCANNERD_DATABASE__URL", "postgresql://somebody:secret@localhost/music")
    monkeypatch.setenv("PGPASSWORD", "secret")
    modules, environment = (told(result) for result in run(make_pool(), write("modules", "environment")))

    assert isinstance(modules, list)
    assert isinstance(environment, list)
    assert set(modules) & {"asyncio", "psycopg", "pydantic", "pydantic_settings", "watchfiles", "apscheduler"} == set()
    assert not {name for name in modules if name.startswith(("scannerd.db", "scannerd.config", "scannerd.listens"))}
    assert not {name for name in environment if name.startswith(("SCANNERD_", "PG"))}


def test_the_counts_tell_start_and_parsing_apart(make_pool: MakePool, write: WriteFiles) -> None:
    pool = make_pool(workers=2, chunk=1, window=1)
    run(pool, write("slow", "slow"))

    assert pool.counts.workers == 2
    assert pool.counts.parse_seconds >= 0.3
    assert pool.counts.start_seconds > 0
    assert pool.counts.start_cpu_seconds > 0
