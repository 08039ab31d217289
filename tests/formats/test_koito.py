"""Koito's export, version 1."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from scannerd.formats.format import ReadOptions
from scannerd.formats.koito import KOITO
from scannerd.formats.recognise import head_of, looks_like, recognise
from scannerd.model.listen import Alias, AliasOf, ArtistForm, Failed, Listen, Row, Skipped, SkipReason, Written

DATA = (Path(__file__).parent.parent / "samples" / "koito-aliases-and-primary-artist.json").read_bytes()


def rows() -> list[Row]:
    return list(KOITO.read(io.BytesIO(DATA), ReadOptions(ZoneInfo("UTC"), len(DATA))))


def test_the_primary_artist_comes_first_and_further_names_become_aliases() -> None:
    assert rows()[0] == Listen(
        1,
        datetime(2025, 3, 23, 17, 22, 3, tzinfo=UTC),
        Written(
            title="虹の色よ鮮やかであれ",
            artists=("鈴木雅之", "すぅ"),
            form=ArtistForm.LIST,
            artist_mbids=("30f851bb-dba3-4e9b-811c-5f27f595c86a", None),
            album="虹の色よ",
            is_compilation=True,
            recording_mbid="a4f26836-3894-46c1-acac-227808308687",
            duration_ms=218_000,
            aliases=(
                Alias(AliasOf.TRACK, "Nijinoiroyo Azayakadeare", "musicbrainz"),
                Alias(AliasOf.RELEASE, "Rainbow", "manual"),
                Alias(AliasOf.ARTIST, "Masayuki Suzuki", "musicbrainz", 0),
            ),
        ),
        client="test client",
    )


def test_no_album_no_length_and_the_mbid_that_means_none_stay_empty() -> None:
    assert rows()[1] == Listen(
        2, datetime(2025, 3, 24, 15, 22, 3, tzinfo=UTC), Written("Plain", ("Somebody",), ArtistForm.LIST)
    )


def test_a_listen_of_nobody_is_skipped_and_a_broken_time_fails_its_row() -> None:
    skipped, failed = rows()[2:]

    assert isinstance(skipped, Skipped)
    assert skipped.reason is SkipReason.NO_ARTIST
    assert isinstance(failed, Failed)
    assert failed.reason == "listened_at is 'soon', where a time like 2024-05-06T07:08:09Z belongs"


def test_it_is_recognised_by_content_whatever_its_name() -> None:
    assert recognise(head_of("koito_from_maloja.json", DATA)) is KOITO
    assert recognise(head_of("x", b'{"version":"1","exported_at":"2025-06-18T12:56:53Z","listens":[]}')) is KOITO


def test_another_version_is_refused_by_name() -> None:
    head = head_of("koito.json", DATA.replace(b'"version": "1"', b'"version": "2"'))

    assert recognise(head) is None
    assert looks_like(head) == "a Koito export of version 2, of which only version 1 is known here"
