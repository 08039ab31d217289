"""Files of audiobooks as a whole: what kind they are, what they cost, and an answer for those that are broken."""

from __future__ import annotations

import csv
import io
import json
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import audio_book_files as made_books
import music_files as made
import pytest
from audio_book_files import HOUR, box, chap, ctoc, m4b, read, table, tagged, title
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from scannerd.model.book import MOST_CHAPTERS, BookFileSaid, BookKind
from scannerd.model.media import Parsed, Unreadable
from scannerd.parsers import PARSERS
from scannerd.parsers import parse as parse_music
from scannerd.parsers.books import parse
from scannerd.parsers.books.audio import AUDIO_PARSERS
from scannerd.parsers.books.book_parser import Damaged

FORMATS = {"m4a": "m4a", "oga": "ogg", "spx": "speex", "wv": "wavpack", "mpc": "musepack", "wma": "asf"}


@pytest.mark.parametrize("suffix", made.EVERY_KIND)
def test_every_kind_of_music_may_be_a_book(suffix: str) -> None:
    outcome = read(suffix, made.tagged(suffix))

    assert (outcome.format, outcome.kind) == (FORMATS.get(suffix, suffix), BookKind.AUDIO)
    assert (outcome.own_title, outcome.told.title) == ("Title", "Album")
    assert (outcome.has_picture, outcome.chapters, outcome.is_tagged) == (False, (), True)


def test_no_suffix_of_music_is_missing() -> None:
    known = {suffix for parser in AUDIO_PARSERS for suffix in parser.suffixes}

    assert known == {suffix for parser in PARSERS for suffix in parser.suffixes}


def branded(brand: bytes, **atoms: object) -> bytes:
    data = made_books.tagged(m4b(), {"\xa9nam": ["Title"], **atoms})
    return data.replace(b"ftypM4B ", b"ftyp" + brand, 1)


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.m4b", branded(b"M4B "), "m4b"),
        ("a.m4b", branded(b"M4A "), "m4b"),
        ("a.m4a", branded(b"M4A "), "m4a"),
        ("a.m4a", branded(b"M4B "), "m4b"),
        ("a.m4a", branded(b"M4A ", stik=[2]), "m4b"),
        ("a.m4a", branded(b"M4A ", stik=[1]), "m4a"),
        ("a.mp3", branded(b"M4B "), "m4b"),
        ("a.mp3", branded(b"mp42"), "m4a"),
        ("a.m4b", made.tagged("mp3"), "mp3"),
        ("a.M4B", branded(b"mp42"), "m4b"),
    ],
)
def test_an_m4b_is_one_by_its_suffix_its_brand_or_its_kind(tmp_path: Path, name: str, data: bytes, form: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    outcome = parse(bytes(path))

    assert isinstance(outcome, BookFileSaid)
    assert outcome.format == form


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("m4b", m4b()[:100]),
        ("m4b", made_books.FTYP + box(b"mdat", bytes(500))),
        ("m4b", made_books.FTYP + made_books.movie(made_books.audio_track())[:-20]),
        ("m4b", made_books.FTYP + box(b"moov", made_books.text_track(b""))),
        ("mp3", b"nothing"),
        ("flac", made.flac()[:20]),
        ("ogg", b"OggS" + bytes(100)),
    ],
    ids=["cut off", "no movie", "half a movie", "no audio", "no mp3", "no flac", "no ogg"],
)
def test_what_is_no_audio_is_damaged(name: str, data: bytes) -> None:
    with pytest.raises(Damaged) as caught:
        read(name, data)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


# ---- what files cost


class Counted(io.FileIO):
    """A file that knows how much of it was read."""

    bytes_read = 0

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self.bytes_read += count or 0
        return count


def cost_of(path: Path) -> tuple[BookFileSaid, int]:
    raw = Counted(path, "rb")
    with io.BufferedReader(raw, 8192) as file:
        return next(one for one in AUDIO_PARSERS if one.name == path.suffix[1:]).read(file), raw.bytes_read


