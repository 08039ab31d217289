"""Every sample is recognised by its own format, whatever its name, and by no other as surely."""

from __future__ import annotations

from pathlib import Path

import pytest

from scannerd.formats import FORMATS
from scannerd.formats.format import HEAD_BYTES, Head
from scannerd.formats.recognise import head_of, recognise

SAMPLES = Path(__file__).parent.parent / "samples"
ARCHIVES = (".zip", ".gz")
WINNERS = {
    "audioscrobbler-1.0-latin-1.log": "audioscrobbler-log",
    "audioscrobbler-zone-unknown.log": "audioscrobbler-log",
    "benjaminbenben-four-columns.csv": "benjaminbenben-csv",
    "benjaminbenben-three-columns.csv": "benjaminbenben-csv",
    "lastfm-api-answer-extended.json": "lastfm-api-json",
    "lastfm-empty-page.json": "lastfm-ghan-json",
    "lastfm-ghan.csv": "lastfm-ghan-csv",
    "lastfm-list-of-lists.json": "lastfm-tracks-json",
    "lastfm-only-track-is-a-dict.json": "lastfm-ghan-json",
    "lastfm-pages.json": "lastfm-ghan-json",
    "lastfm-plain-list-of-tracks.json": "lastfm-tracks-json",
    "lastfm-single-page-is-a-dict.json": "lastfm-page-json",
    "lastfm-single-track-is-a-dict.json": "lastfm-ghan-json",
    "lastfmstats-byte-order-mark.csv": "lastfmstats-csv",
    "lastfmstats-older-without-album-id.csv": "lastfmstats-csv",
    "lastfmstats.json": "lastfmstats-json",
    "librefm-odd-header.csv": "librefm-csv",
    "listenbrainz-feedback.jsonl": None,
    "listenbrainz-month.jsonl": "listenbrainz-jsonl",
    "listenbrainz-old-array.json": "listenbrainz-json",
    "listenbrainz-pinned.jsonl": None,
    "listenbrainz-user.json": None,
    "pano.csv": "pano-csv",
    "pano.jsonl": "pano-jsonl",
}
PLAIN = sorted(path for path in SAMPLES.iterdir() if path.is_file() and path.suffix not in ARCHIVES)


def head(path: Path, name: str = "no-hint") -> Head:
    with path.open("rb") as file:
        return head_of(name, file.read(HEAD_BYTES + 1))


def sure(of: Head) -> list[str]:
    """The names of the formats that are as sure as the surest."""
    scores = {kind.name: kind.score(of) for kind in FORMATS}
    best = max(scores.values())
    return [name for name, score in scores.items() if score == best and best > 0]


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_a_sample_has_one_winner(path: Path) -> None:
    winners = sure(head(path))

    if path.name in WINNERS:
        assert winners == [name for name in [WINNERS[path.name]] if name]
    else:
        # Samples are named after the family of their format.
        assert all(name.partition("-")[0] == path.name.partition("-")[0] for name in winners)
        assert len(winners) <= 1


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
def test_a_misleading_name_changes_nothing(path: Path) -> None:
    names = ["Streaming_History_Audio_2024_1.json", "recenttracks-x-1.json", "listens/2025/1.jsonl", ".scrobbler.log"]

    assert {recognise(head(path, name)) for name in names} == {recognise(head(path))}


@pytest.mark.parametrize("name", sorted(name for name, winner in WINNERS.items() if winner))
def test_a_sample_in_utf_16_is_recognised_as_well(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    text = data.decode("latin-1" if "latin-1" in name else "utf-8-sig")

    assert sure(head_of("no-hint", text.encode("utf-16"))) == [WINNERS[name]]


def test_a_page_that_is_cut_off_within_its_first_tracks_is_recognised() -> None:
    data = (SAMPLES / "lastfm-pages.json").read_bytes()

    assert sure(Head("x", data[:900], data[:900].decode(), complete=False)) == ["lastfm-ghan-json"]


def test_headerless_rows_are_recognised_although_the_last_is_cut_off() -> None:
    data = b'Radiohead,OK Computer,Paranoid Android,15 Jun 2007 22:30\nBlur,"13'

    assert sure(Head("x", data, data.decode(), complete=False)) == ["benjaminbenben-csv"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"[]",
        b"{}",
        b"[1, 2, 3]",
        b'"time,artist,track"',
        b"<html><body>Time, Artist, Track</body></html>",
        b"a,b,c,d\n1,2,3,4\n",
        b"a,b,c,\nd,e,f,\n",
        b"2007-06-15,invoice,12.50,15 Jun 2007\n",
        b'{"name":"x","version":"1.0","scripts":{}}',
        b'[{"name":"x","artist":"y"}]',
        b'{"track":{"name":"x"}}',
        b"Artist;Name;Scrobbles;Rank\nBlur;13;5;1\n",
        b"PK\x03\x04\x00\x00",
        b'{"' * 5000,
        b"[" * 70_000,
        b'["' + b"\\" * 70_000,
    ],
)
def test_what_is_no_listening_history_has_no_winner(data: bytes) -> None:
    assert sure(head_of("history.json", data)) == []
