"""`scannerd scan` as a person or a script uses it, on real files."""

import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from mutagen.flac import FLAC
from waiting import PATIENCE

from scannerd.cli_scans import targets
from scannerd.errors import NotFound
from scannerd.library.libraries import LibrarySpec, keep_library, only_scan

_lengths = count(100)


def song(path: Path, **tags: str) -> Path:
    """A FLAC file without a sound in it, of a length that no other has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = (44_100 << 44 | 1 << 41 | 15 << 36 | 44_100 * next(_lengths)).to_bytes(8, "big")
    path.write_bytes(b"fLaC\x80\x00\x00\x22\x10\x00\x10\x00" + bytes(6) + numbers + bytes(16) + b"\xff\xf8" + bytes(64))
    file = FLAC(path)
    file.update({"title": path.stem, "artist": "Blur", "album": path.parent.name} | tags)
    file.save()
    return path


@pytest.fixture
def settings(bare: Any) -> Path:
    """A settings file with two libraries."""
    for name in ("music", "live"):
        (bare.folder / name).mkdir()
    text = '[scan]\nworkers = 1\n[[library]]\nname = "music"\nroots = ["music"]\n'
    return bare.file("scannerd.toml", text + '[[library]]\nname = "live"\nroots = ["live"]\n')  # type: ignore[no-any-return]


@pytest.fixture
def at_home(shell: Any, settings: Path) -> Any:
    """A shell with two libraries: one with an album of two songs, one without any."""
    song(shell.folder / "music" / "13" / "Tender.flac")
    song(shell.folder / "music" / "13" / "Bugman.flac")
    return shell


def told(answer: Any) -> dict[str, str]:
    """The lines of the last report, by their first words."""
    lines = [line.strip() for line in answer.out.splitlines() if line.startswith("  ")]
    return {line.rsplit(maxsplit=1)[0]: line.rsplit(maxsplit=1)[1] for line in lines}


def test_a_scan_tells_of_each_library_in_plain_words(at_home: Any) -> None:
    answer = at_home("scan")

    assert answer.code == 0
    assert answer.err.splitlines() == ["music: looking", "music: reading", "live: looking"]
    lines = answer.out.splitlines()
    assert lines[0].startswith("music: 2 media files in ")
    assert lines[1:8] == [
        "  unchanged    0",
        "  new          2",
        "  changed      0",
        "  moved        0",
        "  missing      0",
        "  unreadable   0",
        "",
    ]
    assert lines[8].startswith("live: 0 media files in ")
    assert at_home("db", "query", "select title from tracks order by 1").json == [
        {"title": "Bugman"},
        {"title": "Tender"},
    ]


def test_a_scan_as_json_holds_each_summary(at_home: Any) -> None:
    answer = at_home("scan", "--json")

    assert answer.code == 0
    assert answer.json["errors"] == []
    assert [(one["library"], one["files"]["new"], one["complete"]) for one in answer.json["scans"]] == [
        ("music", 2, True),
        ("live", 0, True),
    ]


def test_what_changed_moved_and_went_is_counted_apart(at_home: Any) -> None:
    song(at_home.folder / "music" / "13" / "Coffee and TV.flac")
    at_home("scan")
    album = at_home.folder / "music" / "13"
    (album / "Tender.flac").rename(album / "01 Tender.flac")
    (album / "Bugman.flac").unlink()
    song(album / "Coffee and TV.flac", genre="Rock")
    (album / "broken.flac").write_bytes(b"fLaC")

    answer = at_home("scan", "music")

    assert answer.code == 0
    counts = {"unchanged": "0", "changed": "1", "moved": "1", "missing": "1", "unreadable": "1"}
    assert told(answer).items() >= counts.items()
    assert "What and why: scannerd db query 'select * from library_health'" in answer.out.splitlines()


def test_only_the_named_library_is_scanned(at_home: Any) -> None:
    assert [one["library"] for one in at_home("scan", "live", "--json").json["scans"]] == ["live"]
    assert [one["library"] for one in at_home("scan", "live", "music", "--json").json["scans"]] == ["live", "music"]


def test_only_the_named_folder_is_scanned(at_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    at_home("scan")
    song(at_home.folder / "music" / "Parklife" / "Girls.flac")
    song(at_home.folder / "music" / "13" / "Battle.flac")

    answer = at_home("scan", at_home.folder / "music" / "Parklife")
    assert answer.out.startswith(f"music, {at_home.folder}/music/Parklife: 1 media file in ")
    monkeypatch.chdir(at_home.folder / "music" / "13")
    here = at_home("scan", ".", "--config", at_home.folder / "scannerd.toml", "--json")

    assert [(one["files"]["seen"], one["files"]["new"]) for one in here.json["scans"]] == [(3, 1)]


def test_a_dry_run_changes_nothing(at_home: Any) -> None:
    answer = at_home("scan", "music", "--dry-run")

    assert answer.code == 0
    assert told(answer)["new"] == "2"
    assert "unreadable" not in answer.out
    assert answer.out.endswith("This was a dry run: nothing was changed.\n")
    assert at_home("db", "query", "select count(*) as n from tracks").json == [{"n": 0}]
    assert at_home("status", "--json").json["libraries"][0]["scanned_at"] is None


def test_a_full_scan_reads_what_did_not_change(at_home: Any) -> None:
    at_home("scan", "music")
    [plain] = at_home("scan", "music", "--json").json["scans"]
    [full] = at_home("scan", "music", "--full", "--json").json["scans"]

    assert (plain["files"]["parsed"], full["files"]["parsed"]) == (0, 2)


def test_a_folder_that_looks_unmounted_loses_nothing_until_a_person_says_so(at_home: Any) -> None:
    at_home("scan", "music")
    (at_home.folder / "music" / "13").rename(at_home.folder / "elsewhere")

    guarded = at_home("scan", "music")
    assert (guarded.code, told(guarded)["missing"]) == (0, "0")
    [warning] = [line for line in guarded.out.splitlines() if line.startswith("Warning:")]
    assert "not mounted" in warning
    assert "scannerd scan --accept-missing" in warning

    accepted = at_home("scan", "music", "--accept-missing")
    assert told(accepted)["missing"] == "2"


def test_a_folder_that_is_not_there_is_told_of(shell: Any) -> None:
    shell.file("scannerd.toml", '[[library]]\nname = "music"\nroots = ["musik"]\n')

    answer = shell("scan")

    assert answer.code == 0
    warning = f"{shell.folder}/musik: cannot be listed: no such file or directory; what is known there is left as it is"
    assert answer.out.splitlines()[-1] == f"Warning:     {warning}"


def test_a_name_nobody_knows_names_those_that_are_there(at_home: Any) -> None:
    answer = at_home("scan", "musik")

    assert answer.code == 66
    assert answer.err == 'scannerd: there is no library "musik"\nhint: the settings name "music", "live"\n'


def test_a_folder_outside_of_all_libraries_is_refused(at_home: Any) -> None:
    outside, missing = at_home("scan", "/usr"), at_home("scan", "music/nothing")

    assert (outside.code, outside.err.splitlines()) == (
        66,
        [
            "scannerd: /usr lies in no library",
            f"hint: the settings name {at_home.folder}/music, {at_home.folder}/live",
        ],
    )
    assert (missing.code, missing.err.splitlines()[0]) == (
        66,
        "scannerd: music/nothing cannot be scanned: no such file or directory",
    )


def test_without_a_library_the_settings_are_shown_that_make_one(bare: Any) -> None:
    answer = bare("scan")

    assert answer.code == 78
    assert answer.err.splitlines() == [
        "scannerd: no library is configured",
        f"hint: write into {bare.folder}/scannerd.toml, with a folder of yours:",
        "    [[library]]",
        '    name = "music"',
        '    roots = ["/srv/music"]',
    ]
    assert not (bare.folder / "state").exists()


def test_a_library_that_is_being_scanned_is_left_and_the_next_one_scanned(
    at_home: Any, conn: psycopg.Connection[Any]
) -> None:
    at_home("scan")
    spec = LibrarySpec("music", (os.fsencode(at_home.folder / "music"),))
    with only_scan(conn, keep_library(conn, spec), "music"):
        answer = at_home("scan", "--json")
        status = at_home("status")

    assert answer.code == 75
    assert [one["library"] for one in answer.json["scans"]] == ["live"]
    [error] = answer.json["errors"]
    assert (error["library"], error["kind"]) == ("music", "AlreadyRunning")
    assert error["message"] == 'the library "music" is being scanned already'
    assert "    music: 2 files, being scanned now" in status.out.splitlines()


def test_the_status_tells_of_each_library(at_home: Any) -> None:
    before = at_home("status")
    assert "    music: not scanned yet" in before.out.splitlines()
    at_home("scan", "music")
    (at_home.folder / "music" / "13" / "Tender.flac").unlink()
    at_home("scan", "music")

    document = at_home("status", "--json").json["libraries"]
    assert {key: value for key, value in document[0].items() if key != "scanned_at"} == {
        "name": "music",
        "roots": [f"{at_home.folder}/music"],
        "configured": True,
        "scanning": False,
        "files": 2,
        "present": 1,
        "missing": 1,
        "unreadable": 0,
        "also_kept_by": [],
    }
    assert document[0]["scanned_at"] is not None
    assert (document[1]["name"], document[1]["scanned_at"], document[1]["files"]) == ("live", None, 0)
    assert "    music: 2 files, 1 missing, scanned 20" in at_home("status").out
    gone = at_home("status", "--set", 'library=[{"name": "x", "roots": ["/x"]}]')
    assert gone.out.count("no longer in the settings") == 1


def test_the_settings_show_each_library_as_one_writes_it(settings: Path, bare: Any) -> None:
    text = bare("config", "show").out

    assert text.count("\n[[library]]\n") == 2
    again = bare.file("again.toml", text)
    assert bare("config", "show", "--config", again).out.splitlines()[1:] == text.splitlines()[1:]


HOLD_UP = """
create function public.hold_up() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(7);
    return new;
