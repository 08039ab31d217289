"""The second half of a scan of music: what was found is read and written, and what follows from it is done."""

from __future__ import annotations

from array import array

from scannerd.db.queries import run
from scannerd.library.how import How, Tell
from scannerd.library.libraries import Library
from scannerd.library.look import Look
from scannerd.library.music.read import Reader
from scannerd.library.music.settle import (
    date_releases,
    list_companions,
    list_heirs,
    list_left_behind,
    name_as_listened,
    pass_on,
    tidy,
)
from scannerd.library.names import Names, preload
from scannerd.library.parse import ParsePool
from scannerd.library.scan_cache import ScanCache
from scannerd.listens.owned import adopt_owned

CACHE_FROM = 200
"""From so many files on, knowing all names beforehand is cheaper than asking for each."""
_MOST_HEIRS = 3


def read_music(found: Look, how: How, tell: Tell) -> None:
    """Parse and write the files that a look found, then settle what follows from it."""
    _settle(_read(found, how, tell), found.library)


def _read(found: Look, how: How, tell: Tell) -> Reader:
    conn, library, summary = found.conn, found.library, found.summary
    total, done = found.findings.count(), 0

    def told(files: int) -> None:
        nonlocal done
        done += files
        tell("reading", done, total)

    held: list[int] = []
    if not library.is_settled:
        left, held = list_left_behind(conn, library)
        found.touched |= left
    cache = ScanCache(library.catalogue_id) if total >= CACHE_FROM else None
    if cache is not None:
        with summary.timed("preload"):
            preload(conn, cache)
    limits = how.pool
    with ParsePool(workers=limits.workers, deadline=limits.deadline, memory=limits.memory) as pool:
        reader = Reader(
            conn=conn,
            catalogue_id=library.catalogue_id,
            names=Names(library.catalogue_id, cache),
            rules=how.rules,
            roots={root.id: root.path for root in library.roots},
            pool=pool,
            summary=summary,
            stop=found.stop,
            tell=told,
            touched=found.touched,
            written=array("q", held),
        )
        reader.read(found.findings.files())
        _read_companions(reader)
        _read_heirs(reader)
    if cache is not None:
        summary.cache = cache.counts()
    return reader


def _read_companions(reader: Reader) -> None:
    """A compilation that came bit by bit is one album, whoever its first songs were by."""
    companions = [] if reader.stop.is_set() else list_companions(reader.conn, reader.guessed)
    if companions:
        reader.read(companions)


def _read_heirs(reader: Reader) -> None:
    """A heir may be broken in its turn; then the next one is read."""
    for _ in range(_MOST_HEIRS):
        heirs = [] if reader.stop.is_set() else list_heirs(reader.conn, reader.touched, reader.roots)
        if not heirs:
            return
        reader.read(heirs)


def _settle(reader: Reader, library: Library) -> None:
    if reader.stop.is_set():
        return
    conn, catalogue_id, summary = reader.conn, reader.catalogue_id, reader.summary
    with summary.timed("settle"):
        pass_on(conn, reader.touched, library)
        if reader.touched or reader.rewrote or not library.is_settled:
            releases = reader.left_releases if library.is_settled else None
            tidy(conn, reader.touched, releases, catalogue_id=catalogue_id)
        if reader.touched or reader.written:
            reader.written.extend(name_as_listened(conn, catalogue_id))
        date_releases(conn, reader.written, reader.left_releases)
    with summary.timed("listens"):
        summary.adopted_lookups = adopt_owned(
            conn, reader.written, catalogue_id=catalogue_id, rules=reader.rules, stop=reader.stop
        )
    if not reader.stop.is_set():
        run(conn, "settle_library", library_id=library.id)
