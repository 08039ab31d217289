"""The walk, over real trees."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.library.ignore import Ignore
from scannerd.library.stamps import Stamp
from scannerd.library.walk import STOPPED, FileSeen, Folder, WalkError, shown, walk

SUFFIXES = frozenset((b".mp3", b".flac"))
GONE = "cannot be listed: no such file or directory"


def walked(
    root: Path | bytes,
    *,
    patterns: tuple[str, ...] = (),
    follow_mounts: bool = False,
    stop: threading.Event | None = None,
) -> list[Folder | WalkError]:
    return list(walk(bytes(root), suffixes=SUFFIXES, ignore=Ignore(patterns), follow_mounts=follow_mounts, stop=stop))


def files(root: Path | bytes, *patterns: str) -> list[bytes]:
    """The paths of all files, in the order of the walk; there must be no errors."""
    told = walked(root, patterns=patterns)
    assert all(isinstance(folder, Folder) and folder.trouble is None for folder in told)
    return [folder.path + file.name for folder in told if isinstance(folder, Folder) for file in folder.files]


def put(root: Path, *paths: str | bytes) -> None:
    """Files at these paths; one that ends in a slash is a folder."""
    for path in paths:
        text = os.fsdecode(path)
        place = root / text
        (place if text.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
        if not text.endswith("/"):
            place.write_bytes(b"music")


# What is told


def test_files_are_told_with_their_stamps_folder_by_folder(tmp_path: Path) -> None:
    put(tmp_path, "b.mp3", "a.FLAC", "Artist/Album/1.mp3", "Artist/cover.jpg", "Empty/")
    os.utime(tmp_path / "b.mp3", ns=(0, 1_500_000_000_123_456_789))

    def seen(path: str) -> FileSeen:
        return FileSeen(Path(path).name.encode(), Stamp.of((tmp_path / path).stat()))

    assert walked(tmp_path) == [
        Folder(b"", [seen("a.FLAC"), seen("b.mp3")]),
        Folder(b"Artist/Album/", [seen("Artist/Album/1.mp3")]),
    ]
    assert seen("b.mp3").stamp.mtime_ns == 1_500_000_000_123_456_789


def test_an_empty_root_is_told(tmp_path: Path) -> None:
    assert walked(tmp_path) == [Folder(b"", [])]


def test_a_root_may_end_in_a_slash_and_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, "music/A/a.mp3")
    (tmp_path / "link").symlink_to("music")

    assert files(bytes(tmp_path) + b"/music/") == [b"A/a.mp3"]
    assert files(tmp_path / "link") == [b"A/a.mp3"]


def test_only_what_ends_in_a_suffix_counts(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", "b.MP3", "c.Flac", "d.mp3.part", "e.txt", "mp3", "f.", "3", "g.mp", "h.mp3 ", "..i.mp3")

    assert files(tmp_path) == [b"..i.mp3", b"a.mp3", b"b.MP3", b"c.Flac"]


def test_a_folder_may_be_called_like_a_file(tmp_path: Path) -> None:
    put(tmp_path, "Best of.mp3/a.mp3")

    assert files(tmp_path) == [b"Best of.mp3/a.mp3"]


def test_pipes_and_sockets_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp3")
    os.mkfifo(tmp_path / ".ndignore")
    put(tmp_path, "b.mp3")

    assert files(tmp_path) == [b"b.mp3"]


# Order


def test_folders_come_in_byte_order_of_their_paths(tmp_path: Path) -> None:
    # A space, an exclamation mark and a hyphen sort before the slash, so the names alone have another order.
    put(tmp_path, "A/x.mp3", "A/B/x.mp3", "A !/x.mp3", "A-/x.mp3", "A0/x.mp3", "AA/x.mp3", "a/x.mp3")

    paths = [folder.path for folder in walked(tmp_path)]
    assert paths == [b"", b"A !/", b"A-/", b"A/", b"A/B/", b"A0/", b"AA/", b"a/"]


NAMES = st.lists(
    st.sampled_from([b"a", b"A", b"b", b" ", b"!", b"-", b"0", b"\xff", "é".encode(), "e\u0301".encode(), b"..."]),
    min_size=1,
    max_size=3,
).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(NAMES, min_size=0, max_size=4), max_size=8), st.lists(NAMES, min_size=1, max_size=3))
def test_any_tree_is_told_completely_and_in_byte_order(folders: list[list[bytes]], names: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as root:
        shows = {folder for folder in map(tuple, folders) if all(part.strip(b".") for part in folder)}
        for folder in shows:
            put(Path(root), *(b"/".join((*folder, name + b".mp3")) for name in names))

        told = walked(os.fsencode(root))

        expected = {b"".join(part + b"/" for part in folder) for folder in shows}
        assert [folder.path for folder in told] == sorted(expected | {b""})
        in_each = sorted({name + b".mp3" for name in names})
        for folder in told:
            assert isinstance(folder, Folder)
            assert [file.name for file in folder.files] == (in_each if folder.path in expected else [])


# Names


def test_names_that_are_not_utf_8_are_walked(tmp_path: Path) -> None:
    put(tmp_path, b"Bj\xf6rk/J\xf3ga.mp3", b"\xff\xfe.mp3")

    assert files(tmp_path) == [b"\xff\xfe.mp3", b"Bj\xf6rk/J\xf3ga.mp3"]


def test_nfc_and_nfd_are_two_files_where_they_are_two(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Rós.mp3").encode() for form in ("NFC", "NFD"))
    put(tmp_path, composed)
    assert files(tmp_path) == [composed]

    put(tmp_path, apart)
    there = sorted(
        os.fsencode(file.name) for file in tmp_path.iterdir()
    )  # one, on a file system that knows them to be the same
    assert files(tmp_path) == there


def test_a_case_only_rename_is_another_name_with_the_same_stamp(tmp_path: Path) -> None:
    put(tmp_path, "Artist/song.mp3")
    [_, before] = walked(tmp_path)
    (tmp_path / "Artist").rename(tmp_path / "ARTIST")
    (tmp_path / "ARTIST/song.mp3").rename(tmp_path / "ARTIST/Song.mp3")
    [_, after] = walked(tmp_path)

    assert isinstance(before, Folder)
    assert after == Folder(b"ARTIST/", [FileSeen(b"Song.mp3", before.files[0].stamp)])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"Artist/Song.mp3", "Artist/Song.mp3"),
        ("Ro\u0301s/é.mp3".encode(), "R\u00f3s/\u00e9.mp3"),
        (b"Bj\xf6rk", "Bj\\xf6rk"),
        (b"two\nlines\x7f", "two\\x0alines\\x7f"),
        ("\x85".encode(), "\\x85"),
        (b"", ""),
    ],
)
def test_paths_are_shown_to_people_on_one_line(path: bytes, text: str) -> None:
    assert shown(path) == text


# What is left out


@pytest.mark.parametrize(
    "folder",
    [
        "@eaDir",
        "#recycle",
        "#snapshot",
        ".Recycle.Bin",
        "$RECYCLE.BIN",
        "$Recycle.Bin",
        "@Recycle",
        "@Recently-Snapshot",
        "lost+found",
        ".git",
        ".Trash-1000",
        ".Trashes",
        "System Volume Information",
        "RECYCLER",
        ".streams",
        ".@__thumb",
        "__MACOSX",
        ".AppleDouble",
        "Network Trash Folder",
    ],
)
def test_what_a_nas_puts_beside_music_is_left_out(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"{folder}/a.mp3", f"Artist/{folder}/Album/a.mp3", f"{folder.upper()}/a.mp3", "Artist/b.mp3")

    assert files(tmp_path) == [b"Artist/b.mp3"]


def test_a_file_may_be_called_like_a_junk_folder(tmp_path: Path) -> None:
    put(tmp_path, "@eaDir.mp3", "lost+found.mp3")

    assert files(tmp_path) == [b"@eaDir.mp3", b"lost+found.mp3"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, ".a.mp3", "._a.mp3", ".mp3", ".hidden/a.mp3", "...And Justice/a.mp3", "..b.mp3")

    assert files(tmp_path) == [b"..b.mp3", b"...And Justice/a.mp3"]


def test_the_librarys_patterns_leave_files_and_folders_out(tmp_path: Path) -> None:
    put(tmp_path, "A/a.mp3", "A/a.flac", "A/Demos/b.mp3", "Demos/c.mp3", "B/Demos")

    assert files(tmp_path, "*.flac", "/A/Demos/") == [b"A/a.mp3", b"Demos/c.mp3"]


def test_an_ignore_file_holds_for_its_folder_and_below(tmp_path: Path) -> None:
    put(tmp_path, "a.flac", "A/a.flac", "A/a.mp3", "A/B/b.flac", "A/B/C/c.flac", "A/B/live/x.mp3", "live/y.mp3")
    (tmp_path / "A/.ndignore").write_text("*.flac\nlive/\n")
    (tmp_path / "A/B/C/.ignore").write_text("!*.flac\n")

    assert files(tmp_path) == [b"a.flac", b"A/a.mp3", b"A/B/C/c.flac", b"live/y.mp3"]


def test_an_empty_ignore_file_leaves_out_its_folder_and_all_below(tmp_path: Path) -> None:
    put(tmp_path, "A/a.mp3", "A/B/b.mp3", "C/c.mp3")
    (tmp_path / "A/.ndignore").touch()
    (tmp_path / "A/B/.ndignore").write_text("!*\n")

    assert files(tmp_path) == [b"C/c.mp3"]

    (tmp_path / ".ignore").touch()
    assert walked(tmp_path) == [Folder(b"", [])]


def test_an_ignore_folder_is_no_ignore_file(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", ".ignore/b.mp3")

    assert files(tmp_path) == [b"a.mp3"]


def test_where_the_ignore_file_cannot_be_read_nothing_is_told_but_that(tmp_path: Path) -> None:
    put(tmp_path, "A/a.mp3", "A/B/b.mp3", "C/c.mp3")
    (tmp_path / "A/.ndignore").write_bytes(b"x" * (1024 * 1024 + 1))

    told = walked(tmp_path)
    assert told[:2] == [
        Folder(b"", []),
        WalkError(b"A/", "its .ndignore cannot be read: it is larger than 1 MiB"),
    ]
    assert [folder.path for folder in told[2:]] == [b"C/"]


# Links


def test_links_are_followed_and_count_with_what_they_lead_to(tmp_path: Path) -> None:
    put(tmp_path, "else/song.bin", "else/Album/b.mp3", "music/")
    (tmp_path / "music/a.mp3").symlink_to("../else/song.bin")
    (tmp_path / "music/Album").symlink_to("../else/Album")

    assert walked(tmp_path / "music") == [
        Folder(b"", [FileSeen(b"a.mp3", Stamp.of((tmp_path / "else/song.bin").stat()))]),
        Folder(b"Album/", [FileSeen(b"b.mp3", Stamp.of((tmp_path / "else/Album/b.mp3").stat()))]),
    ]


def test_links_that_lead_nowhere_are_no_files(tmp_path: Path) -> None:
    put(tmp_path, "b.mp3")
    (tmp_path / "a.mp3").symlink_to("nothing")
    (tmp_path / "Album").symlink_to("nothing")
    (tmp_path / "self.mp3").symlink_to("self.mp3")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "through.mp3").symlink_to("b.mp3/a.mp3")

    assert files(tmp_path) == [b"b.mp3"]


def test_a_link_in_a_circle_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "A/a.mp3", "B/b.mp3")
    (tmp_path / "A/up").symlink_to("..")
    (tmp_path / "A/self").symlink_to(".")
    (tmp_path / "A/other").symlink_to("../B")
    (tmp_path / "B/other").symlink_to("../A")

    assert files(tmp_path) == [b"A/a.mp3", b"A/other/b.mp3", b"B/b.mp3", b"B/other/a.mp3"]


# Other file systems


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than `tmp_path`."""
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=shared_memory) as folder:
        yield Path(folder)


