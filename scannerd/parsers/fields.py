"""The field table: what each field is called in every family of tags, side by side. Pure.

A cell lists the names by falling rank, parted by commas: the first one that a file has is the one that counts. `-` is
none. `:Name` is a freeform text of that name: TXXX in ID3, `----` in MP4. Whatever Vorbis calls a field is understood
in APEv2 and ASF too, and as a freeform text of ID3 and MP4, because taggers put there what has no place of its own.
Case tells only frames and atoms apart. Music's table is here; of audiobooks other fields are asked for, in
`scannerd.parsers.books.audio_fields`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Place = tuple[str, int]
"""A field, and the rank of a name for it: 0 is best."""

_TABLE = """
field              ID3         Vorbis                     APEv2      MP4        ASF                         RIFF
title              TIT2        TITLE                      -          ©nam       Title                       INAM
title_sort         TSOT, XSOT  TITLESORT                  -          sonm       WM/TitleSortOrder           -
artist             TPE1        ARTIST                     -          ©ART       Author, WM/Author           IART
artists            :Artists    ARTISTS                    -          -          WM/ARTISTS                  -
artist_sort        TSOP, XSOP  ARTISTSORT                 -          soar       WM/ArtistSortOrder          -
album              TALB        ALBUM                      -          ©alb       WM/AlbumTitle               IPRD
album_sort         TSOA, XSOA  ALBUMSORT                  -          soal       WM/AlbumSortOrder           -
album_artist       TPE2        ALBUMARTIST, ALBUM ARTIST, ALBUM_ARTIST  -  aART  WM/AlbumArtist             -
album_artists      -           ALBUMARTISTS, ALBUM_ARTISTS  -        -          WM/ALBUMARTISTS             -
album_artist_sort  TSO2        ALBUMARTISTSORT            -          soaa       WM/AlbumArtistSortOrder     -
position           TRCK        TRACKNUMBER, TRACK         Track      trkn       WM/TrackNumber, WM/Track    ITRK, IPRT
position_total     -           TRACKTOTAL, TOTALTRACKS    -          -          -                           -
disc               TPOS        DISCNUMBER, DISC           Disc       disk       WM/PartOfSet                -
disc_total         -           DISCTOTAL, TOTALDISCS      -          -          -                           -
disc_subtitle      TSST        DISCSUBTITLE, SETSUBTITLE  -          -          WM/SetSubTitle              -
date               TDRC, TYER  DATE, YEAR                 Year, Date  ©day      WM/Year                     ICRD
release_date       TDRL        RELEASEDATE                -          -          -                           -
original_date      TDOR, TORY  ORIGINALDATE               -          -          WM/OriginalReleaseTime      -
original_year      -           ORIGINALYEAR               -          -          WM/OriginalReleaseYear      -
genre              TCON        GENRE                      -          ©gen       WM/Genre                    IGNR
mood               TMOO        MOOD                       -          -          WM/Mood                     -
grouping           TIT1        GROUPING, CONTENTGROUP     -          ©grp       WM/ContentGroupDescription  -
itunes_grouping    GRP1        -                          -          -          -                           -
tags               -           TAGS                       -          -          -                           -
keywords           -           KEYWORDS                   -          keyw       WM/Keywords                 IKEY
work               -           WORK                       -          ©wrk       WM/Work                     -
movement           MVNM        MOVEMENTNAME               -          ©mvn       -                           -
movement_number    MVIN        MOVEMENT                   -          ©mvi       -                           -
movement_total     -           MOVEMENTTOTAL              -          ©mvc       -                           -
composer           TCOM        COMPOSER                   -          ©wrt       WM/Composer                 IMUS
composer_sort      TSOC        COMPOSERSORT               -          soco       WM/ComposerSortOrder        -
lyricist           TEXT        LYRICIST                   -          -          WM/Writer                   -
writer             -           WRITER                     -          -          -                           IWRI
conductor          TPE3        CONDUCTOR                  -          ©con       WM/Conductor                -
performer          -           PERFORMER                  -          -          -                           -
arranger           -           ARRANGER                   -          -          -                           -
engineer           -           ENGINEER                   -          -          WM/Engineer                 IENG
producer           -           PRODUCER                   -          -          WM/Producer                 IPRO
mixer              -           MIXER                      -          -          WM/Mixer                    -
dj_mixer           -           DJMIXER                    -          -          WM/DJMixer                  -
remixer            TPE4        REMIXER                    MixArtist  -          WM/ModifiedBy               -
director           -           DIRECTOR                   -          ©dir       WM/Director                 -
label              TPUB        LABEL, ORGANIZATION, PUBLISHER  -     ©pub       WM/Publisher                -
catalog_number     -           CATALOGNUMBER              -          -          WM/CatalogNo                -
barcode            -           BARCODE                    -          -          WM/Barcode                  -
isrc               TSRC        ISRC                       -          -          WM/ISRC                     -
asin               -           ASIN                       -          -          ASIN                        -
compilation        TCMP        COMPILATION                -          cpil       WM/IsCompilation            -
bpm                TBPM        BPM, TEMPO                 -          tmpo       WM/BeatsPerMinute           -
key                TKEY        KEY, INITIALKEY            -          -          WM/InitialKey               -
language           TLAN        LANGUAGE                   -          -          WM/Language                 ILNG
media              TMED        MEDIA                      -          -          WM/Media                    IMED
comment            COMM        COMMENT, DESCRIPTION       -          ©cmt, desc  Description                ICMT
lyrics             USLT, SYLT  LYRICS, UNSYNCEDLYRICS     -          ©lyr       WM/Lyrics                   -
copyright          TCOP        COPYRIGHT                  -          cprt       Copyright                   ICOP
subtitle           TIT3        SUBTITLE                   -          -          WM/SubTitle                 -
rating             POPM        RATING                     -          -          WM/SharedUserRating         -
release_country    -           RELEASECOUNTRY             -          -          -                           ICNT
recording_mbid     UFID        -                          -          -          -                           -
"""

# Trap: MUSICBRAINZ_TRACKID is the recording; the track on its release is MUSICBRAINZ_RELEASETRACKID.
_MUSICBRAINZ = """
field                 ID3 and MP4                        Vorbis and APEv2             ASF
recording_mbid        MusicBrainz Track Id               MUSICBRAINZ_TRACKID          MusicBrainz/Track Id
track_mbid            MusicBrainz Release Track Id       MUSICBRAINZ_RELEASETRACKID   MusicBrainz/Release Track Id
release_mbid          MusicBrainz Album Id               MUSICBRAINZ_ALBUMID          MusicBrainz/Album Id
release_group_mbid    MusicBrainz Release Group Id       MUSICBRAINZ_RELEASEGROUPID   MusicBrainz/Release Group Id
artist_mbid           MusicBrainz Artist Id              MUSICBRAINZ_ARTISTID         MusicBrainz/Artist Id
album_artist_mbid     MusicBrainz Album Artist Id        MUSICBRAINZ_ALBUMARTISTID    MusicBrainz/Album Artist Id
composer_mbid         MusicBrainz Composer Id            MUSICBRAINZ_COMPOSERID       MusicBrainz/Composer Id
work_mbid             MusicBrainz Work Id                MUSICBRAINZ_WORKID           MusicBrainz/Work Id
musicbrainz_disc_id   MusicBrainz Disc Id                MUSICBRAINZ_DISCID           MusicBrainz/Disc Id
release_type          MusicBrainz Album Type             RELEASETYPE, MUSICBRAINZ_ALBUMTYPE  MusicBrainz/Album Type
release_status        MusicBrainz Album Status  RELEASESTATUS, MUSICBRAINZ_ALBUMSTATUS  MusicBrainz/Album Status
release_country       MusicBrainz Album Release Country  RELEASECOUNTRY               MusicBrainz/Album Release Country
acoustid_id           Acoustid Id                        ACOUSTID_ID                  Acoustid/Id
acoustid_fingerprint  Acoustid Fingerprint               ACOUSTID_FINGERPRINT         Acoustid/Fingerprint
"""

GAINS = (
    *(f"replaygain_{of}_{what}" for of in ("track", "album") for what in ("gain", "peak", "range")),
    *("replaygain_reference_loudness", "r128_track_gain", "r128_album_gain"),
)
"""Loudness: fields that are called the same everywhere."""


def _rows(table: str) -> Iterator[list[str]]:
    """The rows below the head; cells are parted by two spaces or more."""
    return (re.split(r"  +", line) for line in table.strip().splitlines()[1:])


def _names(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(", ")


class _Family:
    """The names of one family, filled row by row; a name keeps the field that claims it first."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.free: dict[str, Place] = {}  # by the name in lower case

    def add(self, field: str, names: Iterable[str]) -> None:
        for rank, name in enumerate(names):
            if name.startswith(":"):
                self.free.setdefault(name[1:].lower(), (field, rank))
            else:
                self.places.setdefault(name, (field, rank))


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What the fields that somebody asks for are called: by family, the field and the rank of each name."""

    id3_frames: dict[str, Place]
    id3_free: dict[str, Place]  # free texts by their name in lower case, as all below but atoms and RIFF
    vorbis: dict[str, Place]
    ape: dict[str, Place]
    mp4_atoms: dict[str, Place]
    mp4_free: dict[str, Place]
    asf: dict[str, Place]
    riff: dict[str, Place]
    kept: re.Pattern[str] | None = None  # Vorbis comments that are fields under their own name, in lower case


def names_of(table: str, musicbrainz: str = "", same: Iterable[str] = (), kept: re.Pattern[str] | None = None) -> Names:
    """The names in a table, in one of ids, and of fields that are called the same everywhere."""
    families = id3, vorbis, ape, mp4, asf, riff = tuple(_Family() for _ in range(6))
    for field, *cells in _rows(table):
        as_vorbis = _names(cells[1])
        free = [f":{name}" for name in as_vorbis]
        id3.add(field, _names(cells[0]) + free)
        vorbis.add(field, as_vorbis)
        ape.add(field, _names(cells[2]) + as_vorbis)
        mp4.add(field, _names(cells[3]) + free)
        asf.add(field, _names(cells[4]) + as_vorbis)
        riff.add(field, _names(cells[5]))
    _add_musicbrainz(families, musicbrainz)
    for field in same:
        for family in (id3, mp4):
            family.add(field, [f":{field}"])
        for family in (vorbis, ape, asf):
            family.add(field, [field])
    return Names(
        id3.places,
        id3.free,
        _lower(vorbis.places),
        _lower(ape.places),
        mp4.places,
        mp4.free,
        _lower(asf.places),
        riff.places,
        kept,
    )


def _add_musicbrainz(families: tuple[_Family, ...], table: str) -> None:
    id3, vorbis, ape, mp4, asf, _ = families
    for field, words, joined, slashed in _rows(table):
        free = [f":{words}", *(f":{name}" for name in _names(joined))]
        for family, names in ((id3, free), (mp4, free), (vorbis, _names(joined)), (ape, _names(joined))):
            family.add(field, names)
        asf.add(field, [slashed, *_names(joined)])


def _lower(places: dict[str, Place]) -> dict[str, Place]:
    return {name.lower(): place for name, place in places.items()}


MUSIC = names_of(_TABLE, _MUSICBRAINZ, GAINS)


class Found:
    """The values that one kind of tags has for each field: those of the best name, in the file's order."""

    __slots__ = ("_ranks", "values")

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self._ranks: dict[str, int] = {}

    def add(self, place: Place, values: Iterable[str]) -> None:
        """Keep the values, unless a better name of the field had some."""
        field, rank = place
        known = self._ranks.get(field)
        if known is None or rank < known:
            if kept := list(values):
                self._ranks[field] = rank
                self.values[field] = kept
        elif rank == known:
            self.values[field].extend(values)

    def fill(self, other: Found) -> None:
        """Take the fields that are not here from tags of another kind."""
        for field, values in other.values.items():
            self.values.setdefault(field, values)
