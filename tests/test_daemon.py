"""A real daemon on a private database of its own: what is dropped is taken in, whatever the circumstances."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from mutagen.flac import FLAC
from psycopg import sql
from service_manager import Manager
from waiting import PATIENCE, wait_until

from scannerd.db import embedded, server
from scannerd.db.binaries import Binaries
from scannerd.db.owner import choose

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "samples"
_moments = count(1_300_000_000, 1000)


def new_export(listens: int = 2) -> bytes:
    """An export nobody has seen before."""
    rows = [
        {
            "time": next(_moments),
            "track": {"artists": ["Artist"], "title": f"Title {number}", "album": None, "length": None},
        }
        for number in range(listens)
    ]
    return json.dumps({"status": "ok", "list": rows}).encode()


@dataclass
class Home:
    """A state folder, with a daemon or without."""

    state: Path
    environ: dict[str, str]
    process: subprocess.Popen[str] | None = None

    @property
    def drop(self) -> Path:
        return self.state / "drop"

    @property
    def done(self) -> Path:
        return self.drop / "done"

    @property
    def failed(self) -> Path:
        return self.drop / "failed"

    def start(self, *words: str, ignoring: signal.Signals | None = None) -> subprocess.Popen[str]:
        ignored = ["env", f"--ignore-signal={ignoring.name.removeprefix('SIG')}"] if ignoring else []
        with (self.state.parent / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*ignored, sys.executable, "-m", "scannerd", "run", "--json", *words],
                cwd=ROOT,
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # of a terminal that goes away SIGHUP means something else
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, f"it ended before it said that it runs: {self.last_words()}"
        self.welcome = json.loads(said)
        return self.process

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        process, self.process = self.process, None
        assert process.stdout is not None
        process.stdout.close()
        return code

    def kill(self) -> None:
        assert self.process is not None
        with self.process:
            self.process.kill()
        self.process = None

    def log(self) -> str:
        return (self.state.parent / "log").read_text()

    def last_words(self) -> str:
        """What a failed test is told of the log."""
        return self.log()[-5000:]

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait until it is so, as long as the daemon lives that is to see to it."""

        def is_so() -> object:
            found = true()
            assert found or self.process is None or self.process.poll() is None, f"it ended: {self.last_words()}"
            return found

        wait_until(is_so, what, tell=self.last_words)

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scannerd", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)

    def ask(self, *words: str | Path) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def servers(self) -> list[int]:
        data = self.state / "postgres" / "data"
        return server.processes(data, choose(None, data=data))

    @property
    def postmaster(self) -> int:
        """The first process of its server; those of its sessions come and go, and may have any number."""
        found = server.look(self.state / "postgres" / "data")
        assert found is not None
        return found.pid

    def processes_with(self, word: Path) -> list[int]:
        """Those that have it on their command line."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if os.fsencode(word) in place.read_bytes():
                    found.append(int(place.parent.name))
        return found

    def put(self, name: str | bytes, content: bytes | None = None) -> Path:
        """Drop a file in one piece: one that stays empty for ten times the settling time is put aside."""
        made = self.state.parent / "made"
        made.write_bytes(new_export() if content is None else content)
        return made.rename(self.drop / os.fsdecode(name))

    def until_done(self, name: str) -> str:
        """Wait until the file lies on its shelf, and read its report."""
        report = self.done / f"{name}.report.txt"
        self.until(report.exists, f"{name} is taken in")
        return report.read_text()

    def until_failed(self, name: str) -> str:
        why = self.failed / f"{name}.why.txt"
        self.until(why.exists, f"{name} is put aside")
        return why.read_text()


@pytest.fixture(scope="module")
def new_home(postgres: Binaries, new_open_folder: Callable[[], Path]) -> Iterator[Callable[[], Home]]:
    """Make a state folder for a quick daemon."""
    homes: list[Home] = []

    def make() -> Home:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SCANNERD_")}
        state = new_open_folder() / "state"
        ours |= {
            "SCANNERD_STATE__FOLDER": str(state),
            "SCANNERD_DATABASE__BINARIES": str(postgres.folder),
            "SCANNERD_INBOX__SETTLE": "200ms",
            "SCANNERD_INBOX__RESCAN": "1s",
            "SCANNERD_INBOX__TIME_ZONE": "UTC",
        }
        homes.append(Home(state, ours))
        return homes[-1]

    yield make
    with ExitStack() as stack:  # one that cannot be stopped keeps none of the others running
        for home in homes:
            if home.process is not None:
                stack.callback(home.stop)


@pytest.fixture(scope="module")
def home(new_home: Callable[[], Home]) -> Home:
    """A daemon that runs, and found a file waiting."""
    made = new_home()
    made.drop.mkdir(parents=True)
    made.put("waiting.json")
    made.start()
    return made


@pytest.fixture(scope="module")
def second_home(new_home: Callable[[], Home]) -> Home:
    """A state folder for tests that start and stop daemons themselves."""
    return new_home()


def test_a_file_that_waits_at_the_start_is_taken_in(home: Home) -> None:
    assert "\n  new listens    2\n" in home.until_done("waiting.json")
    assert not (home.drop / "waiting.json").exists()


def test_the_welcome_names_the_folders_and_a_psql_line_that_works(home: Home) -> None:
    folders = {key: home.welcome[key] for key in ("drop_folder", "done_folder", "failed_folder")}
    assert folders == {
        "drop_folder": str(home.drop),
        "done_folder": str(home.done),
        "failed_folder": str(home.failed),
    }
    line = home.welcome["database"]["psql"]
    asked = subprocess.run(f"{line} -Atc 'select 1 + 1'", shell=True, capture_output=True, text=True, check=False)
    assert asked.stdout == "2\n", asked.stderr
    url = home.ask("db", "url")["url"]
    assert url.startswith("postgresql://scannerd@/scannerd?host=")


def test_a_dropped_file_is_taken_in(home: Home) -> None:
    home.put("dropped.json")

    assert "export " in home.until_done("dropped.json")

    def state() -> tuple[str, int]:
        [export] = [one for one in home.ask("exports")["exports"] if one["file"] == "dropped.json"]
        return export["state"], export["rows"]["stored"]

    home.until(lambda: state() == ("shelved", 2), "that it lies on the shelf is noted, which comes after the report")


def test_a_file_that_grows_is_left_until_it_has_settled(home: Home) -> None:
    whole = new_export(40)
    made, path, piece = home.state.parent / "growing", home.drop / "slow.json", len(whole) // 20
    with made.open("wb", buffering=0) as file:
        file.write(whole[:piece])
        made.rename(path)  # not empty for a moment, and open for writing until it is whole: then no pause is too long
        for start in range(piece, len(whole), piece):
            file.write(whole[start : start + piece])
            time.sleep(0.05)
            assert path.exists()

    assert "\n  new listens    40\n" in home.until_done("slow.json")


def test_a_copy_under_a_temporary_name_is_left_until_it_has_its_own(home: Home) -> None:
    part = home.put("copied.json.part")
    home.put("after.json")
    home.until_done("after.json")
    assert part.exists()

    part.rename(home.drop / "copied.json")
    home.until_done("copied.json")


def test_a_folder_that_is_moved_in_whole_is_its_listeners(home: Home) -> None:
    made = home.state / "Anna"
    (made / "years" / "2024").mkdir(parents=True)
    (made / "a.json").write_bytes(new_export())
    (made / "years" / "2024" / "b.json").write_bytes(new_export())
    made.rename(home.drop / "Anna")

    home.until((home.done / "Anna" / "a.json.report.txt").exists, "a.json of Anna is taken in")
    home.until((home.done / "Anna" / "b.json.report.txt").exists, "b.json of Anna is taken in")
    listeners = {one["file"]: one["listener"] for one in home.ask("exports")["exports"]}
    assert (listeners["a.json"], listeners["b.json"]) == ("Anna", "Anna")


def test_the_same_bytes_again_are_put_away_and_store_nothing(home: Home) -> None:
    content = new_export()
    home.put("first.json", content)
    home.until_done("first.json")
    home.put("second.json", content)

    assert "already imported on " in home.until_done("second.json")
    assert "second.json" not in [one["file"] for one in home.ask("exports")["exports"]]


def test_a_name_that_is_taken_is_never_overwritten(home: Home) -> None:
    contents = [new_export(), new_export()]
    for content in contents:
        home.put("twice.json", content)
        home.until(lambda: not (home.drop / "twice.json").exists(), "twice.json is taken in")

    home.until(lambda: len(list(home.done.glob("twice*.report.txt"))) == 2, "both reports are there")
    shelved = sorted(path.read_bytes() for path in home.done.glob("twice*.json"))
    assert shelved == sorted(contents)


def test_an_unknown_format_is_put_aside_with_the_reason(home: Home) -> None:
    home.put("page.json", b"<html>Please log in</html>")

    why = home.until_failed("page.json")
    assert "it looks like a web page (HTML)" in why
    assert 'or run "scannerd exports retry ' in why
    assert (home.failed / "page.json").read_bytes() == b"<html>Please log in</html>"


def test_an_empty_file_is_put_aside_after_a_while(home: Home) -> None:
    home.put("empty.json", b"")

    assert home.until_failed("empty.json").startswith("empty.json: this file is empty (0 bytes)")


def test_what_is_no_file_stays_and_is_told_once(home: Home) -> None:
    (home.drop / "link.json").symlink_to(SAMPLES / "maloja-api-list.json")
    os.mkfifo(home.drop / "fifo")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(home.drop / "socket"))
    home.put("beside.json")
    home.until_done("beside.json")
    home.put("beside-again.json")
    home.until_done("beside-again.json")

    log = home.log()
    assert [
        log.count(f"WARNING {said}") for said in ("link.json is a symbolic link", "fifo is a FIFO", "socket is a")
    ] == [1] * 3
    assert (home.drop / "link.json").is_symlink()


def test_names_with_newlines_and_without_utf8_are_taken_in(home: Home) -> None:
    home.put("two\nlines.json")
    home.put(b"latin-\xe9.json")

    home.until_done("two_lines.json")
    home.until_done("latin-_.json")
    home.put("after-a-bad-name.json")
    home.until_done("after-a-bad-name.json")


def test_a_second_daemon_says_who_is_there_and_leaves(home: Home) -> None:
    assert home.process is not None
    second = home.run("run")

    assert second.returncode == 75
    assert second.stderr.startswith(
        f"scannerd: another scannerd (pid {home.process.pid}) works on {home.state}\nhint: "
    )
    assert second.stdout == ""


def test_a_command_beside_the_daemon_uses_its_database(home: Home, tmp_path: Path) -> None:
    before = home.postmaster
    named = tmp_path / "named.json"
    named.write_bytes(new_export())

    assert home.ask("import", named)["exports"][0]["rows"]["stored"] == 2
    assert named.exists()

    def is_all_told() -> bool:
        daemon = home.ask("status")["daemon"]
        return daemon["folders"][0]["mode"] == "events" and (daemon["jobs"][0]["next"] or 0) > time.time() + 60

    home.until(is_all_told, "the drop folder is heard, and upkeep has its time")
    status = home.ask("status")
    assert home.process is not None
    daemon = status["daemon"]
    assert (daemon["running"], daemon["pid"]) == (True, home.process.pid)
    assert [lane["name"] for lane in daemon["lanes"]] == ["the drop folder", "large exports", "upkeep"]
    assert [folder["path"] for folder in daemon["folders"]] == [str(home.drop)]
    (job,) = daemon["jobs"]
    assert (job["name"], job["schedule"]) == ("upkeep", "30 3 * * 0")
    assert job["next"] > time.time()
    assert status["drop_folder"]["path"] == str(home.drop)
    assert home.postmaster == before


def test_psql_is_opened_on_the_database(home: Home) -> None:
    command = [sys.executable, "-m", "scannerd", "db", "psql"]
    asked = subprocess.run(
        command, input="select 'so ' || 'it is'", cwd=ROOT, env=home.environ, capture_output=True, text=True, check=True
    )

    assert "so it is" in asked.stdout


def test_a_drop_folder_that_goes_away_comes_back_by_itself(home: Home) -> None:
    away = home.drop.rename(home.state / "away")
    home.until(lambda: f"the drop folder {home.drop} cannot be read" in home.log(), "the loss is told")
    away.rename(home.drop)

    home.put("returned.json")
    home.until_done("returned.json")
    assert f"the drop folder {home.drop} is back" in home.log()


def test_a_killed_database_is_started_again(home: Home) -> None:
    for pid in home.servers():
        with suppress(ProcessLookupError):  # the others end by themselves when the first one does
            os.kill(pid, signal.SIGKILL)
    home.put("survivor.json")

    assert "\n  new listens    2\n" in home.until_done("survivor.json")


def test_a_stopped_daemon_leaves_nothing_running(second_home: Home) -> None:
    second_home.start()
    assert second_home.servers() != []

    assert second_home.stop() == 0
    assert second_home.servers() == []
    assert second_home.log().splitlines()[-1].endswith("INFO stopped")
    assert second_home.ask("status")["daemon"] == {"running": False, "pid": None}
    assert second_home.servers() == []


def test_a_command_that_is_told_to_end_leaves_no_server_running(second_home: Home) -> None:
    second_home.ask("db", "migrate")
    for number in (signal.SIGTERM, signal.SIGHUP):
        command = [sys.executable, "-m", "scannerd", "db", "query", "select pg_sleep(3600)"]
        with subprocess.Popen(command, cwd=ROOT, env=second_home.environ, stderr=subprocess.PIPE, text=True) as process:
            wait_until(lambda: asked(second_home) or process.poll() is not None, "the question is asked")
            process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE)

        assert (process.returncode, said) == (130, "")
        assert second_home.servers() == []


def asked(home: Home) -> bool:
    """Whether a backend of this home's server sleeps in our query."""
    url = embedded.running(home.state)
    if url is None:
        return False
    with psycopg.connect(url) as conn:
        query = "select 1 from pg_stat_activity where wait_event = 'PgSleep'"
        return conn.execute(query).fetchone() is not None