def book_of_2_gb(path: Path, *, movie_first: bool, scattered: bool, listed: bool) -> None:
    """A sparse file: a million sizes of sound samples, 600 chapters, their titles among the sound or side by side."""
    size, count = 2 << 30, 600
    samples = [made_books.sample(f"Chapter {number:03}") for number in range(count)]
    step = size // count if scattered else len(samples[0])
    sound = box(b"stsz", struct.pack(">III", 0, 0, 1_000_000), bytes(4_000_000))
    sound += box(b"stco", struct.pack(">II", 0, 100_000), bytes(400_000))
    titles = [(number * 60_000, f"Chapter {number:03}") for number in range(count)]

    def movie(place: int) -> bytes:
        tables = (
            table(b"stts", ">II", (count, 60_000))
            + table(b"stsc", ">III", (1, 1, 1))
            + box(b"stsz", struct.pack(">III", 0, len(samples[0]), count))
            + table(b"co64", ">Q", *((place + number * step,) for number in range(count)))
        )
        track = made_books.audio_track(count * 60_000, refers_to=[2], more=sound)
        return made_books.movie(
            track, made_books.text_track(tables), listed=made_books.chpl(*titles) if listed else b""
        )

    front = made_books.FTYP + (movie(0) if movie_first else b"")
    place = len(front) + 16
    with path.open("wb") as file:
        file.write(made_books.FTYP + (movie(place) if movie_first else b"") + struct.pack(">I4sQ", 1, b"mdat", size))
        for number, sample in enumerate(samples):
            file.seek(place + number * step)
            file.write(sample)
        file.seek(len(front) + size)
        file.write(b"" if movie_first else movie(place))
        file.truncate(len(front) + size if movie_first else file.tell())


@pytest.mark.parametrize("movie_first", [True, False], ids=["movie first", "movie last"])
@pytest.mark.parametrize(
    ("scattered", "listed", "most"),
    [(False, False, 200_000), (True, True, 200_000), (True, False, 600 * 8192 + 200_000)],
    ids=["titles side by side", "titles among the sound, and in a list", "titles among the sound"],
)
def test_a_book_of_2_gb_costs_what_its_headers_cost(
    tmp_path: Path, movie_first: bool, scattered: bool, listed: bool, most: int
) -> None:
    path = tmp_path / "a.m4b"
    book_of_2_gb(path, movie_first=movie_first, scattered=scattered, listed=listed)
    outcome, cost = cost_of(path)

    assert path.stat().st_size >= 2 << 30
    assert len(outcome.chapters) == 600
    assert [one.title for one in outcome.chapters[::599]] == ["Chapter 000", "Chapter 599"]
    assert (outcome.chapters[-1].start_ms, outcome.chapters[-1].end_ms) == (599 * 60_000, 600 * 60_000)
    assert cost < most


def test_pictures_are_seen_and_not_read(tmp_path: Path) -> None:
    covers: dict[str, object] = {"covr": [bytes(3_000_000)], "\xa9nam": ["Title"]}
    (tmp_path / "a.m4b").write_bytes(tagged(m4b(), covers))
    picture = id3.APIC(3, "image/jpeg", 3, "", bytes(3_000_000))
    (tmp_path / "a.mp3").write_bytes(made.with_id3(made.mp3(), *made.NAMED, picture))

    for name in ("a.m4b", "a.mp3"):
        outcome, cost = cost_of(tmp_path / name)
        assert (outcome.own_title, outcome.has_picture) == ("Title", True)
        assert cost < 100_000


def test_pictures_of_chapters_are_not_read(tmp_path: Path) -> None:
    picture = made_books.frame(b"APIC", b"\0image/png\0\3\0" + bytes(500_000))
    frames = [chap(str(number), number * 10, number * 10 + 10, title(f"C{number}"), picture) for number in range(10)]
    (tmp_path / "a.mp3").write_bytes(made_books.with_frames(made.mp3(), *frames))
    outcome, cost = cost_of(tmp_path / "a.mp3")

    assert len(outcome.chapters) == 10
    assert cost < 250_000


def test_atoms_without_end_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "a.m4b").write_bytes(made_books.FTYP + box(b"moov", box(b"free") * 100_000))

    assert parse(bytes(tmp_path / "a.m4b")) == Unreadable("damaged, or not an M4B file: more than 65536 atoms", "m4b")


def test_atoms_within_atoms_are_followed_so_far() -> None:
    nested = b""
    for _ in range(2000):
        nested = box(b"moov", nested)
    with pytest.raises(Damaged):
        read("m4b", made_books.FTYP + nested)


@pytest.mark.parametrize("size", [2**31, 2**63 - 1, 2**64 - 1])
def test_a_size_of_64_bits_that_lies_is_believed_so_far(size: int) -> None:
    lying = struct.pack(">I4sQ", 1, b"mdat", size)

    assert read("m4b", m4b((HOUR, "One")) + lying).chapters[0].title == "One"
    with pytest.raises(Damaged):
        read("m4b", made_books.FTYP + lying + m4b())


def test_what_ends_a_list_of_atoms_is_no_damage() -> None:
    data = made_books.FTYP + box(b"moov", made_books.audio_track(), box(b"udta", made_books.chpl((0, "One")), bytes(4)))

    assert [one.title for one in read("m4b", data).chapters] == ["One"]


