"""The field table of audiobooks: what taggers call a narrator, a series, a place in it. Reads as `parsers.fields` does.

Audible's helpers, tone, Mp3tag and iTunes have words of their own each; what they write into an MP4 as a freeform text
is a TXXX of that name in an MP3, and a Vorbis comment.
"""

from __future__ import annotations

import re

from scannerd.parsers.fields import names_of

_TABLE = """
field              ID3               Vorbis                        APEv2       MP4         ASF                      RIFF
title              TIT2              TITLE                         -           ©nam        Title                    INAM
title_sort         TSOT, XSOT        TITLESORT                     -           sonm        WM/TitleSortOrder        -
subtitle           TIT3              SUBTITLE                      -           ©st3        WM/SubTitle              -
album              TALB              ALBUM                         -           ©alb        WM/AlbumTitle            IPRD
album_sort         TSOA, XSOA        ALBUMSORT                     -           soal        WM/AlbumSortOrder        -
artist             TPE1              ARTIST                        -           ©ART        WM/Author                IART
artist_sort        TSOP, XSOP        ARTISTSORT                    -           soar        WM/ArtistSortOrder       -
author             -                 AUTHOR, AUTHORS               -           ©aut        -                        -
album_artist       TPE2              ALBUMARTIST, ALBUM ARTIST, ALBUM_ARTIST  -  aART      WM/AlbumArtist           -
album_artist_sort  TSO2              ALBUMARTISTSORT               -           soaa        WM/AlbumArtistSortOrder  -
narrator           -  NARRATOR, NARRATORS, NARRATEDBY, NARRATED BY, READBY, READ BY, READER  -  ©nrt  -  -
composer           TCOM              COMPOSER                      -           ©cmp, ©wrt  WM/Composer              IMUS
performer          -                 PERFORMER                     -           -           -                        -
translator         -                 TRANSLATOR, TRANSLATORS       -           -           -                        -
editor             -                 EDITOR, EDITORS               -           -           -                        -
illustrator        -                 ILLUSTRATOR, ILLUSTRATORS     -           -           -                        -
series             -                 SERIES, SERIESNAME, SERIES NAME  -        -           -                        -
series_part        -  SERIES-PART, SERIES_PART, SERIESPART, SERIES PART, SERIES-INDEX, SERIES_INDEX  -  -  -  -
part               -                 PART                          -           -           -                        -
movement           MVNM, :MVNM       MOVEMENTNAME                  -           ©mvn, :MVNM  -                       -
movement_number    MVIN, :MVIN       MOVEMENT                      -           ©mvi, :MVIN  -                       -
show               -                 SHOW                          -           tvsh        -                        -
episode            -                 EPISODE_ID, EPISODE           -           tven, tves  -                        -
group              TIT1              GROUPING, CONTENTGROUP        -           ©grp        WM/ContentGroupDescription  -
group_of_itunes    GRP1              -                             -           -           -                        -
date               TDRC, TYER        DATE, YEAR                    Year, Date  ©day        WM/Year                  ICRD
release_date       TDRL              RELEASEDATE, RELEASE DATE, RELEASE_DATE  -  rldt      -                        -
original_date      TDOR, TORY        ORIGINALDATE                  -           -           WM/OriginalReleaseTime   -
original_year      -                 ORIGINALYEAR, ORIGYEAR        -           -           WM/OriginalReleaseYear   -
genre              TCON              GENRE                         -           ©gen        WM/Genre                 IGNR
tags               -                 TAGS                          -           -           -                        -
mood               TMOO              MOOD                          -           -           WM/Mood                  -
keywords           TKWD              KEYWORDS                      -           keyw        WM/Keywords              IKEY
description        TDES              DESCRIPTION, SYNOPSIS, SUMMARY  -         ldes, desc  -                        -
comment            COMM              COMMENT                       -           ©cmt        Description              ICMT
publisher          TPUB              PUBLISHER, LABEL, ORGANIZATION  -         ©pub        WM/Publisher             -
language           TLAN              LANGUAGE, LANG                -           -           WM/Language              ILNG
abridged           -                 ABRIDGED                      -           -           -                        -
edition            -                 FORMAT, EDITION               -           -           -                        -
asin               -                 ASIN, AUDIBLE_ASIN, AUDIBLEASIN, CDEK  -  CDEK        -                        -
isbn               -                 ISBN, ISBN13, ISBN-13         -           -           -                        -
url                WOAF, WOAS, WXXX  URL, WEBSITE                  -           purl        WM/AudioFileURL          -
position           TRCK              TRACKNUMBER, TRACK            Track       trkn        WM/TrackNumber  ITRK, IPRT
disc               TPOS              DISCNUMBER, DISC              Disc        disk        WM/PartOfSet             -
media_kind         -                 -                             -           stik        -                        -
podcast            -                 -                             -           pcst        -                        -
copyright          TCOP              COPYRIGHT                     -           cprt        Copyright                ICOP
overdrive          -                 OVERDRIVE MEDIAMARKERS        -           -           -                        -
chapters           CHAP, CTOC        -                             -           -           -                        -
"""

AUDIOBOOK = names_of(_TABLE, kept=re.compile(r"chapter\d{1,5}(?:name)?"))