def test_the_upkeep_that_was_missed_while_nothing_ran_is_made_up_once(
    second_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Due in three days, and four days ago: not while this goes on.
    far = datetime.now(UTC) + timedelta(days=3)
    monkeypatch.setitem(second_home.environ, "SCANNERD_UPKEEP__SCHEDULE", f"0 12 * * {far.isoweekday() % 7}")
    second_home.ask("db", "migrate")
    second_home.start()
    second_home.until(lambda: last_upkeep(second_home) is not None, "the database is looked after")
    first = last_upkeep(second_home)
    second_home.stop()

    second_home.start()
    second_home.put("after-upkeep.json")
    second_home.until_done("after-upkeep.json")
    assert last_upkeep(second_home) == first
    second_home.stop()


def last_upkeep(home: Home) -> Any:
    url = embedded.running(home.state)
    with psycopg.connect(str(url)) as conn:
        row = conn.execute("select ended_at from scannerd.job_run where job = 'upkeep'").fetchone()
    return row[0] if row else None


def test_a_daemon_says_in_the_database_what_it_is_at(second_home: Home) -> None:
    process = second_home.start()
    url = str(embedded.running(second_home.state))
    with psycopg.connect(url) as conn:
        conn.autocommit = True

        def told() -> Any:
            row = conn.execute("select pid, state -> 'lanes' -> 0 ->> 'name' from scannerd.daemon").fetchone()
            return row == (process.pid, "the drop folder")

        second_home.until(told, "it is said")
    second_home.stop()


def test_a_daemon_under_nohup_outlives_its_terminal(second_home: Home) -> None:
    process = second_home.start(ignoring=signal.SIGHUP)

    process.send_signal(signal.SIGHUP)
    second_home.put("after-the-terminal.json")

    assert "\n  new listens    2\n" in second_home.until_done("after-the-terminal.json")
    assert second_home.stop() == 0


@pytest.fixture
def manager(second_home: Home, tmp_path: Path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify"))
    second_home.environ["NOTIFY_SOCKET"] = str(tmp_path / "notify")
    yield made
    if second_home.process is not None:
        second_home.stop()
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        second_home.environ.pop(name, None)
    made.close()


def words(manager: Manager) -> list[str]:
    """All that was said but the lines for people, of several lines the first."""
    return [said.partition("\n")[0] for said in manager.hear_all() if not said.startswith("STATUS=")]


def settings_file(home: Home, text: str) -> Path:
    file = home.state.parent / "scannerd.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_systemd_is_told_when_it_is_ready_and_when_it_stops(second_home: Home, manager: Manager) -> None:
    process = second_home.start()
    manager.until("READY=1", process)
    second_home.stop()
    manager.until("STOPPING=1", process)

    assert words(manager) == ["READY=1", "STOPPING=1"]


def test_systemd_is_told_what_goes_on_in_letters_it_can_read(second_home: Home, manager: Manager) -> None:
    process = second_home.start()
    manager.until("STATUS=the drop folder: ", process)
    second_home.put("\u65e5\u672c \u2019.json")
    second_home.until_done("\u65e5\u672c \u2019.json")

    assert second_home.stop() == 0
    manager.until("STOPPING=1", process)
    assert all(said.isascii() for said in manager.heard)


def test_a_watchdog_hears_of_it_as_long_as_nothing_hangs(second_home: Home, manager: Manager) -> None:
    second_home.environ["WATCHDOG_USEC"] = "3000000"  # it hears of it every second
    process = second_home.start()
    manager.until("WATCHDOG=1", process, times=3)

    process.send_signal(signal.SIGSTOP)
    try:
        stat = Path(f"/proc/{process.pid}/stat")
        wait_until(lambda: stat.read_text().rpartition(") ")[2].startswith("T"), "nothing turns any more")
        said = manager.hear_all()
        time.sleep(2)
        assert manager.hear_all() == said
    finally:
        process.send_signal(signal.SIGCONT)

    manager.until("WATCHDOG=1", process, times=said.count("WATCHDOG=1") - 3 + 2)
    assert second_home.stop() == 0


def test_a_watchdog_that_watches_somebody_else_hears_nothing(second_home: Home, manager: Manager) -> None:
    second_home.environ |= {"WATCHDOG_USEC": "600000", "WATCHDOG_PID": "1"}
    process = second_home.start()
    second_home.put("unwatched.json")
    second_home.until_done("unwatched.json")
    second_home.stop()
    manager.until("STOPPING=1", process)

    assert words(manager) == ["READY=1", "STOPPING=1"]


def test_new_settings_are_taken_on_hangup_and_the_database_stays_up(second_home: Home, manager: Manager) -> None:
    other = second_home.state.parent / "other"
    file = settings_file(second_home, "")
    process = second_home.start("--config", str(file))
    second_home.put("before.json")
    second_home.until_done("before.json")
    first = second_home.postmaster

    settings_file(second_home, f"[inbox]\ndrop_folder = '{other}'\n")
    process.send_signal(signal.SIGHUP)
    second_home.until(lambda: f"watching {other}" in second_home.log(), "the new drop folder is watched")
    second_home.put(str(other / "after.json"))

    second_home.until((other / "done" / "after.json.report.txt").exists, "the file is taken in")
    assert "settings read again: inbox" in second_home.log()
    assert second_home.postmaster == first
    second_home.stop()
    manager.until("STOPPING=1", process)
    assert words(manager) == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]
    assert any(said.startswith("RELOADING=1\nMONOTONIC_USEC=") for said in manager.heard)


def test_wrong_new_settings_leave_all_as_it_was_and_say_why(second_home: Home, manager: Manager) -> None:
    file = settings_file(second_home, "")
    process = second_home.start("--config", str(file))

    settings_file(second_home, "[inbox]\nsetle = '1s'\n")
    process.send_signal(signal.SIGHUP)
    second_home.until(lambda: "the settings stay as they were" in second_home.log(), "it is said")
    second_home.put("as-before.json")

    second_home.until_done("as-before.json")
    assert "setle" in second_home.log()
    second_home.stop()
    manager.until("STOPPING=1", process)
    assert words(manager) == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]