def test_a_bad_title_of_a_chapter_hurts_neither_the_book_nor_music(tmp_path: Path) -> None:
    listed = made_books.chpl((0, "Wörter")).replace("ö".encode(), b"\x9a\x9a")
    path = tmp_path / "a.m4b"
    path.write_bytes(made_books.FTYP + made_books.movie(made_books.audio_track(), listed=listed))

    assert isinstance(parse_music(bytes(path)), Parsed)
    outcome = parse(bytes(path))
    assert isinstance(outcome, BookFileSaid)
    assert [one.title for one in outcome.chapters] == ["Wöörter"]


# ---- broken files

WHOLE = {
    **{suffix: made.tagged(suffix) for suffix in made.EVERY_KIND},
    "m4b": tagged(
        m4b((60_000, "One"), (120_000, "Two"), nero=[(0, "One"), (60_000, "Two")]), {"\xa9nam": ["Title"]}, SERIES="S"
    ),
    "mp3": made_books.with_frames(
        made.mp3(), chap("a", 0, 50, title("A")), chap("b", 50, 90, title("B")), ctoc("t", ["a", "b"], top=True)
    ),
}


def answer(name: str, data: bytes) -> BookFileSaid | Unreadable | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return parse(os.fsencode(path))
        except MemoryError:
            return None  # a length of gigabytes: the pool judges that


def assert_bounded(outcome: BookFileSaid | Unreadable | None) -> None:
    if isinstance(outcome, Unreadable):
        assert 0 < len(outcome.reason) <= 240
        assert outcome.reason.isprintable()
    elif outcome is not None:
        assert len(outcome.chapters) <= MOST_CHAPTERS
        assert all(one.title is None or 0 < len(one.title) <= 1024 for one in outcome.chapters)
        assert all((one.start_ms or 0) >= 0 for one in outcome.chapters)


@pytest.mark.parametrize("sixteenths", range(16))
@pytest.mark.parametrize("suffix", ["m4b", "mp3"])
def test_a_book_cut_off_is_read_or_refused(suffix: str, sixteenths: int) -> None:
    whole = WHOLE[suffix]

    assert_bounded(answer(f"a.{suffix}", whole[: len(whole) * sixteenths // 16]))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["m4b", "m4b", "m4b", "mp3", *sorted(WHOLE)]),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_changed_bytes_are_answered(suffix: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE[suffix])
    for place, byte in changes:
        data[min(place, len(data) - 1)] = byte
    assert_bounded(answer(f"a.{suffix}", bytes(data)))


_NAMES = st.sampled_from([b"moov", b"trak", b"tref", b"chap", b"mdia", b"stbl", b"stsz", b"stts", b"chpl", b"udta"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_NAMES, st.integers(0, 400), st.binary(max_size=24)), min_size=1, max_size=6))
def test_atoms_thrown_in_are_answered(atoms: list[tuple[bytes, int, bytes]]) -> None:
    data = WHOLE["m4b"]
    for name, place, content in atoms:
        data = data[:place] + box(name, content) + data[place:]
    assert_bounded(answer("a.m4b", data))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([b"CHAP", b"CTOC", b"TIT2", b"TXXX"]), st.binary(max_size=80)), max_size=6),
    st.sampled_from([3, 4]),
)
def test_frames_of_noise_are_answered(frames: list[tuple[bytes, bytes]], version: int) -> None:
    assert_bounded(answer("a.mp3", made_books.with_frames(made.mp3(40), *frames, version=version)))


# ---- real files

REAL = Path(__file__).parents[4] / "shared" / "data" / "media"


def real() -> list[tuple[str, Path, dict[str, Any]]]:
    if not REAL.is_dir():
        return []
    with (REAL / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = [row for row in rows if row["kind"] in ("audio", "audiobook", "corrupt")]
    known = {suffix.decode() for parser in AUDIO_PARSERS for suffix in parser.suffixes}
    rows = [row for row in rows if Path(row["file"]).suffix.lower() in known]
    return [(row["id"], REAL / row["id"] / row["file"], json.loads(row["expected"])) for row in rows]


@pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")
@pytest.mark.parametrize(("path", "expected"), [pytest.param(*row[1:], id=row[0]) for row in real()])
def test_a_real_file_says_what_other_readers_agree_on(path: Path, expected: dict[str, Any]) -> None:
    outcome = parse(bytes(path))
    if isinstance(outcome, Unreadable):
        assert "duration_s" not in expected
        return
    if "title" in expected:
        assert outcome.own_title == expected["title"]
    if "album" in expected:
        assert outcome.told.title == expected["album"]
    if "duration_s" in expected:
        assert (outcome.properties.duration_ms or 0) / 1000 == pytest.approx(expected["duration_s"], abs=1)
    if "chapters" in expected:
        assert len(outcome.chapters) == expected["chapters"]
    if "chapter_titles" in expected:
        assert [one.title for one in outcome.chapters] == expected["chapter_titles"]
    if expected.get("picture"):
        assert outcome.has_picture
