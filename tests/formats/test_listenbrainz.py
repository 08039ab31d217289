"""ListenBrainz: the precedence of ids, the mapping's credit, names and their MBIDs."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scannerd.formats.format import Format, ReadOptions
from scannerd.formats.listenbrainz import LISTENBRAINZ_JSON, LISTENBRAINZ_JSONL
from scannerd.model.listen import ArtistForm, Failed, Listen, Row, Skipped, SkipReason, Written

SAMPLES = Path(__file__).parent.parent / "samples"
REAL = Path(__file__).parents[3] / "shared/data/listens"
OURR = "4b00640f-3be6-43f8-9b34-ff81bd89320a"
CHUU = "0a4aac6d-8fa0-4e13-8d6a-1d6f0c9b1e11"
OTHER = "c98d40fd-f6cf-4b26-883e-eaa515ee2851"


def read(kind: Format, data: bytes) -> list[Row]:
    return list(kind.read(io.BytesIO(data), ReadOptions(ZoneInfo("UTC"), len(data))))


def one(artist: str = "OurR", mapping: object = None, **info: object) -> Written:
    """What is written of one listen with this additional info."""
    metadata = {"track_name": "Desert", "artist_name": artist, "mbid_mapping": mapping, "additional_info": info}
    line = json.dumps({"listened_at": 1700000300, "track_metadata": metadata}).encode()
    (row,) = read(LISTENBRAINZ_JSONL, line)
    assert isinstance(row, Listen), row
    return row.written


def part(name: str, mbid: str | None, join_phrase: str = "") -> dict[str, object]:
    return {"artist_credit_name": name, "artist_mbid": mbid, "join_phrase": join_phrase}


def from_zip(name: str) -> list[Row]:
    path = REAL / name
    if not path.exists():
        pytest.skip("the real files are not here")
    with zipfile.ZipFile(path) as archive:
        (member,) = [entry for entry in archive.namelist() if entry.endswith(".jsonl")]
        return read(LISTENBRAINZ_JSONL, archive.read(member))


def test_lines_take_all_that_is_known_and_submitted_ids_go_first() -> None:
    assert read(LISTENBRAINZ_JSONL, (SAMPLES / "listenbrainz-month.jsonl").read_bytes()) == [
        Listen(
            1,
            datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC),
            Written(
                title="The Loneliest Time",
                artists=("Carly Rae Jepsen", "Rufus Wainwright"),
                form=ArtistForm.CREDIT,
                artist_mbids=("09887aa7-226e-4ecc-9a0c-02d2ae5777e1", "78e46ae5-9bfd-433b-be3f-19e993d67ecc"),
                joiners=(" feat. ", ""),
                album="The Loneliest Time",
                recording_mbid="bbbbbbbb-668b-4f39-a78b-c7366dd0593d",
                release_mbid="aaaaaaaa-7060-4d29-90fd-7463dfb7ed1b",
                release_group_mbid="c9752675-a342-4031-b1d9-3aad84a4a570",
                isrc="USUM72206371",
                duration_ms=274_000,
            ),
            client="navidrome",
        ),
        # No release_name: the album stays unknown but for its MBID; Last.fm's ids stay guesses.
        Listen(
            2,
            datetime(2013, 10, 12, 9, 17, 20, tzinfo=UTC),
            Written(
                title="Zombie",
                artists=("The Cranberries",),
                form=ArtistForm.CREDIT,
                artist_mbids=("c98d40fd-f6cf-4b26-883e-eaa515ee2851",),
                joiners=("",),
                recording_mbid="3bbeb4e3-ab6d-460d-bfc5-de49e4251061",
                release_mbid="177ebc28-0115-3897-8eb3-ebf74ce23790",
                guessed_artist_mbid="c98d40fd-f6cf-4b26-883e-eaa515ee2851",
                guessed_recording_mbid="35e0fd22-23fd-3414-925c-9cc4aa03b2b4",
                guessed_release_mbid="6f30e004-4b1d-46f0-ad06-78496ea68b5f",
            ),
            client="ListenBrainz lastfm importer v2",
        ),
        # One Spotify id: the comma belongs to the name. Fractions of a second are cut.
        Listen(
            3,
            datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
            Written(
                title="EARFQUAKE",
                artists=("Tyler, The Creator",),
                album="IGOR",
                album_artists=("Tyler, The Creator",),
                source_track_id="spotify:track:5hVghJ4KaYES3BFUATCYn0",
                duration_ms=190_500,
            ),
            played_for_ms=95_000,
            client="Spotify",
        ),
    ]


def test_the_older_array_pairs_names_with_ids_and_tells_track_ids_from_recording_ids() -> None:
    first, second = read(LISTENBRAINZ_JSON, (SAMPLES / "listenbrainz-old-array.json").read_bytes())

    assert first == Listen(
        1,
        datetime(2023, 11, 14, 22, 18, 20, tzinfo=UTC),
        Written(
            title="Desert",
            artists=("OurR", "CHUU"),
            form=ArtistForm.LIST,
            artist_mbids=("4b00640f-3be6-43f8-9b34-ff81bd89320a", None),
            album="Desert",
            track_mbid="08e8f55b-f1a4-46b8-b2d1-fab4c592165c",
        ),
    )
    assert isinstance(second, Skipped)
    assert second.reason is SkipReason.NOW_PLAYING


def test_ids_of_another_length_than_the_names_belong_to_nobody() -> None:
    written = one(artist_names=["OurR", "CHUU"], artist_mbids=[OURR])

    assert (written.artists, written.form, written.artist_mbids) == (("OurR", "CHUU"), ArtistForm.LIST, ())


@pytest.mark.parametrize("printed", ["OurR feat. CHUU", "OurR (ft. CHUU)", "OurR Featuring CHUU"])
def test_one_id_is_not_that_of_a_name_with_a_guest(printed: str) -> None:
    written = one(printed, artist_mbids=[OURR])

    assert (written.artists, written.form, written.artist_mbids) == ((printed,), ArtistForm.JOINED, ())


@pytest.mark.parametrize("given", [[OURR], OURR, [OURR.upper()]])
def test_one_id_and_one_name_are_a_pair(given: object) -> None:
    written = one(artist_mbids=given)

    assert (written.artists, written.form, written.artist_mbids) == (("OurR",), ArtistForm.JOINED, (OURR,))


def test_spotify_names_are_split_only_when_their_ids_say_how_many_there_are() -> None:
    two, wrong = ["id-1", "id-2"], ["id-1", "id-2", "id-3"]

    assert one("OurR, CHUU", spotify_artist_ids=two).artists == ("OurR", "CHUU")
    assert one("OurR, CHUU", spotify_artist_ids=two).form is ArtistForm.LIST
    assert one("Tyler, The Creator", spotify_artist_ids=["id-1"]).artists == ("Tyler, The Creator",)
    assert one("Tyler, The Creator, CHUU", spotify_artist_ids=two).artists == ("Tyler, The Creator, CHUU",)
    assert one("OurR, CHUU", spotify_artist_ids=wrong).artists == ("OurR, CHUU",)


def test_a_mapping_that_has_no_submitted_artist_is_of_another_recording() -> None:
    written = one(mapping={"artists": [part("Somebody Else", OTHER)]}, artist_mbids=[OURR])

    assert (written.artists, written.form, written.artist_mbids) == (("OurR",), ArtistForm.JOINED, (OURR,))


def test_a_mapping_that_shares_a_submitted_artist_gives_the_credit() -> None:
    mapping = {"artists": [part("OurR", OURR, " & "), part("CHUU", None)]}

    written = one("OurR & CHUU", mapping, artist_mbids=[OURR])

    assert written.artists == ("OurR", "CHUU")
    assert written.form is ArtistForm.CREDIT
    assert written.artist_mbids == (OURR, None)
    assert written.joiners == (" & ", "")


def test_an_older_mapping_without_a_credit_gives_its_ids() -> None:
    written = one(mapping={"artist_mbids": [OURR], "recording_mbid": OTHER})

    assert (written.artists, written.artist_mbids, written.recording_mbid) == (("OurR",), (OURR,), OTHER)


@pytest.mark.parametrize(
    "parts", [[], "OurR", [None], [{"artist_mbid": OURR}], [part("", OURR)], [{"artist_credit_name": 5}]]
)
def test_a_mapping_with_a_broken_credit_falls_back_to_the_printed_name(parts: object) -> None:
    assert one(mapping={"artists": parts}).artists == ("OurR",)


def test_the_nil_id_is_none() -> None:
    assert one(artist_mbids=["00000000-0000-0000-0000-000000000000"]).artist_mbids == ()


def test_a_submitted_track_id_stays_apart_from_the_mapped_recording() -> None:
    written = one(mapping={"recording_mbid": OTHER}, recording_mbid=CHUU, track_mbid=CHUU)

    assert (written.recording_mbid, written.track_mbid) == (OTHER, CHUU)


@pytest.mark.parametrize(
    "spotify_id",
    [
        "5hVghJ4KaYES3BFUATCYn0",
        "spotify:track:5hVghJ4KaYES3BFUATCYn0",
        "https://open.spotify.com/track/5hVghJ4KaYES3BFUATCYn0",
        "http://open.spotify.com/intl-de/track/5hVghJ4KaYES3BFUATCYn0?si=abc",
    ],
)
def test_a_spotify_id_is_kept_as_its_uri(spotify_id: str) -> None:
    assert one(spotify_id=spotify_id).source_track_id == "spotify:track:5hVghJ4KaYES3BFUATCYn0"


@pytest.mark.parametrize("value", [0, -5, "abc", None, [], True, float("1e300"), 10**12])
def test_a_length_that_is_none_is_left_out_and_the_listen_stays(value: object) -> None:
    assert one(duration_ms=value).duration_ms is None


def test_a_broken_line_fails_alone() -> None:
    good = b'{"listened_at": 1700000300, "track_metadata": {"track_name": "Desert", "artist_name": "OurR"}}\n'

    rows = read(LISTENBRAINZ_JSONL, good + b'{"listened_at": 17000\n' + b"[1]\n" + good)

    assert [type(row) for row in rows] == [Listen, Failed, Failed, Listen]
    assert [row.row_no for row in rows] == [1, 2, 3, 4]


def test_the_real_zip_of_five_listens() -> None:
    rows = from_zip("listenbrainz_shoko1_1749780844.zip")

    assert len(rows) == 5
    assert all(isinstance(row, Listen) for row in rows)
    assert rows[0] == Listen(
        1,
        datetime(2025, 6, 13, 2, 10, 12, tzinfo=UTC),
        Written(
            title="Desert",
            artists=("OurR",),
            form=ArtistForm.CREDIT,
            artist_mbids=(OURR,),
            joiners=("",),
            album="Desert",
            recording_mbid="08e8f55b-f1a4-46b8-b2d1-fab4c592165c",
            release_mbid="20d0530f-2176-447f-abf4-a9307f7d1c3f",
            release_group_mbid="05446eff-76e8-4d80-b92e-2d0c575e8a87",
            duration_ms=245_000,
        ),
        client="listenbrainz web",
    )
    # Its mapping has no release; the player named one.
    assert isinstance(rows[4], Listen)
    assert rows[4].written.release_mbid == "f09f0f5c-e919-49ed-a557-9985b7e473d9"
    assert rows[4].written.artists == ("Magnify Tokyo", "Lauren Horii")


def test_the_real_zip_whose_path_tells_another_month() -> None:
    rows = [row for row in from_zip("listenbrainz_shoko1_123456789.zip") if isinstance(row, Listen)]

    assert len(rows) == 19
    assert {row.listened_at.date().isoformat() for row in rows} == {"2013-10-12"}
    assert sum(row.written.form is ArtistForm.JOINED for row in rows) == 10
    assert sum(row.written.album is not None for row in rows) == 6
    dune = rows[4].written
    assert (dune.artists, dune.joiners) == (("Dune", "The London Session Orchestra"), (" & ", ""))
    zombie = rows[14].written
    assert (zombie.title, zombie.album, zombie.release_mbid) == ("Zombie", None, "177ebc28-0115-3897-8eb3-ebf74ce23790")
    hitomi = rows[7].written
    assert hitomi.artist_mbids == ("c8ca0620-cfe4-4868-a164-40a985896f7c",)
    assert hitomi.guessed_artist_mbid == "3c2d4ddc-f128-40c1-89ac-f40caf1054ba"
