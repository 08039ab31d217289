"""Real files of other projects, when they are there: what independent readers agree on is what we read."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from scannerd.model.media import Parsed, Role, Unreadable
from scannerd.parsers import parse

REAL = Path(__file__).parents[3] / "shared" / "data" / "media"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real files are not here")

ONLY_A_TAG = {"A057", "A065", "A129", "A499", "A515"}
"""MP3s of which just the tag was published: there is no sound in them, so they are not taken for music."""


def music() -> list[tuple[str, Path, dict[str, Any]]]:
    if not REAL.is_dir():
        return []
    with (REAL / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    kinds = ("audio", "audiobook", "corrupt")
    rows = [row for row in rows if row["kind"] in kinds and row["format"] not in ("pdf", "7z")]
    return [(row["id"], REAL / row["id"] / row["file"], json.loads(row["expected"])) for row in rows]


MUSIC = music()


def said(parsed: Parsed) -> dict[str, str | None]:
    """As the manifest spells it."""
    composers = [one.named.name for one in parsed.contributors if one.role is Role.COMPOSER]
    codec = parsed.properties.codec
    return {
        "title": parsed.title,
        "artist": parsed.artist,
        "album": parsed.album,
        "albumartist": parsed.album_artist,
        "genre": "; ".join(parsed.genres) or None,
        "composer": "; ".join(composers) or None,
        "codec": codec,
    }


def codec_of(name: str) -> str:
    return {"pcm_alaw": "alaw", "pcm_mulaw": "mulaw"}.get(name, "pcm" if name.startswith("pcm_") else name)


@pytest.mark.parametrize(("path", "expected"), [pytest.param(*row[1:], id=row[0]) for row in MUSIC])
def test_a_real_file_says_what_other_readers_agree_on(path: Path, expected: dict[str, Any]) -> None:
    outcome = parse(bytes(path))
    if isinstance(outcome, Unreadable):
        assert "duration_s" not in expected
        assert outcome.reason
        return
    found = said(outcome)
    for field in found.keys() & expected.keys():
        value = codec_of(expected[field]) if field == "codec" else expected[field]
        assert found[field] == value, field
    if "duration_s" in expected:
        assert (outcome.properties.duration_ms or 0) / 1000 == pytest.approx(expected["duration_s"], abs=1)
    if "channels" in expected:
        assert outcome.properties.channels == expected["channels"]
    if "rate" in expected:
        assert outcome.properties.sample_rate == expected["rate"]
    if expected.get("picture"):
        assert outcome.has_picture
    if "date" in expected:
        assert (outcome.date or "")[:4] in expected["date"]
    if str(expected.get("track", "")).replace("/", "").isdigit():
        assert outcome.position == int(str(expected["track"]).partition("/")[0])


@pytest.mark.parametrize(
    ("number", "path"), [pytest.param(*row[:2], id=row[0]) for row in MUSIC if row[0] in ONLY_A_TAG]
)
def test_a_tag_without_sound_is_no_music(number: str, path: Path) -> None:
    assert isinstance(parse(bytes(path)), Unreadable), number
