"""The second half of a scan of books: what is owed is read, derived and written, and what follows from it is done."""

from __future__ import annotations

from scannerd.db.queries import run
from scannerd.library.books.owed import find_owed, forget_owed
from scannerd.library.books.read import BookReader
from scannerd.library.books.settle import tidy
from scannerd.library.how import How, Tell
from scannerd.library.libraries import Library
from scannerd.library.look import Look
from scannerd.library.names import Names, preload
from scannerd.library.parse import ParsePool
from scannerd.library.scan_cache import ScanCache
from scannerd.listens.book_listens import find_books

PARSE = "scannerd.parsers.books:parse"
CACHE_FROM = 200
"""From so many files on, knowing all names beforehand is cheaper than asking for each."""


def read_books(found: Look, how: How, tell: Tell) -> None:
    """Parse the files that a look found, write the books of all units where anything happened, settle what follows."""
    _settle(_read(found, how, tell), found.library)


def _read(found: Look, how: How, tell: Tell) -> BookReader:
    conn, library, summary = found.conn, found.library, found.summary
    total, done = found.findings.count(), 0

    def told(files: int) -> None:
        nonlocal done
        done += files
        tell("reading", done, total)

    if not total:
        run(conn, "create_scan_tables")  # with nothing in them: units may be owed all the same
    cache = ScanCache(library.catalogue_id) if total >= CACHE_FROM else None
    if cache is not None:
        with summary.timed("preload"):
            preload(conn, cache)
    with summary.timed("units"):
        find_owed(conn, library.id)
    limits = how.pool
    with ParsePool(workers=limits.workers, deadline=limits.deadline, memory=limits.memory, parse=PARSE) as pool:
        reader = BookReader(
            conn=conn,
            catalogue_id=library.catalogue_id,
            names=Names(library.catalogue_id, cache),
            roots={root.id: root.path for root in library.roots},
            pool=pool,
            summary=summary,
            stop=found.stop,
            tell=told,
        )
        reader.read()
    forget_owed(conn)
    if cache is not None:
        summary.cache = cache.counts()
    return reader


def _settle(reader: BookReader, library: Library) -> None:
    if reader.stop.is_set():
        return
    conn, summary = reader.conn, reader.summary
    is_owed = reader.rewrote or not library.is_settled
    if is_owed:
        with summary.timed("settle"):
            tidy(conn, catalogue_id=reader.catalogue_id)
    if is_owed or summary.books:
        with summary.timed("listens"):
            find_books(conn)
    run(conn, "settle_library", library_id=library.id)
