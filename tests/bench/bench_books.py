"""Measure scans of books against scans of music, in one run: `python tests/bench/bench_books.py [--rounds N]`.

The reference of a first scan is the first scan of as many music files; of a tree in which nothing changed it is `find`.
What is large costs what its headers cost: of it, seconds and the bytes that are read are told. Reference and scan take
turns, and the minimum of each counts, because a shared machine stalls; how busy it was stands beside.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_library import Conn, Took, cpu, find, opened, rows_written, run_scan
from bench_listens import fresh
from making_books import MadeBook, rewrite, write_books, write_comic, write_huge, write_part, write_parts
from making_music import link_copies, write_library

from scannerd.db.embedded import Embedded
from scannerd.library.how import Mode
from scannerd.library.in_hand import InHand
from scannerd.library.job import Job
from scannerd.library.worker import Reader
from scannerd.parsers.books import parse

EPUBS, AUDIOBOOKS = 2_000, 200
COPIES = 45
"""Of the library, for about 100,000 books."""


def measure_first(server: str, music: Path, books: Path, rounds: int) -> None:
    count = EPUBS + AUDIOBOOKS
    scans: dict[str, list[Took]] = {"music": [], "books": []}
    for _ in range(rounds):
        for kind, root in (("music", music), ("books", books)):
            with fresh(server) as conninfo, opened(conninfo) as conn:
                scans[kind].append(run_scan(conn, root, kind=kind))
                assert scans[kind][-1].summary.files.parsed == count
    print(f"\nfirst scan of {count:,} files; {rounds} rounds, minima; load {_load()}")
    best = {kind: min(those, key=lambda took: took.seconds) for kind, those in scans.items()}
    for kind, took in best.items():
        print(f"{kind:33} {took.seconds:8.2f} s   {count / took.seconds:6,.0f} files/s", end="")
        print(f"; pool start {took.pool_start:.2f} s more\n  {_phases(took)}; CPU: {cpu(took)}")
    ratio = best["music"].seconds / best["books"].seconds
    print(f"books                             {ratio:8.2f} x music (at least 0.8)", end="")
    least = {kind: min(took.ours + took.backend + took.workers for took in those) for kind, those in scans.items()}
    print(f"; by CPU seconds of all that take part {least['music'] / least['books']:.2f} x")


def _phases(took: Took) -> str:
    return ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in took.summary.seconds.items() if seconds > 0.01)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def measure_rescans(server: str, root: Path, made: list[MadeBook], rounds: int) -> None:
    with fresh(server) as conninfo:
        with opened(conninfo) as conn:
            run_scan(conn, root, kind="books")
            _measure_unchanged(conn, conninfo, root, rounds)
            _measure_full(conn, root, rounds)
        _measure_edit(conninfo, root, made)
        _add_copies(conninfo, root)
        _measure_memory(conninfo, root)


def _measure_unchanged(conn: Conn, conninfo: str, root: Path, rounds: int) -> None:
    finds, scans = [], []
    for _ in range(rounds):
        finds.append(find(root))
        scans.append(run_scan(conn, root, kind="books"))
        assert scans[-1].summary.files.unchanged == EPUBS + AUDIOBOOKS, scans[-1]
    look, best = min(finds), min(scans, key=lambda took: took.seconds)
    written = rows_written(conninfo, root, "books")
    print(f"\nnothing changed in {EPUBS + AUDIOBOOKS:,} files; {rounds} rounds, minima; load {_load()}")
    print(f"find                              {look:8.3f} s")
    print(f"scan                              {best.seconds:8.3f} s   at most {2.5 * look + 0.5:.2f}")
    print(f"  CPU: {cpu(best)}; rows written: {written} (0, and the note that a scan ended)")


def _measure_full(conn: Conn, root: Path, rounds: int) -> None:
    scans = [run_scan(conn, root, kind="books", mode=Mode(full=True)) for _ in range(max(2, rounds // 2))]
    best = min(scans, key=lambda took: took.seconds)
    assert best.summary.files.parsed == EPUBS + AUDIOBOOKS
    print(f"--full: every file read again     {best.seconds:8.2f} s   ", end="")
    print(f"{(EPUBS + AUDIOBOOKS) / best.seconds:6,.0f} files/s; CPU: {cpu(best)}")


def _measure_edit(conninfo: str, root: Path, made: list[MadeBook], times: int = 12) -> None:
    epubs = [one for one in made if one.path.suffix == ".epub"]
    numbers = iter(range(times * 2))

    def edit() -> Path:
        one = epubs[-1 - next(numbers)]
        rewrite([one], suffix=f" (Edit {time.time_ns()})")
        return one.path.parent

    _measure_change("one EPUB edited", conninfo, root, edit, times)


def _measure_change(what: str, conninfo: str, root: Path, change: Callable[[], Path], times: int) -> None:
    """Something changed in one folder, from the moment that it settled: that folder is scanned."""
    best = {}
    for commit in ("on", "off"):
        with opened(conninfo, synchronous_commit=commit) as conn:
            took = []
            for _ in range(times):
                folder = change()
                took.append(run_scan(conn, root, folder=folder, kind="books"))
                assert took[-1].summary.files.parsed == 1, took[-1]
            best[commit] = min(took, key=lambda each: each.seconds)
    work, durable = best["off"], best["on"]
    print(f"{what:33} {work.seconds * 1000:8.1f} ms of work", end="")
    print(
        f"; fsync {(durable.seconds - work.seconds) * 1000:.1f} ms, worker start {work.pool_start * 1000:.0f} ms more"
    )


def measure_large(server: str, folder: Path, rounds: int) -> None:
    print(f"\nwhat is large; {rounds} rounds, minima; load {_load()}")
    parts = write_parts(folder / "parts" / "Jane Doe" / "In Parts")
    _measure_one(server, "audiobook in 600 parts", folder / "parts", parts, rounds)
    _measure_part(server, folder / "parts", parts)
    comic = write_comic(folder / "comic" / "Long" / "Long v01.cbz")
    _measure_one(server, "CBZ of 10,000 pages", folder / "comic", [comic], rounds)
    huge = write_huge(folder / "huge" / "Jane Doe" / "Huge" / "Huge.m4b")
    _measure_one(server, "M4B of 2 GB", folder / "huge", [huge], rounds)


def _measure_one(server: str, what: str, root: Path, paths: list[Path], rounds: int) -> None:
    alone, scans = [], []
    for _ in range(rounds):
        alone.append(_parse(paths))
        with fresh(server) as conninfo, opened(conninfo) as conn:
            scans.append(run_scan(conn, root, kind="books"))
            assert scans[-1].summary.books == 1, scans[-1]
    seconds, has_read = min(alone)
    best = min(scans, key=lambda took: took.seconds)
    size = sum(path.stat().st_size for path in paths)
    print(f"{what:33} {seconds * 1000:8.1f} ms to parse, {has_read / 1024:,.0f} kB read of {size / 1024:,.0f}", end="")
    print(f"; whole scan {best.seconds * 1000:.1f} ms, worker start {best.pool_start * 1000:.0f} ms more (at most 100)")


def _parse(paths: list[Path]) -> tuple[float, int]:
    """As a worker does it, with the hash of head and tail: seconds, and bytes that the system gave."""
    descriptor = InHand.create()
    reader = Reader(parse, InHand(descriptor))
    os.close(descriptor)
    before, began = _bytes_read(), time.perf_counter()
    for number, path in enumerate(paths):
        reader.read(Job(number, os.fsencode(path)))
    seconds, after = time.perf_counter() - began, _bytes_read()
    reader.in_hand.close()
    return seconds, after - before


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def _measure_part(server: str, root: Path, paths: list[Path], times: int = 12) -> None:
    numbers = iter(range(1, times * 2 + 1))

    def replace() -> Path:
        number = next(numbers)
        write_part(paths[number - 1], number, len(paths), title=f"Part {time.time_ns()}")
        return paths[0].parent

    with fresh(server) as conninfo:
        with opened(conninfo) as conn:
            run_scan(conn, root, kind="books")
        _measure_change("one of 600 parts replaced", conninfo, root, replace, times)


def _add_copies(conninfo: str, root: Path) -> None:
    """More files, and the rows that a scan of them would have left."""
    link_copies(root, range(1, COPIES))
    query = """
        with copied as (
            select book.*, copy, nextval(pg_get_serial_sequence('book', 'id')) as copy_id
            from book, generate_series(1, %s) as copy
        ), books as (
            insert into book (id, catalogue_id, title, match_key, sort_title, description, sources)
            overriding system value
            select copy_id, catalogue_id, title, match_key, sort_title, description, sources from copied
        )
        insert into media_file (
            root_id, folder, name, size, mtime_ns, inode, content_hash, state, format, said, parsed_by, unit, book_id
        )
        select
            root_id, convert_to(copy::text, 'UTF8') || substr(folder, 2), name, size, mtime_ns, inode, content_hash,
            state, format, said, parsed_by, convert_to(copy::text, 'UTF8') || substr(unit, 2), copy_id
        from media_file
        join copied on copied.id = media_file.book_id
    """
    with opened(conninfo) as conn:
        conn.execute(query, [COPIES - 1])
        conn.execute("vacuum analyze")


def _measure_memory(conninfo: str, root: Path) -> None:
    find(root)
    look = find(root)
    command = [sys.executable, __file__, "--child", str(root), conninfo]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seen, seconds, memory = int(told[0]), float(told[1]), int(told[2])
    print(f"\nnothing changed in {seen:,} books: find {look:.2f} s, scan {seconds:.2f} s", end="")
    print(f" ({seconds / look:.1f} x); memory of our process {memory / 1024:.0f} MB; load {_load()}")


def child(root: Path, conninfo: str) -> None:
    """One scan in a process of its own, so that its memory is its own."""
    with opened(conninfo) as conn:
        took = run_scan(conn, root, kind="books")
    assert took.summary.files.unchanged == took.summary.files.seen, took
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(took.summary.files.seen, took.seconds, status["VmHWM"].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    with tempfile.TemporaryDirectory(prefix="scannerd-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the private PostgreSQL may run as another user
        write_library(folder / "music" / "0", EPUBS + AUDIOBOOKS)
        made = write_books(folder / "books" / "0", EPUBS, AUDIOBOOKS)
        gc.freeze()  # what the bench holds is not the scan's to look through
        with Embedded(folder / "state") as server:
            print(f"{os.cpu_count()} cores; PostgreSQL with fsync on")
            measure_first(server, folder / "music", folder / "books", asked.rounds)
            measure_rescans(server, folder / "books", made, asked.rounds)
            measure_large(server, folder, asked.rounds)


if __name__ == "__main__":
    main()
