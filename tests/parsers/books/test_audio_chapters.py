"""Chapters of audiobooks: QuickTime's and Nero's, ID3's, Vorbis', the cue sheet's and OverDrive's; and what is none."""

from __future__ import annotations

import io
import random
import struct

import audio_book_files as made_books
import music_files as made
import pytest
from audio_book_files import chap, ctoc, frame, m4b, read, title
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3
from mutagen.flac import FLAC, CueSheet, CueSheetTrack, CueSheetTrackIndex
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from scannerd.model.book import MOST_CHAPTERS, BookFileSaid, Chapter
from scannerd.model.media import LONGEST_VALUE
from scannerd.parsers.books.chapter_marks import Mark, chapters_of
from scannerd.parsers.books.flac_cuesheet import cuesheet_marks
from scannerd.parsers.books.vorbis_chapters import clock_ms

Row = tuple[str | None, int, int | None, int | None]


def rows(said: BookFileSaid) -> list[Row]:
    return [(one.title, one.level, one.start_ms, one.end_ms) for one in said.chapters]


# ---- the rules that all kinds share


@pytest.mark.parametrize(
    ("marks", "duration_ms", "expected"),
    [
        ([], 1000, []),
        ([Mark(0, "One")], 1000, [("One", 0, 0, 1000)]),
        ([Mark(0, "One")], None, [("One", 0, 0, None)]),
        ([Mark(500, "Two"), Mark(0, "One")], 1000, [("One", 0, 0, 500), ("Two", 0, 500, 1000)]),
        ([Mark(-1, "Before"), Mark(0, "One")], 1000, [("One", 0, 0, 1000)]),
        ([Mark(0, "One"), Mark(1000, "Behind")], 1000, [("One", 0, 0, 1000)]),
        ([Mark(0, "One", 400), Mark(500, "Two", 1400)], 1000, [("One", 0, 0, 400), ("Two", 0, 500, 1000)]),
        ([Mark(0, "One", 0), Mark(500, "Two", 9000)], 1000, [("One", 0, 0, 500), ("Two", 0, 500, 1000)]),
        ([Mark(0, "One", 1000), Mark(1000, "Last", 1020)], 1000, [("One", 0, 0, 1000), ("Last", 0, 1000, 1020)]),
        ([Mark(0, " \0 ")], 1000, [(None, 0, 0, 1000)]),
        (
            [Mark(0, "Part", None, 0), Mark(0, "One", None, 1), Mark(300, "Two", None, 1), Mark(700, "End", None, 0)],
            1000,
            [("Part", 0, 0, 700), ("One", 1, 0, 300), ("Two", 1, 300, 700), ("End", 0, 700, 1000)],
        ),
    ],
    ids=[
        *(
            "none",
            "one",
            "no duration",
            "sorted",
            "before the start",
            "behind the end",
            "stated ends",
            "ends that cannot be",
        ),
        *("the duration is not exact", "no title", "levels"),
    ],
)
def test_marks_become_chapters(marks: list[Mark], duration_ms: int | None, expected: list[Row]) -> None:
    chapters = chapters_of(marks, duration_ms)

    assert [(one.title, one.level, one.start_ms, one.end_ms) for one in chapters] == expected


def test_chapters_without_end_are_cut() -> None:
    assert len(chapters_of([Mark(number) for number in range(MOST_CHAPTERS + 5)], None)) == MOST_CHAPTERS


_MARKS = st.builds(Mark, st.integers(-5, 200), st.text(max_size=4), st.none() | st.integers(-5, 300), st.integers(0, 3))


@given(st.lists(_MARKS, max_size=20), st.none() | st.integers(1, 150))
def test_chapters_are_in_order_and_none_is_negative(marks: list[Mark], duration_ms: int | None) -> None:
    chapters = chapters_of(marks, duration_ms)
    starts = [one.start_ms or 0 for one in chapters]

    assert starts == sorted(starts)
    assert all(start >= 0 for start in starts)
    assert all(one.end_ms is None or one.end_ms >= (one.start_ms or 0) for one in chapters)
    assert duration_ms is None or all(one.end_ms is not None for one in chapters)


