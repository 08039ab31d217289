"""What the tags of an audiobook say: people, series and the rest, a row for each rule; and the same in every family."""

from __future__ import annotations

from decimal import Decimal

import audio_book_files as made_books
import music_files as made
import pytest
from audio_book_files import read, tagged
from mutagen import id3
from mutagen.asf import ASF
from mutagen.flac import FLAC
from mutagen.oggopus import OggOpus

from scannerd.model.book import (
    BookContributor,
    BookFileSaid,
    BookKind,
    BookRole,
    Identifier,
    IdentifierType,
    InSeries,
    SeriesNumber,
    Told,
)
from scannerd.model.media import Properties
from scannerd.parsers.books.audio_fields import AUDIOBOOK
from scannerd.parsers.books.audio_people import contributors_of
from scannerd.parsers.books.audio_said import said_of
from scannerd.parsers.books.audio_series import series_of
from scannerd.parsers.parser import Heard

Found = dict[str, list[str]]


def said(found: Found) -> BookFileSaid:
    return said_of("m4b", Heard("mp4", found, Properties()), ())


# ---- people

LE_GUIN, DOE, ROE = "Ursula K. Le Guin", "Jane Doe", "Richard Roe"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, ""),
        ({"artist": [LE_GUIN]}, "author Ursula K. Le Guin"),
        ({"album_artist": [LE_GUIN]}, "author Ursula K. Le Guin"),
        ({"author": [LE_GUIN], "artist": [DOE]}, "author Ursula K. Le Guin"),
        ({"artist": [LE_GUIN, DOE]}, "author Ursula K. Le Guin; author Jane Doe"),
        ({"artist": [f"{LE_GUIN}; {DOE}"]}, "author Ursula K. Le Guin; author Jane Doe"),
        ({"artist": [f"{LE_GUIN}/{DOE}"]}, "author Ursula K. Le Guin; author Jane Doe"),
        ({"artist": ["Le Guin, Ursula K."]}, "author Le Guin, Ursula K."),
        ({"artist": ["Various Artists"]}, ""),
        ({"artist": ["Various"], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin"),
        ({"artist": [LE_GUIN], "album_artist": ["Various Artists"]}, "author Ursula K. Le Guin"),
        # the album artist begins the artist
        ({"artist": [f"{LE_GUIN}, {DOE}"], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [f"{LE_GUIN}; {DOE}"], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [LE_GUIN, DOE], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [f"{LE_GUIN} & {DOE}"], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        (
            {"artist": [f"{LE_GUIN}, {DOE}, {ROE}"], "album_artist": [LE_GUIN]},
            "author Ursula K. Le Guin; narrator Jane Doe; narrator Richard Roe",
        ),
        (
            {"artist": [f"{LE_GUIN}, {DOE}"], "album_artist": [LE_GUIN], "narrator": [ROE]},
            "author Ursula K. Le Guin; author Jane Doe; narrator Richard Roe",
        ),
        (
            {"artist": [LE_GUIN, DOE], "album_artist": [LE_GUIN], "composer": [ROE]},
            "author Ursula K. Le Guin; author Jane Doe; narrator Richard Roe",
        ),
        (
            {"artist": [f"{LE_GUIN}, {DOE}, {ROE}"], "album_artist": [LE_GUIN], "composer": [ROE]},
            "author Ursula K. Le Guin; author Jane Doe; narrator Richard Roe",
        ),
        (
            {"artist": [LE_GUIN, DOE], "album_artist": [LE_GUIN], "composer": [LE_GUIN]},
            "author Ursula K. Le Guin; narrator Jane Doe",
        ),
        ({"artist": ["King, Martin Luther"], "album_artist": ["King"]}, "author King, Martin Luther"),
        ({"artist": [LE_GUIN], "album_artist": [LE_GUIN]}, "author Ursula K. Le Guin"),
        ({"artist": [LE_GUIN], "album_artist": ["The Label"]}, "author Ursula K. Le Guin"),
        # the artist reads
        (
            {"artist": [DOE], "album_artist": [LE_GUIN], "narrator": [DOE]},
            "author Ursula K. Le Guin; narrator Jane Doe",
        ),
        ({"artist": [DOE], "album_artist": [DOE], "narrator": [DOE]}, "author Jane Doe; narrator Jane Doe"),
        ({"artist": [DOE], "narrator": [DOE]}, "author Jane Doe; narrator Jane Doe"),
        # narrators
        ({"artist": [LE_GUIN], "narrator": [f"{DOE}; {ROE}"]}, f"author {LE_GUIN}; narrator {DOE}; narrator {ROE}"),
        ({"artist": [LE_GUIN], "composer": [DOE]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [LE_GUIN], "composer": ["URSULA K. LE GUIN"]}, "author Ursula K. Le Guin"),
        (
            {"artist": [LE_GUIN], "composer": [LE_GUIN, DOE]},
            "author Ursula K. Le Guin; narrator Ursula K. Le Guin; narrator Jane Doe",
        ),
        ({"artist": [LE_GUIN], "performer": [DOE]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [LE_GUIN], "performer": [LE_GUIN]}, "author Ursula K. Le Guin"),
        ({"artist": [LE_GUIN], "performer": [f"{DOE} (narrator)"]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [LE_GUIN], "performer": [f"{DOE} (Sprecherin)"]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        ({"artist": [LE_GUIN], "performer": [f"{DOE} (piano)"]}, "author Ursula K. Le Guin"),
        (
            {"artist": [LE_GUIN], "performer": [f"{DOE} (narrator)"], "composer": [ROE]},
            "author Ursula K. Le Guin; narrator Jane Doe; composer Richard Roe",
        ),
        (
            {"artist": [LE_GUIN], "narrator": [DOE], "composer": [DOE]},
            "author Ursula K. Le Guin; narrator Jane Doe",
        ),
        # others
        (
            {"artist": [LE_GUIN], "translator": [DOE], "editor": [ROE], "illustrator": [DOE]},
            "author Ursula K. Le Guin; translator Jane Doe; editor Richard Roe; illustrator Jane Doe",
        ),
        ({"artist": [LE_GUIN, LE_GUIN.upper()]}, "author Ursula K. Le Guin"),
        (
            {"artist": [f"Leo Tolstoy, {DOE} - translator, {ROE} - editor"]},
            "author Leo Tolstoy; translator Jane Doe; editor Richard Roe",
        ),
        ({"artist": [f"{DOE} - editor"]}, "editor Jane Doe"),
        (
            {"artist": [f"{LE_GUIN}, {DOE} - translator"], "album_artist": [LE_GUIN]},
            "author Ursula K. Le Guin; translator Jane Doe",
        ),
        ({"artist": [f"{LE_GUIN}; {DOE} (Narrator)"]}, "author Ursula K. Le Guin; narrator Jane Doe"),
        (
            {"artist": [LE_GUIN], "composer": [f"{DOE} (Composer)"], "narrator": [ROE]},
            "author Ursula K. Le Guin; narrator Richard Roe; composer Jane Doe",
        ),
    ],
)
def test_who_wrote_it_and_who_reads(found: Found, expected: str) -> None:
    assert "; ".join(f"{one.role} {one.name}" for one in contributors_of(found)) == expected


def test_names_to_sort_by_are_paired_where_there_are_as_many() -> None:
    one = {"artist": [LE_GUIN], "artist_sort": ["Le Guin, Ursula K."]}
    two = {"artist": [LE_GUIN, DOE], "artist_sort": ["Le Guin, Ursula K.; Doe, Jane"]}
    odd = {"artist": [LE_GUIN, DOE], "artist_sort": ["Le Guin, Ursula K."]}
    album = {"album_artist": [LE_GUIN], "album_artist_sort": ["Guin"], "artist_sort": ["no"]}

    assert [[named.sort_name for named in contributors_of(found)] for found in (one, two, odd, album)] == [
        ["Le Guin, Ursula K."],
        ["Le Guin, Ursula K.", "Doe, Jane"],
        [None, None],
        ["Guin"],
    ]


# ---- series


def place(name: str, number: str | None = None, end: str | None = None, text: str | None = None) -> InSeries:
    counted = SeriesNumber(Decimal(number), Decimal(end) if end else None) if number else None
    return InSeries(name, counted, text)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, []),
        ({"album": ["Earthsea"]}, []),
        ({"series": ["Earthsea"]}, [place("Earthsea")]),
        ({"series": ["Earthsea"], "series_part": ["2"]}, [place("Earthsea", "2")]),
        ({"series": ["Earthsea"], "series_part": ["1.5"]}, [place("Earthsea", "1.5")]),
        ({"series": ["Earthsea"], "series_part": ["1-3"]}, [place("Earthsea", "1", "3")]),
        ({"series": ["Earthsea"], "series_part": ["Prequel"]}, [place("Earthsea", text="Prequel")]),
        ({"series": ["Earthsea"], "part": ["2"]}, [place("Earthsea", "2")]),
        ({"series": ["Earthsea; Hainish"], "series_part": ["1; 4"]}, [place("Earthsea", "1"), place("Hainish", "4")]),
        (
            {"series": ["Earthsea", "Hainish"], "series_part": ["1", "4"]},
            [place("Earthsea", "1"), place("Hainish", "4")],
        ),
        ({"series": ["Earthsea", "Hainish"], "series_part": ["1"]}, [place("Earthsea"), place("Hainish")]),
        ({"series": ["Earthsea", "Earthsea"], "series_part": ["1", "1"]}, [place("Earthsea", "1")]),
        ({"series": ["Earthsea", "EARTHSEA"], "series_part": ["2"]}, [place("Earthsea", "2")]),
        ({"movement": ["Earthsea"], "movement_number": ["2"]}, [place("Earthsea", "2")]),
        ({"movement": ["Earthsea"], "movement_number": ["2/6"]}, [place("Earthsea", "2")]),
        ({"movement": ["Earthsea"], "movement_number": ["0"]}, [place("Earthsea")]),
        ({"movement": ["Earthsea"], "movement_number": ["1"], "part": ["0.5"]}, [place("Earthsea", "0.5")]),
        ({"movement": ["Earthsea"], "movement_number": ["1"], "part": ["7"]}, [place("Earthsea", "1")]),
        ({"movement": ["Earthsea"], "part": ["7"]}, [place("Earthsea", "7")]),
        ({"show": ["Earthsea"], "episode": ["3"]}, [place("Earthsea", "3")]),
        ({"show": ["Earthsea"], "episode": ["0"]}, [place("Earthsea")]),
        ({"show": ["A Podcast"], "episode": ["3"], "podcast": ["1"]}, []),
        ({"group": ["Earthsea #2"]}, [place("Earthsea", "2")]),
        ({"group": ["Earthsea, Book 2"]}, [place("Earthsea", "2")]),
        ({"group": ["Earthsea #2; Hainish, Book 4"]}, [place("Earthsea", "2"), place("Hainish", "4")]),
        ({"group": ["Fantasy"]}, []),
        ({"group_of_itunes": ["Earthsea #2"]}, [place("Earthsea", "2")]),
        # which field names it
        (
            {"series": ["Earthsea"], "series_part": ["1"], "movement": ["Hainish"], "movement_number": ["4"]},
            [place("Earthsea", "1")],
        ),
        ({"series": ["Earthsea"], "movement": ["earthsea"], "movement_number": ["4"]}, [place("Earthsea", "4")]),
        ({"series": ["Earthsea"], "group": ["Earthsea #1-3"]}, [place("Earthsea", "1", "3")]),
        ({"series": ["Earthsea"], "series_part": ["1"], "group": ["Earthsea #1-3"]}, [place("Earthsea", "1")]),
        ({"series": ["Earthsea"], "group": ["Hainish #3"]}, [place("Earthsea")]),
        ({"series": [" ; \0"], "group": ["Hainish #3"]}, [place("Hainish", "3")]),
    ],
)
def test_the_series_and_the_place_in_it(found: Found, expected: list[InSeries]) -> None:
    assert list(series_of(found)) == expected


# ---- the rest


@pytest.mark.parametrize(
    ("found", "title", "own_title", "is_abridged"),
    [
        ({"album": ["Tehanu"], "title": ["Chapter 1"]}, "Tehanu", "Chapter 1", None),
        ({"title": ["Tehanu"]}, None, "Tehanu", None),
        ({"album": ["Tehanu (Unabridged)"], "title": ["Tehanu (Unabridged)"]}, "Tehanu", "Tehanu", False),
        ({"album": ["Tehanu [Abridged]"]}, "Tehanu", None, True),
        ({"album": ["Tehanu (Ungekürzte Lesung)"]}, "Tehanu", None, False),
        ({"album": ["Tehanu (A Novel)"]}, "Tehanu (A Novel)", None, None),
        ({"album": ["(Unabridged)"]}, "(Unabridged)", None, None),
        ({"abridged": ["1"]}, None, None, True),
        ({"abridged": ["true"]}, None, None, True),
        ({"abridged": ["0"]}, None, None, False),
        ({"abridged": ["Unabridged"]}, None, None, False),
        ({"abridged": ["maybe"]}, None, None, None),
        ({"edition": ["abridged"]}, None, None, True),
        ({"edition": ["mp3"]}, None, None, None),
        ({"abridged": ["yes"], "edition": ["unabridged"], "album": ["Tehanu (Unabridged)"]}, "Tehanu", None, True),
    ],
)
def test_titles_and_what_they_say_of_the_reading(
    found: Found, title: str | None, own_title: str | None, is_abridged: bool | None
) -> None:
    outcome = said(found)

    assert (outcome.told.title, outcome.own_title, outcome.told.is_abridged) == (title, own_title, is_abridged)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"date": ["2005-03-04T12:00:00Z"]}, "2005-03-04"),
        ({"date": ["2005"], "release_date": ["2004-05"]}, "2004-05"),
        ({"date": ["2005"], "original_date": ["1968"]}, "1968"),
        ({"date": ["2005"], "original_year": ["1968"]}, "1968"),
        ({"date": ["2005-03-04"], "release_date": ["2005"]}, "2005-03-04"),
        ({"date": ["1968-07-01"], "original_date": ["1968"], "release_date": ["1968-07"]}, "1968-07-01"),
        ({"date": ["soon"]}, None),
        ({"original_date": ["0000"], "date": ["2005"]}, "2005"),
    ],
)
def test_the_first_edition_goes_before_this_one(found: Found, expected: str | None) -> None:
    assert said(found).told.published == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"genre": ["Audiobook"]}, ()),
        ({"genre": ["Audiobook", "Fantasy"]}, ("Fantasy",)),
        ({"genre": ["Hörbuch; Fantasy"]}, ("Fantasy",)),
        ({"genre": ["Fantasy/Young Adult, AUDIO BOOK"]}, ("Fantasy", "Young Adult")),
        ({"genre": ["(101)"]}, ()),
        ({"genre": ["Hörspiel"]}, ("Hörspiel",)),
    ],
)
def test_that_it_is_an_audiobook_is_no_genre(found: Found, expected: tuple[str, ...]) -> None:
    assert said(found).told.genres == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"description": ["<p>One.</p><p>Two &amp; three.</p>"]}, "One.\n\nTwo & three."),
        ({"description": ["About it"], "comment": ["Ripped by"]}, "About it"),
        ({"description": [" "], "comment": ["About it"]}, "About it"),
        ({"comment": ["About it"]}, "About it"),
        ({}, None),
    ],
)
def test_the_description_is_plain_text(found: Found, expected: str | None) -> None:
    assert said(found).told.description == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"album": ["The A"], "album_sort": ["A, The"], "title": ["The B"], "title_sort": ["B, The"]}, "A, The"),
        ({"album": ["The A"], "title": ["The A"], "title_sort": ["A, The"]}, "A, The"),
        ({"title": ["The A"], "title_sort": ["A, The"]}, "A, The"),
        ({"album": ["The A"], "title": ["Chapter 1"], "title_sort": ["001"]}, None),
    ],
)
def test_the_title_to_sort_by_is_that_of_the_book(found: Found, expected: str | None) -> None:
    assert said(found).told.sort_title == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"asin": ["B002V5A12Y"]}, (Identifier(IdentifierType.ASIN, "B002V5A12Y"),)),
        ({"isbn": ["978-0-547-72202-3"]}, (Identifier(IdentifierType.ISBN_13, "9780547722023"),)),
        ({"isbn": ["9780547722023", "978-0547722023"]}, (Identifier(IdentifierType.ISBN_13, "9780547722023"),)),
        ({"isbn": ["978-0-547-72202-2"]}, ()),
    ],
)
def test_identifiers_are_checked(found: Found, expected: tuple[Identifier, ...]) -> None:
    assert said(found).told.identifiers == expected


