"""Two daemons on one database and one drop folder: each file is taken in once, whoever comes first."""

from collections.abc import Callable
from pathlib import Path

from home import Home
from made_exports import Play, write_maloja
from moments import Moment
from running import wait_until

FILES = 20
SHELVED = "select count(*) from export where state = 'shelved'"
ENDS = "select state, count(*), sum(rows_read), sum(rows_stored) from export group by state"
TERMINATE = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'scannerd' and datname = current_database()"""
PLACES = "select convert_from(shelved_as, 'UTF8') from export order by id"


def drop_twenty(home: Home, told: list[Play]) -> int:
    """Files of equal size without an overlap; returns how many listens they hold."""
    each = min(len(told) // FILES, 400)
    for number in range(FILES):
        made = write_maloja(home.drop / f".{number:02}.json", told[number * each : (number + 1) * each])
        made.rename(home.drop / f"{number:02}.json")  # whole, for somebody may look
    return each * FILES


def check(home: Home, rows: int) -> None:
    assert home.look.rows(ENDS) == [("shelved", FILES, rows, rows)]
    assert home.look.value("select count(*) from listen") == rows
    names = [f"{number:02}.json" for number in range(FILES)]
    places = {place for (place,) in home.look.rows(PLACES) or []}
    assert places == {str(home.drop / "done" / name) for name in names}
    found = sorted(str(path.relative_to(home.drop)) for path in home.drop.rglob("*") if path.is_file())
    assert found == sorted(f"done/{name}{suffix}" for name in names for suffix in ("", ".report.txt"))


def test_two_daemons_take_each_file_in_once(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database, drop=tmp_path / "drop")
    first, second = home.daemon, home.another("second")
    rows = drop_twenty(home, told)
    first.start()
    second.start()
    home.wait_until_idle()

    check(home, rows)
    assert home.surprises() == []
    assert (first.stop(), second.stop()) == (0, 0)
    assert first.count("intake_done") + second.count("intake_done") == FILES  # told after it was noted


def test_sessions_that_lose_their_locks_take_each_file_in_once(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database, drop=tmp_path / "drop")
    first, second = home.daemon, home.another("second")
    rows = drop_twenty(home, told)
    first.start()
    second.start()
    for shelved in (2, 5, 8):
        wait_until(lambda least=shelved: (home.look.value(SHELVED) or 0) >= least, "files are put away", tick=0.001)
        home.look.rows(TERMINATE)

    home.wait_until_idle()
    check(home, rows)
    assert (first.stop(), second.stop()) == (0, 0)


def test_one_of_two_daemons_is_killed_and_the_other_finishes(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database, drop=tmp_path / "drop")
    victim, other = home.daemon, home.another("second")
    rows = drop_twenty(home, told)
    victim.start()
    other.start()
    wait_until(lambda: (home.look.value(SHELVED) or 0) >= FILES // 2 - 2, "half of the files are put away", tick=0.001)
    victim.kill()

    home.wait_until_idle()
    assert home.surprises() == []
    check(home, rows)
    assert other.stop() == 0


def test_what_a_killed_daemon_moved_and_did_not_report_on_is_finished_by_the_other(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database, drop=tmp_path / "drop")
    first, second = home.daemon, home.another("second")
    first.start()
    second.start()
    wait_until(lambda: first.count("stand_by") + second.count("stand_by") == 1, "one of them stands by")
    victim, other = (first, second) if second.count("stand_by") else (second, first)
    rows = drop_twenty(home, told)
    Moment("moved", 3, 0.0).strike(victim, home.look, home.drop, victim.kill)

    home.wait_until_idle()
    wait_until(lambda: other.count("lead") == 1, "the second one takes over, be it that all was done")
    assert home.surprises() == []
    check(home, rows)
    assert other.stop() == 0
