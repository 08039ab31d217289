"""ID3 as it is found: old versions, iTunes' habits, tags behind the music, and several kinds of tags in one file."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import music_files as made
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen import id3
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TXXX, Frames

from scannerd.model.media import Contributor, Named, Parsed, Role
from scannerd.parsers import parse
from scannerd.parsers.id3 import fields_of, read_id3

UUID = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"


def parsed(folder: Path, data: bytes, name: str = "a.mp3") -> Parsed:
    path = folder / name
    path.write_bytes(data)
    outcome = parse(bytes(path))
    assert isinstance(outcome, Parsed), outcome
    return outcome


def raw_tag(frames: list[tuple[bytes, bytes]], *, version: int, flags: int = 0) -> bytes:
    """A tag byte by byte, for what no decent program writes."""
    if version == 2:
        body = b"".join(name + len(content).to_bytes(3, "big") + content for name, content in frames)
    else:
        body = b"".join(name + struct.pack(">IH", len(content), 0) + content for name, content in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3" + bytes([version, 0, flags]) + size + body


def test_id3_2_2_is_read_and_its_picture_noticed(tmp_path: Path) -> None:
    frames = [(b"TT2", b"\0Title"), (b"TRK", b"\0003/9"), (b"TYE", b"\0001995"), (b"PIC", b"\0PNG\0\0" + bytes(40))]
    found = parsed(tmp_path, raw_tag(frames, version=2) + made.mp3())

    assert (found.title, found.position, found.position_total, found.date) == ("Title", 3, 9, "1995")
    assert found.has_picture


def test_id3_2_3_has_the_year_and_the_day_in_two_frames(tmp_path: Path) -> None:
    frames = [(b"TYER", b"\0001995"), (b"TDAT", b"\0000310"), (b"TORY", b"\0001990")]
    found = parsed(tmp_path, raw_tag(frames, version=3) + made.mp3())

    assert (found.date, found.original_date) == ("1995-10-03", "1990")


def test_a_year_in_words_is_found(tmp_path: Path) -> None:
    found = parsed(tmp_path, raw_tag([(b"TDRC", b"\0Oct 3, 1995")], version=4) + made.mp3())

    assert found.date == "1995"


def test_id3_2_3_lists_all_jobs_and_instruments_in_one_frame(tmp_path: Path) -> None:
    frames = [id3.TIPL(3, [["producer", "Prosper"]]), id3.TMCL(3, [["guitar", "Gustav"], ["", "Nobody's job"]])]
    found = parsed(tmp_path, made.with_id3(made.mp3(), *frames, version=3))

    assert found.contributors == (
        Contributor(Role.PRODUCER, Named("Prosper")),
        Contributor(Role.PERFORMER, Named("Gustav"), "guitar"),
        Contributor(Role.PERFORMER, Named("Nobody's job")),
    )


def test_lists_that_id3_2_3_has_joined_are_lists_again(tmp_path: Path) -> None:
    ids = [UUID, UUID.replace("8", "9")]
    frames = [id3.TPE1(3, ["Anna", "Bert"]), id3.TXXX(3, "MusicBrainz Artist Id", ids), id3.TCON(3, ["Rock", "Pop"])]
    new = parsed(tmp_path, made.with_id3(made.mp3(), *frames))
    old = parsed(tmp_path, made.with_id3(made.mp3(), *frames, version=3))

    assert old == new
    assert old.artist == "Anna, Bert"
    assert old.artists == (Named("Anna", ids[0]), Named("Bert", ids[1]))
    assert old.genres == ("Rock", "Pop")


def test_where_itunes_files_works_the_grouping_is_elsewhere(tmp_path: Path) -> None:
    works = [id3.TIT1(3, "Symphony No. 5"), id3.GRP1(3, "evening"), id3.MVNM(3, "Allegro"), id3.MVIN(3, "1/4")]
    found = parsed(tmp_path, made.with_id3(made.mp3(), *works))

    assert found.tags == ("evening",)
    assert found.details == {"work": "Symphony No. 5", "movement": "Allegro", "movement_number": "1/4"}
    assert parsed(tmp_path, made.with_id3(made.mp3(), id3.TIT1(3, "morning"))).tags == ("morning",)


def test_notes_of_programs_are_no_comments(tmp_path: Path) -> None:
    frames = [id3.COMM(3, "eng", desc, "00000C1E") for desc in ("iTunNORM", "iTunSMPB", "iTunes_CDDB_1")]
    found = parsed(tmp_path, made.with_id3(made.mp3(), *frames, id3.COMM(3, "eng", "mine", "A comment")))

    assert found.details == {"comment": "A comment"}
    assert parsed(tmp_path, made.with_id3(made.mp3(), *frames)).details == {}


def test_the_comment_without_a_description_comes_first(tmp_path: Path) -> None:
    frames = [id3.COMM(3, "eng", "other", "Second"), id3.COMM(3, "eng", "", "First")]

    assert parsed(tmp_path, made.with_id3(made.mp3(), *frames)).details == {"comment": "First"}


def test_lyrics_with_times_serve_where_there_are_no_others(tmp_path: Path) -> None:
    timed = id3.SYLT(3, "eng", 2, 1, "", [("One line", 0), ("and one more", 1000)])
    plain = id3.USLT(3, "eng", "", "Plain")

    assert parsed(tmp_path, made.with_id3(made.mp3(), timed)).details == {"lyrics": "One line\nand one more"}
    assert parsed(tmp_path, made.with_id3(made.mp3(), timed, plain)).details == {"lyrics": "Plain"}


def test_a_rating_is_kept_and_none_is_not(tmp_path: Path) -> None:
    assert parsed(tmp_path, made.with_id3(made.mp3(), id3.POPM("a@b", 196, 7))).details == {"rating": "196"}
    assert parsed(tmp_path, made.with_id3(made.mp3(), id3.POPM("a@b", 0, 7))).details == {}


@pytest.mark.parametrize("desc", ["MusicBrainz Album Id", "MUSICBRAINZ ALBUM ID", "musicbrainz_albumid"])
def test_the_case_of_a_description_does_not_matter(tmp_path: Path, desc: str) -> None:
    assert parsed(tmp_path, made.with_id3(made.mp3(), id3.TXXX(3, desc, UUID))).release_mbid == UUID


ID3V1 = b"TAG" + b"Old Title".ljust(30, b"\0") + b"Old Artist".ljust(30, b"\0") + b"Old Album".ljust(30, b"\0")
ID3V1 += b"1995" + b"Old comment".ljust(28, b"\0") + b"\0\x07\x11"


def test_id3v1_alone_is_read_with_its_genre_by_number(tmp_path: Path) -> None:
    found = parsed(tmp_path, made.mp3() + ID3V1)

    assert (found.title, found.artist, found.album) == ("Old Title", "Old Artist", "Old Album")
    assert (found.date, found.position, found.genres) == ("1995", 7, ("Rock",))
    assert found.details == {"comment": "Old comment"}


def test_apev2_behind_an_mp3_counts_for_less_than_id3_and_more_than_id3v1(tmp_path: Path) -> None:
    ape = {"Album": "APE Album", "Artist": "APE Artist", "REPLAYGAIN_TRACK_GAIN": "-1.00 dB"}
    data = made.with_ape(made.with_id3(made.mp3(), id3.TALB(3, "ID3 Album")), ape) + ID3V1
    found = parsed(tmp_path, data)

    assert (found.title, found.artist, found.album) == ("Old Title", "APE Artist", "ID3 Album")
    assert found.details["replaygain_track_gain"] == -1.0


def test_apev2_behind_lyrics3_is_found(tmp_path: Path) -> None:
    lyrics = b"LYRICSBEGIN" + b"LYR00005Hello"
    data = made.with_ape(made.mp3(), {"Title": "APE Title"}) + lyrics + b"%06dLYRICS200" % len(lyrics) + ID3V1

    assert parsed(tmp_path, data).title == "APE Title"


def test_in_monkeys_audio_apev2_counts_for_more_than_id3(tmp_path: Path) -> None:
    data = made.with_id3(made.with_ape(made.ape(), {"Title": "APE Title"}), id3.TIT2(3, "ID3"), id3.TALB(3, "Album"))
    found = parsed(tmp_path, data, "a.ape")

    assert (found.title, found.album, found.properties.duration_ms) == ("APE Title", "Album", 1000)


def test_id3_in_front_of_flac_fills_what_the_comments_leave_open(tmp_path: Path) -> None:
    data = made.with_items(FLAC, made.flac(), {"TITLE": "Vorbis"})
    found = parsed(tmp_path, made.with_id3(data, made.PICTURE, id3.TIT2(3, "ID3"), id3.TALB(3, "Album")), "a.flac")

    assert (found.title, found.album, found.has_picture) == ("Vorbis", "Album", True)


@pytest.mark.parametrize("suffix", ["aac", "ac3"])
def test_aac_and_ac3_have_apev2(tmp_path: Path, suffix: str) -> None:
    data = made.with_ape(made.EVERY_KIND[suffix](), {"Title": "Title", "Cover Art (Front)": b"a.png\0PNG"})
    found = parsed(tmp_path, data, f"a.{suffix}")

    assert (found.title, found.has_picture) == ("Title", True)


def test_a_damaged_apev2_tag_does_not_take_the_sound_along(tmp_path: Path) -> None:
    data = bytearray(made.with_ape(made.with_id3(made.mp3(), *made.NAMED), {"Title": "APE Title"}))
    data[-20:-16] = struct.pack("<I", 16)  # less than its own footer
    found = parsed(tmp_path, bytes(data))

    assert (found.title, found.properties.codec) == ("Title", "mp3")
    assert "tag_problem" in found.details


def test_a_tag_that_makes_no_sense_is_told_and_the_sound_is_read(tmp_path: Path) -> None:
    found = parsed(tmp_path, b"ID3\x04\0\x0f\0\0\0\x20" + bytes(0x20) + made.mp3())
    oversized = parsed(tmp_path, b"ID3\x04\0\0\0\0\0\x80" + bytes(128) + made.mp3())

    assert found.properties.duration_ms == oversized.properties.duration_ms == 208
    assert not found.is_tagged
    assert "invalid flags" in str(found.details["tag_problem"])
    assert oversized.details == {"tag_problem": "Header size not synchsafe"}


WALKED = [
    pytest.param({"version": 4}, id="2.4"),
    pytest.param({"version": 3}, id="2.3"),
]


@pytest.mark.parametrize("how", WALKED)
def test_a_tag_without_its_pictures_says_the_same(how: dict[str, int]) -> None:
    frames = [*made.NAMED, id3.TXXX(3, "Artists", ["Anna", "Bert"]), id3.TDRC(3, "1995-10-03"), made.PICTURE]
    data = made.with_id3(b"", *frames, **how)
    tags = read_id3(io.BytesIO(data))
    unsynchronised = read_id3(io.BytesIO(data[:5] + b"\x80" + data[6:]))  # which mutagen has to read whole

    assert tags.has_picture
    assert unsynchronised.has_picture
    assert tags.found.values == unsynchronised.found.values
    assert tags.size == unsynchronised.size == len(data)


def test_itunes_wrote_2_4_with_the_sizes_of_2_3(tmp_path: Path) -> None:
    long_comment = b"\0eng\0" + b"x" * 300
    frames = [(b"COMM", long_comment), (b"TIT2", b"\0Title"), (b"APIC", b"\0image/png\0\x03\0" + bytes(300))]
    found = parsed(tmp_path, raw_tag(frames, version=4) + bytes(10) + made.mp3())

    assert (found.title, found.has_picture, found.details["comment"]) == ("Title", True, "x" * 300)


def _text_frames(texts: list[tuple[str, list[str]]], encoding: int, version: int) -> bytes:
    """An ID3 tag of text frames as a tagger would write it: each text ends in a zero, or does not."""
    tag = ID3()
    for name, values in texts:
        tag.add(Frames[name](encoding=encoding, text=values))
    tag.add(
        TXXX(encoding=encoding, desc="MusicBrainz Artist Id", text=[value for _, values in texts for value in values])
    )
    file = io.BytesIO()
    tag.save(file, v2_version=version, v23_sep=None)
    return file.getvalue()


_TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["TIT2", "TPE1", "TPE2", "TALB", "TCON", "TCOM"]),
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=70), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda pair: pair[0],
)


@given(_TEXTS, st.sampled_from([0, 1, 2, 3]), st.sampled_from([3, 4]))
def test_whatever_a_tagger_wrote_is_read_as_mutagen_reads_it(
    texts: list[tuple[str, list[str]]], encoding: int, version: int
) -> None:
    if encoding == 0:
        texts = [
            (name, [value.encode("latin-1", "ignore").decode("latin-1") for value in each]) for name, each in texts
        ]
    raw = _text_frames(texts, encoding, version)
    whole = fields_of(ID3(io.BytesIO(raw), translate=False, load_v1=False).values()).values

    assert read_id3(io.BytesIO(raw)).found.values == whole


def test_a_text_of_the_other_byte_order_in_the_middle_is_left_to_mutagen() -> None:
    data = b"\x01\xff\xfea\0\0\0\xfe\xff\0b\0\0"
    frame = b"TPE1" + len(data).to_bytes(4, "big") + b"\0\0" + data
    raw = b"ID3\x04\0\0" + bytes((0, 0, 0, len(frame))) + frame

    assert read_id3(io.BytesIO(raw)).found.values["artist"] == ["a", "b"]