def test_values_without_end_are_cut() -> None:
    found = {
        field: ["x" * 500_000] for field in ("title", "album", "subtitle", "publisher", "comment", "series", "url")
    }
    found |= {"artist": [f"Person Number{number}" for number in range(5000)], "narrator": ["A B; " * 50_000]}
    outcome = said(found)

    assert (len(outcome.told.title or ""), len(outcome.own_title or "")) == (1024, 1024)
    assert len(outcome.told.contributors) <= 128
    assert len(outcome.told.series[0].name) <= 1024
    assert len(outcome.told.description or "") <= 65_536


# ---- one book in every family

EXPECTED = Told(
    title="Tales from Earthsea",
    subtitle="Five Stories",
    sort_title="Earthsea Tales",
    description="Five magical tales.",
    language="en",
    published="2001-05-01",
    publisher="Recorded Books",
    is_abridged=False,
    contributors=(
        BookContributor(BookRole.AUTHOR, "Ursula K. Le Guin", "Le Guin, Ursula K."),
        BookContributor(BookRole.NARRATOR, "Jenny Sterlin"),
        BookContributor(BookRole.TRANSLATOR, "Jane Doe"),
        BookContributor(BookRole.COMPOSER, "Clara Müller"),
    ),
    series=(InSeries("Earthsea", SeriesNumber(Decimal("5.5"))),),
    genres=("Fantasy", "Short Stories"),
    tags=("to read", "calm"),
    identifiers=(Identifier(IdentifierType.ISBN_13, "9780547722023"), Identifier(IdentifierType.ASIN, "B002V5A12Y")),
)
DETAILS = {"url": "https://example.org/tales", "copyright": "© Us"}

