"""What the settings say, in the plain arguments that the packages below take."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from scannerd.config import Settings
from scannerd.db.identity import identity_of
from scannerd.db.opening import (
    Database,
    bring_up_to_date,
    in_our_words,
    is_new,
    require_up_to_date,
    set_counting_rule,
)
from scannerd.db.share import Share
from scannerd.errors import ConfigError, NotFound
from scannerd.formats.archive import Limits
from scannerd.formats.worker import WorkerLimits
from scannerd.inbox.importing import How
from scannerd.inbox.intake import Owner, Shelves
from scannerd.library.libraries import LibrarySpec
from scannerd.listens.listener import set_time_zone
from scannerd.model.artist_names import DEFAULT_SEPARATORS, SplitRules, split_rules

if TYPE_CHECKING:
    from scannerd.library.scan import How as ScanHow

logger = logging.getLogger(__name__)


def database_of(settings: Settings) -> Database:
    """Where the database is."""
    chosen = settings.database
    return Database(
        url=chosen.url.get_secret_value() if chosen.url else None,
        state=settings.state.folder,
        binaries=chosen.binaries,
        owner=chosen.owner,
        share=Share(
            port=chosen.share_port if chosen.share == "port" else None,
            group=chosen.share_group if chosen.share == "group" else None,
        ),
    )


class NothingYet(NotFound):
    """Scannerd was never used here."""

    def __init__(self) -> None:
        super().__init__(
            "there is no database yet: nothing was imported",
            hint='start "scannerd run", import a file, or run "scannerd db migrate"',
        )


@contextmanager
def writing(settings: Settings) -> Iterator[Connection[Any]]:
    """A session for a command that changes things; made, migrated and started as needed."""
    with database_of(settings) as database, closing(database.connect()) as conn, in_our_words():
        bring_up_to_date(conn)
        set_counting_rule(conn, min_played_ms=min_played_ms(settings))
        set_time_zone(conn, settings.inbox.time_zone)
        yield conn


@contextmanager
def trying(settings: Settings) -> Iterator[Connection[Any]]:
    """A session for a dry run: a new database gets its tables, one that holds something is not even migrated."""
    with database_of(settings) as database, closing(database.connect()) as conn, in_our_words():
        if is_new(conn):
            bring_up_to_date(conn)
        require_up_to_date(conn)
        yield conn


@contextmanager
def reading(settings: Settings) -> Iterator[Connection[Any]]:
    """A session for a command that looks; nothing is made or migrated for it."""
    with database_of(settings) as database:
        if not database.exists:
            raise NothingYet
        with closing(database.connect()) as conn, in_our_words():
            if is_new(conn):
                raise NothingYet
            require_up_to_date(conn)
            set_counting_rule(conn, min_played_ms=min_played_ms(settings))
            yield conn


def min_played_ms(settings: Settings) -> int:
    """From which length on a listen counts."""
    return settings.listens.min_played // timedelta(milliseconds=1)


def rules_of(settings: Settings) -> SplitRules:
    """How artist names are taken apart."""
    try:
        return split_rules(settings.names.keep_whole, (*DEFAULT_SEPARATORS, *settings.names.separators))
    except ValueError as exc:
        raise ConfigError(f"names.separators: {exc}", hint='mind the blanks around a separator: [" ; "]') from exc


def how_of(settings: Settings) -> How:
    """The rules an import follows."""
    inbox, zone = settings.inbox, ZoneInfo(settings.inbox.time_zone)
    return How(
        rules=rules_of(settings),
        after=_begin(inbox.after, zone) if inbox.after else None,
        before=_begin(inbox.before + timedelta(days=1), zone) - timedelta(microseconds=1) if inbox.before else None,
        limits=WorkerLimits(archive=Limits(total=inbox.max_size)),
    )


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def owner_of(settings: Settings) -> Owner:
    """Whose files lie in the drop folder itself."""
    return Owner(settings.inbox.listener, settings.inbox.time_zone)


def shelves_of(settings: Settings) -> Shelves:
    """Where finished files go."""
    return Shelves(settings.inbox.done_folder, settings.inbox.failed_folder, drop=settings.inbox.drop_folder)


def libraries_of(settings: Settings) -> tuple[LibrarySpec, ...]:
    """What is scanned, in the order of the settings."""
    keeper = identity_of(settings.state.folder)
    return tuple(
        LibrarySpec(
            name=library.name,
            roots=tuple(map(os.fsencode, library.roots)),
            kind=library.kind,
            catalogue=library.catalogue,
            instance=settings.state.instance,
            ignore=library.ignore,
            follow_mounts=library.follow_mounts,
            keeper=keeper,
        )
        for library in settings.library
    )


def suffixes_of(settings: Settings) -> frozenset[bytes]:
    """Those of files that count in any of the libraries."""
    from scannerd.library.kinds import KINDS

    return frozenset().union(*(KINDS[library.kind].suffixes for library in settings.library))


def scan_how_of(settings: Settings) -> ScanHow:
    """The rules a scan follows."""
    from scannerd.library.guard import Guard
    from scannerd.library.scan import How, PoolLimits

    scan = settings.scan
    pool = PoolLimits(workers=scan.workers or None, deadline=scan.deadline.total_seconds(), memory=scan.memory)
    return How(rules=rules_of(settings), pool=pool, guard=Guard(scan.vanish_share, scan.vanish_files))
