"""ASF: Windows Media Audio."""

from __future__ import annotations

from typing import BinaryIO

from mutagen.asf import ASF, ASFByteArrayAttribute, ASFError, ASFGUIDAttribute, ASFInfo

from scannerd.parsers.fields import Found, Names
from scannerd.parsers.parser import Heard
from scannerd.parsers.stream_info import properties

_BINARY = (ASFByteArrayAttribute, ASFGUIDAttribute)
_CODECS = (("lossless", "wma-lossless"), ("professional", "wma-pro"), (" pro", "wma-pro"), ("voice", "wma-voice"))


def read_asf(file: BinaryIO, names: Names) -> Heard:
    """The audio of an ASF file."""
    asf = ASF(file)
    if not asf.info.sample_rate:
        raise ASFError("no audio in it")
    found, has_picture = Found(), False
    for name, attribute in asf.tags:
        lowered = name.lower()
        if lowered == "wm/picture":
            has_picture = True
        elif not isinstance(attribute, _BINARY) and (place := names.asf.get(lowered)):
            found.add(place, [str(attribute)])
    return Heard("asf", found.values, properties(asf.info, _codec(asf.info)), has_picture)


def _codec(info: ASFInfo) -> str:
    said = f"{info.codec_type} {info.codec_name}".lower()
    return next((codec for word, codec in _CODECS if word in said), "wma")
