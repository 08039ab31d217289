"""Measure the import against its floor, in one run: `python tests/bench/bench_listens.py [--big] [--rounds N]`.

The floor of an import is what nobody can avoid: to load the file with orjson and to COPY its bare rows (time, artist,
title, album) into an unlogged table of the same server. Floor, first import and second import of the same listens take
turns, and the minimum of each counts, because a shared machine stalls. What is promised as a count is counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
from making import BIG, SMALL, Size, write_maloja
from psycopg.conninfo import make_conninfo

from scannerd.db import connect, migrate
from scannerd.db.embedded import Embedded
from scannerd.inbox.importing import How, Outcome, import_file
from scannerd.inbox.settle import Stamp
from scannerd.listens.exports import mark_shelved
from scannerd.listens.listener import get_listener
from scannerd.listens.submit import submit
from scannerd.model.artist_names import split_rules
from scannerd.model.listen import ArtistForm, Listen, Written

Conn = psycopg.Connection[Any]
HOW = How(split_rules())


class Phases:
    """How long each phase of an import took."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._phase, self._since = "starting", time.perf_counter()

    def tell(self, phase: str, _done: int, _all: int) -> None:
        now = time.perf_counter()
        self.seconds[self._phase] += now - self._since
        self._phase, self._since = phase, now

    def end(self) -> dict[str, float]:
        self.tell("", 0, 0)
        return dict(self.seconds)


class Statements(psycopg.Cursor[Any]):
    """Counts what is sent."""

    sent = 0

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        Statements.sent += 1
        return super().execute(*args, **kwargs)

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        Statements.sent += 1
        return super().copy(*args, **kwargs)


def bring(conn: Conn, path: Path) -> dict[str, float]:
    """One import, from file to resolved, de-duplicated and reported; the seconds of its phases."""
    phases = Phases()
    listener = get_listener(conn, "me", time_zone="Europe/Berlin")
    imported = import_file(conn, path, stamp=Stamp.of(path.stat()), listener=listener, how=HOW, tell=phases.tell)
    assert imported.outcome is Outcome.IMPORTED, imported
    assert imported.report is not None
    mark_shelved(conn, imported.report.id)
    return phases.end()


def floor(conn: Conn, path: Path) -> float:
    begin = time.perf_counter()
    rows = orjson.loads(path.read_bytes())["scrobbles"]
    with conn.transaction():
        conn.execute("create unlogged table bare (at timestamptz, artist text, title text, album text)")
        with conn.cursor().copy("copy bare from stdin (format binary)") as copy:
            copy.set_types(["timestamptz", "text", "text", "text"])
            for row in rows:
                track = row["track"]
                album = track["album"]["albumtitle"] if track["album"] else None
                copy.write_row((datetime.fromtimestamp(row["time"], UTC), track["artists"][0], track["title"], album))
    taken = time.perf_counter() - begin
    conn.execute("drop table bare")
    return taken


def row_by_row(conn: Conn, path: Path, *, rows: int = 1_000) -> float:
    """What the seed's importer did for each row, about 19 statements with a commit each; seconds for one row.

    For artist, album and track in turn: by name, the row, its aliases, its plays, its time, and its rank over all
    listens; where it is new, it is inserted with its alias. Ranks over the first 1,000 rows are cheaper than over all.
    """
    for statement in SEED_TABLES:
        conn.execute(statement)
    told = orjson.loads(path.read_bytes())["scrobbles"][:rows]
    begin = time.perf_counter()
    for row in told:
        track = row["track"]
        artists = [_get_or_insert(conn, "artist", name, 0) for name in track["artists"]]
        album = track["album"]["albumtitle"] if track["album"] else track["title"]
        place = _get_or_insert(conn, "album", album, artists[0])
        listened = _get_or_insert(conn, "track", track["title"], place)
        moment = datetime.fromtimestamp(row["time"], UTC)
        conn.execute(
            "insert into seed_listen (artist, album, track, at) values (%s, %s, %s, %s) on conflict do nothing",
            [artists[0], place, listened, moment],
        )
    return (time.perf_counter() - begin) / len(told)