FREE = {
    "NARRATOR": "Jenny Sterlin",
    "TRANSLATOR": "Jane Doe",
    "SERIES": "Earthsea",
    "SERIES-PART": "5.5",
    "TAGS": "to read",
    "MOOD": "calm",
    "ABRIDGED": "0",
    "ISBN": "978-0-547-72202-3",
    "ASIN": "B002V5A12Y",
}
AS_VORBIS: dict[str, object] = {
    **FREE,
    "TITLE": "The Finder",
    "ALBUM": "Tales from Earthsea (Unabridged)",
    "ALBUMSORT": "Earthsea Tales",
    "SUBTITLE": "Five Stories",
    "ARTIST": "Ursula K. Le Guin",
    "ARTISTSORT": "Le Guin, Ursula K.",
    "ALBUMARTIST": "Ursula K. Le Guin",
    "COMPOSER": "Clara Müller",
    "DESCRIPTION": "Five magical tales.",
    "LANGUAGE": "eng",
    "RELEASEDATE": "2001-05-01",
    "DATE": "2011",
    "PUBLISHER": "Recorded Books",
    "GENRE": ["Audiobook", "Fantasy", "Short Stories"],
    "URL": "https://example.org/tales",
    "COPYRIGHT": "© Us",
    "TRACKNUMBER": "2/12",
    "DISCNUMBER": "1/3",
}


