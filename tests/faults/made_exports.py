"""Exports to disturb: one history, told by several services in files that overlap, the same bytes every time."""

from __future__ import annotations

import csv
import json
import random
import time
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SYLLABLES = (
    *("ba", "co", "di", "fe", "gu", "ha", "jo", "ki", "lu", "ma", "ne", "po", "ra", "si", "to", "vu", "wa", "xi"),
    *("yo", "ze", "än", "ör", "ß", "é", "か", "夜", "海"),
)
BEGAN = 1_400_000_000  # in 2014: a million plays one after the other take nine years
REFUSED = "6-no-export.txt"
AGAIN = "7-the-first-again.json"


@dataclass(frozen=True, slots=True)
class Track:
    """What is played."""

    artist: str
    title: str
    album: str
    seconds: int
    mbid: str


@dataclass(frozen=True, slots=True)
class Play:
    """One playing of it."""

    at: int
    track: Track


def history(plays: int, tracks: int) -> list[Play]:
    """So many plays of so many tracks; every track is played."""
    chance = random.Random(7)
    pool = [_track(number, chance) for number in range(tracks)]
    order = [*pool, *chance.choices(pool, k=plays - tracks)]
    chance.shuffle(order)
    moment, told = BEGAN, []
    for track in order:
        told.append(Play(moment, track))
        moment += track.seconds + chance.randint(5, 90)
    assert moment < time.time(), "what is in the future is skipped"
    return told


def _track(number: int, chance: random.Random) -> Track:
    def name() -> str:
        return "".join(chance.choices(SYLLABLES, k=4)).title()

    mbid = str(uuid.UUID(int=number + 1))
    return Track(
        f"{name()} {number % 97}", f"{name()} {number}", f"{name()} {number % 311}", chance.randint(90, 400), mbid
    )


def drop_all(drop: Path, told: Sequence[Play]) -> list[str]:
    """Seven files, to be taken in by name; what lies there afterwards, relative to the drop folder."""
    count, half = len(told), len(told) // 2
    (drop / "anna").mkdir(parents=True)
    first = write_maloja(drop / "1-maloja.json", told[:half])
    write_maloja(drop / "2-maloja-later.json", told[half // 2 : half + half // 2])
    write_spotify(drop / "3-spotify.zip", told[half - half // 4 : count])
    write_listenbrainz(drop / "4-listenbrainz.jsonl", told[half // 3 : half])
    write_maloja(drop / "anna" / "5-hers.json", told[: half // 4])
    again = first.read_bytes()
    with whole(drop / REFUSED) as made:
        made.write_text("Dear diary, today I listened to nothing at all.\n" * 20)
    with whole(drop / AGAIN) as made:
        made.write_bytes(again)
    done = (
        "1-maloja.json",
        "2-maloja-later.json",
        "3-spotify.zip",
        "4-listenbrainz.jsonl",
        "anna/5-hers.json",
        AGAIN,
    )
    files = [f"done/{name}{suffix}" for name in done for suffix in ("", ".report.txt")]
    return sorted([*files, f"failed/{REFUSED}", f"failed/{REFUSED}.why.txt"])


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what gets its name once it is whole: to a running daemon a file is empty for no moment.

    It takes an empty file for one that stays so after ten times its settling time, which is half a second in most
    tests, and a writer that the machine freezes in its first moment lets that pass.
    """
    made = path.with_name(f".{path.name}")
    yield made
    made.rename(path)


def write_maloja(path: Path, told: Sequence[Play], *, exported_at: int = 1_748_738_994) -> Path:
    """Two with different `exported_at` hold the same listens in different bytes."""
    rows = [
        {
            "time": play.at,
            "track": {
                "artists": [play.track.artist],
                "title": play.track.title,
                "album": {"artists": [play.track.artist], "albumtitle": play.track.album},
                "length": play.track.seconds,
            },
            "duration": None,
            "origin": "client:default",
        }
        for play in told
    ]
    with whole(path) as made:
        made.write_text(json.dumps({"maloja": {"export_time": exported_at}, "scrobbles": rows}), encoding="utf-8")
    return path


def write_lastfm(path: Path, told: Sequence[Play]) -> Path:
    """As a table of minutes, without a header."""
    with whole(path) as made, made.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        for play in told:
            moment = datetime.fromtimestamp(play.at, UTC).strftime("%d %b %Y %H:%M")
            rows.writerow([play.track.artist, play.track.album, play.track.title, moment])
    return path


def write_spotify(path: Path, told: Sequence[Play]) -> Path:
    """A zip of two years, a podcast and an audiobook in each, and what else Spotify packs."""
    half = len(told) // 2
    with whole(path) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate((told[:half], told[half:])):
            end = part[-1].at + 5000
            rows = [*(_spotify_row(play) for play in part), _podcast(end), _audiobook(end)]
            _add(archive, f"Streaming_History_Audio_{2020 + number}_{number}.json", json.dumps(rows).encode())
        _add(archive, "ReadMeFirst.pdf", b"%PDF-1.4 nothing to hear")
    return path


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Under a time that does not pass."""
    archive.writestr(zipfile.ZipInfo(f"my_spotify_data/{name}"), data, zipfile.ZIP_DEFLATED)


def _spotify_row(play: Play) -> dict[str, object]:
    ended = datetime.fromtimestamp(play.at + play.track.seconds, UTC)
    return {
        "ts": f"{ended:%Y-%m-%dT%H:%M:%SZ}",
        "platform": "linux",
        "ms_played": play.track.seconds * 1000,
        "conn_country": "DE",
        "ip_addr": "203.0.113.9",
        "master_metadata_track_name": play.track.title,
        "master_metadata_album_artist_name": play.track.artist,
        "master_metadata_album_album_name": play.track.album,
        "spotify_track_uri": f"spotify:track:{play.track.mbid.replace('-', '')[-22:]}",
        "episode_name": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "offline": False,
        "offline_timestamp": None,
    }


def _podcast(at: int) -> dict[str, object]:
    return _no_track(at) | {
        "episode_name": "An Episode",
        "episode_show_name": "A Show",
        "spotify_episode_uri": "spotify:episode:1",
    }


def _audiobook(at: int) -> dict[str, object]:
    return _no_track(at) | {
        "audiobook_title": "A Book",
        "audiobook_uri": "spotify:show:1",
        "audiobook_chapter_uri": "spotify:episode:2",
        "audiobook_chapter_title": "One",
    }


def _no_track(at: int) -> dict[str, object]:
    row = _spotify_row(Play(at, Track("", "", "", 60, str(uuid.UUID(int=0)))))
    nothing = ("track_name", "album_artist_name", "album_album_name")
    return row | {f"master_metadata_{name}": None for name in nothing} | {"spotify_track_uri": None}


def write_listenbrainz(path: Path, told: Sequence[Play]) -> Path:
    """With verified ids, so that names are adopted."""
    with whole(path) as made, made.open("w", encoding="utf-8") as file:
        for play in told:
            said = {"duration_ms": play.track.seconds * 1000, "submission_client": "navidrome"}
            metadata = {
                "track_name": play.track.title,
                "artist_name": play.track.artist,
                "release_name": play.track.album,
                "additional_info": said | {"recording_mbid": play.track.mbid},
            }
            file.write(json.dumps({"listened_at": play.at, "track_metadata": metadata}) + "\n")
    return path
