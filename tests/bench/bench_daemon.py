"""Measure the daemon as a service, in one run: `python tests/bench/bench_daemon.py [--only PART ...]`.

Everything is real: the process that systemd would start, its private PostgreSQL (or `--url`, an empty database), the
kernel's events. What is waited for is a row in a public view, asked for every 5 ms. How busy the machine was stands
beside, for a shared one stalls; the whole takes a good quarter of an hour, most of which is waiting for nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from daemon_home import Home, Running, Used, children, module_of, proportional, resident
from making_music import Made, retag, write_library

from scannerd.library.lane import LOOK_DEAF, REST

POLLING_SECONDS = 120.0
FOLDERS_OF_A_FILE = 50
"""So many folders come to one file."""
TICK = 0.005


class Rates(NamedTuple):
    """What processes take on average: of one core in per cent, and waking up so often in a second."""

    cpu: float
    wakes: float


def measure_idle(asked: argparse.Namespace, folder: Path) -> None:
    root = folder / "library"
    made = write_folders(root, asked.folders)
    events = Home(folder / "idle", url=asked.url, root=root)
    with events.running() as daemon:
        daemon.wait_for_rest("events")
        idle = _tell_idle(events, daemon, asked.idle_seconds, f"{made:,} folders watched")
        memory = resident(daemon.pid)
    print(f"  at most 0.5 %: {_verdict(idle.cpu <= 0.5)}; at most 80 MB: {_verdict(memory <= 80)}")
    # Every minute, so that some of them fall into the time; by itself it would look less often.
    polling = Home(folder / "idle", url=asked.url, root=root, level="debug", polling="always", schedule="* * * * *")
    with polling.running() as daemon:
        daemon.wait_for_rest("polling")
        before = daemon.counts["scan_done"]
        seconds = min(POLLING_SECONDS, asked.idle_seconds)
        polled = _tell_idle(polling, daemon, seconds, "the same polled, every minute")
        looks = daemon.counts["scan_done"] - before
        _tell_look(polling.last_look(), idle, polled, looks / seconds)


def _tell_idle(home: Home, daemon: Running, seconds: float, what: str) -> Rates:
    """Let it be, and print what it and its companions took meanwhile."""
    companions = {module_of(pid): [pid] for pid in children(daemon.pid)}
    if server := home.postgres():
        companions["PostgreSQL"] = server
    before = {pid: Used.by(pid) for pid in (daemon.pid, *chain(*companions.values()))}
    time.sleep(seconds)
    after = {pid: Used.by(pid) for pid in before if Path(f"/proc/{pid}").exists()}
    print(f"\n{what}, and nothing happens for {seconds:.0f} s; load {load()}")
    rates = _rates([daemon.pid], before, after)
    print(f"{'daemon':33} {rates.cpu:8.3f} % of a core   {rates.wakes:.1f} wake-ups/s", end="")
    print(f"   {resident(daemon.pid):.1f} MB resident, at most {resident(daemon.pid, 'VmHWM'):.1f}")
    for name, pids in companions.items():
        left = [pid for pid in pids if pid in after]
        took = _rates(left, before, after)
        ended = sum(after[pid].ended - before[pid].ended for pid in left) / seconds
        print(f"{name:33} {took.cpu + 100 * ended:8.3f} % of a core   {took.wakes:.1f} wake-ups/s", end="")
        print(f"   {sum(map(proportional, left)):.1f} MB (PSS)")
    return rates


def _rates(pids: list[int], before: dict[int, Used], after: dict[int, Used]) -> Rates:
    cpu = sum(after[pid].cpu - before[pid].cpu for pid in pids)
    wakes = sum(after[pid].waits_since(before[pid]) for pid in pids)
    seconds = max((after[pid].moment - before[pid].moment for pid in pids), default=1.0)
    return Rates(100 * cpu / seconds, wakes / seconds)


def _tell_look(took: float, idle: Rates, polled: Rates, looks: float) -> None:
    """What one look at everything costs, and how often the daemon takes it by itself where nothing is heard."""
    if not looks:
        print("  no look fell into that time")
        return
    cpu = (polled.cpu - idle.cpu) / 100 / looks
    pause = max(LOOK_DEAF, REST * took)
    print(f"  a look takes {took:.2f} s and {cpu:.2f} s of the daemon's CPU; by itself it looks every", end="")
    print(f" {pause:.0f} s: {idle.cpu + 100 * cpu / pause:.3f} % of a core")


def write_folders(root: Path, count: int) -> int:
    """A library of so many folders, a hundred for each artist, and few files: what is watched are folders."""
    write_library(root / "Heard", count // FOLDERS_OF_A_FILE)
    for number in range(count):
        (root / f"{number // 100:05}" / f"{number % 100:02}").mkdir(parents=True)
    return sum(len(folders) for _, folders, _ in os.walk(root))


def measure_drop(asked: argparse.Namespace, folder: Path) -> None:
    home = Home(folder / "drops", url=asked.url)
    settle = home.settings.inbox.settle.total_seconds()
    with home.running() as daemon:
        daemon.wait_for_rest()

        def drop(number: int) -> str:
            title = f"Dropped {number}"
            track = {"artists": ["Somebody"], "title": title, "album": None, "length": 200}
            listen = {"time": 1_600_000_000 + 1000 * number, "track": track, "duration": None, "origin": "client:bench"}
            file = home.state / f"{number}.json"
            file.write_text(json.dumps({"maloja": {"export_time": number}, "scrobbles": [listen]}), encoding="utf-8")
            file.rename(home.drop / file.name)
            return title

        _tell_latency("a file of 1 listen dropped", home, "listens", drop, settle, asked.rounds)


def measure_edit(asked: argparse.Namespace, folder: Path) -> None:
    root = folder / "music"
    made = write_library(root / "0", asked.tracks)
    home = Home(folder / "edits", url=asked.url, root=root)
    settle = home.settings.inbox.settle.total_seconds()
    with home.running() as daemon:
        daemon.wait_for_rest("events")

        def edit(number: int) -> str:
            one: Made = made[number * len(made) // asked.rounds]
            retag([one], suffix=f" (Edit {number})")
            return f"{one.song['title']} (Edit {number})"

        _tell_latency(f"one of {len(made):,} tracks edited", home, "tracks", edit, settle, asked.rounds)


def _tell_latency(what: str, home: Home, view: str, change: Callable[[int], str], settle: float, rounds: int) -> None:
    """Seconds from the rename that ends each change until the view shows its title."""
    chance, seconds = random.Random(1), []
    query = f"select 1 from public.{view} where title = %s".encode()
    began_load = load()
    with home.database() as conn:
        for number in range(rounds):
            time.sleep(chance.random())  # at no fixed place between the ticks of whoever looks
            title = change(number)
            began = time.monotonic()
            time.sleep(settle * 0.9)
            while conn.execute(query, [title]).fetchone() is None:
                assert time.monotonic() - began < 120, f"{title} never came into the view {view}"
                time.sleep(TICK)
            seconds.append(time.monotonic() - began)
    middle, least, most = statistics.median(seconds), min(seconds), max(seconds)
    print(f"\n{what}, until public.{view} shows it; {rounds} rounds; load {began_load}, then {load()}")
    print(
        f"median                            {middle:8.3f} s   {middle - settle:.3f} more than the {settle:g} s", end=""
    )
    print(f" that it settles (at most 0.5: {_verdict(middle - settle <= 0.5)})")
    print(f"minimum, maximum                  {least:8.3f} s   {least - settle:.3f} more; {most:.3f} s")


def measure_start(asked: argparse.Namespace, folder: Path) -> None:
    root = folder / "known"
    folders = write_folders(root, asked.folders)
    home = Home(folder / "starts", url=asked.url, root=root)
    with home.running() as daemon:
        daemon.wait_for_rest("events")
        known = _add_known(home, asked.known, asked.folders)
    (home.drop / "link").symlink_to("nowhere")  # which the first look at the drop folder warns of
    steps = {"READY=1": "READY", "watching": "watching", "odd": "first look at the drop folder"}
    taken: dict[str, list[float]] = {word: [] for word in steps}
    server: list[float] = []
    loads = [load()]
    for _ in range(asked.starts):
        with home.running() as daemon:
            for word, seconds in taken.items():
                seconds.append(daemon.seconds_to(word))
            server += _server_start(home)
        loads.append(load())
    print(f"\nstart with {known:,} known files in {folders:,} folders; {asked.starts} starts; load {', '.join(loads)}")
    for word, seconds in taken.items():
        gate = f"   (at most 5: {_verdict(min(seconds) <= 5)})" if word == "READY=1" else ""
        print(f"{steps[word]:33} {min(seconds):8.3f} s   median {statistics.median(seconds):.3f} s{gate}")
    if server:
        print(f"  of which PostgreSQL by its log  {min(server):8.3f} s   median {statistics.median(server):.3f} s")


def _add_known(home: Home, count: int, folders: int) -> int:
    """Rows as a scan would have left them, in all folders alike; the files themselves need not be there."""
    query = """
        insert into media_file (
            root_id, folder, name, size, mtime_ns, inode, content_hash, state, format, codec, duration_ms, parsed_by
        )
        select
            model.root_id,
            convert_to(lpad((place / 100)::text, 5, '0') || '/' || lpad(mod(place, 100)::text, 2, '0') || '/', 'UTF8'),
            convert_to(number || ' Known.mp3', 'UTF8'), 9000000 + number, 1600000000000000000 + number, number,
            sha256(number::text::bytea), 'present', model.format, model.codec, 200000, model.parsed_by
        from
            generate_series(1, %s) as number,
            lateral (select mod(number, %s) as place) as placed,
            (select * from media_file order by id limit 1) as model
    """
    with home.database() as conn:
        conn.execute(query, [count, folders])
        conn.execute("vacuum analyze")
        row = conn.execute("select count(*) from media_file").fetchone()
        assert row is not None
        return int(row[0])


def _server_start(home: Home) -> list[float]:
    """From the first to the last line of the private server's own words about its last start."""
    moments: dict[str, datetime] = {}
    for log in sorted((home.state / "postgres" / "log").glob("postgres-*.log"), key=lambda log: log.stat().st_mtime):
        for line in log.read_text(encoding="utf-8").splitlines():
            for word in ("starting PostgreSQL", "database system is ready to accept connections"):
                if word in line:
                    moments[word] = datetime.fromisoformat(line[:23])
    if len(moments) < 2:
        return []
    first, last = moments.values()
    return [(last - first).total_seconds()]


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _verdict(holds: bool) -> str:
    return "kept" if holds else "MISSED"


PARTS: dict[str, Callable[[argparse.Namespace, Path], None]] = {
    "drop": measure_drop,
    "edit": measure_edit,
    "start": measure_start,
    "idle": measure_idle,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[*PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--idle-seconds", type=float, default=600.0)
    parser.add_argument("--folders", type=int, default=50_000)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--known", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--url", help="an empty PostgreSQL database to use instead of the private one")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores; Python {sys.version.split()[0]}; load {load()}")
    for part in asked.only:
        with tempfile.TemporaryDirectory(prefix="scannerd-bench-") as name:
            folder = Path(name)
            folder.chmod(0o755)  # the private PostgreSQL may run as another user
            PARTS[part](asked, folder)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
