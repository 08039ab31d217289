"""A music library to measure with: real tagged files of five kinds, the same tags every time.

60 % of the albums are mp3, 25 % flac, 10 % m4a, 3 % ogg and 2 % opus; every third carries a cover of 30 kB. About
every fourth track has a guest, most have several genres, and all have the MusicBrainz ids that Picard gives them.
"""

from __future__ import annotations

import base64
import io
import os
import random
import struct
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from making import names
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, TALB, TCON, TDRC, TIT2, TPE1, TPE2, TPOS, TPUB, TRCK, TSOP, TSRC, TXXX, UFID, Frame
from mutagen.mp4 import MP4, MP4Cover
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

sys.path.insert(0, str(Path(__file__).parents[1] / "parsers"))
import music_files

KINDS = ("mp3",) * 60 + ("flac",) * 25 + ("m4a",) * 10 + ("ogg",) * 3 + ("opus",) * 2
GENRES = ["Rock", "Pop", "Jazz", "Metal", "Electronic", "Folk", "Classical", "Punk", "Soul", "Funk", "Techno", "Blues"]
COVER = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 117
SOUND = 32_000
"""Bytes of sound in each file: what tags are in front of or behind, and nobody has to read."""

Song = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """One file of the library."""

    path: Path
    song: Song


def write_library(root: Path, tracks: int) -> list[Made]:
    """Write a library of so many tracks in folders of albums."""
    made = []
    for song in _songs(tracks):
        path = root / song["folder"] / f"{song['position']:02} {song['title']}.{song['kind']}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_tagged(_bare(song["kind"]), song))
        made.append(Made(path, song))
    return made


def retag(files: Sequence[Made], *, suffix: str) -> None:
    """Give them other titles, as taggers do: in a new file, which takes the old one's place."""
    for made in files:
        song = made.song | {"title": made.song["title"] + suffix}
        new = made.path.with_name(".retagged")
        new.write_bytes(_tagged(_bare(song["kind"]), song))
        new.replace(made.path)


def link_copies(root: Path, copies: range) -> None:
    """Further folders beside the library's own, with hard links to its files: as many names to list and to look at."""
    first = root / "0"
    for copy in copies:
        for folder, _, files in os.walk(first):
            there = root / str(copy) / Path(folder).relative_to(first)
            there.mkdir(parents=True, exist_ok=True)
            for name in files:
                os.link(f"{folder}/{name}", there / name)