@given(st.lists(_MARKS, max_size=12), st.randoms())
def test_the_order_of_marks_at_different_times_means_nothing(marks: list[Mark], shuffling: random.Random) -> None:
    marks = list({mark.start_ms: mark for mark in marks}.values())
    shuffled = list(marks)
    shuffling.shuffle(shuffled)

    assert chapters_of(shuffled, 150) == chapters_of(marks, 150)


# ---- MP4

ONE_TWO = [("One", 0, 0, 60_000), ("Two", 0, 60_000, 3_600_000)]


def test_the_track_of_texts_has_the_chapters() -> None:
    assert rows(read("m4b", m4b((60_000, "One"), (3_540_000, "Two")))) == ONE_TWO


def test_neros_list_has_them_where_there_is_no_track() -> None:
    assert rows(read("m4b", m4b(nero=[(0, "One"), (60_000, "Two")]))) == ONE_TWO


def test_the_track_goes_before_neros_list() -> None:
    data = m4b((60_000, "One"), (3_540_000, "Two"), nero=[(0, "Eins"), (60_000, "Zwei"), (70_000, "Drei")])

    assert rows(read("m4b", data)) == ONE_TWO


def test_neros_list_spares_the_way_to_texts_of_the_same_lengths_at_the_same_times() -> None:
    same = m4b((60_000, "One"), (3_540_000, "Two"), nero=[(0, "Uno"), (60_050, "Due")])
    other = m4b((60_000, "One"), (3_540_000, "Two"), nero=[(0, "Un"), (60_000, "Due")])
    later = m4b((60_000, "One"), (3_540_000, "Two"), nero=[(0, "Uno"), (60_500, "Due")])

    assert rows(read("m4b", same)) == [("Uno", 0, 0, 60_000), ("Due", 0, 60_000, 3_600_000)]
    assert [rows(read("m4b", data)) for data in (other, later)] == [ONE_TWO, ONE_TWO]


def test_several_texts_may_lie_in_one_chunk() -> None:
    chapters = [(600_000, f"Chapter {number}") for number in range(1, 7)]

    for per_chunk in (1, 2, 4, 6):
        titles = [row[0] for row in rows(read("m4b", m4b(*chapters, per_chunk=per_chunk)))]
        assert titles == ["Chapter 1", "Chapter 2", "Chapter 3", "Chapter 4", "Chapter 5", "Chapter 6"]


def test_texts_may_lie_behind_the_movie_and_at_64_bits() -> None:
    samples = [made_books.sample("One"), made_books.sample("Two", marked=True)]

    def movie(place: int) -> bytes:
        tables = (
            made_books.table(b"stts", ">II", (2, 900))  # one run of two
            + made_books.table(b"stsc", ">III", (1, 2, 1))
            + made_books.box(b"stsz", struct.pack(">5I", 0, 0, 2, *map(len, samples)))
            + made_books.table(b"co64", ">Q", (place,))
        )
        texts = made_books.text_track(tables, scale=600, version=1, handler=b"sbtl")
        return made_books.FTYP + made_books.movie(made_books.audio_track(3000, refers_to=[9, 2]), texts)

    data = movie(len(movie(0)) + 8) + made_books.box(b"mdat", *samples)

    assert rows(read("m4b", data)) == [("One", 0, 0, 1500), ("Two", 0, 1500, 3000)]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Wörter".encode(), "Wörter"),
        (b"\xfe\xff" + "Wörter".encode("utf-16-be"), "Wörter"),
        (b"\xff\xfe" + "Wörter".encode("utf-16-le"), "Wörter"),
        ("Wörter".encode("utf-16-be"), "Wörter"),
        ("Wörter".encode("mac-roman"), "Wörter"),
        ("Wörter 日".encode()[:-1], "Wörter"),
        (b"", None),
        (b"x" * 60_000, "x" * LONGEST_VALUE),
    ],
    ids=["UTF-8", "UTF-16 BE", "UTF-16 LE", "without a mark", "Mac OS Roman", "cut", "empty", "60,000 characters"],
)
def test_a_title_is_read_whatever_its_encoding(written: bytes, title: str | None) -> None:
    assert rows(read("m4b", m4b((3_600_000, written)))) == [(title, 0, 0, 3_600_000)]


