"""A whole scan over files that are broken, or that break a parser: it ends, and only the culprit is unreadable."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from scannerd.library.parse import ParsePool
from scannerd.library.worker_process import WorkerProcess

sys.path.append(str(Path(__file__).parents[1] / "parsers"))

from music_files import tagged

SUFFIXES_MADE = ["mp3", "flac", "ogg", "opus", "m4a", "ape", "wv", "mpc", "wma", "wav", "aiff", "dsf", "tta"]
SIXTEENTHS = range(16)
OLD = 1_700_000_000


def settled(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    os.utime(path, (OLD, OLD))


def counts(summary: Any, *names: str) -> dict[str, int]:
    return {name: getattr(summary.files, name) for name in names}


@pytest.fixture
def odd_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The pool with a parser that hangs, crashes and eats memory where a file's name says so. Nobody else is late,
    though all of Mutagen may have to come from a cold disk, and the machine may stand still."""
    folder = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])]))

    hanging = tmp_path / "hanging"
    hanging.mkdir()
    monkeypatch.setenv("HANGING", str(hanging))
    stop_if_late = WorkerProcess.stop_if_late

    def stop_if_it_hangs(worker: WorkerProcess, deadline: float) -> None:
        if (hanging / str(worker.pid)).exists():
            stop_if_late(worker, deadline)

    monkeypatch.setattr(WorkerProcess, "stop_if_late", stop_if_it_hangs)

    def pool(**limits: Any) -> ParsePool:
        return ParsePool(**limits | {"workers": 2, "deadline": 1.0, "memory": 128 * 1024**2, "chunk": 8}, parse=PARSE)

    monkeypatch.setattr("scannerd.library.music.scan.ParsePool", pool)


PARSE = "hostile_parsers:parse"
HOSTILE = {
    "hang.flac": "the parser needed more than 1 s",
    "eat.flac": "the parser needed more memory than 128 MB",
    "crash.flac": "the parser crashed (signal 11)",
    "raise.flac": "which is a fault of scannerd",
}


def test_parsers_that_hang_crash_or_eat_memory_cost_only_their_file(shelf: Any, odd_pool: None) -> None:
    shelf.album("Blur/13", [f"Song {n}" for n in range(20)], artist="Blur", album="13")
    for name in HOSTILE:
        shelf.song(f"Blur/13/{name}", artist="Blur", album="13")
    summary = shelf.scan()

    assert summary.complete
    assert counts(summary, "seen", "parsed", "unreadable", "failed") == {
        "seen": 24, "parsed": 24, "unreadable": 4, "failed": 0,
    }  # fmt: skip
    told = shelf.ask("select convert_from(name, 'UTF8'), reason from media_file where state = 'unreadable'")
    assert {name: HOSTILE[name] in reason for name, reason in told} == dict.fromkeys(HOSTILE, True), told
    assert len(shelf.tracks()) == 20
    assert counts(shelf.scan(), "parsed", "unchanged") == {"parsed": 0, "unchanged": 24}

    for name in HOSTILE:
        (shelf.root / "Blur/13" / name).rename(shelf.root / "Blur/13" / f"tame {name}")
        os.utime(shelf.root / "Blur/13" / f"tame {name}", (OLD + 1, OLD + 1))
    assert counts(shelf.scan(), "parsed", "unreadable") == {"parsed": 4, "unreadable": 0}


def test_files_cut_off_anywhere_are_parsed_or_unreadable_and_never_tried_twice(shelf: Any) -> None:
    whole = {f"a.{suffix}": tagged(suffix) for suffix in SUFFIXES_MADE}
    for name, data in whole.items():
        for part in SIXTEENTHS:
            place = shelf.root / f"{part:02}"
            place.mkdir(exist_ok=True)
            settled(place / name, data[: len(data) * part // 16])
    (shelf.root / "whole").mkdir()
    for name, data in whole.items():
        settled(shelf.root / "whole" / name, data)
        settled(shelf.root / "whole" / f"._{name}", b"\x00\x05\x16\x07" + data)
    summary = shelf.scan()

    files = len(whole) * 17
    assert counts(summary, "seen", "parsed", "failed") == {"seen": files, "parsed": files, "failed": 0}
    assert {state for path, state in shelf.files().items() if path.startswith("whole/")} == {"present"}
    assert {state for path, state in shelf.files().items() if path.startswith("00/")} == {"unreadable"}
    assert shelf.ask("select distinct reason from media_file where size = 0") == [("the file is empty (0 bytes)",)]
    assert shelf.one("select count(*) from media_file where state = 'unreadable' and reason is null") == 0
    before = shelf.written()
    assert counts(shelf.scan(), "parsed", "unchanged") == {"parsed": 0, "unchanged": files}
    shelf.scan(full=True)
    assert shelf.written() == before


def test_a_half_written_file_that_later_completes_is_read_when_it_has(shelf: Any) -> None:
    (song,) = shelf.album("Blur/13", ["Tender"], artist="Blur", album="13")
    data = song.read_bytes()
    for part in (0, 30, 60, len(data)):
        song.write_bytes(data[:part])
        os.utime(song, (OLD + part, OLD + part))
        shelf.scan()
    assert shelf.files() == {"Blur/13/01 Tender.flac": "present"}
    assert shelf.tracks() == [("Blur", "Tender", "13")]


def test_names_that_are_made_to_hurt_are_only_names(shelf: Any) -> None:
    names = ["'; drop table track; --.flac", "%s %(x)s {0}.flac", "new\nline.flac", "\\x00.flac", "a" * 250 + ".flac"]
    for name in names:
        shelf.song(name, artist="Blur", title=name, album="\u202e13\x00'")
    summary = shelf.scan()
    assert counts(summary, "parsed", "failed") == {"parsed": 5, "failed": 0}
    assert set(shelf.files()) == set(names)


def test_a_pipe_and_a_socket_with_the_name_of_a_song_hold_nobody_up(shelf: Any) -> None:
    os.mkfifo(shelf.root / "pipe.flac")
    shelf.song("a.flac", artist="Blur")
    (shelf.root / "loop.flac").symlink_to("loop.flac")
    (shelf.root / "nowhere.flac").symlink_to("/nowhere/at/all.flac")
    assert counts(shelf.scan(), "seen", "parsed") == {"seen": 1, "parsed": 1}


def test_tags_with_everything_in_them_fit(shelf: Any) -> None:
    shelf.song(
        "a.flac", artist=[f"Artist {n}" for n in range(300)], title="t" * 5000, album="b" * 5000,
        genre=[f"Genre {n}" for n in range(300)], tracknumber="99999999999", discnumber="-1", date="99999-99-99",
        composer=[f"Composer {n}" for n in range(300)], comment="c" * 100_000,
    )  # fmt: skip
    summary = shelf.scan()
    assert counts(summary, "parsed", "failed", "unreadable") == {"parsed": 1, "failed": 0, "unreadable": 0}
    before = shelf.written()
    shelf.scan(full=True)
    assert shelf.written() == before