def as_id3() -> list[id3.Frame]:
    return [
        id3.TIT2(3, "The Finder"),
        id3.TALB(3, "Tales from Earthsea (Unabridged)"),
        id3.TSOA(3, "Earthsea Tales"),
        id3.TIT3(3, "Five Stories"),
        id3.TPE1(3, "Ursula K. Le Guin"),
        id3.TSOP(3, "Le Guin, Ursula K."),
        id3.TPE2(3, "Ursula K. Le Guin"),
        id3.TCOM(3, "Clara Müller"),
        id3.COMM(3, "eng", "", "Five magical tales."),
        id3.TLAN(3, "eng"),
        id3.TDRL(3, "2001-05-01"),
        id3.TDRC(3, "2011"),
        id3.TPUB(3, "Recorded Books"),
        id3.TCON(3, ["Audiobook", "Fantasy", "Short Stories"]),
        id3.WOAF("https://example.org/tales"),
        id3.TCOP(3, "© Us"),
        id3.TRCK(3, "2/12"),
        id3.TPOS(3, "1/3"),
        *(id3.TXXX(3, name, text) for name, text in FREE.items()),
    ]


AS_MP4: dict[str, object] = {
    "\xa9nam": ["The Finder"],
    "\xa9alb": ["Tales from Earthsea (Unabridged)"],
    "soal": ["Earthsea Tales"],
    "\xa9ART": ["Ursula K. Le Guin"],
    "soar": ["Le Guin, Ursula K."],
    "aART": ["Ursula K. Le Guin"],
    "\xa9nrt": ["Jenny Sterlin"],
    "\xa9wrt": ["Clara Müller"],
    "desc": ["Five mag..."],
    "ldes": ["Five magical tales."],
    "\xa9cmt": ["Ripped by somebody"],
    "rldt": ["2001-05-01"],
    "\xa9day": ["2011"],
    "\xa9pub": ["Recorded Books"],
    "\xa9gen": ["Audiobook", "Fantasy", "Short Stories"],
    "\xa9mvn": ["Another Series"],
    "\xa9mvi": [3],
    "cprt": ["© Us"],
    "trkn": [(2, 12)],
    "disk": [(1, 3)],
    "stik": [2],
    "covr": [bytes(2000)],
}
FREE_IN_MP4 = {
    **FREE,
    "NARRATOR": "not this one",
    "SUBTITLE": "Five Stories",
    "LANGUAGE": "eng",
    "url": "https://example.org/tales",
}