@pytest.mark.parametrize("version", [0, 1])
def test_neros_list_may_be_longer_than_255(version: int) -> None:
    listed = [(number * 1000, f"Chapter {number}") for number in range(300 if version else 200)]
    data = made_books.FTYP + made_books.movie(
        made_books.audio_track(), listed=made_books.chpl(*listed, version=version)
    )
    found = rows(read("m4b", data))

    assert len(found) == len(listed)
    assert found[-1] == (listed[-1][1], 0, listed[-1][0], 3_600_000)


def tampered(
    tables: bytes, *, refers_to: tuple[int, ...] = (2,), listed: bytes = b"", handler: bytes = b"text"
) -> bytes:
    """A file with the texts "One" and "Two" in front, and tables that say what they like of them."""
    texts = made_books.box(b"mdat", made_books.sample("One"), made_books.sample("Two"))
    track = made_books.text_track(tables, handler=handler)
    return made_books.FTYP + texts + made_books.movie(made_books.audio_track(refers_to=refers_to), track, listed=listed)


PLACE = len(made_books.FTYP) + 8
STTS = made_books.table(b"stts", ">II", (1, 60_000), (1, 60_000))
STSC = made_books.table(b"stsc", ">III", (1, 1, 1))
STSZ = made_books.box(b"stsz", struct.pack(">5I", 0, 0, 2, 5, 5))
STCO = made_books.table(b"stco", ">I", (PLACE,), (PLACE + 5,))
FALLBACK = made_books.chpl((0, "Nero"))
NERO = [("Nero", 0, 0, 3_600_000)]
BOTH = [("One", 0, 0, 60_000), ("Two", 0, 60_000, 120_000)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tampered(STTS + STSC + STSZ + STCO), BOTH),
        (tampered(STTS + STSC + STSZ + STCO, handler=b"vide", listed=FALLBACK), NERO),
        (tampered(STTS + STSC + STSZ + STCO, refers_to=(1,), listed=FALLBACK), NERO),
        (tampered(STTS + STSC + STSZ + STCO, refers_to=(7,), listed=FALLBACK), NERO),
        (tampered(STSC + STSZ + STCO, listed=FALLBACK), NERO),
        (tampered(STTS + STSC + STSZ, listed=FALLBACK), NERO),
        (tampered(made_books.box(b"stts", b"\0\0\0\0\xff\xff\xff\xff" + STTS[16:]) + STSC + STSZ + STCO), BOTH),
        (tampered(made_books.table(b"stts", ">II", (2**32 - 1, 60_000)) + STSC + STSZ + STCO), BOTH),
        (tampered(STTS + made_books.table(b"stsc", ">III", (1, 2**32 - 1, 1)) + STSZ + STCO), BOTH),
        (tampered(STTS + made_books.table(b"stsc", ">III", (1, 0, 1)) + STSZ + STCO, listed=FALLBACK), NERO),
        (
            tampered(STTS + STSC + made_books.box(b"stsz", struct.pack(">5I", 0, 5, 2**32 - 1, 0, 0)) + STCO),
            BOTH,
        ),
        (
            tampered(STTS + STSC + made_books.box(b"stsz", struct.pack(">5I", 0, 0, 2, 2**32 - 1, 5)) + STCO),
            BOTH,
        ),
        (
            tampered(STTS + STSC + STSZ + made_books.table(b"co64", ">Q", (2**64 - 1,), (PLACE + 5,))),
            [(None, 0, 0, 60_000), ("Two", 0, 60_000, 120_000)],
        ),
        (
            tampered(STTS + STSC + STSZ + made_books.table(b"stco", ">I", (2**31,), (PLACE + 5,))),
            [(None, 0, 0, 60_000), ("Two", 0, 60_000, 120_000)],
        ),
    ],
    ids=[
        *("honest", "no texts", "a track that refers to itself", "a track that is not there", "no times", "no places"),
        *("a count in the billions", "a run of billions", "billions in a chunk", "none in a chunk"),
        *("billions of equal size", "a size of 4 GB", "a place at 2^64", "a place behind the end"),
    ],
)
def test_tables_that_lie_cost_nothing(data: bytes, expected: list[Row]) -> None:
    assert rows(read("m4b", data)) == expected


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (b"\1\0\0\0\0\xff\xff\xff\xff" + struct.pack(">QB", 0, 3) + b"One", [("One", 0, 0, 3_600_000)]),
        (b"\1\0\0\0\0\0\0\0\2" + struct.pack(">QB", 0, 200) + b"One", [("One", 0, 0, 3_600_000)]),
        (b"\1\0\0\0\0\0\0\0\1" + struct.pack(">QB", 2**64 - 1, 3) + b"One", []),
        (b"\1\0\0\0\0\0\0\0\0", []),
        (b"\1\0\0", []),
    ],
    ids=["a count in the billions", "a title cut off", "a start at 2^64", "none", "cut off"],
)
def test_a_list_of_neros_that_lies_costs_nothing(listed: bytes, expected: list[Row]) -> None:
    data = made_books.FTYP + made_books.movie(made_books.audio_track(), listed=made_books.box(b"chpl", listed))

    assert rows(read("m4b", data)) == expected


