"""The private PostgreSQL: made, started, used together, killed, taken over."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from waiting import wait_until

from scannerd.db import connect, embedded, server
from scannerd.db.binaries import Binaries
from scannerd.db.embedded import Embedded
from scannerd.db.owner import caller
from scannerd.errors import EmbeddedError

ROOT = Path(__file__).parents[2]
QUICK = {"fsync": "off"}


@pytest.fixture
def state(open_tmp: Path, made: Path) -> Iterator[Path]:
    """A state folder with a stopped cluster."""
    folder = open_tmp / "state"
    subprocess.run(["cp", "-a", made, folder], check=True)
    yield folder
    end_server(folder)


@pytest.fixture
def fresh(open_tmp: Path) -> Iterator[Path]:
    """A state folder with nothing in it."""
    yield open_tmp / "fresh"
    end_server(open_tmp / "fresh")


@pytest.fixture
def new(state: Path, postgres: Binaries) -> Callable[[], Embedded]:
    """Another part in the server of this test."""
    return lambda: Embedded(state, binaries=postgres.folder, settings=QUICK)


def processes(state: Path) -> list[int]:
    return server.processes(state / "postgres" / "data", caller())


def end_server(state: Path) -> None:
    """Kill what a failed test left running."""
    if (state / "postgres" / "data").exists():
        for pid in processes(state):
            with suppress(ProcessLookupError):  # it ended by itself meanwhile
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not processes(state), "the server is gone")


def is_recovering(state: Path) -> bool:
    for pid in processes(state):
        with suppress(OSError):  # it ended just now
            if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"postgres: startup"):
                return True
    return False


def answer(conninfo: str, query: bytes = b"select 1") -> object:
    with connect.connect(conninfo) as conn:
        row = conn.execute(query).fetchone()
    return row[0] if row else None


def start_holder(state: Path, postgres: Binaries) -> subprocess.Popen[str]:
    """Another process that takes part until its standard input closes."""
    program = (
        "import sys; from pathlib import Path; from scannerd.db.embedded import Embedded\n"
        "with Embedded(Path(sys.argv[1]), binaries=Path(sys.argv[2]), settings={'fsync': 'off'}) as conninfo:\n"
        "    print(conninfo, flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(state), str(postgres.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def told(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def test_it_makes_starts_and_stops_a_database_that_keeps_what_it_was_given(fresh: Path, postgres: Binaries) -> None:
    with Embedded(fresh, binaries=postgres.folder) as conninfo, connect.connect(conninfo) as conn:
        conn.execute("create table public.kept as select 'ещё'::text as word")

    assert processes(fresh) == []
    assert embedded.running(fresh) is None
    with Embedded(fresh, binaries=postgres.folder) as conninfo:
        assert answer(conninfo, b"select word from public.kept") == "ещё"


def test_a_server_that_recovers_from_a_crash_is_stopped_at_once_and_keeps_what_it_was_given(
    state: Path, new: Callable[[], Embedded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 20)  # before it would lose patience with one that was asked
    data = state / "postgres" / "data"
    part = new()
    with connect.connect(part.start()) as conn:
        conn.execute("create table public.kept as select 'ещё'::text as word")
    os.mkfifo(data / "backup_label")  # which the recovery opens first, and waits for somebody to write to
    (data / "backup_label").chmod(0o644)
    session = psycopg.connect(embedded.running(state) or "")
    os.kill(session.info.backend_pid, signal.SIGKILL)
    session.close()
    wait_until(lambda: is_recovering(state), "it recovers")

    part.stop()

    assert processes(state) == []
    (data / "backup_label").unlink()
    with new() as conninfo:
        assert answer(conninfo, b"select word from public.kept") == "ещё"


def test_its_folders_are_their_owners_alone_and_no_network_leads_to_it(
    state: Path, new: Callable[[], Embedded]
) -> None:
    with new() as conninfo:
        modes = {name: oct((state / "postgres" / name).stat().st_mode & 0o777) for name in ("data", "socket", "log")}
        owners = {(state / "postgres" / name).stat().st_uid for name in ("data", "socket", "log")}
        found = server.look(state / "postgres" / "data")
        listening = answer(conninfo, b"select current_setting('listen_addresses')")

    assert modes == {"data": "0o700", "socket": "0o700", "log": "0o700"}
    assert len(owners) == 1
    assert found is not None
    assert not found.loopback
    assert listening == ""


def test_its_settings_protect_the_data_and_its_letters_are_letters(state: Path, postgres: Binaries) -> None:
    names = ["data_checksums", "fsync", "full_page_writes", "synchronous_commit", "jit", "server_encoding", "TimeZone"]
    with Embedded(state, binaries=postgres.folder) as conninfo, connect.connect(conninfo) as conn:
        values = [conn.execute("select current_setting(%s)", [name]).fetchone() for name in names]
        letters = conn.execute(
            "select lower('ÀЖΩ'), 'Жук' ~* '^ж\\w+$', datctype, datcollate"
            " from pg_database where datname = current_database()"
        ).fetchone()
        rights = conn.execute(
            "select rolsuper, rolcreaterole, has_schema_privilege('public', 'create') from pg_roles"
            " where rolname = current_user"
        ).fetchone()

    assert values == [("on",), ("on",), ("on",), ("on",), ("off",), ("UTF8",), ("UTC",)]
    assert letters is not None
    assert letters[:2] == ("àжω", True)
    assert letters[2] not in ("C", "POSIX")
    assert rights == (False, False, True)


def test_trigrams_keep_letters_of_every_alphabet(state: Path, new: Callable[[], Embedded]) -> None:
    with new() as conninfo, connect.connect(conninfo) as conn:
        if conn.execute("select from pg_available_extensions where name = 'pg_trgm'").fetchone() is None:
            pytest.skip("this PostgreSQL has no pg_trgm")
        conn.execute("create extension pg_trgm schema public")
        shared = conn.execute("select public.similarity('Кино', 'кино'), public.similarity('Кино', 'Ария')").fetchone()

    assert shared == (1.0, 0.0)


def test_the_last_one_out_stops_the_server(state: Path, new: Callable[[], Embedded]) -> None:
    first, second = new(), new()
    conninfo = first.start()
    assert second.start() == conninfo == embedded.running(state)

    first.stop()
    assert answer(conninfo) == 1
    second.stop()
    second.stop()

    assert processes(state) == []


def test_two_that_start_at_once_share_one_server(fresh: Path, postgres: Binaries) -> None:
    holders = [start_holder(fresh, postgres) for _ in range(2)]
    conninfos = [told(holder) for holder in holders]
    found = server.look(fresh / "postgres" / "data")
    for holder in holders:
        holder.communicate()

    assert conninfos[0] == conninfos[1] != ""
    assert found is not None
    assert [holder.returncode for holder in holders] == [0, 0]
    assert processes(fresh) == []


def test_starting_and_stopping_side_by_side_never_pulls_the_server_from_under_anyone(
    new: Callable[[], Embedded],
) -> None:
    failures: list[BaseException] = []

    def come_and_go() -> None:
        try:
            for _ in range(3):
                with new() as conninfo:
                    assert answer(conninfo) == 1
        except BaseException as exc:  # noqa: BLE001 - handed to the test's own thread
            failures.append(exc)

    threads = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_user_that_was_killed_leaves_a_server_that_the_next_one_takes_over_and_stops(
    state: Path, postgres: Binaries, new: Callable[[], Embedded]
) -> None:
    holder = start_holder(state, postgres)
    conninfo = told(holder)
    before = server.look(state / "postgres" / "data")
    holder.kill()
    holder.communicate()
    assert answer(conninfo) == 1

    with new() as again:
        assert again == conninfo
        assert server.look(state / "postgres" / "data") == before

    assert processes(state) == []


def test_a_server_that_was_killed_is_started_again_with_all_that_was_committed(state: Path, postgres: Binaries) -> None:
    cluster = Embedded(state, binaries=postgres.folder)
    with connect.connect(cluster.start(), autocommit=True) as conn:
        conn.execute("create table public.committed as select 42 as number")
        found = server.look(state / "postgres" / "data")
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)

    with Embedded(state, binaries=postgres.folder) as conninfo:
        assert answer(conninfo, b"select number from public.committed") == 42
        after = server.look(state / "postgres" / "data")
        assert after is not None
        assert after.pid != found.pid
        cluster.stop()
        assert answer(conninfo) == 1
    assert processes(state) == []


def test_a_start_waits_for_the_orphans_of_a_killed_server_and_then_names_them(
    state: Path, postgres: Binaries, new: Callable[[], Embedded]
) -> None:
    conninfo = new().start()
    found = server.look(state / "postgres" / "data")
    assert found is not None
    conn = psycopg.connect(conninfo)
    orphan = conn.info.backend_pid
    os.kill(orphan, signal.SIGSTOP)
    os.kill(found.pid, signal.SIGKILL)

    # With the orphan lives the process that collects the log: it ends when nobody is left to write one.
    with pytest.raises(EmbeddedError, match=rf"^a PostgreSQL that was killed still holds .*: process .*\b{orphan}\b"):
        Embedded(state, binaries=postgres.folder, settings=QUICK, orphan_seconds=0.5).start()

    os.kill(orphan, signal.SIGCONT)
    conn.close()
    with new() as conninfo:
        assert answer(conninfo) == 1


def test_a_stale_pid_file_that_names_a_stranger_is_no_obstacle(state: Path, new: Callable[[], Embedded]) -> None:
    with new():
        pid_file = state / "postgres" / "data" / "postmaster.pid"
        lock_file = state / "postgres" / "socket" / ".s.PGSQL.5432.lock"
        texts = {file: (file.read_text(), file.stat()) for file in (pid_file, lock_file)}
    with subprocess.Popen(["sleep", "60"], user=texts[pid_file][1].st_uid if os.geteuid() == 0 else None) as stranger:
        for file, (text, mark) in texts.items():
            file.write_text(f"{stranger.pid}\n" + text.split("\n", 1)[1])
            os.chown(file, mark.st_uid, mark.st_gid)
        try:
            assert embedded.running(state) is None
            with new() as conninfo:
                assert answer(conninfo) == 1
        finally:
            stranger.kill()


def test_an_initdb_that_was_killed_half_way_is_thrown_away(fresh: Path, postgres: Binaries) -> None:
    leftover = fresh / "postgres" / "data.unfinished-abc"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("15\n")

    with Embedded(fresh, binaries=postgres.folder, settings=QUICK) as conninfo:
        assert answer(conninfo) == 1

    assert not leftover.exists()


def test_a_scannerd_killed_while_it_makes_the_database_leaves_nothing_in_its_place(
    fresh: Path, postgres: Binaries
) -> None:
    while not killed_while_initdb_is_at_work(fresh, postgres):
        end_server(fresh)
        shutil.rmtree(fresh)

    with Embedded(fresh, binaries=postgres.folder, settings=QUICK) as conninfo:
        assert answer(conninfo) == 1


def killed_while_initdb_is_at_work(state: Path, postgres: Binaries) -> bool:
    """Whether the kill came in time: whoever stands still for a second or two finds the database made."""
    data = state / "postgres" / "data"

    def has_begun() -> bool:
        with suppress(FileNotFoundError):  # it was moved to its place just now
            return data.exists() or any(state.glob("postgres/data.unfinished-*/global"))
        return True

    holder = start_holder(state, postgres)
    wait_until(has_begun, "initdb is at work")
    holder.kill()
    holder.communicate()
    return not data.exists()


def test_a_state_folder_too_deep_for_a_socket_gets_one_elsewhere(
    open_tmp: Path, postgres: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(open_tmp / "not-there"))
    state = open_tmp.joinpath(*["a folder with a long name"] * 4)
    with Embedded(state, binaries=postgres.folder, settings=QUICK) as conninfo:
        folder = Path(str(conninfo_to_dict(conninfo)["host"]))
        assert embedded.running(state) == conninfo
        assert not folder.is_relative_to(state)
        assert oct(folder.stat().st_mode & 0o777) == "0o700"
        assert folder.stat().st_uid == (state / "postgres" / "data").stat().st_uid
        assert answer(conninfo) == 1
    folder.rmdir()


def test_a_path_with_every_odd_character_is_only_a_path(open_tmp: Path, postgres: Binaries) -> None:
    state = open_tmp / "a 'b' \"c\" $HOME `d` \\e ü"
    with Embedded(state, binaries=postgres.folder, settings=QUICK) as conninfo:
        assert answer(conninfo) == 1


def test_a_comma_in_the_path_which_libpq_cannot_say_puts_the_socket_elsewhere(
    open_tmp: Path, postgres: Binaries
) -> None:
    with Embedded(open_tmp / "one, two", binaries=postgres.folder, settings=QUICK) as conninfo:
        folder = Path(str(conninfo_to_dict(conninfo)["host"]))
        assert answer(conninfo) == 1
    folder.rmdir()


def test_data_of_a_version_that_is_not_here_says_what_to_do(state: Path, new: Callable[[], Embedded]) -> None:
    with new():
        pass
    (state / "postgres" / "data" / "PG_VERSION").write_text("99\n")

    with pytest.raises(EmbeddedError, match=r"^the data is of PostgreSQL 99, and its programs are not here") as caught:
        Embedded(state).start()

    assert caught.value.hint is not None
    assert caught.value.hint.startswith("install PostgreSQL 99 beside the other")


def test_a_server_that_cannot_start_says_why_in_its_own_words(state: Path, postgres: Binaries) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        cluster = Embedded(
            state, binaries=postgres.folder, settings=QUICK | {"listen_addresses": "127.0.0.1", "port": str(port)}
        )
        with pytest.raises(EmbeddedError, match=r"^the private PostgreSQL did not start: .*FATAL:.*TCP/IP") as caught:
            cluster.start()

    assert caught.value.hint == f"its log is in {state / 'postgres' / 'log'}"
    assert processes(state) == []


def test_the_users_own_settings_are_read_last(state: Path, new: Callable[[], Embedded]) -> None:
    with new():
        pass
    (state / "postgres" / "conf" / "local.conf").write_text("work_mem = '3MB'\n")
    (state / "postgres" / "conf" / "local.conf").chmod(0o644)

    with new() as conninfo:
        assert answer(conninfo, b"select current_setting('work_mem')") == "3MB"


def test_stopping_what_never_started_does_nothing(fresh: Path, postgres: Binaries) -> None:
    Embedded(fresh, binaries=postgres.folder).stop()

    assert not fresh.exists()


def test_the_psql_line_works_in_a_shell(state: Path, new: Callable[[], Embedded]) -> None:
    with pytest.raises(EmbeddedError, match=r"is not running$"):
        embedded.psql_line(state)
    with new():
        line = embedded.psql_line(state)
        asked = subprocess.run(
            ["sh", "-c", f"{line} -At -c 'select current_user, current_database()'"],
            capture_output=True,
            text=True,
            check=False,
        )

    assert (asked.stdout, asked.stderr) == ("scannerd|scannerd\n", "")


def test_nobody_else_on_this_machine_gets_in(state: Path, new: Callable[[], Embedded]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can try it as somebody else")
    with new() as conninfo:
        where = conninfo_to_dict(conninfo)
        script = (
            "import socket, sys\n"
            "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
            "except PermissionError: print('kept out')"
        )
        path = f"{where['host']}/.s.PGSQL.{where['port']}"
        tried = subprocess.run(
            ["/usr/bin/env", "python3", "-c", script, path],
            user=12345,
            group=12345,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo(conninfo, user="scannerd_read"))

    assert tried.stdout == "kept out\n"
