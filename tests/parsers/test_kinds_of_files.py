"""Every kind of file: known by its suffix and without, with its tags, its sound described, its picture noticed."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import music_files as made
import pytest
from mutagen.aiff import AIFF
from mutagen.asf import ASF, ASFByteArrayAttribute
from mutagen.flac import FLAC, Picture
from mutagen.mp4 import MP4, MP4Cover
from mutagen.oggopus import OggOpus
from mutagen.wave import WAVE

from scannerd.model.media import Parsed, Properties, Unreadable
from scannerd.parsers import PARSERS, SUFFIXES, parse


def parsed(folder: Path, name: str, data: bytes) -> Parsed:
    path = folder / name
    path.write_bytes(data)
    outcome = parse(bytes(path))
    assert isinstance(outcome, Parsed), outcome
    return outcome


DESCRIBED = {
    "mp3": ("mp3", Properties("mp3", 208, 128_000, 44_100, 2)),
    "aac": ("aac", Properties("aac", 185, 8613, 44_100, 2)),
    "ac3": ("ac3", Properties("ac3", 128, 192_000, 48_000, 2)),
    "flac": ("flac", Properties("flac", 2000, 400, 44_100, 2, 16)),
    "ogg": ("ogg", Properties("vorbis", 2000, 112_000, 44_100, 2)),
    "opus": ("opus", Properties("opus", 2000, 368, 48_000, 2)),
    "spx": ("speex", Properties("speex", 2000, None, 16_000, 1)),
    "oga": ("ogg", Properties("flac", 2000, None, 44_100, 2, 16)),
    "m4a": ("mp4", Properties("aac", 2000, 128_000, 44_100, 2)),
    "wav": ("wav", Properties("pcm", 1000, 64_000, 8000, 1, 8)),
    "aiff": ("aiff", Properties("pcm", 1000, 64_000, 8000, 1, 8)),
    "dsf": ("dsf", Properties("dsd", 1000, 5_644_800, 2_822_400, 2, 1)),
    "dff": ("dff", Properties("dsd", 100, 5_644_800, 2_822_400, 2, 1)),
    "ape": ("ape", Properties("ape", 1000, None, 44_100, 2, 16)),
    "wv": ("wavpack", Properties("wavpack", 1000, None, 44_100, 2, 16)),
    "mpc": ("musepack", Properties("musepack", 1006, 1782, 44_100, 2)),
    "tak": ("tak", Properties("tak", 1000, None, 44_100, 2, 16)),
    "tta": ("tta", Properties("tta", 1000, None, 44_100)),
    "wma": ("asf", Properties("wma", 2000, 128_000, 44_100, 2)),
}


@pytest.mark.parametrize("suffix", made.EVERY_KIND)
def test_the_stream_of_every_kind_is_described(tmp_path: Path, suffix: str) -> None:
    found = parsed(tmp_path, f"a.{suffix}", made.EVERY_KIND[suffix]())

    assert (found.format, found.properties) == DESCRIBED[suffix]
    assert not found.is_tagged
    assert not found.has_picture


@pytest.mark.parametrize("suffix", made.EVERY_KIND)
def test_the_tags_of_every_kind_are_read(tmp_path: Path, suffix: str) -> None:
    found = parsed(tmp_path, f"a.{suffix.upper()}", made.tagged(suffix))

    assert (found.title, found.artist, found.album) == ("Title", "Artist", "Album")
    assert found.details == {}


@pytest.mark.parametrize("suffix", made.EVERY_KIND)
@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "no suffix", ".m4a"])
def test_a_file_with_a_wrong_suffix_is_known_by_its_content(tmp_path: Path, suffix: str, name: str) -> None:
    found = parsed(tmp_path, name, made.EVERY_KIND[suffix]())

    assert found.format == DESCRIBED[suffix][0]


def test_every_suffix_belongs_to_one_parser() -> None:
    listed = [suffix for parser in PARSERS for suffix in parser.suffixes]

    assert len(listed) == len(set(listed)) == len(SUFFIXES)
    assert all(suffix.startswith(b".") and suffix == suffix.lower() for suffix in listed)
    assert {f".{suffix}".encode() for suffix in made.EVERY_KIND} <= SUFFIXES


def flac_picture() -> Picture:
    picture = Picture()
    picture.mime, picture.data = "image/png", bytes(5000)
    return picture


def flac_with_picture() -> bytes:
    file = io.BytesIO(made.tagged("flac"))
    flac = FLAC(file)
    flac.add_picture(flac_picture())
    file.seek(0)
    flac.save(file)
    return file.getvalue()


WITH_PICTURE = {
    "mp3": lambda: made.with_id3(made.mp3(), made.PICTURE, *made.NAMED),
    "flac": flac_with_picture,
    "opus": lambda: made.with_items(
        OggOpus, made.tagged("opus"), {"METADATA_BLOCK_PICTURE": base64.b64encode(flac_picture().write()).decode()}
    ),
    "m4a": lambda: made.with_items(MP4, made.tagged("m4a"), {"covr": [MP4Cover(bytes(5000))]}),
    "wma": lambda: made.with_items(ASF, made.tagged("wma"), {"WM/Picture": ASFByteArrayAttribute(bytes(500))}),
    "wav": lambda: made.with_chunk_of_id3(WAVE, made.wav(), made.PICTURE, *made.NAMED),
    "aiff": lambda: made.with_chunk_of_id3(AIFF, made.aiff(), made.PICTURE, *made.NAMED),
    "ape": lambda: made.with_ape(made.tagged("ape"), {"Cover Art (Front)": b"a.png\0" + bytes(500)}),
}


@pytest.mark.parametrize("suffix", WITH_PICTURE)
def test_a_picture_is_noticed_and_what_stands_behind_it_is_read(tmp_path: Path, suffix: str) -> None:
    found = parsed(tmp_path, f"a.{suffix}", WITH_PICTURE[suffix]())

    assert found.has_picture
    assert found.properties.duration_ms == DESCRIBED[suffix][1].duration_ms


def test_the_bytes_of_a_picture_are_not_read(tmp_path: Path) -> None:
    if not IO.exists():
        pytest.skip("the system does not count what a process reads")
    cover = made.APIC(3, "image/png", 3, "", bytes(16 << 20))
    path = tmp_path / "a.mp3"
    path.write_bytes(made.with_id3(made.mp3(), cover, *made.NAMED))
    before = bytes_read()
    outcome = parse(bytes(path))

    assert isinstance(outcome, Parsed)
    assert outcome.has_picture
    assert bytes_read() - before < 100_000


IO = Path("/proc/thread-self/io")
"""Of this thread alone: others read as well, such as the one that hears what a worker of pytest shall do next."""


def bytes_read() -> int:
    return int(IO.read_text().split("rchar: ")[1].split()[0])


def test_wav_takes_riff_info_in_windows_1252_and_utf_8(tmp_path: Path) -> None:
    info = made.riff_info(INAM="Für".encode("cp1252"), IART="Jürgen".encode(), IPRD=b"Album", ITRK=b"3/9", ICRD=b"1999")
    found = parsed(tmp_path, "a.wav", made.wav(more=info))

    assert (found.title, found.artist, found.album) == ("Für", "Jürgen", "Album")
    assert (found.position, found.position_total, found.date) == (3, 9, "1999")


def test_in_wav_id3_counts_for_more_than_riff_info(tmp_path: Path) -> None:
    data = made.wav(more=made.riff_info(INAM=b"Cut off at thirt", IGNR=b"Rock"))
    found = parsed(tmp_path, "a.wav", made.with_chunk_of_id3(WAVE, data, *made.NAMED))

    assert (found.title, found.genres) == ("Title", ("Rock",))


def test_a_wav_that_says_it_is_longer_than_it_is_lasts_as_long_as_it_does(tmp_path: Path) -> None:
    found = parsed(tmp_path, "a.wav", made.wav(seconds=2)[:-8000])

    assert found.properties.duration_ms == 1000


def test_aiff_has_texts_of_its_own_and_says_its_codec(tmp_path: Path) -> None:
    more = b"NAME\0\0\0\x05Title\0AUTH\0\0\0\x06Artist"
    found = parsed(tmp_path, "a.aifc", made.aiff(more=more, kind=b"AIFC", compression=b"ulaw\0\0"))

    assert (found.title, found.artist, found.properties.codec) == ("Title", "Artist", "mulaw")


@pytest.mark.parametrize(("entry", "codec"), [(b"Opus", "opus"), (b"fLaC", "flac"), (b"drms", "aac")])
def test_the_codec_in_an_mp4_has_its_usual_name(tmp_path: Path, entry: bytes, codec: str) -> None:
    assert parsed(tmp_path, "a.m4a", made.mp4(codec=entry)).properties.codec == codec


def test_matroska_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mka"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))

    assert parse(bytes(path)) == Unreadable("no audio that is known here")
    assert b".mka" not in SUFFIXES
