"""Files that are broken, half there, or no audio at all: an answer for each of them, never an exception."""

from __future__ import annotations

import os
import tempfile
from dataclasses import astuple
from pathlib import Path

import music_files as made
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from scannerd.model.media import LONGEST_COMMENT, LONGEST_VALUE, Parsed, Unreadable
from scannerd.parsers import parse


def outcome_of(folder: Path, name: str, data: bytes) -> Parsed | Unreadable:
    path = folder / name
    path.write_bytes(data)
    return parse(bytes(path))


def assert_bounded(outcome: Parsed | Unreadable) -> None:
    """A reason for people, or values within the limits: nothing else may leave a parser."""
    if isinstance(outcome, Unreadable):
        assert 0 < len(outcome.reason) <= 240
        assert outcome.reason.isprintable()
        assert "_io." not in outcome.reason
        return
    for value in (outcome.title, outcome.artist, outcome.album, *outcome.genres, *outcome.tags):
        assert value is None or 0 < len(value) <= LONGEST_VALUE
    assert all(len(text) <= LONGEST_COMMENT for text in outcome.details.values() if isinstance(text, str))
    assert all(number is None or 0 < number < 2**31 for number in astuple(outcome.properties)[1:])


@pytest.mark.parametrize("sixteenths", range(16))
@pytest.mark.parametrize("suffix", made.EVERY_KIND)
def test_a_file_cut_off_is_read_or_refused(tmp_path: Path, suffix: str, sixteenths: int) -> None:
    whole = made.tagged(suffix)
    outcome = outcome_of(tmp_path, f"a.{suffix}", whole[: len(whole) * sixteenths // 16])

    assert_bounded(outcome)
    if isinstance(outcome, Parsed):
        assert outcome.title in (None, "Title")
        assert outcome.artist in (None, "Artist")


WHOLE = {suffix: made.tagged(suffix) for suffix in made.EVERY_KIND}


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 7)), min_size=1, max_size=8),
    st.booleans(),
)
def test_flipped_bits_are_answered(suffix: str, flips: list[tuple[int, int]], from_end: bool) -> None:
    data = bytearray(WHOLE[suffix])
    for place, bit in flips:
        at = min(place, len(data) - 1)
        data[-1 - at if from_end else at] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = outcome_of(Path(folder), f"a.{suffix}", bytes(data))
        except MemoryError:
            return  # a length of gigabytes: the pool judges that
    assert_bounded(outcome)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.binary(max_size=300), st.integers(0, 64))
def test_a_beginning_with_noise_behind_it_is_answered(suffix: str, noise: bytes, kept: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = outcome_of(Path(folder), f"a.{suffix}", WHOLE[suffix][:kept] + noise)
        except MemoryError:
            return
    assert_bounded(outcome)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty (0 bytes)"),
        (
            b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(100),
            "no audio, but what macOS notes of a file beside it",
        ),
        (bytes(5000), "nothing but zeros where the audio should begin"),
        (b"<!DOCTYPE html><title>404</title>", "no audio, but a web page"),
        (made.with_id3(b"", *made.NAMED), "it ends behind its tag: no audio, or not yet"),
        (made.with_id3(b"", *made.NAMED) + bytes(5000), "nothing but zeros where the audio should begin"),
        (b"Not audio at all", "damaged, or not an MP3 file: no MPEG audio in it"),
    ],
    ids=["empty", "AppleDouble", "zeros", "web page", "a tag alone", "a tag and zeros", "text"],
)
def test_the_reason_says_what_the_owner_can_do(tmp_path: Path, data: bytes, reason: str) -> None:
    outcome = outcome_of(tmp_path, "a.mp3", data)

    assert isinstance(outcome, Unreadable)
    assert outcome.reason.startswith(reason)
    assert outcome.format == "mp3"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.flac", made.flac()[:20], "damaged, or not a FLAC file: file said 34 bytes, read 12 bytes"),
        ("a.m4a", made.mp4()[:60], "damaged, or not an MP4 file: truncated data"),
        ("a.ogg", made.vorbis()[:40], "damaged, or not an Ogg file: unable to read full data"),
        ("a.wma", made.asf()[:40], "damaged, or not a WMA file: truncated"),
        ("a.wav", b"RIFF\x04\0\0\0WAVE", "damaged, or not a WAV file: no 'fmt' chunk found"),
        ("a.dsf", made.dsf()[:30], "damaged, or not a DSF file: DSF chunk truncated"),
        ("a.ape", made.ape()[:30], "damaged, or not a Monkey's Audio file: not a Monkey's Audio file"),
    ],
)
def test_what_is_cut_off_is_called_damaged(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    outcome = outcome_of(tmp_path, name, data)

    assert isinstance(outcome, Unreadable)
    assert outcome.reason == reason


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    assert parse(bytes(tmp_path / "gone.mp3")) == Unreadable("it cannot be read: no such file or directory")
    assert parse(bytes(tmp_path)) == Unreadable("it cannot be read: is a directory")


@pytest.mark.parametrize("suffix", ["flac", "mp3", "ogg", "m4a", "ape", "wav", "none"])
def test_a_fault_of_the_disk_is_not_the_fault_of_the_file(tmp_path: Path, suffix: str) -> None:
    failing = tmp_path / f"a.{suffix}"
    failing.symlink_to("/proc/self/mem")  # opens, and fails to be read at its beginning

    assert parse(bytes(failing)) == Unreadable("it cannot be read: input/output error")


def test_a_name_that_is_not_utf_8_is_no_hindrance(tmp_path: Path) -> None:
    path = bytes(tmp_path) + b"/\xff\xfe.MP3"
    Path(os.fsdecode(path)).write_bytes(made.tagged("mp3"))

    assert isinstance(parse(path), Parsed)


def test_values_without_end_are_cut(tmp_path: Path) -> None:
    frames = [id3.TIT2(3, "x" * 500_000), id3.COMM(3, "eng", "", "y" * 500_000), id3.TCON(3, ["g", "h"] * 50_000)]
    frames += [id3.TPE1(3, [f"artist {number}" for number in range(5000)])]
    outcome = outcome_of(tmp_path, "a.mp3", made.with_id3(made.mp3(), *frames))

    assert_bounded(outcome)
    assert isinstance(outcome, Parsed)
    assert (len(outcome.title or ""), len(str(outcome.details["comment"]))) == (LONGEST_VALUE, LONGEST_COMMENT)
    assert outcome.genres == ("g", "h")
    assert len(outcome.artists) == 64