def as_asf() -> dict[str, object]:
    renamed = {
        "TITLE": "Title",
        "ARTIST": "WM/Author",
        "ARTISTSORT": "WM/ArtistSortOrder",
        "ALBUM": "WM/AlbumTitle",
        "ALBUMSORT": "WM/AlbumSortOrder",
        "ALBUMARTIST": "WM/AlbumArtist",
        "SUBTITLE": "WM/SubTitle",
        "COMPOSER": "WM/Composer",
        "DESCRIPTION": "Description",
        "LANGUAGE": "WM/Language",
        "DATE": "WM/Year",
        "PUBLISHER": "WM/Publisher",
        "GENRE": "WM/Genre",
        "MOOD": "WM/Mood",
        "COPYRIGHT": "Copyright",
        "TRACKNUMBER": "WM/TrackNumber",
        "DISCNUMBER": "WM/PartOfSet",
    }
    return {renamed.get(name, name): value for name, value in AS_VORBIS.items()}


def as_ape() -> dict[str, str | list[str] | bytes]:
    renamed = {"TRACKNUMBER": "Track", "DISCNUMBER": "Disc", "DATE": "Year"}
    return {renamed.get(name, name.title()): value for name, value in AS_VORBIS.items()}  # type: ignore[misc]


FILES = {
    "m4b": lambda: tagged(made_books.m4b(), AS_MP4, **FREE_IN_MP4),
    "mp3": lambda: made.with_id3(made.mp3(), *as_id3()),
    "flac": lambda: made.with_items(FLAC, made.flac(), AS_VORBIS),
    "opus": lambda: made.with_items(OggOpus, made.opus(), AS_VORBIS),
    "wma": lambda: made.with_items(ASF, made.asf(), as_asf()),
    "ape": lambda: made.with_ape(made.ape(), as_ape()),
}