SEED_TABLES = [
    "create table seed_listen (artist int, album int, track int, at timestamptz, primary key (track, at))",
    *(
        statement.format(kind=kind)
        for kind in ("artist", "album", "track")
        for statement in (
            "create table seed_{kind} (id int generated always as identity primary key, parent int, duration int)",
            """create table seed_{kind}_alias (
                {kind} int references seed_{kind}, alias text, parent int, is_primary boolean,
                primary key ({kind}, alias)
            )""",
            "create index on seed_{kind}_alias (alias)",
            "create index on seed_listen ({kind})",
        )
    ),
]


def _get_or_insert(conn: Conn, kind: str, name: str, parent: int) -> int:
    """One of the seed's six-query look-ups, and its creation on a miss."""
    found = conn.execute(f"select {kind} from seed_{kind}_alias where alias = %s and parent = %s", [name, parent])
    row = found.fetchone()
    if row is None:
        row = conn.execute(f"insert into seed_{kind} (parent) values (%s) returning id", [parent]).fetchone()
        assert row is not None
        conn.execute(f"insert into seed_{kind}_alias values (%s, %s, %s, true)", [row[0], name, parent])
    number = int(row[0])
    for query in (
        f"select * from seed_{kind} where id = %s",
        f"select alias from seed_{kind}_alias where {kind} = %s order by is_primary desc, alias",
        f"select count(*) from seed_listen where {kind} = %s",
        f"select sum(t.duration) from seed_listen l join seed_track t on t.id = l.track where l.{kind} = %s",
        f"""select place from (
            select {kind}, rank() over (order by count(*) desc) as place from seed_listen group by {kind}
        ) as ranked where {kind} = %s""",
    ):
        conn.execute(query, [number]).fetchone()
    return number


@contextmanager
def fresh(server: str) -> Iterator[str]:
    """An empty database that is up to date."""
    with connect.connect(make_conninfo(server, user="postgres", dbname="postgres"), autocommit=True) as admin:
        admin.execute("drop database if exists bench with (force)")
        admin.execute("create database bench owner scannerd")
    conninfo = make_conninfo(server, dbname="bench")
    with connect.connect(conninfo, autocommit=True) as conn:
        migrate.migrate(conn)
    yield conninfo


def measure_import(server: str, folder: Path, rounds: int) -> float:
    """Print the ratios of the seed's case; returns the best seconds of a first import."""
    first_file = write_maloja(folder / "first.json", SMALL)
    again_file = write_maloja(folder / "again.json", SMALL, exported_at=1)
    floors, firsts, agains, single = [], [], [], []
    for turn in range(rounds):
        with fresh(server) as conninfo, connect.connect(conninfo, autocommit=True) as conn:
            floors.append(floor(conn, first_file))
            firsts.append(bring(conn, first_file))
            floors.append(floor(conn, first_file))
            agains.append(bring(conn, again_file))
            if turn == 0:
                single.append(row_by_row(conn, first_file))
    best = min(floors)
    print(
        f"\n{SMALL.listens:,} Maloja rows, {SMALL.artists:,} artists, {SMALL.albums:,} albums; {rounds} rounds, minima"
    )
    print(f"floor (load and copy bare rows)   {best:8.3f} s")
    for name, runs, most in (("first import", firsts, 25), ("the same from another file", agains, 10)):
        least = min(runs, key=lambda run: sum(run.values()))
        total = sum(least.values())
        phases = ", ".join(f"{phase} {seconds:.2f}" for phase, seconds in least.items() if seconds > 0.005)
        print(f"{name:32}  {total:8.3f} s   {total / best:5.1f} x floor (at most {most})   {phases}")
    total = min(sum(run.values()) for run in firsts)
    scaled = single[0] * SMALL.listens
    print(f"row by row, scaled from 1,000     {scaled:8.1f} s   {scaled / total:5.0f} x the import (at least 100)")
    return total


