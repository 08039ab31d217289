"""The read-only door: shut unless asked for, and then open to the views and nothing else."""

import grp
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from scannerd.db import connect, migrate, share
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded
from scannerd.db.share import Share
from scannerd.errors import DatabaseRefused, EmbeddedError

QUICK = {"fsync": "off"}


@pytest.fixture
def port() -> Iterator[int]:
    """One on which only a server that was told of it listens: nobody is given by chance what somebody holds."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL's own
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def state(open_tmp: Path, made: Path) -> Path:
    """A state folder with a stopped cluster that never had a door."""
    subprocess.run(["cp", "-a", made, open_tmp / "state"], check=True)
    return open_tmp / "state"


def fill(conninfo: str) -> None:
    with connect.connect(conninfo) as conn:
        conn.execute("create schema scannerd")
        conn.execute("create table scannerd.listen as select 'private'::text as secret")
        conn.execute("create view public.listens as select 'Ария'::text as artist from scannerd.listen")
        conn.execute("create view public.hidden as select 1 as number")
        conn.execute("grant select on listens to scannerd_read")


def as_reader(state: Path, host: str, port: int) -> str:
    password = share.read_password(state)
    return make_conninfo(host=host, port=port, user="scannerd_read", dbname="scannerd", password=password)


def outcome(conn: psycopg.Connection[Any], statement: bytes) -> str:
    try:
        conn.execute(statement)
    except psycopg.Error as exc:
        return type(exc).__name__
    return "done"


def test_a_shared_port_lets_the_reader_see_the_views_and_nothing_else(
    state: Path, postgres: Binaries, port: int
) -> None:
    with Embedded(state, binaries=postgres.folder, share=Share(port=port), settings=QUICK) as conninfo:
        fill(conninfo)
        with connect.connect(as_reader(state, "127.0.0.1", port), autocommit=True) as reader:
            rows = reader.execute("select artist from listens").fetchall()
            # Over a network the server itself notices that a client is gone.
            patience = reader.execute("select current_setting('tcp_keepalives_idle')").fetchall()
            outcomes = {
                name: outcome(reader, statement)
                for name, statement in {
                    "table": b"select secret from scannerd.listen",
                    "view not granted": b"select number from public.hidden",
                    "new table": b"create table public.mine ()",
                    "write": b"set default_transaction_read_only = off; insert into scannerd.listen values ('x')",
                    "file": b"copy listens to '/tmp/listens'",
                }.items()
            }
        with pytest.raises(DatabaseRefused, match="password authentication failed"):
            connect.connect(make_conninfo(as_reader(state, "127.0.0.1", port), password="wrong"))
        with pytest.raises(DatabaseRefused):
            connect.connect(make_conninfo(as_reader(state, "127.0.0.1", port), user="scannerd"))
        with connect.connect(make_conninfo(conninfo, user="postgres")) as admin:
            stored = admin.execute("select rolpassword from pg_authid where rolname = 'scannerd_read'").fetchone()

    assert rows == [("Ария",)]
    assert outcomes == {
        "table": "InsufficientPrivilege",
        "view not granted": "InsufficientPrivilege",
        "new table": "ReadOnlySqlTransaction",
        "write": "InsufficientPrivilege",
        "file": "InsufficientPrivilege",
    }
    assert patience == [("30",)]
    assert stored is not None
    assert stored[0].startswith("SCRAM-SHA-256$")


def test_the_password_is_made_once_and_ours_alone(state: Path, postgres: Binaries) -> None:
    with Embedded(state, binaries=postgres.folder, settings=QUICK):
        password = share.read_password(state)
        again = share.read_password(state)

    assert len(password) == 32
    assert again == password
    assert oct((state / "postgres" / "read_password").stat().st_mode & 0o777) == "0o600"


def test_a_shut_door_takes_the_port_and_the_login_away(state: Path, postgres: Binaries, port: int) -> None:
    with Embedded(state, binaries=postgres.folder, share=Share(port=port), settings=QUICK) as conninfo:
        fill(conninfo)
    with Embedded(state, binaries=postgres.folder, settings=QUICK) as conninfo:
        with socket.socket() as probe:
            refused = probe.connect_ex(("127.0.0.1", port))
        with connect.connect(conninfo) as conn:
            may_log_in = conn.execute("select rolcanlogin from pg_roles where rolname = 'scannerd_read'").fetchone()

    assert refused != 0
    assert may_log_in == (False,)


def test_a_command_beside_the_daemon_leaves_its_door_as_it_is(state: Path, postgres: Binaries, port: int) -> None:
    with Embedded(state, binaries=postgres.folder, share=Share(port=port), settings=QUICK) as conninfo:
        fill(conninfo)
        with Embedded(state, binaries=postgres.folder, settings=QUICK) as beside:
            assert beside == conninfo
        with connect.connect(as_reader(state, "127.0.0.1", port)) as reader:
            assert reader.execute("select artist from listens").fetchall() == [("Ария",)]


def test_a_share_that_comes_too_late_says_so(
    state: Path, postgres: Binaries, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    late = Embedded(state, binaries=postgres.folder, share=Share(port=port), settings=QUICK)
    with Embedded(state, binaries=postgres.folder, settings=QUICK), late:
        pass

    assert caplog.messages == ["the database runs already, without database.share; restart every scannerd to open it"]


def test_a_group_gets_a_socket_of_its_own(state: Path, postgres: Binaries) -> None:
    group = grp.getgrgid(os.getegid()).gr_name
    with Embedded(state, binaries=postgres.folder, share=Share(group=group), settings=QUICK) as conninfo:
        fill(conninfo)
        door = state / "postgres-share"
        mark = door.stat()
        with connect.connect(as_reader(state, str(door), 5432)) as reader:
            rows = reader.execute("select artist from listens").fetchall()
        with connect.connect(conninfo) as conn:
            listening = conn.execute("select current_setting('listen_addresses')").fetchone()

    assert rows == [("Ария",)]
    assert (oct(mark.st_mode & 0o777), mark.st_gid) == ("0o750", os.getegid())
    assert oct((state / "postgres" / "socket").stat().st_mode & 0o777) == "0o700"
    assert listening == ("",)


def test_a_group_that_does_not_exist_is_named(state: Path, postgres: Binaries) -> None:
    with pytest.raises(EmbeddedError, match=r"^there is no group 'no-such-group'$"):
        Embedded(state, binaries=postgres.folder, share=Share(group="no-such-group"), settings=QUICK).start()


def test_the_reader_sees_every_public_view_of_a_migrated_database(state: Path, postgres: Binaries, port: int) -> None:
    with Embedded(state, binaries=postgres.folder, share=Share(port=port), settings=QUICK) as conninfo:
        with connect.connect(conninfo, autocommit=True) as conn:
            migrate.migrate(conn)
        with connect.connect(as_reader(state, "127.0.0.1", port), autocommit=True) as reader:
            outcomes = {view: outcome(reader, f"select * from {view}".encode()) for view in migrate.views()}
            outcomes["table"] = outcome(reader, b"select * from scannerd.listen")

    assert outcomes == {
        "public.albums": "done",
        "public.all_listens": "done",
        "public.artists": "done",
        "public.imports": "done",
        "public.listens": "done",
        "public.plays_by_day": "done",
        "public.tracks": "done",
        "table": "InsufficientPrivilege",
        "public.files": "done",
        "public.owned_never_played": "done",
        "public.played_not_owned": "done",
        "public.library_health": "done",
        "public.books": "done",
        "public.book_files": "done",
        "public.book_chapters": "done",
        "public.series": "done",
        "public.persons": "done",
        "public.book_listens": "done",
    }