# ---- ID3

MP3 = made.mp3(400)  # 10.4 s
A, B, C = chap("a", 0, 3000, title("A")), chap("b", 3000, 6000, title("B")), chap("c", 6000, 9000, title("C"))


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([A, B], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([B, A], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([chap("a", 0, 0, title("A")), B], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([chap("a", 0, 2**32 - 1, title("A")), B], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([chap("a", 2**32 - 1, 2**32 - 1, title("A")), B], [("B", 0, 3000, 6000)]),
        ([chap("a", 0, 3000)], [(None, 0, 0, 3000)]),
        ([A, chap("a", 3000, 6000, title("B"))], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([A, chap("a", 0, 2000, title("again"))], [("A", 0, 0, 3000)]),
        ([A, B, ctoc("t", ["a", "b"], top=True)], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        ([A, B, ctoc("t", ["a"], top=True)], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        (
            [A, B, C, ctoc("t", ["p", "c"], title("All"), top=True), ctoc("p", ["a", "b"], title("Part"))],
            [("Part", 0, 0, 6000), ("A", 1, 0, 3000), ("B", 1, 3000, 6000), ("C", 0, 6000, 9000)],
        ),
        ([A, B, ctoc("t", ["p"], top=True), ctoc("p", ["a", "b"])], [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]),
        (
            [A, B, ctoc("t", ["p"]), ctoc("p", ["a"], title("Part"))],
            [("Part", 0, 0, 3000), ("A", 1, 0, 3000), ("B", 0, 3000, 6000)],
        ),
        ([A, ctoc("t", ["t", "p", "gone"], top=True), ctoc("p", ["t", "p", "a"])], [("A", 0, 0, 3000)]),
        ([A, ctoc("t", ["p"]), ctoc("p", ["t", "a"])], [("A", 0, 0, 3000)]),
        ([(b"CHAP", b"a\0\0\0"), (b"CTOC", b"t"), (b"CTOC", b"t\0\3\xff"), A], [("A", 0, 0, 3000)]),
    ],
    ids=[
        *(
            "in order",
            "by start",
            "without an end",
            "an unknown end",
            "an unknown start",
            "no title",
            "one id for all",
            "one twice",
        ),
        *("a table", "a table that leaves one out", "a part", "a table without title", "no table at the top"),
        *("tables that list themselves", "tables in a circle", "damaged frames"),
    ],
)
@pytest.mark.parametrize("version", [3, 4])
def test_chapters_of_id3(frames: list[tuple[bytes, bytes]], expected: list[Row], version: int) -> None:
    assert rows(read("mp3", made_books.with_frames(MP3, *frames, version=version))) == expected


def test_a_chain_of_tables_is_followed_so_far() -> None:
    tables = [ctoc(f"t{number}", [f"t{number + 1}"], top=number == 0) for number in range(5000)]
    found = rows(read("mp3", made_books.with_frames(MP3, A, *tables)))

    assert found == [("A", 0, 0, 3000)]


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("synchsafe", [True, False])
def test_a_long_title_is_read_whichever_way_its_size_is_written(version: int, synchsafe: bool) -> None:
    name = "A long title. " * 20
    long = frame(b"TIT2", b"\3" + name.encode(), synchsafe=synchsafe)
    data = made_books.with_frames(MP3, chap("a", 0, 3000, long, title("not this one")), version=version)

    assert rows(read("mp3", data)) == [(name.strip(), 0, 0, 3000)]


def test_titles_come_in_every_encoding_of_id3() -> None:
    written = [
        b"\0W\xf6rter",
        b"\1\xff\xfeW\0\xf6\0r\0t\0e\0r\0",
        b"\2\0W\0\xf6\0r\0t\0e\0r",
        "\3Wörter\0".encode(),
        b"\7?",
    ]
    frames = [chap(str(at), 1000 * at, 1000 * at + 1000, frame(b"TIT2", content)) for at, content in enumerate(written)]

    assert [row[0] for row in rows(read("mp3", made_books.with_frames(MP3, *frames)))] == ["Wörter"] * 4 + [None]


def test_the_picture_of_a_chapter_is_not_read() -> None:
    picture = frame(b"APIC", b"\0image/png\0\3\0" + bytes(100_000))
    data = made_books.with_frames(MP3, chap("a", 0, 3000, title("A"), picture), B)

    assert rows(read("mp3", data)) == [("A", 0, 0, 3000), ("B", 0, 3000, 6000)]


def test_a_tag_that_is_not_plain_has_its_chapters_too() -> None:
    frames = [id3.CHAP(element_id="a", start_time=0, end_time=3000, sub_frames=[id3.TIT2(3, "A")])]
    data = bytearray(made.with_id3(MP3, *frames))
    data[5] |= 0x80  # unsynchronised

    assert rows(read("mp3", bytes(data))) == [("A", 0, 0, 3000)]


def test_chapters_of_id3_are_read_from_wav_too() -> None:
    data = made.wav(5)
    tag = made_books.with_frames(b"", A, B)
    chunk = b"id3 " + struct.pack("<I", len(tag)) + tag + bytes(len(tag) % 2)
    data = data[:4] + struct.pack("<I", len(data) + len(chunk) - 8) + data[8:] + chunk

    assert rows(read("wav", data)) == [("A", 0, 0, 3000), ("B", 0, 3000, 5000)]


# ---- Vorbis comments, cue sheets

AS_COMMENTS: dict[str, object] = {
    "CHAPTER002": "00:01:00.500",
    "CHAPTER001": "00:00:00.000",
    "CHAPTER001NAME": "One",
    "chapter002name": "Two",
    "CHAPTER003": "later",
    "CHAPTER003NAME": "Three",
    "CHAPTER004": "00:10:00",
}


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        ("opus", made.with_items(OggOpus, made.opus(120), AS_COMMENTS)),
        ("ogg", made.with_items(OggVorbis, made.vorbis(120), AS_COMMENTS)),
        ("flac", made.with_items(FLAC, made.flac(120), AS_COMMENTS)),
    ],
)
def test_chapters_in_vorbis_comments(suffix: str, data: bytes) -> None:
    assert rows(read(suffix, data)) == [("One", 0, 0, 60_500), ("Two", 0, 60_500, 120_000)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("00:00:00.000", 0),
        ("01:02:03.456", 3_723_456),
        ("1:02:03,4", 3_723_400),
        ("62:03", 3_723_000),
        ("100:00:00.0", 360_000_000),
        ("00:00:01.123456789", 1123),
        ("00:00", 0),
        ("12", None),
        ("", None),
        ("-1:00", None),
        ("1:2:3:4", None),
        ("9" * 100 + ":00", None),
        ("٠٠:٠١", None),
    ],
)
def test_times_of_day_in_milliseconds(written: str, expected: int | None) -> None:
    assert clock_ms(written) == expected


def with_cuesheet(*, comments: dict[str, object] | None = None) -> bytes:
    file = io.BytesIO(made.flac(120))
    flac = FLAC(file)
    sheet = CueSheet.__new__(CueSheet)
    sheet.tracks = []
    for number, offset in ((1, 0), (2, made.RATE * 60), (170, made.RATE * 120)):
        track = CueSheetTrack(number, offset)
        if number != 170:
            track.indexes = [CueSheetTrackIndex(0, 0), CueSheetTrackIndex(1, made.RATE * (number - 1))]
        sheet.tracks.append(track)
    flac.cuesheet = sheet
    flac.metadata_blocks.append(sheet)
    flac.add_tags()
    flac.tags.update(comments or {})
    file.seek(0)
    flac.save(file)
    return file.getvalue()


def test_a_cue_sheet_is_the_last_resort() -> None:
    named = read("flac", with_cuesheet(comments={"CHAPTER001": "00:00:05.000"}))

    assert rows(read("flac", with_cuesheet())) == [(None, 0, 0, 61_000), (None, 0, 61_000, 120_000)]
    assert rows(named) == [(None, 0, 5000, 120_000)]


def test_a_cue_sheet_behind_an_id3_tag_is_found() -> None:
    assert len(read("flac", made.with_id3(with_cuesheet(), *made.NAMED)).chapters) == 2


def cuesheet_block(tracks: int, *rows: bytes) -> bytes:
    content = bytes(395) + bytes([tracks]) + b"".join(rows)
    return b"fLaC\0\0\0\0\x85" + len(content).to_bytes(3, "big") + content


def cue(offset: int, number: int, *, flags: int = 0, points: int = 0) -> bytes:
    return struct.pack(">QB12sB13xB", offset, number, b"", flags, points)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (cuesheet_block(255, cue(0, 1), cue(8000, 2)), [Mark(0), Mark(1000)]),
        (cuesheet_block(2, cue(0, 1), cue(8000, 2)[:-1]), [Mark(0)]),
        (cuesheet_block(2, cue(0, 1, points=255), cue(8000, 2)), [Mark(0)]),
        (cuesheet_block(3, cue(0, 1), cue(8000, 2, flags=0x80), cue(16_000, 170)), [Mark(0)]),
        (cuesheet_block(0), []),
        (b"fLaC\x85\0\0\1\0", []),
        (b"fLaC\0\xff\xff\xff", []),
        (b"OggS", []),
    ],
    ids=["255 tracks", "cut off", "255 points", "data and lead-out", "no track", "short", "cut in a block", "no FLAC"],
)
def test_a_cue_sheet_that_lies_is_read_so_far(data: bytes, expected: list[Mark]) -> None:
    assert cuesheet_marks(io.BytesIO(data), 0, 8000) == expected


