"""Kill -9 of the process that reads a file, and of the daemon alone while one reads."""

import pytest
from home import Home, Undisturbed
from made_exports import Play, drop_all, write_maloja
from readers import Readers
from running import wait_until, working_in


@pytest.fixture
def readers(home: Home) -> Readers:
    """The readers of the home's daemon, which stand still in the middle of their files."""
    made = Readers(home.folder)
    made.stand_still()
    return made


def test_a_killed_reader_is_replaced_once(
    home: Home, readers: Readers, told: list[Play], undisturbed: Undisturbed
) -> None:
    drop_all(home.drop, told)
    home.daemon.start(**readers.environ)
    reader = readers.standing(home.daemon)
    readers.no_more()
    readers.kill(reader)

    home.wait_until_idle()
    undisturbed.check(home)
    assert home.daemon.count("reader_killed") == 1
    assert len(home.surprises()) == 1


def test_a_file_whose_readers_are_always_killed_is_put_aside_with_the_reason(
    home: Home, readers: Readers, told: list[Play]
) -> None:
    write_maloja(home.drop / "deadly.json", told)
    write_maloja(home.drop / "harmless.json", told[:100])  # comes second, by its name
    home.daemon.start(**readers.environ)
    readers.kill(readers.standing(home.daemon))
    second = readers.standing(home.daemon)
    readers.no_more()
    readers.kill(second)

    home.wait_until_idle()
    ends = home.look.rows("select name, state, rows_read from export order by name")
    assert ends == [("deadly.json", "failed", 0), ("harmless.json", "shelved", 100)]
    assert home.look.value("select count(*) from listen") == 100
    why = (home.drop / "failed" / "deadly.json.why.txt").read_text()
    assert "'deadly.json' killed its reader (SIGKILL)" in why
    assert home.daemon.stop() == 0


def test_no_reader_outlives_a_killed_daemon(home: Home, readers: Readers, told: list[Play]) -> None:
    write_maloja(home.drop / "a.json", told)
    home.daemon.start(**readers.environ)
    readers.standing(home.daemon)
    home.daemon.kill_alone()

    wait_until(lambda: not [one for one in working_in(home.folder) if "child" in one], "the reader is gone")
