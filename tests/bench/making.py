"""Exports to measure with: Maloja files of any size, the same bytes every time, written without holding them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

SYLLABLES = [onset + vowel for onset in "bcdfghjklmnprstvwz" for vowel in "aeiou"] + ["än", "ör", "üß", "é", "か", "夜"]


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each; the seed's case is `SMALL`."""

    listens: int
    artists: int
    albums: int
    tracks: int


SMALL = Size(49_050, 5_589, 2_628, 12_000)
BIG = Size(1_000_000, 50_000, 80_000, 300_000)


def write_maloja(path: Path, size: Size, *, exported_at: int = 1_748_738_994) -> Path:
    """Write one export; two with different `exported_at` hold the same listens in different bytes."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"maloja":{{"export_time":{exported_at}}},"scrobbles":[')
        separator = ""
        for track, moment in _plays(size):
            file.write(f'{separator}{{"time":{moment},"track":{track},"duration":null,"origin":"client:default"}}')
            separator = ","
        file.write("]}")
    return path


def _plays(size: Size) -> Iterator[tuple[str, int]]:
    chance = random.Random(1)
    tracks = list(_tracks(size, chance))
    order = [*range(size.tracks), *_popular(chance, size.tracks, size.listens - size.tracks)]
    chance.shuffle(order)
    moment = 1_300_000_000
    for track in order:
        moment += chance.randint(120, 300)
        yield tracks[track], moment


def _tracks(size: Size, chance: random.Random) -> Iterator[str]:
    artists = names(size.artists, chance)
    albums = names(size.albums, chance)
    owner = [album % size.artists for album in range(size.albums)]
    for number, title in enumerate(names(size.tracks, chance)):
        album = number % size.albums if number < size.albums or chance.random() > 0.12 else None
        main = artists[owner[album] if album is not None else number % size.artists]
        # Every artist occurs, most of them only as a guest; Maloja sorts the names.
        guests = [artists[number % size.artists]] if number % 4 == 0 or number < size.artists else []
        yield json.dumps(
            {
                "artists": sorted({main, *guests}),
                "title": title,
                "album": None if album is None else {"artists": [main], "albumtitle": albums[album]},
                "length": chance.randint(90, 400) if number % 3 else None,
            },
            ensure_ascii=False,
        )


def names(count: int, chance: random.Random) -> list[str]:
    """So many different names, the same for the same chance."""
    made: dict[str, None] = {}
    while len(made) < count:
        words = ("".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(chance.randint(1, 3)))
        made[" ".join(words).title()] = None
    return list(made)


def _popular(chance: random.Random, count: int, times: int) -> list[int]:
    """A few are played all the time, most hardly ever."""
    weights = list(accumulate(1 / (place + 1) ** 0.9 for place in range(count)))
    return chance.choices(range(count), cum_weights=weights, k=times)