def test_another_file_system_is_entered_only_when_wished(tmp_path: Path, elsewhere: Path) -> None:
    put(tmp_path, "a.mp3")
    put(elsewhere, "b.mp3", "B/b.mp3")
    (tmp_path / "Disk 2").symlink_to(elsewhere)
    (tmp_path / "c.mp3").symlink_to(elsewhere / "b.mp3")

    assert files(tmp_path) == [b"a.mp3", b"c.mp3"]
    followed = [folder.path for folder in walked(tmp_path, follow_mounts=True)]
    assert followed == [b"", b"Disk 2/", b"Disk 2/B/"]


IN_A_MOUNT = """
import json, sys
from scannerd.library.ignore import Ignore
from scannerd.library.walk import walk
def paths(follow):
    told = walk(sys.argv[1].encode(), suffixes=frozenset((b".mp3",)), ignore=Ignore(), follow_mounts=follow)
    return [folder.path.decode() for folder in told]
print(json.dumps([paths(False), paths(True)]))
"""


def test_a_mounted_folder_is_entered_only_when_wished(tmp_path: Path) -> None:
    put(tmp_path, "music/a.mp3", "music/Disk 2/")
    mount = 'mount -t tmpfs none "$1/Disk 2" && touch "$1/Disk 2/b.mp3" || exit 77; shift; exec "$@"'
    music = str(tmp_path / "music")
    walk_it = [sys.executable, "-c", IN_A_MOUNT, music]
    # In a name space of its own, where mounting is allowed and of which nothing stays.
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", music, *walk_it]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    if not done.stdout:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")

    assert json.loads(done.stdout) == [[""], ["", "Disk 2/"]]


