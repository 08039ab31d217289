"""APEv2: the tags of Monkey's Audio, WavPack, Musepack and TAK, and of many an MP3, AAC and AC3."""

from __future__ import annotations

from typing import BinaryIO

from mutagen import MutagenError
from mutagen.apev2 import TEXT, APENoHeaderError, APEv2

from scannerd.parsers.fields import Found, Names
from scannerd.parsers.id3 import Tags


def read_apev2(file: BinaryIO, names: Names) -> Tags:
    """The APEv2 tag of the file, wherever it is."""
    found, has_picture = Found(), False
    try:
        items = APEv2(file).items()
    except APENoHeaderError:
        return Tags(found)
    except (MutagenError, ValueError) as exc:  # the latter for a tag that says it is shorter than its own end
        return Tags(found, problem=str(exc) or type(exc).__name__)
    for key, value in items:
        lowered = key.lower()
        if lowered.startswith("cover art"):
            has_picture = True
        elif value.kind == TEXT and (place := names.ape.get(lowered)):
            found.add(place, value)
    return Tags(found, has_picture)