@pytest.mark.parametrize("suffix", FILES)
def test_one_book_reads_the_same_from_every_family(suffix: str) -> None:
    outcome = read(suffix, FILES[suffix]())

    assert outcome.told == EXPECTED
    assert (outcome.kind, outcome.own_title, outcome.disc, outcome.position) == (BookKind.AUDIO, "The Finder", 1, 2)
    assert outcome.details == (DETAILS | {"media_kind": "audiobook"} if suffix == "m4b" else DETAILS)
    assert outcome.has_picture == (suffix == "m4b")


def test_what_audibles_helpers_write_is_understood() -> None:
    frames = [
        id3.TIT2(3, "Tehanu - Part 1"),
        id3.TALB(3, "Tehanu"),
        id3.TPE1(3, "Ursula K. Le Guin, Jenny Sterlin"),
        id3.TPE2(3, "Ursula K. Le Guin"),
        id3.TCOM(3, "Jenny Sterlin"),
        id3.TIT1(3, "Earthsea, Book 4"),
        id3.MVNM(3, "Earthsea"),
        id3.MVIN(3, "4"),
        id3.TXXX(3, "series-part", "4"),
        id3.TXXX(3, "Series", "Earthsea"),
    ]
    outcome = read("mp3", made.with_id3(made.mp3(), *frames))

    assert outcome.told == Told(
        title="Tehanu",
        contributors=(
            BookContributor(BookRole.AUTHOR, "Ursula K. Le Guin"),
            BookContributor(BookRole.NARRATOR, "Jenny Sterlin"),
        ),
        series=(InSeries("Earthsea", SeriesNumber(Decimal(4))),),
    )


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([id3.TIT1(3, "Earthsea #4")], [place("Earthsea", "4")]),
        ([id3.GRP1(3, "Earthsea #4")], [place("Earthsea", "4")]),
        ([id3.TIT1(3, "Earthsea #4"), id3.MVNM(3, "Earthsea")], [place("Earthsea", "4")]),
        ([id3.TIT1(3, "Fantasy"), id3.GRP1(3, "Earthsea #4")], [place("Earthsea", "4")]),
        ([id3.TXXX(3, "MVNM", "Earthsea"), id3.TXXX(3, "MVIN", "4")], [place("Earthsea", "4")]),
    ],
)
def test_groupings_of_id3(frames: list[id3.Frame], expected: list[InSeries]) -> None:
    assert list(read("mp3", made.with_id3(made.mp3(), *frames)).told.series) == expected