end $$;
create trigger hold_up before insert on media_file for each row when (new.folder = '15/')
execute function public.hold_up()
"""


def test_a_stopped_scan_says_what_is_kept(shell: Any, settings: Path, conn: psycopg.Connection[Any]) -> None:
    for number in range(4):
        song(shell.folder / "music" / "13" / f"{number}.flac")
    for number in range(520):  # more than are written at a time
        path = shell.folder / "music" / "14" / f"{number}.flac"
        song(path) if not number else (path.write_bytes((path.parent / "0.flac").read_bytes()))
    song(shell.folder / "music" / "15" / "0.flac")
    conn.execute(HOLD_UP)  # it cannot end before it was asked to stop
    conn.execute("select pg_advisory_lock(7)")
    with subprocess.Popen(
        [sys.executable, "-m", "scannerd", "scan"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        said.append(process.stderr.readline())
        conn.execute("select pg_advisory_unlock(7)")
        out, err = process.communicate(timeout=PATIENCE)

    stopping = "stopping at the next safe point; once more stops at once\n"
    assert said == ["music: looking\n", "music: reading\n", stopping]
    assert (process.returncode, err) == (130, "")
    [stopped] = [line for line in out.splitlines() if line.startswith("Stopped:")]
    assert stopped.endswith("read so far are kept; the next scan goes on from there")
    assert shell("scan").code == 0
    assert shell("status", "--json").json["libraries"][0]["files"] == 525


MUSIC, LIVE = LibrarySpec("music", (b"/srv/music", b"/srv/more")), LibrarySpec("live", (b"/srv/live",))


def test_no_word_means_all_libraries() -> None:
    assert [(one.spec.name, one.folders) for one in targets([MUSIC, LIVE], [])] == [("music", None), ("live", None)]


def test_a_library_named_whole_needs_none_of_its_folders(tmp_path: Path) -> None:
    spec = LibrarySpec("music", (os.fsencode(tmp_path),))
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    both = targets([spec, LIVE], [str(one), f"{other}/", str(one)])
    whole = targets([spec, LIVE], [str(one), "music"])

    root = os.fsencode(tmp_path)
    assert [target.folders for target in both] == [((root, b"one/"), (root, b"other/"))]
    assert [target.folders for target in whole] == [None]


def test_a_folder_is_found_by_any_way_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    music, link, inner = tmp_path / "music", tmp_path / "link", tmp_path / "music" / "inner"
    (music / "a").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (music / "a" / "song.mp3").touch()
    link.symlink_to(music)
    inner.symlink_to(tmp_path / "outside")
    monkeypatch.chdir(music)
    spec = LibrarySpec("music", (os.fsencode(music),))

    def folder(word: str) -> bytes:
        [target] = targets([spec], [word])
        assert target.folders is not None
        [(root, below)] = target.folders
        assert root == os.fsencode(music)
        return below

    assert folder(str(music)) == b""
    assert folder("a") == folder("./a") == folder("a/song.mp3") == folder("a/../a") == b"a/"
    assert folder(str(link / "a")) == b"a/"
    assert folder(str(inner)) == b"inner/"
    with pytest.raises(NotFound, match="lies in no library"):
        folder(str(tmp_path / "outside"))


def test_a_library_may_be_called_as_a_folder_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "live").mkdir()
    monkeypatch.chdir(tmp_path)

    assert [(one.spec.name, one.folders) for one in targets([MUSIC, LIVE], ["live"])] == [("live", None)]
