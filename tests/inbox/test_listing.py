"""What lies in the drop folder, and whose it is."""

import os
import socket
from pathlib import Path

import pytest

from scannerd.config import IGNORED_NAMES
from scannerd.inbox.listing import Candidate, Oddity, list_drop, listener_at
from scannerd.inbox.settle import Stamp


def write(path: Path, data: bytes = b"[]") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def found(
    drop: Path, *, ignore: tuple[str, ...] = IGNORED_NAMES, shelves: tuple[Path, ...] = ()
) -> dict[str, str | None]:
    found = [*list_drop(drop, ignore=ignore, shelves=shelves)]
    return {str(item.path.relative_to(drop)): item.listener for item in found if isinstance(item, Candidate)} | {
        f"odd: {item.path}": item.why for item in found if isinstance(item, Oddity)
    }


def oddities(drop: Path) -> dict[str, str]:
    found = [*list_drop(drop)]
    assert not [item for item in found if isinstance(item, Candidate)]
    return {
        os.fsencode(item.path.name).decode("utf-8", "backslashreplace"): item.why
        for item in found
        if isinstance(item, Oddity)
    }


def test_a_file_comes_with_its_stamp(drop: Path) -> None:
    path = write(drop / "a.json", b"[1]")

    (candidate,) = list_drop(drop)

    assert candidate.path == path
    assert candidate.stamp == Stamp.of(path.stat())
    assert candidate.stamp.size == 3


def test_a_sub_folder_belongs_to_the_listener_it_is_named_after(drop: Path) -> None:
    write(drop / "mine.zip")
    write(drop / "Ann" / "hers.zip")
    write(drop / "Ann" / "2019" / "old" / "hers.zip")

    assert found(drop) == {"mine.zip": None, "Ann/hers.zip": "Ann", "Ann/2019/old/hers.zip": "Ann"}


def test_an_unzipped_export_is_no_listener(drop: Path) -> None:
    inside = Path("Spotify Extended Streaming History", "Streaming_History_Audio_0.json")
    write(drop / "my_spotify_data" / inside)
    write(drop / "MY_SPOTIFY_DATA (1)" / inside)
    write(drop / inside)
    write(drop / "MyData" / "StreamingHistory0.json")
    write(drop / "listenbrainz_ann_1700000000" / "user.json")
    write(drop / "Ann" / "my_spotify_data" / inside)

    assert found(drop) == {
        f"my_spotify_data/{inside}": None,
        f"MY_SPOTIFY_DATA (1)/{inside}": None,
        f"{inside}": None,
        "MyData/StreamingHistory0.json": None,
        "listenbrainz_ann_1700000000/user.json": None,
        f"Ann/my_spotify_data/{inside}": "Ann",
    }


def test_a_listener_is_one_however_the_accents_are_spelled(drop: Path) -> None:
    write(drop / "Jose\u0301" / "a.json")
    write(drop / "Jos\u00e9" / "b.json")

    assert {item.listener for item in list_drop(drop) if isinstance(item, Candidate)} == {"Jos\u00e9"}


UNFINISHED = [".hidden", "a.zip.part", "A.ZIP.PART", "a.crdownload", "a.!qB", "a.!QB", "Ann/x.tmp", "a.filepart"]
OF_SYSTEMS = [
    "@eaDir/a.zip",
    "@EADIR/a.zip",
    "THUMBS.DB",
    "#recycle/a.zip",
    "~$list.csv",
    ".stfolder/a",
    "Ann/.DS_Store",
]


@pytest.mark.parametrize("name", UNFINISHED + OF_SYSTEMS)
def test_names_of_unfinished_files_and_of_systems_are_left_alone(drop: Path, name: str) -> None:
    write(drop / name)

    assert found(drop) == {}


def test_our_own_passing_files_are_left_alone_whatever_is_configured(drop: Path) -> None:
    write(drop / ".scannerd-probe")
    write(drop / ".hidden")

    assert found(drop, ignore=()) == {".hidden": None}


def test_the_shelves_are_not_looked_into_however_they_are_named(drop: Path, tmp_path: Path) -> None:
    write(drop / "done" / "a.zip")
    write(drop / "failed" / "b.zip")
    write(drop / "c.zip")
    (tmp_path / "other-way").symlink_to(drop)

    shelves = (tmp_path / "other-way" / "done", drop / "failed", drop / "not-there")

    assert found(drop, shelves=shelves) == {"c.zip": None}


def test_links_are_told_and_never_followed(drop: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside" / "secret.json")
    (drop / "file").symlink_to(tmp_path / "outside" / "secret.json")
    (drop / "folder").symlink_to(tmp_path / "outside")
    (drop / "circle").symlink_to(drop)
    (drop / "nowhere").symlink_to("not-there")

    why = "is a symbolic link, which is never followed: put the file itself here"
    assert oddities(drop) == {"file": why, "folder": why, "circle": why, "nowhere": why}


def test_what_is_no_file_is_told_and_not_opened(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(drop / "fifo.json")
    monkeypatch.chdir(drop)  # the name of a socket is short, that of a temporary folder may not be
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.json")

        assert oddities(drop) == {"fifo.json": "is a FIFO", "socket.json": "is a socket"}


def test_a_folder_named_like_a_file_is_a_folder(drop: Path) -> None:
    write(drop / "a.json" / "b.json")

    assert found(drop) == {"a.json/b.json": "a.json"}


@pytest.mark.parametrize(
    "name", [b"line\nbreak.json", b"bad-\xff\xfe.json", b"-rf", b"x" * 255, "e\u0301🎵.json".encode(), b"*?[a].json"]
)
def test_any_name_a_disk_can_hold_is_listed(drop: Path, name: bytes) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(drop), name))).write_bytes(b"[]")  # noqa: PTH118  # Path takes no bytes

    (candidate,) = list_drop(drop, ignore=IGNORED_NAMES)

    assert os.fsencode(candidate.path.name) == name
    assert candidate.path.read_bytes() == b"[]"


def test_a_folder_whose_name_is_no_text_names_no_listener(drop: Path) -> None:
    write(drop / os.fsdecode(b"bad-\xff") / "a.json")

    assert oddities(drop) == {"bad-\\xff": "is a folder whose name is not UTF-8 and names no listener"}


def test_a_drop_folder_that_is_away_is_no_empty_drop_folder(drop: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(list_drop(drop / "away"))


@pytest.mark.parametrize("name", [" ..", ".. ", " . ", "..\u200b", "\u200b"])
def test_a_folder_whose_name_would_lead_off_the_shelf_names_no_listener(drop: Path, name: str) -> None:
    write(drop / name / "a.json")

    assert list(oddities(drop).values()) == ["is a folder whose name names no listener"]
    assert listener_at(drop, drop / name / "a.json") is None