def measure_big(server: str, folder: Path, small_seconds: float, size: Size) -> None:
    path = write_maloja(folder / "big.json", size)
    with fresh(server) as conninfo:
        told = subprocess.run(
            [sys.executable, __file__, "--child", str(path), conninfo], check=True, capture_output=True, text=True
        )
        seconds, statements, parent, worker, *phases = told.stdout.split()
        with connect.connect(conninfo, autocommit=True) as conn:
            conn.execute("vacuum analyze")
            ratio = float(seconds) / size.listens / (small_seconds / SMALL.listens)
            print(f"\n{size.listens:,} rows of {path.stat().st_size / 1e6:.0f} MB, {size.tracks:,} tracks")
            print(
                f"import                            {float(seconds):8.1f} s   {ratio:5.2f} x the small's time per row"
            )
            print(f"  {' '.join(phases)}")
            print(f"statements                        {statements:>8}")
            print(
                f"memory of our processes           {int(parent) / 1024:8.0f} MB + worker {int(worker) / 1024:.0f} MB"
            )
            measure_views(conn)
            measure_submit(conn)


def child(path: Path, conninfo: str) -> None:
    """One import in a process of its own, so that its memory is its own."""
    with connect.connect(conninfo, autocommit=True) as conn:
        conn.cursor_factory = Statements
        begin = time.perf_counter()
        phases = bring(conn, path)
        seconds = time.perf_counter() - begin
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    own = status["VmHWM"].split()[0]  # getrusage would count what our parent had when it forked
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(seconds, Statements.sent, own, workers, *(f"{phase}:{taken:.1f}" for phase, taken in phases.items()))


def measure_views(conn: Conn) -> None:
    """Each question as a person asks it, with every row fetched; an artist and a track from the upper middle."""
    popular = "select artist, title from listens group by artist, title order by count(*) desc offset 1000 limit 1"
    artist, title = conn.execute(popular).fetchone() or ("", "")
    newest = conn.execute("select max(listened_at) from listens").fetchone()[0]
    month = [newest - timedelta(days=60), newest - timedelta(days=30)]
    in_month = "from listens where listener = 'me' and listened_at >= %s and listened_at < %s"
    year = [(newest - timedelta(days=365)).date(), newest.date()]
    asked: dict[str, tuple[str, list[Any]]] = {
        "one artist": ("select * from listens where artist = %s order by listened_at desc", [artist]),
        "one month, the top artists": (
            f"select artist, count(*) {in_month} group by 1 order by 2 desc limit 50",
            month,
        ),
        "one month, every listen": (f"select * {in_month} order by listened_at", month),
        "one track's history": ("select * from listens where artist = %s and title = %s", [artist, title]),
        "plays_by_day of a year": ("select * from plays_by_day where listener = 'me' and day between %s and %s", year),
    }
    print("views, warm (at most 50 ms)")
    for name, (query, values) in asked.items():
        rows, taken = _best(lambda query=query, values=values: conn.execute(query, values).fetchall(), 9)
        print(f"  {name:30}  {taken * 1000:8.1f} ms   {len(rows):,} rows")


def measure_submit(conn: Conn) -> None:
    listener = get_listener(conn, "me", time_zone="Europe/Berlin")
    written = Written("Known", ("Somebody",), form=ArtistForm.LIST)
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    conn.cursor_factory = Statements
    works, commits = [], []
    for number in range(200):
        listen = Listen(1, begin + timedelta(hours=2 * number), written)
        conn.execute("begin")
        sent, since = Statements.sent, time.perf_counter()
        submit(conn, [listen], listener=listener, source="live", rules=HOW.rules)
        works.append(time.perf_counter() - since)
        sent = Statements.sent - sent
        since = time.perf_counter()
        conn.execute("commit")
        commits.append(time.perf_counter() - since)
    work, commit = min(works) * 1000, min(commits) * 1000
    typical = statistics.median(works) * 1000
    print(
        f"one live submit of a known lookup  {work:7.2f} ms of work (at most 2), typically {typical:.2f} ms;", end=" "
    )
    print(f"{sent} statements; commit {commit:.2f} ms")


def _best(call: Callable[[], Any], times: int) -> tuple[Any, float]:
    best = float("inf")
    for _ in range(times):
        begin = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - begin)
    return answer, best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--big", action="store_true", help="also 1,000,000 rows, memory, views and live submits")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    with tempfile.TemporaryDirectory(prefix="scannerd-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the private PostgreSQL may run as another user
        with Embedded(folder / "state") as server:
            print(f"{os.cpu_count()} cores; PostgreSQL with fsync on")
            seconds = measure_import(server, folder, asked.rounds)
            if asked.big:
                measure_big(server, folder, seconds, BIG)


if __name__ == "__main__":
    main()
