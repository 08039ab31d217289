"""Measure the scan against parsing alone, in one run: `python tests/bench/bench_library.py [--big] [--rounds N]`.

The reference is `parse`: mutagen, the class by the suffix, over the same files in one process, nothing written. Of a
tree in which nothing changed it is `find`, which looks at every file too. Reference and scan take turns, and the
minimum of each counts, because a shared machine stalls; CPU seconds stand beside, for they stall less. What is promised
as a count is counted.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from bench_listens import fresh
from making_music import Made, link_copies, retag, write_library
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from psycopg.conninfo import make_conninfo

from scannerd.db import connect
from scannerd.db.embedded import Embedded
from scannerd.library.libraries import LibrarySpec
from scannerd.library.music import read
from scannerd.library.music.write import Writing, write
from scannerd.library.scan import How, Mode, scan
from scannerd.library.summary import Summary
from scannerd.model.artist_names import split_rules

Conn = psycopg.Connection[Any]
HOW = How(split_rules())
CLASSES = {".mp3": MP3, ".flac": FLAC, ".m4a": MP4, ".ogg": OggVorbis, ".opus": OggOpus}
TICKS = os.sysconf("SC_CLK_TCK")
NAIVE_TRACKS = 300


@dataclass(frozen=True, slots=True)
class Took:
    """One scan: seconds from walk to last commit, without the start of the pool, and where the CPU's went."""

    seconds: float
    pool_start: float
    ours: float
    backend: float
    workers: float
    summary: Summary


def run_scan(
    conn: Conn, root: Path, *, folder: Path | None = None, kind: str = "music", mode: Mode | None = None
) -> Took:
    """One scan of a library, or of one folder of it."""
    spec = LibrarySpec("bench", (os.fsencode(root),), kind)
    where = [(os.fsencode(root), os.fsencode(folder.relative_to(root)) + b"/")] if folder else None
    before = (time.process_time(), _backend_cpu(conn), _workers_cpu(), time.perf_counter())
    summary = scan(conn, spec, how=HOW, folders=where, mode=mode)
    after = (time.process_time(), _backend_cpu(conn), _workers_cpu(), time.perf_counter())
    ours, backend, workers, seconds = (late - early for late, early in zip(after, before, strict=True))
    assert summary.complete, summary
    assert not summary.files.failed, summary
    start = summary.seconds.get("pool start", 0.0)
    return Took(seconds - start, start, ours, backend, workers, summary)