def test_tones_own_freeform_texts_are_read_too() -> None:
    atoms: dict[str, object] = {
        "----:com.pilabor.tone:SUBTITLE": [b"Five Stories"],
        "----:com.pilabor.tone:ABRIDGED": [b"1"],
        "----:com.pilabor.tone:PART": [b"5.5"],
        "----:com.shisho:tags": [b"mine"],
        "\xa9mvn": ["Earthsea"],
        "\xa9mvi": [5],
    }
    outcome = read("m4b", tagged(made_books.m4b(), atoms))

    assert outcome.told == Told(
        subtitle="Five Stories",
        is_abridged=True,
        series=(InSeries("Earthsea", SeriesNumber(Decimal("5.5"))),),
        tags=("mine",),
    )


def test_every_field_of_the_table_is_read_by_somebody() -> None:
    tables = (AUDIOBOOK.vorbis, AUDIOBOOK.ape, AUDIOBOOK.asf, AUDIOBOOK.riff)
    more = (AUDIOBOOK.id3_frames, AUDIOBOOK.id3_free, AUDIOBOOK.mp4_atoms, AUDIOBOOK.mp4_free)
    fields = {field for names in (*tables, *more) for field, _ in names.values()}

    read_somewhere = {
        *("title", "title_sort", "subtitle", "album", "album_sort", "artist", "artist_sort", "author", "album_artist"),
        *("album_artist_sort", "narrator", "composer", "performer", "translator", "editor", "illustrator"),
        *("series", "series_part", "part", "movement", "movement_number", "show", "episode", "group"),
        *("group_of_itunes", "date", "release_date", "original_date", "original_year", "genre", "tags", "mood"),
        *("keywords", "description", "comment", "publisher", "language", "abridged", "edition", "asin", "isbn", "url"),
        *("position", "disc", "media_kind", "podcast", "copyright", "overdrive", "chapters"),
    }
    assert fields == read_somewhere
