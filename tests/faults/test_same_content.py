"""The same listens in every way a person drops them twice: each is stored once, and nothing of it is an error."""

import os
from collections.abc import Callable

from home import Home
from made_exports import Play, write_listenbrainz, write_maloja
from moments import Moment
from running import wait_until

STORED = "select count(*) from listen"
COUNTED = "select count(*) from listen where duplicate_of is null"
EXPORTS = "select count(*) from export"
ENDS = "select name, state, rows_read, rows_stored, rows_duplicate from export order by id"


def lay(home: Home, name: str, content: bytes) -> None:
    """Drop it whole, however long this takes."""
    made = home.folder / name
    made.write_bytes(content)
    made.rename(home.drop / name)


def test_the_same_bytes_in_every_way_are_stored_once(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home, plays = new_home(url=database), told[:600]
    made = write_maloja(home.folder / "made.json", plays)
    # At once: two names, a second name of the first file, a sub-folder, and the same again while that is taken in.
    (home.drop / "a.json").write_bytes(made.read_bytes())
    os.link(home.drop / "a.json", home.drop / "b.json")
    (home.drop / "c.json").write_bytes(made.read_bytes())
    home.daemon.start()
    wait_until(lambda: home.look.value(EXPORTS) == 1, "the first is taken in")
    lay(home, "d.json", made.read_bytes())
    home.wait_until_idle()
    lay(home, "a.json", made.read_bytes())  # and in a row
    home.wait_until_idle()

    [(_, state, read, stored, duplicate)] = home.look.rows(ENDS) or []
    assert (state, read, stored, duplicate) == ("shelved", 600, 600, 0)
    assert home.look.value(STORED) == 600
    assert sum(path.suffix == ".json" for path in (home.drop / "done").iterdir()) == 5
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.daemon.count("intake_known") == 4  # each is told of after it was put away
    assert home.surprises() == []


def test_exports_that_overlap_count_each_listen_once(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    write_maloja(home.drop / "1.json", told[:400])
    write_maloja(home.drop / "2.json", told[200:600], exported_at=2)
    write_maloja(home.drop / "3.json", told[:600], exported_at=3)
    write_listenbrainz(home.drop / "4.jsonl", told[300:700])
    home.daemon.start()
    home.wait_until_idle()

    rows = home.look.rows(ENDS) or []
    assert all(read == stored + duplicate for _, _, read, stored, duplicate in rows)
    assert [row[2:] for row in rows[:3]] == [(400, 400, 0), (400, 200, 200), (600, 0, 600)]
    assert home.look.value(COUNTED) == 700
    assert home.surprises() == []
    home.look.close()
    assert home.daemon.stop() == 0


def test_what_is_dropped_again_after_a_kill_is_stored_once(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    made = write_maloja(home.folder / "made.json", told)
    (home.drop / "a.json").write_bytes(made.read_bytes())
    home.daemon.start()
    Moment("storing", 0, 0.0).strike(home.daemon, home.look, home.drop, home.daemon.kill)
    (home.drop / "a.json").unlink(missing_ok=True)  # its owner makes order, and drops it anew
    (home.drop / "once more.json").write_bytes(made.read_bytes())
    home.daemon.start()
    home.wait_until_idle()

    assert home.look.value(STORED) == len(told)
    assert home.look.value("select count(*) from export where state = 'shelved'") == 1
    home.look.close()
    assert home.daemon.stop() == 0


def test_a_failed_file_that_is_dropped_again_is_tried_again_and_may_be_mended(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    home.change("inbox", patience="0s")  # a file that is cut off is taken as it is
    whole = write_maloja(home.folder / "made.json", told[:300]).read_bytes()
    home.daemon.start()
    for content in (whole[:-100], whole[:-100], whole, whole):
        lay(home, "a.json", content)
        home.wait_until_idle()

    states = home.look.rows("select state, count(*)::int from export group by state order by state") or []
    assert dict(states)["shelved"] == 1
    assert home.look.value(STORED) == 300
    assert home.look.value("select sum(rows_stored) from export where state = 'failed'") == 0
    home.look.close()
    assert home.daemon.stop() == 0
    assert home.daemon.count("intake_failed") == 2
