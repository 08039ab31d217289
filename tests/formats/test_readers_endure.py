"""Whatever the bytes are, a reader gives rows or one error of ours, and a judge gives a score."""

from __future__ import annotations

import io
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scannerd.errors import ExportError
from scannerd.formats.audioscrobbler import AUDIOSCROBBLER_LOG
from scannerd.formats.benjaminbenben import BENJAMINBENBEN_CSV
from scannerd.formats.decoding import decoded
from scannerd.formats.format import Format, Head, ReadOptions
from scannerd.formats.lastfm import (
    LASTFM_API_JSON,
    LASTFM_GHAN_CSV,
    LASTFM_GHAN_JSON,
    LASTFM_PAGE_JSON,
    LASTFM_TRACKS_JSON,
)
from scannerd.formats.lastfmstats import LASTFMSTATS_CSV, LASTFMSTATS_JSON
from scannerd.formats.librefm import LIBREFM_CSV
from scannerd.formats.listenbrainz import LISTENBRAINZ_JSON, LISTENBRAINZ_JSONL
from scannerd.formats.pano import PANO_CSV, PANO_JSONL
from scannerd.model.listen import Failed, Listen, Row, Skipped

ALL = [
    LASTFM_GHAN_JSON,
    LASTFM_PAGE_JSON,
    LASTFM_API_JSON,
    LASTFM_TRACKS_JSON,
    LASTFM_GHAN_CSV,
    LASTFMSTATS_JSON,
    LASTFMSTATS_CSV,
    BENJAMINBENBEN_CSV,
    LIBREFM_CSV,
    LISTENBRAINZ_JSONL,
    LISTENBRAINZ_JSON,
    AUDIOSCROBBLER_LOG,
    PANO_JSONL,
    PANO_CSV,
]
KEYS = st.sampled_from([
    "track", "artist", "album", "name", "#text", "mbid", "date", "uts", "@attr", "nowplaying", "scrobbles", "event",
    "listened_at", "track_metadata", "track_name", "artist_name", "additional_info", "mbid_mapping", "artists",
    "artist_mbids", "artist_names", "artist_credit_name", "join_phrase", "spotify_artist_ids", "duration_ms", "timeMs",
    "durationMs", "albumArtist", "recenttracks",
])  # fmt: skip
HEADERS = st.sampled_from(
    [
        b"",
        b"uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n",
        b"Artist;Album;AlbumId;Track;Date#somebody\n",
        b"Time,Artist,Track,Album\n",
        b"#AUDIOSCROBBLER/1.1\n#TZ/UTC\n",
        b"timeMs,artist,track\n",
    ]
)


def read(kind: Format, data: bytes) -> list[Row]:
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("America/New_York"), len(data))))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1749774600", "Blur", "4b00640f-3be6-43f8-9b34-ff81bd89320a", "true", "05 Apr 2010 11:59"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
ROWS = st.dictionaries(KEYS, VALUES, max_size=8)
PIECES = st.sampled_from(
    [b"\t", b",", b";", b'"', b"\n", b"\r", b"\0", b"\xff", b"\xff\xfe", b"#TZ/UTC", b"L", b"S", b"1749774600", b"Blur",
     b"", b"05 Apr 2010 11:59", b"1e999", b"nan", b"-1", b"99999999999999999999", b"\x1e\x1e", b"#", b"<Untagged>"]
)  # fmt: skip


def endures(kind: Format, data: bytes) -> None:
    """Nothing but rows or an error of ours comes out."""
    try:
        rows = read(kind, data)
    except ExportError:
        return
    for row in rows:
        assert isinstance(row, Listen | Skipped | Failed)
        if isinstance(row, Listen):
            assert row.listened_at.microsecond == 0
            assert len(row.written.artist_mbids) in (0, len(row.written.artists))
            assert len(row.written.joiners) in (0, len(row.written.artists))
            row.written.title.encode()


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, max_size=4), wrap=st.sampled_from(["list", "page", "object", "lines"]))
def test_no_json_breaks_a_reader(kind: Format, rows: list[dict[str, object]], wrap: str) -> None:
    shapes: dict[str, object] = {
        "list": rows,
        "page": [{"track": rows}],
        "object": {"scrobbles": rows, "track": rows, "recenttracks": {"track": rows}},
    }
    data = (
        b"\n".join([json.dumps(row).encode() for row in rows]) if wrap == "lines" else json.dumps(shapes[wrap]).encode()
    )

    endures(kind, data)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
@settings(max_examples=60, deadline=None)
@given(
    header=HEADERS,
    pieces=st.lists(PIECES | st.binary(max_size=4), max_size=40),
)
def test_no_bytes_break_a_reader_or_a_judge(kind: Format, header: bytes, pieces: list[bytes]) -> None:
    data = header + b"".join(pieces)

    score = kind.score(Head("x", data, decoded(data, complete=True), complete=True))

    assert 0 <= score <= 100
    endures(kind, data)