def _songs(tracks: int) -> Iterator[Song]:
    chance = random.Random(1)
    artists = names(max(20, tracks // 25), chance)
    titles = iter(names(tracks, chance))
    albums = iter(names(tracks // 6 + 1, chance))
    left, number = tracks, 0
    while left:
        count = min(left, chance.randint(6, 15))
        left -= count
        yield from _album(chance, number, count, next(albums), artists, titles)
        number += 1


def _album(
    chance: random.Random, number: int, count: int, title: str, artists: list[str], titles: Iterator[str]
) -> Iterator[Song]:
    artist = artists[number] if number < len(artists) // 2 else chance.choice(artists)
    year = chance.randint(1960, 2024)
    album = {
        "kind": chance.choice(KINDS),
        "folder": f"{artist}/{title} ({year}) {number}",
        "album": title,
        "album_artist": artist,
        "date": f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "label": chance.choice(artists) + " Records",
        "genres": chance.sample(GENRES, chance.randint(1, 3)),
        "has_cover": number % 3 == 0,
        "total": count,
        "number": number,
    }
    for position in range(1, count + 1):
        guests = chance.sample(artists, 1 if chance.random() < 0.25 else 0)
        named = list(dict.fromkeys([artist, *guests]))
        yield album | {"title": next(titles), "artists": named, "position": position, "serial": chance.getrandbits(40)}


def _mbid(*words: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join(map(str, words))))


def _mbids(song: Song) -> dict[str, list[str]]:
    """By the words that MP4 and ID3 have for them."""
    return {
        "MusicBrainz Album Id": [_mbid("release", song["number"])],
        "MusicBrainz Release Group Id": [_mbid("group", song["number"])],
        "MusicBrainz Release Track Id": [_mbid("track", song["serial"])],
        "MusicBrainz Artist Id": [_mbid("artist", name) for name in song["artists"]],
        "MusicBrainz Album Artist Id": [_mbid("artist", song["album_artist"])],
    }


@cache
def _bare(kind: str) -> bytes:
    """A file of that kind with a usual amount of sound in it."""
    if kind == "mp3":
        return _info_frame(SOUND // 417) + music_files.mp3(SOUND // 417)
    if kind == "flac":
        return music_files.flac(240) + random.Random(2).randbytes(3 * SOUND)
    if kind == "m4a":
        return music_files.mp4(240) + struct.pack(">I4s", SOUND + 8, b"free") + bytes(SOUND)
    data = music_files.vorbis(240) if kind == "ogg" else music_files.opus(240)
    last = data.rindex(b"OggS")
    return data[:last] + b"".join(map(_page, range(3, 3 + SOUND // 4000))) + data[last:]


def _page(sequence: int) -> bytes:
    page = OggPage()
    page.sequence, page.packets, page.serial, page.position = sequence, [bytes(4000)], 7, 1000 * sequence
    return page.write()


def _info_frame(frames: int) -> bytes:
    """What an encoder puts in front, with the length of the whole."""
    info = b"Info" + struct.pack(">III", 3, frames, frames * 417)
    return (b"\xff\xfb\x90\x00" + bytes(32) + info + b"LAME3.100").ljust(417, b"\0")


def _tagged(bare: bytes, song: Song) -> bytes:
    if song["kind"] == "mp3":
        return music_files.with_id3(bare, *_frames(song), version=3 if song["position"] % 5 == 0 else 4)
    kind = {"flac": FLAC, "m4a": MP4, "ogg": OggVorbis, "opus": OggOpus}[song["kind"]]
    file = io.BytesIO(bare)
    media = kind(file)
    if media.tags is None:
        media.add_tags()
    for key, value in (_atoms if kind is MP4 else _comments)(song).items():
        media.tags[key] = value
    if song["has_cover"] and kind is FLAC:
        media.add_picture(_picture())
    file.seek(0)
    media.save(file)
    return file.getvalue()


def _frames(song: Song) -> Iterator[Frame]:
    yield from (TIT2(3, song["title"]), TPE1(3, song["artists"]), TPE2(3, song["album_artist"]))
    yield from (TALB(3, song["album"]), TCON(3, song["genres"]), TPOS(3, "1/1"), TDRC(3, song["date"]))
    yield from (TRCK(3, f"{song['position']}/{song['total']}"), TSRC(3, f"XX{song['serial'] % 10**10:010}"))
    yield from (TPUB(3, song["label"]), TSOP(3, song["album_artist"]), TXXX(3, "ARTISTS", song["artists"]))
    yield UFID("http://musicbrainz.org", _mbid("recording", song["serial"]).encode())
    yield from (TXXX(3, name, values) for name, values in _mbids(song).items())
    if song["has_cover"]:
        yield APIC(3, "image/jpeg", 3, "cover", COVER)


def _atoms(song: Song) -> dict[str, Any]:
    named = _mbids(song) | {"MusicBrainz Track Id": [_mbid("recording", song["serial"])], "ARTISTS": song["artists"]}
    atoms: dict[str, Any] = {
        "\xa9nam": song["title"],
        "\xa9ART": song["artists"],
        "\xa9alb": song["album"],
        "aART": song["album_artist"],
        "\xa9gen": song["genres"],
        "\xa9day": song["date"],
        "trkn": [(song["position"], song["total"])],
        "disk": [(1, 1)],
    }
    atoms |= {f"----:com.apple.iTunes:{name}": [value.encode() for value in values] for name, values in named.items()}
    return atoms | ({"covr": [MP4Cover(COVER, MP4Cover.FORMAT_JPEG)]} if song["has_cover"] else {})


def _comments(song: Song) -> dict[str, Any]:
    named = {name.replace("MusicBrainz ", "musicbrainz_").replace(" ", ""): ids for name, ids in _mbids(song).items()}
    comments = named | {
        "musicbrainz_trackid": _mbid("recording", song["serial"]),
        "title": song["title"],
        "artist": song["artists"],
        "artists": song["artists"],
        "album": song["album"],
        "albumartist": song["album_artist"],
        "genre": song["genres"],
        "date": song["date"],
        "tracknumber": str(song["position"]),
        "tracktotal": str(song["total"]),
        "discnumber": "1",
        "label": song["label"],
    }
    if song["has_cover"] and song["kind"] != "flac":
        comments["metadata_block_picture"] = base64.b64encode(_picture().write()).decode()
    return comments


def _picture() -> Picture:
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", COVER
    return picture