def test_a_database_that_is_away_is_waited_for(second_home: Home, tmp_path: Path) -> None:
    second_home.environ["SCANNERD_DATABASE__URL"] = f"host={tmp_path} dbname=scannerd"
    binaries = second_home.environ.pop("SCANNERD_DATABASE__BINARIES")
    process = subprocess.Popen(
        [sys.executable, "-m", "scannerd", "run"],
        cwd=ROOT,
        env=second_home.environ,
        stderr=subprocess.PIPE,
        text=True,
        stdout=subprocess.DEVNULL,
    )
    second_home.environ["SCANNERD_DATABASE__BINARIES"] = binaries
    del second_home.environ["SCANNERD_DATABASE__URL"]
    with process:
        assert process.stderr is not None
        try:
            assert "the database cannot be reached" in process.stderr.readline()
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


def test_a_wrong_setting_ends_it_at_once(second_home: Home) -> None:
    answer = second_home.run("run", "--set", "inbox.drop_folder=/dev/null/drop")

    assert answer.returncode == 78
    assert answer.stderr.splitlines()[0] == "scannerd: the drop folder /dev/null/drop cannot be made: not a directory"
    assert answer.stdout == ""


def song(path: Path, title: str) -> Path:
    """Write a FLAC file without a sound in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rate, samples = 44_100, 44_100 * 200
    numbers = (rate << 44 | 1 << 41 | 15 << 36 | samples).to_bytes(8, "big")
    path.write_bytes(b"fLaC\x80\x00\x00\x22" + bytes([16, 0] * 2 + [0] * 6) + numbers + bytes(16) + os.urandom(64))
    file = FLAC(path)
    file.update({"artist": "Artist", "album": path.parent.name, "title": title})
    file.save()
    return path


@dataclass
class MusicHome:
    """A daemon with a library."""

    home: Home
    root: Path

    def query(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.home.ask("db", "url")["url"], autocommit=True) as conn:
            return conn.execute(query).fetchall()  # type: ignore[call-overload]

    def until(self, true: Callable[[], object], what: str) -> None:
        self.home.until(true, what)

    def until_scanned(self) -> None:
        """Wait for the first scan: before it nothing is known of the library, not even that there is one."""
        self.until(lambda: self.owned() >= {"One", "Two"}, "both songs are there")

    def owned(self) -> set[str]:
        """The titles of all files that are present."""
        rows = self.query(
            "select title from scannerd.track join scannerd.media_file on track.id = track_id where state = 'present'"
        )
        return {title for (title,) in rows}


@pytest.fixture(scope="module")
def music(new_home: Callable[[], Home]) -> MusicHome:
    """A daemon that found two songs of its library at the start."""
    home = new_home()
    root = home.state.parent / "music"
    home.environ["SCANNERD_LIBRARY"] = json.dumps([{"name": "music", "roots": [str(root)]}])
    song(root / "Album" / "1.flac", "One")
    song(root / "Album" / "2.flac", "Two")
    home.start()
    return MusicHome(home, root)


def test_a_library_is_scanned_at_the_start(music: MusicHome) -> None:
    music.until_scanned()


def test_what_comes_and_goes_in_a_library_is_heard(music: MusicHome) -> None:
    song(music.root / "Other" / "cd 1" / "3.flac", "Three")
    music.until(lambda: "Three" in music.owned(), "the new song is there")

    (music.root / "Other").rename(music.root / "Another")
    song(music.root / "Album" / "4.flac", "Four")
    music.until(lambda: "Four" in music.owned(), "the next new song is there")
    shutil.rmtree(music.root / "Another")
    music.until(lambda: "Three" not in music.owned(), "the song that was removed is missing")


def test_an_export_does_not_wait_for_a_scan(music: MusicHome) -> None:
    music.until_scanned()
    url = music.home.ask("db", "url")["url"]
    with psycopg.connect(url) as conn, psycopg.connect(url, autocommit=True) as beside:
        conn.execute("select 1 from scannerd.library for update")  # which holds the scan up
        song(music.root / "Album" / "5.flac", "Five")
        music.until(lambda: held_up(beside, by=conn), "the scan has begun")
        music.home.put("meanwhile.json")
        music.home.until_done("meanwhile.json")

    music.until(lambda: "Five" in music.owned(), "the scan went on")


def held_up(conn: psycopg.Connection[Any], *, by: psycopg.Connection[Any]) -> bool:
    """Whether somebody waits for a lock of another session; within a transaction one sees who was there before only."""
    query = "select 1 from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
    return conn.execute(query, (by.info.backend_pid,)).fetchone() is not None


def test_a_lane_that_breaks_begins_again_and_leaves_the_other_alone(music: MusicHome) -> None:
    url = music.home.ask("db", "url")["url"]
    with psycopg.connect(url, autocommit=True) as conn:
        rename(conn, "media_file", "elsewhere")
        song(music.root / "Album" / "6.flac", "Six")
        music.until(lambda: "work on the libraries broke, and begins again" in music.home.log(), "it is told")
        music.home.put("beside.json")
        music.home.until_done("beside.json")
        rename(conn, "elsewhere", "media_file")

    music.until(lambda: "Six" in music.owned(), "it began again")


def rename(conn: psycopg.Connection[Any], table: str, name: str) -> None:
    conn.execute(sql.SQL("alter table scannerd.{} rename to {}").format(sql.Identifier(table), sql.Identifier(name)))


def test_a_library_goes_on_when_a_killed_database_is_back(music: MusicHome) -> None:
    for pid in music.home.servers():
        with suppress(ProcessLookupError):  # the others end by themselves when the first one does
            os.kill(pid, signal.SIGKILL)
    song(music.root / "Album" / "7.flac", "Seven")
    music.home.put("after-the-server.json")

    music.home.until_done("after-the-server.json")
    music.until(lambda: "Seven" in music.owned(), "the song is there")


def test_a_root_that_goes_away_is_told_and_is_watched_again_when_it_is_back(music: MusicHome) -> None:
    music.until_scanned()
    before = music.owned()
    away = music.root.rename(music.root.with_name("away"))
    music.until(lambda: f"library music: {music.root}: cannot be listed" in music.home.log(), "the loss is told")
    assert music.owned() == before

    song(away / "Album" / "8.flac", "Eight")
    away.rename(music.root)
    music.until(lambda: "Eight" in music.owned(), "it was looked at")
    song(music.root / "Album" / "9.flac", "Nine")
    music.until(lambda: "Nine" in music.owned(), "it is heard")
    assert music.home.log().count("cannot be listed") == 1


def test_a_scan_that_is_stopped_is_taken_up_by_the_next_daemon(music: MusicHome) -> None:
    made = song(music.root / "Many" / "0.flac", "Ten")
    for number in range(1, 300):
        shutil.copy(made, made.with_name(f"{number}.flac"))
    music.until(lambda: music.query("select 1 from scannerd.media_file where folder = 'Many/'"), "the scan has begun")
    assert music.home.stop() == 0

    assert music.home.processes_with(music.root) == []
    music.home.start()
    count = "select count(*) from scannerd.media_file where folder = 'Many/' and state = 'present'"
    music.until(lambda: music.query(count) == [(300,)], "all are there")


def test_a_killed_daemon_leaves_no_watcher(music: MusicHome) -> None:
    music.until(lambda: music.home.processes_with(music.root), "the watcher runs")
    music.home.kill()

    music.until(lambda: music.home.processes_with(music.root) == [], "the watcher ended")
    music.home.start()
