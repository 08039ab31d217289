"""A server that answers: does it keep what it is given, know letters, have a place for us, and our time.

`look` asks; the judgements are pure.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from scannerd.db.queries import run
from scannerd.doctor.finding import Finding, counted, ok, trouble, warning
from scannerd.doctor.room import amount

_ABOUT = "database"
SPARE_CONNECTIONS = 10
"""As many as a daemon and a few commands beside it need."""
MOST_SECONDS_APART = 5.0

SOUND_MINOR = {14: 15, 15: 10, 16: 6, 17: 2}
"""Of each major version the release of 21 November 2024; 18 is younger than that.

That of the 14th (14.14, 15.9, 16.5, 17.1) mended CVE-2024-10976 to 10979, holes for whoever may log in, such as
`scannerd_read`; it broke `alter role ... set role`, which this one mended in turn. Older ones have
worse: indexes that lose rows (14.4; GIN: 14.11, 15.6, 16.2). No later one is asked for: most systems lag behind.
"""


@dataclass(frozen=True, slots=True)
class Server:
    """What there is to say of one."""

    keeps_on_disk: bool  # fsync
    whole_pages: bool  # full_page_writes
    has_checksums: bool
    knows_letters: bool
    ctype: str
    is_standby: bool
    may_change: bool
    most_connections: int
    connections: int
    size: int
    extensions: list[str]
    seconds_ahead: float  # its clock, of ours
    version: int  # 150018
    old_transactions: tuple[tuple[str, str, float], ...] = ()  # user, program, seconds


def look(conn: Connection[Any]) -> Server:
    """Ask it."""
    begun = time.time()
    cursor = run(conn, "look_at_server")
    ended = time.time()
    names = [column.name for column in cursor.description or ()]
    facts: dict[str, Any] = dict(zip(names, cursor.fetchone() or (), strict=True))
    old = tuple((str(user), str(program), float(age)) for user, program, age in run(conn, "list_old_transactions"))
    ahead = _apart(facts.pop("now"), begun, ended)
    return Server(**facts, seconds_ahead=ahead, version=conn.info.server_version, old_transactions=old)


def judge(server: Server, *, private: bool) -> Iterator[Finding]:
    """All there is to say."""
    kind = "scannerd's own" if private else "yours"
    version = f"{server.version // 10_000}.{server.version % 10_000}"
    yield ok(_ABOUT, f"PostgreSQL {version} ({kind}) answers, {amount(server.size)}")
    yield from judge_release(server.version // 10_000, server.version % 10_000)
    yield from _safety(server)
    yield from _rights(server)
    yield from _letters(server)
    yield from _connections(server)
    yield from _old_transactions(server)
    yield from _clock(server)


def judge_release(major: int, minor: int) -> Iterator[Finding]:
    """Whether it is one of those with known holes."""
    if minor < SOUND_MINOR.get(major, 0):
        why = "it has holes that were mended in November 2024; a minor update changes nothing else"
        mend = f"update the package of PostgreSQL {major}"
        yield warning(
            _ABOUT, f"PostgreSQL {major}.{minor} is old, {major}.{SOUND_MINOR[major]} is the least", why, mend
        )


def _safety(server: Server) -> Iterator[Finding]:
    why = "after a power cut or a crash the database may be broken beyond repair"
    if not server.keeps_on_disk:
        mend = "alter system set fsync = on; select pg_reload_conf()"
        yield trouble(_ABOUT, "fsync is off", why, mend)
    if not server.whole_pages:
        mend = "alter system set full_page_writes = on; select pg_reload_conf()"
        yield trouble(_ABOUT, "full_page_writes is off", why, mend)
    if not server.has_checksums:
        why = "a disk that returns wrong data is noticed late"
        mend = "pg_checksums --enable, with the server stopped"
        yield warning(_ABOUT, "data checksums are off", why, mend)


def _rights(server: Server) -> Iterator[Finding]:
    if server.is_standby:
        why = "nothing can be stored there"
        yield trouble(
            _ABOUT, "the server is a standby, which only follows another", why, "set database.url to the other"
        )
    elif not server.may_change:
        why = "the tables cannot be made or brought up to date"
        mend = "create database scannerd owner <the user of database.url>"
        yield trouble(_ABOUT, "the user of database.url may not make tables in this database", why, mend)


def _letters(server: Server) -> Iterator[Finding]:
    if not server.knows_letters:
        what = f"this database knows no letters beyond ASCII (its ctype is {server.ctype})"
        why = "names that differ in case only may be taken for two"
        mend = "create it anew: create database scannerd lc_ctype 'C.UTF-8' encoding 'UTF8' template template0"
        yield warning(_ABOUT, what, why, mend)
    if missing := sorted({"pg_trgm", "unaccent"} - set(server.extensions)):
        yield ok(_ABOUT, f"{' and '.join(missing)} not there: scannerd does without")


def _connections(server: Server) -> Iterator[Finding]:
    left = server.most_connections - server.connections
    if left < SPARE_CONNECTIONS:
        what = f"{server.connections} of {server.most_connections} connections are in use"
        mend = f"alter system set max_connections = {2 * server.most_connections}, and restart the server"
        yield warning(_ABOUT, what, "with none left, all work waits", mend)


def _old_transactions(server: Server) -> Iterator[Finding]:
    for user, program, seconds in server.old_transactions[:3]:
        what = f"a transaction of {user} ({program}) is open for {_duration(seconds)}"
        why = "the server clears nothing up meanwhile: tables grow, and scans get slower"
        mend = (
            "end that program; or: select pg_terminate_backend(pid) from pg_stat_activity where application_name = ..."
        )
        yield warning(_ABOUT, what, why, mend)


def _clock(server: Server) -> Iterator[Finding]:
    apart = server.seconds_ahead
    if abs(apart) > MOST_SECONDS_APART:
        what = f"the server's clock is {_duration(abs(apart))} {'ahead of' if apart > 0 else 'behind'} ours"
        yield warning(_ABOUT, what, "times of imports and scans will not fit", "timedatectl set-ntp true, on both")


def _apart(there: datetime, begun: float, ended: float) -> float:
    """How far its clock is ahead: nothing, if it was asked for within that time."""
    moment = there.timestamp()
    return min(0.0, moment - begun) or max(0.0, moment - ended)


def _duration(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit)
    return f"{seconds:.0f} s"
