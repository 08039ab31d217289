"""From an export file to `Listen | Skipped | Failed`, by content, in a worker process.

    worker       the parent's view of the child process that reads one export under limits
    child        that process; `job` is what it is asked and answers, `frames` how both travel
    archive      what is inside: the file itself, or the members of a zip (also nested once) or a gzip, safely
    zip_contents whether the table of contents of a zip is there, and sane
    ending       how a file ends that may still be written: in zeros, in the middle of a line
    recognise    which format a member is, by content, from its head and its shape (`json_shape`)
    json_rows    the items of a JSON array or the lines of a JSONL file, whole or streamed (`json_text`)
    csv_rows     the records of a CSV file with what is odd in their encodings (`decoding`)
    reading      what the rows of all formats have in common; `values` what their fields have
    spotify …    one file per format family; each format is one value in `FORMATS`

Nothing here imports asyncio, psycopg or the settings: a worker starts fast and holds no connection.
"""

from __future__ import annotations

from scannerd.formats.audioscrobbler import AUDIOSCROBBLER_LOG
from scannerd.formats.benjaminbenben import BENJAMINBENBEN_CSV
from scannerd.formats.format import Format
from scannerd.formats.koito import KOITO
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
from scannerd.formats.maloja import MALOJA, MALOJA_API
from scannerd.formats.pano import PANO_CSV, PANO_JSONL
from scannerd.formats.spotify import SPOTIFY_ACCOUNT, SPOTIFY_EXTENDED

FORMATS: tuple[Format, ...] = (
    SPOTIFY_EXTENDED,
    SPOTIFY_ACCOUNT,
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
    MALOJA,
    MALOJA_API,
    KOITO,
    AUDIOSCROBBLER_LOG,
    PANO_JSONL,
    PANO_CSV,
)
"""Every format that is understood; where two are equally sure of a file, the earlier one has it."""
