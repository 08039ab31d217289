"""All that is known about names, through one door. Pure.

    name_keys      cleaned for storing; the keys by which two names, two tracks, two plays are compared
    featured       where "feat. Somebody" begins and ends in an artist string or a title
    artist_names   who is named, in which order, who of them is a guest
    whole_names    the acts that look like several and are one

What others need of it is listed below.
"""

from __future__ import annotations

from scannerd.model.artist_names import (
    DEFAULT_SEPARATORS,
    RULES_VERSION,
    NamedArtist,
    SplitRules,
    artists_of,
    credit_text,
    split_rules,
)
from scannerd.model.name_keys import (
    VARIOUS_ARTISTS,
    VARIOUS_ARTISTS_MBID,
    clean,
    is_various,
    match_key,
    play_key,
    title_key,
)
from scannerd.model.whole_names import KEEP_WHOLE

__all__ = [
    "DEFAULT_SEPARATORS",
    "KEEP_WHOLE",
    "RULES_VERSION",
    "VARIOUS_ARTISTS",
    "VARIOUS_ARTISTS_MBID",
    "NamedArtist",
    "SplitRules",
    "artists_of",
    "clean",
    "credit_text",
    "is_various",
    "match_key",
    "play_key",
    "split_rules",
    "title_key",
]
