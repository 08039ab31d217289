"""What can lie in a drop folder: names that are made to hurt, and what is no file. The watcher outlives all of it."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from home import Home
from made_exports import Play, write_maloja
from running import wait_until

NAMES = [
    b"latin-\xe9.json", b"\xff\xfe\xfd", b"two\nlines.json", b"tab\tand\rreturn\x1b[2J.json",
    b"n" * 250 + b".json", "\u00e9".encode() * 125 + b".json", "caf\u00e9.json".encode(), "cafe\u0301.json".encode(),
    "\U0001f3b5\u200d\u202egnp.json".encode(), b"-rf", b"--help.json", b"..json", b"...", b"$(reboot).json",
    b"a;b|c&d.json", b"'quoted' \"twice\".json", b"%s%n{0}.json", b" .json", b"con", b"case.json", b"CASE.json",
    b"a.report.txt", b"a.why.txt", b"done.json", b"\\back\\slash.json",
]  # fmt: skip
NEVER = "1h"
COUNT = "select count(*) from export where state = 'shelved'"


def test_files_with_hostile_names_are_taken_in_and_the_watcher_outlives_them(
    new_home: Callable[..., Home], database: str, told: list[Play]
) -> None:
    home = new_home(url=database)
    home.change("inbox", rescan=NEVER)
    home.daemon.start()
    until_it_hears(home, told[1010:1020])
    for number, name in enumerate(NAMES):
        plays = told[number * 10 : (number + 1) * 10]
        write_maloja(home.folder / "made.json", plays).rename(os.fsdecode(os.fsencode(home.drop) + b"/" + name))

    wait_until(lambda: home.look.value(COUNT) == len(visible()) + 1, "all are taken in")
    assert sorted(path.name for path in home.waiting) == sorted(os.fsdecode(name) for name in NAMES if hidden(name))
    assert home.look.value("select count(*) from listen") == 10 * (len(visible()) + 1)
    shelved = [path for path in (home.drop / "done").iterdir() if not path.name.endswith(".report.txt")]
    assert len(shelved) + sum(name.endswith(b".report.txt") for name in NAMES) == len(visible()) + 1

    write_maloja(home.folder / "made.json", told[1000:1010]).rename(home.drop / "afterwards.json")
    wait_until((home.drop / "done" / "afterwards.json.report.txt").exists, "the next one is heard")
    home.look.close()
    assert home.daemon.stop() == 0


def until_it_hears(home: Home, plays: list[Play]) -> None:
    """What comes between the first look and the first hearing is found by looking, which is not what is tested."""
    write_maloja(home.folder / "made.json", plays).rename(home.drop / "first.json")

    def is_heard() -> bool:
        (home.drop / ".knock").touch()
        return (home.drop / "done" / "first.json.report.txt").exists()

    wait_until(is_heard, "the first file is heard", tick=0.3)
    (home.drop / ".knock").unlink()


def hidden(name: bytes) -> bool:
    return name.startswith(b".")


def visible() -> list[bytes]:
    return [name for name in NAMES if not hidden(name)]


def test_what_is_no_file_stays_and_holds_up_nobody(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database)
    secret = write_maloja(tmp_path / "secret.json", told[:100])
    os.mkfifo(home.drop / "fifo.json")
    (home.drop / "shadow.json").symlink_to("/etc/shadow")
    (home.drop / "secret.json").symlink_to(secret)
    (home.drop / "circle").symlink_to("circle")
    (home.drop / "up").symlink_to("..")
    (home.drop / "nowhere.json").symlink_to("not-there")
    (home.drop / "anna").mkdir()
    (home.drop / "anna" / "b.json").mkdir()
    with suppress(PermissionError):  # only root may
        os.mknod(home.drop / "device", 0o20600, os.makedev(1, 5))  # /dev/zero, which has no end
    stays = names_in(home.drop)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.drop / "socket"))
        home.daemon.start()
        write_maloja(home.drop / "a.json", told[200:300])
        wait_until((home.drop / "done" / "a.json.report.txt").exists, "the file is taken in")
        for _ in range(3):
            home.wait_for_a_look()

    assert names_in(home.drop) == sorted([*stays, "done", "failed", "socket"])
    assert home.look.rows("select name, state from export") == [("a.json", "shelved")]
    assert home.daemon.count("odd") == len(stays)  # all but the folder, and the socket
    home.look.close()
    assert home.daemon.stop() == 0


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_link_that_takes_a_files_place_in_any_moment_is_never_followed(
    new_home: Callable[..., Home], database: str, told: list[Play], tmp_path: Path
) -> None:
    home = new_home(url=database)
    secret = write_maloja(tmp_path / "secret.json", told[:100])
    home.daemon.start()
    home.wait_for_a_look()
    over = threading.Event()

    def swap() -> None:
        """A settled file and a link take turns under one name."""
        other, place = home.folder / "other", home.drop / "a.json"
        while not over.wait(0.001):
            with suppress(FileNotFoundError):
                place.rename(other)
                (home.folder / "link").symlink_to(secret)
                (home.folder / "link").rename(place)
                over.wait(0.001)
                other.rename(place)

    write_maloja(home.drop / "a.json", told[200:300])
    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for number in range(6):
            write_maloja(home.folder / "made.json", told[300 + number : 301 + number]).rename(
                home.drop / f"{number}.json"
            )
            wait_until((home.drop / "done" / f"{number}.json.report.txt").exists, "the other files are taken in")
    finally:
        over.set()
        swapping.join()

    theirs = "select count(*) from listen where listened_at < to_timestamp(%s)"
    assert home.look.value(theirs, told[200].at) == 0
    assert secret.is_file()
    assert not secret.is_symlink()
    home.look.close()
    assert home.daemon.stop() == 0