# ---- OverDrive


def markers(*pairs: tuple[str, str]) -> str:
    return (
        "<Markers>"
        + "".join(f"<Marker><Name>{name}</Name><Time>{time}</Time></Marker>" for name, time in pairs)
        + "</Markers>"
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (markers(("One", "0:00.000"), ("Two", "0:05.500")), [("One", 0, 0, 5500), ("Two", 0, 5500, 10_425)]),
        (markers(("One", "0:00:00.000"), ("Two", "0:00:05")), [("One", 0, 0, 5000), ("Two", 0, 5000, 10_425)]),
        (
            markers(("One", "0:00"), ("One (0:03)", "0:03"), ("One (continued)", "0:04"), ("One - continued", "0:05")),
            [("One", 0, 0, 10_425)],
        ),
        (markers(("One (continued)", "0:00"), ("Two", "0:05")), [("One", 0, 0, 5000), ("Two", 0, 5000, 10_425)]),
        (markers(("To be continued", "0:00")), [("To be continued", 0, 0, 10_425)]),
        (markers(("Tom &amp; Huck", "0:00")), [("Tom & Huck", 0, 0, 10_425)]),
        (markers(("  One  ", " 0:00 "), ("Two", "soon")), [("One", 0, 0, 10_425)]),
        ("<Markers><Marker><Name>One</Name></Marker></Markers>", []),
        ("<Markers><Marker>", []),
        (
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Markers><Marker><Name>&b;</Name></Marker></Markers>',
            [],
        ),
        ("", []),
    ],
    ids=[
        *("two", "with hours", "repeated", "goes on from the part before", "a title", "an entity", "spaces"),
        *("no time", "no XML", "a file of the system", "nothing"),
    ],
)
def test_markers_of_overdrive(written: str, expected: list[Row]) -> None:
    data = made.with_id3(MP3, id3.TIT2(3, "Part 1"), id3.TXXX(3, "OverDrive MediaMarkers", [written]))

    assert rows(read("mp3", data)) == expected


def test_a_chapter_says_nothing_of_pages() -> None:
    assert read("m4b", m4b((3_600_000, "One"))).chapters == (Chapter("One", 0, 0, 3_600_000, None, None, None),)