def _backend_cpu(conn: Conn) -> float:
    numbers = Path(f"/proc/{conn.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / TICKS


def _workers_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parse(paths: Sequence[Path]) -> float:
    """The reference: seconds."""
    began = time.perf_counter()
    for path in paths:
        CLASSES[path.suffix](path)
    return time.perf_counter() - began


def find(root: Path) -> float:
    """The reference of a tree in which nothing changed: seconds."""
    began = time.perf_counter()
    subprocess.run(["find", root, "-printf", "%p %s %T@ %i\n"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


@contextmanager
def opened(conninfo: str, **settings: str) -> Iterator[Conn]:
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    with connect.connect(make_conninfo(conninfo, options=options), autocommit=True) as conn:
        yield conn


def measure_first(server: str, root: Path, made: Sequence[Made], rounds: int) -> None:
    paths = [each.path for each in made]
    parses, scans = [], []
    for _ in range(rounds):
        parses.append(parse(paths))
        with fresh(server) as conninfo, opened(conninfo) as conn:
            scans.append(run_scan(conn, root))
            assert scans[-1].summary.files.parsed == len(made)
    least, best = min(parses), min(scans, key=lambda took: took.seconds)
    phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in best.summary.seconds.items() if seconds > 0.01)
    print(f"\nfirst scan of {len(made):,} files; {rounds} rounds, minima")
    print(f"parse alone, one process          {least:8.2f} s   {len(made) / least:6,.0f} files/s")
    print(f"first scan                        {best.seconds:8.2f} s   {len(made) / best.seconds:6,.0f} files/s", end="")
    print(f"   {least / best.seconds:.2f} x parse (at least 0.6); pool start {best.pool_start:.2f} s more")
    print(f"  {phases}; CPU: {cpu(best)}")


def cpu(took: Took) -> str:
    return f"scan {took.ours:.2f} s, its backend {took.backend:.2f} s, workers {took.workers:.2f} s"


def measure_writing(server: str, root: Path, rounds: int) -> None:
    """The same rows by our way and by the plain one: a statement for each row, a commit for each track."""
    ours, waits = [], []
    naive: dict[str, list[float]] = {"on": [], "off": []}
    for _ in range(rounds):
        ours.append(_written(server, root, write, 10**9, synchronous_commit="off"))  # as a scan has it
        with fresh(server) as conninfo, opened(conninfo) as conn:
            waits.append(_commit_seconds(conn))
        for how, seconds in naive.items():
            seconds.append(_written(server, root, write_row_by_row, NAIVE_TRACKS, synchronous_commit=how))
    best = min(ours)
    print(f"\nwriting alone                     {best * 1e6:8.0f} us a track; {rounds} rounds, minima")
    print(f"a commit that waits for the disk  {min(waits) * 1e6:8.0f} us, {max(waits) * 1e6:.0f} at most")
    for how, seconds in naive.items():
        least = min(seconds)
        print(
            f"row by row, synchronous_commit {how:3} {least * 1e6:7.0f} us a track   {least / best:.1f} x (at least 50)"
        )


def _commit_seconds(conn: Conn) -> float:
    conn.execute("create table committed (number int)")
    began = time.perf_counter()
    for number in range(NAIVE_TRACKS):
        conn.execute("insert into committed values (%s)", [number])
    return (time.perf_counter() - began) / NAIVE_TRACKS


def _written(server: str, root: Path, how: Callable[[Conn, list[Writing]], Any], most: int, **settings: str) -> float:
    """Seconds for one track of a library whose names are there already."""
    kept: list[Writing] = []
    with fresh(server) as conninfo, opened(conninfo, **settings) as conn:
        read.write = lambda _conn, writings: kept.extend(writings) or []
        try:
            run_scan(conn, root)
        finally:
            read.write = write
        del kept[most:]
        began = time.perf_counter()
        assert not how(conn, kept)
        taken = time.perf_counter() - began
        assert conn.execute("select count(*) from track").fetchone() == (len(kept),)
    return taken / len(kept)


def write_row_by_row(conn: Conn, writings: list[Writing]) -> None:
    for writing in writings:
        ((_, row),) = writing.statements
        parts = zip(row["persons"], row["roles"], row["positions"], row["names"], strict=True)
        with conn.transaction():
            said_by = {"mbid_source": row["recording_mbid"] and "verified", "year_source": row["year"] and "file"}
            _insert(conn, "track", _of(TRACK, row) | said_by, "overriding system value")
            held = {"state": "present", "is_primary": True, "track_id": row["id"]}
            _insert(conn, "media_file", _of(FILE, row) | held)
            common = {"track_id": row["id"], "source": "file"}
            for person, role, place, name in parts:
                part = {"person_id": person, "role": role, "position": place, "credited_as": name}
                _insert(conn, "track_contribution", common | part)
            for kind in ("genre", "tag"):
                for place, number in enumerate(row[f"{kind}s"]):
                    _insert(conn, f"track_{kind}", common | {f"{kind}_id": number, "position": place})


TRACK = {
    *("id", "catalogue_id", "release_id", "title", "match_key", "artist_ids", "artist_credit", "identity_key"),
    *("place_key", "disc", "position", "duration_ms", "recording_mbid", "track_mbid", "isrc", "year"),
}
FILE = {
    *("root_id", "folder", "name", "size", "mtime_ns", "inode", "content_hash", "format", "codec"),
    *("duration_ms", "bitrate", "sample_rate", "channels", "bit_depth", "has_picture", "is_tagged", "details"),
    "parsed_by",
}


def _of(names: set[str], row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in names}


def _insert(conn: Conn, table: str, row: dict[str, Any], how: str = "") -> None:
    marks = ", ".join(f"%({name})s" for name in row)
    conn.execute(f"insert into {table} ({', '.join(row)}) {how} values ({marks})", row)


def measure_rescans(server: str, root: Path, made: Sequence[Made], rounds: int, *, big: bool) -> None:
    with fresh(server) as conninfo:
        with opened(conninfo) as conn:
            run_scan(conn, root)
        _measure_rescan(conninfo, root, made[: len(made) // 100], len(made), rounds)
        measure_edit(conninfo, root, made)
        _add_copies(conninfo, root, range(1, 10))
        _measure_rescan(conninfo, root, made[: len(made) // 10], 10 * len(made), rounds)
        if big:
            _add_copies(conninfo, root, range(10, 100))
            measure_million(conninfo, root)


def _add_copies(conninfo: str, root: Path, copies: range) -> None:
    """More files, and the rows that a scan of them would have left, without any tracks."""
    link_copies(root, copies)
    query = """
        insert into media_file (
            root_id, folder, name, size, mtime_ns, inode, content_hash, state, format, codec, duration_ms, parsed_by
        )
        select
            root_id, convert_to(copy::text, 'UTF8') || substr(folder, 2), name, size, mtime_ns, inode, content_hash,
            state, format, codec, duration_ms, parsed_by
        from media_file, generate_series(%s::int, %s) as copy
        where substr(folder, 1, 2) = '0/'
    """
    with opened(conninfo) as conn:
        conn.execute(query, [copies.start, copies.stop - 1])
        conn.execute("vacuum analyze media_file")


def _measure_rescan(conninfo: str, root: Path, changed: Sequence[Made], files: int, rounds: int) -> None:
    finds, unchanged, parses, changes = [], [], [], []
    with opened(conninfo) as conn:
        for _ in range(rounds):
            finds.append(find(root))
            unchanged.append(run_scan(conn, root))
            assert unchanged[-1].summary.files.unchanged == files, unchanged[-1]
        for turn in range(rounds):
            retag(changed, suffix=f" (Version {time.time_ns()})")
            parses.append(parse([each.path for each in changed]))
            changes.append(run_scan(conn, root))
            assert changes[-1].summary.files.changed == len(changed), (turn, changes[-1])
    look, best = min(finds), min(unchanged, key=lambda took: took.seconds)
    most = 2.5 * look + 0.5
    print(f"\nnothing changed in {files:,} files; {rounds} rounds, minima")
    print(f"find                              {look:8.3f} s")
    print(f"scan                              {best.seconds:8.3f} s   at most {most:.2f} ({best.seconds / look:.1f} x)")
    print(f"  CPU: {cpu(best)}; rows written: {rows_written(conninfo, root)} (0, and the note that a scan ended)")
    best = min(changes, key=lambda took: took.seconds)
    least = min(parses)
    print(f"1 % changed: parse alone          {least:8.3f} s")
    print(f"scan                              {best.seconds:8.3f} s   at most {most + 3 * least:.2f}", end="")
    print(f"; pool start {best.pool_start:.2f} s more; CPU: {cpu(best)}")


def rows_written(conninfo: str, root: Path, kind: str = "music") -> int:
    """By one scan, as the server counts them."""

    def count(conn: Conn) -> int:
        query = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables where relname <> 'library'"
        return int(conn.execute(query).fetchone()[0])

    with opened(conninfo) as watching:
        time.sleep(1)  # what was counted by others has arrived by then
        before = count(watching)
        with opened(conninfo) as conn:
            run_scan(conn, root, kind=kind)
        time.sleep(1)
        return count(watching) - before


def measure_edit(conninfo: str, root: Path, made: Sequence[Made], times: int = 12) -> None:
    """One file with other tags, from the moment that it settled: its folder is scanned."""
    best = {}
    for commit in ("on", "off"):
        with opened(conninfo, synchronous_commit=commit) as conn:
            took = []
            for number in range(times):
                one = made[-1 - number]
                retag([one], suffix=f" (Edit {time.time_ns()})")
                took.append(run_scan(conn, root, folder=one.path.parent))
                assert took[-1].summary.files.changed == 1
            best[commit] = min(took, key=lambda each: each.seconds)
    work, durable = best["off"], best["on"]
    print(f"\none file edited                   {work.seconds * 1000:8.1f} ms of work (at most 50)", end="")
    print(
        f"; fsync {(durable.seconds - work.seconds) * 1000:.1f} ms, worker start {work.pool_start * 1000:.0f} ms more"
    )


def measure_million(conninfo: str, root: Path) -> None:
    find(root)
    look = find(root)
    command = [sys.executable, __file__, "--child", str(root), conninfo]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    seen, seconds, memory = int(told[0]), float(told[1]), int(told[2])
    print(
        f"\nnothing changed in {seen:,} files: find {look:.1f} s, scan {seconds:.1f} s ({seconds / look:.1f} x)", end=""
    )
    print(f"; memory of our process {memory / 1024:.0f} MB (at most 600)")


def child(root: Path, conninfo: str) -> None:
    """One scan in a process of its own, so that its memory is its own."""
    with opened(conninfo) as conn:
        took = run_scan(conn, root)
    assert took.summary.files.unchanged == took.summary.files.seen, took
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(took.summary.files.seen, took.seconds, status["VmHWM"].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--big", action="store_true", help="also the first scan of 30,000 files, and 1,000,000 known ones"
    )
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    with tempfile.TemporaryDirectory(prefix="scannerd-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the private PostgreSQL may run as another user
        made = write_library(folder / "music" / "0", 10_000)
        gc.freeze()  # what the bench holds is not the scan's to look through
        with Embedded(folder / "state") as server:
            print(f"{os.cpu_count()} cores; PostgreSQL with fsync on")
            measure_first(server, folder / "music", made, asked.rounds)
            if asked.big:
                more = write_library(folder / "more" / "0", 30_000)
                measure_first(server, folder / "more", more, max(2, asked.rounds // 2))
            measure_writing(server, folder / "music", min(3, asked.rounds))
            measure_rescans(server, folder / "music", made, asked.rounds, big=asked.big)


if __name__ == "__main__":
    main()
