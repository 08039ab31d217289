"""One track, tagged in every family by the names that Picard documents: it reads the same from each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import music_files as made
import pytest
from mutagen import id3
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.oggvorbis import OggVorbis

from scannerd.model.media import Contributor, Named, Parsed, Properties, Role
from scannerd.parsers import parse
from scannerd.parsers.fields import MUSIC, Found

RECORDING = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
TRACK = "d6d532b4-8259-4e7d-b46a-c2fdb0426426"
RELEASE = "23e66ca8-0158-4336-95a6-b8c69d559724"
GROUP = "f4c6ac2f-b85b-48fb-bd57-a1ad066adddd"
ANNA, BERT, ALBUM_ARTIST = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc")
WORK = "f0f0f0f0-1111-4111-8111-111111111111"

EXPECTED = Parsed(
    format="flac",
    title="The Title",
    artist="Anna feat. Bert",
    artists=(Named("Anna", ANNA, "A., Anna"), Named("Bert", BERT, "B., Bert")),
    album="The Album",
    album_artist="Anna's Band",
    album_artists=(Named("Anna's Band", ALBUM_ARTIST, "Band, Anna's"),),
    is_compilation=True,
    disc=1,
    disc_total=2,
    position=3,
    position_total=12,
    date="2004-05-06",
    original_date="1995-10-03",
    genres=("Rock", "Dream Pop"),
    tags=("evening", "calm", "mine", "yours"),
    contributors=(
        Contributor(Role.COMPOSER, Named("Clara Müller", None, "Müller, Clara")),
        Contributor(Role.LYRICIST, Named("Lyra")),
        Contributor(Role.WRITER, Named("Wren")),
        Contributor(Role.CONDUCTOR, Named("Conrad")),
        Contributor(Role.ARRANGER, Named("Arne")),
        Contributor(Role.PRODUCER, Named("Prosper")),
        Contributor(Role.ENGINEER, Named("Enno")),
        Contributor(Role.MIXER, Named("Mick")),
        Contributor(Role.DJ_MIXER, Named("Deejay")),
        Contributor(Role.REMIXER, Named("Remy")),
        Contributor(Role.PERFORMER, Named("Gustav"), "guitar"),
    ),
    recording_mbid=RECORDING,
    track_mbid=TRACK,
    release_mbid=RELEASE,
    release_group_mbid=GROUP,
    isrc="USEE11400516",
    details={
        "title_sort": "Title, The",
        "artist_sort": "A., Anna; B., Bert",
        "album_sort": "Album, The",
        "album_artist_sort": "Band, Anna's",
        "composer_sort": "Müller, Clara",
        "disc_subtitle": "The First Disc",
        "work": "The Work",
        "movement": "Allegro",
        "movement_number": "1",
        "movement_total": "4",
        "label": ["Label A", "Label B"],
        "catalog_number": ["CAT-1"],
        "barcode": "075678672538",
        "asin": "B00KE3BAM0",
        "bpm": 128.0,
        "key": "Am",
        "language": ["eng"],
        "media": "CD",
        "comment": "A comment",
        "lyrics": "One line\nand one more",
        "copyright": "© Us",
        "subtitle": "A Subtitle",
        "release_type": ["album"],
        "release_status": "official",
        "release_country": "DE",
        "work_mbid": [WORK],
        "musicbrainz_disc_id": "xyz.disc-",
        "acoustid_id": "2ca93752-ae8c-4101-b2ca-799e2b1ce729",
        "acoustid_fingerprint": "AQADtEmUaEkS",
        "director": "Dirk",
        "release_date": "2004-05-07",
        "replaygain_track_gain": -7.03,
        "replaygain_album_peak": 0.99,
    },
)

AS_VORBIS: dict[str, object] = {
    "TITLE": "The Title",
    "TITLESORT": "Title, The",
    "ARTIST": "Anna feat. Bert",
    "ARTISTS": ["Anna", "Bert"],
    "ARTISTSORT": ["A., Anna", "B., Bert"],
    "ALBUM": "The Album",
    "ALBUMSORT": "Album, The",
    "ALBUMARTIST": "Anna's Band",
    "ALBUMARTISTSORT": "Band, Anna's",
    "TRACKNUMBER": "3",
    "TRACKTOTAL": "12",
    "DISCNUMBER": "1",
    "TOTALDISCS": "2",
    "DISCSUBTITLE": "The First Disc",
    "DATE": "2004-05-06",
    "RELEASEDATE": "2004-05-07",
    "ORIGINALDATE": "1995-10-03",
    "ORIGINALYEAR": "1995",
    "GENRE": ["Rock", "Dream Pop"],
    "GROUPING": "evening",
    "MOOD": "calm",
    "TAGS": "mine; yours",
    "WORK": "The Work",
    "MOVEMENTNAME": "Allegro",
    "MOVEMENT": "1",
    "MOVEMENTTOTAL": "4",
    "COMPOSER": "Clara Müller",
    "COMPOSERSORT": "Müller, Clara",
    "LYRICIST": "Lyra",
    "WRITER": "Wren",
    "CONDUCTOR": "Conrad",
    "PERFORMER": "Gustav (guitar)",
    "ARRANGER": "Arne",
    "ENGINEER": "Enno",
    "PRODUCER": "Prosper",
    "MIXER": "Mick",
    "DJMIXER": "Deejay",
    "REMIXER": "Remy",
    "DIRECTOR": "Dirk",
    "LABEL": ["Label A", "Label B"],
    "CATALOGNUMBER": "CAT-1",
    "BARCODE": "075678672538",
    "ISRC": "USEE11400516",
    "ASIN": "B00KE3BAM0",
    "COMPILATION": "1",
    "BPM": "128",
    "KEY": "Am",
    "LANGUAGE": "eng",
    "MEDIA": "CD",
    "COMMENT": "A comment",
    "LYRICS": "One line\nand one more",
    "COPYRIGHT": "© Us",
    "SUBTITLE": "A Subtitle",
    "RELEASETYPE": "album",
    "RELEASESTATUS": "official",
    "RELEASECOUNTRY": "DE",
    "MUSICBRAINZ_TRACKID": RECORDING,
    "MUSICBRAINZ_RELEASETRACKID": TRACK,
    "MUSICBRAINZ_ALBUMID": RELEASE,
    "MUSICBRAINZ_RELEASEGROUPID": GROUP,
    "MUSICBRAINZ_ARTISTID": [ANNA, BERT],
    "MUSICBRAINZ_ALBUMARTISTID": ALBUM_ARTIST,
    "MUSICBRAINZ_WORKID": WORK,
    "MUSICBRAINZ_DISCID": "xyz.disc-",
    "ACOUSTID_ID": "2ca93752-ae8c-4101-b2ca-799e2b1ce729",
    "ACOUSTID_FINGERPRINT": "AQADtEmUaEkS",
    "REPLAYGAIN_TRACK_GAIN": "-7.03 dB",
    "REPLAYGAIN_ALBUM_PEAK": "0.99",
}
IN_WORDS = {  # as TXXX, and as freeform texts of iTunes
    "MusicBrainz Release Track Id": TRACK,
    "MusicBrainz Album Id": RELEASE,
    "MusicBrainz Release Group Id": GROUP,
    "MusicBrainz Artist Id": [ANNA, BERT],
    "MusicBrainz Album Artist Id": ALBUM_ARTIST,
    "MusicBrainz Work Id": WORK,
    "MusicBrainz Disc Id": "xyz.disc-",
    "MusicBrainz Album Type": "album",
    "MusicBrainz Album Status": "official",
    "MusicBrainz Album Release Country": "DE",
    "Acoustid Id": "2ca93752-ae8c-4101-b2ca-799e2b1ce729",
    "Acoustid Fingerprint": "AQADtEmUaEkS",
    "ARTISTS": ["Anna", "Bert"],
    "CATALOGNUMBER": "CAT-1",
    "BARCODE": "075678672538",
    "ASIN": "B00KE3BAM0",
    "DIRECTOR": "Dirk",
    "TAGS": "mine; yours",
    "replaygain_track_gain": "-7.03 dB",
    "REPLAYGAIN_ALBUM_PEAK": "0.99",
}


def as_id3() -> list[id3.Frame]:
    plain = {
        "TIT2": "The Title",
        "TSOT": "Title, The",
        "TPE1": "Anna feat. Bert",
        "TSOP": ["A., Anna", "B., Bert"],
        "TALB": "The Album",
        "TSOA": "Album, The",
        "TPE2": "Anna's Band",
        "TSO2": "Band, Anna's",
        "TRCK": "3/12",
        "TPOS": "1/2",
        "TSST": "The First Disc",
        "TDRC": "2004-05-06",
        "TDRL": "2004-05-07",
        "TDOR": "1995-10-03",
        "TCON": ["Rock", "Dream Pop"],
        "TMOO": "calm",
        "GRP1": "evening",
        "TIT1": "The Work",
        "MVNM": "Allegro",
        "MVIN": "1",
        "TCOM": "Clara Müller",
        "TSOC": "Müller, Clara",
        "TEXT": "Lyra",
        "TPE3": "Conrad",
        "TPE4": "Remy",
        "TPUB": ["Label A", "Label B"],
        "TSRC": "USEE11400516",
        "TCMP": "1",
        "TBPM": "128",
        "TKEY": "Am",
        "TLAN": "eng",
        "TMED": "CD",
        "TCOP": "© Us",
        "TIT3": "A Subtitle",
    }
    jobs = [["arranger", "Arne"], ["engineer", "Enno"], ["producer", "Prosper"], ["mix", "Mick"], ["DJ-mix", "Deejay"]]
    return [
        *(id3.Frames[name](encoding=3, text=text) for name, text in plain.items()),
        *(id3.TXXX(encoding=3, desc=name, text=text) for name, text in IN_WORDS.items()),
        id3.TXXX(encoding=3, desc="Writer", text="Wren"),
        id3.TXXX(encoding=3, desc="MovementTotal", text="4"),
        id3.TIPL(encoding=3, people=jobs),
        id3.TMCL(encoding=3, people=[["guitar", "Gustav"]]),
        id3.UFID(owner="http://musicbrainz.org", data=RECORDING.encode()),
        id3.UFID(owner="http://www.cddb.com/id3/taginfo1.html", data=b"3CD3"),
        id3.COMM(encoding=3, lang="eng", desc="", text="A comment"),
        id3.USLT(encoding=3, lang="eng", desc="", text="One line\nand one more"),
    ]


def as_ape() -> dict[str, str | list[str] | bytes]:
    renamed = {
        "ALBUMARTIST": "Album Artist",
        "TRACKNUMBER": "Track",
        "DISCNUMBER": "Disc",
        "DATE": "Year",
        "REMIXER": "MixArtist",
        "RELEASETYPE": "MUSICBRAINZ_ALBUMTYPE",
        "RELEASESTATUS": "MUSICBRAINZ_ALBUMSTATUS",
    }
    items = {renamed.get(name, name.title()): value for name, value in AS_VORBIS.items()}
    items["Track"], items["Disc"] = "3/12", "1/2"
    return {name: value for name, value in items.items() if name not in ("Tracktotal", "Totaldiscs")}  # type: ignore[misc]


def as_mp4() -> dict[str, object]:
    atoms: dict[str, object] = {
        "\xa9nam": ["The Title"],
        "sonm": ["Title, The"],
        "\xa9ART": ["Anna feat. Bert"],
        "soar": ["A., Anna", "B., Bert"],
        "\xa9alb": ["The Album"],
        "soal": ["Album, The"],
        "aART": ["Anna's Band"],
        "soaa": ["Band, Anna's"],
        "trkn": [(3, 12)],
        "disk": [(1, 2)],
        "\xa9day": ["2004-05-06"],
        "\xa9gen": ["Rock", "Dream Pop"],
        "\xa9grp": ["evening"],
        "\xa9wrk": ["The Work"],
        "\xa9mvn": ["Allegro"],
        "\xa9mvi": [1],
        "\xa9mvc": [4],
        "\xa9wrt": ["Clara Müller"],
        "soco": ["Müller, Clara"],
        "cpil": True,
        "tmpo": [128],
        "\xa9cmt": ["A comment"],
        "\xa9lyr": ["One line\nand one more"],
        "cprt": ["© Us"],
    }
    free = {
        **IN_WORDS,
        "MusicBrainz Track Id": RECORDING,
        "initialkey": "Am",
        **{name: AS_VORBIS[name] for name in ("DISCSUBTITLE", "RELEASEDATE", "ORIGINALDATE", "MOOD", "LYRICIST")},
        **{name: AS_VORBIS[name] for name in ("WRITER", "CONDUCTOR", "PERFORMER", "ARRANGER", "ENGINEER", "PRODUCER")},
        **{name: AS_VORBIS[name] for name in ("MIXER", "DJMIXER", "REMIXER", "LABEL", "ISRC", "LANGUAGE", "MEDIA")},
        "SUBTITLE": "A Subtitle",
    }
    for name, value in free.items():
        texts = value if isinstance(value, list) else [value]
        atoms[f"----:com.apple.iTunes:{name}"] = [MP4FreeForm(str(text).encode()) for text in texts]
    return atoms


def as_asf() -> dict[str, object]:
    renamed = {
        "TITLE": "Title",
        "ARTIST": "Author",
        "TITLESORT": "WM/TitleSortOrder",
        "ARTISTSORT": "WM/ArtistSortOrder",
        "ALBUM": "WM/AlbumTitle",
        "ALBUMSORT": "WM/AlbumSortOrder",
        "ALBUMARTIST": "WM/AlbumArtist",
        "ALBUMARTISTSORT": "WM/AlbumArtistSortOrder",
        "DISCSUBTITLE": "WM/SetSubTitle",
        "DATE": "WM/Year",
        "ORIGINALDATE": "WM/OriginalReleaseTime",
        "ORIGINALYEAR": "WM/OriginalReleaseYear",
        "GROUPING": "WM/ContentGroupDescription",
        "LYRICIST": "WM/Writer",
        "REMIXER": "WM/ModifiedBy",
        "LABEL": "WM/Publisher",
        "CATALOGNUMBER": "WM/CatalogNo",
        "COMPILATION": "WM/IsCompilation",
        "BPM": "WM/BeatsPerMinute",
        "KEY": "WM/InitialKey",
        "COMMENT": "Description",
        "COPYRIGHT": "Copyright",
        "SUBTITLE": "WM/SubTitle",
        "COMPOSERSORT": "WM/ComposerSortOrder",
        "RELEASETYPE": "MusicBrainz/Album Type",
        "RELEASESTATUS": "MusicBrainz/Album Status",
        "RELEASECOUNTRY": "MusicBrainz/Album Release Country",
        "MUSICBRAINZ_TRACKID": "MusicBrainz/Track Id",
        "MUSICBRAINZ_RELEASETRACKID": "MusicBrainz/Release Track Id",
        "MUSICBRAINZ_ALBUMID": "MusicBrainz/Album Id",
        "MUSICBRAINZ_RELEASEGROUPID": "MusicBrainz/Release Group Id",
        "MUSICBRAINZ_ARTISTID": "MusicBrainz/Artist Id",
        "MUSICBRAINZ_ALBUMARTISTID": "MusicBrainz/Album Artist Id",
        "MUSICBRAINZ_WORKID": "MusicBrainz/Work Id",
        "MUSICBRAINZ_DISCID": "MusicBrainz/Disc Id",
        "ACOUSTID_ID": "Acoustid/Id",
        "ACOUSTID_FINGERPRINT": "Acoustid/Fingerprint",
    }
    with_prefix = (
        "ARTISTS",
        "GENRE",
        "MOOD",
        "WORK",
        "COMPOSER",
        "CONDUCTOR",
        "ENGINEER",
        "PRODUCER",
        "MIXER",
        "DJMIXER",
    )
    renamed |= {name: f"WM/{name.title()}" for name in (*with_prefix, "BARCODE", "ISRC", "LANGUAGE", "MEDIA", "LYRICS")}
    attributes = {renamed.get(name, name): value for name, value in AS_VORBIS.items()}
    attributes |= {"WM/TrackNumber": "3", "WM/PartOfSet": "1/2", "WM/IsCompilation": True}
    return {
        name: value for name, value in attributes.items() if name not in ("TRACKNUMBER", "DISCNUMBER", "TOTALDISCS")
    }


FILES = {
    "flac": lambda: made.with_items(FLAC, made.flac(), AS_VORBIS),
    "ogg": lambda: made.with_items(OggVorbis, made.vorbis(), AS_VORBIS),
    "mp3": lambda: made.with_id3(made.mp3(), *as_id3()),
    "ape": lambda: made.with_ape(made.ape(), as_ape()),
    "m4a": lambda: made.with_items(MP4, made.mp4(), as_mp4()),
    "wma": lambda: made.with_items(ASF, made.asf(), as_asf()),
}


@pytest.mark.parametrize("suffix", FILES)
def test_one_track_reads_the_same_from_every_family(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(FILES[suffix]())
    found = parse(bytes(path))

    assert isinstance(found, Parsed)
    assert found.details == EXPECTED.details
    assert replace(found, format="flac", properties=Properties()) == EXPECTED


def test_no_field_of_the_table_is_forgotten_here() -> None:
    tags = (MUSIC.vorbis, MUSIC.ape, MUSIC.asf, MUSIC.riff)
    every_name = (*tags, MUSIC.id3_frames, MUSIC.id3_free, MUSIC.mp4_atoms, MUSIC.mp4_free)
    fields = {field for family in every_name for field, _ in family.values()}
    named_here = {MUSIC.vorbis[name.lower()][0] for name in AS_VORBIS}

    assert (
        fields - named_here
        == {
            *(
                "album_artists",
                "itunes_grouping",
                "keywords",
                "rating",
                "composer_mbid",
                "position_total",
                "disc_total",
            ),
            *("replaygain_track_peak", "replaygain_track_range", "replaygain_album_gain", "replaygain_album_range"),
            *("replaygain_reference_loudness", "r128_track_gain", "r128_album_gain"),
        }
        - named_here
    )


def test_the_best_name_of_a_field_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    items: dict[str, object] = {"ORGANIZATION": "Organization", "LABEL": "Label", "YEAR": "1999", "DATE": "2001-02"}
    path.write_bytes(made.with_items(FLAC, made.flac(), items))
    found = parse(bytes(path))

    assert isinstance(found, Parsed)
    assert (found.date, found.details["label"]) == ("2001-02", ["Label"])


def test_a_name_without_a_value_leaves_the_field_to_the_next_name() -> None:
    found = Found()
    found.add(("label", 0), [])
    found.add(("label", 2), ["Publisher"])
    found.add(("label", 1), ["Organization"])
    found.add(("label", 1), ["and another"])
    found.add(("label", 2), ["too late"])

    assert found.values == {"label": ["Organization", "and another"]}