# Errors


def test_a_root_that_is_not_there_or_no_folder_is_told_and_the_end(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3")

    assert walked(tmp_path / "none") == [WalkError(b"", GONE)]
    assert walked(tmp_path / "a.mp3") == [WalkError(b"", "cannot be listed: not a directory")]


def test_a_folder_that_is_gone_before_it_is_listed_is_not_judged(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", "A/a.mp3", "A/B/b.mp3", "C/c.mp3")
    walking = walk(bytes(tmp_path), suffixes=SUFFIXES, ignore=Ignore(), follow_mounts=False)
    first = next(walking)
    shutil.rmtree(tmp_path / "A")

    second, third = walking
    assert first.path == b""
    assert second == WalkError(b"A/", GONE)
    assert third.path == b"C/"


def test_a_folder_that_cannot_be_listed_stops_nothing_else(tmp_path: Path) -> None:
    # Too long a path: the one thing that holds for root, too, and for good.
    put(tmp_path, "Z/z.mp3")
    part = "d" * 250
    deepest = os.open(tmp_path, os.O_RDONLY)
    for _ in range(17):
        os.mkdir(part, dir_fd=deepest)
        deeper = os.open(part, os.O_RDONLY, dir_fd=deepest)
        os.close(deepest)
        deepest = deeper
    os.close(deepest)

    root, other, too_deep = walked(tmp_path)
    shutil.rmtree(tmp_path / part)

    assert root == Folder(b"", [])
    assert other.path == b"Z/"
    assert isinstance(too_deep, WalkError)
    assert too_deep.path.startswith(part.encode() + b"/" + part.encode() + b"/")
    assert too_deep.reason.endswith("file name too long")


def test_a_file_that_cannot_be_looked_at_leaves_its_folder_in_doubt(tmp_path: Path) -> None:
    # A link with an impossible target: stat fails for root, too, and not with "no such file".
    put(tmp_path, "A/a.mp3", "A/C/c.mp3")
    (tmp_path / "A/b.mp3").symlink_to("x" * 300)
    (tmp_path / "A/cover.jpg").symlink_to("x" * 300)
    (tmp_path / "@eaDir").symlink_to("x" * 300)
    trouble = "cannot be looked at: file name too long"

    told = walked(tmp_path)
    assert [folder.path for folder in told] == [b"", b"A/", b"A/C/", b"A/b.mp3/", b"A/cover.jpg/"]
    folder = told[1]
    assert isinstance(folder, Folder)
    assert [file.name for file in folder.files] == [b"a.mp3"]
    assert folder.trouble == f"b.mp3 {trouble}"
    assert told[3:] == [
        WalkError(b"A/b.mp3/", f"b.mp3 {trouble}"),  # a link may lead to a folder, of which files are known
        WalkError(b"A/cover.jpg/", f"cover.jpg {trouble}"),
    ]


def test_what_is_ignored_troubles_nobody(tmp_path: Path) -> None:
    put(tmp_path, "A/a.mp3")
    (tmp_path / "A/b.mp3").symlink_to("x" * 300)
    (tmp_path / "A/Disk").symlink_to("x" * 300)

    assert files(tmp_path, "b.mp3", "Disk/") == [b"A/a.mp3"]


# Stopping


def test_a_stopped_walk_tells_of_all_that_it_did_not_look_at(tmp_path: Path) -> None:
    put(tmp_path, "A/B/b.mp3", "A/a.mp3", "C/c.mp3", "C/D/d.mp3", "E/e.mp3")
    stop = threading.Event()
    walking = walk(bytes(tmp_path), suffixes=SUFFIXES, ignore=Ignore(), follow_mounts=False, stop=stop)
    assert [next(walking).path, next(walking).path] == [b"", b"A/"]
    stop.set()

    assert list(walking) == [WalkError(b"A/B/", STOPPED), WalkError(b"C/", STOPPED), WalkError(b"E/", STOPPED)]
    assert walked(tmp_path, stop=stop) == [WalkError(b"", STOPPED)]
